"""Solutions of the home-care families in their own JSON: who serves which patient's service from when to when.

``arrival_time`` is the start of service and ``departure_time`` its end; carers who stay at home have no ``locations``.
A lunch break is a location with the service ``lunch_break`` at the patient where it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from optimizer.errors import Issue, SourceError
from optimizer.formats.benchmark.care_instance import LUNCH, visit_id_of
from optimizer.formats.benchmark.instance import SHIFT_ID, BenchmarkInstance
from optimizer.formats.benchmark.parts import Part, parse
from optimizer.formats.benchmark.stated import Faults
from optimizer.plan import Draft, RouteDraft, Step, break_step, visit_step

LUNCH_SERVICE = "lunch_break"

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
