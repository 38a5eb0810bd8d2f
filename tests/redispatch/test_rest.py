"""What is frozen, where everybody is, and what is left of facts, links, portions and limits."""

from dataclasses import replace

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.problem import Break, Link, LinkKind, Vehicle
from optimizer.redispatch.day import after, at, open_day
from optimizer.redispatch.events import (
    ElderAbsent,
    KitchenLate,
    StopDone,
    StopStarted,
    VehicleDown,
    VisitAdded,
    VisitCancelled,
    WorkerBack,
    WorkerIll,
    WorkerLate,
)
from optimizer.redispatch.rest import joined, rest_of
from tests.builders import (
    MINUTE,
    clock,
    make_elder,
    make_meal,
    make_plan,
    make_problem,
    make_route,
    make_shift,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.builders import at as place_at


def day_of(visits, *routes, workers=None, now="08:00", **changes):
    names = sorted({visit.elder_id for visit in visits if visit.elder_id})
    problem = make_problem(visits, workers, elders=tuple(make_elder(name) for name in names), **changes)
    plan = make_plan(problem, *(routes or [make_route("a", *(visit.visit_id for visit in visits))]))
    travel = make_travel(problem)
    assert not check_plan(problem, travel, plan)
    return open_day(problem, travel, judged_plan(problem, travel, plan.draft), now_s=clock(now))


def at_ten(visit_id="v1", minutes=10, start="10:00", **changes):
    """A visit of ten minutes that starts at `start`."""
    return make_visit(visit_id, minutes, windows=(window(start, start),), **changes)


def open_ids(rest):
    return [visit.visit_id for visit in rest.problem.visits]


def shift_of(rest, worker_id="a"):
    return rest.problem.worker_by_id[worker_id].shifts[0]


def test_a_visit_that_starts_as_the_freeze_ends_is_frozen_and_one_second_later_it_is_open():
    day = day_of([at_ten()], now="09:40")
    assert open_ids(rest_of(day, freeze_s=20 * MINUTE)) == []
    assert open_ids(rest_of(day, freeze_s=20 * MINUTE - 1)) == ["v1"]


def test_before_leaving_a_worker_is_free_at_home():
    rest = rest_of(day_of([at_ten()], now="09:00"))
    assert (shift_of(rest).start_s, shift_of(rest).start_place) == (clock("09:00"), place_at(0))


def test_a_worker_in_a_visit_is_free_when_and_where_it_ends():
    rest = rest_of(day_of([at_ten(), at_ten("v2", 30, "12:00")], now="10:05"))
    assert (shift_of(rest).start_s, shift_of(rest).start_place) == (clock("10:10"), place_at(10))
    assert open_ids(rest) == ["v2"]


def test_a_worker_under_way_to_a_later_visit_is_free_where_the_way_ends():
    rest = rest_of(day_of([at_ten(), at_ten("v2", 50, "12:00")], now="10:20"))
    assert (shift_of(rest).start_s, shift_of(rest).start_place) == (clock("10:50"), place_at(50))
    assert open_ids(rest) == ["v2"]


def test_what_elders_were_told_is_promised_and_nobody_comes_sooner():
    day = day_of([make_visit("v1", 10, elder_id="e1", place=place_at(10), pinned_start_s=clock("10:00"))])
    day = replace(day, problem=replace(day.problem, visits=(replace(day.problem.visits[0], pinned_start_s=None),)))
    (visit,) = rest_of(day).problem.visits
    assert (visit.promise.worker_ids, visit.promise.start_s) == (("a",), clock("10:00"))
    assert visit.windows[0].start_s == clock("09:45")
    (free,) = rest_of(day, promised=False).problem.visits
    assert free.promise is None
    assert free.windows[0].start_s == clock("08:00")


def test_portions_on_board_are_no_demand_stay_with_the_carrier_and_keep_their_time_limit():
    meals = [
        make_meal("m1", 5, windows=(window("09:00", "09:00"),)),
        make_meal("m2", 40, windows=(window("09:00", "12:00"),), max_on_board_s=60 * MINUTE),
    ]
    workers = [make_worker("a"), make_worker("b")]
    day = day_of(meals, make_route("a", "load:s1", "m1", "m2"), workers=workers, now="09:00")
    rest = rest_of(day, freeze_s=0)
    (visit,) = rest.problem.visits
    loaded_s = day.plan.routes[0].trips[0].load_stop.end_s
    assert (visit.visit_id, visit.demand, visit.pinned_worker_ids) == ("m2", {}, ("a",))
    assert visit.windows[0].end_s == loaded_s + 60 * MINUTE
    assert rest.on_board == {"m2": "a"}
    assert rest.problem.stations[0].waves[0].portions == {"lunch": 998}


def test_portions_of_a_carrier_who_falls_ill_are_loaded_anew():
    meals = [
        make_meal("m1", 5, windows=(window("09:00", "09:00"),)),
        make_meal("m2", 40, windows=(window("09:30", "12:00"),)),
    ]
    workers = [make_worker("a"), make_worker("b")]
    day = day_of(meals, make_route("a", "load:s1", "m1", "m2"), workers=workers, now="09:00")
    rest = rest_of(after(day, WorkerIll(at_s=clock("09:01"), worker_id="a")), freeze_s=0)
    (visit,) = rest.problem.visits
    assert visit.demand == {"lunch": 1}
    assert not rest.on_board
    assert rest.problem.worker_by_id["a"].shifts == ()


def test_a_link_to_a_given_visit_becomes_a_window():
    visits = [at_ten(), make_visit("v2", 20, windows=(window("08:00", "18:00"),))]
    gap = Link(
        kind=LinkKind.GAP, first_visit_id="v1", second_visit_id="v2", min_gap_s=60 * MINUTE, max_gap_s=90 * MINUTE
    )
    rest = rest_of(day_of(visits, links=(gap,), now="10:00"))
    (visit,) = rest.problem.visits
    assert (visit.windows[0].start_s, visit.windows[0].end_s) == (clock("11:00"), clock("11:30"))
    assert rest.problem.links == ()


def test_links_of_workers_to_given_visits_become_pins():
    workers = [make_worker("a"), make_worker("b"), make_worker("c")]
    visits = [at_ten(), at_ten("v2", 20, "12:00"), at_ten("v3", 30, "13:00")]
    links = (
        Link(kind=LinkKind.SAME_WORKER, first_visit_id="v1", second_visit_id="v2"),
        Link(kind=LinkKind.DIFFERENT_WORKER, first_visit_id="v1", second_visit_id="v3"),
    )
    day = day_of(visits, make_route("a", "v1", "v2"), make_route("b", "v3"), workers=workers, links=links, now="10:00")
    pins = {visit.visit_id: visit.pinned_worker_ids for visit in rest_of(day).problem.visits}
    assert pins == {"v2": ("a",), "v3": ("b", "c")}


def test_a_visit_of_two_workers_is_frozen_for_both_or_for_neither():
    workers = [make_worker("a"), make_worker("b")]
    visits = [at_ten(num_workers=2), at_ten("v0", 5, "09:45")]
    day = day_of(visits, make_route("a", "v0", "v1"), make_route("b", "v1"), workers=workers, now="09:42")
    assert open_ids(rest_of(day)) == []
    cancelled = after(day, VisitCancelled(at_s=clock("09:43"), visit_id="v0"))
    assert open_ids(rest_of(cancelled)) == ["v1"]


def test_range_trips_and_working_time_are_what_is_left():
    shift = make_shift(max_trips=2, max_work_s=clock("05:00"))
    worker = make_worker("a", shifts=(shift,), vehicle=Vehicle(capacities={"portions": 20}, max_distance_m=100_000))
    meals = [
        make_meal("m1", 10, windows=(window("10:00", "10:00"),)),
        make_meal("m2", 20, windows=(window("12:00", "12:30"),)),
    ]
    day = day_of(meals, make_route("a", "load:s1", "m1", "load:s1", "m2"), workers=[worker], now="10:01")
    rest = rest_of(day)
    left = rest.problem.worker_by_id["a"]
    assert left.shifts[0].max_trips == 1
    assert left.vehicle.max_distance_m == 95_000
    assert left.shifts[0].max_work_s == clock("05:00") - 12 * MINUTE
    assert left.shifts[0].end_s == clock("09:50") + clock("05:00")


def test_a_break_whose_time_has_passed_may_begin_late():
    rest_due = Break(break_id="lunch", start_s=clock("10:00"), end_s=clock("10:20"), duration_s=600)
    worker = make_worker("a", shifts=(make_shift(breaks=(rest_due,)),))
    visits = [at_ten("v1", 10, "09:30"), at_ten("v2", 20, "13:00")]
    day = day_of(visits, make_route("a", "v1", "break:lunch", "v2"), workers=[worker], now="09:35")
    late = after(day, WorkerLate(at_s=clock("09:36"), worker_id="a", delay_s=3600))
    rest = rest_of(late, freeze_s=0)
    assert shift_of(rest).breaks[0].end_s == clock("10:40")
    assert "after 10:20" in rest.notes[0]


def test_a_late_worker_keeps_others_waiting_at_visits_of_two():
    workers = [make_worker("a"), make_worker("b")]
    visit = make_visit("v1", 10, num_workers=2, windows=(window("10:00", "11:00"),))
    day = day_of([visit], make_route("a", "v1"), make_route("b", "v1"), workers=workers, now="09:55")
    late = after(day, WorkerLate(at_s=clock("09:55"), worker_id="a", delay_s=900))
    starts = {stop.start_s for route in rest_of(late).committed for stop in route.stops if stop.visit_id == "v1"}
    assert starts == {clock("10:15")}


def test_reported_times_move_what_comes_after():
    day = day_of([at_ten(), make_visit("v2", 30)], now="10:12")
    day = after(day, StopStarted(at_s=clock("10:12"), worker_id="a", visit_id="v1", start_s=clock("10:05")))
    assert shift_of(rest_of(day, freeze_s=0)).start_s == clock("10:15")
    day = after(day, StopDone(at_s=clock("10:22"), worker_id="a", visit_id="v1", end_s=clock("10:20")))
    assert shift_of(rest_of(day, freeze_s=0)).start_s == clock("10:40")


def test_a_report_of_the_morning_is_not_about_the_loading_of_the_afternoon():
    shifts = (make_shift("08:00", "12:00", "morning"), make_shift("14:00", "18:00", "afternoon"))
    meals = [make_meal("m1", windows=(window("10:00", "11:00"),)), make_meal("m2", windows=(window("16:00", "17:00"),))]
    routes = [make_route("a", "load:s1", f"m{i}", shift_id=s) for i, s in ((1, "morning"), (2, "afternoon"))]
    day = day_of(meals, *routes, workers=[make_worker("a", shifts=shifts)], now="10:00")
    loading = day.plan.routes[0].stops[1]
    day = after(day, StopStarted(at_s=clock("10:00"), worker_id="a", station_id="s1", start_s=loading.start_s))
    rest = rest_of(day)
    assert [route.shift_id for route in rest.committed] == ["morning"]
    assert rest.on_board == {}


def test_an_elder_who_is_away_loses_the_windows_and_perhaps_the_visit():
    visit = make_visit("v1", 10, elder_id="e1", windows=(window("10:00", "12:00"),))
    day = day_of([visit])
    morning = ElderAbsent(at_s=clock("08:10"), elder_id="e1", from_s=clock("08:10"), until_s=clock("11:00"))
    assert rest_of(after(day, morning)).problem.visits[0].windows[0].start_s == clock("11:00")
    gone = rest_of(after(day, ElderAbsent(at_s=clock("08:10"), elder_id="e1", from_s=clock("08:10"))))
    assert open_ids(gone) == []
    assert "'e1' is away" in gone.lost["v1"]


def test_a_loading_whose_wave_is_late_is_not_given():
    meal = make_meal("m1", 10, windows=(window("10:00", "11:00"),), max_on_board_s=30 * MINUTE)
    day = day_of([meal], make_route("a", "load:s1", "m1"), now="09:45")
    late = KitchenLate(at_s=clock("09:45"), station_id="s1", wave_id="w1", delay_s=clock("04:00"))
    rest = rest_of(after(day, late))
    plan = judged_plan(rest.problem, rest.travel, rest.start)
    assert not check_plan(rest.problem, rest.travel, plan)
    assert plan.routes[0].trips[0].load_stop.start_s >= clock("10:00")


def test_a_worker_back_after_illness_starts_at_home():
    day = after(day_of([at_ten()]), WorkerIll(at_s=clock("08:10"), worker_id="a"))
    day = after(day, WorkerBack(at_s=clock("08:20"), worker_id="a", from_s=clock("09:30")))
    assert (shift_of(rest_of(day)).start_s, shift_of(rest_of(day)).start_place) == (clock("09:30"), place_at(0))


def test_a_fallback_mode_moves_the_worker_for_the_rest():
    event = VehicleDown(at_s=clock("08:10"), worker_id="a", from_s=clock("08:10"), fallback_mode="bicycle")
    rest = rest_of(after(day_of([at_ten()]), event))
    assert rest.problem.worker_by_id["a"].vehicle.mode == "bicycle"


def test_only_those_concerned_are_open():
    workers = [make_worker("a", skills={"nurse": 1}), make_worker("b")]
    visits = [at_ten(), at_ten("v2", 20, "12:00"), at_ten("v3", 40, "14:00", skills={"nurse": 1})]
    routes = make_route("a", "v1", "v3"), make_route("b", "v2")
    day = after(day_of(visits, *routes, workers=workers), VisitCancelled(at_s=clock("08:10"), visit_id="v1"))
    rest = rest_of(day, only_concerned=True)
    assert not rest.is_whole
    assert open_ids(rest) == ["v3"]
    assert rest.problem.worker_by_id["b"].shifts == ()


def test_joined_is_the_published_plan_where_nothing_happens():
    meals = [make_meal(f"m{k}", 5 * k, windows=(window("10:00", "13:00"),)) for k in range(1, 5)]
    day = day_of(meals, make_route("a", "load:s1", "m1", "m2", "load:s1", "m3", "m4"))
    later = at(day, clock("10:10"))
    rest = rest_of(later)
    whole = joined(later, rest, judged_plan(rest.problem, rest.travel, rest.start))
    assert [stop.visit_id for stop in whole.routes[0].stops] == [stop.visit_id for stop in day.plan.routes[0].stops]
    assert not check_plan(day.problem, day.travel, whole)
    assert whole.cost.total_cents >= 0


def test_a_mandatory_break_still_due_is_taken_on_the_way_home():
    rest_due = Break(break_id="lunch", start_s=clock("12:00"), end_s=clock("13:00"), duration_s=1800)
    worker = make_worker("a", shifts=(make_shift(breaks=(rest_due,)),))
    visits = [at_ten(), at_ten("v2", 20, "14:00")]
    day = day_of(visits, make_route("a", "v1", "break:lunch", "v2"), workers=[worker], now="10:00")
    day = after(day, VisitCancelled(at_s=clock("10:05"), visit_id="v2"))
    rest = rest_of(day)
    whole = joined(day, rest, judged_plan(rest.problem, rest.travel, rest.start))
    assert [stop.kind for stop in whole.routes[0].stops] == ["start", "visit", "break", "end"]
    assert not check_plan(day.problem, day.travel, whole)


def test_a_new_visit_is_open():
    event = VisitAdded(at_s=clock("08:10"), visit=make_visit("new", 10))
    assert "new" in open_ids(rest_of(after(day_of([at_ten()]), event)))
