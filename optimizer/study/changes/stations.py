"""Changes of the network: stations opened, closed, moved, and what they can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from optimizer.problem import Location, Problem, Shift, Station, Visit, Worker
from optimizer.study.changes.change import Change, Draw, Fault, StationFilter, StationId, fresh_id, share_of
from optimizer.study.changes.supply import follow_supply, nearest, territory_ids, with_nearest
from optimizer.units import Cents, Count, Metres, Percent, Seconds, SignedSeconds, ceil_div


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStation(Change):
    """Open a station that is like another one.

    Elders who live nearer to it than to their own station become its territory (straight line), and portions follow
    them. What is not said is as at `like`, the place apart; whatever brings portions to `like` comes here too.

    Attributes
    ----------
    moves_workers
        Workers based at `like` who have their base here from now on; they are drawn.
    """

    word: ClassVar[str] = "add-station"
    station_id: str
    like: StationId
    place: Location
    name: str = ""
    seats: Count | None = None
    service_radius_m: Metres | None = None
    portion_price_cents: Cents | None = None
    moves_workers: Count = 0

    def faults(self, problem: Problem) -> Iterator[Fault]:
        """Unknown names, and an id that is taken."""
        yield from Change.faults(self, problem)
        if self.station_id in problem.station_by_id:
            yield Fault("station_id", f"there is a station {self.station_id!r} already.", "Choose another id.")

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with the station."""
        model = problem.station_by_id[self.like]
        facts = self.given("seats", "service_radius_m", "portion_price_cents")
        station = replace(model, station_id=self.station_id, place=self.place, name=self.name, **facts)
        opened = replace(
            problem,
            stations=(*problem.stations, station),
            visits=(
                *(_suppliable(visit, self.like, self.station_id) for visit in problem.visits),
                *(_run_to(station, run, problem) for run in problem.visits if _feeds(run, model)),
            ),
        )
        movers = draw.order("movers", (w.worker_id for w in problem.workers if w.station_id == self.like))
        based = with_base(opened, set(movers[: self.moves_workers]), model, station)
        own = territory_ids(problem)
        if self.like not in own:
            return based
        homes = {elder.elder_id for elder in problem.elders if elder.station_id is not None}
        return follow_supply(problem, with_nearest(based, homes, [*own, self.station_id]), {self.station_id: self.like})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveStation(Change):
    """Close a station; its territory and its workers go to the nearest one of its kind (straight line)."""

    word: ClassVar[str] = "remove-station"
    station_id: StationId

    def faults(self, problem: Problem) -> Iterator[Fault]:
        """Unknown names, and a station that nothing can stand in for."""
        yield from Change.faults(self, problem)
        station = problem.station_by_id.get(self.station_id)
        if station is not None and not _others(problem, station):
            yield Fault("station_id", f"{self.station_id!r} is the only {station.kind}.", "Keep it, or add one first.")

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem without the station."""
        station = problem.station_by_id[self.station_id]
        heirs = _others(problem, station)
        heir = nearest(station.place, heirs)
        territory = {elder.elder_id for elder in problem.elders if elder.station_id == self.station_id}
        moved = with_base(problem, None, station, heir)
        moved = with_nearest(moved, territory, [other.station_id for other in heirs])
        closed = replace(
            moved,
            stations=tuple(_without_parent(other, station) for other in problem.stations if other is not station),
            visits=tuple(_resupplied(visit, station, heir) for visit in problem.visits if not _feeds(visit, station)),
        )
        kept = {visit.visit_id for visit in closed.visits}
        links = tuple(link for link in closed.links if {link.first_visit_id, link.second_visit_id} <= kept)
        return follow_supply(problem, replace(closed, links=links))


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStation(Change):
    """Move a station, with the shifts that start or end there.

    Elders then belong to the nearest station that has a territory (straight line) unless ``keeps_territory``; portions
    follow them.
    """

    word: ClassVar[str] = "move-station"
    station_id: StationId
    place: Location
    keeps_territory: bool = False

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with the station elsewhere."""
        before = problem.station_by_id[self.station_id]
        after = replace(before, place=self.place)
        stations = tuple(after if station is before else station for station in problem.stations)
        moved = with_base(replace(problem, stations=stations), None, before, after)
        own = territory_ids(problem)
        if self.keeps_territory or self.station_id not in own:
            return moved
        homes = {elder.elder_id for elder in problem.elders if elder.station_id is not None}
        return follow_supply(problem, with_nearest(moved, homes, own))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStations(StationFilter):
    """Give stations other seats, radii, prices, kitchens.

    Attributes
    ----------
    portions_percent
        Portions of every wave, in percent of what they are, rounded up; visits that bring portions are not touched.
    ready_later_s
        By how much every wave is ready later (negative: earlier, not before 00:00).
    """

    word: ClassVar[str] = "change-stations"
    seats: Count | None = None
    service_radius_m: Metres | None = None
    portion_price_cents: Cents | None = None
    loading_duration_s: Seconds | None = None
    portions_percent: Percent = 100
    ready_later_s: SignedSeconds = 0

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these stations changed."""
        facts = self.given("seats", "service_radius_m", "portion_price_cents", "loading_duration_s")
        stations = (
            replace(station, waves=self._waves(station), **facts) if self.covers_station(station) else station
            for station in problem.stations
        )
        return replace(problem, stations=tuple(stations))

    def _waves(self, station: Station) -> tuple[Any, ...]:
        return tuple(
            replace(
                wave,
                ready_s=max(0, wave.ready_s + self.ready_later_s),
                portions={name: ceil_div(count * self.portions_percent, 100) for name, count in wave.portions.items()},
            )
            for wave in station.waves
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RebaseWorkers(Change):
    """Move a share of the workers of one station to another (drawn, rounded half up)."""

    word: ClassVar[str] = "rebase-workers"
    from_station_id: StationId
    to_station_id: StationId
    percent: Percent = 100

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these workers based elsewhere."""
        origin, goal = problem.station_by_id[self.from_station_id], problem.station_by_id[self.to_station_id]
        based = [worker.worker_id for worker in problem.workers if worker.station_id == self.from_station_id]
        movers = draw.order("movers", based)[: share_of(len(based), self.percent)]
        return with_base(problem, set(movers), origin, goal)


