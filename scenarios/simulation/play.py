"""One day lived through: workers follow the plan as it stands, the road takes its time, and events happen.

A discrete-event simulation. The dispatcher knows only what is reported (:class:`~optimizer.redispatch.day.Day`); the
truth is kept here: real starts and ends, stock and portions on board, who waits for whom. A worker under way finishes
the way they are on; whoever comes too late, or has no portions left to hand over, comes in vain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from optimizer.plan import Stop, StopKind
from optimizer.problem import Visit
from optimizer.reading import hands_over
from optimizer.redispatch.day import Day
from optimizer.redispatch.events import (
    ElderAbsent,
    Event,
    StopDone,
    StopStarted,
    VisitCancelled,
    WorkerLate,
)
from optimizer.redispatch.params import Tier
from optimizer.redispatch.timeline import is_away, is_prevented, mode_of, way_s
from optimizer.units import SECONDS_PER_HOUR
from scenarios.events import DayEvents
from scenarios.simulation.clock import Clock
from scenarios.simulation.crew import Errand, Key, Mate, key_of
from scenarios.simulation.desk import Desk
from scenarios.simulation.done import Done, same_start_ids
from scenarios.simulation.morning import Morning
from scenarios.simulation.noise import DrawnNoise
from scenarios.simulation.over import (
    CALLED_OFF,
    NO_PORTIONS,
    NOBODY_OPENS,
    TOO_LATE,
    Played,
    as_driven,
    wanted,
)
from scenarios.simulation.policy import Dispatching

_PATIENCE_S = SECONDS_PER_HOUR
"""Who waits for portions so long takes what is there."""


def play(morning: Morning, events: DayEvents, noise: DrawnNoise, dispatching: Dispatching = Dispatching()) -> Played:
    """The day under `dispatching`; the same arguments give the same day as far as re-plans do not watch a clock."""
    return _Play(morning.day(dispatching.grace_s), events, noise, dispatching).run()


class _Play:
    def __init__(self, day: Day, events: DayEvents, noise: DrawnNoise, dispatching: Dispatching) -> None:
        self.desk, self.noise, self.how = Desk(day, dispatching), noise, dispatching
        self.no_shows = events.no_show_visit_ids
        self.mates = {worker.worker_id: Mate(worker=worker) for worker in day.problem.workers if worker.shifts}
        self.clock = Clock()
        self.done = Done()
        self.missed: dict[str, str] = {}
        self.lost: dict[str, Visit] = {}
        self.happened: list[Event] = []
        for event in events.events:
            self.clock.at(event.at_s, lambda event=event: self._happens(event), rank=0)  # type: ignore[misc]

    @property
    def day(self) -> Day:
        """What is known of the day."""
        return self.desk.day

    def run(self) -> Played:
        """Live through the day."""
        for mate in self.mates.values():
            self._wake(mate, 0)
        self.clock.run()
        problem = wanted(self.day, self.lost.values(), self.done.started, self.missed, self.no_shows)
        return Played(
            problem=problem,
            travel=self.day.travel,
            plan=as_driven(problem, self.mates.values()),
            missed=self.missed,
            events=tuple(self.happened),
            replans=tuple(self.desk.replans),
        )

    # Time

    @property
    def now_s(self) -> int:
        """What time it is."""
        return self.clock.now_s

    def _wake(self, mate: Mate, time_s: int) -> None:
        """Let `mate` decide at `time_s`, unless something else has made them decide before."""
        mate.turn += 1
        turn = mate.turn
        self.clock.at(time_s, lambda: self._decide(mate) if mate.turn == turn else None, rank=2)

    def _stir(self) -> None:
        """Let everybody who waits for others look again."""
        for mate in self.mates.values():
            if mate.waits_for is not None:
                self._wake(mate, self.now_s)

    # The dispatcher

    def _happens(self, event: Event) -> None:
        """Something that is no stop becomes known; what no longer matters is let go."""
        if not self.desk.knows(event):
            return
        self.happened.append(event)
        if isinstance(event, WorkerLate) and event.worker_id in self.mates:
            self._begins_late(self.mates[event.worker_id], event)
        for span in self.day.absences.get(getattr(event, "worker_id", ""), ()):
            for time_s in (span.from_s, span.until_s):
                if time_s is not None and time_s >= self.now_s:
                    mate = self.mates[event.worker_id]  # type: ignore[union-attr]
                    self.clock.at(time_s, lambda mate=mate: self._wake(mate, self.now_s))  # type: ignore[misc]
        self._replan(event.kind, self.how.tier)
        self._stir()

    def _begins_late(self, mate: Mate, event: WorkerLate) -> None:
        errand = mate.errand(self.day.plan)
        if errand is not None and errand.stop.kind is StopKind.START:
            mate.ready_s = max(mate.ready_s, max(errand.stop.departure_s, self.now_s) + event.delay_s)

    def _reported(self, event: StopStarted | StopDone, behind_s: int) -> None:
        """A report from the road; one that is far behind the plan brings about a new one."""
        if self.desk.knows(event) and behind_s > self.how.notice_s:
            self._replan(event.kind, Tier.INSERTION)

    def _replan(self, cause: str, tier: Tier) -> None:
        """Let the dispatcher think again; whoever is free looks at the plan again."""
        if self.desk.replan(cause, tier, self.now_s):
            for mate in self.mates.values():
                if not mate.is_busy:
                    self._wake(mate, self.now_s)

    # Workers

    def _decide(self, mate: Mate) -> None:
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
            if not self._until(mate, errand.leave_s):
                self._travel(mate, errand)
        elif stop.kind is StopKind.END:
            self._end_shift(mate, errand)
        elif stop.kind is StopKind.LOAD:
            self._load(mate, errand, waited_for)
        elif stop.kind is StopKind.BREAK:
            self._rest(mate, errand)
        else:
            self._visit(mate, errand)

    def _errand(self, mate: Mate) -> Errand | None:
        """What is next for `mate`: nothing but the way home for who is away."""
        worker_id = mate.worker.worker_id
        if is_away(self.day, worker_id, self.now_s):
            running = mate.running_shift_id
            mate.is_away = True
            if running is None or self._comes_back(worker_id):
                return None
            return Errand(shift_id=running, stop=mate.way_home(self.day.plan, running))
        errand = mate.errand(self.day.plan)
        if mate.is_away and errand is not None:
            mate.is_away = False
            mate.place = self.day.problem.shift_by_id[worker_id, errand.shift_id].start_place or mate.place
            mate.arrived_s = self.now_s
        return errand

    def _comes_back(self, worker_id: str) -> bool:
        spans = [span for span in self.day.absences.get(worker_id, ()) if span.holds(self.now_s)]
        return all(span.until_s is not None for span in spans)

    def _until(self, mate: Mate, time_s: int) -> bool:
        """Whether `mate` waits for a time still to come."""
        if time_s <= self.now_s:
            return False
        self._wake(mate, time_s)
        return True

    def _set_out(self, mate: Mate, errand: Errand) -> None:
        stop = errand.stop
        if self._until(mate, max(stop.departure_s, mate.ready_s)):
            return
        mate.driven[errand.shift_id] = [_timed(stop, self.now_s, self.now_s, self.now_s)]
        mate.place, mate.arrived_s = stop.place, self.now_s
        self._decide(mate)

    def _travel(self, mate: Mate, errand: Errand) -> None:
        """Leave for the place of the next stop; who needs much longer than expected says so when that shows."""
        assert mate.place is not None
        origin, place = mate.place, errand.stop.place
        usual_s = way_s(self.day.ways, mode_of(self.day, mate.worker), origin, place, self.now_s)
        real_s = round(usual_s * self.noise.way(origin, place))
        self._leaves(mate, errand.shift_id)
        mate.is_busy = True
        self._says_late(mate, usual_s, real_s)

        def arrive() -> None:
            mate.place, mate.arrived_s, mate.is_busy = place, self.now_s, False
            self._decide(mate)

        self.clock.at(self.now_s + real_s, arrive)

    def _leaves(self, mate: Mate, shift_id: str) -> None:
        """Print the departure; a shift that had ended goes on."""
        stops = mate.driven[shift_id]
        if stops[-1].kind is StopKind.END and len(stops) > 1:
            stops.pop()
        stops[-1] = replace(stops[-1], departure_s=max(self.now_s, stops[-1].end_s))

    def _says_late(self, mate: Mate, usual_s: int, real_s: int) -> None:
        over_s = real_s - usual_s
        if over_s > self.how.notice_s:
            at_s = self.now_s + max(0, usual_s - 1)
            event = WorkerLate(at_s=at_s, worker_id=mate.worker.worker_id, delay_s=over_s)
            self.clock.at(at_s, lambda: self._happens(event), rank=0)

    def _end_shift(self, mate: Mate, errand: Errand) -> None:
        self._append(mate, errand, self.now_s, self.now_s)
        if not mate.is_away:
            self._wake(mate, self.now_s)

    def _load(self, mate: Mate, errand: Errand, waited_for: str | None) -> None:
        """Load when the plan wants it and the portions are there."""
        stop = errand.stop
        assert stop.station_id is not None
        if self._until(mate, stop.start_s):
            return
        if waited_for is None:
            mate.waits_since_s = self.now_s
        short = {meal for meal, portions in stop.load.items() if self._stock(stop.station_id, meal) < portions}
        if short and self.now_s < mate.waits_since_s + _PATIENCE_S:
            mate.waits_for = stop.station_id
            self._wake(mate, self._next_supply_s(stop.station_id, mate.waits_since_s + _PATIENCE_S))
            return
        load = {meal: min(portions, self._stock(stop.station_id, meal)) for meal, portions in stop.load.items()}
        self.done.take(stop.station_id, load)
        mate.board = Counter(load)
        mate.num_loads += 1
        factor = self.noise.loading(mate.worker.worker_id, mate.num_loads)
        self._begin(mate, replace(errand, stop=replace(stop, load=load)), factor)

    def _stock(self, station_id: str, meal_type: str) -> int:
        return self.done.stock(self.day.problem, station_id, meal_type, self.now_s)

    def _next_supply_s(self, station_id: str, latest_s: int) -> int:
        waves = self.day.problem.station_by_id[station_id].waves
        return min([latest_s, *(wave.ready_s for wave in waves if wave.ready_s > self.now_s)])

    def _rest(self, mate: Mate, errand: Errand) -> None:
        shift = self.day.problem.shift_by_id[mate.worker.worker_id, errand.shift_id]
        rest = next(rest for rest in shift.breaks if rest.break_id == errand.stop.break_id)
        if not self._until(mate, rest.start_s):
            self._begin(mate, errand, 1.0)

    def _visit(self, mate: Mate, errand: Errand) -> None:
        """Serve, wait, or go on where there is nothing to serve."""
        visit_id = errand.stop.visit_id
        assert visit_id is not None
        visit = self.day.problem.visit_by_id.get(visit_id)
        if visit is None or is_prevented(self.day, mate.worker.worker_id, replace(errand.stop, start_s=self.now_s)):
            self._skip(mate, errand, CALLED_OFF)
            return
        start_s = self.done.may_start_s(self.day, visit, self.now_s)
        if start_s is None or start_s > _last_start_s(visit):
            self._give_up(mate, errand, visit, TOO_LATE)
        elif hands_over(visit) and any(mate.board[meal] < portions for meal, portions in visit.demand.items()):
            self._give_up(mate, errand, visit, NO_PORTIONS)
        elif self._until(mate, start_s):
            return
        else:
            self._meet(mate, errand, visit)

    def _meet(self, mate: Mate, errand: Errand, visit: Visit) -> None:
        """Begin once all who serve together are there and what comes first has begun; else wait for them."""
        mate.waits_for = visit.visit_id
        together = same_start_ids(self.day.problem, visit)
        partners = [other for other in self.mates.values() if self._still_serves(other, together)]
        if self._awaits_first(visit) or any(other.waits_for not in together for other in partners):
            self._wake(mate, _last_start_s(visit) + 1)
            return
        for other in partners:
            theirs = errand if other is mate else other.errand(self.day.plan)
            assert theirs is not None
            other.waits_for = None
            if visit.visit_id in self.no_shows:
                self._nobody_opens(other, theirs, visit)
            else:
                self._serve(other, theirs)

    def _still_serves(self, mate: Mate, visit_ids: set[str]) -> bool:
        """Whether the plan has `mate` serve one of the visits and that is still to come."""
        return any(name in visit_ids for name in self._open_visit_ids(mate))

    def _open_visit_ids(self, mate: Mate) -> Iterator[str]:
        for route in self.day.plan.routes:
            if route.worker_id == mate.worker.worker_id:
                done: Counter[Key] = mate.done.get(route.shift_id, Counter())
                for stop in route.visit_stops:
                    if stop.visit_id is not None and not done[key_of(stop)]:
                        yield stop.visit_id

    def _awaits_first(self, visit: Visit) -> bool:
        """Whether something that must come first has not been done, and somebody is to do it."""
        awaited = self.done.awaited(self.day.problem, visit)
        return bool(awaited) and any(self._still_serves(mate, awaited) for mate in self.mates.values())

    def _serve(self, mate: Mate, errand: Errand) -> None:
        visit_id = errand.stop.visit_id
        assert visit_id is not None
        visit = self.day.problem.visit_by_id[visit_id]
        self.done.started[visit_id] = self.now_s
        if hands_over(visit):
            mate.board.subtract(visit.demand)
        self._begin(mate, errand, self.noise.service(visit_id))

    def _begin(self, mate: Mate, errand: Errand, factor: float) -> None:
        """Begin what happens at a stop; `factor` is how much longer than usual it takes."""
        stop, worker_id = errand.stop, mate.worker.worker_id
        usual_s = stop.end_s - stop.start_s
        real_s = max(1, round(usual_s * factor)) if usual_s else 0
        end_s = self.now_s + real_s
        self._append(mate, errand, self.now_s, end_s)
        mate.is_busy = True
        self._says_late(mate, usual_s, real_s)
        started = StopStarted(
            at_s=self.now_s,
            worker_id=worker_id,
            start_s=self.now_s,
            visit_id=stop.visit_id,
            station_id=stop.station_id,
            break_id=stop.break_id,
        )
        self._reported(started, self.now_s - stop.start_s)
        self.clock.at(end_s, lambda: self._finish(mate, errand))
        self._stir()

    def _finish(self, mate: Mate, errand: Errand) -> None:
        stop = errand.stop
        mate.place, mate.arrived_s, mate.is_busy = stop.end_place, self.now_s, False
        visit = self.day.problem.visit_by_id.get(stop.visit_id or "")
        if visit is not None:
            self.done.end(visit, self.now_s)
        done = StopDone(
            at_s=self.now_s,
            worker_id=mate.worker.worker_id,
            end_s=self.now_s,
            visit_id=stop.visit_id,
            station_id=stop.station_id,
            break_id=stop.break_id,
        )
        self._reported(done, self._behind_s(mate, errand))
        self._stir()
        self._wake(mate, self.now_s)

    def _behind_s(self, mate: Mate, errand: Errand) -> int:
        """How far behind the plan as it stands a stop ends."""
        ends = [
            stop.end_s
            for route in self.day.plan.routes
            if (route.worker_id, route.shift_id) == (mate.worker.worker_id, errand.shift_id)
            for stop in route.stops
            if key_of(stop) == errand.key
        ]
        return min((self.now_s - end_s for end_s in ends), key=abs, default=0)

    def _append(self, mate: Mate, errand: Errand, start_s: int, end_s: int) -> None:
        stops = mate.driven[errand.shift_id]
        if stops[-1].kind is StopKind.END and len(stops) > 1:
            stops.pop()
        if stops[-1].departure_s < mate.arrived_s and stops[-1].end_place == errand.stop.place:
            stops[-1] = replace(stops[-1], departure_s=mate.arrived_s)
        stops.append(_timed(errand.stop, mate.arrived_s, start_s, end_s))
        if errand.stop.kind is not StopKind.END:
            mate.mark(errand.shift_id, errand.key)

    def _skip(self, mate: Mate, errand: Errand, why: str) -> None:
        """Go on without serving."""
        assert errand.stop.visit_id is not None
        self.missed[errand.stop.visit_id] = why
        mate.mark(errand.shift_id, errand.key)
        self._stir()
        self._wake(mate, self.now_s)

    def _give_up(self, mate: Mate, errand: Errand, visit: Visit, why: str) -> None:
        """Go on without serving, and say so: the visit is lost."""
        self._skip(mate, errand, why)
        event = VisitCancelled(at_s=self.now_s, visit_id=visit.visit_id, note=why)
        if self.desk.knows(event):
            self.lost[visit.visit_id] = visit
            self.happened.append(event)
            self._replan("visit-lost", Tier.INSERTION)

    def _nobody_opens(self, mate: Mate, errand: Errand, visit: Visit) -> None:
        """Wait at the door for a while; then the elder is known to be away."""
        mate.is_busy = True
        mate.mark(errand.shift_id, errand.key)
        self.missed[visit.visit_id] = NOBODY_OPENS

        def leave() -> None:
            mate.is_busy, mate.arrived_s = False, self.now_s
            if visit.elder_id is not None and not self._is_known_away(visit):
                at_s = self.now_s
                away = ElderAbsent(
                    at_s=at_s,
                    elder_id=visit.elder_id,
                    from_s=at_s - self.how.door_s,
                    until_s=at_s + 4 * SECONDS_PER_HOUR,
                )
                self._happens(away)
            self._stir()
            self._wake(mate, self.now_s)

        self.clock.at(self.now_s + self.how.door_s, leave)

    def _is_known_away(self, visit: Visit) -> bool:
        return any(span.holds(self.now_s) for span in self.day.elder_absences.get(visit.elder_id or "", ()))


def _timed(stop: Stop, arrival_s: int, start_s: int, end_s: int) -> Stop:
    return replace(
        stop, arrival_s=arrival_s, start_s=start_s, end_s=end_s, departure_s=end_s, wait_duration_s=start_s - arrival_s
    )


def _last_start_s(visit: Visit) -> int:
    return max(window.end_s for window in visit.windows)
