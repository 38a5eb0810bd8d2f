"""Cutting a plan into parts that can be improved side by side: workers who lie together, with the visits they serve.

Route-based decomposition (Santini, Schneider, Vidal & Vigo 2023, Eur. J. Oper. Res. 307:1067-1090, found it better than
cutting by visits): the workers of a station stay together, small stations join their nearest neighbours, large ones are
halved. What ties parts to each other is held: a visit that is linked to one of another part, or shared with a worker of
another part, keeps its start and there its worker; supply runs keep theirs, portions the wave they come from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from optimizer.assign import Part
from optimizer.eligibility import other_visit_id
from optimizer.plan import Draft, Plan, Sources
from optimizer.problem import LinkKind, Problem, TimeWindow, Visit, Worker
from optimizer.start import clusters_of

_MIN_VISITS = 60
_MAX_VISITS = 150

Point = tuple[float, float]


def split_by_routes(problem: Problem, sources: Sources, plan: Plan) -> list[tuple[Part, Draft]]:
    """Parts of `problem` with the routes of `plan` that belong to each; every worker is in one of them.

    Parameters
    ----------
    sources
        Supply the plan was made with.
    plan
        A sound plan of the problem. Visits it leaves out go to the nearest part, linked ones together.
    """
    cut = _Cut(problem, plan)
    groups = [half for group in _join_small(cut.crews()) for half in halved(group, _MAX_VISITS)]
    if len(groups) < 2:
        return [(Part(name=problem.name, problem=problem, sources=sources), plan.draft)]
    extra: dict[Group, list[Visit]] = defaultdict(list)
    for cluster in clusters_of(problem, cut.unserved):
        here = cut.centre_of_visits(visit.visit_id for visit in cluster)
        extra[min(groups, key=lambda group: _gap(group.centre, here))] += cluster
    problems = [cut.part_problem(group, extra[group]) for group in groups]
    return [
        (Part(name=f"part {number}", problem=part, sources=sources), cut.draft_of(group))
        for number, (group, part) in enumerate(zip(groups, problems, strict=True), start=1)
        if part.visits
    ]


def joined_to_regions(problem: Problem, parts: Sequence[Part], max_visits: int) -> list[Part]:
    """Neighbouring `parts` of `problem` made one, up to `max_visits` visits each."""
    part_by_name = {part.name: part for part in parts}
    places = {part.name: [problem.place_of(visit) for visit in part.problem.visits] for part in parts}
    crews = [
        Crew(name, len(here), _mean([(place.lon, place.lat) for place in here]))
        for name, here in places.items()
        if here
    ]
    return [
        _joined(problem, [part_by_name[crew.crew_id] for crew in group.crews])
        for group in halved(Group(tuple(crews)), max_visits)
    ]


def _joined(problem: Problem, parts: Sequence[Part]) -> Part:
    whole = replace(
        problem,
        visits=tuple(visit for part in parts for visit in part.problem.visits),
        workers=tuple(worker for part in parts for worker in part.problem.workers),
        links=tuple(link for part in parts for link in part.problem.links),
    )
    sources = {visit_id: source for part in parts for visit_id, source in part.sources.items()}
    return Part(name="+".join(part.name for part in parts), problem=whole, sources=sources)


@dataclass(frozen=True, slots=True)
class Crew:
    """Workers who stay together (by an id: one worker, or a territory): how many visits, and where about."""

    crew_id: str
    num_visits: int
    centre: Point


@dataclass(frozen=True, slots=True)
class Group:
    """Crews of one part."""

    crews: tuple[Crew, ...]

    @property
    def crew_ids(self) -> frozenset[str]:
        """Ids of the crews."""
        return frozenset(crew.crew_id for crew in self.crews)

    @property
    def num_visits(self) -> int:
        """Visits of all crews."""
        return sum(crew.num_visits for crew in self.crews)

    @property
    def centre(self) -> Point:
        """Mean of the crews' centres."""
        return _mean([crew.centre for crew in self.crews])


