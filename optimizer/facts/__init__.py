"""The parts of a planning problem, a module for each side of it; :mod:`optimizer.problem` has them all."""
