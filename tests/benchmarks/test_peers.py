"""Adapters on days small enough to know the best plan, and what they refuse."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.district import DistrictDay, only, peer_version
from benchmarks.peers import PEERS, Unsupported, make_peer
from benchmarks.peers.limits import LIMITS, without_limits
from benchmarks.peers.tours import read_question
from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.problem import Link, LinkKind, Pay, Vehicle
from optimizer.validate import ERROR_CODES, validate_problem
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

SINGLE = make_shift(max_trips=1)
PER_KM = Pay(cents_per_km=100)


VEHICLE_PEERS = [name for name in PEERS if name != "cpsat"]
"""Those of routes with loads and pay; home care's exact model has tests of its own."""


@pytest.fixture(params=VEHICLE_PEERS)
def name(request) -> str:
    if not PEERS[request.param].is_installed:
        pytest.skip(f"{request.param} is not installed; 'make bench' installs it")
    return request.param


def answered(name: str, problem, time_s: float = 0.5):
    """The judged plan of a peer's answer, sound by the judge."""
    travel = make_travel(problem)
    peer = make_peer(name)
    peer.warm_up()
    plan = judged_plan(problem, travel, peer.solve(problem, travel, time_s, 0))
    assert check_plan(problem, travel, plan) == ()
    return plan


def carrier(worker_id: str = "a", portions: int = 2, **changes):
    facts = {"pay": PER_KM, "shifts": (SINGLE,), "vehicle": Vehicle(capacities={"portions": portions}), **changes}
    return make_worker(worker_id, **facts)


def test_capacity_splits_four_meals_on_two_rays(name):
    """Two on either side of the station, at 10 and 11 and at -10 and -11 minutes; 500 m a minute and 1 yuan a km."""
    meals = [make_meal(f"m{k}", minutes) for k, minutes in enumerate((10, -10, 11, -11))]
    plan = answered(name, make_problem(meals, [carrier("a"), carrier("b")]))
    assert plan.cost.total_cents == 2 * 2 * 11 * 50


def test_windows_force_the_dearer_order(name):
    far = make_visit("far", 20, windows=(window("08:20", "08:20"),))
    near = make_visit("near", 10, windows=(window("08:40", "08:40"),))
    plan = answered(name, make_problem([near, far], [make_worker(pay=PER_KM)]))
    assert [stop.visit_id for stop in plan.routes[0].visit_stops] == ["far", "near"]
    assert plan.cost.total_cents == 40 * 50


def test_skill_and_refusal_choose_the_worker(name):
    elder = make_elder("e1", 10, forbidden_worker_ids=("cheap",))
    visits = [make_visit("v1", elder_id="e1", place=None), make_visit("v2", 12, skills={"nursing": 1})]
    workers = [
        make_worker("cheap", pay=Pay(cents_per_km=1)),
        make_worker("nurse", pay=PER_KM, skills={"nursing": 1}),
    ]
    plan = answered(name, make_problem(visits, workers, elders=(elder,)))
    assert [(route.worker_id, len(route.visit_stops)) for route in plan.routes] == [("nurse", 2)]


def test_pace_decides_who_is_in_time(name):
    """An hour's visit at 08:00 and another at 08:40 on the same spot: only the quick one manages both."""
    visits = [
        make_visit("v1", 0, service_duration_s=3600, windows=(window("08:00", "08:00"),)),
        make_visit("v2", 0, service_duration_s=3600, windows=(window("08:40", "08:40"),)),
    ]
    workers = [make_worker("slow"), make_worker("quick", duration_percent=50, pay=Pay(fixed_cents=100))]
    plan = answered(name, make_problem(visits, workers))
    assert not plan.unassigned
    workers_by_visit = {stop.visit_id: route.worker_id for route in plan.routes for stop in route.visit_stops}
    assert "quick" in workers_by_visit.values()


def test_visit_that_ends_elsewhere_leaves_from_there(name):
    escort = make_visit("v1", 10, end_place=at(30))
    after = make_visit("v2", 31)
    plan = answered(name, make_problem([escort, after], [make_worker(pay=PER_KM)]))
    assert [stop.visit_id for stop in plan.routes[0].visit_stops] == ["v1", "v2"]
    assert plan.cost.total_cents == (10 + 1 + 31) * 50


