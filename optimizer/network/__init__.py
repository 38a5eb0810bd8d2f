"""The network as a decision: who belongs where, who eats where, which kitchen cooks when, how many people it takes.

Planning for months, not for the day: modules here use what a day's plan is made of (:mod:`optimizer.assign`,
:mod:`optimizer.solve`) and are used by none of it.
"""
