"""What a run leaves behind: a row per solver, instance and seed, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import InputError, Issue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer, or the lack of one.

    Attributes
    ----------
    seconds
        Wall time that the solver really used, building its model included.
    cost
        In the unit in which the family's results are published; ``None`` where there is no answer at all.
    best_known
        Published value; ``None`` where there is none.
    gap_percent
        By how much `cost` exceeds it; ``None`` without either, and for invalid answers.
    valid
        No rule is broken and every mandatory visit served.
    """

    family: str
    instance: str
    solver: str
    seed: int
    seconds: float
    cost: float | None
    best_known: float | None
    gap_percent: float | None
    valid: bool

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells rows apart."""
        return self.family, self.instance, self.solver, self.seed


def gap_percent(cost: float | None, best_known: float | None) -> float | None:
    """By how much `cost` exceeds `best_known`, in percent of that; ``None`` where either is missing or zero."""
    return None if cost is None or not best_known else 100.0 * (cost - best_known) / best_known


def write_rows(path: Path, rows: Iterable[DataclassInstance]) -> None:
    """Write `rows` as a JSON list, a row a line."""
    lines = ",\n".join(json.dumps(asdict(row)) for row in rows)
    path.write_text(f"[\n{lines}\n]\n" if lines else "[]\n", encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """Rows that an earlier run wrote.

    Raises
    ------
    InputError
        If the file is not such a list.
    """
    try:
        return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, TypeError, ValueError) as error:
        message = f"it is no list of rows of an earlier run: {error}."
        raise InputError(
            [Issue(code="rows", path=str(path), message=message, hint="Name another file, or leave --merge out.")]
        ) from None


def merged(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """`old` with the rows of `new` in the place of equal ones; sorted, so that files can be compared."""
    rows = {row.key: row for row in (*old, *new)}
    return [rows[key] for key in sorted(rows)]
