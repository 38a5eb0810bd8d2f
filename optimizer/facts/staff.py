"""Who serves: workers with their shifts, breaks, vehicles and pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from optimizer.facts.people import Visit
from optimizer.facts.places import Location
from optimizer.units import WIRE, Cents, Clock, Count, Metres, Percent, Seconds, SignedSeconds, scale_percent


class WorkerKind(StrEnum):
    """How a worker is bound to the network."""

    EMPLOYEE = "employee"
    PROVIDER = "provider"
    VOLUNTEER = "volunteer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A rest inside a shift: starts in the closed interval ``[start_s, end_s]`` and lasts ``duration_s``.

    ``place`` is where it must be taken; ``None`` means wherever the worker is. An optional break may be missed at
    ``missed_cents`` (``None``: the general price). A shift without any visit needs no break.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    break_id: str
    start_s: Clock
    end_s: Clock
    duration_s: Seconds
    place: Location | None = None
    mandatory: bool = True
    missed_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One stretch of work of one worker: leaves not before ``start_s``, is back by ``end_s``.

    Returning after ``soft_end_s`` is overtime. ``None`` places mean that the route begins at its first stop and ends at
    its last. ``max_work_s`` limits the time between departure and return, breaks taken off; ``max_trips`` how often is
    loaded.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    shift_id: str
    start_s: Clock
    end_s: Clock
    soft_end_s: Clock | None = None
    start_place: Location | None = None
    end_place: Location | None = None
    breaks: tuple[Break, ...] = ()
    max_work_s: Seconds | None = None
    max_trips: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """What a worker moves with: a travel mode, named capacities (boxes of a diet are one) and a range."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    mode: str = "walk"
    vehicle_id: str = ""
    capacities: Mapping[str, Count] = field(default_factory=dict)
    max_distance_m: Metres | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """What a worker costs: per used shift, hour from departure to return, kilometre, visit, and hour of overtime."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    fixed_cents: Cents = 0
    cents_per_hour: Cents = 0
    cents_per_km: Cents = 0
    cents_per_visit: Cents = 0
    overtime_cents_per_hour: Cents = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Somebody who serves: employee, provider or volunteer.

    Attributes
    ----------
    skills
        Level by skill.
    duration_percent, duration_percent_by_service
        Pace: the share of a visit's service duration this worker takes, in general and by service.
    reliability_share
        Probability of turning up, 0 to 1.
    fair_share_s
        Load this worker should have in the horizon; ``None``: the mean of all.
    carried_load_s
        Load above (or below, negative) the fair share brought over from earlier horizons.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    worker_id: str
    shifts: tuple[Shift, ...]
    name: str = ""
    phone: str = ""
    kind: WorkerKind = WorkerKind.EMPLOYEE
    station_id: str | None = None
    skills: Mapping[str, Count] = field(default_factory=dict)
    vehicle: Vehicle = Vehicle()
    pay: Pay = Pay()
    duration_percent: Percent = 100
    duration_percent_by_service: Mapping[str, Percent] = field(default_factory=dict)
    reliability_share: float = 1.0
    fair_share_s: Seconds | None = None
    carried_load_s: SignedSeconds = 0


def service_duration_s(visit: Visit, worker: Worker) -> int:
    """Seconds that `worker` takes for `visit`, rounded up."""
    percent = worker.duration_percent_by_service.get(visit.service, worker.duration_percent)
    return scale_percent(visit.service_duration_s, percent)


def missing_skills(worker: Worker, skills: Mapping[str, int]) -> dict[str, int]:
    """Those of `skills` (lowest level needed by skill) that `worker` does not have at that level."""
    return {skill: level for skill, level in skills.items() if worker.skills.get(skill, 0) < level}
