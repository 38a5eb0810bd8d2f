"""Streets as two tables: ``nodes.csv`` and ``edges.csv`` (plain or gzipped) in one folder.

``nodes.csv`` has the columns ``node`` (any text), ``lon`` and ``lat``. ``edges.csv`` has ``u`` and ``v`` and, if known,

- ``length_m``; without it, or where it is empty, the edge is straight. A column ``length_m_straight`` is read as well,
  but its rows over 3 km are left out: straight lines that long are gaps in the map, not streets;
- ``speed_kmh`` (or ``speed_kmh_assigned``): a car's speed; empty, zero or negative where unknown;
- ``name``;
- either ``foot``, ``bicycle`` and ``car`` (0 or 1): each row is then one directed edge, open to those;
- or OpenStreetMap's ``highway`` and ``oneway`` (or ``oneway_tag``: 0 both ways, 1 from `u` to `v`, -1 from `v` to
  `u`), and ``drivable`` (0 or 1), which decides for cars. Streets drawn once per direction are not doubled.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from optimizer.errors import Issue, SourceError
from optimizer.problem import Network
from optimizer.travel.street_builder import StreetBuilder
from optimizer.travel.street_tags import Way, way_of
from optimizer.travel.streets import StreetGraph

LONGEST_STRAIGHT_M = 3000
"""Rows of ``length_m_straight`` above this are gaps in the map."""

_FLAG_COLUMNS = frozenset(Network)


def read_tables(folder: Path) -> StreetGraph:
    """Streets from ``nodes.csv[.gz]`` and ``edges.csv[.gz]`` in `folder`.

    Raises
    ------
    SourceError
        If a table or column is missing or any row is wrong; carries one issue per fault, with file, row and column.
    """
    reader = _TableReader()
    reader.read_nodes(_table(folder, "nodes"))
    reader.read_edges(_table(folder, "edges"))
    if reader.issues:
        raise SourceError(reader.issues)
    return reader.builder.build()


def write_tables(streets: StreetGraph, folder: Path) -> None:
    """Write ``nodes.csv`` and ``edges.csv`` that :func:`read_tables` reads back equal; makes `folder` if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "nodes.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["node", "lon", "lat"])
        rows.writerows(zip(range(streets.num_nodes), streets.lon.tolist(), streets.lat.tolist(), strict=True))
    with (folder / "edges.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["u", "v", "length_m", "speed_kmh", *Network, "name"])
        rows.writerows(_edge_rows(streets))


def _edge_rows(streets: StreetGraph) -> Iterator[tuple[object, ...]]:
    flags = [streets.allowed(network).astype(int).tolist() for network in Network]
    speeds = ["" if math.isinf(speed) else speed for speed in streets.speed_kmh.tolist()]
    names = [streets.name_of(edge_idx) for edge_idx in range(streets.num_edges)]
    ends = (streets.from_idx.tolist(), streets.to_idx.tolist())
    return zip(*ends, streets.length_m.tolist(), speeds, *flags, names, strict=True)


def _table(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.is_file():
            return path
    raise SourceError([Issue(code="table-missing", path=str(folder), message=f"has no {name}.csv or {name}.csv.gz.")])


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


class _TableReader:
    """Reads the two tables, noting every fault instead of stopping at the first."""

    def __init__(self) -> None:
        self.builder = StreetBuilder()
        self.issues: list[Issue] = []
        self._idx_by_node: dict[str, int] = {}
        self._where = ""

    def read_nodes(self, path: Path) -> None:
        """Read the table of nodes."""
        for row in self._rows(path, {"node", "lon", "lat"}):
            node = row["node"]
            if node in self._idx_by_node:
                self._note("node-repeated", "node", f"node {node!r} is listed twice.", "Remove one of the rows.")
            lon = self._number(row, "lon", -180, 180)
            lat = self._number(row, "lat", -90, 90)
            self._idx_by_node[node] = self.builder.add_node(lon, lat)

    def read_edges(self, path: Path) -> None:
        """Read the table of edges; needs the nodes."""
        for row in self._rows(path, {"u", "v"}):
            from_idx, to_idx = self._node_idx(row, "u"), self._node_idx(row, "v")
            length_m = self._length_m(row)
            if row.keys() >= _FLAG_COLUMNS:
                self.builder.add_edge(from_idx, to_idx, length_m, self._flagged_way(row))
            elif length_m is None or length_m <= LONGEST_STRAIGHT_M or "length_m" in row:
                self.builder.add_way(from_idx, to_idx, length_m, self._tagged_way(row))

    def _rows(self, path: Path, needed: set[str]) -> Iterator[dict[str, str]]:
        with _open(path) as file:
            rows = csv.DictReader(file)
            missing = needed - set(rows.fieldnames or ())
            if missing:
                names = ", ".join(sorted(missing))
                issue = Issue(code="column-missing", path=f"{path.name}:1", message=f"has no column {names}.")
                raise SourceError([*self.issues, issue])
            for row in rows:
                self._where = f"{path.name}:{rows.line_num}"
                yield {column: (cell or "").strip() for column, cell in row.items() if column is not None}

    def _flagged_way(self, row: Mapping[str, str]) -> Way:
        users = frozenset(network for network in Network if self._flag(row, network))
        return Way(forward=users, backward=frozenset(), speed_kmh=self._speed_kmh(row), name=row.get("name", ""))

    def _tagged_way(self, row: Mapping[str, str]) -> Way:
        tags = {key: row[key] for key in ("highway", "name") if row.get(key)}
        tags["oneway"] = self._oneway(row)
        if row.get("drivable"):
            tags["motorcar"] = "yes" if self._flag(row, "drivable") else "no"
        way, speed_kmh = way_of(tags), self._speed_kmh(row)
        return way if math.isinf(speed_kmh) else replace(way, speed_kmh=speed_kmh)

    def _oneway(self, row: Mapping[str, str]) -> str:
        oneway = row.get("oneway", row.get("oneway_tag", "")) or "0"
        if oneway not in {"0", "1", "-1"}:
            self._note("oneway-unknown", "oneway", f"one-way mark {oneway!r} is none of 0, 1 and -1.", "Correct it.")
        return oneway

    def _node_idx(self, row: Mapping[str, str], column: str) -> int:
        node_idx = self._idx_by_node.get(row[column])
        if node_idx is None:
            self._note("node-unknown", column, f"node {row[column]!r} is not in the table of nodes.", "Add it there.")
        return node_idx or 0

    def _length_m(self, row: Mapping[str, str]) -> float | None:
        column = "length_m" if "length_m" in row else "length_m_straight"
        return self._number(row, column, 0, math.inf) if row.get(column) else None

    def _speed_kmh(self, row: Mapping[str, str]) -> float:
        column = "speed_kmh" if "speed_kmh" in row else "speed_kmh_assigned"
        speed_kmh = self._number(row, column, -math.inf, math.inf) if row.get(column) else 0.0
        return speed_kmh if speed_kmh > 0 else math.inf

    def _number(self, row: Mapping[str, str], column: str, least: float, most: float) -> float:
        try:
            number = float(row[column])
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and least <= number <= most):
            law = "number" if math.isinf(most) else f"number from {least} to {most}"
            self._note("number-wrong", column, f"{row[column]!r} is not a {law}.", "Correct it.")
            return 0.0
        return number

    def _flag(self, row: Mapping[str, str], column: str) -> bool:
        if row[column] not in {"0", "1"}:
            self._note("flag-wrong", column, f"{row[column]!r} is neither 0 nor 1.", "Write 0 or 1.")
        return row[column] == "1"

    def _note(self, code: str, column: str, message: str, hint: str) -> None:
        self.issues.append(Issue(code=code, path=f"{self._where}:{column}", message=message, hint=hint))
