"""Best known values of the public instances, from the files that come with them."""

from __future__ import annotations

import csv
from pathlib import Path

from optimizer.formats.benchmark.read import JSON_SUFFIXES, name_of, read_text
from optimizer.formats.benchmark.solutions import read_solution

CONVENTION = "distance_dimacs_trunc1"
"""The one convention of ``bks.csv`` that a plan's cost can be compared with: distance alone, truncated to tenths."""

BEST_CARE = "cost=(sum)/3"
"""The column of home care's ``bks.csv`` that has the cost."""

ANNEALED = "simulated_annealing.csv"
"""Ten published runs of simulated annealing per instance of ``uhhc``."""


def published_cost(path: Path) -> float | None:
    """Best known value of the instance at `path`, in the unit of ``total_cents / cost_divisor``; ``None`` if unknown.

    Solomon's format: from ``bks.csv`` in the folder above the instance's, in the unit of the file. VRPLIB: from the
    ``.sol`` file beside the instance, in whole units as it stands there. Home care: from ``bks.csv`` in the folder
    above, or else the mean of ten runs in ``simulated_annealing.csv`` beside the instance.
    """
    folder = path.absolute().parent
    if path.suffix.lower() == ".txt":
        return _in_table(folder.parent / "bks.csv", path.stem)
    if path.name.lower().endswith(JSON_SUFFIXES):
        best = _in_column(folder.parent / "bks.csv", name_of(path), BEST_CARE)
        return _in_column(folder / ANNEALED, name_of(path), "cost_mean") if best is None else best
    solution = path.with_suffix(".sol")
    return read_solution(read_text(solution), solution.name).cost if solution.is_file() else None


def published_seconds(path: Path) -> float | None:
    """Mean seconds of the published runs on the instance at `path`, where the data have them."""
    return _in_column(path.absolute().parent / ANNEALED, name_of(path), "time_mean_s")


def _in_table(path: Path, name: str) -> float | None:
    costs = [float(row["cost"]) for row in _rows(path, name) if row["convention"] == CONVENTION]
    return min(costs, default=None)


def _in_column(path: Path, name: str, column: str) -> float | None:
    return next((float(row[column]) for row in _rows(path, name) if row.get(column)), None)


def _rows(path: Path, name: str) -> list[dict[str, str]]:
    """Rows of a table about the instance of this name; none where there is no table."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["instance"] == name]
