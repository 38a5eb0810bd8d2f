"""Times of bare sequences: as early as they can be, departures as late as they may be."""

import pytest

from optimizer.check import check_plan
from optimizer.errors import InputError
from optimizer.judge import judged_plan
from optimizer.plan import Step, StopKind, load_step
from optimizer.problem import Break, Link, LinkKind, SpeedSlice, SupplyWave
from optimizer.timing import time_draft
from optimizer.units import format_clock
from tests.builders import (
    HOUR,
    MINUTE,
    at,
    clock,
    make_draft,
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


def starts_of(problem, *routes):
    """Clock times by visit, station or break, in the order of the stops of all routes."""
    timed = time_draft(problem, make_travel(problem), make_draft(*routes))
    return {
        stop.visit_id or stop.station_id or stop.break_id or str(stop.kind): format_clock(stop.start_s)
        for route in timed
        for stop in route.stops
    }


def test_a_route_departs_just_in_time_for_its_first_visit():
    problem = make_problem([make_visit(windows=(window("11:00", "12:00"),))])
    assert starts_of(problem, make_route("a", "v1")) == {"start": "10:50", "v1": "11:00", "end": "11:20"}


def test_waiting_in_the_middle_moves_what_comes_before_it_later():
    problem = make_problem([make_visit("early", 10), make_visit("late", 20, windows=(window("11:00", "12:00"),))])
    assert starts_of(problem, make_route("a", "early", "late"))["early"] == "10:40"


def test_a_soft_end_stops_a_visit_from_moving_later():
    early = make_visit("early", 10, windows=(window(soft_end_s=clock("09:00")),))
    problem = make_problem([early, make_visit("late", 20, windows=(window("11:00", "12:00"),))])
    assert starts_of(problem, make_route("a", "early", "late"))["early"] == "09:00"


def test_a_loading_moves_later_so_that_food_stays_fresh():
    meal = make_meal(windows=(window("11:00", "12:00"),), max_on_board_s=10 * MINUTE)
    problem = make_problem([make_visit("first", 0), meal])
    assert starts_of(problem, make_route("a", "first", "load:s1", "m1"))["s1"] == "10:50"


def test_the_first_window_that_can_be_met_is_taken():
    visit = make_visit(minutes=30, windows=(window("08:00", "08:20"), window("09:00", "09:30")))
    assert starts_of(make_problem([visit]), make_route("a", "v1"))["v1"] == "09:00"


def test_a_window_end_can_be_met_to_the_second():
    visit = make_visit(minutes=20, windows=(window("08:00", "08:20"), window("09:00", "09:30")))
    assert starts_of(make_problem([visit]), make_route("a", "v1"))["v1"] == "08:20"


def test_a_late_visit_gets_its_late_time_and_the_judge_says_so():
    problem = make_problem([make_visit(minutes=30, windows=(window("08:00", "08:20"),))])
    plan = judged_plan(problem, make_travel(problem), make_draft(make_route("a", "v1")))
    assert plan.routes[0].visit_stops[0].start_s == clock("08:30")
    assert [violation.rule for violation in check_plan(problem, make_travel(problem), plan)] == ["time-window"]


def test_linked_visits_start_at_the_later_of_their_earliest_starts():
    visits = [make_visit("near", 5), make_visit("far", 50)]
    link = Link(kind=LinkKind.SAME_START, first_visit_id="near", second_visit_id="far")
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], links=(link,))
    starts = starts_of(problem, make_route("a", "near"), make_route("b", "far"))
    assert starts["near"] == starts["far"] == "08:50"


def test_a_largest_gap_pulls_the_first_visit_towards_the_second():
    visits = [make_visit("first", 5), make_visit("second", 5, windows=(window("12:00", "13:00"),))]
    link = Link(kind=LinkKind.GAP, first_visit_id="first", second_visit_id="second", max_gap_s=HOUR)
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], links=(link,))
    assert starts_of(problem, make_route("a", "first"), make_route("b", "second"))["first"] == "11:00"


def test_links_push_through_a_chain_of_routes():
    visits = [make_visit(name, 5) for name in "pqr"]
    links = (
        Link(kind=LinkKind.BEFORE, first_visit_id="p", second_visit_id="q"),
        Link(kind=LinkKind.BEFORE, first_visit_id="q", second_visit_id="r"),
    )
    problem = make_problem(visits, [make_worker(name) for name in "abc"], links=links)
    starts = starts_of(problem, make_route("a", "r"), make_route("b", "q"), make_route("c", "p"))
    assert [starts[name] for name in "pqr"] == ["08:05", "08:15", "08:25"]


