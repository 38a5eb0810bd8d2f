"""The unified home health care problem: the JSON of Ceschia et al. (2026, doi 10.1111/itor.70140).

Shifts and terminal points by carer, lunch breaks, preferred and incompatible carers, optional patients, several
windows; what each component of the cost is worth, or that it must be zero, stands in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from optimizer.formats.benchmark.care import (
    Component,
    Known,
    Prices,
    Span,
    StatedCare,
    StatedCarer,
    StatedLunch,
    StatedPatient,
    StatedPlace,
    named,
    read_abilities,
    read_carer_ids,
    read_distances,
    read_ids,
    read_location,
    read_needs,
    read_patient_ids,
    read_services,
    read_sync,
)
from optimizer.formats.benchmark.parts import Part
from optimizer.formats.benchmark.stated import MAX_NODES

NAME = "uhhc"

_TOP = ("metadata", "distances", "terminal_points", "caregivers", "patients", "services")
_DESCRIPTION = ("name", "origin", "horizon", "area", "generator_info")
_HARD = "HARD"

_HARD_IF_ABSENT = frozenset(
    {
        Component.CAREGIVER_PREFERENCES,
        Component.OPTIONAL_PATIENTS,
        Component.MISSED_LUNCH_BREAK,
        Component.QUALIFICATION,
        Component.INCOMPATIBILITIES,
    }
)
_MAY_BE_HARD = _HARD_IF_ABSENT | {Component.TOTAL_TARDINESS, Component.HIGHEST_TARDINESS, Component.WORKING_TIME}
_WITHOUT_PRICE = frozenset({Component.QUALIFICATION, Component.INCOMPATIBILITIES, Component.WORKING_TIME})
_LEAVES_AT_SHIFT_START = ("bazirha", "bazirha-caie")
_MET = ("at_service_start", "at_service_end")


def is_uhhc(part: Part) -> bool:
    """Whether a home-care file is of this family: only its files have metadata."""
    return isinstance(part.value, dict) and "metadata" in part.value


def read_uhhc(part: Part, name: str) -> StatedCare:
    """The instance in a file's JSON, called `name`.

    Raises
    ------
    SourceError
        With every fault.
    """
    keys = part.keys(needed=_TOP, also=("lunch_breaks",))
    part.faults.raise_any()
    meta = keys["metadata"].keys(needed=("cost_components",), also=("time_window_met",), passed_over=_DESCRIPTION)
    prices = _prices(meta["cost_components"]) if "cost_components" in meta else Prices(by_component={})
    places = _places(keys)
    known = Known(
        duration_by_service=read_services(keys["services"], passed_over=("type",)),
        carer_ids=frozenset(read_carer_ids(keys["caregivers"])),
        row_by_place_id={place.place_id: row for row, place in enumerate(places)},
    )
    distances = read_distances(keys["distances"], len(places))
    carers = tuple(_carer(item, known, prices) for item in keys["caregivers"].items())
    patients = tuple(_patient(item, known, prices) for item in keys["patients"].items())
    lunch = _lunch(keys.get("lunch_breaks"), part, carers)
    _check_departures(meta.get("origin"), prices)
    part.faults.raise_any()
    return StatedCare(
        name=name,
        family=NAME,
        places=places,
        distances=distances,
        patients=patients,
        carers=carers,
        prices=prices,
        lunch=lunch,
        met_at_end="time_window_met" in meta and meta["time_window_met"].word(_MET) == _MET[1],
    )


def _prices(part: Part) -> Prices:
    keys = part.keys(also=tuple(Component))
    said = {Component(key): value for key, value in keys.items() if key in tuple(Component)}
    hard = {component for component, value in said.items() if value.value == _HARD}
    for component in hard - _MAY_BE_HARD:
        said[component].fault(f"{component} cannot be {_HARD}.", "Give it a price.")
    by_component = {component: value.number() for component, value in said.items() if component not in hard}
    for component in _WITHOUT_PRICE & by_component.keys():
        if by_component[component]:
            said[component].fault(f"{component} cannot have a price.", f"Make it {_HARD} or 0.")
    return Prices(by_component=by_component, hard=frozenset(hard | (_HARD_IF_ABSENT - by_component.keys())))


def _places(keys: Mapping[str, Part]) -> tuple[StatedPlace, ...]:
    """What lies where, by row of the distance matrix."""
    read_ids(keys["terminal_points"], "terminal point", MAX_NODES)
    read_patient_ids(keys["patients"])
    items = [*keys["terminal_points"].items(), *keys["patients"].items()]
    place_by_row: dict[int, StatedPlace] = {}
    ids: set[str] = set()
    for item in items:
        value = item.value if isinstance(item.value, dict) else {}
        found = {key: Part(value[key], f"{item.path}.{key}", item.faults) for key in value if value[key] is not None}
        if not {"id", "distance_matrix_index"} <= found.keys():
            for key in {"id", "distance_matrix_index"} - found.keys():
                item.faults.note("missing-key", item.path, f"the key {key!r} is missing.", "Add it.")
            continue
        row = found["distance_matrix_index"].whole(0, len(items) - 1)
        place = StatedPlace(place_id=found["id"].text(), location=read_location(found.get("location")))
        if row in place_by_row:
            found["distance_matrix_index"].fault(f"row {row} is that of {place_by_row[row].place_id!r}.")
        elif place.place_id in ids:
            item.faults.note("id-duplicate", item.path, f"place {place.place_id!r} is there twice.", "Rename one.")
        place_by_row[row] = place
        ids.add(place.place_id)
    return tuple(place_by_row.get(row, StatedPlace(place_id="")) for row in range(len(items)))


def _patient(part: Part, known: Known, prices: Prices) -> StatedPatient:
    also = ("synchronization", "optional", "preferred_caregivers", "incompatible_caregivers")
    keys = part.keys(
        needed=("id", "distance_matrix_index", "required_services", "time_windows"),
        also=also,
        passed_over=("location",),
    )
    needs = read_needs(keys["required_services"], known) if "required_services" in keys else ()
    sync, gap = read_sync(keys.get("synchronization"), needs, part)
    patient_id = keys["id"].text() if "id" in keys else ""
    return StatedPatient(
        patient_id=patient_id,
        row=known.row_by_place_id.get(patient_id, 0),
        services=needs,
        windows=_windows(keys["time_windows"]) if "time_windows" in keys else (),
        sync=sync,
        gap=gap,
        is_optional="optional" in keys and keys["optional"].flag(),
        preferred=_preferred(keys.get("preferred_caregivers"), known, prices),
        incompatible=_carers(keys.get("incompatible_caregivers"), known),
    )


def _windows(part: Part) -> tuple[Span, ...]:
    """Windows in order of their starts, which is how the one that applies is found."""
    windows = tuple(item.span() for item in part.items(least=1))
    starts = [start for start, _ in windows]
    if starts != sorted(starts):
        part.fault("the windows are not in order of their starts.", "Sort them.")
    return windows


def _carers(part: Part | None, known: Known) -> tuple[str, ...]:
    names = [] if part is None else [named(item, known.carer_ids, "caregiver") for item in part.items()]
    return tuple(dict.fromkeys(names))


def _preferred(part: Part | None, known: Known, prices: Prices) -> tuple[str, ...] | None:
    component = Component.CAREGIVER_PREFERENCES
    if part is None or not (component in prices.hard or prices.of(component)):
        return None
    preferred = _carers(part, known)
    if not preferred:
        part.fault("nobody is preferred, so that everybody would cost.", "Name somebody, or leave the key out.")
    return preferred


def _carer(part: Part, known: Known, prices: Prices) -> StatedCarer:
    keys = part.keys(
        needed=("id", "abilities", "departing_point"), also=("arrival_point", "working_shift", "lunch_break")
    )
    if "working_shift" not in keys and prices.of(Component.MAX_IDLE_TIME):
        part.fault("without a shift nobody can be idle, but idle time has a price.", "Add working_shift.")
    departs_row = _row(keys.get("departing_point"), known)
    return StatedCarer(
        carer_id=keys["id"].text() if "id" in keys else "",
        abilities=read_abilities(keys["abilities"], known) if "abilities" in keys else (),
        departs_row=departs_row,
        returns_row=_row(keys["arrival_point"], known) if "arrival_point" in keys else departs_row,
        shift=keys["working_shift"].span() if "working_shift" in keys else None,
        has_lunch="lunch_break" in keys and keys["lunch_break"].flag(),
    )


def _row(part: Part | None, known: Known) -> int:
    name = "" if part is None else named(part, frozenset(known.row_by_place_id), "terminal point")
    return known.row_by_place_id.get(name, 0)


def _lunch(part: Part | None, whole: Part, carers: Sequence[StatedCarer]) -> StatedLunch | None:
    if part is None:
        if any(carer.has_lunch for carer in carers):
            whole.faults.note("missing-key", None, "the key 'lunch_breaks' is missing.", "Say when lunch is.")
        return None
    keys = part.keys(needed=("start", "end", "min_duration"))
    if not {"start", "end", "min_duration"} <= keys.keys():
        return None
    first, last, duration = (keys[key].number() for key in ("start", "end", "min_duration"))
    if last < first:
        part.fault(f"lunch ends at {last}, before it starts at {first}.", "Swap the two times.")
    return StatedLunch(span=(first, last), duration=duration)


def _check_departures(origin: Part | None, prices: Prices) -> None:
    """In some origins carers leave when their shift starts, and wait at the first stop."""
    waits = prices.of(Component.TOTAL_WAITING_TIME) or prices.of(Component.MAX_IDLE_TIME) or Decimal(0)
    if origin is not None and origin.value in _LEAVES_AT_SHIFT_START and waits:
        message = f"carers of {origin.value!r} leave when their shift starts; here they leave just in time."
        origin.fault(message, "Give instances of another origin, or no price to waiting and idle time.")
