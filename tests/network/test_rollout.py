"""Roll-outs: equal to brute force on small cases; more money never serves less; pilots first; every rule counted."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import InputError, SolverBug
from optimizer.network.catchment import Catchment
from optimizer.network.mixed import Proof
from optimizer.network.rollout import roll_out_plan
from optimizer.network.rollout_plan import Opening, Step, figures_of, num_short_of, require_kept
from optimizer.network.sites import (
    Community,
    CommunityKind,
    RollOut,
    Site,
    SitingGoal,
    Target,
    proposed_sites,
    require_sound,
)
from optimizer.problem import ElderGroup
from tests.builders import at, make_elder


def make_site(site_id, **changes):
    facts = {"place": at(0), "open_cents": 100, "yearly_cents": 10, "community": "x"}
    return Site(site_id=site_id, **{**facts, **changes})


def make_catchment(within, communities=None, groups=None):
    """Elders (rows) who reach the sites marked 1."""
    rows = np.array(within)
    names = communities or ["x"] * len(rows)
    elders = [make_elder(f"e{i}", community=name, groups=groups[i] if groups else ()) for i, name in enumerate(names)]
    return Catchment(elders=tuple(elders), duration_s=np.where(rows == 1, 60, -1).astype(np.int32), limit_s=900)


def make_roll_out(sites, budgets, **changes):
    return RollOut(sites=tuple(sites), budget_cents=tuple(budgets), **changes)


def plans_by_trying(roll_out, catchment):
    """Shortfall, goal (smaller is better) and openings of every plan that keeps the rules."""
    never = roll_out.num_years + 1
    years = range(1, never + 1)
    choices = [
        [(0, u) for u in (years if site.upgrade_capacity is not None else [never])]
        if site.is_open
        else [(o, u) for o in years for u in (years if site.upgrade_capacity is not None else [never]) if u >= o]
        for site in roll_out.sites
    ]
    for choice in product(*choices):
        openings = []
        for site, (opened, upgraded) in zip(roll_out.sites, choice, strict=True):
            openings += [Opening(year=opened, site_id=site.site_id)] if 0 < opened < never else []
            openings += [Opening(year=upgraded, site_id=site.site_id, step=Step.UPGRADE)] if upgraded < never else []
        figures = figures_of(roll_out, catchment, openings)
        try:
            require_kept(roll_out, openings, figures)
        except SolverBug:
            continue
        short = num_short_of(roll_out, catchment, openings, figures)
        cover = sum(year.num_placed for year in figures)
        goal = sum(year.spent_cents for year in figures) if roll_out.goal is SitingGoal.COST else -cover
        yield short, goal


CASES = [
    {},
    {"goal": SitingGoal.COST},
    {"carries_over": False},
    {"max_openings": 1},
    {"targets": (Target(kind=CommunityKind.URBAN, share=0.5, year=2),), "goal": SitingGoal.COST},
    {"communities": (Community(community="y", is_pilot=True),)},
    {
        "targets": (Target(kind=CommunityKind.VILLAGE, share=1, year=1),),
        "communities": (Community(community="x", kind=CommunityKind.VILLAGE),),
    },
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 10_000))
def test_roll_out_equals_brute_force(case, seed):
    rng = np.random.default_rng(seed)
    sites = [
        make_site(
            f"s{i}",
            community="xy"[i % 2],
            is_open=bool(rng.random() < 0.2),
            open_cents=int(rng.integers(1, 4)) * 100,
            yearly_cents=int(rng.integers(0, 3)) * 50,
            capacity=int(rng.integers(1, 4)) if seed % 2 else None,
            first_year=int(rng.integers(1, 3)),
        )
        for i in range(3)
    ]
    if seed % 2:
        sites[0] = replace(sites[0], upgrade_capacity=6, upgrade_cents=150)
    communities = [*"xy", *("xy"[i] for i in rng.integers(0, 2, 6).tolist())]
    catchment = make_catchment(rng.integers(0, 2, (8, 3)), communities)
    roll_out = make_roll_out(sites, (rng.integers(0, 9, 2) * 100).tolist(), **case)
    tried = list(plans_by_trying(roll_out, catchment))
    plan = roll_out_plan(roll_out, catchment)
    if not tried:
        assert plan.proof is Proof.INFEASIBLE
        return
    short, goal = min(tried)
    assert (plan.num_short, plan.num_short_bound) == (short, short)
    value = goal if roll_out.goal is SitingGoal.COST else -goal
    assert (plan.value, plan.bound, plan.proof) == (value, value, Proof.OPTIMAL)


def random_case(seed, num_elders=60, num_sites=8):
    rng = np.random.default_rng(seed)
    sites = [
        make_site(f"s{i}", open_cents=int(rng.integers(1, 9)) * 100, yearly_cents=20, community=f"c{i % 4}")
        for i in range(num_sites)
    ]
    names = [f"c{i % 4}" for i in range(num_elders)]
    groups = [(ElderGroup.DISABLED,) if i % 3 == 0 else (ElderGroup.VETERAN,) for i in range(num_elders)]
    return sites, make_catchment((rng.random((num_elders, num_sites)) < 0.2).astype(int), names, groups)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_more_budget_never_serves_less_and_later_deadlines_never_cost_more(seed):
    sites, catchment = random_case(seed)
    poor, rich = (make_roll_out(sites, [cents] * 3) for cents in (400, 700))
    assert roll_out_plan(poor, catchment).value <= roll_out_plan(rich, catchment).value
    early, late = (
        make_roll_out(
            sites,
            [1500] * 3,
            goal=SitingGoal.COST,
            targets=(Target(kind=CommunityKind.URBAN, share=0.5, year=year),),
            covered_share=0.5,
        )
        for year in (1, 3)
    )
    soon, slow = (roll_out_plan(each, catchment) for each in (early, late))
    assert slow.num_short <= soon.num_short
    if slow.num_short == soon.num_short:
        assert slow.value <= soon.value


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_worst_group_is_never_worse_off_than_under_plain_cover(seed):
    sites, catchment = random_case(seed)
    fair = roll_out_plan(make_roll_out(sites, [900], goal=SitingGoal.WORST_GROUP), catchment)
    plain = roll_out_plan(make_roll_out(sites, [900]), catchment)
    worst = min(plain.years[-1].covered_by_group.values())
    assert fair.value >= int(1000 * worst + 1e-9)
    assert fair.value <= fair.bound
    assert fair.years[-1].num_placed <= plain.years[-1].num_placed


def test_pilot_communities_come_first():
    sites = [make_site("a", community="x"), make_site("b", community="pilot", open_cents=300)]
    catchment = make_catchment([[1, 0], [1, 0], [0, 1]], ["x", "x", "pilot"])
    roll_out = make_roll_out(sites, [500, 500], communities=(Community(community="pilot", is_pilot=True),))
    assert roll_out_plan(roll_out, catchment).openings == (
        Opening(year=1, site_id="b"),
        Opening(year=2, site_id="a"),
    )


def test_money_left_over_counts_only_where_it_carries_over():
    catchment = make_catchment([[1]])
    site = make_site("a", open_cents=200, yearly_cents=0)
    kept = roll_out_plan(make_roll_out([site], [100, 100]), catchment)
    lost = roll_out_plan(make_roll_out([site], [100, 100], carries_over=False), catchment)
    assert kept.openings == (Opening(year=2, site_id="a"),)
    assert lost.openings == ()


def test_an_upgrade_serves_those_who_had_no_place():
    site = make_site("a", is_open=True, capacity=1, upgrade_capacity=3, upgrade_cents=50, yearly_cents=0)
    plan = roll_out_plan(make_roll_out([site], [0, 50]), make_catchment([[1], [1], [1]]))
    assert plan.openings == (Opening(year=2, site_id="a", step=Step.UPGRADE),)
    assert [year.num_placed for year in plan.years] == [1, 3]


def test_what_is_open_already_may_cost_more_than_there_is():
    plan = roll_out_plan(make_roll_out([make_site("a", is_open=True)], [5]), make_catchment([[1]]))
    assert plan.proof is Proof.INFEASIBLE
    assert plan.openings == ()


def test_missed_targets_are_counted_with_their_bound():
    targets = (Target(kind=CommunityKind.URBAN, share=1.0, year=1),)
    catchment = make_catchment([[1, 0], [0, 1]], ["x", "y"])
    plan = roll_out_plan(make_roll_out([make_site("a"), make_site("b")], [120], targets=targets), catchment)
    assert (plan.num_short, plan.num_short_bound) == (1, 1)
    assert plan.years[0].communities_covered[CommunityKind.URBAN] == 1


def test_every_fault_of_a_roll_out_is_told():
    roll_out = make_roll_out(
        [make_site("a"), make_site("a", capacity=5, upgrade_capacity=5)],
        [100],
        communities=(Community(community="朝阳社去"),),
        targets=(Target(kind=CommunityKind.URBAN, share=85, year=3),),
        covered_share=0,
    )
    with pytest.raises(InputError) as caught:
        require_sound(roll_out, [make_elder(community="朝阳社区")])
    codes = [issue.code for issue in caught.value.issues]
    assert codes == ["share-wrong", "id-duplicate", "upgrade-useless", "community-unknown", "share-wrong", "year-wrong"]
    assert "朝阳社区" in str(caught.value)


@pytest.mark.parametrize(
    "openings",
    [
        [Opening(year=1, site_id="b")],
        [Opening(year=1, site_id="a"), Opening(year=1, site_id="c")],
        [Opening(year=2, site_id="a", step=Step.UPGRADE)],
    ],
)
def test_the_check_refuses_plans_that_break_a_rule(openings):
    sites = [make_site("a"), make_site("b", first_year=2), make_site("c")]
    roll_out = make_roll_out(sites, [150, 150])
    with pytest.raises(SolverBug):
        require_kept(roll_out, openings, figures_of(roll_out, make_catchment([[1, 1, 1]]), openings))


def test_proposed_sites_are_homes_in_the_middle_and_at_the_ends():
    elders = [make_elder(f"e{i}", minutes, community="x") for i, minutes in enumerate([0, 1, 2, 3, 20])]
    sites = proposed_sites([*elders, make_elder("z", 90, community="y")], per_community=2)
    assert [site.place for site in sites] == [at(2), at(20), at(90)]
    assert [site.community for site in sites] == ["x", "x", "y"]