class _Cut:
    """A plan seen by worker."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.draft = problem, plan.draft
        self.starts: dict[str, int] = {}
        self.workers_by_visit_id: dict[str, set[str]] = defaultdict(set)
        self.visits_by_worker_id: dict[str, list[str]] = defaultdict(list)
        for route in plan.routes:
            for stop in route.visit_stops:
                assert stop.visit_id is not None
                self.starts[stop.visit_id] = stop.start_s
                self.workers_by_visit_id[stop.visit_id].add(route.worker_id)
                self.visits_by_worker_id[route.worker_id].append(stop.visit_id)

    @property
    def unserved(self) -> list[Visit]:
        """Visits that the plan leaves out."""
        return [visit for visit in self.problem.visits if visit.visit_id not in self.starts]

    def crews(self) -> list[Group]:
        """Workers by home station."""
        crews: dict[str, list[Crew]] = defaultdict(list)
        for worker in self.problem.workers:
            visit_ids = self.visits_by_worker_id[worker.worker_id]
            centre = self.centre_of_visits(visit_ids) if visit_ids else self._home_of(worker)
            crews[self._station_of(worker)].append(Crew(worker.worker_id, len(visit_ids), centre))
        return [Group(tuple(crew)) for crew in crews.values()]

    def centre_of_visits(self, visit_ids: Iterable[str]) -> Point:
        """Mean of the places where visits start."""
        places = [self.problem.place_of(self.problem.visit_by_id[visit_id]) for visit_id in visit_ids]
        return _mean([(place.lon, place.lat) for place in places])

    def draft_of(self, group: Group) -> Draft:
        """The routes of a group."""
        return Draft(routes=tuple(route for route in self.draft.routes if route.worker_id in group.crew_ids))

    def part_problem(self, group: Group, extra: Sequence[Visit]) -> Problem:
        """The problem of a group's workers: the visits they serve, ties to others held, and `extra` unserved ones."""
        served = dict.fromkeys(v for worker_id in group.crew_ids for v in self.visits_by_worker_id[worker_id])
        wanted = {*served, *(visit.visit_id for visit in extra)}
        visits = tuple(self._held(visit, group, wanted) for visit in self.problem.visits if visit.visit_id in wanted)
        workers = tuple(worker for worker in self.problem.workers if worker.worker_id in group.crew_ids)
        links = tuple(
            link for link in self.problem.links if link.first_visit_id in wanted and link.second_visit_id in wanted
        )
        return replace(self.problem, visits=visits, workers=workers, links=links)

    def _held(self, visit: Visit, group: Group, wanted: set[str]) -> Visit:
        """`visit`, its start (and its workers here) held where something ties it to another part."""
        worker_ids = self.workers_by_visit_id.get(visit.visit_id, set())
        here = tuple(sorted(worker_ids & group.crew_ids))
        if len(here) < len(worker_ids):
            visit = replace(visit, num_workers=len(here), pinned_worker_ids=here)
        elif not (worker_ids and self._is_tied(visit, wanted)):
            return visit
        start_s = self.starts[visit.visit_id]
        return replace(visit, windows=tuple(_narrowed(visit.windows, start_s)))

    def _is_tied(self, visit: Visit, wanted: set[str]) -> bool:
        """Whether other parts count on the start of `visit`: by a link, or on the portions that it delivers."""
        links = self.problem.links_by_visit_id.get(visit.visit_id, ())
        return visit.delivers_to_station_id is not None or any(
            (link.kind.is_timed or link.kind is LinkKind.NOT_CONSECUTIVE_DAYS)
            and other_visit_id(link, visit.visit_id) not in wanted
            for link in links
        )

    def _station_of(self, worker: Worker) -> str:
        if worker.station_id is not None or not self.problem.stations:
            return worker.station_id or ""
        here = self._home_of(worker)
        nearest = min(self.problem.stations, key=lambda station: _gap((station.place.lon, station.place.lat), here))
        return nearest.station_id

    def _home_of(self, worker: Worker) -> Point:
        places = [shift.start_place or shift.end_place for shift in worker.shifts]
        known = [(place.lon, place.lat) for place in places if place is not None]
        if worker.station_id is not None and not known:
            place = self.problem.station_by_id[worker.station_id].place
            known = [(place.lon, place.lat)]
        return _mean(known)


def _join_small(groups: list[Group]) -> list[Group]:
    """Groups with few visits joined to the nearest group that stays small enough."""
    done: list[Group] = []
    while groups:
        groups.sort(key=lambda group: group.num_visits)
        smallest, *groups = groups
        fitting = [group for group in groups if smallest.num_visits + group.num_visits <= _MAX_VISITS]
        if smallest.num_visits >= _MIN_VISITS or not fitting:
            done.append(smallest)
            continue
        nearest = min(fitting, key=lambda group: _gap(group.centre, smallest.centre))
        groups[groups.index(nearest)] = Group((*nearest.crews, *smallest.crews))
    return done


def halved(group: Group, max_visits: int) -> Iterator[Group]:
    """`group`, or its halves across its longer side, and theirs, while they have more than `max_visits`."""
    if group.num_visits <= max_visits or len(group.crews) < 2:
        yield group
        return
    lons, lats = zip(*(crew.centre for crew in group.crews), strict=True)
    axis = 0 if max(lons) - min(lons) >= max(lats) - min(lats) else 1
    ordered = sorted(group.crews, key=lambda crew: (crew.centre[axis], crew.crew_id))
    cut, num_before = 1, ordered[0].num_visits
    while cut < len(ordered) - 1 and num_before + ordered[cut].num_visits <= group.num_visits / 2:
        num_before += ordered[cut].num_visits
        cut += 1
    yield from halved(Group(tuple(ordered[:cut])), max_visits)
    yield from halved(Group(tuple(ordered[cut:])), max_visits)


def _narrowed(windows: Sequence[TimeWindow], start_s: int) -> Iterator[TimeWindow]:
    """The window that `start_s` lies in, cut down to it; its soft ends stay for their price."""
    for window in windows:
        if window.start_s <= start_s <= window.end_s:
            yield replace(window, start_s=start_s, end_s=start_s)
            return


def _mean(points: Sequence[Point]) -> Point:
    if not points:
        return 0.0, 0.0
    lons, lats = zip(*points, strict=True)
    return fmean(lons), fmean(lats)


def _gap(first: Point, second: Point) -> float:
    """Squared distance in degrees: good enough to find the nearest of a few."""
    return (first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2
