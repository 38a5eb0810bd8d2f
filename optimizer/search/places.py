"""Places and travel modes of a problem by number, and the ways between them as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location, Problem
from optimizer.search.arrays import FAR_S
from optimizer.travel import TravelMatrix


class Places:
    """Places of the search: those of the problem alone, in the order of the travel matrix.

    Attributes
    ----------
    rows
        ``(P,)``: row of the travel matrix by place.
    modes
        Modes of the workers in order of first mention; some mode of the matrix where nobody works.
    """

    def __init__(self, problem: Problem, travel: TravelMatrix) -> None:
        row_by_place = {place: travel.idx_by_place[place] for place in problem.places}
        self.rows = np.array(sorted({*row_by_place.values()}), dtype=np.intp)
        self.modes = tuple(dict.fromkeys(worker.vehicle.mode for worker in problem.workers)) or tuple(
            sorted(travel.duration_s)[:1]
        )
        number_by_row = {row: number for number, row in enumerate(self.rows.tolist())}
        self._number_by_place = {place: number_by_row[row] for place, row in row_by_place.items()}

    def number(self, place: Location | None) -> int:
        """Number of a place of the problem; -1 for None, which stands for wherever the worker is."""
        return -1 if place is None else self._number_by_place[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Columns of :class:`optimizer.search.arrays.Instance`: ways between places, and speed by time of day."""

    arcs: NDArray[np.int32]
    arcs_to: NDArray[np.int32]
    peak_from: NDArray[np.int32]
    peaks: NDArray[np.int32]


def ways_of(travel: TravelMatrix, places: Places) -> Ways:
    """The ways between `places` by each of their modes; :data:`optimizer.search.arrays.FAR_S` where there is none."""
    arcs = _arcs(travel, places)
    there = arcs.transpose(0, 2, 1, 3)
    parts = [travel.peaks.get(mode, ()) for mode in places.modes]
    rows = [(part.start_s, part.end_s, part.speed_percent) for of_mode in parts for part in of_mode]
    return Ways(
        arcs=arcs,
        arcs_to=arcs if np.array_equal(arcs, there) else np.ascontiguousarray(there),
        peak_from=np.cumsum([0, *map(len, parts)], dtype=np.int32),
        peaks=np.array(rows, dtype=np.int32).reshape(-1, 3),
    )


def _arcs(travel: TravelMatrix, places: Places) -> NDArray[np.int32]:
    """``(M, P, P, 2)``: seconds and metres from row to column."""
    rows, modes = places.rows, places.modes
    arcs = np.empty((len(modes), len(rows), len(rows), 2), dtype=np.int32)
    for number, mode in enumerate(modes):
        for column, matrix in enumerate((travel.duration_s[mode], travel.distance_m[mode])):
            arcs[number, :, :, column] = matrix[np.ix_(rows, rows)]
    arcs[arcs[..., 0] < 0] = FAR_S, 0
    return arcs
