"""Tables as they come: CSV files of a folder or archive, or sheets of a workbook, read into rows of raw cells.

Encodings and delimiters are found out; what is too large, no text, protected or dangerous is refused before it is
unpacked into memory.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

import python_calamine

from optimizer.errors import Issue
from optimizer.formats.cells import Cell, is_blank
from optimizer.formats.columns import TABLES, fold

MAX_ROWS = 200_000
"""Rows of one table that are read."""
MAX_FILE_BYTES = 64 * 2**20
"""Bytes of one text table that are read."""
MAX_UNPACKED_BYTES = 512 * 2**20
"""Bytes that an archive or workbook may unpack to."""
MAX_SHEET_CELLS = 10_000_000
"""Rows times columns of one sheet."""
MAX_ENTRIES = 200
"""Entries of an archive or workbook."""

TEXT_SUFFIXES = frozenset({".csv", ".tsv"})
"""Files of a folder or archive that are tables."""

_CHUNK = 2**20
_KNOWN_HEADERS = frozenset(
    {fold(header) for table in TABLES for column in table.columns for header in column.headers}
    | {fold(header) for header in ("setting", "value", "设置", "值")}
)
_MAGIC = {
    b"PK\x03\x04": "a workbook or archive",
    b"\xd0\xcf\x11\xe0": "an old Excel or protected workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Characters that no text table holds."""
_CELL_NAME = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One table, unread.

    Attributes
    ----------
    name
        Its name without suffix: which table it is.
    label
        What messages call it: file name or sheet name.
    rows
        Row number as a spreadsheet shows it, and the row's cells; blank rows and remarks (first cell begins with
        ``#``) are left out.
    """

    name: str
    label: str
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


Grids = tuple[list[Grid], list[Issue]]
"""What could be read, and what stood in the way."""


def grids_of_folder(folder: Path) -> Grids:
    """Every text table directly inside `folder`."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in TEXT_SUFFIXES and path.is_file())
    return _joined(grids_of_text_file(path) for path in paths)


def grids_of_archive(path: Path) -> Grids:
    """Every text table of a zip archive, at its top or in its one folder."""
    issue = check_archive(path)
    if issue is not None:
        return [], [issue]
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if _is_table_entry(entry)]
        return _joined(_grids_of_entry(archive, entry) for entry in entries)


def grids_of_workbook(path: Path) -> Grids:
    """Every sheet of an .xlsx workbook."""
    issue = check_archive(path) or _oversized_sheet(path)
    if issue is not None:
        return [], [issue]
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        return [_grid_of_sheet(name, workbook.get_sheet_by_name(name)) for name in workbook.sheet_names], []
    except python_calamine.PasswordError:
        return [], [_unreadable(path.name, "it is protected by a password.", "Save it without a password.")]
    except python_calamine.CalamineError as error:
        return [], [_unreadable(path.name, f"it is broken ({error}).", "Open it in Excel and save it again.")]


