"""The care map's facts: who walks to a station in time, who has a place there, by community, group and station.

Ways and places are those of the true homes; what is shown of a person is what the visitor may see. The places that
fall to a community are the catchment indices of its elders added up: each station's places, shared among all elders
around it (:mod:`optimizer.network.coverage`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from api.console.day import Day
from optimizer.network.circle import Circle, circle_of
from optimizer.network.coverage import Coverage
from optimizer.network.transport import NOWHERE
from optimizer.problem import Elder, Problem, Station

PER_ELDERS = 100
"""The catchment index is shown as places for so many elders."""
NO_COMMUNITY = "-"


class Reach(StrEnum):
    """How an elder stands, worst last."""

    PLACED = "placed"
    """A station in walking range, and a place there."""
    FULL = "full"
    """A station in walking range, and no place left."""
    BEYOND = "beyond"
    """No station in walking range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Elders of one community or group.

    Attributes
    ----------
    places
        Places that fall to them, those of each station shared among all elders around it.
    walk_mean_s
        Mean walk to the nearest station of those who have one within twice the limit; ``None`` where nobody has.
    """

    name: str
    num_elders: int
    num_reach: Mapping[Reach, int]
    places: float
    walk_mean_s: float | None

    @property
    def num_covered(self) -> int:
        """Elders with a station within reach."""
        return self.num_elders - self.num_reach[Reach.BEYOND]

    @property
    def covered_share(self) -> float:
        """Share of those with a station within reach; 1 where there is nobody."""
        return self.num_covered / self.num_elders if self.num_elders else 1.0

    @property
    def places_per_elder(self) -> float:
        """The mean catchment index; 0 where there is nobody."""
        return self.places / self.num_elders if self.num_elders else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLoad:
    """A station: how many it has room for, how many live around it, and how many of them have their place there."""

    station: Station
    room: int | None
    num_around: int
    num_placed: int


class Care:
    """The care map of one day's problem, each part made when it is first asked for."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self._lock = threading.Lock()

    @property
    def problem(self) -> Problem:
        """The problem as it is shown."""
        return self.day.problem

    @cached_property
    def circle(self) -> Circle:
        """Stations and who reaches them.

        Raises
        ------
        InputError
            If there is no station that elders walk to.
        """
        return circle_of(self.day.world.problem, self.day.streets)

    @property
    def coverage(self) -> Coverage:
        """Who reaches a station and who has a place."""
        return self.circle.coverage

    def prepare(self) -> None:
        """Compute what takes long; once, however many ask at the same time."""
        with self._lock:
            _ = (self.circle.rings, self.communities)

    @cached_property
    def reach(self) -> tuple[Reach, ...]:
        """How each elder stands, in the order of the problem."""
        is_covered = np.asarray(self.coverage.catchment.within.any(axis=1))
        is_placed = self.coverage.site_idx != NOWHERE
        return tuple(
            Reach.PLACED if placed else Reach.FULL if covered else Reach.BEYOND
            for covered, placed in zip(is_covered.tolist(), is_placed.tolist(), strict=True)
        )

    @cached_property
    def total(self) -> Share:
        """All elders."""
        return self._share("", np.arange(len(self.problem.elders)))

    @cached_property
    def communities(self) -> tuple[Share, ...]:
        """Every community, by name."""
        rows = self._rows_by([(community_of(elder),) for elder in self.problem.elders])
        return tuple(self._share(name, rows[name]) for name in sorted(rows))

    def groups(self, community: str = "") -> tuple[Share, ...]:
        """Every group that somebody belongs to, in the whole district or in one community."""
        keys = [
            tuple(map(str, elder.groups)) if community in {"", community_of(elder)} else ()
            for elder in self.problem.elders
        ]
        rows = self._rows_by(keys)
        return tuple(self._share(name, rows[name]) for name in map(str, self.day.groups) if name in rows)

    @cached_property
    def stations(self) -> tuple[StationLoad, ...]:
        """Every station that elders walk to."""
        within, load = self.coverage.catchment.within, self.coverage.load
        return tuple(
            StationLoad(station=station, room=room, num_around=int(within[:, idx].sum()), num_placed=int(load[idx]))
            for idx, (station, room) in enumerate(zip(self.circle.stations, self.circle.rooms, strict=True))
        )

    def _share(self, name: str, rows: NDArray[np.int64]) -> Share:
        reach = [self.reach[row] for row in rows.tolist()]
        nearest_s = self.coverage.catchment.nearest_s[rows]
        known_s = nearest_s[nearest_s >= 0]
        return Share(
            name=name,
            num_elders=len(rows),
            num_reach={each: reach.count(each) for each in Reach},
            places=float(self.coverage.access[rows].sum()),
            walk_mean_s=float(known_s.mean()) if len(known_s) else None,
        )

    @staticmethod
    def _rows_by(keys: Sequence[tuple[str, ...]]) -> dict[str, NDArray[np.int64]]:
        found: dict[str, list[int]] = {}
        for row, names in enumerate(keys):
            for name in names:
                found.setdefault(name, []).append(row)
        return {name: np.array(rows, dtype=np.int64) for name, rows in found.items()}


def community_of(elder: Elder) -> str:
    """The community an elder lives in, or a dash."""
    return elder.community or NO_COMMUNITY
