import pytest

from optimizer.plan import Source, load_step
from optimizer.problem import MealType, SupplyWave, TimeWindow, Vehicle
from optimizer.routing.constraints.supply import (
    add_capacities,
    add_loading_times,
    add_ready_times,
    add_stock,
    add_suppliers,
    add_time_on_board,
)
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
    make_station,
    make_visit,
    make_worker,
    window,
)
from tests.routing.forcing import accepts, forced

ONE_MEAL = make_route("a", "load:s1", "m1")


def sources(*visit_ids, station_id="s1", ready="06:00"):
    return dict.fromkeys(visit_ids, Source(station_id=station_id, ready_s=clock(ready)))


def carrier(room, **changes):
    return make_worker(vehicle=Vehicle(capacities={"portions": room}), **changes)


@pytest.mark.parametrize(("room", "expected"), [(3, False), (4, True), (5, True)])
def test_trip_fits_the_vehicle(room, expected):
    problem = make_problem([make_meal("m1", portions=3), make_meal("m2")], [carrier(room)])
    route = make_route("a", "load:s1", "m1", "m2")
    assert accepts(problem, route, rules=(add_capacities,), sources=sources("m1", "m2")) is expected


def test_each_worker_has_their_own_room():
    problem = make_problem([make_meal("m1", portions=3)], [carrier(2), carrier(3, worker_id="b")])
    assert not accepts(problem, ONE_MEAL, rules=(add_capacities,), sources=sources("m1"))
    assert accepts(problem, make_route("b", "load:s1", "m1"), rules=(add_capacities,), sources=sources("m1"))


def test_a_second_loading_makes_room():
    problem = make_problem([make_meal("m1", portions=3), make_meal("m2", portions=3)], [carrier(3)])
    route = make_route("a", "load:s1", "m1", "load:s1", "m2")
    assert accepts(problem, route, rules=(add_capacities,), sources=sources("m1", "m2"))


@pytest.mark.parametrize(("boxes", "expected"), [(1, False), (2, True)])
def test_every_named_capacity_is_kept(boxes, expected):
    soup = MealType(meal_type="soup", uses={"portions": 1, "boxes": 2})
    worker = make_worker(vehicle=Vehicle(capacities={"portions": 9, "boxes": boxes}))
    problem = make_problem([make_visit("m1", demand={"soup": 1})], [worker], meal_types=(soup,))
    assert accepts(problem, ONE_MEAL, rules=(add_capacities,), sources=sources("m1")) is expected


@pytest.mark.parametrize("rule", [add_capacities, add_time_on_board])
def test_nothing_is_handed_over_before_a_loading(rule):
    problem = make_problem([make_meal("m1", max_on_board_s=HOUR), make_visit("v1")])
    assert not accepts(problem, make_route("a", "m1"), rules=(rule,), sources=sources("m1"))
    assert accepts(problem, make_route("a", "v1"), rules=(rule,), sources=sources("m1"))


def test_goods_that_take_no_room_are_loaded_too():
    letter = MealType(meal_type="letter", uses={})
    problem = make_problem([make_visit("m1", demand={"letter": 1})], meal_types=(letter,))
    assert not accepts(problem, make_route("a", "m1"), rules=(add_suppliers,), sources=sources("m1"))
    assert accepts(problem, ONE_MEAL, rules=(add_suppliers,), sources=sources("m1"))


@pytest.mark.parametrize(("station_id", "expected"), [("s1", False), ("s2", True), ("s3", False)])
def test_trip_is_loaded_at_the_decided_station(station_id, expected):
    stations = tuple(make_station(name) for name in ("s1", "s2", "s3"))
    problem = make_problem([make_meal("m1"), make_meal("x1"), make_meal("x3")], stations=stations)
    decided = {**sources("m1", station_id="s2"), **sources("x1"), **sources("x3", station_id="s3")}
    route = make_route("a", f"load:{station_id}", "m1")
    assert accepts(problem, route, rules=(add_suppliers,), sources=decided) is expected


