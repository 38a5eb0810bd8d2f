"""Tables as clerks really keep them: Chinese headers, Excel cells, old encodings, their own columns."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zipfile

import numpy as np
import openpyxl
import pytest

from optimizer.errors import Severity
from optimizer.formats.source import read_source
from optimizer.problem import ElderGroup, Location, TimeWindow
from optimizer.travel.coordinates import wgs84_to_bd09, wgs84_to_gcj02
from tests.builders import HOUR, MINUTE, clock
from tests.formats.clerk import GOOD, changed, write_folder

CHINESE = {
    "settings.csv": None,
    "stations.csv": None,
    "waves.csv": None,
    "elders.csv": None,
    "visits.csv": None,
    "workers.csv": None,
    "设置.csv": "设置,值\n名称,Monday\n首日,2026年3月2日\n",
    "驿站.csv": "驿站编号,经度,纬度\nS1,116.39,39.91\n",
    "出餐批次.csv": "驿站编号,批次编号,出餐时间,份数\nS1,noon,１０：３０,lunch：２０\n",
    "老人.csv": "老人编号,姓名,经度,纬度\nE1,Wang,116.391,39.911\nE2,Li,116.392,39.912\nE3,Zhao,116.393,39.913\n",
    "服务需求.csv": (
        "需求编号,老人编号,服务项目,时间窗,服务时长（分钟）,餐食需求,所需技能\n"
        "V1,E1,meal,11：00～12：00,5,lunch：1,\n"
        "V2,E2,meal,11:00至12:00,5分钟,lunch,\n"
        "V3,E3,bathing,13:00-16:00,40,,bathing＝2\n"
    ).replace("＝", "："),
    "服务人员.csv": "人员编号,所属站点编号,工作时间,技能,装载量\nW1,S1,08:00-17:00,bathing:2,portions:20\n",
}


@pytest.fixture
def good(tmp_path):
    return read_source(write_folder(tmp_path / "good")).problem


def test_good_tables_say_what_is_meant(good):
    assert good.name == "Monday"
    assert good.horizon.first_date == dt.date(2026, 3, 2)
    assert good.visits[0].windows == (TimeWindow(start_s=11 * HOUR, end_s=12 * HOUR),)
    assert good.visits[2].skills == {"bathing": 2}
    assert good.visits[2].service_duration_s == 40 * MINUTE
    (shift,) = good.workers[0].shifts
    assert (shift.start_s, shift.end_s, shift.start_place) == (8 * HOUR, 17 * HOUR, good.stations[0].place)
    assert good.workers[0].vehicle.capacities == {"portions": 20}
    assert [meal_type.meal_type for meal_type in good.meal_types] == ["lunch"]


def test_chinese_tables_say_the_same(good, tmp_path):
    assert read_source(write_folder(tmp_path / "zh", CHINESE)).problem == good


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_encoding_is_found_out(encoding, good, tmp_path):
    text = GOOD["elders.csv"].replace("Wang", "王秀兰")
    problem = read_source(write_folder(tmp_path / "t", {"elders.csv": text.encode(encoding)})).problem
    assert problem.elders[0].name == "王秀兰"
    assert problem.elders[1:] == good.elders[1:]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "，"])
def test_delimiter_is_found_out(delimiter, good, tmp_path):
    changes = {name: text.replace(",", delimiter) for name, text in GOOD.items()}
    assert read_source(write_folder(tmp_path / "t", changes)).problem == good


def test_lines_may_end_as_on_windows(good, tmp_path):
    changes = {name: text.replace("\n", "\r\n") for name, text in GOOD.items()}
    assert read_source(write_folder(tmp_path / "t", changes)).problem == good


@pytest.mark.parametrize("folder", ["", "tables/"])
def test_archive_says_the_same(folder, good, tmp_path):
    path = tmp_path / "tables.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in GOOD.items():
            archive.writestr(folder + name, text)
        archive.writestr("__MACOSX/._elders.csv", b"\x00\x05\x16\x07")
    assert read_source(path).problem == good


def test_archive_of_chinese_windows_has_its_names(good, tmp_path):
    """Chinese Windows writes names in GB 18030 without a flag; here over ASCII names of the same length."""
    path = tmp_path / "tables.zip"
    names = {name: name.encode("gb18030") for name, text in CHINESE.items() if text is not None}
    stand_ins = {name: chr(ord("a") + idx) * len(real) for idx, (name, real) in enumerate(names.items())}
    with zipfile.ZipFile(path, "w") as archive:
        for name, stand_in in stand_ins.items():
            archive.writestr(stand_in, CHINESE[name])
    data = path.read_bytes()
    for name, stand_in in stand_ins.items():
        data = data.replace(stand_in.encode(), names[name])
    path.write_bytes(data)
    assert read_source(path).problem == good


def workbook_of(rows_by_sheet, path):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in rows_by_sheet.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_cells_of_excel_are_what_they_are(tmp_path):
    """Ids as numbers, times as times, fractions and text, durations as numbers and spans, flags, percentages."""
    path = workbook_of(
        {
            "settings": [["setting", "value"], ["first_date", dt.datetime(2026, 3, 2)], ["num_days", 2.0]],
            "elders": [["elder_id", "phone", "lon", "lat", "has_lift"], [1.0, 13800000000.0, "116.39", 39.91, True]],
            "visits": [
                ["visit_id", "elder_id", "service", "windows", "service_duration_min", "ready", "max_on_board_min"],
                [1, 1, "a", "11:00-12:00", 5.5, dt.time(10, 30), dt.time(1, 0)],
                [2, "1", "b", "11:00-12:00", "90s", 0.4375, dt.timedelta(minutes=90)],
                [3, 1.0, "c", "11:00-12:00", "1:30", dt.datetime(2026, 3, 3, 10, 30), None],
                [4, 1, "d", "11:00-12:00", 5, dt.timedelta(hours=25, minutes=30), None],
            ],
            "workers": [["worker_id", "reliability", "shift_hours"], ["W", "80%", "8:00-17:00 (-16:00)"]],
        },
        tmp_path / "t.xlsx",
    )
    problem = read_source(path).problem
    (elder,) = problem.elders
    assert (elder.elder_id, elder.phone, elder.place, elder.has_lift) == (
        "1", "13800000000", Location(lon=116.39, lat=39.91), True
    )  # fmt: skip
    assert [visit.visit_id for visit in problem.visits] == ["1", "2", "3", "4"]
    assert [visit.service_duration_s for visit in problem.visits] == [330, 90, 90 * MINUTE, 300]
    assert [visit.ready_s for visit in problem.visits] == [clock(t) for t in ("10:30", "10:30", "34:30", "25:30")]
    assert [visit.max_on_board_s for visit in problem.visits] == [HOUR, 90 * MINUTE, None, None]
    (worker,) = problem.workers
    assert (worker.reliability_share, worker.shifts[0].soft_end_s) == (0.8, 16 * HOUR)


def test_column_of_the_clerks_own_is_passed_over_with_a_warning(good, tmp_path):
    changes = changed("elders.csv", "elder_id,name,lon,lat\n", "elder_id,name,lon,lat,生日礼物\n")
    source = read_source(write_folder(tmp_path / "t", changes))
    assert source.problem == good
    (warning,) = source.warnings
    assert (warning.code, warning.path, warning.severity) == (
        "unknown-column",
        "elders.csv:1:生日礼物",
        Severity.WARNING,
    )


def test_file_of_the_clerks_own_is_passed_over_with_a_warning(good, tmp_path):
    source = read_source(write_folder(tmp_path / "t", {"birthdays.csv": "who,when\n", "photo.png": b"\x89PNG"}))
    assert source.problem == good
    assert [(warning.code, warning.path) for warning in source.warnings] == [("unknown-table", "birthdays.csv")]


def test_without_settings_the_day_is_assumed_with_a_warning(tmp_path):
    source = read_source(write_folder(tmp_path / "west", {"settings.csv": None}))
    assert source.problem.name == "west"
    assert [(warning.code, warning.path) for warning in source.warnings] == [("no-first-date", "settings")]


def test_table_without_rows_counts_as_absent(good, tmp_path):
    changes = {"meal_types.csv": "meal_type,name\n", "modes.csv": "mode,speed_kmh\n# van,22\n", "links.csv": "kind\n"}
    changes["links.csv"] = "kind,first_visit_id,second_visit_id\n"
    assert read_source(write_folder(tmp_path / "t", changes)).problem == good


def test_date_of_a_row_moves_its_clock_times(tmp_path):
    changes = {
        **changed("settings.csv", "2026-03-02\n", "2026-03-02\nnum_days,3\n"),
        "visits.csv": "visit_id,elder_id,service,date,windows,service_duration_min\n"
        "V1,E1,meal,2026-03-04,11:00-12:00,5\nV2,E2,meal,,2026-03-03 11:00-12:00,5\nV3,E3,meal,,11:00-12:00,5\n",
    }
    problem = read_source(write_folder(tmp_path / "t", changes)).problem
    assert [visit.windows[0].start_s for visit in problem.visits] == [59 * HOUR, 35 * HOUR, 11 * HOUR]
    assert [visit.windows[0].end_s for visit in problem.visits] == [60 * HOUR, 36 * HOUR, 12 * HOUR]


def test_rows_of_shifts_and_breaks_find_their_worker(tmp_path):
    changes = {
        **changed("workers.csv", "08:00-17:00", ""),
        "shifts.csv": "worker_id,shift_id,start,end,start_station_id,end_lon,end_lat\n"
        "W1,late,14:00,18:00,,,\nW1,early,07:00,12:00,S1,116.4,39.92\n",
        "breaks.csv": "worker_id,shift_id,break_id,start,end,duration_min,mandatory\nW1,late,tea,15:00,16:00,20,否\n",
    }
    problem = read_source(write_folder(tmp_path / "t", changes)).problem
    late, early = problem.workers[0].shifts
    assert (late.shift_id, late.start_place, late.breaks[0].break_id, late.breaks[0].mandatory) == (
        "late",
        None,
        "tea",
        False,
    )
    assert (early.start_place, early.end_place) == (problem.stations[0].place, Location(lon=116.4, lat=39.92))


def test_groups_are_read_in_both_languages(tmp_path):
    changes = {
        "elders.csv": "elder_id,lon,lat,groups\nE1,116,39,独居；aged-80-plus\nE2,116,39,Living_Alone\nE3,116,39,\n"
    }
    elders = read_source(write_folder(tmp_path / "t", changes)).problem.elders
    alone, old = ElderGroup.LIVING_ALONE, ElderGroup.AGED_80_PLUS
    assert [elder.groups for elder in elders] == [(alone, old), (alone,), ()]


@pytest.mark.parametrize(("system", "convert"), [("gcj02", wgs84_to_gcj02), ("BD-09", wgs84_to_bd09)])
def test_coordinates_of_chinese_maps_become_wgs84(system, convert, good, tmp_path):
    lon, lat = convert(116.391, 39.911)
    changes = {
        "settings.csv": GOOD["settings.csv"] + f"coordinates,{system}\n",
        **changed("elders.csv", "116.391,39.911", f"{float(lon)!r},{float(lat)!r}"),
    }
    place = read_source(write_folder(tmp_path / "t", changes)).problem.elders[0].place
    assert place != Location(lon=float(lon), lat=float(lat))
    assert np.allclose((place.lon, place.lat), (116.391, 39.911), atol=1e-8)


def test_issue_of_the_problem_is_led_back_to_its_cell(tmp_path):
    source = read_source(write_folder(tmp_path))
    locate = source.origin.locate
    assert locate("visits[1].windows[0].start") == "visits.csv:3:windows"
    assert locate("visits[1]") == "visits.csv:3"
    assert locate("elders[0].place") == "elders.csv:2:lon, lat"
    assert locate("stations[0].waves[0].portions") == "waves.csv:2:portions"
    assert locate("workers[0].shifts[0].end_s") == "workers.csv:2:shift_hours"
    assert locate("workers[0].vehicle.capacities") == "workers.csv:2:capacities"
    assert locate("horizon.first_date") == "settings.csv:3"
    assert locate("travel.places") == "travel.places"


def test_streets_beside_the_tables_are_found(tmp_path):
    folder = write_folder(tmp_path / "t")
    assert read_source(folder).streets_path is None
    (folder / "nodes.csv").write_text("node,lon,lat\n")
    (folder / "edges.csv").write_text("u,v\n")
    assert read_source(folder).streets_path == folder
    (folder / "streets").mkdir()
    assert read_source(folder).streets_path == folder / "streets"


def test_reading_leaves_no_trace_in_the_problem(good, tmp_path):
    """The same tables in a workbook: equal but for nothing."""
    rows = {name.removesuffix(".csv"): [line.split(",") for line in text.splitlines()] for name, text in GOOD.items()}
    problem = read_source(workbook_of(rows, tmp_path / "t.xlsx")).problem
    assert dataclasses.asdict(problem) == dataclasses.asdict(good)
