"""Speed of choosing baskets for 2,000 elders, proven."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.network.baskets import BasketRules, Entitlement, Offer, Wish, choose_baskets
from optimizer.network.mixed import Proof
from optimizer.problem import Elder, ElderGroup, Location


@pytest.mark.parametrize("has_wishes", [False, pytest.param(True, marks=pytest.mark.large)])
def test_baskets_of_2000_elders(benchmark: Any, has_wishes: bool) -> None:
    rng = np.random.default_rng(0)
    groups = [(), (ElderGroup.DISABLED,), (ElderGroup.AGED_80_PLUS,), (ElderGroup.LIVING_ALONE,)]
    elders = [
        Elder(elder_id=f"e{i}", place=Location(lon=0, lat=0), groups=groups[rng.integers(4)], allowance_cents=15_000)
        for i in range(2_000)
    ]
    offers = (
        Offer(service="meal", price_cents=1_200, skill="meal", minutes=5, max_times=12, worth=12),
        Offer(service="bathing", price_cents=9_900, skill="bathing", minutes=84, worth=99),
        Offer(service="cleaning", price_cents=5_000, skill="cleaning", minutes=70, worth=50),
        Offer(service="nursing", price_cents=6_000, skill="nursing", minutes=44, worth=60),
        Offer(service="check", price_cents=1_200, skill="check", minutes=28, worth=12),
    )
    wishes = [
        Wish(elder_id=e.elder_id, service=o.service, worth=int(rng.integers(100))) for e in elders for o in offers
    ]
    rules = BasketRules(
        offers=offers,
        entitlements=(Entitlement(service="check", times=2, group=ElderGroup.LIVING_ALONE),),
        wishes=tuple(wishes) if has_wishes else (),
        budget_cents=25_000_000,
        minutes_by_skill={"bathing": 40_000, "cleaning": 150_000, "nursing": 30_000, "check": 100_000, "meal": 40_000},
    )
    baskets = benchmark.pedantic(choose_baskets, (elders, rules), rounds=1)
    assert baskets.proof is Proof.OPTIMAL
    assert baskets.worth == baskets.worth_bound
