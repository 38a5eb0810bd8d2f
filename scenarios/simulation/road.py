"""On the road: what workers do who are free - set out, travel, load, rest, and go home."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from optimizer.plan import StopKind
from optimizer.redispatch.timeline import is_away, mode_of, way_s
from optimizer.units import SECONDS_PER_HOUR
from scenarios.simulation.crew import Errand, Mate
from scenarios.simulation.doors import Doors
from scenarios.simulation.scene import Scene
from scenarios.simulation.stops import Stops

_PATIENCE_S = SECONDS_PER_HOUR
"""Who waits for portions so long takes what is there."""


class Road:
    """Workers, who do next what the plan as it stands wants of them."""

    def __init__(self, scene: Scene, stops: Stops, doors: Doors) -> None:
        self._scene, self._stops, self._doors = scene, stops, doors

    def decide(self, mate: Mate) -> None:
        """What a worker who is free does now."""
        if mate.is_busy:
            return
        waited_for, mate.waits_for = mate.waits_for, None
        errand = self._errand(mate)
        if errand is None:
            return
        stop = errand.stop
        if stop.kind is StopKind.START:
            self._set_out(mate, errand)
        elif mate.place != stop.place:
            if not self._scene.waits_until(mate, errand.leave_s):
                self._travel(mate, errand)
        elif stop.kind is StopKind.END:
            self._end_shift(mate, errand)
        elif stop.kind is StopKind.LOAD:
            self._load(mate, errand, waited_for)
        elif stop.kind is StopKind.BREAK:
            self._rest(mate, errand)
        else:
            self._doors.visit(mate, errand)

    def _errand(self, mate: Mate) -> Errand | None:
        """What is next for `mate`: nothing but the way home for who is away."""
        scene, worker_id = self._scene, mate.worker.worker_id
        if is_away(scene.day, worker_id, scene.now_s):
            running = mate.running_shift_id
            mate.is_away = True
            if running is None or self._comes_back(worker_id):
                return None
            return Errand(shift_id=running, stop=mate.way_home(scene.day.plan, running))
        errand = mate.errand(scene.day.plan)
        if mate.is_away and errand is not None:
            mate.is_away = False
            mate.place = scene.day.problem.shift_by_id[worker_id, errand.shift_id].start_place or mate.place
            mate.arrived_s = scene.now_s
        return errand

    def _comes_back(self, worker_id: str) -> bool:
        spans = [span for span in self._scene.day.absences.get(worker_id, ()) if span.holds(self._scene.now_s)]
        return all(span.until_s is not None for span in spans)

    def _set_out(self, mate: Mate, errand: Errand) -> None:
        if not self._scene.waits_until(mate, max(errand.stop.departure_s, mate.ready_s)):
            self._stops.set_out(mate, errand)
            self.decide(mate)

    def _travel(self, mate: Mate, errand: Errand) -> None:
        """Leave for the place of the next stop."""
        assert mate.place is not None
        scene, origin, place = self._scene, mate.place, errand.stop.place
        usual_s = way_s(scene.day.ways, mode_of(scene.day, mate.worker), origin, place, scene.now_s)
        real_s = round(usual_s * scene.noise.way(origin, place))
        self._stops.leave(mate, errand.shift_id)
        mate.is_busy = True
        self._stops.say_late(mate, usual_s, real_s)

        def arrive() -> None:
            mate.place, mate.arrived_s, mate.is_busy = place, scene.now_s, False
            self.decide(mate)

        scene.clock.at(scene.now_s + real_s, arrive)

    def _end_shift(self, mate: Mate, errand: Errand) -> None:
        now_s = self._scene.now_s
        self._stops.note(mate, errand, now_s, now_s)
        if not mate.is_away:
            self._scene.wake(mate, now_s)

    def _load(self, mate: Mate, errand: Errand, waited_for: str | None) -> None:
        """Load when the plan wants it and the portions are there."""
        scene, stop = self._scene, errand.stop
        assert stop.station_id is not None
        if scene.waits_until(mate, stop.start_s):
            return
        if waited_for is None:
            mate.waits_since_s = scene.now_s
        short = {meal for meal, portions in stop.load.items() if self._stock(stop.station_id, meal) < portions}
        if short and scene.now_s < mate.waits_since_s + _PATIENCE_S:
            mate.waits_for = stop.station_id
            scene.wake(mate, self._next_supply_s(stop.station_id, mate.waits_since_s + _PATIENCE_S))
            return
        load = {meal: min(portions, self._stock(stop.station_id, meal)) for meal, portions in stop.load.items()}
        scene.done.take(stop.station_id, load)
        mate.board = Counter(load)
        mate.num_loads += 1
        factor = scene.noise.loading(mate.worker.worker_id, mate.num_loads)
        self._stops.begin(mate, replace(errand, stop=replace(stop, load=load)), factor)

    def _stock(self, station_id: str, meal_type: str) -> int:
        return self._scene.done.stock(self._scene.day.problem, station_id, meal_type, self._scene.now_s)

    def _next_supply_s(self, station_id: str, latest_s: int) -> int:
        waves = self._scene.day.problem.station_by_id[station_id].waves
        return min([latest_s, *(wave.ready_s for wave in waves if wave.ready_s > self._scene.now_s)])

    def _rest(self, mate: Mate, errand: Errand) -> None:
        shift = self._scene.day.problem.shift_by_id[mate.worker.worker_id, errand.shift_id]
        rest = next(rest for rest in shift.breaks if rest.break_id == errand.stop.break_id)
        if not self._scene.waits_until(mate, rest.start_s):
            self._stops.begin(mate, errand, 1.0)
