"""The console: a web page for dispatchers and planners, on the same application and store as the API."""
