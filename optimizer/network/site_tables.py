"""Tables of candidate sites and of communities: read from CSV or a workbook, written so that they can be edited."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import Issue, Severity, SourceError
from optimizer.formats.cells import CellContext
from optimizer.formats.columns import Column, Table
from optimizer.formats.grids import Grid, grids_of_text_file, grids_of_workbook
from optimizer.formats.headers import match_header
from optimizer.formats.records import Record, build, read_records
from optimizer.network.sites import Community, CommunityKind, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRow:
    """One row of the table of communities."""

    community: str
    is_village: bool = False
    is_pilot: bool = False


SITES = Table(
    name="sites",
    name_zh="拟建站点",
    model=Site,
    ids=("site_id",),
    doc="Sites that are open or may be opened.",
    doc_zh="已有和拟建的站点。",
)
COMMUNITIES = Table(
    name="communities",
    name_zh="社区",
    model=CommunityRow,
    ids=("community",),
    doc="Communities that are villages or pilots.",
    doc_zh="社区的类型和试点。",
)


def read_sites(path: Path) -> tuple[Site, ...]:
    """Sites from a .csv file or the first sheet of a workbook.

    Raises
    ------
    SourceError
        With every fault, by file, row and column.
    """
    return tuple(_read(path, SITES))


def read_communities(path: Path) -> tuple[Community, ...]:
    """Communities from a .csv file or the first sheet of a workbook.

    Raises
    ------
    SourceError
        With every fault, by file, row and column.
    """
    return tuple(
        Community(
            community=row.community,
            kind=CommunityKind.VILLAGE if row.is_village else CommunityKind.URBAN,
            is_pilot=row.is_pilot,
        )
        for row in _read(path, COMMUNITIES)
    )


def write_sites(sites: Sequence[Site], path: Path) -> None:
    """Write `sites` as a CSV file that :func:`read_sites` reads back equal."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([column.header for column in SITES.columns])
        rows.writerows([_cell(site, column) for column in SITES.columns] for site in sites)


def _cell(site: Site, column: Column) -> Any:
    value: Any = site
    for name in column.field.split("."):
        value = getattr(value, name)
    return "" if value is None else column.kind.write(value, CellContext())


def _read(path: Path, table: Table) -> list[Any]:
    grid = _grid(path)
    headed, issues = match_header(table, grid)
    records: list[Record] = []
    if headed is not None:
        records, more = read_records(headed, CellContext())
        issues += more
    if any(issue.severity is Severity.ERROR for issue in issues):
        raise SourceError(issues)
    return [build(table.model, record.values) for record in records]


def _grid(path: Path) -> Grid:
    if not path.is_file():
        message = f"there is no file {str(path)!r}."
        raise SourceError([Issue(code="not-found", path=str(path), message=message, hint="Correct the path.")])
    reads = grids_of_workbook if path.suffix.lower() == ".xlsx" else grids_of_text_file
    grids, issues = reads(path)
    if issues or not grids:
        message = "it has no table."
        raise SourceError(issues or [Issue(code="not-readable", path=path.name, message=message, hint="Add one.")])
    return grids[0]
