"""One way in and one way out for streets on disk."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from optimizer.errors import Issue, SourceError
from optimizer.travel.street_tables import read_tables, write_tables
from optimizer.travel.streets import StreetGraph

_KINDS = "a folder with nodes.csv and edges.csv, GraphML, GeoJSON, GeoPackage, Shapefile, or OpenStreetMap PBF or XML"


def read_streets(path: Path) -> StreetGraph:
    """Streets from `path`: a folder of tables, or one file in any of the formats below.

    ========================================  ====================================================================
    folder, ``edges.csv``, ``edges.csv.gz``   :mod:`optimizer.travel.street_tables`
    ``.graphml``                              NetworkX or OSMnx (:mod:`optimizer.travel.street_graphml`)
    ``.geojson``, ``.json``, ``.gpkg``, ``.shp``  lines (:mod:`optimizer.travel.street_lines`)
    ``.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``  OpenStreetMap (:mod:`optimizer.travel.street_osm`)
    ========================================  ====================================================================

    An ``.xml`` file is GraphML or OpenStreetMap by its content.

    Raises
    ------
    SourceError
        If the file is missing, of no such format, broken, or wrong in any row; carries every issue found.
    """
    path = Path(path)
    if not path.exists():
        raise SourceError([Issue(code="file-missing", path=str(path), message="does not exist.")])
    streets = _read(path, _reader_of(path))
    if not streets.num_edges:
        message = "holds no street that anybody may use."
        raise SourceError([Issue(code="streets-empty", path=str(path), message=message)])
    return streets


def write_streets(streets: StreetGraph, folder: Path) -> None:
    """Write `streets` as ``nodes.csv`` and ``edges.csv``, which :func:`read_streets` reads back equal."""
    write_tables(streets, Path(folder))


def _read(path: Path, reader: Callable[[Path], StreetGraph]) -> StreetGraph:
    try:
        return reader(path)
    except SourceError:
        raise
    except (OSError, EOFError, RuntimeError, ValueError, SyntaxError, csv.Error) as error:
        message = f"cannot be read: {error}."
        raise SourceError([Issue(code="file-broken", path=str(path), message=message)]) from error


def _reader_of(path: Path) -> Callable[[Path], StreetGraph]:
    name = path.name.lower()
    if path.is_dir():
        return read_tables
    if name.endswith(("edges.csv", "edges.csv.gz")):
        return lambda path: read_tables(path.parent)
    if name.endswith(".graphml") or (name.endswith(".xml") and b"<graphml" in _head(path)):
        from optimizer.travel.street_graphml import read_graphml

        return read_graphml
    if name.endswith((".geojson", ".json", ".gpkg", ".shp")):
        from optimizer.travel.street_lines import read_lines

        return read_lines
    if name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2")) or (name.endswith(".xml") and b"<osm" in _head(path)):
        from optimizer.travel.street_osm import read_osm

        return read_osm
    issue = Issue(code="format-unknown", path=str(path), message="is not a street file.", hint=f"Give {_KINDS}.")
    raise SourceError([issue])


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2000)
