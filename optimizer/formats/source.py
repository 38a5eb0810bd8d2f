"""One way in for files: whatever a path names becomes a problem, with the streets that lie beside it.

A further file format is one more :class:`Reader` in :data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.errors import InvalidProblem, Issue, SourceError
from optimizer.formats.benchmark import BenchmarkInstance, looks_like_instance, read_instance
from optimizer.formats.json import plan_from_json, problem_from_json
from optimizer.formats.origin import Origin, Reading
from optimizer.formats.tables import read_tables
from optimizer.plan import Plan
from optimizer.problem import Horizon, Problem
from optimizer.travel import TravelMatrix
from optimizer.validate import ERROR_CODES, validate_problem

MAX_JSON_BYTES = 256 * 2**20
"""Bytes of a JSON file that are read."""

STREETS_FOLDER = "streets"
STREET_TABLES = ("nodes.csv", "edges.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A sound problem from a file, and what came with it.

    Attributes
    ----------
    streets_path
        What :func:`optimizer.travel.read_streets` reads, where streets lie beside the problem.
    matrix_path
        The travel matrix (``.npz``) of the problem's own name that lies beside it, where one does.
    warnings
        What the reader wants noticed, e.g. columns that were not read.
    origin
        The cell behind each fact; ``origin.located(issues)`` leads issues back to rows.
    instance
        The public benchmark instance that the file states, if it does.
    """

    problem: Problem
    streets_path: Path | None = None
    matrix_path: Path | None = None
    warnings: tuple[Issue, ...] = ()
    origin: Origin = field(default_factory=Origin)
    instance: BenchmarkInstance | None = None

    @property
    def travel(self) -> TravelMatrix | None:
        """The travel matrix that came with the problem, if one did: no other may be used."""
        return None if self.instance is None else self.instance.travel


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One kind of file: what it is called, how it is recognised, and how it is read."""

    kind: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], Reading]


def read_source(path: Path) -> Source:
    """The problem that `path` names: tables (folder, zip archive, workbook), a JSON file, or a benchmark instance.

    Raises
    ------
    SourceError
        With every fault of the files.
    InvalidProblem
        With every contradiction among the facts, led back to file, row and column where they came from tables.
    """
    reading = _reader_of(path).read(path)
    travel = None if reading.instance is None else reading.instance.travel
    issues = reading.origin.located(validate_problem(reading.problem, travel))
    errors = [issue for issue in issues if issue.code in ERROR_CODES]
    if errors:
        raise InvalidProblem([*errors, *reading.warnings])
    return Source(
        problem=reading.problem,
        streets_path=_streets_beside(path) if travel is None else None,
        matrix_path=_matrix_beside(path) if travel is None else None,
        warnings=reading.warnings,
        origin=reading.origin,
        instance=reading.instance,
    )


def read_plan(path: Path, horizon: Horizon | None = None) -> Plan:
    """The plan in a JSON file; `horizon` is needed where its times are date-times.

    Raises
    ------
    SourceError
        With every fault of the file.
    """
    return plan_from_json(_bytes_of(path), horizon)


def _reader_of(path: Path) -> Reader:
    if not path.exists():
        message = f"there is no file or folder {str(path)!r}."
        raise SourceError([Issue(code="not-found", path=str(path), message=message, hint="Correct the path.")])
    for reader in READERS:
        if reader.recognises(path):
            return reader
    message = f"{path.name!r} is none of the kinds that are read."
    hint = f"Give {', '.join(reader.kind for reader in READERS)}."
    raise SourceError([Issue(code="not-a-source", path=str(path), message=message, hint=hint)])


def _read_json(path: Path) -> Reading:
    return Reading(problem=problem_from_json(_bytes_of(path)))


def _read_benchmark(path: Path) -> Reading:
    instance = read_instance(path)
    return Reading(problem=instance.problem, instance=instance)


def _bytes_of(path: Path) -> bytes:
    try:
        num_bytes = path.stat().st_size
        if num_bytes <= MAX_JSON_BYTES:
            return path.read_bytes()
    except OSError as error:
        issue = Issue(code="not-readable", path=str(path), message=f"it cannot be opened: {error.strerror}.")
        raise SourceError([issue]) from None
    message = f"it has {num_bytes / 2**20:,.0f} MB; at most {MAX_JSON_BYTES // 2**20} MB are read."
    raise SourceError([Issue(code="too-large", path=path.name, message=message, hint="Split the problem.")])


def _has_suffix(*suffixes: str) -> Callable[[Path], bool]:
    return lambda path: path.suffix.lower() in suffixes


READERS: tuple[Reader, ...] = (
    Reader(kind="a folder of CSV tables", recognises=Path.is_dir, read=read_tables),
    Reader(kind="a workbook (.xlsx)", recognises=_has_suffix(".xlsx", ".xlsm"), read=read_tables),
    Reader(kind="a zip archive of CSV tables", recognises=_has_suffix(".zip"), read=read_tables),
    Reader(kind="a benchmark instance (.txt, .vrp, .json.gz)", recognises=looks_like_instance, read=_read_benchmark),
    Reader(kind="a JSON file", recognises=_has_suffix(".json"), read=_read_json),
)
"""Every kind of file that states a problem; the first that recognises a path reads it."""


def _streets_beside(path: Path) -> Path | None:
    """A folder ``streets`` in the folder of the tables, or that folder itself where it holds both street tables."""
    folder = path if path.is_dir() else path.parent
    if (folder / STREETS_FOLDER).is_dir():
        return folder / STREETS_FOLDER
    return folder if all((folder / name).is_file() for name in STREET_TABLES) else None


def _matrix_beside(path: Path) -> Path | None:
    """``day.npz`` beside ``day.json``, ``day.xlsx``, ``day.zip`` or the folder ``day``."""
    matrix = path.with_suffix(".npz")
    return matrix if matrix.is_file() else None
