import pytest

from optimizer.routing.constraints.links import add_worker_copies
from optimizer.routing.constraints.visits import (
    add_distinct_workers,
    add_forbidden_workers,
    add_pinned_starts,
    add_pinned_workers,
    add_reliability,
    add_skills,
    add_time_windows,
)
from tests.builders import clock, make_elder, make_problem, make_route, make_shift, make_visit, make_worker, window
from tests.routing.forcing import accepts

ROUTE = make_route("a", "v1")


def shift_worker(start="08:00", end="18:00"):
    return make_worker(shifts=(make_shift(start, end),))


@pytest.mark.parametrize(("end", "expected"), [("08:09:59", False), ("08:10", True), ("08:10:01", True)])
def test_window_end_is_inclusive(end, expected):
    problem = make_problem([make_visit(windows=(window("08:00", end),))])
    assert accepts(problem, ROUTE, rules=(add_time_windows,)) is expected


@pytest.mark.parametrize(("start", "expected"), [("08:09:59", True), ("08:10", True), ("08:10:01", False)])
def test_window_start_is_inclusive(start, expected):
    problem = make_problem([make_visit(windows=(window(start, "18:00"),))], [shift_worker(end="08:30")])
    assert accepts(problem, ROUTE, rules=(add_time_windows,)) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"), [("08:50", "09:20", True), ("08:51", "10:19:59", False), ("08:51", "10:20", True)]
)
def test_who_misses_one_window_waits_for_the_next(start, end, expected):
    """Open until 09:00 and from 10:00."""
    windows = (window("10:00", "11:00"), window("08:00", "09:00"))
    problem = make_problem([make_visit(windows=windows)], [shift_worker(start, end)])
    assert accepts(problem, ROUTE, rules=(add_time_windows,)) is expected


def test_overlapping_windows_leave_no_gap():
    windows = (window("08:00", "10:00"), window("08:05", "08:06"), window("10:00", "12:00"))
    problem = make_problem([make_visit(windows=windows)], [shift_worker("08:30", "10:00")])
    assert accepts(problem, ROUTE, rules=(add_time_windows,))


def test_window_beyond_every_shift_leaves_the_visit_out():
    problem = make_problem([make_visit(windows=(window("20:00", "21:00"),))])
    assert not accepts(problem, ROUTE, rules=(add_time_windows,))
    assert accepts(problem, rules=(add_time_windows,))


@pytest.mark.parametrize(("pinned", "expected"), [("08:09:59", False), ("08:10", True), ("08:10:01", False)])
def test_pinned_start_is_exact(pinned, expected):
    visit = make_visit(pinned_start_s=clock(pinned))
    problem = make_problem([visit], [shift_worker(end="08:30")])
    assert accepts(problem, ROUTE, rules=(add_pinned_starts,)) is expected


def test_pinned_start_outside_the_windows_leaves_the_visit_out():
    problem = make_problem([make_visit(windows=(window("08:00", "09:00"),), pinned_start_s=clock("10:00"))])
    assert not accepts(problem, ROUTE, rules=(add_time_windows, add_pinned_starts))


@pytest.mark.parametrize(("level", "expected"), [(1, False), (2, True), (3, True)])
def test_skill_level_is_a_minimum(level, expected):
    problem = make_problem([make_visit(skills={"bath": 2})], [make_worker(skills={"bath": level})])
    assert accepts(problem, ROUTE, rules=(add_skills,)) is expected


@pytest.mark.parametrize(("level", "expected"), [(0, True), (1, False)])
def test_a_skill_not_named_is_of_level_zero(level, expected):
    assert accepts(make_problem([make_visit(skills={"bath": level})]), ROUTE, rules=(add_skills,)) is expected


@pytest.mark.parametrize(("share", "expected"), [(0.89, False), (0.9, True), (0.91, True)])
def test_reliability_is_a_minimum(share, expected):
    problem = make_problem([make_visit(min_reliability_share=0.9)], [make_worker(reliability_share=share)])
    assert accepts(problem, ROUTE, rules=(add_reliability,)) is expected


@pytest.mark.parametrize(("worker_id", "expected"), [("a", False), ("b", True)])
def test_elders_are_spared_whom_they_refuse(worker_id, expected):
    elder = make_elder(forbidden_worker_ids=("a",))
    workers = [make_worker("a"), make_worker("b")]
    problem = make_problem([make_visit(elder_id="e1")], workers, elders=(elder,))
    assert accepts(problem, make_route(worker_id, "v1"), rules=(add_forbidden_workers,)) is expected


@pytest.mark.parametrize(("worker_id", "expected"), [("a", True), ("b", False)])
def test_pinned_worker_comes(worker_id, expected):
    problem = make_problem([make_visit(pinned_worker_ids=("a",))], [make_worker("a"), make_worker("b")])
    assert accepts(problem, make_route(worker_id, "v1"), rules=(add_pinned_workers,)) is expected


@pytest.mark.parametrize(("worker_ids", "expected"), [("ab", True), ("ba", True), ("bc", False)])
def test_others_may_join_a_pinned_worker(worker_ids, expected):
    workers = [make_worker(worker_id) for worker_id in "abc"]
    problem = make_problem([make_visit(num_workers=2, pinned_worker_ids=("a",))], workers)
    routes = [make_route(worker_id, "v1") for worker_id in worker_ids]
    assert accepts(problem, *routes, rules=(add_pinned_workers, add_worker_copies)) is expected


@pytest.mark.parametrize(("limit", "expected"), [(1, False), (2, True), (3, True)])
def test_number_of_different_workers_is_inclusive(limit, expected):
    workers = [make_worker("a"), make_worker("b")]
    visits = [make_visit("v1", elder_id="e1"), make_visit("v2", elder_id="e1")]
    problem = make_problem(visits, workers, elders=(make_elder(max_distinct_workers=limit),))
    routes = make_route("a", "v1"), make_route("b", "v2")
    assert accepts(problem, *routes, rules=(add_distinct_workers,)) is expected


@pytest.mark.parametrize(("worker_id", "expected"), [("a", True), ("b", False)])
def test_history_counts_among_the_different_workers(worker_id, expected):
    elder = make_elder(max_distinct_workers=1, worker_history={"a": 3})
    workers = [make_worker("a"), make_worker("b")]
    problem = make_problem([make_visit(elder_id="e1")], workers, elders=(elder,))
    assert accepts(problem, make_route(worker_id, "v1"), rules=(add_distinct_workers,)) is expected


def test_visits_that_do_not_count_for_continuity_are_free():
    elder = make_elder(max_distinct_workers=1, worker_history={"b": 1})
    visit = make_visit(elder_id="e1", counts_for_continuity=False)
    assert accepts(make_problem([visit], elders=(elder,)), ROUTE, rules=(add_distinct_workers,))
