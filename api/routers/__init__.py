"""The routes, one module a resource: each parses, calls and returns; errors are answered in one place."""
