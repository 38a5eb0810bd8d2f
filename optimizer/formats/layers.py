"""Map layers in: stations and elders from GeoPackage, GeoJSON, Shapefile or whatever else GDAL reads.

Attributes go by the names of the columns of tables (:mod:`optimizer.formats.columns`); places come from the geometry,
whatever its coordinate system.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.errors import Issue, Severity, SourceError
from optimizer.formats.cells import Cell, CellContext
from optimizer.formats.columns import ELDERS, STATIONS, Table, fold
from optimizer.formats.grids import MAX_ROWS, Grid, Grids
from optimizer.formats.headers import match_header
from optimizer.formats.records import Record, build, read_records
from optimizer.problem import Elder, Station

if TYPE_CHECKING:
    import geopandas

WGS84 = "EPSG:4326"
LAYER_SUFFIXES = {".geojson", ".gpkg", ".shp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What a layer gave, and what the reader wants noticed."""

    stations: tuple[Station, ...] = ()
    elders: tuple[Elder, ...] = ()
    warnings: tuple[Issue, ...] = ()


def read_stations_layer(path: Path, layer: str | None = None) -> Layer:
    """Stations of a layer (without waves: those are a table of their own); areas stand for their inner point.

    Raises
    ------
    SourceError
        With every fault; paths name file, feature (1 is the first) and attribute.
    """
    records, warnings = _records(path, layer, STATIONS)
    return Layer(stations=tuple(build(Station, record.values) for record in records), warnings=warnings)


def read_elders_layer(path: Path, layer: str | None = None) -> Layer:
    """Elders of a layer; areas stand for their inner point.

    Raises
    ------
    SourceError
        With every fault; paths name file, feature (1 is the first) and attribute.
    """
    records, warnings = _records(path, layer, ELDERS)
    return Layer(elders=tuple(build(Elder, record.values) for record in records), warnings=warnings)


def grids_of_layers(folder: Path) -> Grids:
    """Every map layer in `folder` that is named like the table of stations or of elders, as that table."""
    names = {fold(name) for table in (STATIONS, ELDERS) for name in (table.name, table.name_zh, *table.aliases)}
    paths = (path for path in sorted(folder.iterdir()) if is_layer(path.name) and fold(path.stem) in names)
    grids: list[Grid] = []
    issues: list[Issue] = []
    for path in paths:
        try:
            grids.append(_layer_grid(path, None))
        except SourceError as error:
            issues += error.issues
    return grids, issues


def is_layer(name: str) -> bool:
    """Whether a file of that name is a map layer, which states its own coordinate system."""
    return Path(name).suffix.lower() in LAYER_SUFFIXES


def _records(path: Path, layer: str | None, table: Table) -> tuple[list[Record], tuple[Issue, ...]]:
    headed, issues = match_header(table, _layer_grid(path, layer))
    records: list[Record] = []
    if headed is not None:
        records, more = read_records(headed, CellContext())
        issues += more
    if any(issue.severity is Severity.ERROR for issue in issues):
        raise SourceError(issues)
    return records, tuple(issues)


def _layer_grid(path: Path, layer: str | None) -> Grid:
    frame = _frame(path, layer)
    issues = list(_place_faults(path, frame))
    if issues:
        raise SourceError(issues)
    return _grid(path, frame.to_crs(WGS84))


def _frame(path: Path, layer: str | None) -> geopandas.GeoDataFrame:
    """The layer as it comes; GeoPandas is loaded only when a layer is read."""
    import geopandas

    if not path.exists():
        message = f"there is no file {str(path)!r}."
        raise SourceError([Issue(code="not-found", path=str(path), message=message, hint="Correct the path.")])
    try:
        names = geopandas.list_layers(path)["name"].tolist()
        if layer is None and len(names) > 1:
            raise SourceError([_several_layers(path, names)])
        return geopandas.read_file(path, layer=layer)
    except (RuntimeError, ValueError) as error:  # what GDAL refuses comes as RuntimeError
        hint = "Give a GeoPackage, GeoJSON or Shapefile, and a layer that it has."
        issue = Issue(code="not-readable", path=path.name, message=f"it is no map layer ({error}).", hint=hint)
        raise SourceError([issue]) from None


def _several_layers(path: Path, names: list[str]) -> Issue:
    message = f"it has several layers: {', '.join(names)}."
    return Issue(code="not-readable", path=path.name, message=message, hint="Say which one is meant.")


def _place_faults(path: Path, frame: Any) -> Iterator[Issue]:
    """A layer without coordinate system or with too many features, and features without a place."""
    if len(frame) > MAX_ROWS:
        message = f"it has {len(frame):,} features; at most {MAX_ROWS:,} are read."
        yield Issue(code="too-large", path=path.name, message=message, hint="Keep the district planned for.")
    if getattr(frame, "crs", None) is None:
        message = "the layer does not say in which coordinate system its places are."
        hint = "Save it with its coordinate system, e.g. EPSG:4326."
        yield Issue(code="bad-place", path=path.name, message=message, hint=hint)
        return
    for number, geometry in enumerate(frame.geometry, start=1):
        if geometry is None or geometry.is_empty:
            hint = "Draw its place, or delete it."
            yield Issue(code="bad-place", path=f"{path.name}:{number}", message="the feature has no place.", hint=hint)


def _grid(path: Path, frame: Any) -> Grid:
    """The layer as a table: attributes, longitude and latitude; the header is row 0, so rows number the features."""
    attributes = frame.drop(columns=[frame.geometry.name, "lon", "lat"], errors="ignore")
    points = frame.geometry.representative_point()
    header = (*(str(name) for name in attributes.columns), "lon", "lat")
    values = attributes.astype(object).where(attributes.notna(), None).to_numpy().tolist()
    rows: list[tuple[Cell, ...]] = [header]
    rows += [(*row, x, y) for row, x, y in zip(values, points.x.tolist(), points.y.tolist(), strict=True)]
    return Grid(name=path.stem, label=path.name, rows=tuple(enumerate(rows)))