@pytest.mark.parametrize(("station_id", "expected"), [("s1", True), ("s2", False), ("s3", True)])
def test_open_visit_is_supplied_by_any_station_it_names(station_id, expected):
    stations = tuple(make_station(name) for name in ("s1", "s2", "s3"))
    problem = make_problem([make_meal("m1", station_ids=("s1", "s3")), make_meal("m2")], stations=stations)
    route = make_route("a", f"load:{station_id}", "m1")
    assert accepts(problem, route, rules=(add_suppliers,)) is expected


@pytest.mark.parametrize(("radius_m", "expected"), [(4999, False), (5000, True), (5001, True)])
def test_open_visit_lies_within_the_service_radius(radius_m, expected):
    problem = make_problem([make_meal("m1", 10)], stations=(make_station(service_radius_m=radius_m),))
    assert accepts(problem, ONE_MEAL, rules=(add_suppliers,)) is expected


@pytest.mark.parametrize(("end", "expected"), [("10:21:59", False), ("10:22", True)])
def test_load_waits_for_the_wave(end, expected):
    """Ready at ten, ten minutes there, two to hand over, ten back."""
    problem = make_problem([make_meal("m1")], [make_worker(shifts=(make_shift(end=end),))])
    rules = (add_loading_times, add_ready_times)
    assert accepts(problem, ONE_MEAL, rules=rules, sources=sources("m1", ready="10:00")) is expected


def test_one_trip_waits_for_the_later_of_two_waves():
    problem = make_problem([make_meal("m1"), make_meal("m2", windows=(window("08:00", "10:30"),))])
    decided = {**sources("m1", ready="11:00"), **sources("m2", ready="08:00")}
    rules = (add_loading_times, add_ready_times, add_time_windows)
    assert not accepts(problem, make_route("a", "load:s1", "m1", "m2"), rules=rules, sources=decided)
    assert accepts(problem, make_route("a", "load:s1", "m2", "load:s1", "m1"), rules=rules, sources=decided)


@pytest.mark.parametrize(("change_s", "expected"), [(-1, False), (0, True)])
def test_many_ready_times_are_kept_exactly(change_s, expected):
    """More ready times than load nodes have: the last one still waits until it is ready, and ten minutes more."""
    last_s = clock("09:00") + 19 * MINUTE
    visits = [make_meal(f"m{number}", ready_s=clock("09:00") + number * MINUTE) for number in range(19)]
    latest_s = last_s + 10 * MINUTE + change_s
    visits.append(make_meal("m19", ready_s=last_s, windows=(TimeWindow(start_s=0, end_s=latest_s),)))
    decided = sources(*(visit.visit_id for visit in visits))
    rules = (add_loading_times, add_ready_times, add_time_windows)
    assert accepts(make_problem(visits), make_route("a", "load:s1", "m19"), rules=rules, sources=decided) is expected


@pytest.mark.parametrize(("end", "expected"), [("08:26:59", False), ("08:27", True)])
def test_loading_takes_its_time(end, expected):
    station = make_station(loading_duration_s=5 * MINUTE)
    problem = make_problem([make_meal("m1")], [make_worker(shifts=(make_shift(end=end),))], stations=(station,))
    assert accepts(problem, ONE_MEAL, rules=(add_loading_times,), sources=sources("m1")) is expected


@pytest.mark.parametrize(("end", "expected"), [("08:59:59", False), ("09:00", True)])
def test_loading_starts_while_the_station_is_open(end, expected):
    worker = make_worker(shifts=(make_shift("09:00"),))
    problem = make_problem([make_meal("m1")], [worker], stations=(make_station(opening=(window("08:00", end),)),))
    assert accepts(problem, ONE_MEAL, rules=(add_loading_times,), sources=sources("m1")) is expected


@pytest.mark.parametrize(("limit_s", "expected"), [(599, False), (600, True), (601, True)])
def test_time_on_board_counts_from_the_end_of_loading(limit_s, expected):
    station = make_station(loading_duration_s=5 * MINUTE)
    problem = make_problem([make_meal("m1", 10, max_on_board_s=limit_s)], stations=(station,))
    assert accepts(problem, ONE_MEAL, rules=(add_time_on_board,), sources=sources("m1")) is expected


