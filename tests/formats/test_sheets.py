"""Sheets on paper: every stop, portion and name arrives, the sums agree, and names are never markup."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import segno
import typst

from optimizer.formats.drawing import number_ranges, sketch, straight_path
from optimizer.formats.kitchen_rows import kitchen_pages
from optimizer.formats.label_rows import label_rows
from optimizer.formats.route_rows import STOPS_PER_CODE, route_codes, route_pages
from optimizer.formats.sheets import (
    FONT_FOLDER,
    typst_inputs,
    write_kitchen_sheet,
    write_labels,
    write_route_sheets,
)
from optimizer.formats.stop_facts import hand_over_by_s, promised_window
from optimizer.formats.words import Words, load_words, template_path
from optimizer.plan import Plan, SolveStatus
from optimizer.problem import Break, Link, LinkKind, MealType, Promise
from optimizer.timing import time_draft
from tests.builders import (
    MINUTE,
    at,
    clock,
    make_draft,
    make_elder,
    make_meal,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.formats.sample_day import NASTY_NAMES, make_day

EN = Words("en")


def make_plan(problem, *routes):
    return Plan(status=SolveStatus.COMPLETE, routes=time_draft(problem, make_travel(problem), make_draft(*routes)))


def rows_of(problem, *routes):
    plan = make_plan(problem, *routes)
    return route_pages(problem, plan, EN, None, straight_path)[0]["rows"]


def texts_labelled_who(template, words, data):
    found = typst.query(
        template_path(template),
        "<who>",
        font_paths=[FONT_FOLDER],
        ignore_system_fonts=True,
        sys_inputs=typst_inputs(words, data),
    )
    return [element["text"] for element in json.loads(found)]


@pytest.fixture(scope="module")
def day():
    return make_day()


# --- the documents


@pytest.mark.parametrize("language", ["zh", "en", "both"])
@pytest.mark.parametrize("write", [write_route_sheets, write_kitchen_sheet, write_labels])
def test_every_document_compiles_in_every_language(tmp_path, day, write, language):
    write(day.problem, day.plan, tmp_path / "sheet.pdf", language=language)
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("write", [write_route_sheets, write_kitchen_sheet, write_labels])
def test_a_plan_without_routes_gives_a_document_that_says_so(tmp_path, write):
    write(make_problem(stations=()), Plan(status=SolveStatus.COMPLETE, routes=()), tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")


def test_the_same_plan_gives_the_same_bytes(tmp_path, day):
    for name in ("one", "two"):
        write_route_sheets(day.problem, day.plan, tmp_path / name, streets=day.streets)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_names_are_printed_literally_on_route_sheets(day):
    pages = route_pages(day.problem, day.plan, EN, None, straight_path)
    names = texts_labelled_who("route_sheets.typ", EN, {"pages": pages})
    assert set(NASTY_NAMES) <= set(names)


def test_names_are_printed_literally_on_labels(day):
    names = texts_labelled_who("labels.typ", EN, {"labels": label_rows(day.problem, day.plan, EN)})
    assert set(NASTY_NAMES) <= set(names)


def test_an_unknown_language_is_refused(tmp_path, day):
    with pytest.raises(ValueError, match='language = \'fr\': choose "zh", "en" or "both"'):
        write_labels(day.problem, day.plan, tmp_path / "sheet.pdf", language="fr")


def test_every_word_has_both_languages_and_the_same_placeholders():
    for key, (zh, en) in load_words().items():
        assert zh, key
        assert en, key
        assert ("{" in zh) == ("{" in en), key


# --- route sheets


def test_stops_come_in_order_and_visits_are_numbered():
    problem = make_problem([make_meal("m1", 10), make_meal("m2", 20)])
    rows = rows_of(problem, make_route("a", "load:s1", "m1", "m2"))
    assert [row["kind"] for row in rows] == ["load", "visit", "visit", "end"]
    assert [row["number"] for row in rows if row["kind"] == "visit"] == [1, 2]


def test_a_load_says_what_to_take_and_for_which_stops():
    problem = make_problem([make_visit("c1", 5), make_meal("m1", 10, portions=2), make_meal("m2", 20)])
    load = rows_of(problem, make_route("a", "load:s1", "c1", "m1", "m2"))[0]
    assert load["portions"] == ["Lunch ×3"]
    assert load["stops"] == "for stops 2–3"


def test_a_break_is_a_row_with_its_end():
    rest = Break(break_id="lunch", start_s=clock("12:00"), end_s=clock("13:00"), duration_s=30 * MINUTE)
    worker = make_worker(shifts=(make_shift(breaks=(rest,)),))
    rows = rows_of(make_problem([make_visit()], [worker]), make_route("a", "break:lunch", "v1"))
    assert (rows[0]["time"], rows[0]["until"]) == ("12:00", "–12:30")


def test_a_visit_shows_elder_address_floor_lift_phone_and_diet():
    elder = make_elder(name="Wang", address="Lane 3", floor=5, phone="138", has_lift=False)
    meal = make_meal(place=None, elder_id="e1", demand={"soft": 1})
    meal_types = (MealType(meal_type="soft", name="Soft lunch", diet="soft"),)
    station = make_station(portions={"soft": 9})
    problem = make_problem([meal], elders=(elder,), meal_types=meal_types, stations=(station,))
    row = rows_of(problem, make_route("a", "load:s1", "m1"))[1]
    assert row["who"] == "Wang"
    assert row["address"] == ["Lane 3", "floor 5 · no lift · 138"]
    assert (row["portions"], row["diet"]) == (["Soft lunch ×1"], "Soft")


def test_workers_of_one_visit_name_each_other():
    problem = make_problem([make_visit(num_workers=2)], [make_worker("a", name="Li"), make_worker("b", name="Bo")])
    plan = make_plan(problem, make_route("a", "v1"), make_route("b", "v1"))
    notes = [page["rows"][0]["notes"] for page in route_pages(problem, plan, EN, None, straight_path)]
    assert notes == [["with Bo"], ["with Li"]]


def test_workers_of_visits_that_start_together_name_each_other():
    link = Link(kind=LinkKind.SAME_START, first_visit_id="v1", second_visit_id="v2")
    visits = [make_visit("v1"), make_visit("v2")]
    problem = make_problem(visits, [make_worker("a", name="Li"), make_worker("b", name="Bo")], links=(link,))
    plan = make_plan(problem, make_route("a", "v1"), make_route("b", "v2"))
    notes = [page["rows"][0]["notes"] for page in route_pages(problem, plan, EN, None, straight_path)]
    assert notes == [["with Bo"], ["with Li"]]


def test_the_promised_window_is_the_announced_start_with_its_tolerance():
    visit = make_visit(promise=Promise(start_s=clock("11:00"), tolerance_s=600))
    assert promised_window(visit, clock("11:05")) == (clock("10:50"), clock("11:10"))


def test_without_announcement_the_promised_window_is_the_one_visited():
    visit = make_visit(windows=(window("08:00", "09:00"), window("14:00", "15:00")))
    assert promised_window(visit, clock("14:00")) == (clock("14:00"), clock("15:00"))


def test_a_route_on_the_second_day_shows_that_days_date_and_clock():
    problem = make_problem(
        [make_visit(windows=(window("33:00", "34:00"),))], [make_worker(shifts=(make_shift("32:00", "40:00"),))]
    )
    page = route_pages(problem, make_plan(problem, make_route("a", "v1")), EN, None, straight_path)[0]
    assert page["facts"][0] == ["Date", "2026-03-03 Tue"]
    assert page["rows"][0]["time"] == "09:00"


def test_totals_add_up_the_route():
    problem = make_problem([make_meal("m1", 10), make_meal("m2", 20, portions=2)])
    page = route_pages(problem, make_plan(problem, make_route("a", "load:s1", "m1", "m2")), EN, None, straight_path)[0]
    totals = dict(page["totals"])
    assert (totals["Visits"], totals["Portions"], totals["Distance"], totals["Travel"]) == ("2", "3", "20.0 km", "0:40")


# --- codes and sketch


def test_a_code_carries_time_and_place_of_every_stop_and_no_name():
    problem = make_problem([make_visit("v1", 10, windows=(window("09:00", "09:00"),))], [make_worker(name="Li")])
    codes = route_codes(problem, make_plan(problem, make_route("a", "v1")).routes[0])
    assert codes == ["YZ1 2026-03-02 a day 1/1\n1 09:00 40.00000,116.01000 v1"]


@pytest.mark.parametrize(("num_stops", "num_codes"), [(STOPS_PER_CODE, 1), (STOPS_PER_CODE + 1, 2)])
def test_a_code_holds_a_limited_number_of_stops(num_stops, num_codes):
    visits = [make_visit(f"v{idx}", idx) for idx in range(num_stops)]
    problem = make_problem(visits)
    route = make_plan(problem, make_route("a", *(visit.visit_id for visit in visits))).routes[0]
    codes = route_codes(problem, route)
    assert len(codes) == num_codes
    assert sum(len(code.splitlines()) - 1 for code in codes) == num_stops


def test_a_full_code_is_coarse_enough_for_a_phone(day):
    longest = max((code for route in day.plan.routes for code in route_codes(day.problem, route)), key=len)
    assert segno.make_qr(longest, error="l", boost_error=False).symbol_size(border=0)[0] <= 93


def test_visits_at_one_door_share_a_marker(day):
    problem = make_problem([make_visit("v1", 10), make_visit("v2", 10), make_visit("v3", 30)])
    drawing = sketch(problem, make_plan(problem, make_route("a", "v1", "v2", "v3")).routes[0], None, straight_path)
    assert [marker["text"] for marker in drawing["markers"]] == ["1–2", "3"]


def test_all_markers_of_a_sketch_lie_inside_it(day):
    for route in day.plan.routes:
        drawing = sketch(day.problem, route, day.streets, straight_path)
        assert all(0 <= spot["x"] <= drawing["width_mm"] for spot in drawing["markers"])
        assert all(0 <= spot["y"] <= drawing["height_mm"] for spot in drawing["markers"])


def test_a_sketch_follows_the_given_paths():
    problem = make_problem([make_visit("v1", 10)])
    route = make_plan(problem, make_route("a", "v1")).routes[0]
    by_corner = sketch(problem, route, None, lambda mode, origin, destination: (origin, at(40), destination))
    assert by_corner["svg"] != sketch(problem, route, None, straight_path)["svg"]


@pytest.mark.parametrize(("numbers", "text"), [([1], "1"), ([1, 2, 3, 7], "1–3, 7"), ([], "")])
def test_numbers_are_shortened_to_ranges(numbers, text):
    assert number_ranges(numbers) == text


# --- kitchen sheets


def test_kitchen_sums_agree_with_the_plan(day):
    loaded = sum(
        sum(stop.load.values()) for route in day.plan.routes for stop in route.stops if stop.station_id is not None
    )
    pages = kitchen_pages(day.problem, day.plan, EN)
    assert sum(page["loaded"][-1] for page in pages) == loaded
    for page in pages:
        rows = [row["counts"] for group in page["groups"] for row in group["rows"]]
        assert [sum(column) for column in zip(*rows, strict=True)] == page["loaded"]
        assert [sum(column) for column in zip(*(g["subtotal"] for g in page["groups"]), strict=True)] == page["loaded"]
        assert [sum(column) for column in zip(*(g["brought"] for g in page["groups"]), strict=True)] == page["supplied"]


def test_loadings_stand_in_order_of_time(day):
    for page in kitchen_pages(day.problem, day.plan, EN):
        times = [row["time"] for group in page["groups"] for row in group["rows"]]
        assert times == sorted(times)


@pytest.mark.parametrize(("ready", "num_before"), [("09:59", 0), ("10:00", 0), ("10:01", 1)])
def test_a_loading_belongs_to_the_last_wave_ready_by_its_start(ready, num_before):
    problem = make_problem([make_meal()])
    plan = make_plan(problem, make_route("a", "load:s1", "m1"))
    load = replace(plan.routes[0].stops[1], start_s=clock("10:00"))
    route = replace(plan.routes[0], stops=(plan.routes[0].stops[0], load, *plan.routes[0].stops[2:]))
    problem = replace(problem, stations=(make_station(ready=ready),))
    groups = kitchen_pages(problem, replace(plan, routes=(route,)), EN)[0]["groups"]
    assert sum(len(group["rows"]) for group in groups if group["title"] == "Before any wave") == num_before


def test_a_supply_run_leaves_the_kitchen_and_arrives_at_the_station(day):
    kitchen, _, station = kitchen_pages(day.problem, day.plan, EN)
    assert kitchen["groups"][0]["rows"][0]["runs"] == ["月坛驿站 09:51"]
    assert station["groups"][0]["title"] == "10:01 ready · Supply run 郑司机"
    assert station["supplied"] == kitchen["loaded"]


# --- labels


def test_every_served_visit_with_portions_has_one_label(day):
    served = day.plan.draft.served_visit_ids
    with_portions = [visit for visit in day.problem.visits if visit.demand and visit.visit_id in served]
    assert len(label_rows(day.problem, day.plan, EN)) == len(with_portions)


def test_labels_carry_route_and_stop_number():
    problem = make_problem([make_visit("c1", 5), make_meal("m1", 10)], [make_worker(name="Li")])
    (label,) = label_rows(problem, make_plan(problem, make_route("a", "load:s1", "c1", "m1")), EN)
    assert (label["worker"], label["number"], label["portions"]) == ("Li", 2, ["Lunch ×1"])


@pytest.mark.parametrize(("on_board_s", "by"), [(None, "12:00"), (3600, "11:00"), (7200, "12:00"), (7201, "12:00")])
def test_a_label_says_the_sooner_of_window_end_and_time_on_board(on_board_s, by):
    problem = make_problem([make_meal(windows=(window("10:00", "12:00"),), max_on_board_s=on_board_s)])
    trip = make_plan(problem, make_route("a", "load:s1", "m1")).routes[0].trips[0]
    load = replace(trip.load_stop, end_s=clock("10:00"))
    assert hand_over_by_s(problem.visits[0], trip.stops[0], load) == clock(by)
