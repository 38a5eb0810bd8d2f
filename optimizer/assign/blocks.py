r"""Visits that belong together, and which station's crew takes them.

A block is a connected component of visits bound by links, by a pin to the same worker, or by an elder who meets only so
many workers. Blocks :math:`b` are given to crews :math:`t` that have the workers for them:

.. math::

    \min \; \sum_{b, t} c_{bt} x_{bt} + \sum_{t, k} r\, e_{tk} \quad \text{with} \quad
    \sum_t x_{bt} = 1, \quad \sum_b a_{bk} x_{bt} \le A_{tk} + e_{tk}

The cost of a crew is its way to the visits, more where it is not the elder's own or has none of the workers the elder
knows; the soft limits are the hours of the crew as a whole and of its workers with each skill *k*. It is the model of
:mod:`optimizer.assign.generalized` with soft limits only.
A block with meals stays with the crew behind the station that supplies them, where that crew can serve it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from optimizer.assign.generalized import NOBODY, solve_assignment
from optimizer.assign.limits import Limit, make_model
from optimizer.assign.territories import able_worker_ids, backing_station_ids, home_station_ids, staff_by_station_id
from optimizer.plan import Sources
from optimizer.problem import Location, Problem, Visit, Worker
from optimizer.travel import TravelMatrix

_NUM_NEAREST_CREWS = 8
_FAR_S = 10**6
_OTHER_TERRITORY_S = 7200
_UNKNOWN_WORKER_S = 1800
_LONGEST_HOP_S = 900
_EXCESS_PRICE = 10
_ANY_SKILL = ""

Block = tuple[Visit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Workers who share a territory, and the stations they work from."""

    station_ids: tuple[str, ...]
    worker_ids: frozenset[str]


