"""Solomon's text format: a name, a table of one row for the fleet, and a table of the depot and its customers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from optimizer.formats.benchmark.stated import MAX_NODES, MAX_VEHICLES, VRPTW, Faults, Stated, StatedNode, StatedVehicle

_CUSTOMER_COLUMNS = ("number", "x", "y", "demand", "ready time", "due date", "service time")


def is_solomon(text: str) -> bool:
    """Whether `text` has the two headings of the format."""
    return all(re.search(rf"^\s*{word}\s*$", text, re.MULTILINE) for word in ("VEHICLE", "CUSTOMER"))


def read_solomon(text: str, faults: Faults) -> Stated:
    """The instance in `text`.

    Raises
    ------
    SourceError
        With every fault.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    headings = {words[0]: position for position, (_, words) in enumerate(lines) if len(words) == 1}
    fleet_at, customers_at = headings["VEHICLE"], headings["CUSTOMER"]
    num_vehicles, capacity = _fleet(lines[fleet_at + 1 : customers_at], faults)
    nodes = tuple(_nodes(lines[customers_at + 1 :], faults))
    if len(nodes) < 2:
        message = f"below CUSTOMER stand {len(nodes)} sound rows; the depot and a customer are the least."
        faults.note("missing-section", None, message, "Add them.")
    faults.raise_any()
    vehicle = StatedVehicle(capacity=capacity, depot=0)
    name = " ".join(lines[0][1]) if fleet_at > 0 else ""
    return Stated(name=name, family=VRPTW, nodes=nodes, depots=(0,), vehicles=(vehicle,) * num_vehicles)


def _fleet(lines: list[tuple[int, list[str]]], faults: Faults) -> tuple[int, int]:
    """Number of vehicles and their capacity."""
    rows = [(line, words) for line, words in lines if words[0].upper() != "NUMBER"]
    if len(rows) != 1 or len(rows[0][1]) != 2:
        line = rows[0][0] if rows else None
        message = "below VEHICLE stands not one row of two numbers."
        faults.note("bad-row", line, message, "Write the number of vehicles and their capacity.")
        return 1, 1
    line, (num_vehicles, capacity) = rows[0]
    count = faults.whole(line, "the number of vehicles", num_vehicles, least=1, most=MAX_VEHICLES)
    return count, faults.whole(line, "the capacity", capacity)


def _nodes(lines: list[tuple[int, list[str]]], faults: Faults) -> Iterator[StatedNode]:
    rows = [(line, words) for line, words in lines if words[0].upper() != "CUST"]
    if len(rows) > MAX_NODES:
        faults.note("too-large", None, f"{len(rows)} rows of customers; at most {MAX_NODES} are read.", "Split it.")
        return
    for number, (line, words) in enumerate(rows):
        if len(words) != len(_CUSTOMER_COLUMNS):
            message = f"the row has {len(words)} numbers; it needs {len(_CUSTOMER_COLUMNS)}."
            faults.note("bad-row", line, message, f"Write {', '.join(_CUSTOMER_COLUMNS)}.")
        elif faults.whole(line, "the customer's number", words[0], most=MAX_NODES) != number:
            message = f"the customer's number is {words[0]}; after {number} rows it must be {number}."
            faults.note("bad-row", line, message, "Number the rows from 0, the depot being 0.")
        else:
            yield _node(line, words, faults)


def _node(line: int, words: list[str], faults: Faults) -> StatedNode:
    first, last = faults.window(line, words[4:6])
    return StatedNode(
        x=faults.coordinate(line, "x", words[1]),
        y=faults.coordinate(line, "y", words[2]),
        demand=faults.whole(line, "the demand", words[3]),
        first=first,
        last=last,
        service=faults.number(line, "the service time", words[6]),
    )
