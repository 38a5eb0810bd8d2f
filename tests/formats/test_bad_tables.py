"""Everything a clerk can get wrong: each fault is told with file, row and column, and nothing is imported."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import openpyxl
import pytest

from optimizer.errors import InputError
from optimizer.formats import grids
from optimizer.formats.source import read_source
from tests.formats.clerk import GOOD, changed, issues_of, write_folder

Expected = tuple[str, str, str]
"""Code, path, and a part of message or hint."""

BAD_FOLDERS: dict[str, tuple[dict[str, str | bytes | None], list[Expected]]] = {
    "missing table": (
        {"visits.csv": None},
        [("missing-table", "visits", "there is no table 'visits' (服务需求).")],
    ),
    "several tables missing": (
        {"visits.csv": None, "elders.csv": None},
        [("missing-table", "elders", ""), ("missing-table", "visits", "")],
    ),
    "table twice under two names": (
        {"老人.csv": GOOD["elders.csv"]},
        [("duplicate-table", "老人.csv", "this is the table 'elders' like 'elders.csv'.")],
    ),
    "misspelt table": (
        {"shfts.csv": "worker_id\n"},
        [("unknown-table", "shfts.csv", "Did you mean 'shifts'?")],
    ),
    "missing column": (
        changed("elders.csv", "elder_id,name,lon", "elder_id,name,longitude_deg"),
        [("missing-column", "elders.csv:1", "the column 'lon' (经度) is missing.")],
    ),
    "misspelt column": (
        changed("visits.csv", "demand", "demnad"),
        [("unknown-column", "visits.csv:1:demnad", "Did you mean 'demand'?")],
    ),
    "column twice": (
        {"elders.csv": "elder_id,姓名,lon,lat,老人姓名\nE1,a,116,39,b\n"},
        [("duplicate-column", "elders.csv:1:老人姓名", "'老人姓名' is the column '姓名' once more.")],
    ),
    "header in one cell": (
        {"stations.csv": "station_id/lon/lat\nS1/116/39\n"},
        [
            ("unknown-column", "stations.csv:1:station_id/lon/lat", "Did you mean 'station_id'?"),
            ("missing-column", "stations.csv:1", "put commas between columns"),
            ("missing-column", "stations.csv:1", "'lon'"),
            ("missing-column", "stations.csv:1", "'lat'"),
        ],
    ),
    "empty file": (
        {"workers.csv": ""},
        [("empty-table", "workers.csv", "it has no header row.")],
    ),
    "longer row than header": (
        changed("elders.csv", "E2,Li,116.392,39.912", "E2,Li,116.392,39.912,east gate"),
        [("ragged-row", "elders.csv:3", "'east gate' is beyond the last of the header's 4 columns.")],
    ),
    "row cut short": (
        changed("elders.csv", "E2,Li,116.392,39.912", "E2,Li,116.392"),
        [("missing-cell", "elders.csv:3:lat", "the cell is blank, but 'lat' (纬度) is needed.")],
    ),
    "blank id": (
        changed("elders.csv", "E2,Li", " ,Li"),
        [("missing-cell", "elders.csv:3:elder_id", 'Example: "E001".')],
    ),
    "text in a number": (
        changed("visits.csv", "11:00-12:00,5,lunch:1,\nV2", "11:00-12:00,five,lunch:1,\nV2"),
        [("bad-cell", "visits.csv:2:service_duration_min", "'five' is not a duration.")],
    ),
    "NaN place": (
        changed("elders.csv", "116.392", "NaN"),
        [("bad-cell", "elders.csv:3:lon", "'NaN' is not a number.")],
    ),
    "infinite place": (
        changed("elders.csv", "116.392", "inf"),
        [("bad-cell", "elders.csv:3:lon", "'inf' is not a number.")],
    ),
    "decimal comma": (
        changed("elders.csv", "116.392", '"116,392"'),
        [("bad-cell", "elders.csv:3:lon", 'Write it with a decimal point, like "116.4".')],
    ),
    "latitude outside the world": (
        changed("elders.csv", "39.912", "139.912"),
        [("coordinates-invalid", "elders.csv:3:lon, lat", "139.912")],
    ),
    "window that is no window": (
        changed("visits.csv", "V2,E2,meal,11:00-12:00", "V2,E2,meal,noon"),
        [("bad-cell", "visits.csv:3:windows", "'noon' is not a time window.")],
    ),
    "window reversed": (
        changed("visits.csv", "V2,E2,meal,11:00-12:00", "V2,E2,meal,12:00-11:00"),
        [("window-reversed", "visits.csv:3:windows", "12:00")],
    ),
    "window with impossible minutes": (
        changed("visits.csv", "V2,E2,meal,11:00-12:00", "V2,E2,meal,11:60-12:00"),
        [("bad-cell", "visits.csv:3:windows", "'11:60' is not a clock time.")],
    ),
    "no window": (
        changed("visits.csv", "V2,E2,meal,11:00-12:00", "V2,E2,meal,"),
        [("missing-cell", "visits.csv:3:windows", "Fill it")],
    ),
    "unknown skill level": (
        changed("visits.csv", "bathing:2", "bathing:expert"),
        [("bad-cell", "visits.csv:4:skills", "'bathing:expert' is not a level by skill.")],
    ),
    "meal type twice in a cell": (
        changed("visits.csv", "lunch:1,\nV2", "lunch:1; lunch:2,\nV2"),
        [("bad-cell", "visits.csv:2:demand", "names something twice.")],
    ),
    "negative portions": (
        changed("waves.csv", "lunch:20", "lunch:-20"),
        [("bad-cell", "waves.csv:2:portions", "'lunch:-20' is not an amount by meal type.")],
    ),
    "two elders with one id": (
        changed("elders.csv", "E3,Zhao", "E1,Zhao"),
        [("id-duplicate", "elders.csv:4:elder_id", "'E1' stands in row 2 already.")],
    ),
    "unknown elder": (
        changed("visits.csv", "V2,E2", "V2,E9"),
        [("unknown-elder", "visits.csv:3:elder_id", "'E9'")],
    ),
    "wave of an unknown station": (
        changed("waves.csv", "S1,noon", "S2,noon"),
        [("unknown-parent", "waves.csv:2:station_id", "there is no row 'S2' in stations.")],
    ),
    "break of an unknown shift": (
        {"breaks.csv": "worker_id,shift_id,break_id,start,end,duration_min\nW1,shift-2,b,12:00,13:00,30\n"},
        [("unknown-parent", "breaks.csv:2:shift_id", "Did you mean 'W1 / shift-1'?")],
    ),
    "shifts in both places": (
        {"shifts.csv": "worker_id,shift_id,start,end\nW1,day,08:00,17:00\n"},
        [("shift-stated-twice", "workers.csv:2:shift_hours", "worker 'W1' has shifts here and in row 2 of shifts.")],
    ),
    "shift from an unknown station": (
        {
            **changed("workers.csv", "08:00-17:00", ""),
            "shifts.csv": "worker_id,shift_id,start,end,start_station_id\nW1,day,08:00,17:00,S7\n",
        },
        [("unknown-parent", "shifts.csv:2:start_station_id", "there is no row 'S7' in stations.")],
    ),
    "shift start stated twice": (
        {
            **changed("workers.csv", "08:00-17:00", ""),
            "shifts.csv": "worker_id,shift_id,start,end,start_station_id,start_lon,start_lat\n"
            "W1,d,8:00,9:00,S1,116,39\n",
        },
        [("bad-cell", "shifts.csv:2:start_station_id", "the start is stated twice")],
    ),
    "unknown word": (
        {"stations.csv": "station_id,lon,lat,kind\nS1,116.39,39.91,statoin\n"},
        [("bad-cell", "stations.csv:2:kind", "Did you mean 'station'?")],
    ),
    "neither yes nor no": (
        {"elders.csv": "elder_id,lon,lat,电梯\nE1,116,39,maybe\nE2,116,39,是\nE3,116,39,否\n"},
        [("bad-cell", "elders.csv:2:电梯", "'maybe' is not yes or no.")],
    ),
    "money in three decimals": (
        {"services.csv": "service,price_yuan\nmeal,1.005\nbathing,60\n"},
        [("bad-cell", "services.csv:2:price_yuan", "'1.005' is not a sum of money.")],
    ),
    "half a place": (
        {"visits.csv": "visit_id,service,windows,service_duration_min,lon,lat\nV1,meal,11:00-12:00,5,116.3,\n"},
        [("missing-cell", "visits.csv:2:lat", "the cell is blank")],
    ),
    "date before the horizon": (
        changed("visits.csv", "V2,E2,meal,11:00-12:00", "V2,E2,meal,2026-03-01 11:00-12:00"),
        [("bad-cell", "visits.csv:3:windows", "2026-03-01 lies before the horizon, whose first day is 2026-03-02.")],
    ),
    "date without first date": (
        {"settings.csv": None, **changed("visits.csv", "V2,E2,meal,11:00-12:00", "V2,E2,meal,2026-03-01 11:00-12:00")},
        [("bad-cell", "visits.csv:3:windows", "Add first_date to the settings.")],
    ),
    "date that no calendar has": (
        changed("settings.csv", "2026-03-02", "2026-02-30"),
        [("bad-cell", "settings.csv:3:first_date", "'2026-02-30' is not a date.")],
    ),
    "misspelt setting": (
        changed("settings.csv", "first_date", "frist_date"),
        [("unknown-column", "settings.csv:3", "Did you mean 'first_date'?")],
    ),
    "setting twice": (
        changed("settings.csv", "name,Monday\n", "name,Monday\n名称,Tuesday\n"),
        [("duplicate-column", "settings.csv:3", "'名称' is set in row 2 already.")],
    ),
    "unknown coordinate system": (
        changed("settings.csv", "name,Monday", "coordinates,mars"),
        [("bad-cell", "settings.csv:2:coordinates", "Write one of: wgs84, gcj02, bd09.")],
    ),
    "text that is a workbook": (
        {"visits.csv": b"PK\x03\x04rest of a zip"},
        [("not-text", "visits.csv", "it is a workbook or archive, not a text table.")],
    ),
    "text with zero bytes": (
        {"visits.csv": b"visit_id,elder\x00_id\n"},
        [("not-text", "visits.csv", r"it holds the control character '\x00'.")],
    ),
    "no known encoding": (
        {"visits.csv": b"visit_id,\xff\xff\xff\n"},
        [("not-text", "visits.csv", "it is neither UTF-8 nor UTF-16 nor GB 18030.")],
    ),
    "cell without end": (
        {"visits.csv": 'visit_id,note\nV1,"' + "x" * 200_000},
        [("not-readable", "visits.csv", "Close every quotation mark")],
    ),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_fault_is_told_where_it_stands(case, tmp_path):
    changes, expected = BAD_FOLDERS[case]
    found = [issue for issue in issues_of(write_folder(tmp_path, changes)) if issue.severity == "error"]
    assert [(issue.code, issue.path) for issue in found] == [(code, path) for code, path, _ in expected]
    for issue, (_, _, words) in zip(found, expected, strict=True):
        assert words in f"{issue.message} {issue.hint}"


def test_every_fault_is_told_at_once(tmp_path):
    """One fault in each of four tables, two in one row."""
    changes = {
        **changed("settings.csv", "2026-03-02", "soon"),
        **changed("elders.csv", "E1,Wang,116.391,39.911", "E1,Wang,east,north"),
        **changed("visits.csv", "13:00-16:00,40", "13:00-16:00,long"),
        **changed("workers.csv", "08:00-17:00", "always"),
    }
    paths = [issue.path for issue in issues_of(write_folder(tmp_path, changes))]
    assert paths == [
        "settings.csv:3:first_date",
        "elders.csv:2:lon",
        "elders.csv:2:lat",
        "visits.csv:4:service_duration_min",
        "workers.csv:2:shift_hours",
    ]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    """A blank row, a remark and a cell of two lines each count as one row."""
    text = 'elder_id,address,lon,lat\n\n# a remark,,,\nE1,"two\nlines",116.39,39.91\nE2,,x,39.91\nE3,,116.39,39.91\n'
    assert [issue.path for issue in issues_of(write_folder(tmp_path, {"elders.csv": text}))] == ["elders.csv:5:lon"]


def test_any_broken_bytes_are_refused_with_issues(tmp_path):
    """Changed bytes of sound tables either read or are refused, and never fail otherwise."""
    rng = random.Random(1)
    for round_number in range(150):
        name = rng.choice(sorted(GOOD))
        data = bytearray(GOOD[name].encode())
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        folder = write_folder(tmp_path / str(round_number), {name: bytes(data)})
        try:
            read_source(folder)
        except InputError as error:
            assert error.issues


# Too large


def test_table_of_ten_million_rows_is_refused_unread(tmp_path):
    """A sparse file of its size: nothing of it is read."""
    path = write_folder(tmp_path) / "visits.csv"
    num_bytes = 10_000_000 * 40
    with path.open("r+b") as file:
        file.truncate(num_bytes)
    (issue,) = issues_of(tmp_path)
    assert (issue.code, issue.path) == ("too-large", "visits.csv")
    assert issue.message == "it has 381 MB; at most 64 MB of one table are read."


def test_ten_million_short_rows_are_refused(tmp_path):
    (issue,) = issues_of(write_folder(tmp_path, {"visits.csv": b"x\n" * 10_000_000}))
    assert (issue.code, issue.path) == ("too-large", "visits.csv")
    assert issue.message == "it has 10,000,001 rows; at most 200,000 rows of one table are read."


def test_stray_cell_in_the_last_row_of_a_sheet_is_refused(tmp_path):
    workbook = _workbook()
    workbook["elders"].cell(1_048_576, 1, "x")
    (issue,) = issues_of(_saved(workbook, tmp_path))
    assert issue.code == "too-large"
    assert "it has 1,048,576 rows" in issue.message


def test_sheet_of_too_many_cells_is_refused(tmp_path):
    workbook = _workbook()
    workbook["elders"].cell(1000, 16_000, "x")
    (issue,) = issues_of(_saved(workbook, tmp_path))
    assert issue.message == "it spans 1,000 rows and 16,000 columns; at most 10,000,000 cells are read."


# Workbooks


def _workbook() -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, text in GOOD.items():
        sheet = workbook.create_sheet(name.removesuffix(".csv"))
        for line in text.splitlines():
            sheet.append(line.split(","))
    return workbook


def _saved(workbook: openpyxl.Workbook, folder: Path) -> Path:
    path = folder / "tables.xlsx"
    workbook.save(path)
    return path


def test_sheet_names_stand_in_paths(tmp_path):
    workbook = _workbook()
    workbook["visits"]["D3"] = "noon"
    assert [issue.path for issue in issues_of(_saved(workbook, tmp_path))] == ["visits:3:windows"]


def test_empty_sheet_is_told(tmp_path):
    workbook = _workbook()
    del workbook["workers"]
    workbook.create_sheet("workers")
    assert [(issue.code, issue.path) for issue in issues_of(_saved(workbook, tmp_path))] == [("empty-table", "workers")]


def test_broken_workbook_is_told(tmp_path):
    path = tmp_path / "tables.xlsx"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    (issue,) = issues_of(path)
    assert (issue.code, issue.path) == ("not-readable", "tables.xlsx")


def test_any_broken_workbook_is_refused_with_issues(tmp_path):
    """Changed and cut bytes of a sound workbook either read or are refused, and never fail otherwise."""
    path = _saved(_workbook(), tmp_path)
    sound, rng = path.read_bytes(), random.Random(2)
    for _ in range(100):
        data = bytearray(sound[: rng.choice([len(sound), rng.randrange(len(sound))])])
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            read_source(path)
        except InputError as error:
            assert error.issues


def test_archive_that_is_no_workbook_is_told(tmp_path):
    path = tmp_path / "tables.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    (issue,) = issues_of(path)
    assert (issue.code, issue.path) == ("not-readable", "tables.xlsx")


def test_protected_workbook_is_told(tmp_path):
    """A workbook with a password is an OLE container, like an old .xls."""
    path = tmp_path / "tables.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    (issue,) = issues_of(path)
    assert issue.message == "it is an .xls workbook, or protected by a password."


# Archives


def _archive(folder: Path, entries: dict[str, bytes]) -> Path:
    path = folder / "tables.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../elders.csv", "/etc/elders.csv", "a/../../elders.csv", "C:\\elders.csv"])
def test_entry_that_leads_out_of_the_archive_is_refused(name, tmp_path):
    (issue,) = issues_of(_archive(tmp_path, {name: b"elder_id\n"}))
    assert issue.code == "unsafe-archive"
    assert "leads out of the archive" in issue.message


def test_archive_that_unpacks_to_far_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(grids, "MAX_UNPACKED_BYTES", 2**20)
    (issue,) = issues_of(_archive(tmp_path, {"elders.csv": bytes(2**20 + 1)}))
    assert (issue.code, issue.message) == ("unsafe-archive", "it unpacks to more than 1 MB.")


def test_archive_of_too_many_entries_is_refused(tmp_path):
    (issue,) = issues_of(_archive(tmp_path, {f"{number}.csv": b"" for number in range(201)}))
    assert issue.message == "it has 201 entries; at most 200 are read."


def test_encrypted_archive_is_told(tmp_path):
    path = _archive(tmp_path, {"elders.csv": b"elder_id\n"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (issue,) = issues_of(path)
    assert (issue.path, issue.message) == ("tables.zip/elders.csv", "it is encrypted.")


# Nothing to read


def test_folder_without_tables_is_told(tmp_path):
    (issue,) = issues_of(tmp_path)
    assert (issue.code, issue.message) == (
        "not-a-source",
        "the folder holds no table (no file ending in .csv or .tsv).",
    )


def test_unknown_kind_of_file_is_told(tmp_path):
    path = tmp_path / "tables.docx"
    path.write_bytes(b"")
    (issue,) = issues_of(path)
    assert issue.code == "not-a-source"
    assert "a folder of CSV tables, a workbook (.xlsx)" in issue.hint


def test_missing_path_is_told(tmp_path):
    (issue,) = issues_of(tmp_path / "nowhere")
    assert issue.code == "not-found"
