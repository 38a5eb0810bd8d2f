"""A scenario: a named, seeded problem with its streets, its purpose and what to expect of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from optimizer.problem import Problem
from optimizer.travel.streets import StreetGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Closed interval in which a figure is expected."""

    low: float
    high: float

    def __contains__(self, figure: float) -> bool:
        return self.low <= figure <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A world to plan for.

    Attributes
    ----------
    streets
        The streets it lies on; ``None`` means that travel goes by straight lines.
    expected
        Ranges of the figures of :func:`scenarios.figures.key_figures`; they hold without stress.
    """

    name: str
    purpose: str
    problem: Problem
    streets: StreetGraph | None = None
    seed: int = 0
    size: float = 1.0
    stress: tuple[str, ...] = ()
    expected: Mapping[str, Range] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a scenario's own module builds: the problem without stress, its streets and its expected figures."""

    problem: Problem
    streets: StreetGraph | None
    expected: Mapping[str, Range]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioInfo:
    """A scenario by name: what it is for, its figures at size 1, and how it is built.

    ``takes_streets`` says whether it can be placed on streets from elsewhere, ``has_one_size`` that it cannot grow.
    """

    name: str
    purpose: str
    figures: Mapping[str, str]
    build: Callable[[Streams, float, StreetGraph | None], World]
    takes_streets: bool = False
    has_one_size: bool = False


@dataclass(frozen=True, slots=True)
class Streams:
    """Random numbers of one world: one stream by purpose, so that a change of one part leaves the others alone."""

    scenario: str
    seed: int

    def of(self, purpose: str) -> np.random.Generator:
        """A fresh generator that depends on the scenario, the seed and `purpose` only."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{self.scenario}/{purpose}".encode())])


def scaled(count: float, size: float, at_least: int = 1) -> int:
    """`count` times `size`, rounded half up, not below `at_least`."""
    return max(at_least, int(count * size + 0.5))
