from dataclasses import replace

import pytest

from optimizer.plan import StopKind, Unassigned
from optimizer.problem import Break
from optimizer.rules import Rule
from tests.builders import (
    at,
    clock,
    make_meal,
    make_plan,
    make_problem,
    make_route,
    make_shift,
    make_visit,
    make_worker,
)
from tests.rules.judging import broken_rules, change_route, change_stop

REST = Break(break_id="lunch", start_s=clock("10:00"), end_s=clock("13:00"), duration_s=1800, mandatory=False)
PROBLEM = make_problem([make_meal("m1"), make_visit("v1")], [make_worker(shifts=(make_shift(breaks=(REST,)),))])
PLAN = make_plan(PROBLEM, make_route("a", "load:s1", "m1", "v1", "break:lunch"))


def test_sound_plan_refers_to_known_things_only():
    assert broken_rules(PROBLEM, PLAN) == []


def test_unknown_worker():
    assert broken_rules(PROBLEM, change_route(PLAN, worker_id="b")) == [Rule.REFERENCE]


def test_unknown_shift():
    assert broken_rules(PROBLEM, change_route(PLAN, shift_id="night")) == [Rule.REFERENCE]


@pytest.mark.parametrize("break_id", ["tea", None])
def test_unknown_or_missing_break(break_id):
    assert broken_rules(PROBLEM, change_stop(PLAN, 4, break_id=break_id)) == [Rule.REFERENCE]


@pytest.mark.parametrize("visit_id", ["v2", None])
def test_unknown_or_missing_visit(visit_id):
    plan = replace(PLAN, unassigned=(Unassigned(visit_id="v1"),))
    assert broken_rules(PROBLEM, change_stop(plan, 3, visit_id=visit_id)) == [Rule.REFERENCE]


def test_unknown_station_leaves_its_trip_unloaded():
    assert broken_rules(PROBLEM, change_stop(PLAN, 1, station_id="s2")) == [Rule.REFERENCE, Rule.LOADED]


def test_unknown_meal_type_in_a_load():
    assert broken_rules(PROBLEM, change_stop(PLAN, 1, load={"supper": 1})) == [Rule.REFERENCE, Rule.LOADED]


def test_unknown_visit_in_the_list_of_unassigned():
    assert broken_rules(PROBLEM, replace(PLAN, unassigned=(Unassigned(visit_id="v9"),))) == [Rule.REFERENCE]


def test_stop_names_only_what_its_kind_says():
    assert broken_rules(PROBLEM, change_stop(PLAN, 0, station_id="s1")) == [Rule.REFERENCE]
    assert broken_rules(PROBLEM, change_stop(PLAN, 4, visit_id="v1")) == [Rule.REFERENCE]


def test_unknown_stop_off_the_map_is_passed_over():
    nowhere = at(999)
    plan = replace(PLAN, unassigned=(Unassigned(visit_id="v1"),))
    assert broken_rules(PROBLEM, change_stop(plan, 3, visit_id="v2", place=nowhere, end_place=nowhere)) == [
        Rule.REFERENCE
    ]


@pytest.mark.parametrize("position", [1, 3])
@pytest.mark.parametrize("field", ["place", "end_place"])
def test_loadings_and_visits_lie_where_the_facts_put_them(position, field):
    assert PLAN.routes[0].stops[position].kind in {StopKind.LOAD, StopKind.VISIT}
    assert broken_rules(PROBLEM, change_stop(PLAN, position, **{field: at(11)})) == [Rule.REFERENCE]
