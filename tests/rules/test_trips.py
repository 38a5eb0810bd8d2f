import pytest

from optimizer.rules import Rule
from tests.builders import make_meal, make_plan, make_problem, make_route, make_shift, make_visit, make_worker
from tests.rules.judging import broken_rules

TWO_TRIPS = ("load:s1", "m1", "load:s1", "m2")


def rules_with(max_trips, *steps):
    worker = make_worker(shifts=(make_shift(max_trips=max_trips),))
    problem = make_problem([make_meal("m1", 10), make_meal("m2", 20), make_visit("v1", 5)], [worker])
    return broken_rules(problem, make_plan(problem, make_route("a", *steps)))


@pytest.mark.parametrize(("max_trips", "expected"), [(1, [Rule.TRIPS]), (2, []), (3, []), (None, [])])
def test_loadings_are_limited(max_trips, expected):
    assert rules_with(max_trips, *TWO_TRIPS) == expected


@pytest.mark.parametrize(("max_trips", "expected"), [(0, [Rule.TRIPS]), (1, [])])
def test_no_trip_may_be_allowed_at_all(max_trips, expected):
    assert rules_with(max_trips, "load:s1", "m1", "m2") == expected


def test_visits_without_portions_need_no_trip():
    assert rules_with(0, "v1") == []


def test_loading_that_feeds_nothing_counts():
    assert rules_with(1, "load:s1", "load:s1", "m1") == [Rule.TRIPS]
