"""A day played out: a plan meets the noise of the road and the events of the day, and is re-planned, or not.

:func:`~scenarios.simulation.play.play` lives through one day under a policy; days under several policies draw the same
random numbers, so that what differs is what the policies did: a visit takes as long in all of them.
"""
