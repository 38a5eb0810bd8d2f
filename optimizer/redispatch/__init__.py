"""Re-planning while the day happens: events, the frozen past, promises, the next plan and who must be told.

A :class:`~optimizer.redispatch.day.Day` is what is known of a day: facts, the published plan and what has happened.
:func:`~optimizer.redispatch.rest.rest_of` cuts the rest of it out as an ordinary problem for the ordinary engines and
the ordinary judge, and :func:`~optimizer.redispatch.redispatch.redispatch` makes the next plan of it.
"""
