"""Elders by the mix of a city, and what follows from who they are."""

import numpy as np
import pytest

from optimizer.network.priority import priority_of
from optimizer.problem import Elder, ElderGroup, Location
from scenarios import build_scenario
from scenarios.people import POPULATION_SHARES, UNUSED_PHONE_PREFIX, draw_clients

HOME = Location(lon=116.4, lat=39.9)
ELDERS = build_scenario("yinchuan-month").problem.elders


@pytest.mark.parametrize("name", ["tiny", "xicheng-day", "miyun-kitchen", "beibei-three-helps", "yinchuan-month"])
def test_everybody_has_a_phone_of_their_own_that_nobody_has_in_the_world(name):
    problem = build_scenario(name).problem
    phones = [person.phone for person in (*problem.elders, *problem.workers)]
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith(UNUSED_PHONE_PREFIX) for phone in phones)


def elder(*groups):
    return Elder(elder_id="e", place=HOME, groups=groups)


@pytest.mark.parametrize(
    ("groups", "priority"),
    [
        ((), 0),
        ((ElderGroup.AGED_80_PLUS,), 0),
        ((ElderGroup.MINIMUM_INCOME,), 1),
        ((ElderGroup.BEREAVED,), 1),
        ((ElderGroup.AGED_80_PLUS, ElderGroup.LIVING_ALONE), 2),
        ((ElderGroup.DISABLED, ElderGroup.DESTITUTE), 3),
    ],
)
def test_the_disabled_come_before_the_old_and_alone_before_the_poor(groups, priority):
    assert priority_of(elder(*groups)) == priority


@pytest.mark.parametrize("group", [ElderGroup.AGED_80_PLUS, ElderGroup.LIVING_ALONE, ElderGroup.DISABLED])
def test_those_in_need_are_three_times_as_frequent_as_in_the_population(group):
    share = sum(group in each.groups for each in ELDERS) / len(ELDERS)
    assert share == pytest.approx(3 * POPULATION_SHARES[group], rel=0.2)


def test_couples_are_as_frequent_as_in_the_population_less_those_drawn_alone():
    share = sum(ElderGroup.EMPTY_NEST in each.groups for each in ELDERS) / len(ELDERS)
    assert share == pytest.approx(POPULATION_SHARES[ElderGroup.EMPTY_NEST] * (1 - 3 * 0.14), rel=0.15)


@pytest.mark.parametrize(
    "pair",
    [
        {ElderGroup.DISABLED, ElderGroup.HALF_DISABLED},
        {ElderGroup.LIVING_ALONE, ElderGroup.EMPTY_NEST},
        {ElderGroup.DESTITUTE, ElderGroup.MINIMUM_INCOME},
    ],
)
def test_nobody_is_in_two_groups_that_exclude_each_other(pair):
    assert not any(pair <= set(each.groups) for each in ELDERS)


def test_who_is_frail_does_not_walk_to_a_dining_point():
    frail = {ElderGroup.DISABLED, ElderGroup.HALF_DISABLED}
    assert all((each.walking_range_m == 0) == bool(frail & set(each.groups)) for each in ELDERS)


def test_clients_are_different_and_the_favoured_come_more_often():
    elders = [elder(ElderGroup.DISABLED), *[elder() for _ in range(9)]]
    factors = {ElderGroup.DISABLED: 9.0}
    drawn = [draw_clients(np.random.default_rng(seed), elders, 1, factors)[0] for seed in range(400)]
    assert sum(each is elders[0] for each in drawn) == pytest.approx(200, abs=50)
    everybody = draw_clients(np.random.default_rng(0), elders, 99, factors)
    assert sorted(map(id, everybody)) == sorted(map(id, elders))
