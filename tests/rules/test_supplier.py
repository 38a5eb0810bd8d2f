from dataclasses import replace

import pytest

from optimizer.rules import Rule
from tests.builders import at, make_meal, make_plan, make_problem, make_route, make_station
from tests.rules.judging import broken_rules

STATIONS = (make_station("s1"), make_station("s2"))


def rules_with(visit, stations=STATIONS):
    problem = make_problem([visit], stations=stations)
    return broken_rules(problem, make_plan(problem, make_route("a", "load:s1", visit.visit_id)))


@pytest.mark.parametrize(
    ("station_ids", "expected"), [((), []), (("s1",), []), (("s2", "s1"), []), (("s2",), [Rule.SUPPLIER])]
)
def test_visit_names_who_may_supply_it(station_ids, expected):
    assert rules_with(make_meal(station_ids=station_ids)) == expected


@pytest.mark.parametrize(("radius_m", "expected"), [(4_999, [Rule.SUPPLIER]), (5_000, []), (5_001, []), (None, [])])
def test_walking_distance_is_within_the_service_radius(radius_m, expected):
    assert rules_with(make_meal(minutes=10), (make_station("s1", service_radius_m=radius_m),)) == expected


def test_radius_does_not_bind_care_visits_and_supply_runs():
    near = replace(STATIONS[0], service_radius_m=0)
    assert rules_with(make_meal(minutes=10, demand={}), (near,)) == []
    assert rules_with(make_meal(minutes=10, delivers_to_station_id="s2"), (near, make_station("s2", 10))) == []


def test_only_the_last_loading_before_the_visit_supplies_it():
    problem = make_problem([make_meal(station_ids=("s2",))], stations=(STATIONS[0], make_station("s2", place=at(1))))
    assert broken_rules(problem, make_plan(problem, make_route("a", "load:s1", "load:s2", "m1"))) == []
    assert broken_rules(problem, make_plan(problem, make_route("a", "load:s2", "load:s1", "m1"))) == [Rule.SUPPLIER]