def blocks_of(problem: Problem) -> tuple[Block, ...]:
    """Visits that must be planned together, in order of their first visit; each visit is in one block."""
    node_by_visit_id = {visit.visit_id: node for node, visit in enumerate(problem.visits)}
    bonds = [(node_by_visit_id[link.first_visit_id], node_by_visit_id[link.second_visit_id]) for link in problem.links]
    first_by_key: dict[tuple[str, str], int] = {}
    for node, visit in enumerate(problem.visits):
        bonds += [(first_by_key.setdefault(key, node), node) for key in _shared_with_others(problem, visit)]
    size = len(problem.visits)
    rows, columns = np.array(bonds, dtype=np.int64).reshape(-1, 2).T
    graph = csr_array((np.ones(len(bonds)), (rows, columns)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    members: dict[int, list[Visit]] = {}
    for label, visit in zip(labels.tolist(), problem.visits, strict=True):
        members.setdefault(label, []).append(visit)
    return tuple(tuple(visits) for visits in members.values())


def _shared_with_others(problem: Problem, visit: Visit) -> Iterator[tuple[str, str]]:
    """Workers and elders because of whom `visit` goes together with others."""
    elder = problem.elder_of(visit)
    yield from (("worker", worker_id) for worker_id in visit.pinned_worker_ids)
    if elder is not None and elder.max_distinct_workers is not None:
        yield "elder", elder.elder_id


class Crews:
    """The crews of a problem and what they can do; :meth:`assign` gives every block to one of them."""

    def __init__(self, problem: Problem, travel: TravelMatrix, sources: Sources) -> None:
        self._problem = problem
        self._travel = travel
        self._sources = sources
        self._able = able_worker_ids(problem)
        home = home_station_ids(problem, travel)
        self._staff = staff_by_station_id(problem, home, problem.workers)
        self._backing = backing_station_ids(problem, travel, self._staff)
        self._direct_s = self._ways()
        everybody = frozenset(problem.worker_by_id)
        self._hopeless = {v.visit_id for v in problem.visits if not self._has_workers_for(v, everybody)}

    def can_serve(self, block: Block, worker_ids: Collection[str]) -> bool:
        """Whether `worker_ids` has enough workers for each visit of `block`; visits beyond everybody do not count."""
        return all(visit.visit_id in self._hopeless or self._has_workers_for(visit, worker_ids) for visit in block)

    def assign(self, blocks: Sequence[Block], *, seed: int) -> dict[Crew, list[Block]]:
        """Every block with the crew that takes it; crews that no block can do without are merged first."""
        crews = self._merged_for(blocks)
        crew_by_station_id = {station_id: crew for crew in crews for station_id in crew.station_ids}
        taken: dict[Crew, list[Block]] = {crew: [] for crew in crews}
        free: list[Block] = []
        for block in blocks:
            crew = self._supplying_crew(block, crew_by_station_id)
            (free if crew is None else taken[crew]).append(block)
        for block, crew in zip(free, self._assign_free(free, taken, crew_by_station_id, seed), strict=True):
            taken[crew].append(block)
        return taken

    def _has_workers_for(self, visit: Visit, worker_ids: Collection[str]) -> bool:
        if any(worker_id not in worker_ids for worker_id in visit.pinned_worker_ids):
            return False
        return self._num_able(visit, worker_ids) >= visit.num_workers

    def _num_able(self, visit: Visit, worker_ids: Collection[str]) -> int:
        return len(self._able[visit.visit_id].intersection(worker_ids))

    def _merged_for(self, blocks: Sequence[Block]) -> list[Crew]:
        """Crews of the staffed stations, merged where a block needs workers of several; nearest crews first."""
        group_of = {station_id: station_id for station_id in self._staff}
        groups = self._groups(group_of)
        for block in blocks:
            if not any(self.can_serve(block, worker_ids) for worker_ids in groups.values()):
                joined = self._joined_for(block, groups)
                group_of = {s: joined[0] if group in joined else group for s, group in group_of.items()}
                groups = self._groups(group_of)
        return [
            Crew(
                station_ids=tuple(s for s, backing in self._backing.items() if group_of[backing] == group),
                worker_ids=worker_ids,
            )
            for group, worker_ids in groups.items()
        ]

    def _groups(self, group_of: Mapping[str, str]) -> dict[str, frozenset[str]]:
        members: dict[str, set[str]] = {}
        for station_id, group in group_of.items():
            members.setdefault(group, set()).update(worker.worker_id for worker in self._staff[station_id])
        return {group: frozenset(worker_ids) for group, worker_ids in members.items()}

    def _joined_for(self, block: Block, groups: Mapping[str, frozenset[str]]) -> list[str]:
        """Nearest groups that together can serve `block`, each adding workers it needs."""
        joined: list[str] = []
        together: frozenset[str] = frozenset()
        for group in sorted(groups, key=lambda group: self._way_s(block, (group,))):
            if self._coverage(block, together | groups[group]) > self._coverage(block, together):
                joined.append(group)
                together |= groups[group]
        return joined

    def _coverage(self, block: Block, worker_ids: Collection[str]) -> int:
        """Workers needed by `block` that are among `worker_ids`, pins counted apart."""
        return sum(
            min(visit.num_workers, self._num_able(visit, worker_ids))
            + sum(worker_id in worker_ids for worker_id in visit.pinned_worker_ids)
            for visit in block
        )

    def _supplying_crew(self, block: Block, crew_by_station_id: Mapping[str, Crew]) -> Crew | None:
        """Crew behind the station that supplies most of `block`; ``None`` without meals or where it cannot serve it."""
        portions: Counter[str] = Counter()
        for visit in block:
            if visit.visit_id in self._sources:
                portions[self._sources[visit.visit_id].station_id] += sum(visit.demand.values())
        if not portions:
            return None
        crew = crew_by_station_id[max(portions, key=lambda station_id: portions[station_id])]
        return crew if self.can_serve(block, crew.worker_ids) else None

    def _assign_free(
        self,
        blocks: Sequence[Block],
        taken: Mapping[Crew, Sequence[Block]],
        crew_by_station_id: Mapping[str, Crew],
        seed: int,
    ) -> list[Crew]:
        crew_by_worker_id = {worker_id: crew for crew in taken for worker_id in crew.worker_ids}
        options: list[tuple[int, Crew, int]] = []
        for idx, block in enumerate(blocks):
            known = {crew_by_worker_id[worker_id] for worker_id in known_worker_ids(self._problem, block)}
            own = {crew_by_station_id[station_id] for station_id in self._own_station_ids(block)}
            for crew in self._candidates(block, taken, known | own):
                unfamiliar_s = _UNKNOWN_WORKER_S if known and crew not in known else 0
                foreign_s = _OTHER_TERRITORY_S if own and crew not in own else 0
                cost = self._way_s(block, crew.station_ids) + (unfamiliar_s + foreign_s) * len(block)
                options.append((idx, crew, cost))
        model = make_model(
            [(idx, cost) for idx, _, cost in options],
            self._dearest(blocks, options),
            list(self._hour_limits(blocks, options, taken)),
        )
        choice = solve_assignment(model, seed=seed).choice.tolist()
        nearest = {idx: number for number, (idx, _, _) in reversed(list(enumerate(options)))}
        return [options[nearest[idx] if option == NOBODY else option][1] for idx, option in enumerate(choice)]

    def _dearest(self, blocks: Sequence[Block], options: Sequence[tuple[int, Crew, int]]) -> list[int]:
        """More than any option of each block can cost, excess included."""
        dearest = [0] * len(blocks)
        for idx, crew, cost in options:
            excess = _EXCESS_PRICE * self._work_s(blocks[idx], crew).total()
            dearest[idx] = max(dearest[idx], 1 + cost + excess)
        return dearest

    def _own_station_ids(self, block: Block) -> set[str]:
        """Stations whose territory `block` belongs to by its elders and its supply."""
        elders = (self._problem.elder_of(visit) for visit in block)
        own = {elder.station_id for elder in elders if elder is not None and elder.station_id is not None}
        return own | {self._sources[v.visit_id].station_id for v in block if v.visit_id in self._sources}

    def _candidates(self, block: Block, crews: Collection[Crew], wanted: Collection[Crew]) -> list[Crew]:
        """Crews that can serve `block`: the nearest, and the wanted ones."""
        able = sorted(
            (crew for crew in crews if self.can_serve(block, crew.worker_ids)),
            key=lambda crew: self._way_s(block, crew.station_ids),
        )
        return [crew for place, crew in enumerate(able) if place < _NUM_NEAREST_CREWS or crew in wanted]

    def _hour_limits(
        self,
        blocks: Sequence[Block],
        options: Sequence[tuple[int, Crew, int]],
        taken: Mapping[Crew, Sequence[Block]],
    ) -> Iterator[Limit]:
        """Hours of each crew, and of its workers with each skill, less the work of the blocks it already has."""
        uses: dict[tuple[Crew, str], dict[int, int]] = defaultdict(dict)
        for number, (idx, crew, _) in enumerate(options):
            for skill, seconds in self._work_s(blocks[idx], crew).items():
                uses[crew, skill][number] = seconds
        given: Counter[tuple[Crew, str]] = Counter()
        for crew, of_crew in taken.items():
            for block in of_crew:
                given.update({(crew, skill): seconds for skill, seconds in self._work_s(block, crew).items()})
        for (crew, skill), of_options in uses.items():
            spare_s = self._available_s(crew, skill) - given[crew, skill]
            yield Limit(uses=of_options, capacity=max(0, spare_s), excess_cost=_EXCESS_PRICE)

    def _work_s(self, block: Block, crew: Crew) -> Counter[str]:
        """Service and way of `block` in all, and of its visits by skill."""
        work: Counter[str] = Counter()
        for visit in block:
            hop_s = min(_LONGEST_HOP_S, self._way_s((visit,), crew.station_ids))
            for skill in (_ANY_SKILL, *visit.skills):
                work[skill] += visit.num_workers * (visit.service_duration_s + hop_s)
        return work

    def _available_s(self, crew: Crew, skill: str) -> int:
        workers = (self._problem.worker_by_id[worker_id] for worker_id in crew.worker_ids)
        return sum(_working_s(worker) for worker in workers if skill == _ANY_SKILL or worker.skills.get(skill, 0))

    def _way_s(self, block: Block, station_ids: Collection[str]) -> int:
        """Seconds from the nearest of the stations to each visit of `block`, in all."""
        return sum(min(self._direct_s[station_id][visit.visit_id] for station_id in station_ids) for visit in block)

    def _ways(self) -> dict[str, dict[str, int]]:
        """Seconds from each station to each visit by the best mode of its staff, by station id and visit id."""
        columns = [self._travel.idx_by_place[self._problem.place_of(visit)] for visit in self._problem.visits]
        visit_ids = [visit.visit_id for visit in self._problem.visits]
        ways: dict[str, dict[str, int]] = {}
        for station_id, backing_id in self._backing.items():
            row = self._travel.idx_by_place[self._problem.station_by_id[station_id].place]
            modes = sorted({worker.vehicle.mode for worker in self._staff[backing_id]})
            by_mode = np.array([self._travel.duration_s[mode][row, columns] for mode in modes], dtype=np.int64)
            direct_s = np.where(by_mode < 0, _FAR_S, by_mode).min(axis=0)
            ways[station_id] = dict(zip(visit_ids, direct_s.tolist(), strict=True))
        return ways


def place_of_block(problem: Problem, block: Block) -> Location:
    """Mean place of the visits of `block`."""
    places = [problem.place_of(visit) for visit in block]
    return Location(
        lon=sum(place.lon for place in places) / len(places), lat=sum(place.lat for place in places) / len(places)
    )


def known_worker_ids(problem: Problem, block: Block) -> set[str]:
    """Workers whom the elders of `block` know, prefer or were promised."""
    known: set[str] = set()
    for visit in block:
        elder = problem.elder_of(visit)
        promised = () if visit.promise is None else visit.promise.worker_ids
        familiar = () if elder is None else chain(elder.preferred_worker_ids, elder.worker_history)
        known.update(worker_id for worker_id in chain(promised, familiar) if worker_id in problem.worker_by_id)
    return known


def _working_s(worker: Worker) -> int:
    return sum(min(shift.end_s - shift.start_s, shift.max_work_s or shift.end_s) for shift in worker.shifts)
