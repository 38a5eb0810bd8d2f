"""The HTTP service over `optimizer`; it comes with the next release and is empty until then."""
