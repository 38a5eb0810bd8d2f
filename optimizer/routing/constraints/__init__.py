"""The rules, one function each; :func:`add_rules` is the table of contents.

Each rule is added only where the problem needs it: what stands in the model slows every step of the search. That a
visit is served once, and that travel and service take their time, is in the variables already
(:mod:`optimizer.routing.variables`).
"""

from __future__ import annotations

from optimizer.routing.constraints.links import add_days_apart, add_timed_links, add_worker_copies, add_worker_links
from optimizer.routing.constraints.routes import add_breaks, add_range, add_shifts, add_trips, add_working_time
from optimizer.routing.constraints.supply import (
    add_capacities,
    add_loading_times,
    add_ready_times,
    add_stock,
    add_suppliers,
    add_time_on_board,
)
from optimizer.routing.constraints.visits import (
    add_distinct_workers,
    add_forbidden_workers,
    add_pinned_starts,
    add_pinned_workers,
    add_reliability,
    add_skills,
    add_time_windows,
)
from optimizer.routing.variables import Variables


def add_rules(variables: Variables) -> None:
    """State every rule of the judge but hard terms; stock only for visits whose source is open."""
    add_shifts(variables)
    add_working_time(variables)
    add_breaks(variables)
    add_range(variables)
    add_trips(variables)

    add_time_windows(variables)
    add_pinned_starts(variables)
    add_skills(variables)
    add_reliability(variables)
    add_forbidden_workers(variables)
    add_pinned_workers(variables)
    add_distinct_workers(variables)

    add_loading_times(variables)
    add_capacities(variables)
    add_suppliers(variables)
    add_ready_times(variables)
    add_time_on_board(variables)
    add_stock(variables)

    add_worker_copies(variables)
    add_timed_links(variables)
    add_worker_links(variables)
    add_days_apart(variables)
