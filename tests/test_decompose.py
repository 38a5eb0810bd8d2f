"""Parts cut from a plan by its routes: nothing lost, nothing twice, each part sound on its own."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import decompose
from optimizer.check import check_plan
from optimizer.decompose import split_by_routes
from optimizer.judge import judged_plan
from optimizer.plan import Draft
from optimizer.problem import Link, LinkKind
from optimizer.start import insert_greedily
from tests.builders import (
    at,
    make_draft,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
)
from tests.worlds import nearest_sources, random_problem


def two_towns(links=(), **changes):
    """Two stations forty minutes apart, a worker and a visit in each, cut into two parts."""
    workers = [
        make_worker("a", station_id="s1"),
        make_worker("b", station_id="s2", shifts=(make_shift(start_place=at(40), end_place=at(40)),)),
    ]
    visits = [make_visit("near", 5, **changes), make_visit("far", 45)]
    return make_problem(visits, workers, stations=(make_station("s1"), make_station("s2", 40)), links=links)


def cut(problem, *routes, max_visits=1, monkeypatch):
    monkeypatch.setattr(decompose, "_MIN_VISITS", 1)
    monkeypatch.setattr(decompose, "_MAX_VISITS", max_visits)
    plan = judged_plan(problem, make_travel(problem), make_draft(*routes))
    return split_by_routes(problem, nearest_sources(problem), plan)


def test_each_town_is_a_part(monkeypatch):
    parts = cut(two_towns(), make_route("a", "near"), make_route("b", "far"), monkeypatch=monkeypatch)
    assert [[visit.visit_id for visit in part.problem.visits] for part, _ in parts] == [["near"], ["far"]]


def test_a_visit_linked_across_parts_keeps_its_start(monkeypatch):
    link = Link(kind=LinkKind.GAP, first_visit_id="near", second_visit_id="far", min_gap_s=600)
    problem = two_towns((link,))
    parts = cut(problem, make_route("a", "near"), make_route("b", "far"), monkeypatch=monkeypatch)
    for part, draft in parts:
        (visit,) = part.problem.visits
        assert visit.windows[0].start_s == visit.windows[0].end_s
        assert (
            check_plan(part.problem, make_travel(problem), judged_plan(part.problem, make_travel(problem), draft)) == ()
        )


def test_a_visit_shared_across_parts_keeps_its_workers(monkeypatch):
    parts = cut(
        two_towns(num_workers=2), make_route("a", "near"), make_route("b", "near", "far"), monkeypatch=monkeypatch
    )
    held = [part.problem.visit_by_id["near"] for part, _ in parts]
    assert [(visit.num_workers, visit.pinned_worker_ids) for visit in held] == [(1, ("a",)), (1, ("b",))]


def test_an_unserved_visit_goes_to_the_nearest_part(monkeypatch):
    problem = two_towns()
    problem = replace(problem, visits=(*problem.visits, make_visit("left out", 42)))
    parts = cut(problem, make_route("a", "near"), make_route("b", "far"), monkeypatch=monkeypatch)
    assert [[visit.visit_id for visit in part.problem.visits] for part, _ in parts] == [["near"], ["far", "left out"]]


def test_a_small_plan_is_one_part():
    problem = two_towns()
    ((part, draft),) = split_by_routes(problem, {}, judged_plan(problem, make_travel(problem), Draft()))
    assert (part.problem, draft) == (problem, Draft())


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_parts_share_out_visits_and_workers_and_are_sound(seed):
    problem = random_problem(seed, num_visits=16, num_workers=5)
    homes = [replace(worker, station_id=("s1", "s2")[n % 2]) for n, worker in enumerate(problem.workers)]
    problem = replace(problem, workers=tuple(homes))
    travel, sources = make_travel(problem), nearest_sources(problem)
    plan = judged_plan(problem, travel, insert_greedily(problem, travel, sources))
    old = decompose._MIN_VISITS, decompose._MAX_VISITS
    decompose._MIN_VISITS, decompose._MAX_VISITS = 2, 5
    try:
        parts = split_by_routes(problem, sources, plan)
    finally:
        decompose._MIN_VISITS, decompose._MAX_VISITS = old
    assert {visit.visit_id for part, _ in parts for visit in part.problem.visits} == set(problem.visit_by_id)
    worker_ids = [worker.worker_id for part, _ in parts for worker in part.problem.workers]
    assert len(worker_ids) == len(set(worker_ids))
    for part, draft in parts:
        assert check_plan(part.problem, travel, judged_plan(part.problem, travel, draft)) == ()
    joined = Draft(routes=tuple(route for _, draft in parts for route in draft.routes))
    assert joined.served_visit_ids == plan.draft.served_visit_ids
    assert check_plan(problem, travel, judged_plan(problem, travel, joined)) == ()
