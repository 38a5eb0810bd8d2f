"""The command line's parts: finding what SRC means, writing results, and telling about them."""
