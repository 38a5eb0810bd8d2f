"""What is left of the workers: shifts cut behind the last given stop, and what of their limits is used up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from optimizer.plan import StopKind
from optimizer.problem import Break, Location, Shift, Worker
from optimizer.redispatch.day import Day
from optimizer.redispatch.timeline import Course, RouteKey, mode_of
from optimizer.units import format_clock


@dataclass(slots=True)
class WorkersLeft:
    """The workers of the rest of a day; ``notes`` tell what had to give way."""

    workers: tuple[Worker, ...] = ()
    notes: list[str] = field(default_factory=list)


def workers_left(day: Day, courses: Mapping[RouteKey, Course], worker_ids: Collection[str]) -> WorkersLeft:
    """Every worker with what is left of their shifts: nothing for those not among `worker_ids`.

    Nobody is left out, for promises and pins name them.
    """
    left = WorkersLeft()
    left.workers = tuple(
        _worker_left(day, worker, courses, left.notes) if worker.worker_id in worker_ids else replace(worker, shifts=())
        for worker in day.problem.workers
    )
    return left


def _worker_left(day: Day, worker: Worker, courses: Mapping[RouteKey, Course], notes: list[str]) -> Worker:
    shifts: list[Shift] = []
    travelled_m = used_s = 0
    pay = worker.pay
    for shift in worker.shifts:
        course = courses.get((worker.worker_id, shift.shift_id))
        kept = _shift_left(day, worker, shift, course, notes)
        if course is not None:
            used_s += _load_s(course)
        if kept is None:
            continue
        shifts.append(kept)
        if course is not None:
            travelled_m = max(travelled_m, _travelled_m(day, course))
            if any(stop.kind is StopKind.VISIT for stop in course.given):
                pay = replace(worker.pay, fixed_cents=0)
    mode, limit_m = mode_of(day, worker), worker.vehicle.max_distance_m
    if mode != worker.vehicle.mode:
        limit_m = None
    return replace(
        worker,
        shifts=tuple(shifts),
        pay=pay,
        carried_load_s=worker.carried_load_s + used_s,
        vehicle=replace(
            worker.vehicle, mode=mode, max_distance_m=None if limit_m is None else max(0, limit_m - travelled_m)
        ),
    )


def _shift_left(day: Day, worker: Worker, shift: Shift, course: Course | None, notes: list[str]) -> Shift | None:
    """What is left of a shift; ``None`` where that is nothing."""
    place, free_s = free_at(day, worker, shift, course)
    end_s = shift.end_s
    for span in sorted(day.absences.get(worker.worker_id, ()), key=lambda span: span.from_s):
        if span.holds(free_s):
            if span.until_s is None:
                return None
            place, free_s = shift.start_place or place, span.until_s
        elif span.from_s > free_s:
            end_s = min(end_s, span.from_s)
    given = () if course is None else course.given
    if shift.max_work_s is not None and given:
        end_s = min(end_s, _last_return_s(shift, course))
    if end_s < free_s or day.now_s > end_s:
        return None
    num_trips = sum(stop.kind is StopKind.LOAD for stop in given)
    soft_end_s = None if shift.soft_end_s is None else min(max(shift.soft_end_s, free_s), end_s)
    kept = replace(
        shift,
        start_s=free_s,
        end_s=end_s,
        soft_end_s=soft_end_s,
        start_place=place,
        max_work_s=None if shift.max_work_s is None else max(0, shift.max_work_s - _worked_s(course, free_s)),
        max_trips=None if shift.max_trips is None else max(0, shift.max_trips - num_trips),
        breaks=(),
    )
    taken = {stop.break_id for stop in given}
    rests = (_break_left(kept, rest, worker, notes) for rest in shift.breaks if rest.break_id not in taken)
    return replace(kept, breaks=tuple(rest for rest in rests if rest is not None))


def free_at(day: Day, worker: Worker, shift: Shift, course: Course | None) -> tuple[Location | None, int]:
    """Where and when a worker can be sent somewhere else: behind the given stops, or where a way under way ends."""
    if course is None or not course.committed:
        return shift.start_place, max(day.now_s, _first_departure_s(day, worker, shift, course))
    last, following = course.stops[course.committed - 1], course.stops[course.committed]
    if last.departure_s <= day.now_s:
        return following.place, max(day.now_s, following.arrival_s)
    return last.end_place, max(day.now_s, last.end_s)


def _first_departure_s(day: Day, worker: Worker, shift: Shift, course: Course | None) -> int:
    """When a shift that has not begun can begin, whoever is late."""
    delays = [delay for delay in day.delays if delay.worker_id == worker.worker_id]
    if not delays:
        return shift.start_s
    if course is not None:
        return max(shift.start_s, course.stops[0].departure_s)
    return max((max(shift.start_s, delay.at_s) + delay.delay_s for delay in delays), default=shift.start_s)


def _break_left(shift: Shift, rest: Break, worker: Worker, notes: list[str]) -> Break | None:
    """A break that is still to come; it may begin late where the day has made that necessary."""
    last_s = shift.end_s - rest.duration_s
    begin_s = max(rest.start_s, shift.start_s)
    if begin_s <= min(rest.end_s, last_s):
        return rest
    who = f"worker {worker.worker_id!r}: break {rest.break_id!r}"
    if not rest.mandatory:
        return None
    if begin_s > last_s:
        notes.append(f"{who} no longer fits into the shift.")
        return None
    notes.append(f"{who} can only begin at {format_clock(begin_s)}, after {format_clock(rest.end_s)}.")
    return replace(rest, end_s=begin_s)


def _worked_s(course: Course | None, free_s: int) -> int:
    if course is None or not course.committed:
        return 0
    rests = sum(stop.end_s - stop.start_s for stop in course.given if stop.kind is StopKind.BREAK)
    return max(0, free_s - course.stops[0].departure_s - rests)


def _last_return_s(shift: Shift, course: Course | None) -> int:
    """When working time runs out, counted from the real departure: idle time until then has been paid as well."""
    assert course is not None and shift.max_work_s is not None
    taken = {stop.break_id: stop.end_s - stop.start_s for stop in course.given if stop.break_id is not None}
    to_come = (rest for rest in shift.breaks if rest.mandatory and rest.break_id not in taken)
    rests_s = sum(taken.values()) + sum(rest.duration_s for rest in to_come)
    return course.stops[0].departure_s + shift.max_work_s + rests_s


def _travelled_m(day: Day, course: Course) -> int:
    """Metres gone in a shift, with the way that is under way."""
    is_under_way = course.committed and course.stops[course.committed - 1].departure_s <= day.now_s
    return sum(stop.travel_distance_m for stop in course.stops[: course.committed + bool(is_under_way)])


def _load_s(course: Course) -> int:
    """Seconds of travel, loading and service in the given stops."""
    working = (stop for stop in course.given if stop.kind in {StopKind.LOAD, StopKind.VISIT})
    travel_s = sum(stop.travel_duration_s for stop in course.given)
    return travel_s + sum(stop.end_s - stop.start_s for stop in working)
