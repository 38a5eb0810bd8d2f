"""Best known values of the public instances, from the files that come with them."""

from __future__ import annotations

import csv
from pathlib import Path

from optimizer.formats.benchmark.read import read_text
from optimizer.formats.benchmark.solutions import read_solution

CONVENTION = "distance_dimacs_trunc1"
"""The one convention of ``bks.csv`` that a plan's cost can be compared with: distance alone, truncated to tenths."""


def published_cost(path: Path) -> float | None:
    """Best known value of the instance at `path`, in the unit of ``total_cents / cost_divisor``; ``None`` if unknown.

    Solomon's format: from ``bks.csv`` in the folder above the instance's, in the unit of the file. VRPLIB: from the
    ``.sol`` file beside the instance, in whole units as it stands there.
    """
    if path.suffix.lower() == ".txt":
        return _in_table(path.absolute().parent.parent / "bks.csv", path.stem)
    solution = path.with_suffix(".sol")
    return read_solution(read_text(solution), solution.name).cost if solution.is_file() else None


def _in_table(path: Path, name: str) -> float | None:
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        costs = [
            float(row["cost"])
            for row in csv.DictReader(file)
            if row["instance"] == name and row["convention"] == CONVENTION
        ]
    return min(costs, default=None)
