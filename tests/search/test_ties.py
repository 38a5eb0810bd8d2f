"""Visits bound to visits in other routes: the search times, prices and places them as the judge does."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.problem import Link, LinkKind
from optimizer.search.arrays import DAYS_APART, DIFFERENT, SAME
from optimizer.search.bonds import bind
from optimizer.search.draft import draft_of_rows
from optimizer.search.engine import Search
from optimizer.search.hold import held_visit_ids
from optimizer.search.settings import Settings
from optimizer.search.tokens import Tokens
from tests.builders import make_problem, make_travel, make_visit, make_worker, window
from tests.search.laying import Layout
from tests.worlds import random_problem

ROUNDING_CENTS = 20
"""The judge rounds every term to whole cents at every price."""


def check_with_judge(layout):
    """What the search has now is sound by the judge, and costs what the search says."""
    draft = draft_of_rows(layout.tokens, layout.instance, layout.rows())
    plan = judged_plan(layout.problem, layout.travel, draft)
    violations = check_plan(layout.problem, layout.travel, plan)
    assert [item for item in violations if "lacks its mandatory" not in item.message] == []
    assert layout.total_cents == pytest.approx(plan.cost.total_cents, abs=ROUNDING_CENTS)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_judge_finds_linked_routes_sound_and_as_dear_as_the_search_says(seed):
    problem = random_problem(seed)
    assume(not held_visit_ids(problem))
    layout = Layout(problem, make_travel(problem), seed=seed)
    assert layout.instance.is_tied
    layout.lay_out([[] for _ in layout.tokens.shifts])
    layout.fill()
    check_with_judge(layout)
    for _ in range(3):
        layout.search(100)
        check_with_judge(layout)


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_threads_that_share_the_routes_keep_bonds_between_their_parts(seed):
    problem = random_problem(seed)
    assume(not held_visit_ids(problem))
    travel = make_travel(problem)
    search = Search(problem, travel, {}, seed=seed, num_threads=2, settings=Settings(max_whole=1))
    search.start()
    search.improve(step_limit=400)
    plan = judged_plan(problem, travel, search.draft)
    assert [v for v in check_plan(problem, travel, plan) if "lacks its mandatory" not in v.message] == []
    assert search.cents == pytest.approx(plan.cost.total_cents, abs=ROUNDING_CENTS)


def pair(kind, **options):
    return Link(kind=kind, first_visit_id="v1", second_visit_id="v2", **options)


def bonds_of(visits, *links):
    problem = make_problem(visits, links=links)
    return bind(problem, Tokens(problem))


def test_a_visit_of_two_workers_is_two_visits_that_start_together_by_different_workers():
    bonds = bonds_of([make_visit("v1", num_workers=2)])
    assert bonds.ties.tolist() == [[1, 0, 0], [0, 0, 0]]
    assert bonds.mates.tolist() == [[1, DIFFERENT], [0, DIFFERENT]]
    assert bonds.group.tolist() == bonds.unit.tolist() == [0, 0]


def test_a_gap_binds_both_ways_and_one_without_an_end_only_one():
    visits = [make_visit("v1"), make_visit("v2")]
    closed = bonds_of(visits, pair(LinkKind.GAP, min_gap_s=600, max_gap_s=3600))
    assert (closed.ties.tolist(), closed.tie_from.tolist()) == ([[1, 600, 0], [0, -3600, 0]], [0, 1, 2])
    assert bonds_of(visits, pair(LinkKind.GAP, min_gap_s=600)).ties.tolist() == [[1, 600, 0]]


def test_before_counts_from_the_end_of_every_worker_of_the_first():
    bonds = bonds_of([make_visit("v1", num_workers=2), make_visit("v2")], pair(LinkKind.BEFORE))
    assert [2, 0, 1] in bonds.ties[bonds.tie_from[0] : bonds.tie_from[1]].tolist()
    assert [2, 0, 1] in bonds.ties[bonds.tie_from[1] : bonds.tie_from[2]].tolist()


def test_links_not_together_make_a_group_but_no_unit():
    bonds = bonds_of([make_visit("v1"), make_visit("v2")], pair(LinkKind.SAME_START, together=False))
    assert (bonds.group.tolist(), bonds.unit.tolist()) == ([0, 0], [-1, -1])


@pytest.mark.parametrize(
    ("kind", "mate"),
    [
        (LinkKind.SAME_WORKER, SAME),
        (LinkKind.DIFFERENT_WORKER, DIFFERENT),
        (LinkKind.NOT_CONSECUTIVE_DAYS, DAYS_APART),
    ],
)
def test_links_of_workers_and_days_bind_no_starts(kind, mate):
    bonds = bonds_of([make_visit("v1"), make_visit("v2")], pair(kind))
    assert (bonds.mates.tolist(), bonds.group.tolist()) == ([[1, mate], [0, mate]], [-1, -1])


def starts_of(links, *visits, workers=("a", "b")):
    """Start and worker of every visit in the plan that the search makes."""
    problem = make_problem(list(visits), [make_worker(name) for name in workers], links=links)
    travel = make_travel(problem)
    search = Search(problem, travel, {}, num_threads=1)
    search.start()
    search.improve(step_limit=60)
    plan = judged_plan(problem, travel, search.draft)
    assert check_plan(problem, travel, plan) == ()
    return {stop.visit_id: (route.worker_id, stop.start_s) for route in plan.routes for stop in route.visit_stops}


def test_a_gap_holds_between_routes():
    link = pair(LinkKind.GAP, min_gap_s=1800, max_gap_s=2400)
    starts = starts_of((link, pair(LinkKind.DIFFERENT_WORKER)), make_visit("v1"), make_visit("v2"))
    assert 1800 <= starts["v2"][1] - starts["v1"][1] <= 2400
    assert starts["v1"][0] != starts["v2"][0]


def test_a_gap_with_an_end_holds_within_one_route():
    link = pair(LinkKind.GAP, min_gap_s=0, max_gap_s=2400)
    visits = (
        make_visit("v1", windows=(window("08:00", "12:00"),)),
        make_visit("v2", windows=(window("11:00", "12:00"),)),
    )
    starts = starts_of((link,), *visits, workers=("a",))
    assert 0 <= starts["v2"][1] - starts["v1"][1] <= 2400


def test_one_worker_serves_what_must_have_the_same():
    starts = starts_of((pair(LinkKind.SAME_WORKER),), make_visit("v1", 10), make_visit("v2", 30))
    assert starts["v1"][0] == starts["v2"][0]


def test_visits_served_together_stay_out_together():
    closed = make_visit("v2", skills={"nurse": 1})
    assert starts_of((pair(LinkKind.SAME_START),), make_visit("v1"), closed) == {}


def test_visits_not_bound_to_be_served_together_are_served_alone():
    closed = make_visit("v2", skills={"nurse": 1})
    starts = starts_of((pair(LinkKind.SAME_START, together=False),), make_visit("v1"), closed)
    assert set(starts) == {"v1"}
