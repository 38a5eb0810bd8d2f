"""Solutions of the home-care families in their own JSON: who gives which service to whom, from when to when.

``arrival_time`` is the start of service and ``departure_time`` its end; carers who stay at home have no ``locations``.
A lunch break is a location with the service ``lunch_break`` at the patient where it is taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from optimizer.errors import Issue, SourceError
from optimizer.formats.benchmark.care_instance import LUNCH, visit_id_of
from optimizer.formats.benchmark.instance import SHIFT_ID, BenchmarkInstance
from optimizer.formats.benchmark.parts import Part, parse
from optimizer.formats.benchmark.stated import Faults
from optimizer.plan import Draft, Plan, Route, RouteDraft, Step, Stop, break_step, visit_step
from optimizer.problem import Worker
from optimizer.rules import CostTerm

LUNCH_SERVICE = "lunch_break"

_TERMS: Mapping[str, Sequence[CostTerm]] = {
    "travel_time": (CostTerm.TRAVEL_TIME,),
    "total_tardiness": (CostTerm.LATENESS,),
    "highest_tardiness": (CostTerm.HIGHEST_LATENESS,),
    "total_waiting_time": (CostTerm.WAITING,),
    "total_extra_time": (CostTerm.OVERTIME,),
    "max_idle_time": (CostTerm.HIGHEST_IDLE,),
    "workload_balance": (CostTerm.IMBALANCE,),
    "preferences": (CostTerm.NOT_PREFERRED,),
    "unscheduled": (CostTerm.UNSERVED,),
    "missed_lunch_break": (CostTerm.MISSED_BREAK, CostTerm.FIXED),
}
"""Terms by what solutions call the component; a shift that comes too late for lunch has a fixed price instead."""

_NAMES: Mapping[str, Sequence[str]] = {
    "patient": ("patient", "patient_id"),
    "service": ("service", "service_id"),
    "start": ("arrival_time", "start_time", "start_service_time"),
    "end": ("departure_time", "end_time", "end_service_time"),
}
"""What the families' files call the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareStop:
    """A service or a lunch break, in the file's own units of time."""

    patient: str
    service: str
    start: Decimal
    end: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CareRoute:
    """What one carer does, in order of time."""

    carer_id: str
    stops: tuple[CareStop, ...]


def read_care_solution(text: str, name: str = "solution") -> tuple[CareRoute, ...]:
    """The routes in `text`.

    Raises
    ------
    SourceError
        With every fault.
    """
    part = parse(text, Faults(name))
    routes = part.value.get("routes") if isinstance(part.value, dict) else None
    if routes is None:
        part.faults.note("bad-route", None, "there are no routes.", "Write them under the key 'routes'.")
        part.faults.raise_any()
    found = tuple(map(_route, Part(routes, "routes", part.faults).items()))
    part.faults.raise_any()
    return found


def care_draft(instance: BenchmarkInstance, routes: Sequence[CareRoute]) -> Draft:
    """The draft of `routes`, its services no sooner than the file has them; routes without a patient are left out.

    Raises
    ------
    SourceError
        With every carer, service of a patient or lunch break that the instance does not have.
    """
    issues = list(_unknown(instance, routes))
    if issues:
        raise SourceError(issues)
    return Draft(
        routes=tuple(
            RouteDraft(worker_id=route.carer_id, shift_id=SHIFT_ID, steps=tuple(_steps(route, instance.scale)))
            for route in routes
            if any(stop.service != LUNCH_SERVICE for stop in route.stops)
        )
    )


def write_care_solution(instance: BenchmarkInstance, plan: Plan) -> str:
    """The solution file of `plan`; with lunch breaks in the family, one that says what each component costs.

    A carer without any visit has lunch where the shift begins. A lunch before the first visit is written as one at
    that patient, where the family's own solutions have it: see :func:`_first_lunch_s`.
    """
    route_by_worker_id = {route.worker_id: route for route in plan.routes}
    routes = [
        _written(instance, worker, route_by_worker_id.get(worker.worker_id)) for worker in instance.problem.workers
    ]
    facts: dict[str, Any] = {"global_ordering": _patients_in_order(instance, plan), "routes": routes}
    if instance.family == "uhhc":
        facts = {"cost_components": _components(instance, plan), **facts}
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def _written(instance: BenchmarkInstance, worker: Worker, route: Route | None) -> dict[str, Any]:
    if route is not None:
        return {"caregiver_id": worker.worker_id, "locations": list(_locations(instance, worker, route))}
    shift = worker.shifts[0]
    if not shift.breaks or shift.start_place is None:
        return {"caregiver_id": worker.worker_id}
    rest = shift.breaks[0]
    start_s = max(rest.start_s, shift.start_s)
    lunch = _location(instance, shift.start_place.place_id, LUNCH_SERVICE, (start_s, start_s + rest.duration_s))
    return {"caregiver_id": worker.worker_id, "locations": [lunch]}


def _locations(instance: BenchmarkInstance, worker: Worker, route: Route) -> Iterator[dict[str, Any]]:
    """Services and lunch, a lunch at the patient before it."""
    first = route.visit_stops[0]
    patient = _patient_of(instance, first)
    for position, stop in enumerate(route.stops):
        if stop.break_id is not None:
            start_s = _first_lunch_s(instance, worker, stop, first) if position == 1 else stop.start_s
            span = (start_s, start_s + stop.end_s - stop.start_s)
            yield _location(instance, patient, LUNCH_SERVICE, span)
        elif stop.visit_id is not None:
            patient, service = _patient_of(instance, stop), instance.problem.visit_by_id[stop.visit_id].service
            yield _location(instance, patient, service, (stop.start_s, stop.end_s))


