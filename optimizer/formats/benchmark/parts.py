"""The JSON of a benchmark file, part by part: what each must be, and a fault with its path where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from optimizer.formats.benchmark.stated import LARGEST, Faults, num_decimals
from optimizer.formats.issues import did_you_mean, shown

MAX_TIME_DECIMALS = 3
"""Digits after the point that times and prices have at most."""


@dataclass(frozen=True, slots=True)
class Part:
    """A value somewhere in the file; reading one that is wrong notes the fault and goes on with a harmless one."""

    value: Any
    path: str
    faults: Faults

    def fault(self, message: str, hint: str = "Correct it.") -> None:
        """Remember that the value here is wrong."""
        self.faults.note("bad-value", self.path or None, message, hint)

    def keys(
        self, needed: Sequence[str] = (), also: Sequence[str] = (), passed_over: Sequence[str] = ()
    ) -> Mapping[str, Part]:
        """Parts of an object by key, those that are null left out; unknown and missing keys are faults."""
        if not isinstance(self.value, dict):
            self.fault(f"{shown(self.value)} is not an object.", "Write an object in braces.")
            return {}
        parts = {key: self._at(key) for key, value in self.value.items() if value is not None}
        for key, part in parts.items():
            if key not in (*needed, *also, *passed_over):
                hint = did_you_mean(key, (*needed, *also)) or f"Read are {', '.join((*needed, *also))}."
                self.faults.note("unknown-key", part.path, f"{key!r} is not read, and may change what is asked.", hint)
        for key in needed:
            if key not in parts:
                self.faults.note("missing-key", self.path or None, f"the key {key!r} is missing.", "Add it.")
        return parts

    def items(self, least: int = 0) -> list[Part]:
        """Parts of a list that has `least` items or more."""
        if not isinstance(self.value, list):
            self.fault(f"{shown(self.value)} is not a list.", "Put it in square brackets.")
            return []
        if len(self.value) < least:
            self.fault(f"the list has {len(self.value)} items; it needs {least} or more.", "Add what is missing.")
        return [Part(value, f"{self.path}[{number}]", self.faults) for number, value in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not empty."""
        if isinstance(self.value, str) and self.value:
            return self.value
        self.fault(f"{shown(self.value)} is not a text of one letter or more.", "Put it in quotes.")
        return ""

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.fault(f"{shown(self.value)} is neither true nor false.", "Write true or false, without quotes.")
        return self.value is True

    def word(self, words: Sequence[str]) -> str:
        """One of `words`; the first of them in place of another."""
        if self.value in words:
            return str(self.value)
        hint = did_you_mean(str(self.value), words) or f"Write one of: {', '.join(words)}."
        self.fault(f"{shown(self.value)} is none of the words allowed here.", hint)
        return words[0]

    def number(self, least: int = 0, most: int = LARGEST, decimals: int = MAX_TIME_DECIMALS) -> Decimal:
        """A number within closed bounds, with so many digits after the point at most."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not least <= value <= most:
            self.fault(f"{shown(value)} is not a number from {least} to {most}.", "Correct the number.")
            return Decimal(least)
        number = Decimal(value)
        if num_decimals(number) > decimals:
            self.fault(f"{number} has more than {decimals} digits after the point, which are all that is read.")
            return Decimal(least)
        return number

    def whole(self, least: int, most: int) -> int:
        """A whole number within closed bounds."""
        return int(self.number(least, most, decimals=0))

    def span(self) -> tuple[Decimal, Decimal]:
        """Start and end, as ``[start, end]`` or ``{"start": start, "end": end}``."""
        return self._pair("start", "end")

    def range(self) -> tuple[Decimal, Decimal]:
        """Least and most, as ``[min, max]`` or ``{"min": min, "max": max}``."""
        return self._pair("min", "max")

    def _pair(self, first: str, last: str) -> tuple[Decimal, Decimal]:
        if isinstance(self.value, dict):
            keys = self.keys(needed=(first, last))
            parts = [keys[name] for name in (first, last) if name in keys]
        else:
            parts = self.items()
            if isinstance(self.value, list) and len(parts) != 2:
                self.fault(f"{shown(self.value)} is not a pair.", f"Write [{first}, {last}].")
        if len(parts) != 2:
            return Decimal(0), Decimal(0)
        low, high = (part.number() for part in parts)
        if high < low:
            self.fault(f"{first} {low} lies above {last} {high}.", "Swap the two.")
        return low, high

    def _at(self, key: str) -> Part:
        return Part(self.value[key], f"{self.path}.{key}" if self.path else key, self.faults)


def parse(text: str, faults: Faults) -> Part:
    """The whole of a JSON text, its decimal numbers exact.

    Raises
    ------
    SourceError
        If it is no JSON, has a key twice or a number that is not finite.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            faults.note("duplicate-key", name, f"the key {name!r} is there twice.", "Remove one.")
        return dict(pairs)

    def refused(word: str) -> Decimal:
        faults.note("not-finite", None, f"{word} is no finite number.", "Correct the number.")
        return Decimal(0)

    value: Any = None
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=refused, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        faults.note("not-json", f"{error.lineno}", f"this is not JSON: {error.msg}.", "Correct the text.")
    except RecursionError:
        faults.note("not-json", None, "the text is nested too deep.", "Give an instance.")
    faults.raise_any()
    return Part(value, "", faults)


def note_repeated(names: Iterable[tuple[str, Part]], noun: str) -> None:
    """Note every name that another part has already; `noun` says what is named."""
    seen: set[str] = set()
    for name, part in names:
        if name in seen:
            part.faults.note("id-duplicate", part.path, f"{noun} {name!r} is there twice.", "Rename one of the two.")
        seen.add(name)
