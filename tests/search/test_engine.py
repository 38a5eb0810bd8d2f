"""The driver: the same seed and steps give the same plan, cut or whole, and held visits stay."""

import time

import pytest

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.problem import Link, LinkKind
from optimizer.search.engine import Search
from optimizer.search.hold import hold_bound
from optimizer.search.settings import Settings
from tests.builders import make_draft, make_problem, make_route, make_travel, make_visit, make_worker


def spread_problem(num_visits=30, num_workers=4):
    visits = [make_visit(f"v{number}", (number * 7) % 40) for number in range(num_visits)]
    return make_problem(visits, [make_worker(f"w{number}") for number in range(num_workers)])


def searched(problem, *, steps=400, **options):
    search = Search(problem, make_travel(problem), {}, num_threads=2, **options)
    search.start()
    search.improve(step_limit=steps)
    return search


def test_seed_and_steps_decide_the_plan():
    first, second = (searched(spread_problem(), seed=5) for _ in range(2))
    assert first.draft == second.draft
    assert first.cents == second.cents


@pytest.mark.parametrize("max_whole", [5, 400])
def test_cut_or_whole_the_judge_finds_the_price_that_the_search_has(max_whole):
    problem = spread_problem()
    search = searched(problem, settings=Settings(max_whole=max_whole))
    plan = judged_plan(problem, make_travel(problem), search.draft)
    assert check_plan(problem, make_travel(problem), plan) == ()
    assert plan.cost.total_cents == pytest.approx(search.cents, abs=len(problem.visits))


def test_searching_never_makes_the_start_dearer():
    problem = spread_problem()
    search = Search(problem, make_travel(problem), {}, num_threads=1)
    search.start()
    before = search.cents
    search.improve(step_limit=200)
    assert search.cents <= before


def test_a_deadline_ends_a_search_whose_steps_would_go_on():
    problem = spread_problem()
    search = Search(problem, make_travel(problem), {}, num_threads=2)
    search.start()
    search.improve(deadline_s=time.monotonic() + 0.3, step_limit=10**12)
    assert 0 < search.num_steps < 10**12


@pytest.mark.parametrize("limit", [{"step_limit": 10**12}, {"deadline_s": time.monotonic() + 10**6}])
def test_a_search_is_stopped_in_the_middle_of_a_round(limit):
    problem = spread_problem()
    search = Search(problem, make_travel(problem), {}, num_threads=2)
    search.start()
    answers = iter([False, True])
    search.improve(**limit, should_stop=lambda: next(answers, True))
    plan = judged_plan(problem, make_travel(problem), search.draft)
    assert check_plan(problem, make_travel(problem), plan) == ()


def test_a_start_loses_what_breaks_a_rule_and_names_it():
    problem = make_problem([make_visit("v1"), make_visit("far", 10_000)])
    search = Search(problem, make_travel(problem), {})
    assert search.start(make_draft(make_route("a", "v1", "far"))) == ("far",)
    assert search.draft.served_visit_ids == {"v1"}


def test_held_visits_keep_worker_and_start():
    link = Link(kind=LinkKind.SAME_WORKER, first_visit_id="v1", second_visit_id="v2")
    visits = [make_visit("v1", 10, num_workers=2), make_visit("v2", 20), make_visit("v3", 12)]
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], links=(link,))
    travel = make_travel(problem)
    plan = judged_plan(problem, travel, make_draft(make_route("a", "v1"), make_route("b", "v1", "v2")))
    held = hold_bound(problem, {}, plan)
    search = Search(held.problem, travel, held.sources, locked=held.visit_id_by_name)
    search.start(held.start)
    search.improve(step_limit=100)
    found = judged_plan(problem, travel, held.original(search.draft))
    assert check_plan(problem, travel, found) == ()
    starts = {stop.visit_id: (r.worker_id, stop.start_s) for r in found.routes for stop in r.visit_stops}
    before = {stop.visit_id: (r.worker_id, stop.start_s) for r in plan.routes for stop in r.visit_stops}
    assert {name: starts[name] for name in before} == before
    assert "v3" in starts
