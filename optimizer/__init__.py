"""Yizhan: plan meal deliveries and home visits for elder care.

Four nouns and a verb: a :class:`~optimizer.problem.Problem` (all facts), a :class:`~optimizer.travel.TravelMatrix`,
a :class:`~optimizer.plan.Plan` (all decisions), a scenario (a named, seeded problem), and
:func:`optimizer.solve.solve`.
"""

__version__ = "0.1.0"
