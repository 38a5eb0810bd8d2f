"""Files in and out: JSON, tables of a clerk, GeoJSON and layers, and printable sheets."""
