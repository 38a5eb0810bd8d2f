"""The one way in: a path to an instance, whichever of the formats it is written in."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import replace
from pathlib import Path

from optimizer.errors import Issue, SourceError
from optimizer.formats.benchmark.care_instance import make_care_instance
from optimizer.formats.benchmark.hhcrsp import read_hhcrsp
from optimizer.formats.benchmark.instance import BenchmarkInstance, make_instance
from optimizer.formats.benchmark.parts import parse
from optimizer.formats.benchmark.solomon import is_solomon, read_solomon
from optimizer.formats.benchmark.stated import Faults
from optimizer.formats.benchmark.uhhc import is_uhhc, read_uhhc
from optimizer.formats.benchmark.vrplib import is_vrplib, read_vrplib

MAX_BYTES = 64 * 2**20
"""Bytes of an instance file that are read."""

SUFFIXES = (".txt", ".vrp")
JSON_SUFFIXES = (".json", ".json.gz")

_CARE_KEYS = ("patients", "caregivers", "distances")


def looks_like_instance(path: Path) -> bool:
    """Whether `path` is named like a benchmark instance; JSON is told by its content, a broken ``.json.gz`` is one."""
    if not _is_json(path):
        return path.suffix.lower() in SUFFIXES
    try:
        return _is_care(read_text(path))
    except SourceError:
        return path.suffix.lower() == ".gz"


def name_of(path: Path) -> str:
    """The file's name without its suffix, ``.json.gz`` being one."""
    return re.sub(r"\.json(\.gz)?$", "", path.name, flags=re.IGNORECASE) if _is_json(path) else path.stem


def read_instance(path: Path) -> BenchmarkInstance:
    """The benchmark instance in a file: Solomon's text format, VRPLIB in the dialect of PyVRP's instances, or JSON.

    JSON, gzipped or not, states home care: ``hhcrsp`` or, with metadata, ``uhhc``.

    Raises
    ------
    SourceError
        With every fault of the file.
    """
    text, faults = read_text(path), Faults(path.name)
    if _is_json(path):
        return _read_care(text, faults, name_of(path))
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


def _is_json(path: Path) -> bool:
    return path.name.lower().endswith(JSON_SUFFIXES)


def _is_care(text: str) -> bool:
    """Whether a JSON text has the keys of the home-care families, which no problem of ours has together."""
    return all(re.search(rf'"{key}"\s*:', text) for key in _CARE_KEYS)


def _read_care(text: str, faults: Faults, name: str) -> BenchmarkInstance:
    part = parse(text, faults)
    if not _is_care(text):
        message = f"the text is no benchmark instance: it has not the keys {', '.join(_CARE_KEYS)}."
        hint = "Give an instance of hhcrsp or uhhc, or a problem as .json."
        raise SourceError([Issue(code="not-a-source", path=faults.name, message=message, hint=hint)])
    return make_care_instance(read_uhhc(part, name) if is_uhhc(part) else read_hhcrsp(part, name))


def read_text(path: Path) -> str:
    """The text in a file; one that ends in ``.gz`` is unpacked.

    Raises
    ------
    SourceError
        If the file cannot be opened, is too large (unpacked or not), is not packed or holds no text.
    """
    try:
        with path.open("rb") as file:
            unpacked = gzip.GzipFile(fileobj=file) if path.suffix.lower() == ".gz" else file
            data = unpacked.read(MAX_BYTES + 1)
        if len(data) <= MAX_BYTES:
            return data.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error):
        issue = Issue(code="not-readable", path=path.name, message="it is not packed by gzip, or broken.")
        raise SourceError([issue]) from None
    except OSError as error:
        issue = Issue(code="not-readable", path=str(path), message=f"it cannot be opened: {error.strerror}.")
        raise SourceError([issue]) from None
    except UnicodeDecodeError:
        issue = Issue(code="not-text", path=path.name, message="it is no UTF-8 text.", hint="Save it as UTF-8.")
        raise SourceError([issue]) from None
    message = f"it has more than {MAX_BYTES // 2**20} MB; no more are read."
    raise SourceError([Issue(code="too-large", path=path.name, message=message, hint="Give an instance file.")])
