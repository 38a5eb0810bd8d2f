"""Seeded worlds to plan for: streets, elders, demand and staff of five district stories, and what goes wrong there.

>>> scenario = build_scenario("tiny")
>>> len(scenario.problem.visits)
7
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from optimizer.errors import InputError, Issue
from optimizer.formats.issues import did_you_mean
from optimizer.travel.streets import StreetGraph
from scenarios import beibei_three_helps, miyun_kitchen, tiny, xicheng_day, yinchuan_month
from scenarios.figures import key_figures
from scenarios.scenario import Range, Scenario, ScenarioInfo, Streams
from scenarios.stress import STRESSES

__all__ = ["SCENARIOS", "STRESSES", "Range", "Scenario", "ScenarioInfo", "build_scenario", "key_figures"]

SCENARIOS: Mapping[str, ScenarioInfo] = {
    module.INFO.name: module.INFO for module in (xicheng_day, miyun_kitchen, beibei_three_helps, yinchuan_month, tiny)
}
"""Every scenario by name."""

MAX_SIZE = 100.0
"""Largest size of a world."""


def build_scenario(
    name: str,
    *,
    seed: int = 0,
    size: float = 1.0,
    stress: Sequence[str] = (),
    streets: StreetGraph | None = None,
) -> Scenario:
    """A scenario by name; the same arguments give the same bytes.

    Parameters
    ----------
    seed
        Seed of every random choice; 0 or more.
    size
        Factor of demand, stations and staff, above 0.
    stress
        Names of :data:`STRESSES`; their order does not matter.
    streets
        Streets to place the world on instead of its own.

    Raises
    ------
    InputError
        If there is no scenario or stress of that name, or the scenario has no such seed, size or streets.
    """
    issues = [*_unknown("scenario", [name], SCENARIOS), *_unknown("stress", stress, STRESSES)]
    issues += _misfits(name, seed, size, streets)
    if issues:
        raise InputError(issues)
    info, streams = SCENARIOS[name], Streams(name, seed)
    world = info.build(streams, size, streets)
    applied = tuple(each for each in STRESSES if each in stress)
    for each in applied:
        world = STRESSES[each].apply(world, streams)
    return Scenario(
        name=name,
        purpose=info.purpose,
        problem=world.problem,
        streets=world.streets,
        seed=seed,
        size=size,
        stress=applied,
        expected=world.expected,
    )


def _unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> list[Issue]:
    listed = f"There are {', '.join(known)}."
    return [
        Issue(
            code=f"unknown-{kind}",
            path=kind,
            message=f"{name!r} is not a {kind}.",
            hint=f"{did_you_mean(name, known)} {listed}".lstrip(),
        )
        for name in names
        if name not in known
    ]


def _misfits(name: str, seed: int, size: float, streets: StreetGraph | None) -> list[Issue]:
    issues = []
    if seed < 0:
        issues.append(
            Issue(code="scenario-seed", path="seed", message=f"seed {seed} is negative.", hint="Use 0 or more.")
        )
    if not 0 < size <= MAX_SIZE:
        message = f"size {size} is not above 0 and at most {MAX_SIZE:g}."
        issues.append(
            Issue(code="scenario-size", path="size", message=message, hint="1 is a district, 10 ten of them.")
        )
    info = SCENARIOS.get(name)
    if info is not None and info.has_one_size and size != 1:
        message = f"scenario {name!r} has no size {size}."
        issues.append(Issue(code="scenario-size", path="size", message=message, hint="Leave the size at 1."))
    if info is not None and streets is not None and not info.takes_streets:
        message = f"scenario {name!r} cannot be placed on other streets."
        issues.append(Issue(code="scenario-streets", path="streets", message=message, hint="Leave the streets out."))
    return issues
