"""Coverage: counted by hand on a line, equal to brute force on small cases, monotone in limits and places."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.network.catchment import SLOW_WALK_KMH, Catchment, catchment_of
from optimizer.network.coverage import NOWHERE, catchment_index, coverage_of
from optimizer.network.priority import priority_of
from optimizer.problem import ElderGroup, Network, TravelMode
from tests.builders import make_elder
from tests.travel.town import line_streets, place

WALK = TravelMode(mode="walk", speed_kmh=3.6, network=Network.FOOT)


def make_catchment(duration_s, *, limit_s=900, elders=None):
    durations = np.array(duration_s, dtype=np.int32)
    people = elders or [make_elder(f"e{row}") for row in range(len(durations))]
    return Catchment(elders=tuple(people), duration_s=durations, limit_s=limit_s)


def brute_force_weight(catchment, capacity):
    """Largest weight of placed elders over all ways of placing them."""
    rows = [[NOWHERE, *np.flatnonzero(row).tolist()] for row in catchment.within]
    best = 0
    for choice in product(*rows):
        load = np.bincount([site for site in choice if site != NOWHERE], minlength=len(capacity))
        if (load <= capacity).all():
            placed = zip(catchment.elders, choice, strict=True)
            best = max(best, sum(1 + priority_of(elder) for elder, site in placed if site != NOWHERE))
    return best


def test_fifteen_minutes_are_inclusive():
    coverage = coverage_of(make_catchment([[899], [900], [901], [-1]]), [None])
    assert (coverage.total.num_covered, coverage.total.num_elders) == (2, 4)
    assert coverage.total.covered_share == 0.5


def test_places_bind_where_the_circle_does_not():
    coverage = coverage_of(make_catchment([[60], [60], [60]]), [2])
    assert (coverage.total.num_covered, coverage.total.num_placed) == (3, 2)
    assert coverage.load.tolist() == [2]


def test_the_disabled_come_first_to_scarce_places():
    elders = [make_elder("a"), make_elder("b", groups=(ElderGroup.DISABLED,))]
    coverage = coverage_of(make_catchment([[60], [800]], elders=elders), [1])
    assert coverage.site_idx.tolist() == [NOWHERE, 0]
    assert coverage.by_group["disabled"].placed_share == 1


def test_one_urgent_elder_does_not_cost_two_others_their_places():
    elders = [make_elder("a", groups=(ElderGroup.DISABLED,)), make_elder("b"), make_elder("c")]
    coverage = coverage_of(make_catchment([[60, 60], [60, -1], [-1, 60]], elders=elders), [1, 1])
    assert coverage.total.num_placed == 2
    assert coverage.site_idx[0] != NOWHERE


def test_communities_count_from_four_fifths_on():
    elders = [make_elder(f"e{i}", community="x" if i < 5 else "y") for i in range(10)]
    coverage = coverage_of(make_catchment([[60]] * 4 + [[-1]] + [[60]] * 3 + [[-1]] * 2, elders=elders), [None])
    assert coverage.by_community["x"].covered_share == 0.8
    assert coverage.num_communities_covered == 1


def test_catchment_index_of_two_sites_by_hand():
    catchment = make_catchment([[60, -1], [60, 60], [-1, 60]])
    assert catchment_index(catchment, np.array([4, 2])).tolist() == [2, 3, 1]
    assert coverage_of(catchment, [4, 2]).access_gini == pytest.approx(2 / 9)


def test_slow_walkers_have_a_smaller_circle():
    elders = [make_elder("a", place=place(0)), make_elder("b", place=place(0), groups=(ElderGroup.AGED_80_PLUS,))]
    catchment = catchment_of(elders, [place(0.8)], WALK, streets=line_streets(3))
    assert catchment.duration_s[:, 0].tolist() == [800, round(800 * 3.6 / SLOW_WALK_KMH + 0.5)]
    assert catchment.within[:, 0].tolist() == [True, False]


def test_real_streets_not_straight_lines_decide():
    elder, site = make_elder("a", place=place(0, 0)), place(0, 0.9)
    bridge_far_away = catchment_of([elder], [site], WALK, streets=None)
    assert bridge_far_away.nearest_s.tolist() != [-1]
    from tests.travel.town import make_streets

    detour = make_streets([(0, 0), (1, 0), (1, 0.9), (0, 0.9)], [(0, 1, {}), (1, 2, {}), (2, 3, {})])
    assert not catchment_of([elder], [site], WALK, streets=detour).within.any()


def test_nobody_and_nowhere_are_no_fault():
    coverage = coverage_of(make_catchment(np.zeros((0, 2))), [1, 1])
    assert (coverage.total.covered_share, coverage.access_gini, coverage.walk_mean_s) == (1.0, None, None)
    coverage = coverage_of(make_catchment(np.zeros((2, 0))), [])
    assert coverage.total.num_covered == 0


def test_capacities_must_match_sites():
    with pytest.raises(ValueError, match="1 capacities for 2 sites"):
        coverage_of(make_catchment([[1, 2]]), [1])


GROUPS = [(), (ElderGroup.DISABLED,), (ElderGroup.DESTITUTE,)]


@given(data=st.data())
def test_placing_equals_brute_force(data):
    num_elders, num_sites = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
    times = st.lists(st.sampled_from([-1, 300, 900, 1200]), min_size=num_sites, max_size=num_sites)
    duration_s = data.draw(st.lists(times, min_size=num_elders, max_size=num_elders))
    elders = [make_elder(f"e{i}", groups=data.draw(st.sampled_from(GROUPS))) for i in range(num_elders)]
    capacity = data.draw(st.lists(st.integers(0, 3), min_size=num_sites, max_size=num_sites))
    catchment = make_catchment(duration_s, elders=elders)
    coverage = coverage_of(catchment, capacity)
    weight = sum(1 + priority_of(e) for e, s in zip(elders, coverage.site_idx, strict=True) if s != NOWHERE)
    assert weight == brute_force_weight(catchment, capacity)


@given(seed=st.integers(0, 1000))
def test_more_time_and_more_places_never_serve_less(seed):
    rng = np.random.default_rng(seed)
    duration_s, capacity = rng.integers(0, 1800, (30, 4)), rng.integers(0, 10, 4)
    base = coverage_of(make_catchment(duration_s), capacity.tolist())
    longer = coverage_of(make_catchment(duration_s, limit_s=1200), capacity.tolist())
    larger = coverage_of(make_catchment(duration_s), (capacity + 1).tolist())
    assert longer.total.num_covered >= base.total.num_covered
    assert min(longer.total.num_placed, larger.total.num_placed) >= base.total.num_placed


@given(seed=st.integers(0, 1000))
def test_the_index_shares_out_exactly_the_places_of_sites_somebody_reaches(seed):
    rng = np.random.default_rng(seed)
    catchment, places = make_catchment(rng.integers(0, 1800, (20, 5))), rng.integers(0, 9, 5)
    used = catchment.within.any(axis=0)
    assert catchment_index(catchment, places).sum() == pytest.approx(places[used].sum())
