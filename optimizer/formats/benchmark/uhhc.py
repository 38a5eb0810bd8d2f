"""The unified home health care problem: the JSON of Ceschia et al. (2026, doi 10.1111/itor.70140).

Shifts and terminal points by carer, lunch breaks, preferred and incompatible carers, optional patients, several
windows; what each component of the cost is worth, or that it must be zero, stands in the file.
"""

from __future__ import annotations

from collections import Counter
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
    terminal_ids = read_ids(keys["terminal_points"], "terminal point", MAX_NODES)
    num_places = len(terminal_ids) + len(read_patient_ids(keys["patients"]))
    terminals = [_terminal(item, num_places) for item in keys["terminal_points"].items()]
    known = Known(
        duration_by_service=read_services(keys["services"], passed_over=("type",)),
        carer_ids=frozenset(read_carer_ids(keys["caregivers"])),
        row_by_terminal={place.place_id: row for row, place in terminals},
    )
    patients = [_patient(item, known, prices, num_places) for item in keys["patients"].items()]
    carers = tuple(_carer(item, known, prices) for item in keys["caregivers"].items())
    distances = read_distances(keys["distances"], num_places)
    lunch = _lunch(keys.get("lunch_breaks"), part, carers)
    _check_departures(meta.get("origin"), prices)
    met = meta["time_window_met"].word(_MET) if "time_window_met" in meta else _MET[0]
    places = _in_order([*terminals, *((patient.row, place) for patient, place in patients)], part)
    part.faults.raise_any()
    stated = StatedCare(
        name=name,
        family=NAME,
        places=places,
        distances=distances,
        patients=tuple(patient for patient, _ in patients),
        carers=carers,
        prices=prices,
        lunch=lunch,
        met_at_end=met == _MET[1],
    )
    _check_statable(stated, part)
    part.faults.raise_any()
    return stated


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


def _terminal(part: Part, num_places: int) -> tuple[int, StatedPlace]:
    return _located(part.keys(needed=("id", "distance_matrix_index"), also=("location",)), num_places)


def _located(keys: Mapping[str, Part], num_places: int) -> tuple[int, StatedPlace]:
    """Row of the distance matrix, and what lies there."""
    row = keys["distance_matrix_index"].whole(0, num_places - 1) if "distance_matrix_index" in keys else 0
    place_id = keys["id"].text() if "id" in keys else ""
    return row, StatedPlace(place_id=place_id, location=read_location(keys.get("location")))


def _in_order(located: Sequence[tuple[int, StatedPlace]], part: Part) -> tuple[StatedPlace, ...]:
    """Places by row; two in one row, or of one name, are faults of the file as a whole, told once others are gone."""
    part.faults.raise_any()
    ids = Counter(place.place_id for _, place in located)
    rows = Counter(row for row, _ in located)
    for name in (name for name, count in ids.items() if count > 1):
        part.fault(f"{name!r} is a terminal point and a patient.", "Rename one of the two.")
    for row in (row for row, count in rows.items() if count > 1):
        names = ", ".join(repr(place.place_id) for number, place in located if number == row)
        part.fault(f"row {row} of the distances is that of {names}.", "Give each its own distance_matrix_index.")
    by_row = dict(located)
    return tuple(by_row.get(row, StatedPlace(place_id="")) for row in range(len(located)))


def _patient(part: Part, known: Known, prices: Prices, num_places: int) -> tuple[StatedPatient, StatedPlace]:
    keys = part.keys(
        needed=("id", "distance_matrix_index", "required_services", "time_windows"),
        also=("synchronization", "optional", "preferred_caregivers", "incompatible_caregivers", "location"),
    )
    row, place = _located(keys, num_places)
    needs = read_needs(keys["required_services"], known) if "required_services" in keys else ()
    sync, gap = read_sync(keys.get("synchronization"), needs, part)
    patient = StatedPatient(
        patient_id=place.place_id,
        row=row,
        services=needs,
        windows=_windows(keys["time_windows"]) if "time_windows" in keys else (),
        sync=sync,
        gap=gap,
        is_optional="optional" in keys and keys["optional"].flag(),
        preferred=_preferred(keys.get("preferred_caregivers"), known, prices),
        incompatible=_carers(keys.get("incompatible_caregivers"), known),
    )
    return patient, place


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
    name = "" if part is None else named(part, known.row_by_terminal, "terminal point")
    return known.row_by_terminal.get(name, 0)


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


def _check_statable(stated: StatedCare, part: Part) -> None:
    """What cannot be stated here to the letter: services that are late whenever they start, and rounded balances."""
    for patient in stated.patients if stated.met_at_end else ():
        longest = max(need.duration for need in patient.services)
        for start, end in patient.windows:
            if end - start < longest:
                message = f"patient {patient.patient_id!r} has a window {start}-{end}, but a service of {longest}."
                part.fault(f"{message} It must end inside.", "Widen the window.")
    if stated.num_decimals and stated.prices.of(Component.WORKLOAD_BALANCE):
        message = f"{Component.WORKLOAD_BALANCE} is rounded to whole units of time, but the times have fractions."
        part.fault(message, "Give whole times, or the balance no price.")