def _first_lunch_s(instance: BenchmarkInstance, worker: Worker, lunch: Stop, first: Stop) -> int:
    """When a lunch before the first visit starts if taken at that patient; the plan has it where the shift begins.

    There the carer arrives, eats and waits for the service: as long as before in all, and as idle. Where there is time,
    the lunch lies so that both readings of the file are sound: eating at the patient after the way there, and eating
    before it.
    """
    shift, duration_s = worker.shifts[0], lunch.end_s - lunch.start_s
    rest = shift.breaks[0]
    way_s = instance.travel.travel_duration_s(worker.vehicle.mode, lunch.end_place, first.place, lunch.end_s)
    earliest_s = max(rest.start_s, shift.start_s + way_s)
    for latest_s in (first.start_s - way_s - duration_s, first.start_s - duration_s):
        if earliest_s <= min(rest.end_s, latest_s):
            return min(rest.end_s, latest_s)
    return lunch.start_s


def _patient_of(instance: BenchmarkInstance, stop: Stop) -> str:
    return instance.problem.visit_by_id[stop.visit_id or ""].elder_id or ""


def _location(instance: BenchmarkInstance, patient: str, service: str, span_s: tuple[int, int]) -> dict[str, Any]:
    start, end = (_in_units(instance, time_s) for time_s in span_s)
    return {"patient": patient, "service": service, "arrival_time": start, "departure_time": end}


def _in_units(instance: BenchmarkInstance, time_s: int) -> int | float:
    """A time in the file's own unit."""
    return time_s // instance.scale if time_s % instance.scale == 0 else time_s / instance.scale


def _patients_in_order(instance: BenchmarkInstance, plan: Plan) -> list[str]:
    """Patients by the start of their first service."""
    stops = sorted((stop for route in plan.routes for stop in route.visit_stops), key=lambda stop: stop.start_s)
    return list(dict.fromkeys(_patient_of(instance, stop) for stop in stops))


def _components(instance: BenchmarkInstance, plan: Plan) -> dict[str, int | float]:
    """What each component costs, by the names of the family's own solutions."""
    cents = plan.cost.cents_by_term
    sums = {name: sum(cents.get(term, 0) for term in terms) for name, terms in _TERMS.items()}
    return {name: _plain(amount / instance.cost_divisor) for name, amount in sums.items()}


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _route(part: Part) -> CareRoute:
    value = part.value if isinstance(part.value, dict) else {}
    keys = {key: Part(value[key], f"{part.path}.{key}", part.faults) for key in value if value[key] is not None}
    if "caregiver_id" not in keys:
        part.faults.note("missing-key", part.path, "the key 'caregiver_id' is missing.", "Add it.")
        return CareRoute(carer_id="", stops=())
    stops = [_stop(item) for item in keys["locations"].items()] if "locations" in keys else []
    return CareRoute(
        carer_id=keys["caregiver_id"].text(), stops=tuple(sorted(stops, key=lambda stop: (stop.start, stop.end)))
    )


def _stop(part: Part) -> CareStop:
    found = {}
    keys = part.keys(also=[name for names in _NAMES.values() for name in names], passed_over=("arrival_at_patient",))
    for what, names in _NAMES.items():
        name = next((name for name in names if name in keys), None)
        if name is None:
            part.faults.note("missing-key", part.path, f"the key {names[0]!r} is missing.", "Add it.")
        else:
            found[what] = keys[name]
    return CareStop(
        patient=found["patient"].text() if "patient" in found else "",
        service=found["service"].text() if "service" in found else "",
        start=found["start"].number(decimals=100) if "start" in found else Decimal(0),
        end=found["end"].number(decimals=100) if "end" in found else Decimal(0),
    )


def _unknown(instance: BenchmarkInstance, routes: Sequence[CareRoute]) -> Iterator[Issue]:
    problem = instance.problem
    for position, route in enumerate(routes):
        path = f"routes[{position}]"
        worker = problem.worker_by_id.get(route.carer_id)
        if worker is None:
            message = f"{route.carer_id!r} is no caregiver of {instance.name}."
            yield Issue(code="bad-route", path=path, message=message, hint="Correct the name.")
            continue
        for number, stop in enumerate(route.stops):
            if stop.service == LUNCH_SERVICE:
                is_known, what = bool(worker.shifts[0].breaks), f"lunch break of {route.carer_id!r}"
            else:
                is_known = visit_id_of(stop.patient, stop.service) in problem.visit_by_id
                what = f"service {stop.service!r} of patient {stop.patient!r}"
            if not is_known:
                message = f"{instance.name} has no {what}."
                yield Issue(
                    code="bad-route", path=f"{path}.locations[{number}]", message=message, hint="Correct the names."
                )


def _steps(route: CareRoute, scale: int) -> Iterator[Step]:
    for stop in route.stops:
        if stop.service == LUNCH_SERVICE:
            yield break_step(LUNCH)
        else:
            start_s = int((stop.start * scale).to_integral_value())
            yield visit_step(visit_id_of(stop.patient, stop.service), start_s)
