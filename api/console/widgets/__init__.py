"""What is drawn in the browser: map, time line, and the table beside them."""