@pytest.mark.parametrize(("limit_s", "expected"), [(1319, False), (1320, True)])
def test_time_on_board_counts_every_stop_of_the_trip(limit_s, expected):
    """Ten minutes, two of service, ten minutes."""
    problem = make_problem([make_meal("m1", 10), make_meal("m2", 20, max_on_board_s=limit_s)])
    route = make_route("a", "load:s1", "m1", "m2")
    assert accepts(problem, route, rules=(add_time_on_board,), sources=sources("m1", "m2")) is expected


@pytest.mark.parametrize(("limit_s", "expected"), [(3599, False), (3600, True)])
def test_time_on_board_counts_waiting_that_a_later_loading_cannot_save(limit_s, expected):
    """Loaded by 08:50, since the first meal is due at 09:00; the second is not wanted before 09:50."""
    first = make_meal("m1", 10, windows=(window("08:00", "09:00"),))
    second = make_meal("m2", 10, windows=(window("09:50", "11:00"),), max_on_board_s=limit_s)
    route = make_route("a", "load:s1", "m1", "m2")
    rules = (add_time_windows, add_time_on_board)
    assert accepts(make_problem([first, second]), route, rules=rules, sources=sources("m1", "m2")) is expected


def test_a_new_loading_is_fresh():
    problem = make_problem([make_meal("m1", 10), make_meal("m2", 10, max_on_board_s=600)])
    route = make_route("a", "load:s1", "m1", "load:s1", "m2")
    assert accepts(problem, route, rules=(add_time_on_board,), sources=sources("m1", "m2"))


@pytest.mark.parametrize(("portions", "expected"), [(2, False), (3, True), (4, True)])
def test_open_visits_share_the_stock(portions, expected):
    stations = (make_station(portions={"lunch": portions}),)
    problem = make_problem([make_meal("m1", portions=2), make_meal("m2")], stations=stations)
    route = make_route("a", "load:s1", "m1", "m2")
    assert accepts(problem, route, rules=(add_suppliers, add_ready_times, add_stock)) is expected


@pytest.mark.parametrize(("portions", "expected"), [(2, False), (3, True)])
def test_decided_visits_take_their_stock_first(portions, expected):
    stations = (make_station(portions={"lunch": portions}),)
    problem = make_problem([make_meal("m1", portions=2), make_meal("m2")], stations=stations)
    route = make_route("a", "load:s1", "m1", "m2")
    rules = (add_suppliers, add_ready_times, add_stock)
    assert accepts(problem, route, rules=rules, sources=sources("m1")) is expected


@pytest.mark.parametrize(("end", "expected"), [("10:59", False), ("11:10", True)])
def test_open_visit_takes_from_a_later_wave_what_the_first_lacks(end, expected):
    """One portion at eight, one more at eleven."""
    waves = tuple(
        SupplyWave(wave_id=ready, ready_s=clock(ready), portions={"lunch": 1}) for ready in ("08:00", "11:00")
    )
    visits = [make_meal("m1"), make_meal("m2", windows=(window("08:00", end),))]
    problem = make_problem(visits, stations=(make_station(waves=waves),))
    route = make_route("a", "load:s1", "m1", load_step("s1", clock("11:00")), "m2")
    rules = (add_loading_times, add_suppliers, add_ready_times, add_stock, add_time_windows)
    assert accepts(problem, route, rules=rules) is expected


def test_load_says_when_its_goods_are_ready():
    route = make_route("a", "load:s1", "m1")
    draft = forced(make_problem([make_meal("m1")]), route, rules=(), sources=sources("m1", ready="10:00"))
    assert draft.routes == (make_route("a", load_step("s1", clock("10:00")), "m1"),)


def test_load_that_feeds_nothing_is_left_out():
    problem = make_problem([make_meal("m1"), make_visit("v1", place=at(3))])
    draft = forced(problem, make_route("a", "v1", "load:s1"), rules=(), sources=sources("m1"))
    assert draft.routes == (make_route("a", "v1"),)
