"""Changes of the staff: how many, with what they move, when and at what pay."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar

from optimizer.problem import Elder, Pay, Problem, Shift, Vehicle, Visit, Worker
from optimizer.study.changes.change import Change, Draw, Fault, Mode, ShiftIds, Skills, WorkerFilter, fresh_id, share_of
from optimizer.units import Count, Metres, Percent, Seconds, SignedSeconds, scale_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleWorkers(WorkerFilter):
    """More or fewer workers.

    Workers drawn at random leave, or are copied (same base, vehicle, shifts and pay). Elders do not know a copy. What a
    change adds or takes away is part of what a larger change does. State `percent` or `add`.

    Attributes
    ----------
    add
        How many come; negative: how many leave.
    """

    word: ClassVar[str] = "scale-workers"
    percent: Count | None = None
    add: int | None = None

    def faults(self, problem: Problem) -> Iterator[Fault]:
        """Unknown names, nobody to be changed, or not exactly one way of saying how many."""
        unknown = list(WorkerFilter.faults(self, problem))
        yield from unknown
        if (self.percent is None) == (self.add is None):
            yield Fault("percent", "say how many by percent or by add.", "Give exactly one of the two.")
        elif not unknown and (num := len(self._scope(problem))) == 0:
            yield Fault("percent", "no worker is meant.", "Widen the lists.")
        elif not unknown and self.add is not None and num + self.add < 0:
            yield Fault("add", f"{-self.add} workers cannot leave: only {num} are meant.", f"Write -{num} or more.")

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with the changed staff."""
        ranked = draw.order("workers", self._scope(problem))
        num = len(ranked)
        num_wanted = num + self.add if self.add is not None else share_of(num, self.percent or 0)
        if num_wanted <= num:
            return without_workers(problem, set(ranked[num_wanted:]))
        copies: dict[str, Worker] = {}
        for number in range(num_wanted - num):
            model = problem.worker_by_id[ranked[number % num]]
            worker_id = fresh_id(model.worker_id, problem.worker_by_id.keys() | copies.keys())
            copies[worker_id] = replace(model, worker_id=worker_id, phone="")
        return replace(problem, workers=(*problem.workers, *copies.values()))

    def _scope(self, problem: Problem) -> list[str]:
        return [worker.worker_id for worker in problem.workers if self.covers_worker(worker)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWorkers(WorkerFilter):
    """Give workers another vehicle, pace, pay, or further skills.

    Attributes
    ----------
    mode
        What they move with from now on.
    capacities
        Room for portions and boxes, by name; replaces what they have under these names.
    capacities_percent
        All their room, in percent of what it is, rounded half up.
    pay_percent
        All rates of their pay, in percent of what they are, rounded half up.
    duration_percent
        How long they take, in percent of what they take now, rounded up.
    """

    word: ClassVar[str] = "change-workers"
    mode: Mode | None = None
    capacities: dict[str, Count] = field(default_factory=dict)
    capacities_percent: Percent = 100
    max_distance_m: Metres | None = None
    pay_percent: Count = 100
    duration_percent: Percent = 100
    add_skills: Skills = ()
    reliability_share: float | None = None

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these workers changed."""
        workers = (self._changed(worker) if self.covers_worker(worker) else worker for worker in problem.workers)
        return replace(problem, workers=tuple(workers))

    def _changed(self, worker: Worker) -> Worker:
        percents = worker.duration_percent_by_service
        return replace(
            worker,
            vehicle=self._vehicle(worker.vehicle),
            pay=self._pay(worker.pay),
            duration_percent=scale_percent(worker.duration_percent, self.duration_percent),
            duration_percent_by_service={s: scale_percent(p, self.duration_percent) for s, p in percents.items()},
            skills={**dict.fromkeys(self.add_skills, 1), **worker.skills},
            **self.given("reliability_share"),
        )

    def _vehicle(self, vehicle: Vehicle) -> Vehicle:
        scaled = {name: share_of(room, self.capacities_percent) for name, room in vehicle.capacities.items()}
        return replace(vehicle, capacities={**scaled, **self.capacities}, **self.given("mode", "max_distance_m"))

    def _pay(self, pay: Pay) -> Pay:
        return Pay(**{rate.name: share_of(getattr(pay, rate.name), self.pay_percent) for rate in fields(Pay)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShifts(WorkerFilter):
    """Let shifts start earlier or end later, or limit work and trips otherwise.

    Attributes
    ----------
    starts_earlier_s, ends_later_s
        By how much; negative shortens the shift. The end without overtime moves with the end.
    """

    word: ClassVar[str] = "change-shifts"
    shift_ids: ShiftIds = ()
    starts_earlier_s: SignedSeconds = 0
    ends_later_s: SignedSeconds = 0
    max_work_s: Seconds | None = None
    max_trips: Count | None = None

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these shifts changed."""

        def changed(worker: Worker) -> Worker:
            return replace(worker, shifts=tuple(self._changed(shift) for shift in worker.shifts))

        workers = (changed(worker) if self.covers_worker(worker) else worker for worker in problem.workers)
        return replace(problem, workers=tuple(workers))

    def _changed(self, shift: Shift) -> Shift:
        if self.shift_ids and shift.shift_id not in self.shift_ids:
            return shift
        soft_end_s = None if shift.soft_end_s is None else shift.soft_end_s + self.ends_later_s
        return replace(
            shift,
            start_s=max(0, shift.start_s - self.starts_earlier_s),
            end_s=shift.end_s + self.ends_later_s,
            soft_end_s=soft_end_s,
            **self.given("max_work_s", "max_trips"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSpeeds(Change):
    """Everybody, or whoever moves by these modes, moves at `percent` of the speed (snow: 70)."""

    word: ClassVar[str] = "change-speeds"
    modes: tuple[Mode, ...] = ()
    percent: Percent

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these speeds."""
        modes = (
            replace(mode, speed_kmh=mode.speed_kmh * self.percent / 100)
            if not self.modes or mode.mode in self.modes
            else mode
            for mode in problem.modes
        )
        return replace(problem, modes=tuple(modes))


def without_workers(problem: Problem, worker_ids: Collection[str]) -> Problem:
    """`problem` without these workers; nobody prefers, refuses, is promised or pinned to them any more."""

    def kept(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in worker_ids)

    def of_elder(elder: Elder) -> Elder:
        return replace(
            elder,
            preferred_worker_ids=kept(elder.preferred_worker_ids),
            forbidden_worker_ids=kept(elder.forbidden_worker_ids),
        )

    def of_visit(visit: Visit) -> Visit:
        promise = visit.promise and replace(visit.promise, worker_ids=kept(visit.promise.worker_ids))
        return replace(visit, pinned_worker_ids=kept(visit.pinned_worker_ids), promise=promise)

    return replace(
        problem,
        workers=tuple(worker for worker in problem.workers if worker.worker_id not in worker_ids),
        elders=tuple(of_elder(elder) for elder in problem.elders),
        visits=tuple(of_visit(visit) for visit in problem.visits),
    )
