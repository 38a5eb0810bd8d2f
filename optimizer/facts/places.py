"""Where and when: places, windows, the days planned for, and how one travels."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from optimizer.units import SECONDS_PER_DAY, WIRE, Clock, Count, Percent


class Network(StrEnum):
    """Which streets a travel mode may use."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    CAR = "car"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in WGS 84 degrees.

    ``place_id`` tells apart places that share coordinates but not their row in a given travel matrix; leave it empty
    otherwise.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    lon: float
    lat: float
    place_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Closed interval in which service may *start*, with an optional soft part inside it.

    Starting after ``soft_end_s`` is late, before ``soft_start_s`` early; both are allowed at a price.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    start_s: Clock
    end_s: Clock
    soft_start_s: Clock | None = None
    soft_end_s: Clock | None = None

    def lateness_s(self, start_s: int) -> int:
        """Seconds by which `start_s` lies after the soft end (0 where there is none)."""
        return 0 if self.soft_end_s is None else max(0, start_s - self.soft_end_s)

    def earliness_s(self, start_s: int) -> int:
        """Seconds by which `start_s` lies before the soft start (0 where there is none)."""
        return 0 if self.soft_start_s is None else max(0, self.soft_start_s - start_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """The days planned for: ``first_date`` and ``num_days`` from there, in one time zone."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    first_date: dt.date
    num_days: Count = 1
    time_zone: str = "Asia/Shanghai"

    @property
    def duration_s(self) -> int:
        """Length of the horizon in seconds."""
        return self.num_days * SECONDS_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedSlice:
    """Part of every day, from ``start_s`` up to but excluding ``end_s``, in which a mode moves at ``speed_percent``."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    start_s: Clock
    end_s: Clock
    speed_percent: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelMode:
    """A way of moving: its speed, how much longer its way is than the straight line, its streets and its peaks."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    mode: str
    speed_kmh: float
    detour_percent: Percent = 135
    network: Network = Network.CAR
    peaks: tuple[SpeedSlice, ...] = ()


DEFAULT_MODES = (
    TravelMode(mode="walk", speed_kmh=4.7, detour_percent=130, network=Network.FOOT),
    TravelMode(mode="bicycle", speed_kmh=12.0, detour_percent=135, network=Network.BICYCLE),
    TravelMode(mode="e-bike", speed_kmh=15.0, detour_percent=135, network=Network.BICYCLE),
    TravelMode(mode="van", speed_kmh=22.0, detour_percent=140, network=Network.CAR),
)
"""Speeds door to door: walking 4.67 km/h measured (Land 2025, 14(11) 2272), e-bike 14-15 and van 22 km/h assumed."""