def test_dear_priced_visit_is_served(name):
    visit = make_visit("v1", 10, mandatory=False, unserved_cents=5_000)
    assert not answered(name, make_problem([visit], [make_worker(pay=PER_KM)])).unassigned


@pytest.mark.parametrize("name", [name for name in VEHICLE_PEERS if name != "vroom"])
def test_cheap_priced_visit_is_left_out(name):
    if not PEERS[name].is_installed:
        pytest.skip(f"{name} is not installed")
    visit = make_visit("v1", 10, mandatory=False, unserved_cents=999)
    plan = answered(name, make_problem([visit], [make_worker(pay=PER_KM)]))
    assert plan.cost.total_cents == 999


@pytest.mark.parametrize("name", [name for name in VEHICLE_PEERS if name != "vroom"])
def test_reloading_release_and_loading_time(name):
    """One portion at a time: the second meal's goods are ready at 09:00, and loading takes five minutes."""
    if not PEERS[name].is_installed:
        pytest.skip(f"{name} is not installed")
    station = make_station(loading_duration_s=300)
    first, second = (
        make_meal("m1", 10),
        make_meal("m2", 10, ready_s=clock("09:00"), windows=(window("09:15", "09:15"),)),
    )
    worker = carrier(portions=1, shifts=(make_shift(),))
    plan = answered(name, make_problem([first, second], [worker], stations=(station,)))
    assert not plan.unassigned
    assert [len(trip.stops) for trip in plan.routes[0].trips] == [1, 1]
    assert plan.cost.total_cents == 4 * 10 * 50


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"shifts": (make_shift(),)}, "several loadings per shift"),
        ({"shifts": (make_shift(max_trips=1, max_work_s=3600),)}, "a limit of working time"),
    ],
)
def test_vroom_refuses_what_it_cannot_state(change, reason):
    if not PEERS["vroom"].is_installed:
        pytest.skip("vroom is not installed")
    problem = make_problem([make_meal()], [carrier(**change)])
    with pytest.raises(Unsupported, match=reason):
        make_peer("vroom").solve(problem, make_travel(problem), 1, 0)


def test_links_are_refused_by_all_and_taken_out_by_name():
    link = Link(kind=LinkKind.BEFORE, first_visit_id="v1", second_visit_id="v2")
    problem = make_problem([make_visit("v1"), make_visit("v2")], links=(link,))
    with pytest.raises(Unsupported, match="bonds between visits"):
        read_question(problem, make_travel(problem))
    without, left_out = without_limits(problem)
    assert left_out == ("bonds between visits",)
    assert without == dataclasses.replace(problem, links=())


def test_problem_that_peers_can_state_stays_as_it_is():
    problem = make_problem([make_visit()])
    assert without_limits(problem) == (problem, ())


def test_mandatory_visits_become_priced_ones():
    problem, left_out = peer_version(make_problem([make_visit(priority=2)]))
    assert left_out == ("mandatory visits (left out at their price)",)
    (visit,) = problem.visits
    assert (visit.mandatory, visit.unserved_cents) == (False, 300_000)


def test_part_of_a_day_keeps_the_links_within_it():
    link = Link(kind=LinkKind.BEFORE, first_visit_id="m1", second_visit_id="v1")
    problem = make_problem([make_meal("m1"), make_visit("v1")], links=(link,))
    part = only(problem, lambda visit: not visit.demand)
    assert ([visit.visit_id for visit in part.visits], part.links) == (["v1"], ())


@pytest.mark.parametrize("scenario", ["xicheng-day", "miyun-kitchen", "beibei-three-helps"])
@pytest.mark.parametrize("kind", ["meals", "care", "day"])
def test_district_days_are_sound_and_can_be_stated(scenario, kind):
    problem, travel, left_out = DistrictDay(scenario=scenario, kind=kind, seed=0).build()
    assert [issue for issue in validate_problem(problem, travel) if issue.code in ERROR_CODES] == []
    assert len(problem.visits) > 20
    assert "breaks" in left_out
    question = read_question(problem, travel)
    assert not any(limit.is_refused and limit.is_in(problem) for limit in LIMITS)
    servable = set().union(*(tour.job_idxs for tour in question.tours))
    assert len(servable) > 0.9 * len(question.jobs)
