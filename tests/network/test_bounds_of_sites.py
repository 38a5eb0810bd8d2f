"""Bounds that siting stands on: never on the wrong side of any answer, and tight where they say so."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.network.catchment import Catchment
from optimizer.network.coverage import place_elders
from optimizer.network.median import median, served
from optimizer.network.median_prices import MedianTask, left_open, relaxed
from optimizer.network.rollout_covers import smallest_covers
from optimizer.network.rollout_cuts import Demand
from optimizer.network.siting import SiteRule
from optimizer.network.transport import NOWHERE
from tests.builders import make_elder


def placed(within, room, chosen):
    """Elders with a place at the sites chosen, one elder a row."""
    elders = tuple(make_elder(f"e{row}") for row in range(len(within)))
    catchment = Catchment(elders=elders, duration_s=np.where(within, 1, -1).astype(np.int32), limit_s=1)
    return int((place_elders(catchment, np.where(chosen, room, 0)) != NOWHERE).sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_cut_holds_for_every_set_of_sites_and_is_tight_for_its_own(seed):
    rng = np.random.default_rng(seed)
    within, room = rng.random((7, 4)) < 0.5, rng.integers(0, 4, 4)
    demand = Demand(np.ones(7, np.int64), within, room, np.zeros(4, np.int64))
    own = rng.random(4) < 0.5
    cut = demand.cut(own.astype(float), np.zeros(4))
    for chosen in map(np.array, product([False, True], repeat=4)):
        found = placed(within, room, chosen)
        assert cut.most(chosen.astype(float), np.zeros(4)) >= found
        if (chosen == own).all():
            assert cut.most(chosen.astype(float), np.zeros(4)) == found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_a_community_is_covered_where_all_sites_of_a_smallest_set_are_open(seed):
    rng = np.random.default_rng(seed)
    within, weight = rng.random((5, 6)) < 0.4, rng.integers(1, 4, 5)
    wanted = int(rng.integers(1, weight.sum() + 1))
    covers = smallest_covers(weight, within, wanted)
    assert covers is not None
    for chosen in map(np.array, product([False, True], repeat=6)):
        is_open = [bool(chosen[same].any()) for same in covers.sites]
        is_covered = any(all(is_open[site] for site in each) for each in covers.sets)
        assert is_covered == (weight[within[:, chosen].any(axis=1)].sum() >= wanted)


def test_no_smallest_set_has_a_site_to_spare_or_stands_twice():
    within = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1]], dtype=np.bool_)
    covers = smallest_covers(np.array([2, 1, 2]), within, 4)
    assert covers is not None
    named = {tuple(sorted(int(covers.sites[site][0]) for site in each)) for each in covers.sets}
    assert named == {(0, 2), (0, 3)}
    assert len(covers.sets) == 2


def test_too_many_smallest_sets_are_left_to_the_elders():
    assert smallest_covers(np.ones(40, np.int64), np.eye(40, dtype=np.bool_), 20) is None


def random_task(seed):
    rng = np.random.default_rng(seed)
    num_homes, num_sites = 6, 4
    rule = SiteRule(
        price=rng.integers(0, 4, num_sites), budget=int(rng.integers(0, 8)), is_open=rng.random(num_sites) < 0.2
    )
    time_s = rng.integers(0, 100, (num_sites, num_homes))
    return MedianTask(time_s=time_s, far_s=100, capacity=rng.integers(0, 4, num_sites), rule=rule), rng


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_no_choice_costs_less_than_any_prices_say(seed):
    task, rng = random_task(seed)
    at = relaxed(task, rng.random(task.num_homes) * task.far_s)
    for chosen in map(np.array, product([False, True], repeat=4)):
        if task.rule.allows(chosen):
            assert at.bound <= served(task, chosen)[1] + 1e-6


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_ruled_out_is_in_no_better_choice(seed):
    task, rng = random_task(seed)
    choices = [each for each in map(np.array, product([False, True], repeat=4)) if task.rule.allows(each)]
    if not choices:
        return
    values = [served(task, chosen)[1] for chosen in choices]
    known = int(rng.choice(values))
    left = left_open(task, relaxed(task, rng.random(task.num_homes) * task.far_s), known)
    for chosen, value in zip(choices, values, strict=True):
        if value < known:
            assert (chosen <= left.may_open).all()
            assert (chosen >= left.must_open).all()


def test_a_district_with_full_sites_is_proven():
    rng = np.random.default_rng(3)
    homes, sites = rng.random((300, 2)), rng.random((40, 2))
    duration_s = np.rint(1000 * np.linalg.norm(homes[:, None] - sites[None], axis=2)).astype(np.int32)
    answer = median(duration_s, SiteRule.at_most(8, 40), far_s=5_000, capacity=np.full(40, 45))
    assert answer.value == answer.bound
    assert np.bincount(answer.site_idx[answer.site_idx >= 0], minlength=40).max() <= 45
