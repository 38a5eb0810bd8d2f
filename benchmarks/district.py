"""Our own days as every solver can state them: the scenarios without the rules that no peer knows.

Three kinds of day are cut from a scenario: its meals (several loadings, release times), its care (who may serve whom,
other paces, visits that end elsewhere) and both at once. Rules go for everybody alike, ourselves included, and every
table lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from benchmarks.peers.limits import without_limits
from optimizer.judge import unserved_cents
from optimizer.problem import Problem, Visit, Worker
from optimizer.travel import TravelMatrix, build_travel
from scenarios import build_scenario

SIZES: Mapping[str, float] = {"xicheng-day": 0.4, "miyun-kitchen": 1.0, "beibei-three-helps": 1.0}
"""Scenarios that are compared, each at the size that makes a day of some 200 to 300 visits."""

KINDS: Mapping[str, Callable[[Visit], bool]] = {
    "meals": lambda visit: bool(visit.demand),
    "care": lambda visit: not visit.demand,
    "day": lambda visit: True,
}
"""Kinds of day, and the visits of each."""

SEEDS = (0, 1, 2)
"""Seeds of the scenarios."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictDay:
    """A day by name, e.g. ``xicheng-day-care-s1``, not built yet."""

    scenario: str
    kind: str
    seed: int

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"{self.scenario}-{self.kind}-s{self.seed}"

    def build(self) -> tuple[Problem, TravelMatrix, tuple[str, ...]]:
        """The problem that every peer may be asked, its travel matrix, and the rules left out."""
        scenario = build_scenario(self.scenario, seed=self.seed, size=SIZES[self.scenario])
        problem, left_out = peer_version(only(scenario.problem, KINDS[self.kind]))
        return problem, build_travel(problem, streets=scenario.streets), left_out


def district_days() -> Iterator[DistrictDay]:
    """Every day that is compared."""
    for scenario in SIZES:
        for kind in KINDS:
            for seed in SEEDS:
                yield DistrictDay(scenario=scenario, kind=kind, seed=seed)


def peer_version(problem: Problem) -> tuple[Problem, tuple[str, ...]]:
    """`problem` as peers can state it, and the names of the rules that had to go.

    Mandatory visits become optional ones at the same price, for who leaves one out shall have an answer as well.
    """
    prices = {visit.visit_id: unserved_cents(problem, visit) for visit in problem.visits}
    problem, left_out = without_limits(problem)
    for name, change in _FURTHER:
        changed = change(problem)
        if changed != problem:
            problem, left_out = changed, (*left_out, name)
    visits = tuple(replace(visit, unserved_cents=prices[visit.visit_id]) for visit in problem.visits)
    return replace(problem, visits=visits), left_out


def _without_peaks(problem: Problem) -> Problem:
    return replace(problem, modes=tuple(replace(mode, peaks=()) for mode in problem.modes))


def _without_work_limits(problem: Problem) -> Problem:
    def changed(worker: Worker) -> Worker:
        return replace(worker, shifts=tuple(replace(shift, max_work_s=None) for shift in worker.shifts))

    return replace(problem, workers=tuple(changed(worker) for worker in problem.workers))


def _without_duties(problem: Problem) -> Problem:
    return replace(problem, visits=tuple(replace(visit, mandatory=False) for visit in problem.visits))


_FURTHER: tuple[tuple[str, Callable[[Problem], Problem]], ...] = (
    ("speed by time of day", _without_peaks),
    ("limits of working time", _without_work_limits),
    ("mandatory visits (left out at their price)", _without_duties),
)
"""Beside the limits: travel is no part of a problem, and the last two bind only some of the peers."""


def only(problem: Problem, is_wanted: Callable[[Visit], bool]) -> Problem:
    """`problem` with the wanted visits and the links between them; a day without demand carries nothing either."""
    visits = tuple(visit for visit in problem.visits if is_wanted(visit))
    kept = {visit.visit_id for visit in visits}
    links = tuple(link for link in problem.links if {link.first_visit_id, link.second_visit_id} <= kept)
    return replace(problem, visits=visits, links=links)
