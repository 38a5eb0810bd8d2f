"""Stops as they really are: begun, ended, left and passed over, and reported to the dispatcher."""

from __future__ import annotations

from dataclasses import replace

from optimizer.plan import Stop, StopKind
from optimizer.redispatch.events import StopDone, StopStarted, WorkerLate
from scenarios.simulation.crew import Errand, Mate, key_of
from scenarios.simulation.scene import Scene


class Stops:
    """What workers do at stops, whatever these are for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def set_out(self, mate: Mate, errand: Errand) -> None:
        """Begin a shift now."""
        stop, now_s = errand.stop, self._scene.now_s
        mate.driven[errand.shift_id] = [_timed(stop, now_s, now_s, now_s)]
        mate.place, mate.arrived_s = stop.place, now_s

    def leave(self, mate: Mate, shift_id: str) -> None:
        """Print the departure from the last stop; a shift that had ended goes on."""
        stops = mate.driven[shift_id]
        _go_on(stops)
        stops[-1] = replace(stops[-1], departure_s=max(self._scene.now_s, stops[-1].end_s))

    def begin(self, mate: Mate, errand: Errand, factor: float) -> None:
        """Begin what happens at a stop; `factor` is how much longer than usual it takes."""
        scene, stop = self._scene, errand.stop
        usual_s = stop.end_s - stop.start_s
        real_s = max(1, round(usual_s * factor)) if usual_s else 0
        end_s = scene.now_s + real_s
        self.note(mate, errand, scene.now_s, end_s)
        mate.is_busy = True
        self.say_late(mate, usual_s, real_s)
        started = StopStarted(
            at_s=scene.now_s,
            worker_id=mate.worker.worker_id,
            start_s=scene.now_s,
            visit_id=stop.visit_id,
            station_id=stop.station_id,
            break_id=stop.break_id,
        )
        scene.reported(started, scene.now_s - stop.start_s)
        scene.clock.at(end_s, lambda: self._finish(mate, errand))
        scene.stir()

    def note(self, mate: Mate, errand: Errand, start_s: int, end_s: int) -> None:
        """Print a stop."""
        stops = mate.driven[errand.shift_id]
        _go_on(stops)
        if stops[-1].departure_s < mate.arrived_s and stops[-1].end_place == errand.stop.place:
            stops[-1] = replace(stops[-1], departure_s=mate.arrived_s)
        stops.append(_timed(errand.stop, mate.arrived_s, start_s, end_s))
        if errand.stop.kind is not StopKind.END:
            mate.mark(errand.shift_id, errand.key)

    def skip(self, mate: Mate, errand: Errand, why: str) -> None:
        """Go on without serving."""
        assert errand.stop.visit_id is not None
        self._scene.missed[errand.stop.visit_id] = why
        mate.mark(errand.shift_id, errand.key)
        self._scene.stir()
        self._scene.wake(mate, self._scene.now_s)

    def say_late(self, mate: Mate, usual_s: int, real_s: int) -> None:
        """Who needs much longer for something than usual says so when that shows."""
        over_s = real_s - usual_s
        if over_s > self._scene.how.notice_s:
            at_s = self._scene.now_s + max(0, usual_s - 1)
            event = WorkerLate(at_s=at_s, worker_id=mate.worker.worker_id, delay_s=over_s)
            self._scene.clock.at(at_s, lambda: self._scene.happens(event), rank=0)

    def _finish(self, mate: Mate, errand: Errand) -> None:
        scene, stop = self._scene, errand.stop
        mate.place, mate.arrived_s, mate.is_busy = stop.end_place, scene.now_s, False
        visit = scene.day.problem.visit_by_id.get(stop.visit_id or "")
        if visit is not None:
            scene.done.end(visit, scene.now_s)
        done = StopDone(
            at_s=scene.now_s,
            worker_id=mate.worker.worker_id,
            end_s=scene.now_s,
            visit_id=stop.visit_id,
            station_id=stop.station_id,
            break_id=stop.break_id,
        )
        scene.reported(done, self._behind_s(mate, errand))
        scene.stir()
        scene.wake(mate, scene.now_s)

    def _behind_s(self, mate: Mate, errand: Errand) -> int:
        """How far behind the plan as it stands a stop ends."""
        ends = [
            stop.end_s
            for route in self._scene.day.plan.routes
            if (route.worker_id, route.shift_id) == (mate.worker.worker_id, errand.shift_id)
            for stop in route.stops
            if key_of(stop) == errand.key
        ]
        return min((self._scene.now_s - end_s for end_s in ends), key=abs, default=0)


def _go_on(stops: list[Stop]) -> None:
    """Take back the end of a shift that goes on."""
    if stops[-1].kind is StopKind.END and len(stops) > 1:
        stops.pop()


def _timed(stop: Stop, arrival_s: int, start_s: int, end_s: int) -> Stop:
    return replace(
        stop, arrival_s=arrival_s, start_s=start_s, end_s=end_s, departure_s=end_s, wait_duration_s=start_s - arrival_s
    )
