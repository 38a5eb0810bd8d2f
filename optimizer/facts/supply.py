"""Where meals come from: stations of all levels, what they cook and when it is ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from optimizer.facts.places import Location, TimeWindow
from optimizer.units import WIRE, Cents, Clock, Count, Metres, Seconds


class StationKind(StrEnum):
    """Level and role of a station in the three-level network."""

    DISTRICT_CENTRE = "district-centre"
    STREET_CENTRE = "street-centre"
    STATION = "station"
    CENTRAL_KITCHEN = "central-kitchen"
    DINING_POINT = "dining-point"
    CARAVAN_BASE = "caravan-base"


class SupplierKind(StrEnum):
    """The four kinds of meal supplier of the Beijing 2023 opinions."""

    CARE_INSTITUTION = "care-institution"
    RESTAURANT = "restaurant"
    CATERING = "catering"
    ELDER_CANTEEN = "elder-canteen"


@dataclass(frozen=True, slots=True, kw_only=True)
class MealType:
    """A kind of portion, e.g. a soft lunch, and what one of it takes of a vehicle's named capacities."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    meal_type: str
    name: str = ""
    diet: str = "normal"
    uses: Mapping[str, Count] = field(default_factory=lambda: {"portions": 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyWave:
    """Portions by meal type that a station has from ``ready_s`` on (a kitchen wave)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    wave_id: str
    ready_s: Clock
    portions: Mapping[str, Count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A place of the network that supplies meals, seats diners or sends out workers.

    Attributes
    ----------
    opening
        Closed intervals in which loading may start; empty means always open.
    waves
        Supply. A station without waves (and without supply runs to it) has no portions to give.
    loading_duration_s
        Duration of one loading, whatever its size.
    service_radius_m
        Longest walking distance to an elder it may supply; ``None`` means no limit.
    seats
        Diners it can seat at one sitting.
    parent_station_id
        The centre that backs it up.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    station_id: str
    place: Location
    kind: StationKind = StationKind.STATION
    name: str = ""
    opening: tuple[TimeWindow, ...] = ()
    waves: tuple[SupplyWave, ...] = ()
    loading_duration_s: Seconds = 0
    seats: Count = 0
    service_radius_m: Metres | None = None
    supplier_kind: SupplierKind | None = None
    portion_price_cents: Cents = 0
    parent_station_id: str | None = None
