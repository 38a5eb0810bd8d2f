"""Cutting a large problem into parts that can be planned side by side.

The three-level network cuts itself: a station's crew with the visits supplied from there and the care given from there
(:mod:`optimizer.assign.blocks`). Small territories are joined with their neighbours, those under the same centre first,
and large ones halved across their longer side with a fair share of the workers, so that a part has some 60 to 200
visits: large enough to share workers, small enough to be searched well in seconds. Parts cut along finished routes do
better still (Santini, Schneider, Vidal & Vigo 2023, INFORMS J. Computing 35:543-559) and belong to a later step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import cos, radians

from optimizer.assign.blocks import Block, Crew, Crews, blocks_of, known_worker_ids, place_of_block
from optimizer.assign.supply import Supply
from optimizer.assign.territories import centres_above
from optimizer.plan import Sources
from optimizer.problem import Problem, Worker
from optimizer.travel import TravelMatrix

_MAX_UNDIVIDED = 120
_MIN_VISITS = 60
_MAX_JOINED = 150
_MAX_VISITS = 200


@dataclass(frozen=True, kw_only=True)
class Part:
    """A problem in its own right: some visits, the workers for them, and where the portions come from.

    ``problem`` keeps all stations; supply is divided by ``sources``, so parts do not compete for stock.
    """

    name: str
    problem: Problem
    sources: Sources


def split_parts(problem: Problem, travel: TravelMatrix, supply: Supply, *, seed: int = 0) -> tuple[Part, ...]:
    """Parts with every visit in exactly one and every worker in at most one; linked visits stay together.

    One part where the problem is small or has one station at most. Crews without visits that no neighbour can take in
    are in no part.
    """
    if len(problem.visits) <= _MAX_UNDIVIDED or len(problem.stations) <= 1 or not problem.workers:
        return (Part(name=problem.name, problem=problem, sources=supply.sources),)
    crews = Crews(problem, travel, supply.sources)
    territories = [
        _Territory(name="+".join(crew.station_ids), crews=(crew,), worker_ids=crew.worker_ids, blocks=tuple(blocks))
        for crew, blocks in crews.assign(blocks_of(problem), seed=seed).items()
    ]
    halves = [half for whole in _join_small(problem, travel, territories) for half in _halve(problem, crews, whole)]
    return tuple(_part_of(problem, supply.sources, territory) for territory in halves if territory.blocks)


@dataclass(frozen=True, kw_only=True)
class _Territory:
    """A part in the making."""

    name: str
    crews: tuple[Crew, ...]
    worker_ids: frozenset[str]
    blocks: tuple[Block, ...]

    @property
    def num_visits(self) -> int:
        return sum(map(len, self.blocks))

    @property
    def station_ids(self) -> tuple[str, ...]:
        return tuple(station_id for crew in self.crews for station_id in crew.station_ids)


def _part_of(problem: Problem, sources: Sources, territory: _Territory) -> Part:
    visit_ids = {visit.visit_id for block in territory.blocks for visit in block}
    visits = tuple(visit for visit in problem.visits if visit.visit_id in visit_ids)
    elder_ids = {visit.elder_id for visit in visits}
    return Part(
        name=territory.name,
        problem=replace(
            problem,
            name=f"{problem.name}/{territory.name}",
            elders=tuple(elder for elder in problem.elders if elder.elder_id in elder_ids),
            visits=visits,
            workers=tuple(worker for worker in problem.workers if worker.worker_id in territory.worker_ids),
            links=tuple(link for link in problem.links if link.first_visit_id in visit_ids),
        ),
        sources={visit_id: source for visit_id, source in sources.items() if visit_id in visit_ids},
    )


def _join_small(problem: Problem, travel: TravelMatrix, territories: Iterable[_Territory]) -> list[_Territory]:
    """Territories with few visits joined to the nearest that stays small enough, under the same centre first."""
    waiting = list(territories)
    settled: list[_Territory] = []
    while waiting:
        smallest = min(waiting, key=lambda territory: territory.num_visits)
        waiting.remove(smallest)
        room = _MAX_JOINED - smallest.num_visits
        others = [territory for territory in (*waiting, *settled) if territory.num_visits <= room]
        if smallest.num_visits >= _MIN_VISITS or not others:
            settled.append(smallest)
            continue
        other = min(others, key=lambda territory: _distance(problem, travel, smallest, territory))
        (waiting if other in waiting else settled).remove(other)
        waiting.append(_joined(other, smallest))
    return settled


def _joined(first: _Territory, second: _Territory) -> _Territory:
    return _Territory(
        name=f"{first.name}+{second.name}",
        crews=first.crews + second.crews,
        worker_ids=first.worker_ids | second.worker_ids,
        blocks=first.blocks + second.blocks,
    )


def _distance(problem: Problem, travel: TravelMatrix, first: _Territory, second: _Territory) -> tuple[bool, int]:
    """Whether the territories lie under different centres, and metres on foot between their nearest stations."""
    centres = _top_centres(problem, first.station_ids), _top_centres(problem, second.station_ids)
    places = [problem.station_by_id[station_id].place for station_id in first.station_ids]
    other_places = [problem.station_by_id[station_id].place for station_id in second.station_ids]
    return (
        centres[0].isdisjoint(centres[1]),
        min(travel.walking_distance_m(place, other) for place in places for other in other_places),
    )


def _top_centres(problem: Problem, station_ids: Iterable[str]) -> set[str]:
    """The highest centre above each station."""
    return {[*centres_above(problem, problem.station_by_id[station_id])][-1].station_id for station_id in station_ids}


def _halve(problem: Problem, crews: Crews, whole: _Territory) -> list[_Territory]:
    """`whole`, or its halves and theirs where it is too large and its workers can be divided."""
    if whole.num_visits <= _MAX_VISITS:
        return [whole]
    cut = _cut_blocks(problem, whole.blocks)
    worker_ids = _divide_workers(problem, whole.worker_ids, cut)
    blocks: tuple[list[Block], list[Block]] = ([], [])
    for side in (0, 1):
        for block in cut[side]:
            able = [s for s in (side, 1 - side) if crews.can_serve(block, worker_ids[s])]
            if not able:
                return [whole]
            blocks[able[0]].append(block)
    if not all(worker_ids) or not all(blocks):
        return [whole]
    halves = (
        replace(whole, name=f"{whole.name}/{side + 1}", worker_ids=worker_ids[side], blocks=tuple(blocks[side]))
        for side in (0, 1)
    )
    return [part for half in halves for part in _halve(problem, crews, half)]


def _cut_blocks(problem: Problem, blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Blocks this and that side of a line across their longer side, with half of the work each."""
    places = [place_of_block(problem, block) for block in blocks]
    lat = [place.lat for place in places]
    lon = [place.lon * cos(radians(sum(lat) / len(lat))) for place in places]
    axis = lon if max(lon) - min(lon) >= max(lat) - min(lat) else lat
    cut: tuple[list[Block], list[Block]] = ([], [])
    total_s, so_far_s = sum(map(_work_s, blocks)), 0
    for idx in sorted(range(len(blocks)), key=lambda idx: axis[idx]):
        cut[2 * so_far_s >= total_s].append(blocks[idx])
        so_far_s += _work_s(blocks[idx])
    return cut


