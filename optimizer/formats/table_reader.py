"""Tables of a clerk into a problem: a folder of CSV files, a zip archive of them, or one .xlsx workbook.

Only elders, visits and workers must be there. Every fault of every cell is told at once with file, row and column, and
nothing is half read. A column that the table does not have is an error where its name resembles one that it has (it is
a misspelling, and leaving it out would lose facts), and otherwise a warning, so that clerks may keep columns of their
own; the same holds for files and sheets. A table without rows counts as absent.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from optimizer.errors import Issue, Severity, SourceError
from optimizer.formats.cells import CellContext
from optimizer.formats.columns import BREAKS, SETTINGS, SHIFTS, STATIONS, TABLES, WAVES, WORKERS, Table
from optimizer.formats.enum_words import CoordinateSystem
from optimizer.formats.grids import Grid, Grids, grids_of_archive, grids_of_folder, grids_of_workbook
from optimizer.formats.headers import match_header, missing_tables, tables_among
from optimizer.formats.issues import did_you_mean
from optimizer.formats.layers import grids_of_layers, is_layer
from optimizer.formats.origin import Origin, Reading, RowOrigin
from optimizer.formats.records import Record, Values, build, inside, read_records, read_settings, to_wgs84
from optimizer.problem import Location, MealType, Problem, Shift, TimeWindow

ASSUMED_FIRST_DATE = dt.date(2000, 1, 1)
"""First day of a problem whose tables do not say one."""


def read_tables(path: Path) -> Reading:
    """Read a folder of CSV files, a zip archive of them, or an .xlsx workbook.

    Raises
    ------
    SourceError
        With every fault of every table; whether the facts agree with each other is for
        :func:`optimizer.validate.validate_problem`, whose issues ``origin.located`` leads back to rows.
    """
    grids, issues = _grids_of(path)
    if not grids and not issues:
        issues = [_no_tables(path)]
    if issues:
        raise SourceError(issues)
    return problem_of_grids(grids, path.stem)


def _grids_of(path: Path) -> Grids:
    if path.is_dir():
        tables, layers = grids_of_folder(path), grids_of_layers(path)
        return [*tables[0], *layers[0]], [*tables[1], *layers[1]]
    return grids_of_archive(path) if path.suffix.lower() == ".zip" else grids_of_workbook(path)


def _no_tables(path: Path) -> Issue:
    message = "it holds no table." if path.suffix else "the folder holds no table (no file ending in .csv or .tsv)."
    hint = "Give the folder with elders.csv, visits.csv and workers.csv; `yizhan template` makes a workbook to fill."
    return Issue(code="not-a-source", path=path.name, message=message, hint=hint)


def problem_of_grids(grids: Iterable[Grid], name: str) -> Reading:
    """The problem that `grids` state; `name` is its name where they do not say one.

    Raises
    ------
    SourceError
        With every fault of every table.
    """
    grid_by_table, issues = tables_among(grids)
    issues += missing_tables(grid_by_table)
    settings = grid_by_table.pop(SETTINGS.name, None)
    values, origins, more = read_settings(settings) if settings else ({}, {}, [])
    issues += more
    context = CellContext(first_date=values.get("horizon.first_date"))
    records: dict[str, list[Record]] = {}
    for table in (table for table in TABLES if table.name in grid_by_table):
        headed, more = match_header(table, grid_by_table[table.name])
        issues += more
        if headed is not None:
            records[table.name], more = read_records(headed, context)
            issues += more + _no_rows(table, headed.label, records[table.name])
    _raise_errors(issues)
    _raise_errors(list(chain(_orphans(records), _shift_faults(records))))
    warnings = [*issues, *_no_first_date(context)]
    return _assembled(values, origins, records, name, tuple(warnings))


def _raise_errors(issues: Sequence[Issue]) -> None:
    if any(issue.severity is Severity.ERROR for issue in issues):
        raise SourceError(issues)


def _no_rows(table: Table, label: str, records: Sequence[Record]) -> list[Issue]:
    if records or not table.required:
        return []
    message, hint = f"the table {table.name!r} has no rows.", "Fill it, if there is anything to plan."
    return [Issue(code="empty-table", path=label, message=message, hint=hint, severity=Severity.WARNING)]


def _no_first_date(context: CellContext) -> Iterator[Issue]:
    if context.first_date is None:
        yield Issue(
            code="no-first-date",
            path=SETTINGS.name,
            message=f"no table says which day is planned; it is taken to be {ASSUMED_FIRST_DATE}.",
            hint="Add first_date to the settings.",
            severity=Severity.WARNING,
        )


# Rows that belong to rows


Records = Mapping[str, Sequence[Record]]


def _shift_keys(records: Records) -> set[tuple[Any, ...]]:
    hours = (
        (record.values["worker_id"], shift.shift_id)
        for record in records.get("workers", ())
        for shift in _hours_of(record.values, {})
    )
    return {record.key(("worker_id", "shift_id")) for record in records.get("shifts", ())} | set(hours)


def _orphans(records: Records) -> Iterator[Issue]:
    """Rows of waves, shifts and breaks whose station, worker or shift has no row."""
    keys = {
        "stations": {record.key(("station_id",)) for record in records.get("stations", ())},
        "workers": {record.key(("worker_id",)) for record in records.get("workers", ())},
        "shifts": _shift_keys(records),
    }
    for table in (table for table in TABLES if table.parent is not None):
        parent, fields = table.parent or ("", ())
        for record in records.get(table.name, ()):
            if record.key(fields) not in keys[parent]:
                yield _unknown_owner(record, fields, parent, keys[parent])


def _unknown_owner(record: Record, fields: Sequence[str], parent: str, known: set[tuple[Any, ...]]) -> Issue:
    owner = " / ".join(record.key(fields))
    return Issue(
        code="unknown-parent",
        path=record.origin.cell(fields[-1]),
        message=f"there is no row {owner!r} in {parent}.",
        hint=did_you_mean(owner, [" / ".join(key) for key in known]) or f"Correct it, or add the row to {parent}.",
    )


def _shift_faults(records: Records) -> Iterator[Issue]:
    row_by_worker = {record.values["worker_id"]: record.origin.row for record in reversed(records.get("shifts", ()))}
    for record in records.get("workers", ()):
        row = row_by_worker.get(record.values["worker_id"])
        if row is not None and "shifts" in record.values:
            message = f"worker {record.values['worker_id']!r} has shifts here and in row {row} of shifts."
            path = record.origin.cell("shifts")
            yield Issue(code="shift-stated-twice", path=path, message=message, hint="State them in one place.")
    station_ids = {record.values["station_id"] for record in records.get("stations", ())}
    for record in records.get("shifts", ()):
        for side in ("start", "end"):
            yield from _shift_place_faults(record, side, station_ids)


def _shift_place_faults(record: Record, side: str, station_ids: set[str]) -> Iterator[Issue]:
    station_id = record.values.get(f"{side}_station_id")
    path = record.origin.cell(f"{side}_station_id")
    if station_id is not None and station_id not in station_ids:
        hint = did_you_mean(station_id, station_ids) or "Correct it, or add the row to stations."
        message = f"there is no row {station_id!r} in stations."
        yield Issue(code="unknown-parent", path=path, message=message, hint=hint)
    if station_id is not None and f"{side}_place.lon" in record.values:
        message = f"the {side} is stated twice: as station {station_id!r} and by longitude and latitude."
        yield Issue(code="bad-cell", path=path, message=message, hint="Keep one of the two.")


# Putting the problem together


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """An object of the problem, the row it came from, and the objects inside it with theirs."""

    thing: Any
    origin: RowOrigin
    inner: Mapping[str, Sequence[_Built]] = field(default_factory=dict)

    def rows(self, path: str) -> Iterator[tuple[str, RowOrigin]]:
        yield path, self.origin
        for name, parts in self.inner.items():
            for idx, part in enumerate(parts):
                yield from part.rows(f"{path}.{name}[{idx}]")


def _assembled(
    values: Values, setting_origins: dict[str, RowOrigin], raw: Records, name: str, warnings: tuple[Issue, ...]
) -> Reading:
    system = values.get("coordinates", CoordinateSystem.WGS84)
    records = {table.name: _in_wgs84(table, raw[table.name], system) for table in TABLES if table.name in raw}
    built = {**_plain(records), "stations": _stations(records), "workers": _workers(records)}
    facts = {name: tuple(item.thing for item in items) for name, items in built.items()}
    if not built.get("modes"):
        facts.pop("modes", None)
    if not built.get("meal_types"):
        facts["meal_types"] = _mentioned_meal_types(facts)
    settings = {"name": name, "horizon.first_date": ASSUMED_FIRST_DATE, **values}
    settings.pop("coordinates", None)
    row_by_path = dict(setting_origins)
    for table_name, items in built.items():
        for idx, item in enumerate(items):
            row_by_path.update(item.rows(f"{table_name}[{idx}]"))
    problem = build(Problem, {**settings, **facts})
    return Reading(problem=problem, origin=Origin(row_by_path=row_by_path), warnings=warnings)


def _in_wgs84(table: Table, records: Sequence[Record], system: CoordinateSystem) -> Sequence[Record]:
    """Records with places in WGS 84; a map layer states its own system and is there already."""
    is_stated_by_file = bool(records) and is_layer(records[0].origin.label)
    return records if is_stated_by_file else to_wgs84(table, records, system)


def _plain(records: Records) -> dict[str, list[_Built]]:
    """The tables whose rows neither own other rows nor belong to one."""
    family = {STATIONS, WAVES, WORKERS, SHIFTS, BREAKS}
    tables = (table for table in TABLES if table.name in records and table not in family)
    return {table.name: [_built(table, record) for record in records[table.name]] for table in tables}


def _built(table: Table, record: Record, **inner: Sequence[_Built]) -> _Built:
    outside = {*table.extra, *(table.parent[1] if table.parent else ())}
    values = {field: value for field, value in record.values.items() if field not in outside}
    values |= {name: tuple(part.thing for part in parts) for name, parts in inner.items()}
    return _Built(thing=build(table.model, values), origin=record.origin, inner=inner)


def _stations(records: Records) -> list[_Built]:
    waves = _by_owner("waves", ("station_id",), records)
    return [
        _built(STATIONS, record, waves=[_built(WAVES, wave) for wave in waves[record.key(("station_id",))]])
        for record in records.get("stations", ())
    ]


def _workers(records: Records) -> list[_Built]:
    place_by_station = {
        record.values["station_id"]: build(Location, inside("place", record.values))
        for record in records.get("stations", ())
    }
    shifts = _by_owner("shifts", ("worker_id",), records)
    breaks = _by_owner("breaks", ("worker_id", "shift_id"), records)

    def worker(record: Record) -> _Built:
        worker_id = record.values["worker_id"]
        built = [shift(row) for row in shifts[record.key(("worker_id",))]]
        for hours in _hours_of(record.values, place_by_station):
            rests = [_built(BREAKS, row) for row in breaks[worker_id, hours.shift_id]]
            thing = replace(hours, breaks=tuple(rest.thing for rest in rests))
            built.append(_Built(thing=thing, origin=_hours_origin(record), inner={"breaks": rests}))
        return _built(WORKERS, record, shifts=built)

    def shift(record: Record) -> _Built:
        rests = [_built(BREAKS, row) for row in breaks[record.key(("worker_id", "shift_id"))]]
        built = _built(SHIFTS, record, breaks=rests)
        places = {
            f"{side}_place": place_by_station[record.values[f"{side}_station_id"]]
            for side in ("start", "end")
            if f"{side}_station_id" in record.values
        }
        return replace(built, thing=replace(built.thing, **places))

    return [worker(record) for record in records["workers"]]


def _by_owner(table: str, fields: Sequence[str], records: Records) -> defaultdict[tuple[Any, ...], list[Record]]:
    rows: defaultdict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records.get(table, ()):
        rows[record.key(fields)].append(record)
    return rows


def _hours_of(values: Values, place_by_station: Mapping[str, Location]) -> list[Shift]:
    """The shifts of a worker's own row, ``shift-1`` first; they start and end at the worker's station."""
    windows: tuple[TimeWindow, ...] = values.get("shifts", ())
    place = place_by_station.get(values.get("station_id", ""))
    return [
        Shift(
            shift_id=f"shift-{number}",
            start_s=window.start_s,
            end_s=window.end_s,
            soft_end_s=window.soft_end_s,
            start_place=place,
            end_place=place,
        )
        for number, window in enumerate(windows, start=1)
    ]


def _hours_origin(record: Record) -> RowOrigin:
    """Where a shift of a worker's own row stands: the one cell that states both its ends."""
    header = record.origin.headers["shifts"]
    return replace(record.origin, headers=dict.fromkeys(("start_s", "end_s", "soft_end_s"), header))


def _mentioned_meal_types(facts: Mapping[str, tuple[Any, ...]]) -> tuple[MealType, ...]:
    """A plain meal type for every one that a wave or visit names."""
    waves = (wave.portions for station in facts["stations"] for wave in station.waves)
    demands = (visit.demand for visit in facts["visits"])
    return tuple(MealType(meal_type=name) for name in sorted(set(chain.from_iterable(chain(waves, demands)))))
