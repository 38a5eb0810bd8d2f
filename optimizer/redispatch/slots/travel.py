"""Small travel matrices: the places of one route and of one new visit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location
from optimizer.travel import UNREACHABLE, TravelMatrix
from optimizer.travel.matrix import WALK
from optimizer.travel.reach import Reach


class PartMatrix(NamedTuple):
    """Some places of a travel matrix: the small matrix, and their rows in the large one."""

    travel: TravelMatrix
    rows: NDArray[np.int64]


def part_matrix(travel: TravelMatrix, places: Sequence[Location], mode: str) -> PartMatrix:
    """The part of `travel` between those of `places` that it has, by one mode and on foot."""
    known = [place for place in places if place in travel.idx_by_place]
    rows = np.array([travel.idx_by_place[place] for place in known], dtype=np.int64)
    modes = sorted({mode, WALK} & travel.duration_s.keys())
    square = np.ix_(rows, rows)
    part = TravelMatrix(
        places=tuple(known),
        duration_s={name: travel.duration_s[name][square] for name in modes},
        distance_m={name: travel.distance_m[name][square] for name in modes},
        peaks=travel.peaks,
        source=travel.source,
    )
    return PartMatrix(part, rows)


def with_reached(part: PartMatrix, reaches: Collection[Reach]) -> TravelMatrix:
    """The part with a row and a column more for each new place; from one of them to another there is no way."""
    new = {reach.place: reach for reach in reaches if reach.place not in part.travel.idx_by_place}
    if not new:
        return part.travel

    def grown(figures: Mapping[str, NDArray[np.int32]], kind: int) -> dict[str, NDArray[np.int32]]:
        num_known, num_all = len(part.rows), len(part.rows) + len(new)
        matrices = {}
        for mode, figure in figures.items():
            matrix = np.full((num_all, num_all), UNREACHABLE, dtype=np.int32)
            matrix[:num_known, :num_known] = figure
            for idx, reach in enumerate(new.values(), start=num_known):
                matrix[:num_known, idx] = reach.inward[mode][kind][part.rows]
                matrix[idx, :num_known] = reach.outward[mode][kind][part.rows]
                matrix[idx, idx] = 0
            matrices[mode] = matrix
        return matrices

    travel = part.travel
    return TravelMatrix(
        places=(*travel.places, *new),
        duration_s=grown(travel.duration_s, 0),
        distance_m=grown(travel.distance_m, 1),
        peaks=travel.peaks,
        source=travel.source,
    )
