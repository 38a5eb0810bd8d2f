"""The one way in: a path to an instance, whichever of the two formats it is written in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from optimizer.errors import Issue, SourceError
from optimizer.formats.benchmark.instance import BenchmarkInstance, make_instance
from optimizer.formats.benchmark.solomon import is_solomon, read_solomon
from optimizer.formats.benchmark.stated import Faults
from optimizer.formats.benchmark.vrplib import is_vrplib, read_vrplib

MAX_BYTES = 64 * 2**20
"""Bytes of an instance file that are read."""

SUFFIXES = (".txt", ".vrp")


def looks_like_instance(path: Path) -> bool:
    """Whether `path` is named like a benchmark instance."""
    return path.suffix.lower() in SUFFIXES


def read_instance(path: Path) -> BenchmarkInstance:
    """The benchmark instance in a file: Solomon's text format, or VRPLIB in the dialect of PyVRP's instances.

    Raises
    ------
    SourceError
        With every fault of the file.
    """
    text, faults = read_text(path), Faults(path.name)
    if is_solomon(text):
        stated = read_solomon(text, faults)
    elif is_vrplib(text):
        stated = read_vrplib(text, faults)
    else:
        message = "the text is no benchmark instance: it has neither the headings VEHICLE and CUSTOMER nor sections."
        hint = "Give Solomon's format or VRPLIB, or a problem's tables as .csv or .xlsx."
        raise SourceError([Issue(code="not-a-source", path=path.name, message=message, hint=hint)])
    try:
        return make_instance(stated if stated.name else replace(stated, name=path.stem))
    except OverflowError as error:
        faults.note("bad-value", None, f"coordinates of {error} are too fine to be exact.", "Round them.")
        raise SourceError(faults.issues) from None


def read_text(path: Path) -> str:
    """The text in a file.

    Raises
    ------
    SourceError
        If the file cannot be opened, is too large or holds no text.
    """
    try:
        num_bytes = path.stat().st_size
        if num_bytes <= MAX_BYTES:
            return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        issue = Issue(code="not-readable", path=str(path), message=f"it cannot be opened: {error.strerror}.")
        raise SourceError([issue]) from None
    except UnicodeDecodeError:
        issue = Issue(code="not-text", path=path.name, message="it is no UTF-8 text.", hint="Save it as UTF-8.")
        raise SourceError([issue]) from None
    message = f"it has {num_bytes / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are read."
    raise SourceError([Issue(code="too-large", path=path.name, message=message, hint="Give an instance file.")])
