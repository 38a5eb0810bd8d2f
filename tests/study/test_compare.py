from __future__ import annotations

import pytest
from scipy.stats import ttest_rel

from optimizer.study.changes.demand import ScaleDemand
from optimizer.study.compare import (
    community_fates,
    comparisons,
    curve_points,
    difference_of,
    effects,
    elder_fates,
    front,
    fronts,
)
from optimizer.study.drive import Results
from optimizer.study.figures import FIGURES, ElderOutcome, Outcome
from optimizer.study.runs import Run
from optimizer.study.study import AS_IS, Base, Curve, Promise, variants_of
from tests.study.worlds import make_study

MORE, LESS = (ScaleDemand(percent=120),), (ScaleDemand(percent=80),)
STUDY = make_study(
    seeds=(1, 2, 3),
    changes={"more": MORE, "less": LESS, "close": ()},
    grid={"stations": (AS_IS, "close"), "demand": (AS_IS, "more", "less")},
    circumstances=("demand",),
)


def make_results(study, value_of, elders_of=lambda name, seed: ()):
    """Results in which `value_of` a variant's name and a seed gives the figures."""
    variants = variants_of(study)
    runs = {
        (variant.name, seed): Run(
            run_id=f"{variant.name}/{seed}",
            variant=variant.name,
            seed=seed,
            outcome=Outcome(
                figures=dict.fromkeys(FIGURES) | value_of(variant.name, seed),
                cents_by_term={},
                by_group={},
                elders=tuple(elders_of(variant.name, seed)),
            ),
        )
        for variant in variants
        for seed in study.seeds
    }
    return Results(study=study, variants=variants, runs=runs)


def cost(name, seed):
    """A dear seed is dear for every variant; more demand costs 50, closing saves 10 and a little chance."""
    chance = {1: 0, 2: 2, 3: -2}[seed] if "close" in name else 0
    return {
        "running_cents": 1000 * seed + 50 * ("more" in name) - 30 * ("less" in name) - 10 * ("close" in name) + chance
    }


def elder(elder_id, community, num_unserved=0, lateness_s=0, lon=116.0):
    return ElderOutcome(
        elder_id=elder_id,
        community=community,
        lon=lon,
        lat=40.0,
        num_visits=2,
        num_unserved=num_unserved,
        lateness_s=lateness_s,
        food_age_s=None,
    )


def test_interval_is_students_for_paired_differences():
    before, after = [10.0, 20.0, 35.0, 21.0], [12.0, 21.0, 39.0, 26.0]
    difference = difference_of(zip(before, after, strict=True))
    interval = ttest_rel(after, before).confidence_interval(0.95)
    assert difference.mean == 3
    assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high))


def test_one_pair_has_no_interval():
    difference = difference_of([(1.0, 3.0)])
    assert (difference.mean, difference.low, difference.is_clear) == (2, None, False)
    assert difference_of([]) is None


def test_pairing_sees_through_the_noise_of_the_seeds():
    found = {(c.variant, c.figure): c for c in comparisons(make_results(STUDY, cost))}
    close = found["close", "running_cents"]
    assert (close.mean, close.difference.mean, close.difference.num) == (1990, -10, 3)
    assert close.difference.is_clear, "although seeds differ by a hundred times as much"
    assert found[AS_IS, "running_cents"].difference is None


def test_seeds_without_a_run_are_left_out_of_both_sides():
    results = make_results(STUDY, cost)
    runs = {key: run for key, run in results.runs.items() if key != (AS_IS, 2)}
    found = comparisons(Results(study=STUDY, variants=results.variants, runs=runs))
    (close,) = [c for c in found if (c.variant, c.figure) == ("close", "running_cents")]
    assert (close.num, close.difference.num) == (3, 2)


def test_effect_is_with_everything_else_equal():
    found = {(e.axis, e.level): e.difference for e in effects(make_results(STUDY, cost))}
    assert found.keys() == {("stations", "close"), ("demand", "more"), ("demand", "less")}
    assert (found["demand", "more"].mean, found["stations", "close"].mean) == (50, -10)
    assert found["stations", "close"].num == 3, "one mean for each seed, not one for each pair of variants"


def test_front_is_what_nothing_beats_at_both():
    points = {"a": (1.0, 0.5), "b": (2.0, 0.5), "c": (2.0, 0.8), "d": (3.0, 0.7), "e": (4.0, 0.9)}
    assert front(points) == ("a", "c", "e")


def test_every_circumstance_has_its_front():
    results = make_results(STUDY, lambda name, seed: {**cost(name, seed), "good_share": 0.9 - 0.1 * ("close" in name)})
    assert fronts(results) == {
        AS_IS: ("close", AS_IS),
        "more": ("close · more", "more"),
        "less": ("close · less", "less"),
    }


def test_less_is_more_service_where_less_is_better():
    results = make_results(
        STUDY, lambda name, seed: {**cost(name, seed), "food_age_p95_s": 60 + 10 * ("close" in name)}
    )
    assert fronts(results, service="food_age_p95_s")[AS_IS] == ("close", AS_IS)


def test_curve_is_priced_against_its_first_point():
    study = make_study(seeds=(1, 2), curves={"hot": Curve(promise=Promise.HOT_MEAL, values=(120, 60, 30))})
    dear = {"hot 120": 0, "hot 60": 7, "hot 30": 30, AS_IS: 5}
    results = make_results(
        study, lambda name, seed: {"running_cents": 100 * seed + dear[name], "food_age_p95_s": 50 - dear[name]}
    )
    points = curve_points(results, "hot")
    assert [(point.value, point.measure, point.price.mean) for point in points] == [
        (120, 50, 0),
        (60, 43, 7),
        (30, 20, 30),
    ]


def test_elder_who_is_not_served_any_more_loses():
    def elders_of(name, seed):
        yield elder("e1", "West", num_unserved=int("close" in name))
        yield elder("e2", "East", lateness_s=600 * ("close" in name))
        if "more" in name:
            yield elder("e1+1", "West", num_unserved=2)

    results = make_results(STUDY, cost, elders_of)
    west, east = community_fates(results, "close")[1], community_fates(results, "close")[0]
    assert (west.name, west.unserved_share_more, east.name, east.later_s) == ("West", 0.5, "East", 300)
    assert [fate.name for fate in elder_fates(results, "more")] == ["e1", "e2"], (
        "newcomers have nothing to compare with"
    )
    assert community_fates(results, "more")[1].unserved_share_more == 0.5


def test_elders_of_other_worlds_are_not_averaged():
    def elders_of(name, seed):
        yield elder("e1", "West", lon=116.0 + seed)

    study = make_study(base=Base(scenario="tiny"), seeds=(1, 2), changes={"close": ()}, variants={"close": ("close",)})
    (fate,) = elder_fates(make_results(study, cost, elders_of), "close")
    assert fate.lon == 117.0
