"""What everybody in a simulated day shares: the time, the plan that holds, what has been done and what is known."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.plan import StopKind
from optimizer.problem import Visit
from optimizer.redispatch.day import Day
from optimizer.redispatch.events import Event, StopDone, StopStarted, WorkerLate
from optimizer.redispatch.params import Tier
from scenarios.events import DayEvents
from scenarios.simulation.clock import Clock
from scenarios.simulation.crew import Mate
from scenarios.simulation.desk import Desk
from scenarios.simulation.done import Done
from scenarios.simulation.noise import DrawnNoise
from scenarios.simulation.over import Played, as_driven, wanted
from scenarios.simulation.policy import Dispatching

Decide = Callable[[Mate], None]
"""What a worker does who is free."""


class Scene:
    """One day: its clock, its workers and its dispatcher.

    Attributes
    ----------
    desk
        The dispatcher, who knows only what is reported.
    mates
        Workers with a shift, by id.
    done, missed, lost
        What has really been done; why visits were not served although somebody was sent; visits given up.
    happened
        Events beside the stops, as they became known.
    """

    def __init__(self, day: Day, events: DayEvents, noise: DrawnNoise, dispatching: Dispatching) -> None:
        self.desk, self.noise, self.how = Desk(day, dispatching), noise, dispatching
        self.no_shows = events.no_show_visit_ids
        self.mates = {worker.worker_id: Mate(worker=worker) for worker in day.problem.workers if worker.shifts}
        self.clock = Clock()
        self.done = Done()
        self.missed: dict[str, str] = {}
        self.lost: dict[str, Visit] = {}
        self.happened: list[Event] = []
        self._decide: Decide = lambda mate: None
        for event in events.events:
            self.clock.at(event.at_s, lambda event=event: self.happens(event), rank=0)  # type: ignore[misc]

    @property
    def day(self) -> Day:
        """What is known of the day."""
        return self.desk.day

    @property
    def now_s(self) -> int:
        """What time it is."""
        return self.clock.now_s

    def run(self, decide: Decide) -> Played:
        """Live through the day; workers who are free `decide` what they do."""
        self._decide = decide
        for mate in self.mates.values():
            self.wake(mate, 0)
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

    def wake(self, mate: Mate, time_s: int) -> None:
        """Let `mate` decide at `time_s`, unless something else has made them decide before."""
        mate.turn += 1
        turn = mate.turn
        self.clock.at(time_s, lambda: self._decide(mate) if mate.turn == turn else None, rank=2)

    def waits_until(self, mate: Mate, time_s: int) -> bool:
        """Whether `mate` waits for a time still to come."""
        if time_s <= self.now_s:
            return False
        self.wake(mate, time_s)
        return True

    def stir(self) -> None:
        """Let everybody who waits for others look again."""
        for mate in self.mates.values():
            if mate.waits_for is not None:
                self.wake(mate, self.now_s)

    def happens(self, event: Event) -> None:
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
                    self.clock.at(time_s, lambda mate=mate: self.wake(mate, self.now_s))  # type: ignore[misc]
        self.replan(event.kind, self.how.tier)
        self.stir()

    def reported(self, event: StopStarted | StopDone, behind_s: int) -> None:
        """A report from the road; one that is far behind the plan brings about a new one."""
        if self.desk.knows(event) and behind_s > self.how.notice_s:
            self.replan(event.kind, Tier.INSERTION)

    def replan(self, cause: str, tier: Tier) -> None:
        """Let the dispatcher think again; whoever is free looks at the plan again."""
        if self.desk.replan(cause, tier, self.now_s):
            for mate in self.mates.values():
                if not mate.is_busy:
                    self.wake(mate, self.now_s)

    def _begins_late(self, mate: Mate, event: WorkerLate) -> None:
        errand = mate.errand(self.day.plan)
        if errand is not None and errand.stop.kind is StopKind.START:
            mate.ready_s = max(mate.ready_s, max(errand.stop.departure_s, self.now_s) + event.delay_s)
