"""What a home-care benchmark file states, in the file's own units: patients, carers, services, prices.

Both families of the field's files, ``hhcrsp`` and ``uhhc``, are read into these facts; what they share is read here.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import chain

from optimizer.formats.benchmark.parts import Part, note_repeated
from optimizer.formats.benchmark.stated import MAX_NODES, MAX_VEHICLES, num_decimals

Span = tuple[Decimal, Decimal]
"""Two numbers, the first not above the second."""


class Sync(StrEnum):
    """How the services of one patient are bound."""

    INDEPENDENT = "independent"
    SIMULTANEOUS = "simultaneous"
    SEQUENTIAL = "sequential"


class Component(StrEnum):
    """What a plan may be charged for, by the families' names."""

    TRAVEL_TIME = "travel_time"
    TOTAL_TARDINESS = "total_tardiness"
    HIGHEST_TARDINESS = "highest_tardiness"
    TOTAL_WAITING_TIME = "total_waiting_time"
    TOTAL_EXTRA_TIME = "total_extra_time"
    MAX_IDLE_TIME = "max_idle_time"
    WORKLOAD_BALANCE = "workload_balance"
    CAREGIVER_PREFERENCES = "caregiver_preferences"
    OPTIONAL_PATIENTS = "optional_patients"
    MISSED_LUNCH_BREAK = "missed_lunch_break"
    QUALIFICATION = "qualification"
    INCOMPATIBILITIES = "incompabilities"
    WORKING_TIME = "working_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Price of a unit of each component; those in `hard` must be zero, those in neither cost nothing."""

    by_component: Mapping[Component, Decimal]
    hard: frozenset[Component] = frozenset()

    def of(self, component: Component) -> Decimal:
        """Price of one unit, 0 where there is none."""
        return self.by_component.get(component, Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedService:
    """A service that a patient needs, and how long it takes."""

    service: str
    duration: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPatient:
    """A patient; `row` is that of the distance matrix, `gap` holds the starts of sequential services apart.

    Windows are in order of their starts. ``preferred`` is ``None`` where nobody is preferred to others.
    """

    patient_id: str
    row: int
    services: tuple[StatedService, ...]
    windows: tuple[Span, ...]
    sync: Sync = Sync.INDEPENDENT
    gap: Span = (Decimal(0), Decimal(0))
    is_optional: bool = False
    preferred: tuple[str, ...] | None = None
    incompatible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCarer:
    """A carer, who leaves from one row of the distance matrix and returns to another; no `shift` is the whole day."""

    carer_id: str
    abilities: tuple[str, ...]
    departs_row: int = 0
    returns_row: int = 0
    shift: Span | None = None
    has_lunch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLunch:
    """When lunch breaks lie, and how long one takes."""

    span: Span
    duration: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPlace:
    """A row of the distance matrix: the id of what is there, and its coordinates where the file has them."""

    place_id: str
    location: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCare:
    """One instance as stated; places are in the order of the distance matrix.

    Attributes
    ----------
    met_at_end
        Whether windows (and that of lunch) are about the end of service; otherwise about its start.
    published_units
        Units of the priced sum per unit in which results are published.
    """

    name: str
    family: str
    places: tuple[StatedPlace, ...]
    distances: tuple[tuple[Decimal, ...], ...]
    patients: tuple[StatedPatient, ...]
    carers: tuple[StatedCarer, ...]
    prices: Prices
    lunch: StatedLunch | None = None
    met_at_end: bool = False
    published_units: int = 1

    @property
    def num_decimals(self) -> int:
        """Digits after the point that its times and durations need."""
        return max(map(num_decimals, self._times()))

    def _times(self) -> Iterator[Decimal]:
        yield from chain.from_iterable(self.distances)
        for patient in self.patients:
            yield from chain.from_iterable(patient.windows)
            yield from (need.duration for need in patient.services)
            yield from patient.gap
        for carer in self.carers:
            yield from carer.shift or ()
        if self.lunch is not None:
            yield from (*self.lunch.span, self.lunch.duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names that a file's parts may use: services with their general duration, carers, terminal points by row."""

    duration_by_service: Mapping[str, Decimal | None]
    carer_ids: frozenset[str]
    row_by_terminal: Mapping[str, int] = field(default_factory=dict)


def read_services(part: Part, passed_over: Sequence[str]) -> dict[str, Decimal | None]:
    """Default duration by service, ``None`` where none is stated."""
    durations: dict[str, Decimal | None] = {}
    names: list[tuple[str, Part]] = []
    for item in part.items(least=1):
        keys = item.keys(needed=("id",), also=("default_duration",), passed_over=passed_over)
        if "id" in keys:
            name = keys["id"].text()
            names.append((name, item))
            durations[name] = keys["default_duration"].number() if "default_duration" in keys else None
    note_repeated(names, "service")
    return durations


def read_ids(part: Part, noun: str, most: int) -> list[str]:
    """The ids of a list of objects; where there is none, a name no file has."""
    items = part.items(least=1)
    if len(items) > most:
        part.faults.note("too-large", part.path, f"{len(items)} items; at most {most} are read.", "Split it.")
    ids: list[str] = []
    for item in items:
        value = item.value.get("id") if isinstance(item.value, dict) else None
        ids.append(value if isinstance(value, str) else "")
    note_repeated([(name, item) for name, item in zip(ids, items, strict=True) if name], noun)
    return ids


def read_carer_ids(part: Part) -> list[str]:
    """Ids of the carers."""
    return read_ids(part, "caregiver", MAX_VEHICLES)


def read_patient_ids(part: Part) -> list[str]:
    """Ids of the patients."""
    return read_ids(part, "patient", MAX_NODES)


def read_needs(part: Part, known: Known) -> tuple[StatedService, ...]:
    """The services that a patient needs, each once."""
    needs: list[StatedService] = []
    names: list[tuple[str, Part]] = []
    for item in part.items(least=1):
        keys = item.keys(needed=("service",), also=("duration",))
        if "service" not in keys:
            continue
        name = named(keys["service"], known.duration_by_service, "service")
        duration = keys["duration"].number() if "duration" in keys else known.duration_by_service.get(name)
        if duration is None:
            item.fault(f"service {name!r} has a duration neither here nor in general.", "Give it one.")
        names.append((name, item))
        needs.append(StatedService(service=name, duration=duration or Decimal(0)))
    note_repeated(names, "service")
    return tuple(needs)


def read_sync(part: Part | None, needs: Sequence[StatedService], whose: Part) -> tuple[Sync, Span]:
    """How a patient's services are bound; patients of one service need not say."""
    if part is None:
        if len(needs) > 1:
            hint = f"Add synchronization: {', '.join(Sync)}."
            whose.fault(f"it is not said how the {len(needs)} services are bound.", hint)
        return Sync.INDEPENDENT, (Decimal(0), Decimal(0))
    keys = part.keys(needed=("type",), also=("distance",))
    sync = Sync(keys["type"].word(tuple(Sync))) if "type" in keys else Sync.INDEPENDENT
    if sync is not Sync.INDEPENDENT and len(needs) != 2:
        part.fault(f"{len(needs)} services cannot be {sync}; two can.", "Correct the type or the services.")
    if sync is not Sync.SEQUENTIAL:
        return sync, (Decimal(0), Decimal(0))
    if "distance" not in keys:
        part.faults.note("missing-key", part.path, "the key 'distance' is missing.", "Add [min, max].")
        return sync, (Decimal(0), Decimal(0))
    return sync, keys["distance"].range()


def read_abilities(part: Part, known: Known) -> tuple[str, ...]:
    """The services that a carer can give."""
    return tuple(dict.fromkeys(named(item, known.duration_by_service, "service") for item in part.items()))


def read_location(part: Part | None) -> tuple[Decimal, Decimal] | None:
    """Two coordinates, as precise as they are."""
    if part is None:
        return None
    values = part.items()
    if len(values) != 2:
        part.fault("a location is a pair of numbers.", "Write [x, y].")
        return None
    x, y = (value.number(-100_000, 100_000, decimals=100) for value in values)
    return x, y


def read_distances(part: Part, num_places: int) -> tuple[tuple[Decimal, ...], ...]:
    """The distance matrix: square, zero from every place to itself."""
    rows = part.items()
    if len(rows) != num_places:
        part.fault(f"the matrix has {len(rows)} rows; there are {num_places} places.", "Give each place a row.")
        return ()
    distances: list[tuple[Decimal, ...]] = []
    for number, row in enumerate(rows):
        items = row.items()
        if len(items) != num_places:
            row.fault(f"the row has {len(items)} numbers; there are {num_places} places.", "Give each place a number.")
            continue
        distances.append(tuple(item.number() for item in items))
        if distances[-1][number]:
            items[number].fault("a place lies at no distance from itself.", "Make it 0.")
    return tuple(distances)


def named(part: Part, known: Container[str], noun: str) -> str:
    """A name that must be one of `known`."""
    name = part.text()
    if name and name not in known:
        part.fault(f"the instance has no {noun} {name!r}.", "Correct the name.")
    return name
