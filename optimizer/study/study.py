"""What a study is: a base problem, named changes, the variants made of them, and seeds.

A variant is the base after some changes, in order. Variants come from a grid (every combination of its levels), from a
list, and from curves (one promise, kept more and more strictly). The base as it is, is always the first variant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Any, ClassVar, Literal

from optimizer.params import Engine
from optimizer.study.changes import AnnouncePlan, Change, ChangeVisits, ChangeWeights
from optimizer.units import SECONDS_PER_MINUTE, WIRE, Count

AS_IS = "as-is"
"""Level of a grid, and name of the variant, that changes nothing."""

MAX_RUNS = 100_000
"""Variants times seeds of one study."""


class Promise(StrEnum):
    """What is promised to elders and workers, and can be kept more or less strictly."""

    FAIRNESS = "fairness"
    """Equal loads: values are yuan cents for an hour off the fair share."""
    CONTINUITY = "continuity"
    """A known face: values are percent of the prices of unknown and not preferred workers."""
    STABILITY = "stability"
    """What was announced holds: values are percent of the prices of moved starts and replaced workers."""
    HOT_MEAL = "hot-meal"
    """Meals arrive hot: values are the longest time on board in minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Where the study begins: a scenario by name, or a problem file.

    Attributes
    ----------
    scenario, problem
        Exactly one of the two: a scenario's name, or a file or folder beside the study file.
    seed
        Seed of the scenario; ``None`` builds another world for each seed of the study.
    size, stress
        Of a scenario, as in ``yizhan scenario``.
    streets
        Streets to travel on, as in ``yizhan solve --streets``.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    scenario: str | None = None
    problem: str | None = None
    seed: Count | None = None
    size: float = 1.0
    stress: tuple[str, ...] = ()
    streets: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How long each plan is searched for; with `step_limit` a study can be repeated exactly on any machine."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    time_limit_s: float | None = None
    step_limit: Count | None = None
    engine: Engine = Engine.AUTO

    def __post_init__(self) -> None:
        if self.time_limit_s is not None and not self.time_limit_s >= 0:
            raise ValueError(f"time_limit_s = {self.time_limit_s}: a time limit is a number of seconds, 0 or more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One promise at several values; `under` are changes that hold at every point."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    promise: Promise
    values: tuple[Count, ...]
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study as its file states it.

    Attributes
    ----------
    changes
        Changes by a name of one's own.
    grid
        Levels (names of changes, or :data:`AS_IS`) by axis; every combination is a variant.
    circumstances
        Axes of the grid that nobody chooses (demand, weather): fronts are drawn for each of their levels.
    variants
        Names of changes by name of variant.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    schema_version: Literal[1] = 1
    name: str
    description: str = ""
    base: Base
    search: Search = Search(time_limit_s=30.0)
    seeds: tuple[Count, ...] = (1,)
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    grid: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    circumstances: tuple[str, ...] = ()
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The base after `changes`.

    ``levels`` are its levels by axis where it comes from the grid; ``curve`` and ``value`` say of which curve it is a
    point.
    """

    name: str
    changes: tuple[Change, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    curve: str | None = None
    value: int | None = None

    @property
    def announcement(self) -> AnnouncePlan | None:
        """The announcement that its promises come from, if there is one."""
        return next((change for change in self.changes if isinstance(change, AnnouncePlan)), None)


def variants_of(study: Study) -> tuple[Variant, ...]:
    """Every variant of `study`, the base as it is first; names are used once."""
    first = Variant(name=AS_IS, levels=dict.fromkeys(study.grid, AS_IS) if _has_base_point(study) else {})
    found = {AS_IS: first}
    for variant in (*_of_grid(study), *_of_list(study), *_of_curves(study)):
        found.setdefault(variant.name, variant)
    return tuple(found.values())


def _has_base_point(study: Study) -> bool:
    return all(AS_IS in levels for levels in study.grid.values())


def _of_grid(study: Study) -> Iterator[Variant]:
    if not study.grid:
        return
    for combination in product(*study.grid.values()):
        levels = dict(zip(study.grid, combination, strict=True))
        named = [level for level in combination if level != AS_IS]
        yield Variant(name=" · ".join(named) or AS_IS, changes=_changes(study, named), levels=levels)


def _of_list(study: Study) -> Iterator[Variant]:
    for name, named in study.variants.items():
        yield Variant(name=name, changes=_changes(study, named))


def _of_curves(study: Study) -> Iterator[Variant]:
    for name, curve in study.curves.items():
        for value in curve.values:
            changes = (*promise_changes(curve.promise, value), *_changes(study, curve.under))
            yield Variant(name=f"{name} {value}", changes=changes, curve=name, value=value)


def _changes(study: Study, names: tuple[str, ...] | list[str]) -> tuple[Change, ...]:
    return tuple(change for name in names if name != AS_IS for change in study.changes[name])


def promise_changes(promise: Promise, value: int) -> tuple[Change, ...]:
    """What keeping `promise` at `value` changes."""
    match promise:
        case Promise.FAIRNESS:
            return (ChangeWeights(cents={"imbalance_cents_per_hour": value}),)
        case Promise.CONTINUITY:
            return (ChangeWeights(percent=dict.fromkeys(("not_preferred_cents", "new_worker_cents"), value)),)
        case Promise.STABILITY:
            prices = ("promise_moved_cents_per_hour", "promise_worker_cents")
            return (AnnouncePlan(), ChangeWeights(percent=dict.fromkeys(prices, value)))
        case Promise.HOT_MEAL:
            return (ChangeVisits(max_on_board_s=value * SECONDS_PER_MINUTE),)
