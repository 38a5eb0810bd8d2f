"""From baskets to the days of a month: every visit once, on different days, evenly, and like a model of the day."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest

from optimizer.errors import InputError
from optimizer.network.month import SPARE_PERCENT, month_problems, month_rules
from optimizer.problem import ElderGroup, MealType, Service
from optimizer.validate import validate_problem
from tests.builders import MINUTE, make_elder, make_meal, make_problem, make_station, make_visit, make_worker


def make_day(**changes):
    """Elder a is checked on and eats a soft lunch; b to e have no visit yet."""
    elders = tuple(make_elder(f"e{i}", 10 + i, diet="soft" if i % 2 else "normal", station_id="s1") for i in range(4))
    visits = [
        make_visit(
            "v1", elder_id="e0", place=None, service="check", service_duration_s=20 * MINUTE, skills={"check": 1}
        ),
        make_meal("m0", elder_id="e0", place=None),
        make_meal("m1", elder_id="e1", place=None, demand={"soft": 1}),
    ]
    facts = {
        "elders": elders,
        "services": (Service(service="check", price_cents=1200), Service(service="meal", price_cents=900)),
        "meal_types": (MealType(meal_type="lunch"), MealType(meal_type="soft", diet="soft")),
        "stations": (make_station(portions={"lunch": 3, "soft": 1}),),
    }
    return make_problem(visits, [make_worker(skills={"check": 1})], **{**facts, **changes})


def test_every_visit_is_on_a_day_of_its_own_and_each_day_is_a_sound_problem():
    times = {"e0": {"check": 4, "meal": 12}, "e3": {"meal": 3}}
    days = month_problems(make_day(), times, num_days=26)
    counts = Counter((visit.elder_id, visit.service) for day in days for visit in day.visits)
    assert counts == {("e0", "check"): 4, ("e0", "meal"): 12, ("e3", "meal"): 3}
    for day in days:
        assert max(Counter((v.elder_id, v.service) for v in day.visits).values(), default=1) == 1
        assert [issue for issue in validate_problem(day) if issue.severity == "error"] == []


def test_visits_are_spread_evenly_and_sundays_are_free():
    days = month_problems(make_day(), {"e0": {"check": 4}}, num_days=24, first_date=dt.date(2026, 3, 7))
    served = [position for position, day in enumerate(days) if day.visits]
    assert [later - sooner for sooner, later in pairwise(served)] == [6, 6, 6]
    assert all(day.horizon.first_date.isoweekday() != 7 for day in days)
    assert days[1].horizon.first_date == dt.date(2026, 3, 9)


def test_days_carry_equal_work():
    days = month_problems(make_day(), {f"e{i}": {"meal": 6} for i in range(4)}, num_days=6)
    assert [len(day.visits) for day in days] == [4] * 6


def test_an_elder_without_a_visit_of_the_day_gets_one_like_that_of_the_same_diet():
    [day] = month_problems(make_day(), {"e3": {"meal": 1}}, num_days=1)
    assert [dict(visit.demand) for visit in day.visits] == [{"soft": 1}]


def test_a_diet_nobody_eats_that_day_is_the_same_meal_in_that_diet():
    meal_types = tuple(MealType(meal_type=name, diet=diet) for name, diet in [("lunch", "normal"), ("soft", "soft")])
    halal = MealType(meal_type="lunch-halal", diet="halal")
    day = make_day(meal_types=(*meal_types, halal), elders=(*make_day().elders, make_elder("h", diet="halal")))
    [planned] = month_problems(day, {"h": {"meal": 1}}, num_days=1)
    assert [dict(visit.demand) for visit in planned.visits] == [{"lunch-halal": 1}]
    with pytest.raises(InputError, match="Add a meal type of the diet 'halal'"):
        month_problems(make_day(elders=day.elders), {"h": {"meal": 1}}, num_days=1)


def test_kitchens_bring_what_is_ordered_and_some_more():
    [day] = month_problems(make_day(), {f"e{i}": {"meal": 1} for i in range(4)}, num_days=1)
    [wave] = day.stations[0].waves
    assert SPARE_PERCENT == 115
    assert dict(wave.portions) == {"lunch": 3, "soft": 3}


def test_a_service_without_a_model_is_refused():
    with pytest.raises(InputError, match="no visit of 'bathing'"):
        month_problems(make_day(), {"e0": {"bathing": 1}}, num_days=1)


def test_rules_are_read_off_the_day():
    rules = month_rules(make_day(), num_days=20)
    assert [(offer.service, offer.price_cents, offer.minutes) for offer in rules.offers] == [
        ("check", 1200, 28),
        ("meal", 900, 4),
    ]
    assert dict(rules.minutes_by_skill) == {"check": 20 * 600 * 80 // 100}


def test_two_worker_visits_of_the_disabled_are_measured_apart():
    elders = (make_elder("e0"), make_elder("e1", groups=(ElderGroup.DISABLED,)))
    visits = [
        make_visit(f"v{i}", elder_id=f"e{i}", place=None, service="bathing", skills={"b": 1}, num_workers=1 + i)
        for i in range(2)
    ]
    services = (Service(service="bathing", price_cents=9900),)
    [offer] = month_rules(make_problem(visits, elders=elders, services=services)).offers
    assert offer.minutes == 18
    assert offer.minutes_by_group[ElderGroup.DISABLED] == 36


def test_a_day_without_prices_has_nothing_to_choose_from():
    with pytest.raises(InputError, match="nothing to choose from"):
        month_rules(make_day(services=()))
