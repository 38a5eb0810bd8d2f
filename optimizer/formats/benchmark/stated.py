"""What a benchmark file states, in the file's own units, and the faults met while reading it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from optimizer.errors import Issue, SourceError
from optimizer.formats.issues import shown

MAX_NODES = 10_000
"""Depots and customers that are read; distances take the square of it."""

MAX_VEHICLES = 10_000
"""Vehicles that are read."""

LARGEST = 10**6
"""Largest time, demand or capacity that is read."""

MAX_COORDINATE, MAX_DECIMALS = 100_000, 6
"""Coordinates have this size and so many digits after the point at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A benchmark family and how its figures become whole numbers.

    Attributes
    ----------
    scale
        Whole units per unit of length or time in the file.
    is_truncated
        Whether fractions of a whole unit are cut off; otherwise they are rounded, halves up.
    cost_divisor
        Whole units of cost per unit in which results are published.
    lists_unused
        Whether the family's solution files list vehicles that stay at home.
    """

    name: str
    scale: int
    is_truncated: bool
    cost_divisor: float
    lists_unused: bool


VRPTW = Family(name="vrptw", scale=10, is_truncated=True, cost_divisor=10.0, lists_unused=False)
FAMILY_BY_TYPE = {
    "VRPTW": VRPTW,
    "MDVRPTW": Family(name="mdvrptw", scale=1000, is_truncated=False, cost_divisor=1.0, lists_unused=True),
    "SDVRPTW": Family(name="sdvrptw", scale=1000, is_truncated=False, cost_divisor=1.0, lists_unused=True),
    "MTVRPTWR": Family(name="mtvrptwr", scale=10, is_truncated=True, cost_divisor=1.0, lists_unused=False),
}
"""Families by the ``TYPE`` that files name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedNode:
    """A depot or customer; depots have neither demand nor service nor release time."""

    x: Decimal
    y: Decimal
    demand: int
    first: Decimal
    last: Decimal
    service: Decimal
    release: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedVehicle:
    """A vehicle: `depot` is the number of a node, `allowed` holds those of its customers (``None``: all)."""

    capacity: int
    depot: int
    max_duration: Decimal | None = None
    max_distance: Decimal | None = None
    allowed: frozenset[int] | None = None
    may_reload: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One instance as stated; nodes are numbered from 0 as in solution files."""

    name: str
    family: Family
    nodes: tuple[StatedNode, ...]
    depots: tuple[int, ...]
    vehicles: tuple[StatedVehicle, ...]


class Faults:
    """Everything found wrong with one file, by line or by path inside it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.issues: list[Issue] = []

    def note(self, code: str, where: int | str | None, message: str, hint: str) -> None:
        """Remember a fault in a line or at a path (``None``: in the file as a whole)."""
        path = self.name if where is None else f"{self.name}:{where}"
        self.issues.append(Issue(code=code, path=path, message=message, hint=hint))

    def raise_any(self) -> None:
        """Stop here if anything is wrong.

        Raises
        ------
        SourceError
            With every fault noted so far.
        """
        if self.issues:
            raise SourceError(self.issues)

    def number(self, line: int, what: str, text: str, *, least: int = 0, most: int = LARGEST) -> Decimal:
        """The number in `text`; the least allowed one, and a fault, where it is none or lies outside its bounds."""
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if value.is_finite() and least <= value <= most:
            return value
        message = f"{what} is {shown(text)}; it must be a number from {least} to {most}."
        self.note("bad-value", line, message, "Correct the number.")
        return Decimal(least)

    def whole(self, line: int, what: str, text: str, *, least: int = 0, most: int = LARGEST) -> int:
        """The whole number in `text`, likewise."""
        value = self.number(line, what, text, least=least, most=most)
        if value != value.to_integral_value():
            message = f"{what} is {shown(text)}; it must be a whole number."
            self.note("bad-value", line, message, "Correct the number.")
        return int(value)

    def coordinate(self, line: int, what: str, text: str) -> Decimal:
        """The coordinate in `text`, likewise; more than :data:`MAX_DECIMALS` digits after the point are a fault."""
        value = self.number(line, what, text, least=-MAX_COORDINATE, most=MAX_COORDINATE)
        if num_decimals(value) > MAX_DECIMALS:
            message = f"{what} is {shown(text)}; at most {MAX_DECIMALS} digits after the point are read."
            self.note("bad-value", line, message, "Round it.")
            return Decimal(0)
        return value

    def window(self, line: int, texts: Sequence[str]) -> tuple[Decimal, Decimal]:
        """First and last start from two texts."""
        first, last = (self.number(line, what, text) for what, text in zip(("start", "end"), texts, strict=True))
        if last < first:
            self.note("bad-value", line, f"the window {first}-{last} ends before it starts.", "Swap the two times.")
        return first, last


def num_decimals(value: Decimal) -> int:
    """Digits after the point that `value` needs."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
