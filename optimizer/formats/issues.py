"""What can be wrong with a file, by code, and the "did you mean" of every reader."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

FORMAT_ISSUE_CODES: dict[str, str] = {
    "not-found": "The path names no file and no folder.",
    "not-a-source": "The file or folder is none of the kinds this package reads.",
    "not-readable": "The file is broken, protected by a password, or cannot be opened.",
    "not-text": "A text table holds bytes that are no text.",
    "too-large": "A file has more bytes, a table more rows or a sheet more cells than are read.",
    "unsafe-archive": "An archive holds entries that leave its folder, are encrypted, or unpack to far too much.",
    "missing-table": "A table that every problem needs is absent.",
    "duplicate-table": "Two files or sheets hold the same table.",
    "unknown-table": "A file or sheet has the name of no table.",
    "empty-table": "A table has no header row, or a required one no rows.",
    "missing-column": "A required column is absent.",
    "duplicate-column": "Two columns of a table mean the same.",
    "unknown-column": "A column has the name of none of the table's columns.",
    "ragged-row": "A row has more cells than the header.",
    "missing-cell": "A required cell is blank.",
    "bad-cell": "A cell does not hold what its column asks for.",
    "id-duplicate": "Two rows have the same id.",
    "unknown-parent": "A row belongs to a station, worker or shift that no row has.",
    "shift-stated-twice": "A worker's shifts stand both in the worker's row and in the table of shifts.",
    "no-first-date": "No first date is given although a cell has a date, or clock times count from an assumed day.",
    "cannot-be-stated": "A value of the problem cannot be written in a table so that it reads back the same.",
    "bad-place": "A layer's feature has no place, or the layer no coordinate system.",
    "not-json": "The text is not JSON.",
    "unknown-key": "An object has a key that it may not have.",
    "missing-key": "An object lacks a key that it must have.",
    "duplicate-key": "An object has the same key twice.",
    "bad-value": "A value has the wrong type or lies outside its range.",
    "not-finite": "A number is not finite (NaN or Infinity).",
    "schema-version": "The file is written in another version of the schema.",
    "bad-row": "A row of a benchmark file does not hold what its section asks for.",
    "missing-section": "A benchmark file lacks an entry, section or row that its instance needs.",
    "unknown-section": "A benchmark file has an entry or section that is not read.",
    "duplicate-section": "A benchmark file has the same entry or section twice.",
    "unknown-family": "A benchmark file is of a type whose distances and rounding are not known.",
    "bad-route": "A route of a solution file cannot be one of the instance.",
    "date-outside-horizon": "A date-time lies before the first day of the horizon.",
}
"""Codes of the issues that the readers and writers of files report, each with its law in one sentence."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``Did you mean 'windows'?`` where one of `known` resembles `word`, otherwise the empty string."""
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f"Did you mean {matches[0]!r}?" if matches else ""


def choice_hint(word: str, known: Collection[str], most: int = 12) -> str:
    """What may be meant by `word`, or else what of `known` there is to choose from."""
    some = ", ".join(list(known)[:most])
    there_are = f"There are {some}{' and others' if len(known) > most else ''}." if some else "There is none."
    return did_you_mean(word, known) or there_are


def shown(value: object, limit: int = 60) -> str:
    """`value` as it appears in messages: its literal, cut to `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
