"""Workers on the road: where each of them is, what they have done and what the plan wants of them next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from optimizer.plan import Plan, Route, Stop, StopKind
from optimizer.problem import Location, Worker
from optimizer.redispatch.timeline import name_of

Key = tuple[StopKind, str]
"""What happens at a stop: its kind and the id of what it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """The next thing to do: a stop of the plan, the shift it belongs to, and when the plan leaves the one before."""

    shift_id: str
    stop: Stop
    leave_s: int = 0

    @property
    def key(self) -> Key:
        """What happens at the stop."""
        return key_of(self.stop)


@dataclass(slots=True, kw_only=True)
class Mate:
    """One worker as the day goes.

    Attributes
    ----------
    driven
        Stops as they really were, by shift id, from the start stop on.
    arrived_s
        When the worker came to `place`.
    is_busy
        Under way or at work; decides nothing until that ends.
    waits_for
        What the worker waits for at the place of it, other than for the time.
    ready_s
        The worker does not leave before this time, whatever the plan says.
    turn
        Wake-up calls of an earlier turn are void.
    board
        Portions on board by meal type.
    """

    worker: Worker
    driven: dict[str, list[Stop]] = field(default_factory=dict)
    done: dict[str, Counter[Key]] = field(default_factory=dict)
    place: Location | None = None
    arrived_s: int = 0
    is_busy: bool = False
    is_away: bool = False
    waits_for: str | None = None
    waits_since_s: int = 0
    ready_s: int = 0
    turn: int = 0
    num_loads: int = 0
    board: Counter[str] = field(default_factory=Counter)

    @property
    def running_shift_id(self) -> str | None:
        """The shift that has begun and not ended."""
        for shift_id, stops in self.driven.items():
            if stops[-1].kind is not StopKind.END:
                return shift_id
        return None

    def mark(self, shift_id: str, key: Key) -> None:
        """Note that a stop has been dealt with."""
        self.done.setdefault(shift_id, Counter())[key] += 1

    def errand(self, plan: Plan) -> Errand | None:
        """What `plan` wants next of this worker; ``None`` where nothing is left.

        A route that has ended goes on if the plan has new stops for it.
        """
        running = self.running_shift_id
        routes = self._routes(plan)
        if running is not None:
            routes = [route for route in routes if route.shift_id == running]
        for route in routes:
            undone = next(self._undone(route), None)
            if undone is not None:
                is_begun = route.shift_id in self.driven
                return undone if is_begun else Errand(shift_id=route.shift_id, stop=route.stops[0])
        return None if running is None else Errand(shift_id=running, stop=self.way_home(plan, running))

    def way_home(self, plan: Plan, shift_id: str) -> Stop:
        """The end of a running shift: as planned, or where the worker is if the plan knows nothing of it any more."""
        for route in self._routes(plan):
            if route.shift_id == shift_id:
                return route.stops[-1]
        last = self.driven[shift_id][-1]
        shift = next(shift for shift in self.worker.shifts if shift.shift_id == shift_id)
        place = shift.end_place or last.end_place
        return replace(last, kind=StopKind.END, place=place, end_place=place, visit_id=None, station_id=None, load={})

    def _routes(self, plan: Plan) -> list[Route]:
        routes = [route for route in plan.routes if route.worker_id == self.worker.worker_id and route.stops]
        return sorted(routes, key=lambda route: route.stops[0].departure_s)

    def _undone(self, route: Route) -> Iterator[Errand]:
        left = Counter(self.done.get(route.shift_id, {}))
        before = route.stops[0]
        for stop in route.stops[1:-1]:
            key = key_of(stop)
            if left[key] > 0:
                left[key] -= 1
            else:
                leave_s = before.departure_s if before.departure_s > before.end_s else 0
                yield Errand(shift_id=route.shift_id, stop=stop, leave_s=leave_s)
            before = stop


def key_of(stop: Stop) -> Key:
    """Kind and name of a stop."""
    return stop.kind, name_of(stop)
