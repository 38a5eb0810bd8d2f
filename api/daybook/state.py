"""What is known of a day beside its facts and its plan, as it is kept: a day is derived again from it after a restart.

Facts and plan are versions in the store anyway. Of what people were told only that is kept which the plan does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from optimizer.plan import Plan
from optimizer.problem import Problem
from optimizer.redispatch.closures import detoured, with_mode
from optimizer.redispatch.day import Day, Delay, Record
from optimizer.redispatch.diff import Service, services_of
from optimizer.redispatch.events import StreetClosed, VehicleDown
from optimizer.redispatch.windows import Span
from optimizer.travel import StreetGraph, TravelMatrix
from optimizer.travel.reach import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class DayState:
    """The state of a day; ``told`` has what elders were told otherwise than the plan says (``None``: nothing)."""

    now_s: int
    told: Mapping[str, Service | None] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    delays: tuple[Delay, ...] = ()
    absences: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    elder_absences: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    breakdowns: tuple[VehicleDown, ...] = ()
    closures: tuple[StreetClosed, ...] = ()
    urgent_visit_ids: frozenset[str] = frozenset()


_ADAPTER = TypeAdapter(DayState)


def state_of(day: Day) -> bytes:
    """The state of `day` as JSON."""
    planned = services_of(day.plan)
    told = {name: service for name, service in day.told.items() if planned.get(name) != service}
    state = DayState(
        now_s=day.now_s,
        told={**told, **dict.fromkeys(planned.keys() - day.told.keys())},
        records=day.records,
        delays=day.delays,
        absences=day.absences,
        elder_absences=day.elder_absences,
        breakdowns=day.breakdowns,
        closures=day.closures,
        urgent_visit_ids=day.urgent_visit_ids,
    )
    return _ADAPTER.dump_json(state, exclude_defaults=True)


def day_of(state: bytes, problem: Problem, plan: Plan, base: TravelMatrix, streets: StreetGraph | None) -> Day:
    """The day of a state that was kept.

    Parameters
    ----------
    base
        Travel times of the problem that the day began with; places that came later are joined to it.
    """
    known = _ADAPTER.validate_json(state)
    travel = Surroundings(base, problem.modes, streets).with_places(problem.places)
    for mode in problem.modes:
        if any(down.fallback_mode == mode.mode for down in known.breakdowns) and mode.mode not in travel.duration_s:
            travel = with_mode(travel, mode, streets)
    told = {**services_of(plan), **known.told}
    return Day(
        problem=problem,
        travel=travel,
        plan=plan,
        now_s=known.now_s,
        told={name: service for name, service in told.items() if service is not None},
        records=known.records,
        delays=known.delays,
        absences=known.absences,
        elder_absences=known.elder_absences,
        breakdowns=known.breakdowns,
        closures=known.closures,
        detoured=detoured(travel, known.closures, problem.modes, streets) if known.closures else None,
        urgent_visit_ids=known.urgent_visit_ids,
        streets=streets,
    )
