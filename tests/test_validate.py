"""Every kind of issue by a problem that has it, and it alone."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import InvalidProblem, Severity
from optimizer.problem import (
    Break,
    Horizon,
    Link,
    LinkKind,
    Location,
    MealType,
    Promise,
    Service,
    Shift,
    SpeedSlice,
    TravelMode,
    Vehicle,
)
from optimizer.validate import ERROR_CODES, ISSUE_CODES, WARNING_CODES, require_valid, validate_problem
from tests.builders import (
    at,
    clock,
    make_elder,
    make_meal,
    make_problem,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)

DAY = dt.date(2026, 3, 2)


def link(first="v1", second="v2", kind=LinkKind.BEFORE, **changes):
    return Link(kind=kind, first_visit_id=first, second_visit_id=second, **changes)


def rest(start="12:00", end="13:00", break_id="lunch", **changes):
    return Break(**{"break_id": break_id, "start_s": clock(start), "end_s": clock(end), "duration_s": 1800, **changes})


def with_visit(**changes):
    return make_problem([make_visit("v1", **changes)])


def with_meal(**changes):
    return make_problem([make_meal("m1", **changes)])


def with_worker(**changes):
    return make_problem([make_visit("v1")], [make_worker("a", **changes)])


def with_shift(**changes):
    return with_worker(shifts=(make_shift(**changes),))


def with_station(**changes):
    return make_problem([make_visit("v1")], stations=(make_station("s1", **changes),))


def with_elder(visit=None, **changes):
    return make_problem([make_visit("v1", elder_id="e1", **(visit or {}))], elders=(make_elder("e1", **changes),))


def with_links(*links):
    return make_problem([make_visit(f"v{k}") for k in (1, 2, 3)], links=links)


def with_mode(**changes):
    mode = TravelMode(**{"mode": "walk", "speed_kmh": 5.0, **changes})
    return make_problem([make_visit("v1")], modes=(mode,))


PEAKS = (
    SpeedSlice(start_s=clock("07:00"), end_s=clock("09:00"), speed_percent=50),
    SpeedSlice(start_s=clock("08:59"), end_s=clock("10:00"), speed_percent=50),
)

ERRORS = [
    ("id-empty", "visits[0]", make_problem([make_visit("")])),
    ("id-empty", "workers[0].shifts[0].breaks[0]", with_shift(breaks=(rest(break_id=""),))),
    ("id-duplicate", "visits[1]", make_problem([make_visit("v1"), make_visit("v1")])),
    ("id-duplicate", "meal_types[1]", make_problem(meal_types=(MealType(meal_type="lunch"),) * 2)),
    ("id-duplicate", "workers[0].shifts[1]", with_worker(shifts=(make_shift("08:00", "09:00"), make_shift("10:00")))),
    ("unknown-station", "visits[0].station_ids[1]", with_meal(station_ids=("s1", "s2"))),
    ("unknown-station", "visits[0].delivers_to_station_id", with_meal(delivers_to_station_id="s2")),
    ("unknown-station", "stations[0].parent_station_id", with_station(parent_station_id="s2")),
    ("unknown-station", "workers[0].station_id", with_worker(station_id="s2")),
    ("unknown-station", "elders[0].station_id", with_elder(station_id="s2")),
    ("unknown-elder", "visits[0].elder_id", with_visit(elder_id="e9")),
    ("unknown-worker", "visits[0].pinned_worker_ids[0]", with_visit(pinned_worker_ids=("b",))),
    ("unknown-worker", "visits[0].promise.worker_ids[0]", with_visit(promise=Promise(worker_ids=("b",)))),
    ("unknown-worker", "elders[0].preferred_worker_ids[0]", with_elder(preferred_worker_ids=("b",))),
    ("unknown-worker", "elders[0].forbidden_worker_ids[0]", with_elder(forbidden_worker_ids=("b",))),
    ("unknown-visit", "links[0].second_visit_id", with_links(link("v1", "v9"))),
    ("unknown-meal-type", "visits[0].demand.soup", with_meal(demand={"soup": 1})),
    ("unknown-meal-type", "stations[0].waves[0].portions.soup", with_station(portions={"soup": 1})),
    ("unknown-mode", "workers[0].vehicle.mode", with_worker(vehicle=Vehicle(mode="drone"))),
    ("unknown-service", "visits[0].service", replace(with_visit(), services=(Service(service="bath"),))),
    ("horizon-empty", "horizon.num_days", make_problem(horizon=Horizon(first_date=DAY, num_days=0))),
    ("unknown-time-zone", "horizon.time_zone", make_problem(horizon=Horizon(first_date=DAY, time_zone="Mars/Base"))),
    ("unknown-time-zone", "horizon.time_zone", make_problem(horizon=Horizon(first_date=DAY, time_zone="Asia"))),
    ("unknown-time-zone", "horizon.time_zone", make_problem(horizon=Horizon(first_date=DAY, time_zone="../../etc"))),
    ("coordinates-invalid", "visits[0].place", with_visit(place=Location(lon=181, lat=40))),
    ("coordinates-invalid", "visits[0].end_place", with_visit(end_place=Location(lon=116, lat=-90.1))),
    ("coordinates-invalid", "stations[0].place", with_station(place=Location(lon=float("nan"), lat=40))),
    ("coordinates-invalid", "elders[0].place", with_elder(place=Location(lon=116, lat=float("inf")))),
    ("coordinates-invalid", "workers[0].shifts[0].end_place", with_shift(end_place=Location(lon=40, lat=116))),
    ("quantity-too-small", "visits[0].service_duration_s", with_visit(service_duration_s=-1)),
    ("quantity-too-small", "visits[0].demand.lunch", with_meal(portions=-1)),
    ("quantity-too-small", "workers[0].duration_percent", with_worker(duration_percent=0)),
    ("quantity-too-small", "stations[0].service_radius_m", with_station(service_radius_m=-1)),
    ("share-invalid", "visits[0].min_reliability_share", with_visit(min_reliability_share=1.1)),
    ("share-invalid", "workers[0].reliability_share", with_worker(reliability_share=float("nan"))),
    ("speed-invalid", "modes[0].speed_kmh", with_mode(speed_kmh=0.0)),
    ("speed-invalid", "modes[0].speed_kmh", with_mode(speed_kmh=float("nan"))),
    ("peak-invalid", "modes[0].peaks[1]", with_mode(peaks=PEAKS)),
    ("peak-invalid", "modes[0].peaks[0]", with_mode(peaks=(replace(PEAKS[0], end_s=clock("07:00")),))),
    ("window-reversed", "visits[0].windows[1]", with_visit(windows=(window(), window("11:00", "10:59")))),
    ("window-reversed", "stations[0].opening[0]", with_station(opening=(window("11:00", "10:59"),))),
    ("window-outside-horizon", "visits[0].windows[0]", with_visit(windows=(window("24:00", "25:00"),))),
    ("soft-outside-window", "visits[0].windows[0]", with_visit(windows=(window(soft_end_s=clock("18:01")),))),
    ("soft-outside-window", "visits[0].windows[0]", with_visit(windows=(window(soft_start_s=clock("07:59")),))),
    ("visit-without-window", "visits[0].windows", with_visit(windows=())),
    ("visit-without-place", "visits[0]", with_visit(place=None)),
    ("num-workers-invalid", "visits[0].num_workers", with_visit(num_workers=0)),
    ("num-workers-invalid", "visits[0].num_workers", with_visit(num_workers=2)),
    (
        "shared-demand",
        "visits[0].num_workers",
        make_problem([make_meal(num_workers=2)], [make_worker("a"), make_worker("b")]),
    ),
    ("supply-run-without-demand", "visits[0].demand", with_visit(delivers_to_station_id="s1")),
    ("supply-run-to-itself", "visits[0].station_ids", with_meal(delivers_to_station_id="s1", station_ids=("s1",))),
    (
        "pin-forbidden",
        "visits[0].pinned_worker_ids[0]",
        with_elder({"pinned_worker_ids": ("a",)}, forbidden_worker_ids=("a",)),
    ),
    ("pin-outside-windows", "visits[0].pinned_start", with_visit(pinned_start_s=clock("18:00:01"))),
    ("shift-reversed", "workers[0].shifts[0]", with_shift(start="18:00", end="17:59")),
    ("shift-outside-horizon", "workers[0].shifts[0]", with_shift(start="24:00", end="25:00")),
    (
        "shifts-overlap",
        "workers[0].shifts[0]",
        with_worker(shifts=(make_shift("11:59", "18:00", "pm"), make_shift("08:00", "12:00", "am"))),
    ),
    ("soft-outside-shift", "workers[0].shifts[0].soft_end", with_shift(soft_end_s=clock("18:01"))),
    ("break-reversed", "workers[0].shifts[0].breaks[0]", with_shift(breaks=(rest("13:00", "12:59"),))),
    ("break-outside-shift", "workers[0].shifts[0].breaks[0]", with_shift(breaks=(rest("17:31", "17:45"),))),
    ("break-outside-shift", "workers[0].shifts[0].breaks[0]", with_shift(breaks=(rest("07:00", "07:59"),))),
    (
        "breaks-clash",
        "workers[0].shifts[0].breaks[1]",
        with_shift(breaks=(rest("12:00", "12:29"), rest("12:00", "12:29", "tea"))),
    ),
    ("link-to-itself", "links[0]", with_links(link("v1", "v1"))),
    ("gap-reversed", "links[0]", with_links(link(kind=LinkKind.GAP, min_gap_s=61, max_gap_s=60))),
    (
        "link-contradiction",
        "links[1]",
        with_links(link(kind=LinkKind.SAME_WORKER), link("v2", "v1", kind=LinkKind.DIFFERENT_WORKER)),
    ),
    ("link-cycle", "links[2]", with_links(link("v1", "v2"), link("v2", "v3"), link("v3", "v1"))),
]


@pytest.mark.parametrize(("code", "path", "problem"), ERRORS, ids=[f"{k} {case[0]}" for k, case in enumerate(ERRORS)])
def test_error_is_found_alone_and_at_its_path(code, path, problem):
    assert [(issue.code, issue.path) for issue in validate_problem(problem)] == [(code, path)]


SOUND = [
    make_problem(),
    with_visit(),
    with_meal(),
    make_problem(
        [make_visit(windows=(window("23:59:59", "25:00"),))], [make_worker(shifts=(make_shift("08:00", "26:00"),))]
    ),
    with_visit(windows=(window("18:00", "18:00"),), service_duration_s=0, place=at(0)),
    with_visit(windows=(window(soft_start_s=clock("08:00"), soft_end_s=clock("18:00")),)),
    with_visit(pinned_start_s=clock("18:00"), place=at(0), service_duration_s=0),
    with_visit(place=Location(lon=180, lat=-90)),
    with_visit(min_reliability_share=1.0),
    with_elder(worker_history={"somebody who left": 3}),
    with_shift(breaks=(rest("17:30", "17:45"), rest("07:00", "08:00", "tea"))),
    with_shift(breaks=(rest("12:00", "12:30"), rest("12:00", "12:30", "tea"))),
    with_shift(breaks=(rest("12:00", "12:29"), rest("12:00", "12:29", "tea", mandatory=False))),
    with_worker(shifts=(make_shift("08:00", "12:00", "am"), make_shift("12:00", "18:00", "pm"))),
    with_mode(peaks=(PEAKS[0], replace(PEAKS[1], start_s=clock("09:00")))),
    with_links(link("v1", "v2"), link("v1", "v3"), link("v2", "v3")),
    with_links(link(kind=LinkKind.SAME_WORKER), link("v2", "v3", kind=LinkKind.DIFFERENT_WORKER)),
    with_links(link(kind=LinkKind.GAP, min_gap_s=60, max_gap_s=60)),
    make_problem([make_meal(delivers_to_station_id="s1")], stations=(make_station("s1"), make_station("s2"))),
]


@pytest.mark.parametrize("problem", SOUND)
def test_sound_problem_has_no_issue(problem):
    assert validate_problem(problem) == ()


SMALL = Vehicle(capacities={"portions": 2})

WARNINGS = [
    ("visit-unservable", "visits[0]", with_visit(skills={"bath": 1}), "1 without skill 'bath' at level 1"),
    ("visit-unservable", "visits[0]", with_elder(forbidden_worker_ids=("a",)), "1 refused by the elder"),
    (
        "visit-unservable",
        "visits[0]",
        make_problem([make_visit(min_reliability_share=0.9)], [make_worker(reliability_share=0.89)]),
        "1 less reliable than 0.9",
    ),
    (
        "visit-unservable",
        "visits[0]",
        with_visit(windows=(window("17:55", "18:00"),), place=at(0)),
        "1 without a shift that has time for it in 17:55-18:00",
    ),
    (
        "visit-unservable",
        "visits[0]",
        make_problem([make_meal(portions=3)], [make_worker(vehicle=SMALL)]),
        "1 with a vehicle too small",
    ),
    (
        "visit-unservable",
        "visits[0]",
        make_problem([make_visit(pinned_worker_ids=("b",))], [make_worker("a"), make_worker("b", shifts=())]),
        "1 not among the pinned; 1 without a shift",
    ),
    (
        "visit-unservable",
        "visits[0]",
        make_problem(
            [make_visit(skills={"bath": 1}, num_workers=2)], [make_worker(skills={"bath": 1}), make_worker("b")]
        ),
        "only 1 of 2 workers needed",
    ),
    ("visit-without-supplier", "visits[0]", replace(with_meal(), stations=()), "lunch"),
    ("visit-without-supplier", "visits[0]", with_meal(delivers_to_station_id="s1"), "lunch"),
    ("supply-short", "stations", replace(with_meal(portions=6), stations=(make_station(portions={"lunch": 5}),)), "6"),
    (
        "diet-mismatch",
        "visits[0].demand.lunch",
        with_elder({"demand": {"lunch": 1}}, diet="soft"),
        "needs the diet 'soft', but 'lunch' is 'normal'",
    ),
    ("limit-without-demand", "visits[0].ready", with_visit(ready_s=clock("10:00")), "no portions"),
    ("limit-without-demand", "visits[0].max_on_board_s", with_visit(max_on_board_s=60), "no portions"),
    ("limit-without-demand", "visits[0].soft_on_board_s", with_meal(portions=0, soft_on_board_s=60), "no portions"),
    (
        "worker-without-shift",
        "workers[1].shifts",
        make_problem([make_visit()], [make_worker("a"), make_worker("b", shifts=())]),
        "'b'",
    ),
]


@pytest.mark.parametrize(
    ("code", "path", "problem", "words"), WARNINGS, ids=[f"{k} {case[0]}" for k, case in enumerate(WARNINGS)]
)
def test_warning_is_found_at_its_path_with_its_cause(code, path, problem, words):
    found = [issue for issue in validate_problem(problem) if (issue.code, issue.path) == (code, path)]
    assert len(found) == 1
    assert words in found[0].message


@pytest.mark.parametrize(("end", "is_servable"), [("08:29:59", False), ("08:30", True)])
def test_way_there_and_back_counts_where_travel_is_known(end, is_servable):
    problem = make_problem([make_visit("v1", 10)], [make_worker(shifts=(make_shift("08:00", end),))])
    assert validate_problem(problem) == ()
    assert (validate_problem(problem, make_travel(problem)) == ()) == is_servable


def test_visit_without_a_way_is_unservable():
    problem = with_visit()
    travel = make_travel(problem)
    duration_s = np.full_like(travel.duration_s["walk"], -1)
    found = validate_problem(problem, replace(travel, duration_s={"walk": duration_s}))
    assert [issue.code for issue in found] == ["visit-unservable"]
    assert "without a way there and back by 'walk'" in found[0].message


@pytest.mark.parametrize(("radius_m", "codes"), [(4_999, ["visit-without-supplier"]), (5_000, [])])
def test_service_radius_counts_where_travel_is_known(radius_m, codes):
    problem = replace(with_meal(minutes=10), stations=(make_station(service_radius_m=radius_m),))
    assert [issue.code for issue in validate_problem(problem, make_travel(problem))] == codes


def test_travel_matrix_of_another_problem_is_refused():
    problem = with_visit()
    travel = make_travel(make_problem())
    found = validate_problem(problem, replace(travel, duration_s={"van": travel.duration_s["walk"]}))
    assert [issue.code for issue in found] == ["place-without-travel", "mode-without-travel"]


def test_all_issues_are_found_at_once():
    problem = make_problem([make_visit("v1", num_workers=0, windows=()), make_visit("v1", elder_id="e9")])
    assert [issue.code for issue in validate_problem(problem)] == [
        "id-duplicate",
        "unknown-elder",
        "visit-without-window",
        "num-workers-invalid",
    ]


def test_nearest_known_id_is_suggested():
    problem = make_problem([make_meal(station_ids=("statoin-3",))], stations=(make_station("station-3"),))
    assert validate_problem(problem)[0].hint == "Did you mean 'station-3'?"


def test_suggestions_stop_where_nearly_everything_is_unknown():
    visits = [make_meal(f"m{k}", station_ids=("station-4",)) for k in range(51)]
    hints = [issue.hint for issue in validate_problem(make_problem(visits, stations=(make_station("station-3"),)))]
    assert hints[49:] == ["Did you mean 'station-3'?", "Correct the id or add the station."]


def test_codes_in_the_table_are_the_codes_found():
    tested = {code for code, _, _ in ERRORS} | {code for code, *_ in WARNINGS}
    assert tested | {"place-without-travel", "mode-without-travel"} == set(ISSUE_CODES)


@pytest.mark.parametrize(("cases", "severity"), [(ERRORS, Severity.ERROR), (WARNINGS, Severity.WARNING)])
def test_severity_follows_the_code(cases, severity):
    codes = ERROR_CODES if severity is Severity.ERROR else WARNING_CODES
    for code, _, problem, *_ in cases:
        assert code in codes
        assert {issue.severity for issue in validate_problem(problem)} == {severity}


@pytest.mark.parametrize("problem", [case[2] for case in ERRORS + WARNINGS])
def test_every_issue_has_a_law_and_a_cure(problem):
    for issue in validate_problem(problem):
        assert issue.message.endswith(".")
        assert issue.hint.endswith((".", "?"))


def test_require_valid_raises_with_every_error():
    with pytest.raises(InvalidProblem) as raised:
        require_valid(make_problem([make_visit("v1", num_workers=0, windows=())]))
    assert [issue.code for issue in raised.value.issues] == ["visit-without-window", "num-workers-invalid"]


def test_require_valid_returns_the_warnings():
    assert [issue.code for issue in require_valid(with_visit(skills={"bath": 1}))] == ["visit-unservable"]


def test_nothing_is_raised_over_a_thoroughly_wrong_problem():
    visit = make_visit("", windows=(), place=None, num_workers=-1, demand={"": -1}, pinned_start_s=-1)
    shift = Shift(shift_id="", start_s=5, end_s=-5, breaks=(rest(break_id=""), rest(break_id="")))
    problem = make_problem(
        [visit, visit],
        [make_worker("", shifts=(shift, shift), vehicle=Vehicle(mode=""))],
        stations=(),
        links=(link("", ""), link("x", "y"), link("y", "x")),
        horizon=Horizon(first_date=DAY, num_days=-1, time_zone=""),
    )
    assert len(validate_problem(problem)) > 15