def check_archive(path: Path) -> Issue | None:
    """Why a zip archive (every .xlsx is one) must not be unpacked, or ``None``.

    Unpacks every entry once in small pieces, because the sizes that an archive states of itself may be wrong.
    """
    if _magic_of(path) == _MAGIC[b"\xd0\xcf\x11\xe0"]:
        cure = "Save it as .xlsx without a password."
        return _unreadable(path.name, "it is an .xls workbook, or protected by a password.", cure)
    try:
        with zipfile.ZipFile(path) as archive:
            return _unsafe_entry(path, archive) or _unpacked_too_large(path, archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        return _unreadable(path.name, f"it is no whole archive or workbook ({error}).", "Save or pack it again.")


def _joined(parts: Iterable[Grids]) -> Grids:
    grids_and_issues = list(parts)
    return (
        list(chain.from_iterable(grids for grids, _ in grids_and_issues)),
        list(chain.from_iterable(issues for _, issues in grids_and_issues)),
    )


# Archives


def _unsafe_entry(path: Path, archive: zipfile.ZipFile) -> Issue | None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        return _unsafe(path.name, f"it has {len(entries)} entries; at most {MAX_ENTRIES} are read.")
    for entry in entries:
        if entry.flag_bits & 1:
            return _unreadable(f"{path.name}/{_name_of(entry)}", "it is encrypted.", "Pack it without a password.")
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if ".." in parts or entry.filename.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", entry.filename):
            return _unsafe(path.name, f"its entry {entry.filename!r} leads out of the archive.")
    return None


def _unpacked_too_large(path: Path, archive: zipfile.ZipFile) -> Issue | None:
    total = 0
    for entry in archive.infolist():
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAX_UNPACKED_BYTES:
                    return _unsafe(path.name, f"it unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MB.")
    return None


def _is_table_entry(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(_name_of(entry))
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
    return not entry.is_dir() and not hidden and len(name.parts) <= 2 and name.suffix.lower() in TEXT_SUFFIXES


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The entry's name; without the UTF-8 flag Chinese Windows writes GB 18030, which zipfile takes for CP437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _grids_of_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Grids:
    label = PurePosixPath(_name_of(entry)).name
    if entry.file_size > MAX_FILE_BYTES:
        return [], [_too_many_bytes(label, entry.file_size)]
    return _grids_of_text(label, archive.read(entry))


# Text


def grids_of_text_file(path: Path) -> Grids:
    """The one table of a text file."""
    num_bytes = path.stat().st_size
    if num_bytes > MAX_FILE_BYTES:
        return [], [_too_many_bytes(path.name, num_bytes)]
    return _grids_of_text(path.name, path.read_bytes())


def _grids_of_text(label: str, data: bytes) -> Grids:
    text = decoded(data)
    if isinstance(text, Issue):
        return [], [Issue(code=text.code, path=label, message=text.message, hint=text.hint)]
    num_lines = text.count("\n") + 1
    if num_lines > MAX_ROWS + 2:
        return [], [_too_many_rows(label, num_lines)]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        rows = tuple(_kept(enumerate(reader, start=1)))
    except csv.Error as error:
        cure = "Close every quotation mark, and save the table again."
        return [], [_unreadable(label, f"line {reader.line_num}: {error}.", cure)]
    return [Grid(name=Path(label).stem, label=label, rows=rows)], []


def decoded(data: bytes) -> str | Issue:
    """`data` as text: UTF-8 with or without mark, UTF-16, or GB 18030; an issue without path where it is no text."""
    for magic, thing in _MAGIC.items():
        if data.startswith(magic):
            return _not_text(f"it is {thing}, not a text table.", "Save it under its own suffix, or export it as CSV.")
    for encoding in _likely_encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        control = CONTROL.search(text)
        if control is None:
            return text.removeprefix("\ufeff")
        return _not_text(f"it holds the control character {control[0]!r}.", "Export the table as CSV (UTF-8).")
    return _not_text("it is neither UTF-8 nor UTF-16 nor GB 18030.", "Export the table as CSV (UTF-8).")


def _likely_encodings(data: bytes) -> Sequence[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = data[:4096]
    if head.count(0) > len(head) // 4:
        return ("utf-16-le",) if head[1::2].count(0) > head[::2].count(0) else ("utf-16-be",)
    return ("utf-8", "gb18030")


def _delimiter(text: str) -> str:
    """The delimiter under which the first line that is no remark has the most known headers."""
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    header = next(lines, "")

    def num_known(delimiter: str) -> int:
        return sum(fold(cell) in _KNOWN_HEADERS for cell in next(csv.reader([header], delimiter=delimiter), []))

    return max((",", ";", "\t", "|", "，", "；"), key=num_known)


def _kept(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    for number, cells in rows:
        if cells and not all(is_blank(cell) for cell in cells) and not str(cells[0] or "").lstrip().startswith("#"):
            yield number, tuple(cells)


# Workbooks


def _grid_of_sheet(name: str, sheet: python_calamine.CalamineSheet) -> Grid:
    rows = sheet.to_python(skip_empty_area=False)
    return Grid(name=name, label=name, rows=tuple(_kept(enumerate(rows, start=1))))


def _oversized_sheet(path: Path) -> Issue | None:
    """The first sheet that spans too many rows or cells: one stray cell in the last row makes a sheet that large."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                num_rows, num_columns = _extent(archive, entry)
                if num_rows > MAX_ROWS + 1:
                    return _too_many_rows(f"{path.name}/{entry.filename}", num_rows)
                if num_rows * num_columns > MAX_SHEET_CELLS:
                    return _too_many_cells(f"{path.name}/{entry.filename}", num_rows, num_columns)
    return None


def _extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    num_rows = num_columns = 0
    rest = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            for letters, digits in _CELL_NAME.findall(rest + chunk):
                num_rows = max(num_rows, int(digits))
                num_columns = max(num_columns, _column_number(letters))
            rest = chunk[-32:]
    return num_rows, num_columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _magic_of(path: Path) -> str | None:
    with path.open("rb") as stream:
        head = stream.read(8)
    return next((thing for magic, thing in _MAGIC.items() if head.startswith(magic)), None)


# Issues


def _unreadable(label: str, message: str, hint: str) -> Issue:
    return Issue(code="not-readable", path=label, message=message, hint=hint)


def _unsafe(label: str, message: str) -> Issue:
    return Issue(code="unsafe-archive", path=label, message=message, hint="Pack only the tables themselves.")


def _not_text(message: str, hint: str) -> Issue:
    return Issue(code="not-text", path="", message=message, hint=hint)


def _too_many_bytes(label: str, num_bytes: int) -> Issue:
    message = f"it has {num_bytes / 2**20:,.0f} MB; at most {MAX_FILE_BYTES // 2**20} MB of one table are read."
    return Issue(code="too-large", path=label, message=message, hint=_SPLIT_HINT)


def _too_many_rows(label: str, num_rows: int) -> Issue:
    message = f"it has {num_rows:,} rows; at most {MAX_ROWS:,} rows of one table are read."
    return Issue(code="too-large", path=label, message=message, hint=_SPLIT_HINT)


def _too_many_cells(label: str, num_rows: int, num_columns: int) -> Issue:
    message = f"it spans {num_rows:,} rows and {num_columns:,} columns; at most {MAX_SHEET_CELLS:,} cells are read."
    return Issue(
        code="too-large", path=label, message=message, hint="Delete the empty rows and columns beyond the table."
    )


_SPLIT_HINT = "Plan district by district, or keep only the rows of the days planned for."
