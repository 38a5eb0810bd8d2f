"""What becomes of a problem's facts in the arrays of the search."""

import pytest

from optimizer.judge import judged_plan
from optimizer.params import CostWeights
from optimizer.problem import Pay, Promise
from optimizer.rules import CostTerm
from optimizer.search.arrays import HARD_CENTS
from optimizer.search.draft import draft_of_rows
from tests.builders import (
    HOUR,
    clock,
    make_meal,
    make_problem,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.search.laying import Layout


def laid_out(problem, *rows):
    layout = Layout(problem, make_travel(problem))
    layout.lay_out(rows)
    return layout


def judged_cents(layout, *rows):
    draft = draft_of_rows(layout.tokens, layout.instance, rows)
    return judged_plan(layout.problem, layout.travel, draft).cost.total_cents


SOFT = window("08:00", "18:00", soft_end_s=clock("08:05"))
HARD = window("08:00", "12:00")


@pytest.mark.parametrize("windows", [(SOFT, HARD), (HARD, SOFT)], ids=["soft first", "hard first"])
def test_where_windows_overlap_the_first_one_given_says_how_late_a_start_is(windows):
    layout = laid_out(make_problem([make_visit(windows=windows)]), [0])
    assert layout.total_cents == pytest.approx(judged_cents(layout, [0]))


def test_a_worker_promised_twice_is_replaced_once():
    visit = make_visit(promise=Promise(worker_ids=("b", "b")))
    layout = laid_out(make_problem([visit], [make_worker("a"), make_worker("b")]), [0], [])
    assert layout.total_cents == CostWeights().promise_worker_cents
    assert laid_out(layout.problem, [], [0]).total_cents == 0


@pytest.mark.parametrize("term", [CostTerm.FIXED, CostTerm.VISITS, CostTerm.MEALS])
def test_a_hard_term_has_the_hard_price(term):
    problem = make_problem([make_meal(portions=1)], hard_terms=(term,))
    assert laid_out(problem, [1, 0]).total_cents == HARD_CENTS


def test_a_visit_left_out_has_the_hard_price_where_all_must_be_served():
    problem = make_problem([make_visit(mandatory=False)], hard_terms=(CostTerm.UNSERVED,))
    assert laid_out(problem, []).total_cents == HARD_CENTS


def test_a_worker_without_the_skill_makes_the_route_unsound():
    layout = Layout(*with_travel(make_problem([make_visit(skills={"bath": 1})])))
    assert layout.lay_out([[0]]) == {0}
    assert layout.absent() == [0]


def test_more_loadings_than_there_is_room_for_make_the_route_unsound():
    layout = Layout(*with_travel(make_problem([make_meal()])))
    assert layout.lay_out([[1, 1, 1, 0]]) == {0}
    assert layout.absent() == [0]


def test_a_route_longer_than_there_is_room_for_is_left_without_visits():
    layout = Layout(*with_travel(make_problem([make_meal()], [make_worker("a"), make_worker("b")])))
    assert layout.lay_out([[1, 0], [1] * 100]) == {1}
    assert layout.rows() == [[1, 0], []]


def with_travel(problem):
    return problem, make_travel(problem)


PLAIN = make_problem([make_meal()])
NOT_PLAIN = {
    "two windows": {"windows": (window("08:00", "09:00"), window("10:00", "11:00"))},
    "soft start": {"windows": (window(soft_start_s=clock("09:00")),)},
    "soft end": {"windows": (window(soft_end_s=clock("09:00")),)},
    "time on board": {"max_on_board_s": HOUR},
    "soft time on board": {"soft_on_board_s": HOUR},
    "promised start": {"promise": Promise(start_s=clock("09:00"))},
    "promised worker": {"promise": Promise(worker_ids=("a",))},
}


def test_single_windows_trips_and_pay_are_plain():
    worker = make_worker(pay=Pay(fixed_cents=1, cents_per_hour=1, cents_per_km=1, cents_per_visit=1))
    assert Layout(*with_travel(make_problem([make_meal()], [worker]))).instance.is_plain


@pytest.mark.parametrize("changes", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_depends_on_the_moment_is_not_plain(changes):
    assert not Layout(*with_travel(make_problem([make_meal(**changes)]))).instance.is_plain


FALLING = {
    "imbalance": CostWeights(imbalance_cents_per_hour=1),
    "highest idle time": CostWeights(highest_idle_cents_per_hour=1),
    "idle time": CostWeights(idle_cents_per_hour=1),
    "waiting": CostWeights(waiting_cents_per_hour=1),
    "being early": CostWeights(earliness_cents_per_hour=1),
}


@pytest.mark.parametrize("weights", FALLING.values(), ids=FALLING)
def test_with_a_price_that_a_visit_more_may_lower_routes_do_not_only_rise(weights):
    assert not Layout(*with_travel(make_problem([make_visit()], weights=weights))).instance.is_rising


def test_lateness_ways_and_pay_only_rise():
    weights = CostWeights(lateness_cents_per_hour=1, highest_lateness_cents_per_hour=1)
    worker = make_worker(pay=Pay(fixed_cents=1, cents_per_hour=1, cents_per_km=1, cents_per_visit=1))
    assert Layout(*with_travel(make_problem([make_visit()], [worker], weights=weights))).instance.is_rising


def test_with_promises_or_idle_time_forbidden_routes_do_not_only_rise():
    promised = make_problem([make_visit(promise=Promise(start_s=clock("09:00")))])
    assert not Layout(*with_travel(promised)).instance.is_rising
    assert not Layout(*with_travel(make_problem([make_visit()], hard_terms=(CostTerm.IDLE,)))).instance.is_rising
