"""The variables: when each visit starts and whether it is served, and each worker's circuit through visits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.peers.cpsat.statable import able_positions
from optimizer.problem import Break, Problem, Shift, Visit, Worker
from optimizer.travel import TravelMatrix

HOME = 0
"""Number of a circuit's begin and end."""

Literal = Any
"""A truth value of CP-SAT, or its negation."""

Linear = Any
"""A whole number of CP-SAT: a variable, a sum of variables times numbers, or a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way from one visit to another by number in the circuit, and whether lunch comes before it."""

    origin: int
    target: int
    duration_s: int
    after_break: bool
    is_taken: Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One worker's circuit: visit number n stands for ``visits[n - 1]``, a position in the problem.

    ``departure_s`` and ``back_s`` are equal, and so cost nothing, where the shift is not used.
    """

    worker: Worker
    shift: Shift
    visits: tuple[int, ...]
    is_used: Literal
    serves: Mapping[int, Literal]
    service_s: Linear
    departure_s: Linear
    back_s: Linear
    break_start_s: Linear = None
    ways: tuple[Way, ...] = ()

    @property
    def one_break(self) -> Break | None:
        """The shift's break, where it has one."""
        return next(iter(self.shift.breaks), None)

    @property
    def soft_end_s(self) -> int:
        """When idle time ends and overtime begins."""
        return self.shift.end_s if self.shift.soft_end_s is None else self.shift.soft_end_s

    @property
    def travel_s(self) -> Linear:
        """Seconds on the way."""
        return sum(way.duration_s * way.is_taken for way in self.ways)

    @property
    def num_breaks(self) -> Linear:
        """How often the break is taken."""
        return sum(way.is_taken for way in self.ways if way.after_break)

    @property
    def rest_s(self) -> Linear:
        """Seconds of the break, where it is taken."""
        return 0 if self.one_break is None else self.one_break.duration_s * self.num_breaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """All there is to decide; starts and services by position of the visit in the problem."""

    starts_s: tuple[Linear, ...]
    is_served: tuple[Literal, ...]
    rounds: tuple[Round, ...]


def add_variables(model: cp_model.CpModel, problem: Problem, travel: TravelMatrix) -> Variables:
    """The variables of a problem, in `model`."""
    starts_s = tuple(_start(model, visit) for visit in problem.visits)
    is_served = tuple(model.new_bool_var(f"served {visit.visit_id}") for visit in problem.visits)
    rounds = [_round(model, problem, worker) for worker in problem.workers]
    return Variables(
        starts_s=starts_s,
        is_served=is_served,
        rounds=tuple(_with_ways(model, problem, travel, circuit) for circuit in rounds),
    )


def _start(model: cp_model.CpModel, visit: Visit) -> Linear:
    spans = [[window.start_s, window.end_s] for window in visit.windows]
    return model.new_int_var_from_domain(cp_model.Domain.from_intervals(spans), f"start {visit.visit_id}")


def _round(model: cp_model.CpModel, problem: Problem, worker: Worker) -> Round:
    (shift,) = worker.shifts
    visits, name = tuple(able_positions(problem, worker)), worker.worker_id
    is_used = model.new_bool_var(f"used {name}")
    serves = {visit: model.new_bool_var(f"{name} serves {visit}") for visit in visits}
    return Round(
        worker=worker,
        shift=shift,
        visits=visits,
        is_used=is_used,
        serves=serves,
        service_s=sum(problem.visits[visit].service_duration_s * serves[visit] for visit in visits),
        departure_s=model.new_int_var(shift.start_s, shift.end_s, f"departure {name}"),
        back_s=model.new_int_var(shift.start_s, shift.end_s, f"back {name}"),
    )


def _with_ways(model: cp_model.CpModel, problem: Problem, travel: TravelMatrix, circuit: Round) -> Round:
    """The round with its break and every way that may be taken, each also with the break before it."""
    rest = circuit.one_break
    break_start_s = (
        None if rest is None else model.new_int_var(rest.start_s, rest.end_s, f"break {circuit.worker.worker_id}")
    )
    ways = (
        Way(
            origin=origin,
            target=target,
            duration_s=duration_s,
            after_break=after_break,
            is_taken=model.new_bool_var(""),
        )
        for origin, row in enumerate(_durations_s(problem, travel, circuit))
        for target, duration_s in enumerate(row)
        if origin != target
        for after_break in ((False,) if rest is None else (False, True))
        if _is_possible(problem, circuit, origin, target, duration_s)
    )
    return replace(circuit, break_start_s=break_start_s, ways=tuple(ways))


def _durations_s(problem: Problem, travel: TravelMatrix, circuit: Round) -> list[list[int]]:
    """Seconds by numbers in the circuit, negative where there is no way."""
    shift, visits = circuit.shift, [problem.visits[visit] for visit in circuit.visits]
    assert shift.start_place is not None
    assert shift.end_place is not None
    idx = travel.idx_by_place
    origins = [idx[shift.start_place], *(idx[problem.end_place_of(visit)] for visit in visits)]
    targets = [idx[shift.end_place], *(idx[problem.place_of(visit)] for visit in visits)]
    rows: list[list[int]] = travel.duration_s[circuit.worker.vehicle.mode][np.ix_(origins, targets)].tolist()
    return rows


def _is_possible(problem: Problem, circuit: Round, origin: int, target: int, duration_s: int) -> bool:
    """Whether there is a way, and who takes it as early as can be is there before the last window ends."""
    if duration_s < 0 or HOME in {origin, target}:
        return duration_s >= 0
    first, second = (problem.visits[circuit.visits[number - 1]] for number in (origin, target))
    earliest_s = min(window.start_s for window in first.windows) + first.service_duration_s + duration_s
    return earliest_s <= max(window.end_s for window in second.windows)
