"""The circle of a problem's stations: which of them elders walk to, how many they seat, and who reaches them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from optimizer.errors import InputError, Issue
from optimizer.network.catchment import CIRCLE_S, catchment_of
from optimizer.network.coverage import Coverage, coverage_of
from optimizer.problem import Problem, Station, StationKind, TravelMode
from optimizer.travel.isochrones import Isochrone, isochrones
from optimizer.travel.straight import walking_mode
from optimizer.travel.streets import StreetGraph

SERVING_KINDS = (StationKind.STATION, StationKind.STREET_CENTRE, StationKind.DINING_POINT)
"""Stations that elders walk to."""

NUM_SITTINGS = 2
"""Sittings a day of stations with seats, where nothing else is said (assumed: two sittings of a lunch)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Circle:
    """Who walks to which station of a problem in time.

    Attributes
    ----------
    rooms
        Elders that each of `stations` can serve; ``None`` means any number.
    walking
        Walking at the pace of those who are not slow.
    streets
        What is walked on; ``None`` for straight lines with a detour.
    """

    stations: tuple[Station, ...]
    rooms: tuple[int | None, ...]
    walking: TravelMode
    streets: StreetGraph | None
    coverage: Coverage

    @property
    def limit_s(self) -> int:
        """What counts as within reach, in seconds."""
        return self.coverage.catchment.limit_s

    @property
    def ring_limits_s(self) -> tuple[int, ...]:
        """A third of the limit, two thirds, and the limit, in seconds."""
        return tuple(round(self.limit_s * part / 3) for part in (1, 2, 3))

    @cached_property
    def rings(self) -> tuple[Isochrone, ...]:
        """The ground within each of :attr:`ring_limits_s` of each station; nothing where there are no streets."""
        if self.streets is None:
            return ()
        sites = {station.station_id: station.place for station in self.stations}
        return tuple(isochrones(self.streets, sites, self.walking, self.ring_limits_s))


def circle_of(
    problem: Problem,
    streets: StreetGraph | None,
    *,
    limit_s: int = CIRCLE_S,
    kinds: Collection[StationKind] = SERVING_KINDS,
    capacity: int | None = None,
    num_sittings: int = NUM_SITTINGS,
) -> Circle:
    """The circle of the stations of `kinds`.

    Parameters
    ----------
    capacity
        Elders that every station can serve; by default its seats times `num_sittings`.

    Raises
    ------
    InputError
        If the problem has no station of these kinds.
    TravelError
        If a way takes more than 37 hours.
    """
    stations = tuple(station for station in problem.stations if station.kind in kinds)
    if not stations:
        message = f"the problem has no station of kind {', '.join(kinds)}."
        raise InputError([Issue(code="no-station", path="stations", message=message, hint="Name other kinds.")])
    rooms = tuple(_rooms(stations, capacity, num_sittings))
    walking = walking_mode(problem.modes)
    places = [station.place for station in stations]
    catchment = catchment_of(problem.elders, places, walking, streets=streets, limit_s=limit_s)
    found = coverage_of(catchment, rooms)
    return Circle(stations=stations, rooms=rooms, walking=walking, streets=streets, coverage=found)


def _rooms(stations: Sequence[Station], capacity: int | None, num_sittings: int) -> list[int | None]:
    """Elders that each station can serve; stations without seats seat nobody, unless none of them has any."""
    if capacity is not None:
        return [capacity for _ in stations]
    seats = [station.seats * num_sittings for station in stations]
    return [*seats] if any(seats) else [None for _ in stations]
