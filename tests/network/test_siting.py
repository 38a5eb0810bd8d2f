"""Location models: equal to brute force on small cases, monotone in the budget, bounds on the right side."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.network.median import median
from optimizer.network.mixed import MixedModel, Proof
from optimizer.network.siting import SiteRule, centre, maximal_cover
from optimizer.network.transport import NOWHERE


def subsets(num_sites):
    return chain.from_iterable(combinations(range(num_sites), size) for size in range(num_sites + 1))


def chosen_sets(rule):
    for subset in subsets(len(rule.price)):
        chosen = np.zeros(len(rule.price), dtype=bool)
        chosen[list(subset)] = True
        if rule.allows(chosen):
            yield chosen


def best_assignment(time_s, chosen, capacity, far_s):
    """Cheapest assignment by trying all: for tiny cases."""

    def cost_from(row, left):
        if row == len(time_s):
            return 0
        options = [far_s + cost_from(row + 1, left)]
        for site in np.flatnonzero(chosen):
            if left[site] > 0 and time_s[row, site] < far_s:
                fewer = tuple(each - (idx == site) for idx, each in enumerate(left))
                options.append(int(time_s[row, site]) + cost_from(row + 1, fewer))
        return min(options)

    return cost_from(0, tuple(capacity))


@st.composite
def towns(draw, max_homes=8, max_sites=5):
    num_homes, num_sites = draw(st.integers(1, max_homes)), draw(st.integers(1, max_sites))
    seconds = st.lists(st.sampled_from([-1, 0, 100, 200, 500, 899, 900, 1500]), min_size=num_sites, max_size=num_sites)
    duration_s = np.array(draw(st.lists(seconds, min_size=num_homes, max_size=num_homes)), dtype=np.int32)
    price = np.array(draw(st.lists(st.integers(0, 5), min_size=num_sites, max_size=num_sites)), dtype=np.int64)
    is_open = np.array(draw(st.lists(st.booleans(), min_size=num_sites, max_size=num_sites)))
    return duration_s, SiteRule(price=price, budget=draw(st.integers(0, 12)), is_open=is_open)


@given(towns(), st.integers(0, 99))
def test_maximal_cover_equals_brute_force(town, seed):
    duration_s, rule = town
    weight = np.random.default_rng(seed).integers(0, 9, len(duration_s))
    within = (duration_s >= 0) & (duration_s <= 900)
    best = max(int(weight[within[:, chosen].any(axis=1)].sum()) for chosen in chosen_sets(rule))
    answer = maximal_cover(within, weight, rule)
    assert (answer.value, answer.bound, answer.proof) == (best, best, Proof.OPTIMAL)
    assert rule.allows(answer.chosen)


@settings(max_examples=60, deadline=None)
@given(towns(max_homes=5, max_sites=4), st.data())
def test_median_with_places_equals_brute_force(town, data):
    duration_s, rule = town
    num_sites = len(rule.price)
    capacity = data.draw(st.none() | st.lists(st.integers(0, 3), min_size=num_sites, max_size=num_sites))
    time_s = np.where((duration_s < 0) | (duration_s > 1200), 1200, duration_s)
    room = capacity if capacity is not None else [len(duration_s)] * num_sites
    best = min(best_assignment(time_s, chosen, room, 1200) for chosen in chosen_sets(rule))
    given_room = None if capacity is None else np.array(capacity)
    answer = median(duration_s, rule, far_s=1200, capacity=given_room)
    assert (answer.value, answer.bound) == (best, best)


@given(towns())
def test_centre_equals_brute_force(town):
    duration_s, rule = town
    far = 10**9
    reached = (duration_s >= 0).any(axis=1)
    costs = np.where(duration_s < 0, far, duration_s)[reached]
    longest = [int(costs[:, chosen].min(axis=1, initial=far).max(initial=0)) for chosen in chosen_sets(rule)]
    answer = centre(duration_s, rule)
    if min(longest) == far:
        assert answer.proof is Proof.INFEASIBLE
    elif reached.any():
        assert (answer.value, answer.bound) == (min(longest), min(longest))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_larger_budget_never_serves_less(seed):
    rng = np.random.default_rng(seed)
    duration_s = rng.integers(0, 1800, (40, 8)).astype(np.int32)
    price, is_open = rng.integers(1, 9, 8), rng.random(8) < 0.2
    rules = [SiteRule(price=price, budget=budget, is_open=is_open) for budget in (4, 8, 16)]
    covers = [maximal_cover(duration_s <= 600, np.ones(40, np.int64), rule).value for rule in rules]
    medians = [median(duration_s, rule, far_s=1800).value for rule in rules]
    assert covers == sorted(covers)
    assert medians == sorted(medians, reverse=True)


def test_open_sites_stay_open_and_cost_nothing():
    within = np.array([[True, False], [False, True]])
    rule = SiteRule(price=np.array([9, 1]), budget=1, is_open=np.array([True, False]))
    answer = maximal_cover(within, np.array([1, 1]), rule)
    assert answer.chosen.tolist() == [True, True]
    assert answer.site_idx.tolist() == [0, 1]


def test_a_home_without_a_place_counts_as_far():
    answer = median(np.array([[10], [10]], np.int32), SiteRule.at_most(1, 1), far_s=600, capacity=np.array([1]))
    assert answer.value == 610
    assert sorted(answer.site_idx.tolist()) == [NOWHERE, 0]


def test_a_program_without_answer_says_so():
    model = MixedModel()
    columns = model.add(2)
    model.bind(1, (0, columns, 1), lower=3)
    assert model.solve().proof is Proof.INFEASIBLE


@pytest.mark.parametrize(("budget", "proof"), [(0, Proof.INFEASIBLE), (1, Proof.OPTIMAL)])
def test_centre_needs_a_site(budget, proof):
    assert centre(np.array([[5]], np.int32), SiteRule.at_most(budget, 1)).proof is proof