def with_base(problem: Problem, worker_ids: set[str] | None, origin: Station, goal: Station) -> Problem:
    """`problem` with workers of `origin` based at `goal`: all of them, or those in `worker_ids`.

    Shifts that start or end at the old base do so at the new one.
    """

    def rebased(worker: Worker) -> Worker:
        if worker.station_id != origin.station_id or (worker_ids is not None and worker.worker_id not in worker_ids):
            return worker
        shifts = tuple(_at_base(shift, origin.place, goal.place) for shift in worker.shifts)
        return replace(worker, station_id=goal.station_id, shifts=shifts)

    return replace(problem, workers=tuple(rebased(worker) for worker in problem.workers))


def _at_base(shift: Shift, old: Location, new: Location) -> Shift:
    ends: dict[str, Any] = {name: new for name in ("start_place", "end_place") if getattr(shift, name) == old}
    breaks = tuple(replace(rest, place=new) if rest.place == old else rest for rest in shift.breaks)
    return replace(shift, breaks=breaks, **ends)


def _others(problem: Problem, station: Station) -> list[Station]:
    """Stations that can stand in for `station`: of its kind, and with a territory if it has one."""
    own = set(territory_ids(problem))
    same = [other for other in problem.stations if other.kind is station.kind and other is not station]
    return [other for other in same if other.station_id in own] if station.station_id in own else same


def _suppliable(visit: Visit, like: str, station_id: str) -> Visit:
    return replace(visit, station_ids=(*visit.station_ids, station_id)) if like in visit.station_ids else visit


def _feeds(visit: Visit, station: Station) -> bool:
    return visit.delivers_to_station_id == station.station_id


def _run_to(station: Station, run: Visit, problem: Problem) -> Visit:
    """A supply run like `run`, to `station`."""
    visit_id = fresh_id(run.visit_id, problem.visit_by_id)
    return replace(run, visit_id=visit_id, place=station.place, delivers_to_station_id=station.station_id)


def _resupplied(visit: Visit, station: Station, heir: Station) -> Visit:
    if station.station_id not in visit.station_ids:
        return visit
    names = (heir.station_id if name == station.station_id else name for name in visit.station_ids)
    return replace(visit, station_ids=tuple(dict.fromkeys(names)))


def _without_parent(other: Station, station: Station) -> Station:
    return replace(other, parent_station_id=None) if other.parent_station_id == station.station_id else other
