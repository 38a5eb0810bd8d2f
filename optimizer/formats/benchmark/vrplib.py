"""VRPLIB in the dialect of PyVRP's instances: entries ``KEY: value``, then sections of rows that begin with an id.

Nodes and vehicles are numbered from 1 in the file. Time windows, capacities and depots are stated by node or vehicle;
``VEHICLES_ALLOWED_CLIENTS_SECTION`` lists the customers whom a vehicle may serve, ``VEHICLES_RELOAD_DEPOT_SECTION``
where it may load again, ``RELEASE_TIME_SECTION`` from when on goods can be loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from optimizer.formats.benchmark.stated import (
    FAMILY_BY_TYPE,
    LARGEST,
    MAX_NODES,
    MAX_VEHICLES,
    VRPTW,
    Family,
    Faults,
    Stated,
    StatedNode,
    StatedVehicle,
)
from optimizer.formats.issues import did_you_mean

T = TypeVar("T")

_VEHICLE_LIMITS = ("VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE")
_ENTRIES = ("NAME", "TYPE", "EDGE_WEIGHT_TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME", *_VEHICLE_LIMITS)
_PASSED_OVER = ("COMMENT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "EOF")
_NODE_SECTIONS = ("NODE_COORD", "DEMAND", "SERVICE_TIME", "TIME_WINDOW", "RELEASE_TIME")
_VEHICLE_SECTIONS = (
    "CAPACITY",
    "VEHICLES_DEPOT",
    "VEHICLES_ALLOWED_CLIENTS",
    "VEHICLES_RELOAD_DEPOT",
    *_VEHICLE_LIMITS,
)
_SECTIONS = (*_NODE_SECTIONS, *_VEHICLE_SECTIONS, "DEPOT")
_ENTRY = re.compile(r"^([A-Z_]+)\s*:\s*(.*)$")

Row = tuple[int, list[str]]
"""Line number and words."""


def is_vrplib(text: str) -> bool:
    """Whether `text` has a section of the format or states a type."""
    return bool(re.search(r"^\s*([A-Z_]+_SECTION\b|TYPE\s*:)", text, re.MULTILINE))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The file cut into entries and sections."""

    entries: dict[str, tuple[int, str]] = field(default_factory=dict)
    sections: dict[str, list[Row]] = field(default_factory=dict)


def read_vrplib(text: str, faults: Faults) -> Stated:
    """The instance in `text`.

    Raises
    ------
    SourceError
        With every fault.
    """
    parts = _cut(text, faults)
    family = _family(parts, faults)
    num_nodes = _count(parts, "DIMENSION", MAX_NODES, faults)
    num_vehicles = _count(parts, "VEHICLES", MAX_VEHICLES, faults)
    faults.raise_any()
    depots = _depots(parts, num_nodes, faults)
    nodes = _nodes(parts, num_nodes, depots, faults)
    vehicles = _vehicles(parts, num_vehicles, num_nodes, depots, faults)
    if len(depots) == num_nodes:
        faults.note("missing-section", None, "there is no customer beside the depots.", "Add one.")
    faults.raise_any()
    name = parts.entries.get("NAME", (0, ""))[1]
    return Stated(name=name, family=family, nodes=nodes, depots=depots, vehicles=vehicles)


def _cut(text: str, faults: Faults) -> _Parts:
    parts = _Parts()
    rows: list[Row] | None = None
    for line, content in enumerate(text.splitlines(), start=1):
        words = content.split()
        entry = _ENTRY.match(content.strip())
        if not words:
            continue
        if words[0] == "EOF":
            break
        if words[0].endswith("_SECTION"):
            rows = _new_section(parts, line, words[0].removesuffix("_SECTION"), faults)
        elif entry is not None:
            _note_entry(parts, line, entry[1], entry[2].strip(), faults)
        elif rows is not None:
            rows.append((line, words))
        else:
            faults.note("bad-row", line, "the line belongs to no section.", "Write entries as KEY: value.")
    return parts


def _new_section(parts: _Parts, line: int, name: str, faults: Faults) -> list[Row]:
    if name in parts.sections:
        faults.note("duplicate-section", line, f"{name}_SECTION is there twice.", "Remove one.")
    if name not in _SECTIONS:
        hint = did_you_mean(name, _SECTIONS) or f"Read are {', '.join(_SECTIONS)}."
        faults.note("unknown-section", line, f"{name}_SECTION is not read, and may change what is asked.", hint)
        return []
    return parts.sections.setdefault(name, [])