def _work_s(block: Block) -> int:
    """Service of `block`, with a little time for the way to each visit."""
    return sum(visit.num_workers * (visit.service_duration_s + 120) for visit in block)


def _divide_workers(
    problem: Problem, worker_ids: Collection[str], cut: tuple[list[Block], list[Block]]
) -> tuple[frozenset[str], frozenset[str]]:
    """Workers of each kind in proportion to the work of each side, with those they are pinned to or known by."""
    pulls = dict.fromkeys(sorted(worker_ids), 0)
    for side, sign in ((0, 1), (1, -1)):
        for block in cut[side]:
            for worker_id in known_worker_ids(problem, block) & pulls.keys():
                pulls[worker_id] += sign
            for visit in block:
                for worker_id in pulls.keys() & set(visit.pinned_worker_ids):
                    pulls[worker_id] += sign * len(problem.visits)
    kinds: dict[tuple[object, ...], list[str]] = {}
    for worker_id in pulls:
        kinds.setdefault(_kind(problem.worker_by_id[worker_id]), []).append(worker_id)
    sides: tuple[set[str], set[str]] = (set(), set())
    owed = 0.0
    for alike in kinds.values():
        owed += len(alike) * _first_share(problem.worker_by_id[alike[0]], cut)
        num_first = min(len(alike), max(0, round(owed)))
        owed -= num_first
        alike.sort(key=lambda worker_id: -pulls[worker_id])
        sides[0].update(alike[:num_first])
        sides[1].update(alike[num_first:])
    return frozenset(sides[0]), frozenset(sides[1])


def _kind(worker: Worker) -> tuple[object, ...]:
    """What workers must share to stand in for each other."""
    capacities = tuple(sorted(worker.vehicle.capacities.items()))
    shifts = tuple((shift.start_s, shift.end_s) for shift in worker.shifts)
    return tuple(sorted(worker.skills.items())), worker.vehicle.mode, capacities, shifts


def _first_share(worker: Worker, cut: tuple[list[Block], list[Block]]) -> float:
    """Share of the first side in the work that needs a skill of `worker`, or in all work where none does."""
    work = [sum(_work_s((v,)) for block in side for v in block if v.skills.keys() & worker.skills) for side in cut]
    if not any(work):
        work = [sum(map(_work_s, side)) for side in cut]
    return work[0] / sum(work) if any(work) else 0.5
