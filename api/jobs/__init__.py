"""Making plans in the background: durable orders, each solved in a process of its own."""
