"""Baskets: equal to brute force on small cases, never above a limit, never worth less with more money."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import InputError, SolverBug
from optimizer.network.baskets import BasketRules, Entitlement, Offer, Wish, choose_baskets, count_again
from optimizer.network.choices import Options, choose_options
from optimizer.network.mixed import Proof
from optimizer.problem import ElderGroup
from tests.builders import make_elder

BATH = Offer(service="bathing", price_cents=90, skill="care", minutes=60, worth=20, max_times=2)
CHECK = Offer(service="check", price_cents=10, skill="care", minutes=20, worth=3, max_times=2)
CLEAN = Offer(service="cleaning", price_cents=50, skill="clean", minutes=60, worth=11, max_times=2)


def rules_of(**changes):
    return BasketRules(**{"offers": (BATH, CHECK, CLEAN), **changes})


def best_by_trying(elders, rules):
    """Fewest misses and most worth over all baskets of all elders."""
    grid = [
        dict(zip([o.service for o in rules.offers], times, strict=True))
        for times in product(*(range(offer.max_times + 1) for offer in rules.offers))
    ]
    best = None
    for choice in product(grid, repeat=len(elders)):
        times = {elder.elder_id: basket for elder, basket in zip(elders, choice, strict=True)}
        try:
            worth, _, _, missed = count_again(elders, rules, times)
        except SolverBug:
            continue
        best = max(best or (-(10**9), 0), (-missed, worth))
    return best


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_baskets_equal_brute_force(seed):
    rng = np.random.default_rng(seed)
    groups = [(), (ElderGroup.DISABLED,)]
    elders = [
        make_elder(f"e{i}", allowance_cents=int(rng.integers(0, 4)) * 50, groups=groups[rng.integers(2)])
        for i in range(2)
    ]
    wishes = [Wish(elder_id="e0", service="check", worth=int(rng.integers(0, 30)))] if seed % 2 else []
    rules = rules_of(
        budget_cents=int(rng.integers(0, 30)) * 10,
        minutes_by_skill={"care": int(rng.integers(0, 8)) * 20},
        entitlements=(Entitlement(service="bathing", times=1, group=ElderGroup.DISABLED),),
        wishes=tuple(wishes),
    )
    baskets = choose_baskets(elders, rules)
    missed, worth = best_by_trying(elders, rules)
    assert (-baskets.num_missed, baskets.worth) == (missed, worth)
    assert (-baskets.num_missed_bound, baskets.worth_bound, baskets.proof) == (missed, worth, Proof.OPTIMAL)


def district(num, seed=0):
    rng = np.random.default_rng(seed)
    members = [(ElderGroup.DISABLED,), (ElderGroup.AGED_80_PLUS,), ()]
    return [make_elder(f"e{i}", allowance_cents=150, groups=members[rng.integers(3)]) for i in range(num)]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_more_money_or_hours_are_never_worth_less(seed):
    rng = np.random.default_rng(seed)
    elders = district(40, seed)
    money, hours = int(rng.integers(500, 5000)), int(rng.integers(200, 3000))
    tight = choose_baskets(elders, rules_of(budget_cents=money, minutes_by_skill={"care": hours}))
    rich = choose_baskets(elders, rules_of(budget_cents=money + 500, minutes_by_skill={"care": hours}))
    staffed = choose_baskets(elders, rules_of(budget_cents=money, minutes_by_skill={"care": hours + 300}))
    assert tight.worth <= tight.worth_bound
    assert tight.worth <= min(rich.worth, staffed.worth)


def test_two_hundred_elders_with_wishes_of_their_own_are_proven():
    elders = district(200)
    rng = np.random.default_rng(1)
    wishes = tuple(
        Wish(elder_id=e.elder_id, service=s, worth=int(rng.integers(0, 40)))
        for e in elders
        for s in ("check", "bathing")
    )
    rules = rules_of(budget_cents=15_000, minutes_by_skill={"care": 6_000, "clean": 5_000}, wishes=wishes)
    baskets = choose_baskets(elders, rules)
    assert baskets.num_types > 150
    assert baskets.worth == baskets.worth_bound
    assert baskets.spent_cents <= 15_000


def test_entitlements_come_before_worth():
    rules = rules_of(entitlements=(Entitlement(service="check", times=2),), budget_cents=100)
    baskets = choose_baskets([make_elder(allowance_cents=100)], rules)
    assert baskets.times_by_elder_id["e1"] == {"check": 2, "cleaning": 1}


def test_entitlements_beyond_the_money_are_missed_and_told():
    rules = rules_of(entitlements=(Entitlement(service="bathing", times=2),))
    baskets = choose_baskets([make_elder(allowance_cents=100)], rules)
    assert (baskets.num_missed, baskets.num_missed_bound) == (1, 1)


def test_two_workers_take_twice_the_minutes():
    bath = Offer(
        service="bathing", price_cents=0, skill="care", minutes=60, minutes_by_group={ElderGroup.DISABLED: 120}
    )
    elders = [make_elder("a", allowance_cents=1, groups=(ElderGroup.DISABLED,)), make_elder("b", allowance_cents=1)]
    baskets = choose_baskets(elders, BasketRules(offers=(bath,), minutes_by_skill={"care": 150}))
    assert baskets.times_by_elder_id == {"b": {"bathing": 2}}


def test_nobody_gets_nothing():
    assert choose_baskets([], rules_of()).worth == 0
    assert choose_baskets([make_elder()], rules_of()).times_by_elder_id.get("e1", {}) == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entitlements": (Entitlement(service="bating", times=1),)}, "Did you mean 'bathing'"),
        ({"entitlements": (Entitlement(service="bathing", times=40),)}, "Raise the service's max_times"),
        ({"offers": (BATH, BATH)}, "offered twice"),
        ({"offers": tuple(Offer(service=f"s{i}", price_cents=0, max_times=9) for i in range(6))}, "more than 50,000"),
    ],
)
def test_wrong_rules_are_refused(changes, said):
    with pytest.raises(InputError, match=said):
        choose_baskets([make_elder(allowance_cents=100)], rules_of(**changes))


@pytest.mark.parametrize("times", [{"check": 3}, {"bathing": 2}, {"check": 1, "cleaning": 1}])
def test_the_count_refuses_what_breaks_a_limit(times):
    rules = rules_of(budget_cents=100, minutes_by_skill={"clean": 30})
    with pytest.raises(SolverBug):
        count_again([make_elder(allowance_cents=100)], rules, {"e1": times})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_choices_equal_brute_force(seed):
    rng = np.random.default_rng(seed)
    types = [
        Options(
            count=1,
            value=np.append(0, rng.integers(0, 50, 4)),
            use=np.concatenate([np.zeros((1, 2), np.int64), rng.integers(0, 9, (4, 2))]),
        )
        for _ in range(4)
    ]
    limits = rng.integers(0, 25, 2)
    best = max(
        sum(int(t.value[o]) for t, o in zip(types, pick, strict=True))
        for pick in product(range(5), repeat=4)
        if (sum(t.use[o] for t, o in zip(types, pick, strict=True)) <= limits).all()
    )
    choice = choose_options(types, limits, [{0}] * 4)
    assert (choice.value, choice.bound) == (best, best)
