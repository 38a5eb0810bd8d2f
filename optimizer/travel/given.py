"""Travel matrices that somebody else made: in memory, as archives, or as long tables."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Issue, SourceError
from optimizer.problem import Location, TravelMode
from optimizer.travel.matrix import UNREACHABLE, WALK, TravelMatrix
from optimizer.travel.matrix_files import read_matrix

_UNSET = -2
_NUM_EXAMPLES = 3
_Key = str | tuple[float, float]


def given_matrix(given: TravelMatrix | Path, places: Sequence[Location], modes: Sequence[TravelMode]) -> TravelMatrix:
    """The part of a given matrix that concerns `places`, in their order, for `modes` and with their peaks.

    A path leads to an archive (``.npz``, see :mod:`optimizer.travel.matrix_files`) or a long table (``.csv``, see
    :func:`read_long_table`). A place is found by its ``place_id`` where it has one and by its coordinates otherwise.
    Walking is kept where the source has it, even if `modes` lack it.

    Raises
    ------
    SourceError
        If the source is broken, or lacks a place or a mode, or its figures contradict each other; carries every issue.
    """
    if isinstance(given, Path) and given.suffix == ".csv":
        travel = read_long_table(given, places, modes)
    else:
        travel = _select(read_matrix(given) if isinstance(given, Path) else given, places, modes)
    issues = [issue for mode in travel.duration_s for issue in _mode_issues(travel, mode)]
    if issues:
        raise SourceError(issues)
    return travel


def read_long_table(path: Path, places: Sequence[Location], modes: Sequence[TravelMode]) -> TravelMatrix:
    """Matrix from a CSV file with one row per pair: ``from``, ``to``, ``duration_s``, ``distance_m``, perhaps ``mode``.

    Places are written as their ``place_id`` or as ``"lon,lat"``; rows of other places and modes are passed over. A
    duration left empty means that there is no way. Without a column ``mode`` the figures hold for all `modes`. Pairs
    of a place with itself may be left out.

    Raises
    ------
    SourceError
        If a column, a figure or a pair is missing or wrong; carries every issue.
    """
    table = _LongTable(path, places, modes)
    try:
        table.read()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        issue = Issue(code="file-broken", path=str(path), message=f"cannot be read: {error}.")
        raise SourceError([issue]) from error
    table.note_missing_pairs()
    if table.issues:
        raise SourceError(table.issues)
    kept = [mode for mode in table.duration_s if (table.duration_s[mode] != _UNSET).any()]
    return TravelMatrix(
        places=tuple(places),
        duration_s={mode: table.duration_s[mode] for mode in kept},
        distance_m={mode: table.distance_m[mode] for mode in kept},
        peaks={mode.mode: mode.peaks for mode in modes if mode.peaks},
        source=f"given in {path.name}",
    )


class _LongTable:
    """The matrices being filled, and every fault met on the way."""

    def __init__(self, path: Path, places: Sequence[Location], modes: Sequence[TravelMode]) -> None:
        self.issues: list[Issue] = []
        self._path = path
        self._places = places
        self._needed = [mode.mode for mode in modes]
        self._idx_by_key = _idx_by_key(places)
        shape = (len(places), len(places))
        names = dict.fromkeys([*self._needed, WALK])
        self.duration_s = {mode: np.full(shape, _UNSET, dtype=np.int32) for mode in names}
        self.distance_m = {mode: np.full(shape, _UNSET, dtype=np.int32) for mode in names}

    def read(self) -> None:
        """Fill the matrices from the file's rows."""
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = {"from", "to", "duration_s", "distance_m"} - set(rows.fieldnames or ())
            for column in sorted(missing):
                self._note("column-missing", f"1:{column}", f"there is no column {column}.", "Add it.")
            for row in () if missing else rows:
                self._read_row(rows.line_num, row)

    def note_missing_pairs(self) -> None:
        """Set each place's way to itself, and note which other pairs have none (modes nobody needs excepted)."""
        for mode in self.duration_s:
            if mode in self._needed or (self.duration_s[mode] != _UNSET).any():
                self._complete(mode)

    def _complete(self, mode: str) -> None:
        for matrix in (self.duration_s[mode], self.distance_m[mode]):
            diagonal = np.einsum("ii->i", matrix)
            diagonal[diagonal == _UNSET] = 0
        missing = np.argwhere(self.duration_s[mode] == _UNSET)
        if len(missing) and not self.issues:
            message = f"{len(missing)} pairs are missing for mode {mode!r}, such as {_examples(self._places, missing)}."
            self._note("pair-missing", "from,to", message, "Add a row for each; leave duration_s empty for no way.")

    def _read_row(self, line: int, row: dict[str, str]) -> None:
        origin, destination = (self._idx_by_key.get(_key(row[end] or "")) for end in ("from", "to"))
        if origin is None or destination is None:
            return
        duration_s = self._figure(line, row, "duration_s")
        distance_m = self._figure(line, row, "distance_m") if duration_s != UNREACHABLE else UNREACHABLE
        for mode in [row["mode"].strip()] if row.get("mode") else self._needed:
            if mode in self.duration_s:
                if self.duration_s[mode][origin, destination] != _UNSET:
                    pair = f"{row['from']} -> {row['to']}"
                    self._note("pair-repeated", f"{line}", f"{pair} is listed twice for {mode!r}.", "Remove one row.")
                self.duration_s[mode][origin, destination] = duration_s
                self.distance_m[mode][origin, destination] = distance_m

    def _figure(self, line: int, row: dict[str, str], column: str) -> int:
        text = (row[column] or "").strip()
        if text in {"", str(UNREACHABLE)}:
            return UNREACHABLE
        if not text.isdecimal() or int(text) > np.iinfo(np.int32).max:
            message = f"{text!r} is not a whole number, 0 or more."
            self._note("number-wrong", f"{line}:{column}", message, "Correct it, or leave it empty for no way.")
            return 0
        return int(text)

    def _note(self, code: str, where: str, message: str, hint: str) -> None:
        self.issues.append(Issue(code=code, path=f"{self._path.name}:{where}", message=message, hint=hint))


