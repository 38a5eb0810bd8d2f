"""The HTTP service over :mod:`optimizer`: districts, problems, plans, durable jobs. It adds no planning knowledge."""
