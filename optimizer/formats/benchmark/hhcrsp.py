"""Home health care routing and scheduling: the JSON of Mankowska's (2014) and Kummer's (2022) instances.

Every carer sets out from the one office at 0 or later and returns whenever the work is done. A window's start is hard
and its end soft; a patient's two services are given by two carers, at the same time or so far apart. The cost is a
third of travel time, total tardiness and highest tardiness together.
"""

from __future__ import annotations

from decimal import Decimal

from optimizer.formats.benchmark.care import (
    Component,
    Known,
    Prices,
    StatedCare,
    StatedCarer,
    StatedPatient,
    StatedPlace,
    Sync,
    read_abilities,
    read_carer_ids,
    read_distances,
    read_location,
    read_needs,
    read_patient_ids,
    read_services,
    read_sync,
)
from optimizer.formats.benchmark.parts import Part

NAME = "hhcrsp"

_PRICES = Prices(
    by_component=dict.fromkeys(
        (Component.TRAVEL_TIME, Component.TOTAL_TARDINESS, Component.HIGHEST_TARDINESS), Decimal(1)
    ),
    hard=frozenset({Component.QUALIFICATION}),
)
_TOP = ("patients", "services", "caregivers", "central_offices", "distances")


def read_hhcrsp(part: Part, name: str) -> StatedCare:
    """The instance in a file's JSON, called `name`.

    Raises
    ------
    SourceError
        With every fault.
    """
    keys = part.keys(needed=_TOP, passed_over=("name", "area"))
    part.faults.raise_any()
    carer_ids, patient_ids = read_carer_ids(keys["caregivers"]), read_patient_ids(keys["patients"])
    known = Known(
        duration_by_service=read_services(keys["services"], passed_over=("type",)), carer_ids=frozenset(carer_ids)
    )
    office = _office(keys["central_offices"])
    patients = tuple(_patient(item, row, known) for row, item in enumerate(keys["patients"].items(), start=1))
    carers = tuple(_carer(item, known) for item in keys["caregivers"].items())
    if office.place_id in patient_ids:
        keys["central_offices"].fault(f"{office.place_id!r} is a patient too.", "Rename one of the two.")
    distances = read_distances(keys["distances"], len(patient_ids) + 1)
    part.faults.raise_any()
    return StatedCare(
        name=name,
        family=NAME,
        places=(office, *(place for _, place in patients)),
        distances=distances,
        patients=tuple(patient for patient, _ in patients),
        carers=carers,
        prices=_PRICES,
        published_units=3,
    )


def _office(part: Part) -> StatedPlace:
    offices = part.items(least=1)
    if len(offices) != 1:
        part.fault(f"there are {len(offices)} central offices; one is read.", "Keep one.")
        return StatedPlace(place_id="")
    keys = offices[0].keys(needed=("id",), also=("location",))
    return StatedPlace(place_id=keys["id"].text() if "id" in keys else "", location=read_location(keys.get("location")))


def _patient(part: Part, row: int, known: Known) -> tuple[StatedPatient, StatedPlace]:
    keys = part.keys(needed=("id", "time_window", "required_caregivers"), also=("synchronization", "location"))
    needs = read_needs(keys["required_caregivers"], known) if "required_caregivers" in keys else ()
    sync, gap = read_sync(keys.get("synchronization"), needs, part)
    if sync is Sync.INDEPENDENT and "synchronization" in keys:
        words = f"{Sync.SIMULTANEOUS}, {Sync.SEQUENTIAL}"
        keys["synchronization"].fault(f"services are not {sync} in this family.", f"Write one of: {words}.")
    patient_id = keys["id"].text() if "id" in keys else ""
    patient = StatedPatient(
        patient_id=patient_id,
        row=row,
        services=needs,
        windows=(keys["time_window"].span(),) if "time_window" in keys else (),
        sync=sync,
        gap=gap,
    )
    return patient, StatedPlace(place_id=patient_id, location=read_location(keys.get("location")))


def _carer(part: Part, known: Known) -> StatedCarer:
    keys = part.keys(needed=("id", "abilities"))
    return StatedCarer(
        carer_id=keys["id"].text() if "id" in keys else "",
        abilities=read_abilities(keys["abilities"], known) if "abilities" in keys else (),
    )
