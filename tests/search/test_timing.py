"""The compiled simulation and the judge say the same of every route without links: sound or not, when, and how dear."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.cost import CHARGES
from optimizer.judge import judged_plan
from optimizer.nodes import NodeFactory, earliest_starts
from optimizer.reading import read_plan
from optimizer.rules import Rule
from optimizer.search.draft import draft_of_rows
from tests.search.laying import Layout
from tests.search.worlds import plain_problem, random_travel, rich_problem

ACROSS_ROUTES = {Rule.DISTINCT_WORKERS, Rule.HARD_TERM}
"""Rules that look at several routes, and terms that the search prices instead."""


def rich_layout(seed):
    problem = rich_problem(seed)
    return Layout(problem, random_travel(problem, seed))


def plain_layout(seed):
    problem = plain_problem(seed)
    return Layout(problem, random_travel(problem, seed, has_peaks=False))


def faults_of(layout, rows):
    """Violations that a single route can have, but for mandatory breaks left out, which the search prices."""
    draft = draft_of_rows(layout.tokens, layout.instance, rows)
    found = check_plan(layout.problem, layout.travel, judged_plan(layout.problem, layout.travel, draft))
    return [item for item in found if item.rule not in ACROSS_ROUTES and "lacks its mandatory" not in item.message]


def alone(rows, route):
    return [row if number == route else [] for number, row in enumerate(rows)]


def check_starts(layout, rows, plan):
    """Every stop of `plan` starts when the search says it does."""
    factory = NodeFactory(layout.problem, layout.travel)
    for drafted, timed in zip(draft_of_rows(layout.tokens, layout.instance, rows).routes, plan.routes, strict=True):
        route = layout.tokens.route_idx[drafted.worker_id, drafted.shift_id]
        slots = layout.state.slots[route, : layout.state.num_slots[route]]
        legs = factory.legs(layout.problem.worker_by_id[drafted.worker_id])
        assert slots["start_s"].tolist() == earliest_starts(factory.route_nodes(drafted), legs)
        if not layout.instance.is_plain and not layout.instance.is_early:
            assert slots["final_s"].tolist() == [stop.start_s for stop in timed.stops]


def check_price(layout, plan):
    """The search's total is the judge's, but for what rounding each term at each price may change."""
    found = check_plan(layout.problem, layout.travel, plan)
    cents = plan.cost.total_cents
    if found and {item.rule for item in found} != {Rule.DISTINCT_WORKERS}:
        assert layout.total_cents > cents + 50_000
        return
    reading = read_plan(layout.problem, layout.travel, plan)
    prices = {(term, charge.cents, charge.unit) for term, charges in CHARGES.items() for charge in charges(reading)}
    assert layout.total_cents == pytest.approx(cents, rel=1e-9, abs=0.5 * len(prices) + 1e-3)


def check_rows(layout, rows):
    """Lay out the rows and compare with the judge; the number of sound and of unsound routes."""
    bad = layout.lay_out(rows)
    num_used = 0
    for route, row in enumerate(rows):
        if any(token < layout.tokens.num_visits for token in row):
            num_used += 1
            assert bool(faults_of(layout, alone(rows, route))) == (route in bad), (route, row)
    sound = [[] if route in bad else row for route, row in enumerate(rows)]
    plan = judged_plan(layout.problem, layout.travel, draft_of_rows(layout.tokens, layout.instance, sound))
    check_starts(layout, sound, plan)
    check_price(layout, plan)
    return num_used - len(bad), len(bad)


def check_layout(layout, seed):
    rng = random.Random(seed)
    counts = [check_rows(layout, layout.random_rows(rng))]
    layout.fill()
    counts.append(check_rows(layout, layout.changed_rows(rng)))
    return counts


@given(st.integers(0, 10**6))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_any_route_is_timed_priced_and_refused_as_by_the_judge(seed):
    check_layout(rich_layout(seed), seed)


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_route_of_a_plain_problem_is_timed_priced_and_refused_as_by_the_judge(seed):
    check_layout(plain_layout(seed), seed)
