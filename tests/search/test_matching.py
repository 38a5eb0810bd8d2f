"""Who may serve whom at what price, and whom elders may still meet."""

import numpy as np
import pytest

from optimizer.params import CostWeights
from optimizer.problem import Pay, Promise
from optimizer.search.matching import circles_of, worth_of
from optimizer.search.tariff import Tariff
from optimizer.search.tokens import Tokens
from tests.builders import make_elder, make_problem, make_visit, make_worker

ANN, BOB = make_worker("a"), make_worker("b")
WEIGHTS = CostWeights(not_preferred_cents=300, new_worker_cents=40, promise_worker_cents=600)


def worth(visit, workers=(ANN, BOB), **facts):
    """Cents of each copy of `visit`, for ``e1``, by worker."""
    problem = make_problem([visit], workers, elders=(make_elder(**facts),), weights=WEIGHTS)
    return worth_of(problem, Tokens(problem), Tariff.of(problem), workers).tolist()


@pytest.mark.parametrize(
    ("elder", "cents"),
    [
        ({}, [0, 0]),
        ({"preferred_worker_ids": ("a",)}, [0, 300]),
        ({"worker_history": {"b": 1}}, [40, 0]),
        ({"worker_history": {"b": 0}}, [0, 0]),
        ({"preferred_worker_ids": ("a",), "worker_history": {"b": 1}}, [40, 300]),
        ({"forbidden_worker_ids": ("b",)}, [0, np.inf]),
    ],
    ids=["none", "preferred", "known", "never come", "both", "refused"],
)
def test_elders_have_their_say(elder, cents):
    assert worth(make_visit(elder_id="e1"), **elder) == [cents]


def test_a_visit_that_does_not_count_may_bring_somebody_new():
    assert worth(make_visit(elder_id="e1", counts_for_continuity=False), worker_history={"b": 1}) == [[0, 0]]


def test_pay_by_visit_is_added_where_the_worker_is_able():
    paid = make_worker("b", skills={"bath": 1}, pay=Pay(cents_per_visit=50))
    assert worth(make_visit(skills={"bath": 1}), (ANN, paid)) == [[np.inf, 50]]


@pytest.mark.parametrize(("share", "may"), [(0.9, True), (0.91, False)])
def test_a_visit_asks_for_reliability(share, may):
    steady = make_worker(reliability_share=0.9)
    assert np.isfinite(worth(make_visit(min_reliability_share=share), (steady,))).all() == may


def test_workers_of_one_visit_share_the_price_of_who_was_announced():
    visit = make_visit(num_workers=2, promise=Promise(worker_ids=("a", "c")))
    assert worth(visit) == [[0, 600], [0, 600]]


def test_one_pinned_of_two_workers_takes_the_first_place():
    assert worth(make_visit(num_workers=2, pinned_worker_ids=("b",))) == [[np.inf, 0], [0, 0]]


def test_two_pinned_workers_take_either_place():
    visit = make_visit(num_workers=2, pinned_worker_ids=("a", "b"))
    assert worth(visit, (ANN, BOB, make_worker("c"))) == [[0, 0, np.inf]] * 2


def circles(visits, **elder):
    problem = make_problem(visits, [ANN, BOB], elders=(make_elder("e0"), make_elder(**elder)))
    return circles_of(problem, Tokens(problem))


@pytest.mark.parametrize(("limit", "left"), [(3, 2), (1, 0), (0, 0)])
def test_workers_met_before_use_up_the_limit(limit, left):
    found = circles([make_visit(elder_id="e1")], max_distinct_workers=limit, worker_history={"b": 3, "c": 0})
    assert found.met_limits.tolist() == [left]
    assert found.known.tolist() == [[0, 1]]


def test_visits_that_count_are_listed_by_elder():
    visits = [
        make_visit("v1", elder_id="e0"),
        make_visit("v2", elder_id="e1", num_workers=2),
        make_visit("v3", elder_id="e1", counts_for_continuity=False),
        make_visit("v4", elder_id="e1"),
    ]
    found = circles(visits, max_distinct_workers=1)
    assert found.elder_visits.tolist() == [1, 2, 4]
    assert found.elder_from.tolist() == [0, 3]
    assert found.elder_by_visit.tolist() == [-1, 0, 0, -1, 0]


def test_a_limit_without_a_visit_that_counts_limits_nothing():
    assert circles([make_visit(elder_id="e0")], max_distinct_workers=1).num_elders == 0
