"""At the door: workers serve, wait for each other or for what comes first, come in vain, or give a visit up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from optimizer.problem import Visit
from optimizer.reading import hands_over
from optimizer.redispatch.events import ElderAbsent, VisitCancelled
from optimizer.redispatch.params import Tier
from optimizer.redispatch.timeline import is_prevented
from optimizer.units import SECONDS_PER_HOUR
from scenarios.simulation.crew import Errand, Key, Mate, key_of
from scenarios.simulation.done import same_start_ids
from scenarios.simulation.over import CALLED_OFF, NO_PORTIONS, NOBODY_OPENS, TOO_LATE
from scenarios.simulation.scene import Scene
from scenarios.simulation.stops import Stops


class Doors:
    """What happens where a worker has come to a visit."""

    def __init__(self, scene: Scene, stops: Stops) -> None:
        self._scene, self._stops = scene, stops

    def visit(self, mate: Mate, errand: Errand) -> None:
        """Serve, wait, or go on where there is nothing to serve."""
        scene, visit_id = self._scene, errand.stop.visit_id
        assert visit_id is not None
        visit = scene.day.problem.visit_by_id.get(visit_id)
        if visit is None or is_prevented(scene.day, mate.worker.worker_id, replace(errand.stop, start_s=scene.now_s)):
            self._stops.skip(mate, errand, CALLED_OFF)
            return
        start_s = scene.done.may_start_s(scene.day, visit, scene.now_s)
        if start_s is None or start_s > _last_start_s(visit):
            self._give_up(mate, errand, visit, TOO_LATE)
        elif hands_over(visit) and any(mate.board[meal] < portions for meal, portions in visit.demand.items()):
            self._give_up(mate, errand, visit, NO_PORTIONS)
        elif not scene.waits_until(mate, start_s):
            self._meet(mate, errand, visit)

    def _meet(self, mate: Mate, errand: Errand, visit: Visit) -> None:
        """Begin once all who serve together are there and what comes first has begun; else wait for them."""
        mate.waits_for = visit.visit_id
        together = same_start_ids(self._scene.day.problem, visit)
        partners = [other for other in self._scene.mates.values() if self._still_serves(other, together)]
        if self._awaits_first(visit) or any(other.waits_for not in together for other in partners):
            self._scene.wake(mate, _last_start_s(visit) + 1)
            return
        for other in partners:
            theirs = errand if other is mate else other.errand(self._scene.day.plan)
            assert theirs is not None
            other.waits_for = None
            if visit.visit_id in self._scene.no_shows:
                self._nobody_opens(other, theirs, visit)
            else:
                self._serve(other, theirs)

    def _awaits_first(self, visit: Visit) -> bool:
        """Whether something that must come first has not been done, and somebody is to do it."""
        awaited = self._scene.done.awaited(self._scene.day.problem, visit)
        return bool(awaited) and any(self._still_serves(mate, awaited) for mate in self._scene.mates.values())

    def _still_serves(self, mate: Mate, visit_ids: set[str]) -> bool:
        """Whether the plan has `mate` serve one of the visits and that is still to come."""
        return any(name in visit_ids for name in self._open_visit_ids(mate))

    def _open_visit_ids(self, mate: Mate) -> Iterator[str]:
        for route in self._scene.day.plan.routes:
            if route.worker_id == mate.worker.worker_id:
                done: Counter[Key] = mate.done.get(route.shift_id, Counter())
                for stop in route.visit_stops:
                    if stop.visit_id is not None and not done[key_of(stop)]:
                        yield stop.visit_id

    def _serve(self, mate: Mate, errand: Errand) -> None:
        visit_id = errand.stop.visit_id
        assert visit_id is not None
        visit = self._scene.day.problem.visit_by_id[visit_id]
        self._scene.done.started[visit_id] = self._scene.now_s
        if hands_over(visit):
            mate.board.subtract(visit.demand)
        self._stops.begin(mate, errand, self._scene.noise.service(visit_id))

    def _give_up(self, mate: Mate, errand: Errand, visit: Visit, why: str) -> None:
        """Go on without serving, and say so: the visit is lost."""
        scene = self._scene
        self._stops.skip(mate, errand, why)
        event = VisitCancelled(at_s=scene.now_s, visit_id=visit.visit_id, note=why)
        if scene.desk.knows(event):
            scene.lost[visit.visit_id] = visit
            scene.happened.append(event)
            scene.replan("visit-lost", Tier.INSERTION)

    def _nobody_opens(self, mate: Mate, errand: Errand, visit: Visit) -> None:
        """Wait at the door for a while; then the elder is known to be away."""
        mate.is_busy = True
        mate.mark(errand.shift_id, errand.key)
        self._scene.missed[visit.visit_id] = NOBODY_OPENS
        self._scene.clock.at(self._scene.now_s + self._scene.how.door_s, lambda: self._leave_in_vain(mate, visit))

    def _leave_in_vain(self, mate: Mate, visit: Visit) -> None:
        scene = self._scene
        at_s = scene.now_s
        mate.is_busy, mate.arrived_s = False, at_s
        if visit.elder_id is not None and not self._is_known_away(visit.elder_id):
            from_s, until_s = at_s - scene.how.door_s, at_s + 4 * SECONDS_PER_HOUR
            scene.happens(ElderAbsent(at_s=at_s, elder_id=visit.elder_id, from_s=from_s, until_s=until_s))
        scene.stir()
        scene.wake(mate, at_s)

    def _is_known_away(self, elder_id: str) -> bool:
        return any(span.holds(self._scene.now_s) for span in self._scene.day.elder_absences.get(elder_id, ()))


def _last_start_s(visit: Visit) -> int:
    return max(window.end_s for window in visit.windows)
