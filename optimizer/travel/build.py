"""The one way to a travel matrix, whatever it is made from."""

from __future__ import annotations

from optimizer.errors import TravelError
from optimizer.problem import Problem, TravelMode
from optimizer.travel.matrix import WALK, TravelMatrix
from optimizer.travel.straight import straight_matrix, walking_mode
from optimizer.travel.streets import StreetGraph


def build_travel(problem: Problem, *, streets: StreetGraph | None = None) -> TravelMatrix:
    """The travel matrix of all places of `problem`, for every mode its workers use and for walking."""
    modes = travel_modes(problem)
    if streets is not None:
        from optimizer.travel.street_matrix import street_matrix

        return street_matrix(streets, problem.places, modes)
    return straight_matrix(problem.places, modes)


def travel_modes(problem: Problem) -> tuple[TravelMode, ...]:
    """The modes that workers use, and walking (for service radii), by name.

    Raises
    ------
    TravelError
        If a worker's vehicle has a mode that the problem does not define.
    """
    known = {mode.mode: mode for mode in (walking_mode(problem.modes), *problem.modes)}
    used = {worker.vehicle.mode for worker in problem.workers} | {WALK}
    if used - known.keys():
        missing = ", ".join(repr(mode) for mode in sorted(used - known.keys()))
        raise TravelError(f"workers use the travel mode {missing}, which the problem does not define; add it to modes.")
    return tuple(known[mode] for mode in sorted(used))
