"""The classical location models beside spopt: ``python -m benchmarks.sites``.

Both have the same homes, sites and walking times, and end proven or at the same limit. spopt (0.7, BSD-3) builds its
models with PuLP and leaves them to CBC.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.command import bad_option, faults_told
from optimizer.errors import InputError
from optimizer.network.median import median
from optimizer.network.siting import SiteChoice, SiteRule, centre, maximal_cover
from optimizer.problem import DEFAULT_MODES

FAR_S = 100_000
LIMIT_S = 600

app = typer.Typer(pretty_exceptions_enable=False)
out, err = Console(), Console(stderr=True)


class Case(NamedTuple):
    """A district of homes and sites, of which some are chosen; ``capacity`` is the room of each site, if limited."""

    duration_s: NDArray[np.int32]
    num_chosen: int
    capacity: NDArray[np.int64]

    @property
    def rule(self) -> SiteRule:
        """So many sites, all at one price."""
        return SiteRule.at_most(self.num_chosen, self.duration_s.shape[1])

    @property
    def weight(self) -> NDArray[np.int64]:
        """One elder a home."""
        return np.ones(len(self.duration_s), np.int64)


class Timed(NamedTuple):
    """A value (none where nothing was found in time), how far it can be from the best one, and the seconds it took.

    ``gap_share`` is ``None`` where it is not known.
    """

    value: int | None
    gap_share: float | None
    duration_s: float


def district(num_homes: int, num_sites: int, seed: int = 0) -> NDArray[np.int32]:
    """Walking seconds in a square district of one home to some 2 ha; shape ``(num_homes, num_sites)``."""
    rng = np.random.default_rng(seed)
    side_m = 140 * num_homes**0.5
    homes, sites = rng.random((num_homes, 2)) * side_m, rng.random((num_sites, 2)) * side_m
    metres = np.linalg.norm(homes[:, None] - sites[None], axis=2)
    return np.asarray(np.ceil(1.3 * metres / (DEFAULT_MODES[0].speed_kmh / 3.6)), dtype=np.int32)


def case_of(num_homes: int, num_sites: int, num_chosen: int, seed: int = 0) -> Case:
    """A district in which the chosen sites together have room for a fifth more than all homes."""
    capacity = np.full(num_sites, round(1.2 * num_homes / num_chosen))
    return Case(district(num_homes, num_sites, seed), num_chosen, capacity)


OURS: dict[str, Callable[[Case, float], SiteChoice]] = {
    "maximal cover": lambda case, limit_s: maximal_cover(
        case.duration_s <= LIMIT_S, case.weight, case.rule, time_limit_s=limit_s
    ),
    "median": lambda case, limit_s: median(case.duration_s, case.rule, far_s=FAR_S, time_limit_s=limit_s),
    "median with room": lambda case, limit_s: median(
        case.duration_s, case.rule, far_s=FAR_S, capacity=case.capacity, time_limit_s=limit_s
    ),
    "centre": lambda case, limit_s: centre(case.duration_s, case.rule, time_limit_s=limit_s),
}
"""Each model by name, solved by this package."""


def peer_model(name: str, case: Case) -> Any:
    """The model as spopt states it."""
    from spopt import locate

    ways, num = case.duration_s.astype(float), case.num_chosen
    match name:
        case "maximal cover":
            return locate.MCLP.from_cost_matrix(case.duration_s, case.weight, LIMIT_S, p_facilities=num)
        case "median":
            return locate.PMedian.from_cost_matrix(ways, case.weight, num)
        case "median with room":
            return locate.PMedian.from_cost_matrix(ways, case.weight, num, facility_capacities=case.capacity)
        case _:
            return locate.PCenter.from_cost_matrix(ways, num)


def ours(name: str, case: Case, limit_s: float) -> Timed:
    """The answer of this package."""
    began_s = time.perf_counter()
    answer = OURS[name](case, limit_s)
    return Timed(answer.value, answer.gap_share, time.perf_counter() - began_s)


def theirs(name: str, case: Case, limit_s: float) -> Timed:
    """The answer of spopt, model building included."""
    import pulp
    import spopt.locate  # noqa: F401 -- loading takes seconds, which are not the model's

    began_s = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = peer_model(name, case)
        try:
            model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s))
        except RuntimeError:  # what spopt raises where nothing is found in time
            return Timed(None, None, time.perf_counter() - began_s)
    value = pulp.value(model.problem.objective)
    is_proven = model.problem.sol_status == pulp.LpSolutionOptimal
    gap_share = 0.0 if is_proven else None
    return Timed(None if value is None else round(value), gap_share, time.perf_counter() - began_s)


@app.command()
def sites(
    size: Annotated[
        list[str] | None,
        typer.Option(metavar="HOMES,SITES,CHOSEN", help="A district; may be repeated (default: three of them)."),
    ] = None,
    limit: Annotated[float, typer.Option("--time", metavar="S", min=1, help="Most seconds for each answer.")] = 60.0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the districts.")] = 0,
    alone: Annotated[bool, typer.Option("--alone", help="Leave spopt out.")] = False,
) -> None:
    """Cover, median (with and without room) and centre beside spopt: value, whether it is proven, seconds, ratio."""
    with faults_told(err):
        sizes = [_size(text) for text in size or ("200,30,6", "500,50,10", "1000,100,15")]
    table = Table("model", "homes, sites, chosen", "value", "spopt", "seconds", "spopt ", "times as fast")
    for column in table.columns[1:]:
        column.justify = "right"
    for numbers in sizes:
        case = case_of(*numbers, seed)
        for name in OURS:
            own, peer = ours(name, case, limit), None if alone else theirs(name, case, limit)
            times = "" if peer is None else f"{peer.duration_s / own.duration_s:,.0f}"
            values, seconds = zip(_cells(own), _cells(peer), strict=True)
            table.add_row(name, ", ".join(map(str, numbers)), *values, *seconds, times)
    out.print(table)
    out.print("In brackets: how far a value that is not proven can be from the best one, if known.", highlight=False)


def _cells(found: Timed | None) -> tuple[str, str]:
    """Value and seconds."""
    if found is None or found.value is None:
        return "-", "-" if found is None else f"{found.duration_s:.2f}"
    gap = "" if found.gap_share == 0 else " (?)" if found.gap_share is None else f" ({100 * found.gap_share:.2f} %)"
    return f"{found.value:,}{gap}", f"{found.duration_s:.2f}"


def _size(text: str) -> tuple[int, int, int]:
    try:
        homes, sites, chosen = map(int, text.split(","))
    except ValueError:
        homes = sites = chosen = 0
    if not 0 < chosen <= sites or homes < 1:
        message = f"{text!r} is no district."
        raise InputError([bad_option("--size", message, "Write homes, sites and how many are chosen: 500,50,10.")])
    return homes, sites, chosen


if __name__ == "__main__":
    app()
