"""Speed measured on fixed work: every benchmark asserts its answer as well as its time."""
