"""From a path in the problem back to the cell it was read from."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from optimizer.errors import Issue
from optimizer.formats.benchmark import BenchmarkInstance
from optimizer.problem import Problem
from optimizer.units import WIRE


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOrigin:
    """Where one row stands: label of its table, row number, and the table's headers by field as the user wrote them."""

    label: str
    row: int
    headers: Mapping[str, str]

    def cell(self, field_path: str) -> str:
        """``visits.csv:4:windows`` for a field of the row, all columns of a part, or the row where none states it."""
        row = f"{self.label}:{self.row}"
        while field_path:
            headers = [header for field, header in self.headers.items() if _is_in(_wire(field), _wire(field_path))]
            if headers:
                return f"{row}:{', '.join(headers)}"
            field_path = field_path.rpartition(".")[0]
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The rows behind the objects of a problem, by path (``visits[3]``); empty for a problem that came as JSON."""

    row_by_path: Mapping[str, RowOrigin] = field(default_factory=dict)

    def located(self, issues: Iterable[Issue]) -> list[Issue]:
        """The same issues, with file, row and column in place of the path wherever a table stated it."""
        return [dataclasses.replace(issue, path=self.locate(issue.path)) for issue in issues]

    def locate(self, path: str) -> str:
        """``visits.csv:4:windows`` for ``visits[3].windows[0]``; the path itself where no table stated it."""
        owner = path
        while owner and owner not in self.row_by_path:
            owner = owner[: max(owner.rfind("."), owner.rfind("["), 0)]
        # The settings have the empty path: they state the problem itself.
        row = self.row_by_path.get(owner)
        if row is None:
            return path
        rest = path.removeprefix(owner).lstrip(".")
        return row.cell(re.sub(r"\[[^\]]*\]", "", rest))


def _is_in(field_path: str, part: str) -> bool:
    return field_path == part or field_path.startswith(f"{part}.")


def _wire(field_path: str) -> str:
    """A field path in names of the wire, which both a path from JSON and one from memory come to."""
    return ".".join(WIRE["alias_generator"](name) for name in field_path.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What every reader gives: a problem, the cell behind each of its facts, and what the reader wants noticed.

    A benchmark file states its travel matrix as well; ``instance`` holds both.
    """

    problem: Problem
    origin: Origin = field(default_factory=Origin)
    warnings: tuple[Issue, ...] = ()
    instance: BenchmarkInstance | None = None
