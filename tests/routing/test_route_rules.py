import pytest

from optimizer.plan import Source
from optimizer.problem import Break, Vehicle
from optimizer.routing.constraints.routes import add_breaks, add_range, add_trips, add_working_time
from optimizer.routing.constraints.visits import add_time_windows
from tests.builders import (
    HOUR,
    MINUTE,
    at,
    clock,
    make_meal,
    make_problem,
    make_route,
    make_shift,
    make_visit,
    make_worker,
    window,
)
from tests.routing.forcing import accepts, forced

THERE_AND_BACK_S = 30 * MINUTE
"""Ten minutes there, ten of service, ten back."""


def with_shift(*visits, **changes):
    return make_problem(visits or [make_visit("v1")], [make_worker(shifts=(make_shift(**changes),))])


@pytest.mark.parametrize(("end", "expected"), [("08:29:59", False), ("08:30", True), ("08:30:01", True)])
def test_shift_end_is_inclusive(end, expected):
    assert accepts(with_shift(end=end), make_route("a", "v1"), rules=()) is expected


@pytest.mark.parametrize(("start", "expected"), [("08:49:59", True), ("08:50", True), ("08:50:01", False)])
def test_nobody_leaves_before_the_shift(start, expected):
    problem = with_shift(make_visit(windows=(window("09:00", "09:00"),)), start=start)
    assert accepts(problem, make_route("a", "v1"), rules=(add_time_windows,)) is expected


def test_route_without_places_begins_and_ends_at_its_visits():
    problem = with_shift(start_place=None, end_place=None, end="08:10")
    assert accepts(problem, make_route("a", "v1"), rules=())


@pytest.mark.parametrize(("change_s", "expected"), [(-1, False), (0, True), (1, True)])
def test_working_time_is_bounded(change_s, expected):
    problem = with_shift(max_work_s=THERE_AND_BACK_S + change_s)
    assert accepts(problem, make_route("a", "v1"), rules=(add_working_time,)) is expected


@pytest.mark.parametrize(("change_s", "expected"), [(-1, False), (0, True)])
def test_working_time_does_not_count_breaks(change_s, expected):
    tea = Break(break_id="tea", start_s=clock("08:00"), end_s=clock("12:00"), duration_s=15 * MINUTE)
    problem = with_shift(breaks=(tea,), max_work_s=THERE_AND_BACK_S + change_s)
    assert accepts(problem, make_route("a", "v1"), rules=(add_breaks, add_working_time)) is expected


@pytest.mark.parametrize(("range_m", "expected"), [(9_999, False), (10_000, True), (10_001, True)])
def test_range_is_inclusive(range_m, expected):
    worker = make_worker(vehicle=Vehicle(max_distance_m=range_m))
    assert accepts(make_problem([make_visit("v1")], [worker]), make_route("a", "v1"), rules=(add_range,)) is expected


def test_vehicle_without_range_goes_as_far_as_it_likes():
    workers = [make_worker("a", vehicle=Vehicle(max_distance_m=1)), make_worker("b")]
    assert accepts(make_problem([make_visit("v1")], workers), make_route("b", "v1"), rules=(add_range,))


def lunch(**changes):
    return Break(
        **{"break_id": "lunch", "start_s": clock("12:00"), "end_s": clock("13:00"), "duration_s": HOUR, **changes}
    )


@pytest.mark.parametrize(("end", "expected"), [("13:09:59", False), ("13:10", True)])
def test_route_is_not_over_before_its_break(end, expected):
    """The way home, ten minutes, comes after the break."""
    assert accepts(with_shift(breaks=(lunch(),), end=end), make_route("a", "v1"), rules=(add_breaks,)) is expected


@pytest.mark.parametrize(("start", "expected"), [("12:55", False), ("13:10", True)])
def test_break_keeps_visits_out(start, expected):
    early = make_visit("v1", 10, windows=(window("11:50", "11:50"),))
    late = make_visit("v2", 20, windows=(window(start, start),))
    problem = with_shift(early, late, breaks=(lunch(end_s=clock("12:00")),))
    assert accepts(problem, make_route("a", "v1", "v2"), rules=(add_breaks, add_time_windows)) is expected


@pytest.mark.parametrize(("start", "expected"), [("13:09:59", False), ("13:10", True)])
def test_travel_to_the_next_visit_comes_after_the_break(start, expected):
    """Free at 11:40 at minute 10, but the break waits for 12:00; only then ten minutes to minute 20."""
    early = make_visit("v1", 10, windows=(window("11:30", "11:30"),))
    late = make_visit("v2", 20, windows=(window(start, start),))
    problem = with_shift(early, late, breaks=(lunch(),), end="15:00")
    assert accepts(problem, make_route("a", "v1", "v2"), rules=(add_breaks, add_time_windows)) is expected


def test_break_stands_where_it_is_taken():
    early = make_visit("v1", 10, windows=(window("11:30", "11:30"),))
    late = make_visit("v2", 20, windows=(window("13:10", "13:10"),))
    route = make_route("a", "v1", "v2")
    draft = forced(with_shift(early, late, breaks=(lunch(),)), route, rules=(add_breaks, add_time_windows))
    assert draft.routes == (make_route("a", "v1", "break:lunch", "v2"),)


def test_shift_too_short_for_its_break_is_not_used():
    assert not accepts(with_shift(breaks=(lunch(),), end="12:30"), make_route("a", "v1"), rules=(add_breaks,))
    assert accepts(with_shift(breaks=(lunch(),), end="12:30"), rules=(add_breaks,))


@pytest.mark.parametrize(("end", "expected"), [("13:29:59", False), ("13:30", True)])
def test_break_at_a_place_is_taken_there(end, expected):
    """Lunch at minute 30 until 13:00, then half an hour home."""
    problem = with_shift(breaks=(lunch(place=at(30)),), end=end)
    assert accepts(problem, make_route("a", "v1", "break:lunch"), rules=(add_breaks,)) is expected


def test_break_at_a_place_is_not_left_out():
    problem = with_shift(breaks=(lunch(place=at(30)),))
    assert not accepts(problem, make_route("a", "v1"), rules=(add_breaks,))
    assert accepts(problem, rules=(add_breaks,))


def test_optional_break_may_be_left_out():
    problem = with_shift(breaks=(lunch(place=at(30), mandatory=False), lunch(break_id="tea", mandatory=False)))
    assert accepts(problem, make_route("a", "v1"), rules=(add_breaks,))


@pytest.mark.parametrize(("max_trips", "expected"), [(0, False), (1, False), (2, True), (None, True)])
def test_trips_are_limited(max_trips, expected):
    problem = with_shift(make_meal("m1"), make_meal("m2"), max_trips=max_trips)
    sources = dict.fromkeys(("m1", "m2"), Source(station_id="s1", ready_s=0))
    route = make_route("a", "load:s1", "m1", "load:s1", "m2")
    assert accepts(problem, route, rules=(add_trips,), sources=sources) is expected
