"""After any number of steps the books are in order: routes, visits, prices and rules."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.rules import Rule
from optimizer.search import arrays
from optimizer.search.draft import draft_of_rows
from tests.search.laying import Layout
from tests.search.test_timing import check_price
from tests.search.worlds import plain_problem, random_travel, rich_problem


def searched(problem, seed, num_steps=300):
    """A layout after a search that began with random routes."""
    rng = random.Random(seed)
    travel = random_travel(problem, seed, has_gaps=rng.random() < 0.3)
    layout = Layout(problem, travel, seed=seed)
    rows = nothing = [[] for _ in layout.tokens.shifts]
    if rng.random() < 0.5:
        rows = layout.random_rows(rng)
    layout.lay_out(rows)
    layout.lay_out(nothing if Rule.DISTINCT_WORKERS in broken_rules(layout, layout.rows()) else layout.rows())
    layout.fill()
    for _ in range(3):
        layout.search(
            num_steps // 3,
            heat=rng.choice((10.0, 3000.0)),
            num_near=rng.choice((2, 40)),
            min_routes=rng.choice((0, 12)),
        )
        check_books(layout)
    return layout


def check_books(layout):
    """Every visit is in one route or left out; prices kept step by step are those of the routes laid out afresh."""
    state, rows = layout.state, layout.rows()
    tokens = [token for row in rows for token in row]
    visits = [token for token in tokens if token < layout.tokens.num_visits]
    assert Counter(visits + layout.absent()) == Counter(range(layout.tokens.num_visits))
    assert not state.is_saved.any()
    for route, row in enumerate(rows):
        for position, token in enumerate(row, start=1):
            if token < layout.tokens.num_visits:
                assert (state.route_of[token], state.position_of[token]) == (route, position)
    assert (state.route_of[layout.absent()] == -1).all()
    totals = state.totals.tolist()
    afresh = Layout(layout.problem, layout.travel)
    assert afresh.lay_out(rows) == set()
    assert afresh.state.totals[arrays.ROUTES] == pytest.approx(totals[arrays.ROUTES], abs=0.01)
    assert afresh.state.totals[arrays.ABSENT] == pytest.approx(totals[arrays.ABSENT], abs=0.01)
    assert afresh.total_cents == pytest.approx(totals[arrays.NOW], abs=0.01)
    assert afresh.lay_out(layout.best_rows()) == set()
    assert afresh.total_cents == pytest.approx(totals[arrays.BEST], abs=0.01)


def plan_of(layout, rows):
    return judged_plan(layout.problem, layout.travel, draft_of_rows(layout.tokens, layout.instance, rows))


def broken_rules(layout, rows):
    """What the judge finds in the routes."""
    return {item.rule for item in check_plan(layout.problem, layout.travel, plan_of(layout, rows))}


def check_best(layout):
    """The judge finds nothing in the best routes and prices them as the search does."""
    rows = layout.best_rows()
    plan = plan_of(layout, rows)
    assert not broken_rules(layout, rows)
    afresh = Layout(layout.problem, layout.travel)
    afresh.lay_out(rows)
    check_price(afresh, plan)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_after_many_steps_the_judge_agrees_with_the_search(seed):
    check_best(searched(rich_problem(seed, has_hard_terms=False), seed))


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_after_many_steps_the_judge_agrees_with_the_search_on_a_plain_problem(seed):
    check_best(searched(plain_problem(seed), seed))


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_a_plan_in_which_a_hard_term_is_not_zero_is_dearer_to_the_search_than_to_the_judge(seed):
    layout = searched(rich_problem(seed), seed)
    rows = layout.best_rows()
    found = broken_rules(layout, rows)
    assert found <= {Rule.HARD_TERM, Rule.BREAK}  # where terms are hard, a break not taken may be the smaller evil
    assert bool(found) == (layout.state.totals[arrays.BEST] > plan_of(layout, rows).cost.total_cents + 50_000)


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_locked_visits_stay_in_their_routes(seed):
    problem = rich_problem(seed, has_hard_terms=False)
    travel = random_travel(problem, seed)
    free = Layout(problem, travel, seed=seed)
    free.lay_out([[] for _ in free.tokens.shifts])
    free.fill()
    served = [visit for visit, route in enumerate(free.state.route_of.tolist()) if route >= 0]
    locked = served[::2]
    layout = Layout(problem, travel, seed=seed, locked=[problem.visits[visit].visit_id for visit in locked])
    layout.lay_out(free.rows())
    layout.search(300)
    assert layout.state.route_of[locked].tolist() == free.state.route_of[locked].tolist()
    check_books(layout)