def _note_entry(parts: _Parts, line: int, key: str, value: str, faults: Faults) -> None:
    if key in _PASSED_OVER:
        return
    if key in parts.entries:
        faults.note("duplicate-section", line, f"{key} is there twice.", "Remove one.")
    if key not in _ENTRIES:
        hint = did_you_mean(key, _ENTRIES) or f"Read are {', '.join(_ENTRIES)}."
        faults.note("unknown-section", line, f"{key} is not read, and may change what is asked.", hint)
    parts.entries[key] = line, value


def _family(parts: _Parts, faults: Faults) -> Family:
    line, weights = parts.entries.get("EDGE_WEIGHT_TYPE", (None, "absent"))
    if weights != "EUC_2D":
        message = f"EDGE_WEIGHT_TYPE is {weights}; distances are read from coordinates, EUC_2D."
        faults.note("unknown-family", line, message, "Give coordinates.")
    line, kind = parts.entries.get("TYPE", (None, "absent"))
    if kind not in FAMILY_BY_TYPE:
        message = f"TYPE is {kind}; how its figures are rounded is not known."
        faults.note("unknown-family", line, message, f"Read are {', '.join(FAMILY_BY_TYPE)}.")
    return FAMILY_BY_TYPE.get(kind, VRPTW)


def _count(parts: _Parts, key: str, most: int, faults: Faults) -> int:
    if key not in parts.entries:
        faults.note("missing-section", None, f"{key} is absent.", f"Add {key}: and a number.")
        return 1
    line, text = parts.entries[key]
    return faults.whole(line, key, text, least=1, most=most)


def _depots(parts: _Parts, num_nodes: int, faults: Faults) -> tuple[int, ...]:
    """Numbers of the depots; the first node is the depot where the file lists none."""
    words = [(line, word) for line, words in parts.sections.get("DEPOT", []) for word in words if word != "-1"]
    depots = [faults.whole(line, "the depot", word, least=1, most=num_nodes) - 1 for line, word in words]
    return tuple(dict.fromkeys(depots)) or (0,)


def _nodes(parts: _Parts, num_nodes: int, depots: Sequence[int], faults: Faults) -> tuple[StatedNode, ...]:
    def rows(name: str, width: int, *, required: bool = False) -> dict[int, Row]:
        return _rows(parts, name, num_nodes, width, faults, required=required)

    def number(name: str, row: Row) -> Decimal:
        return faults.number(row[0], name, row[1][0])

    places = _each(rows("NODE_COORD", 2, required=True), lambda row: _place(row, faults))
    demands = _each(rows("DEMAND", 1, required=True), lambda row: faults.whole(row[0], "the demand", row[1][0]))
    windows = _each(rows("TIME_WINDOW", 2, required=True), lambda row: faults.window(*row))
    services = _each(rows("SERVICE_TIME", 1), lambda row: number("the service time", row))
    releases = _each(rows("RELEASE_TIME", 1), lambda row: number("the release time", row))
    general = _general(parts, "SERVICE_TIME", faults) or Decimal(0)
    for depot in depots:
        if demands.get(depot):
            faults.note("bad-value", None, f"depot {depot + 1} has a demand of {demands[depot]}.", "Make it 0.")
    return tuple(
        StatedNode(
            x=places.get(node, _NOWHERE)[0],
            y=places.get(node, _NOWHERE)[1],
            demand=demands.get(node, 0),
            first=windows.get(node, _NOWHERE)[0],
            last=windows.get(node, _NOWHERE)[1],
            service=Decimal(0) if node in depots else services.get(node, general),
            release=releases.get(node, Decimal(0)),
        )
        for node in range(num_nodes)
    )


_NOWHERE = (Decimal(0), Decimal(0))


def _place(row: Row, faults: Faults) -> tuple[Decimal, Decimal]:
    line, (x, y) = row
    return faults.coordinate(line, "x", x), faults.coordinate(line, "y", y)


