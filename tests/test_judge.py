"""Properties of the judge: good plans pass, and a good plan broken in one way breaks exactly that rule."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.cost import cost_of, quantities_of
from optimizer.kpis import kpis_of
from optimizer.plan import Plan, Route, SolveStatus, Stop, StopKind, Unassigned
from optimizer.problem import Break, Link, LinkKind, Location, Problem, SupplyWave, TimeWindow
from optimizer.rules import CostTerm, Rule
from tests.builders import (
    at,
    clock,
    make_elder,
    make_meal,
    make_plan,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
)
from tests.rules.judging import broken_rules, change_stop


@st.composite
def good_plans(draw):
    """A problem without tight limits and a plan of two workers: meals and care by "a", care by "b"."""
    minutes = st.integers(1, 30)
    meals = [
        make_meal(f"m{k}", draw(minutes), portions=draw(st.integers(1, 3)), elder_id="e1")
        for k in range(draw(st.integers(1, 4)))
    ]
    care = [make_visit(f"v{k}", draw(minutes), elder_id="e1") for k in range(draw(st.integers(2, 4)))]
    rest = Break(break_id="tea", start_s=0, end_s=clock("24:00"), duration_s=600)
    workers = [
        make_worker("a", shifts=(make_shift("06:00", "24:00", breaks=(rest,)),)),
        make_worker("b", shifts=(make_shift("06:00", "24:00"),)),
        make_worker("c", shifts=()),
    ]
    spare = make_visit("spare", mandatory=False)
    stations = make_station("s1", loading_duration_s=draw(st.integers(0, 600))), make_station("s2")
    problem = make_problem([*meals, *care, spare], workers, stations=stations, elders=(make_elder(),))
    served = draw(st.permutations([visit.visit_id for visit in [*meals, *care[1:]]]))
    plan = make_plan(problem, make_route("a", "load:s1", *served, "break:tea"), make_route("b", care[0].visit_id))
    return problem, plan


def first_meal_stop(plan: Plan) -> Stop:
    return next(stop for stop in plan.routes[0].visit_stops if stop.visit_id.startswith("m"))


def change_visit(problem: Problem, visit_id: str, **changes) -> Problem:
    visits = (replace(visit, **changes) if visit.visit_id == visit_id else visit for visit in problem.visits)
    return replace(problem, visits=tuple(visits))


def change_worker(problem: Problem, **changes) -> Problem:
    return replace(problem, workers=(replace(problem.workers[0], **changes), *problem.workers[1:]))


def change_shift(problem: Problem, **changes) -> Problem:
    return change_worker(problem, shifts=(replace(problem.workers[0].shifts[0], **changes),))


def change_station(problem: Problem, **changes) -> Problem:
    return replace(problem, stations=(replace(problem.stations[0], **changes), *problem.stations[1:]))


def add_link(problem: Problem, plan: Plan, kind: LinkKind, **changes) -> Problem:
    """Bind the last visit of the first route to one of the same route, read backwards."""
    ids = [stop.visit_id for stop in plan.routes[0].visit_stops]
    link = Link(kind=kind, first_visit_id=ids[-1], second_visit_id=ids[0], **changes)
    return replace(problem, links=(link,))


def tighten(rule: Rule, problem: Problem, plan: Plan) -> Problem:
    """`problem` with one law made stricter than `plan` can bear, by the least step."""
    route = plan.routes[0]
    load, meal = route.stops[1], first_meal_stop(plan)
    visit_id, start_s = meal.visit_id, meal.start_s
    work_s = route.stops[-1].arrival_s - route.stops[0].departure_s
    way_m = sum(stop.travel_distance_m for stop in route.stops)
    total = load.load["lunch"]
    changes = {
        Rule.VISIT_ONCE: lambda: change_visit(problem, visit_id, num_workers=2),
        Rule.SERVICE_DURATION: lambda: change_visit(problem, visit_id, service_duration_s=121),
        Rule.TIME_WINDOW: lambda: change_visit(problem, visit_id, windows=(TimeWindow(start_s=0, end_s=start_s - 1),)),
        Rule.SHIFT: lambda: change_shift(problem, end_s=route.stops[-1].arrival_s - 1),
        Rule.WORKING_TIME: lambda: change_shift(problem, max_work_s=work_s - 600 - 1),
        Rule.BREAK: lambda: change_shift(problem, breaks=(replace(rest_of(problem), duration_s=601),)),
        Rule.RANGE: lambda: change_worker(problem, vehicle=replace(vehicle_of(problem), max_distance_m=way_m - 1)),
        Rule.TRIPS: lambda: change_shift(problem, max_trips=0),
        Rule.SKILL: lambda: change_visit(problem, visit_id, skills={"bath": 1}),
        Rule.FORBIDDEN_WORKER: lambda: change_visit(
            replace(problem, elders=(*problem.elders, make_elder("e2", forbidden_worker_ids=("a",)))),
            visit_id,
            elder_id="e2",
        ),
        Rule.DISTINCT_WORKERS: lambda: replace(problem, elders=(make_elder(max_distinct_workers=1),)),
        Rule.RELIABILITY: lambda: change_visit(problem, visit_id, min_reliability_share=1.01),
        Rule.PINNED_WORKER: lambda: change_visit(problem, visit_id, pinned_worker_ids=("b",)),
        Rule.PINNED_START: lambda: change_visit(problem, visit_id, pinned_start_s=start_s + 1),
        Rule.CAPACITY: lambda: change_worker(
            problem, vehicle=replace(vehicle_of(problem), capacities={"portions": total - 1})
        ),
        Rule.SUPPLIER: lambda: change_visit(problem, visit_id, station_ids=("s2",)),
        Rule.STOCK: lambda: change_station(
            problem, waves=(SupplyWave(wave_id="w1", ready_s=0, portions={"lunch": total - 1}),)
        ),
        Rule.OPENING: lambda: change_station(
            problem, opening=(TimeWindow(start_s=load.start_s + 1, end_s=clock("24:00")),)
        ),
        Rule.LOADING: lambda: change_station(problem, loading_duration_s=load.end_s - load.start_s + 1),
        Rule.READY_TIME: lambda: change_visit(problem, visit_id, ready_s=load.start_s + 1),
        Rule.TIME_ON_BOARD: lambda: change_visit(problem, visit_id, max_on_board_s=start_s - load.end_s - 1),
        Rule.SAME_START: lambda: add_link(problem, plan, LinkKind.SAME_START),
        Rule.GAP: lambda: add_link(problem, plan, LinkKind.GAP),
        Rule.BEFORE: lambda: add_link(problem, plan, LinkKind.BEFORE),
        Rule.SAME_WORKER: lambda: replace(problem, links=(across(plan, LinkKind.SAME_WORKER),)),
        Rule.DIFFERENT_WORKER: lambda: add_link(problem, plan, LinkKind.DIFFERENT_WORKER),
        Rule.NOT_CONSECUTIVE_DAYS: lambda: add_link(problem, plan, LinkKind.NOT_CONSECUTIVE_DAYS),
        Rule.TOGETHER: lambda: replace(
            problem, links=(Link(kind=LinkKind.BEFORE, first_visit_id=visit_id, second_visit_id="spare"),)
        ),
        Rule.HARD_TERM: lambda: replace(problem, hard_terms=(CostTerm.UNSERVED,)),
    }
    return changes[rule]()


def rest_of(problem: Problem) -> Break:
    return problem.workers[0].shifts[0].breaks[0]


def vehicle_of(problem: Problem):
    return problem.workers[0].vehicle


def across(plan: Plan, kind: LinkKind) -> Link:
    """A link between visits of the two routes."""
    first, second = (route.visit_stops[0].visit_id for route in plan.routes)
    return Link(kind=kind, first_visit_id=first, second_visit_id=second)


def spoil(rule: Rule, plan: Plan) -> Plan:
    """`plan` with one thing printed wrongly."""
    load, way = plan.routes[0].stops[1], plan.routes[0].stops[2]
    changes = {
        Rule.REFERENCE: lambda: change_stop(plan, 2, place=Location(lon=0, lat=0)),
        Rule.ACCOUNTED: lambda: replace(plan, unassigned=()),
        Rule.TIMES: lambda: change_stop(plan, 2, wait_duration_s=way.wait_duration_s + 1),
        Rule.TRAVEL: lambda: change_stop(plan, 2, arrival_s=way.arrival_s - 1, wait_duration_s=way.wait_duration_s + 1),
        Rule.LOADED: lambda: change_stop(plan, 1, load={"lunch": load.load["lunch"] - 1}),
    }
    return changes[rule]()


SPOILED = {Rule.REFERENCE, Rule.ACCOUNTED, Rule.TIMES, Rule.TRAVEL, Rule.LOADED}


@given(good_plans())
@settings(max_examples=60, deadline=None)
def test_good_plan_passes(good):
    assert broken_rules(*good) == []


@pytest.mark.parametrize("rule", sorted(set(Rule) - SPOILED))
@given(good=good_plans())
@settings(max_examples=15, deadline=None)
def test_stricter_law_is_broken_alone(rule, good):
    problem, plan = good
    assert broken_rules(tighten(rule, problem, plan), plan) == [rule]


@pytest.mark.parametrize("rule", sorted(SPOILED))
@given(good=good_plans())
@settings(max_examples=15, deadline=None)
def test_spoiled_print_is_found_alone(rule, good):
    problem, plan = good
    assert broken_rules(problem, spoil(rule, plan)) == [rule]


@given(good_plans())
@settings(max_examples=60, deadline=None)
def test_quantities_are_not_negative_and_price_the_cost(good):
    problem, plan = good
    travel = make_travel(problem)
    quantities, cost = quantities_of(problem, travel, plan), cost_of(problem, travel, plan)
    assert set(quantities) == set(CostTerm)
    assert min(quantities.values()) >= 0
    assert {term for term in cost.cents_by_term if not quantities[term]} == set()
    assert cost.total_cents == sum(cost.cents_by_term.values())


def any_stop():
    ids = st.sampled_from([None, "m1", "v1", "s1", "s2", "tea", "nobody"])
    times = st.integers(-100_000, 200_000)
    places = st.sampled_from([at(0), at(5), at(10), at(999)])
    return st.builds(
        Stop,
        kind=st.sampled_from(StopKind),
        place=places,
        end_place=places,
        arrival_s=times,
        start_s=times,
        end_s=times,
        departure_s=times,
        visit_id=ids,
        station_id=ids,
        break_id=ids,
        load=st.dictionaries(st.sampled_from(["lunch", "soup"]), st.integers(0, 5), max_size=2),
    )


@st.composite
def wild_plans(draw):
    route = st.builds(
        Route,
        worker_id=st.sampled_from(["a", "b", "nobody"]),
        shift_id=st.sampled_from(["day", "none"]),
        stops=st.lists(any_stop(), max_size=6).map(tuple),
    )
    unassigned = st.builds(Unassigned, visit_id=st.sampled_from(["m1", "v1", "nobody"]))
    return Plan(
        status=SolveStatus.INVALID,
        routes=tuple(draw(st.lists(route, max_size=3))),
        unassigned=tuple(draw(st.lists(unassigned, max_size=2))),
    )


@given(wild_plans(), st.sampled_from([None, at(0)]))
@settings(max_examples=300, deadline=None)
def test_no_plan_is_too_malformed_to_judge(plan, start_place):
    rest = Break(break_id="tea", start_s=clock("09:00"), end_s=clock("10:00"), duration_s=600)
    shift = make_shift(start_place=start_place, end_place=None, breaks=(rest,), max_work_s=3600)
    workers = [make_worker(name, shifts=(shift,)) for name in "ab"]
    problem = make_problem(
        [make_meal("m1", 10), make_visit("v1", 5)], workers, stations=(make_station(), make_station("s2"))
    )
    problem = replace(problem, hard_terms=tuple(CostTerm))
    travel = make_travel(problem)
    assert check_plan(problem, travel, plan) == check_plan(problem, travel, plan)
    cost_of(problem, travel, plan)
    kpis_of(problem, travel, plan)


def test_a_route_that_is_nowhere_known_is_judged_as_having_no_way():
    nowhere = make_shift(start_place=None, end_place=None)
    problem = make_problem([make_visit()], [make_worker(shifts=(nowhere,))])
    stops = (
        Stop(kind=StopKind.START, place=place, end_place=place, arrival_s=0, start_s=0, end_s=0, departure_s=0)
        for place in (at(999), at(0))
    )
    route = Route(worker_id="a", shift_id="day", stops=tuple(stops))
    plan = Plan(status=SolveStatus.INVALID, routes=(route,), unassigned=(Unassigned(visit_id="v1"),))
    assert Rule.TRAVEL in {violation.rule for violation in check_plan(problem, make_travel(problem), plan)}