def _idx_by_key(places: Sequence[Location]) -> dict[_Key, int]:
    """Position of each place by its id, or by its coordinates where it has none."""
    return {place.place_id or (place.lon, place.lat): idx for idx, place in enumerate(places)}


def _key(cell: str) -> _Key:
    lon, comma, lat = cell.partition(",")
    try:
        return (float(lon), float(lat)) if comma else cell.strip()
    except ValueError:
        return cell.strip()


def _select(given: TravelMatrix, places: Sequence[Location], modes: Sequence[TravelMode]) -> TravelMatrix:
    row_by_key = {(place.lon, place.lat): row for row, place in enumerate(given.places)} | _idx_by_key(given.places)
    rows = [row_by_key.get(place.place_id or (place.lon, place.lat)) for place in places]
    needed = {mode.mode: mode.peaks for mode in modes}
    lost = [place for place, row in zip(places, rows, strict=True) if row is None]
    issues = [_lost_issue("place-missing", f"place {place}", "Add its row and column.") for place in lost]
    issues += [
        _lost_issue("mode-missing", f"mode {mode!r}", "Add its matrices.") for mode in needed.keys() - given.duration_s
    ]
    if issues:
        raise SourceError(issues)
    kept = [mode for mode in given.duration_s if mode in needed or mode == WALK]
    area: Any = np.ix_(np.array(rows), np.array(rows))
    return TravelMatrix(
        places=tuple(places),
        duration_s={mode: given.duration_s[mode][area] for mode in kept},
        distance_m={mode: given.distance_m[mode][area] for mode in kept},
        peaks={mode: needed[mode] for mode in kept if needed.get(mode)},
        source=given.source or "given matrix",
    )


def _lost_issue(code: str, what: str, hint: str) -> Issue:
    return Issue(code=code, path="matrix", message=f"{what} is not in the given matrix.", hint=hint)


def _mode_issues(travel: TravelMatrix, mode: str) -> list[Issue]:
    duration_s, distance_m = travel.duration_s[mode], travel.distance_m[mode]
    itself = np.eye(len(travel.places), dtype=np.bool_)
    laws = (
        (
            "negative",
            (duration_s < UNREACHABLE) | (distance_m < UNREACHABLE),
            "a figure below -1",
            "Write -1 for no way.",
        ),
        ("diagonal", itself & ((duration_s != 0) | (distance_m != 0)), "a way from a place to itself", "Make it 0."),
        (
            "one-sided",
            (duration_s < 0) != (distance_m < 0),
            "only one of duration and distance",
            "Give both or neither.",
        ),
    )
    return [
        Issue(
            code=f"matrix-{code}",
            path=f"matrix:{mode}",
            message=f"{int(wrong.sum())} pairs have {what}, such as {_examples(travel.places, np.argwhere(wrong))}.",
            hint=hint,
        )
        for code, wrong, what, hint in laws
        if wrong.any()
    ]


def _examples(places: Sequence[Location], pairs: NDArray[np.int64]) -> str:
    names = [place.place_id or f"{place.lon},{place.lat}" for place in places]
    return "; ".join(f"{names[origin]} -> {names[destination]}" for origin, destination in pairs[:_NUM_EXAMPLES])