def _vehicles(
    parts: _Parts, num_vehicles: int, num_nodes: int, depots: Sequence[int], faults: Faults
) -> tuple[StatedVehicle, ...]:
    def rows(name: str, width: int | None = 1) -> dict[int, Row]:
        return _rows(parts, name, num_vehicles, width, faults)

    def node(row: Row, word: str) -> int:
        return faults.whole(row[0], "the node", word, least=1, most=num_nodes) - 1

    capacities = _each(rows("CAPACITY"), lambda row: faults.whole(row[0], "the capacity", row[1][0]))
    homes = _each(rows("VEHICLES_DEPOT"), lambda row: node(row, row[1][0]))
    allowed = _each(rows("VEHICLES_ALLOWED_CLIENTS", None), lambda row: frozenset(node(row, word) for word in row[1]))
    reloads = _each(rows("VEHICLES_RELOAD_DEPOT", None), lambda row: {node(row, word) for word in row[1]})
    durations = _each(rows("VEHICLES_MAX_DURATION"), lambda row: faults.number(row[0], "the duration", row[1][0]))
    distances = _each(rows("VEHICLES_MAX_DISTANCE"), lambda row: faults.number(row[0], "the distance", row[1][0]))
    max_duration = _general(parts, "VEHICLES_MAX_DURATION", faults)
    max_distance = _general(parts, "VEHICLES_MAX_DISTANCE", faults)
    capacity = _general(parts, "CAPACITY", faults)
    if capacity is None and "CAPACITY" not in parts.sections:
        faults.note("missing-section", None, "there is neither CAPACITY nor CAPACITY_SECTION.", "Add one of them.")
    if len(depots) > 1 and not homes:
        faults.note("missing-section", None, "VEHICLES_DEPOT_SECTION is absent.", "Say where each vehicle starts.")
    _check_depots(homes, reloads, depots, faults)
    return tuple(
        StatedVehicle(
            capacity=capacities.get(vehicle, int(capacity or 0)),
            depot=homes.get(vehicle, depots[0]),
            max_duration=durations.get(vehicle, max_duration),
            max_distance=distances.get(vehicle, max_distance),
            allowed=allowed.get(vehicle),
            may_reload=bool(reloads.get(vehicle)),
        )
        for vehicle in range(num_vehicles)
    )


def _check_depots(
    homes: Mapping[int, int], reloads: Mapping[int, set[int]], depots: Sequence[int], faults: Faults
) -> None:
    """Vehicles live at depots and load again at their own only."""
    for vehicle, home in homes.items():
        if home not in depots:
            message = f"vehicle {vehicle + 1} starts at node {home + 1}, which is no depot."
            faults.note("bad-value", None, message, "List it in DEPOT_SECTION.")
    for vehicle, nodes in reloads.items():
        if nodes - {homes.get(vehicle, depots[0])}:
            message = f"vehicle {vehicle + 1} loads again elsewhere than at its own depot."
            faults.note("bad-value", None, message, "Only reloading at the own depot is read.")


def _general(parts: _Parts, key: str, faults: Faults) -> Decimal | None:
    """The value that holds for all, where one is stated."""
    if key not in parts.entries:
        return None
    line, text = parts.entries[key]
    if key == "CAPACITY":
        return Decimal(faults.whole(line, key, text, most=LARGEST))
    return faults.number(line, key, text)


def _rows(
    parts: _Parts, name: str, num_ids: int, width: int | None, faults: Faults, *, required: bool = False
) -> dict[int, Row]:
    """Rows of a section by id from 0, without the id; `width` is how many words each has (``None``: any)."""
    rows: dict[int, Row] = {}
    for line, words in parts.sections.get(name, []):
        number = faults.whole(line, "the id", words[0], least=1, most=num_ids) - 1
        if number in rows:
            faults.note("bad-row", line, f"{name}_SECTION has two rows of {words[0]}.", "Remove one.")
        elif width is not None and len(words) != width + 1:
            message = f"the row has {len(words)} numbers; {name}_SECTION needs {width + 1}."
            faults.note("bad-row", line, message, "Write the id and what belongs to it.")
        else:
            rows[number] = line, words[1:]
    missing = [number + 1 for number in range(num_ids) if number not in rows] if required or rows else []
    if missing and not faults.issues:
        some = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
        faults.note("missing-section", None, f"{name}_SECTION lacks rows of {some}.", "Add one for each.")
    return rows


def _each(rows: Mapping[int, Row], read: Callable[[Row], T]) -> dict[int, T]:
    return {number: read(row) for number, row in rows.items()}
