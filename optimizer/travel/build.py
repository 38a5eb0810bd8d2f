"""The one way to a travel matrix, whatever it is made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import TravelError
from optimizer.problem import Problem, TravelMode
from optimizer.travel.matrix import WALK, TravelMatrix
from optimizer.travel.straight import straight_matrix, walking_mode
from optimizer.travel.streets import StreetGraph

if TYPE_CHECKING:
    from optimizer.travel.http import TableServer


def build_travel(
    problem: Problem,
    *,
    streets: StreetGraph | None = None,
    given: TravelMatrix | Path | None = None,
    server: TableServer | None = None,
    cache_dir: Path | None = None,
) -> TravelMatrix:
    """The travel matrix of all places of `problem`, for every mode its workers use and for walking.

    Parameters
    ----------
    problem
        Names the places, the modes and their peaks.
    streets
        Travel along these streets (:mod:`optimizer.travel.street_matrix`).
    given
        Take the figures from this matrix or file (:mod:`optimizer.travel.given`); walking only if it has it.
    server
        Ask this routing server (:mod:`optimizer.travel.http`).
    cache_dir
        Where matrices from streets and servers are kept (:mod:`optimizer.travel.cache`).

    Returns
    -------
    TravelMatrix
        By the straight line (:mod:`optimizer.travel.straight`) if no source is named.

    Raises
    ------
    TravelError
        If a worker's mode is not defined, a server fails, or a way takes more than 37 hours.
    SourceError
        If `given` is broken or incomplete.
    ValueError
        If more than one source is named.
    """
    if sum(source is not None for source in (streets, given, server)) > 1:
        raise ValueError("streets, given and server are alternatives; name one of them.")
    modes = travel_modes(problem)
    if given is not None:
        from optimizer.travel.given import given_matrix

        used = {worker.vehicle.mode for worker in problem.workers}
        return given_matrix(given, problem.places, [mode for mode in modes if mode.mode in used])
    if streets is not None:
        return _along_streets(problem, streets, modes, cache_dir)
    if server is not None:
        return _from_server(problem, server, modes, cache_dir)
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


def _along_streets(
    problem: Problem, streets: StreetGraph, modes: tuple[TravelMode, ...], cache_dir: Path | None
) -> TravelMatrix:
    from optimizer.travel.cache import cached_matrix
    from optimizer.travel.street_matrix import street_matrix

    question = ("streets", streets.content_hash, problem.places, modes)
    return cached_matrix(question, lambda: street_matrix(streets, problem.places, modes), cache_dir)


def _from_server(
    problem: Problem, server: TableServer, modes: tuple[TravelMode, ...], cache_dir: Path | None
) -> TravelMatrix:
    from optimizer.travel.cache import cached_matrix
    from optimizer.travel.http import server_matrix

    question = ("server", server, problem.places, modes)
    return cached_matrix(question, lambda: server_matrix(server, problem.places, modes), cache_dir)
