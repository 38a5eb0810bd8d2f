"""The rest of a day as a problem of its own, and the whole day put together again.

What has begun, is under way or starts within the freeze is taken as given: every shift begins behind its last committed
stop, and what has been used up (waves, range, trips, working time) is gone. So the past is frozen by construction, and
what remains is an ordinary problem for the ordinary engines and the ordinary judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.plan import Draft, Plan, Route
from optimizer.problem import Problem
from optimizer.redispatch.day import Day
from optimizer.travel import TravelMatrix

FREEZE_S = 1200
"""Stops that start within so many seconds from now are not changed any more."""


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What can still be decided of a day.

    Attributes
    ----------
    problem, travel
        An ordinary problem: shifts begin where and when their workers are free, visits are the open ones with what
        elders were told as their promise, portions on board are no demand any more.
    start
        The published plan's decisions as far as they are still open.
    committed
        The stops that are given, by route, with their real or expected times; a start stop first, no end stop.
    on_board
        Worker who carries the portions, by visit id; such visits come before the worker's next loading.
    lost
        Why a visit cannot be served any more, by visit id; these are not in `problem`.
    notes
        What had to give way so that the rest is a sound problem.
    """

    problem: Problem
    travel: TravelMatrix
    start: Draft
    committed: tuple[Route, ...] = ()
    on_board: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def rest_of(day: Day, freeze_s: int = FREEZE_S) -> Rest:
    """What can still be decided at ``day.now_s`` when stops within `freeze_s` are left as they are."""
    raise NotImplementedError


def joined(day: Day, rest: Rest, plan: Plan) -> Plan:
    """The plan of the whole day: the committed stops, then `plan` of the rest; cost and key figures are the day's."""
    raise NotImplementedError
