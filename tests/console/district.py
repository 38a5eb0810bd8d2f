"""A small district to look at: seven visits, one of them unserved, one late, one meal near its limit."""

from __future__ import annotations

from dataclasses import replace

from api.auth.keys import make_key
from api.bodies import ReadProblem
from api.intake import keep_problem
from api.judging import outcome_of_judged
from api.outcomes import params_facts
from api.store.district import DistrictStore
from api.store.districts import add_key
from api.store.records import Change, NewPlan, Origin, Role
from api.worlds import STRAIGHT, World
from optimizer.judge import judge
from optimizer.params import SolveParams
from optimizer.problem import Break, ElderGroup, Link, LinkKind, Location, Vehicle
from tests.builders import (
    HOUR,
    MINUTE,
    make_draft,
    make_elder,
    make_meal,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_visit,
    make_worker,
    window,
)

CHANGE = Change(actor="test")


def place(east: float, north: float = 0) -> Location:
    """A place some hundred metres from the station."""
    return Location(lon=116.36 + east / 850, lat=39.90 + north / 1110)


def small_problem():
    """One courier, two carers, a link between two visits, and a bath that nobody may give."""
    elders = (
        elder("e1", "王秀英", 2, 1, phone="010-5550-1234", groups=(ElderGroup.LIVING_ALONE,), floor=3),
        elder("e2", "李志强", 3, 2, phone="010-5550-4321", address="椿树胡同2号"),
        elder("e3", "张桂兰", 4, -1, groups=(ElderGroup.DESTITUTE, ElderGroup.DISABLED)),
    )
    home = place(0)
    shift = make_shift(start_place=home, end_place=home)
    rest = Break(break_id="lunch", start_s=12 * HOUR, end_s=13 * HOUR, duration_s=30 * MINUTE)
    workers = (
        make_worker(
            "courier", name="赵静", shifts=(shift,), vehicle=Vehicle(mode="e-bike", capacities={"portions": 9})
        ),
        make_worker("carer1", name="钱勇", shifts=(replace(shift, breaks=(rest,)),), skills={"bathing": 1}),
        make_worker("carer2", name="孙敏", shifts=(replace(shift, end_s=10 * HOUR),), skills={"bathing": 1}),
    )
    visits = (
        at_home(make_meal("m1", windows=(window("11:00", "12:00"),), max_on_board_s=2 * HOUR), "e1"),
        at_home(make_meal("m2", windows=(window("11:00", "12:00", soft_end_s=11 * HOUR),)), "e2"),
        at_home(make_meal("m3", windows=(window("11:30", "12:00"),), max_on_board_s=33 * MINUTE), "e3"),
        at_home(make_visit("c1", windows=(window("08:30", "10:00"),), priority=1), "e1"),
        at_home(make_visit("c2", windows=(window("13:00", "16:00"),)), "e1"),
        at_home(make_visit("c3", num_workers=2, windows=(window("08:30", "09:30"),)), "e3"),
        at_home(
            make_visit(
                "bath", service_duration_s=HOUR, skills={"bathing": 2}, windows=(window("09:45", "10:00"),), priority=3
            ),
            "e3",
        ),
    )
    link = Link(kind=LinkKind.GAP, first_visit_id="c1", second_visit_id="c2", min_gap_s=HOUR)
    station = make_station(place=home, name="椿树驿站", loading_duration_s=0)
    return make_problem(visits, workers, elders=elders, stations=(station,), links=(link,), name="small")


def elder(elder_id, name, east, north, **facts):
    return make_elder(elder_id, place=place(east, north), name=name, community="椿树社区", **facts)


def at_home(visit, elder_id):
    return replace(visit, place=None, elder_id=elder_id)


def small_draft():
    """Everything but the bath."""
    return make_draft(
        make_route("courier", "load:s1", "m1", "m2", "m3"),
        make_route("carer1", "c3", "c1", "break:lunch", "c2"),
        make_route("carer2", "c3"),
    )


def add_small_plan(database, district_id="east", **changes):
    """A district's finished plan for the small problem."""
    store = DistrictStore(database, district_id)
    problem = replace(small_problem(), **changes)
    kept = keep_problem(store, ReadProblem(problem=problem, warnings=()), STRAIGHT, CHANGE)
    judged = judge(problem, World(problem=problem, streets=None).travel, small_draft())
    assert judged.violations == ()
    new = NewPlan(problem_id=kept.problem_id, origin=Origin.SOLVE, params=params_facts(SolveParams()))
    return store.add_finished(new, outcome_of_judged(judged), CHANGE)


def add_keys(database, district_id):
    """A key of every role."""
    keys = {}
    for role in Role:
        keys[role], record = make_key(role, district_id)
        add_key(database, record, CHANGE)
    return keys