def test_links_that_contradict_each_other_end_in_late_times_not_in_an_endless_loop():
    visits = [make_visit(name, 5) for name in "pq"]
    links = (
        Link(kind=LinkKind.BEFORE, first_visit_id="p", second_visit_id="q"),
        Link(kind=LinkKind.BEFORE, first_visit_id="q", second_visit_id="p"),
    )
    problem = make_problem(visits, [make_worker(name) for name in "ab"], links=links)
    plan = judged_plan(problem, make_travel(problem), make_draft(make_route("a", "p"), make_route("b", "q")))
    assert check_plan(problem, make_travel(problem), plan)


def test_a_load_without_an_earliest_start_waits_for_its_wave():
    waves = tuple(SupplyWave(wave_id=t, ready_s=clock(t), portions={"lunch": 1}) for t in ("09:00", "10:00"))
    problem = make_problem(
        [make_meal("m1"), make_meal("m2")],
        [make_worker("a"), make_worker("b")],
        stations=(make_station(waves=waves),),
    )
    travel = make_travel(problem)
    routes = time_draft(problem, travel, make_draft(make_route("a", "load:s1", "m1"), make_route("b", "load:s1", "m2")))
    assert [format_clock(route.trips[0].load_stop.start_s) for route in routes] == ["09:00", "10:00"]


def test_a_load_waits_for_the_supply_run_that_brings_its_portions():
    bare = make_station("s2", 20, waves=())
    run = make_meal("run", 20, portions=5, delivers_to_station_id="s2")
    problem = make_problem(
        [run, make_meal("m1", 25, station_ids=("s2",))],
        [make_worker("a"), make_worker("b")],
        stations=(make_station(), bare),
    )
    starts = starts_of(problem, make_route("a", "load:s1", "run"), make_route("b", "load:s2", "m1"))
    assert starts["s2"] == "08:22"


def test_a_stated_earliest_load_is_kept():
    problem = make_problem([make_meal()])
    starts = starts_of(problem, make_route("a", load_step("s1", clock("10:00")), "m1"))
    assert starts["s1"] == "10:00"


def test_a_break_without_a_place_is_taken_where_the_worker_is():
    rest = Break(break_id="lunch", start_s=clock("12:00"), end_s=clock("13:00"), duration_s=HOUR)
    problem = make_problem([make_visit()], [make_worker(shifts=(make_shift(breaks=(rest,)),))])
    stops = time_draft(problem, make_travel(problem), make_draft(make_route("a", "v1", "break:lunch")))[0].stops
    assert stops[2].place == at(10)


def test_a_shift_without_places_begins_and_ends_at_its_visits():
    problem = make_problem([make_visit()], [make_worker(shifts=(make_shift(start_place=None, end_place=None),))])
    stops = time_draft(problem, make_travel(problem), make_draft(make_route("a", "v1")))[0].stops
    assert {stop.place for stop in stops} == {at(10)}


def test_an_escort_goes_on_from_where_it_ends():
    problem = make_problem([make_visit("escort", 10, end_place=at(40)), make_visit("next", 40)])
    assert starts_of(problem, make_route("a", "escort", "next"))["next"] == "08:20"


def test_a_peak_makes_the_way_longer():
    problem = make_problem([make_visit()])
    travel = make_travel(problem)
    slow = SpeedSlice(start_s=clock("07:00"), end_s=clock("09:00"), speed_percent=50)
    peaked = type(travel)(
        places=travel.places, duration_s=travel.duration_s, distance_m=travel.distance_m, peaks={"walk": (slow,)}
    )
    stops = time_draft(problem, peaked, make_draft(make_route("a", "v1")))[0].stops
    assert format_clock(stops[1].start_s) == "08:20"


def test_a_route_without_a_visit_is_left_out():
    problem = make_problem([make_visit()])
    assert time_draft(problem, make_travel(problem), make_draft(make_route("a", "load:s1"))) == ()


@pytest.mark.parametrize(
    ("route", "code"),
    [
        (make_route("nobody", "v1"), "unknown-worker"),
        (make_route("a", "v1", shift_id="night"), "unknown-shift"),
        (make_route("a", "v9"), "unknown-visit"),
        (make_route("a", "load:s9", "v1"), "unknown-station"),
        (make_route("a", "v1", "break:tea"), "unknown-break"),
        (make_route("a", Step(kind=StopKind.VISIT, station_id="s1")), "step-id"),
        (make_route("a", Step(kind=StopKind.LOAD, station_id="s1", visit_id="v1")), "step-id"),
    ],
)
def test_unknown_ids_are_refused(route, code):
    problem = make_problem([make_visit()])
    with pytest.raises(InputError) as caught:
        time_draft(problem, make_travel(problem), make_draft(route))
    assert [issue.code for issue in caught.value.issues] == [code]
