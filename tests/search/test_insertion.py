"""The place found for a visit costs what it says, and in a plain problem there is none cheaper."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.laying import Layout
from tests.search.worlds import plain_problem, random_travel, rich_problem


def ways_in(layout, visit, route):
    """Positions and loadings open to a visit: a loading that cuts a trip is at the station of that trip."""
    tokens, row = layout.tokens, [-1, *layout.row(route), -1]
    station = None
    for position, (token, after) in enumerate(itertools.pairwise(row)):
        if tokens.num_visits <= token < tokens.first_break:
            station = token - tokens.num_visits
        yield position, 0
        if not layout.instance.nodes[visit]["has_demand"]:
            continue
        is_cut = station is not None and 0 <= after < tokens.num_visits
        for other in range(tokens.num_stations):
            if not is_cut or other == station:
                yield position, 1 + other
        if is_cut:
            yield position, -1 - station


def cheapest(layout, visit, route):
    """The least that an insertion adds to the price of the route, every way tried."""
    if math.isinf(layout.instance.worth_cents[visit, layout.instance.shifts[route]["kind"]]):
        return math.inf
    return min(layout.tried(visit, route, *way) for way in ways_in(layout, visit, route))


def disturbed(layout, seed):
    """Lay out sound random routes with some visits left out."""
    rng = random.Random(seed)
    if rng.random() < 0.3:
        layout.lay_out(layout.random_rows(rng))
        return
    layout.lay_out([[] for _ in layout.tokens.shifts])
    layout.fill()
    layout.lay_out([[token for token in row if rng.random() < 0.85] for row in layout.rows()])


def plain_layout(seed):
    problem = plain_problem(seed)
    return Layout(problem, random_travel(problem, seed, has_peaks=False), seed=seed)


def rich_layout(seed):
    problem = rich_problem(seed)
    return Layout(problem, random_travel(problem, seed), seed=seed)


def compare(layout, seed):
    """``(found, cheapest)`` for every visit left out and every route."""
    disturbed(layout, seed)
    for visit in layout.absent():
        for route in range(layout.instance.num_shifts):
            cents, position, how = layout.found(visit, route)
            if cents < math.inf:
                assert cents == pytest.approx(layout.tried(visit, route, position, how), abs=1e-3)
            yield cents, cheapest(layout, visit, route)


@given(st.integers(0, 10**6))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_in_a_plain_problem_the_cheapest_place_is_found(seed):
    layout = plain_layout(seed)
    for found, best in compare(layout, seed):
        if layout.instance.is_plain:
            assert found == pytest.approx(best, abs=1e-3)


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_elsewhere_the_place_found_costs_what_it_says(seed):
    layout = rich_layout(seed)
    for found, best in compare(layout, seed):
        assert found >= best - 1e-3 or math.isinf(best)
