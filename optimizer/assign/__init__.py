"""Who is served from where, settled before routing: stations and waves for meals, parts for side-by-side work."""
