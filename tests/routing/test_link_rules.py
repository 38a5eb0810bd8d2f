import pytest

from optimizer.problem import Link, LinkKind
from optimizer.routing.constraints.links import add_days_apart, add_timed_links, add_worker_copies, add_worker_links
from optimizer.routing.constraints.visits import add_time_windows
from tests.builders import HOUR, MINUTE, make_problem, make_route, make_shift, make_visit, make_worker, window
from tests.routing.forcing import accepts

TWO_ROUTES = make_route("a", "v1"), make_route("b", "v2")


def fixed(visit_id, start, **changes):
    return make_visit(visit_id, windows=(window(start, start),), **changes)


def linked(kind, *visits, num_workers=2, **changes):
    link = Link(kind=kind, first_visit_id="v1", second_visit_id="v2", **changes)
    workers = [make_worker(worker_id) for worker_id in "abc"[:num_workers]]
    return make_problem(visits or [make_visit("v1"), make_visit("v2")], workers, links=(link,))


TIMED = (add_time_windows, add_timed_links)


@pytest.mark.parametrize(("start", "expected"), [("09:59:59", False), ("10:00", True), ("10:00:01", False)])
def test_same_start_is_to_the_second(start, expected):
    problem = linked(LinkKind.SAME_START, fixed("v1", "10:00"), fixed("v2", start))
    assert accepts(problem, *TWO_ROUTES, rules=TIMED) is expected


@pytest.mark.parametrize(
    ("start", "expected"), [("10:29:59", False), ("10:30", True), ("11:00", True), ("11:00:01", False)]
)
def test_gap_is_inclusive_at_both_ends(start, expected):
    problem = linked(
        LinkKind.GAP, fixed("v1", "10:00"), fixed("v2", start), min_gap_s=30 * MINUTE, max_gap_s=60 * MINUTE
    )
    assert accepts(problem, *TWO_ROUTES, rules=TIMED) is expected


def test_gap_without_upper_end_is_as_long_as_you_like():
    problem = linked(LinkKind.GAP, fixed("v1", "08:10"), fixed("v2", "17:00"), min_gap_s=HOUR)
    assert accepts(problem, *TWO_ROUTES, rules=TIMED)


@pytest.mark.parametrize(
    ("start", "expected"), [("09:29:59", False), ("09:30", True), ("10:30", True), ("10:30:01", False)]
)
def test_gap_below_zero_lets_the_second_start_first(start, expected):
    gap = {"min_gap_s": -30 * MINUTE, "max_gap_s": 30 * MINUTE}
    problem = linked(LinkKind.GAP, fixed("v1", "10:00"), fixed("v2", start), **gap)
    assert accepts(problem, *TWO_ROUTES, rules=TIMED) is expected


@pytest.mark.parametrize(("start", "expected"), [("10:09:59", False), ("10:10", True), ("10:10:01", True)])
def test_before_means_after_the_end(start, expected):
    problem = linked(LinkKind.BEFORE, fixed("v1", "10:00"), fixed("v2", start))
    assert accepts(problem, *TWO_ROUTES, rules=TIMED) is expected


@pytest.mark.parametrize(("percent", "expected"), [(100, True), (101, False)])
def test_before_counts_the_worker_s_own_pace(percent, expected):
    link = Link(kind=LinkKind.BEFORE, first_visit_id="v1", second_visit_id="v2")
    workers = [make_worker("a", duration_percent=percent), make_worker("b")]
    problem = make_problem([fixed("v1", "10:00"), fixed("v2", "10:10")], workers, links=(link,))
    assert accepts(problem, *TWO_ROUTES, rules=TIMED) is expected


@pytest.mark.parametrize(("together", "expected"), [(True, False), (False, True)])
@pytest.mark.parametrize("kind", [LinkKind.SAME_START, LinkKind.GAP, LinkKind.BEFORE])
def test_together_means_both_or_neither(kind, together, expected):
    problem = linked(kind, together=together)
    assert accepts(problem, make_route("a", "v1"), rules=TIMED) is expected
    assert accepts(problem, rules=TIMED)


@pytest.mark.parametrize(("worker_id", "expected"), [("a", True), ("b", False)])
def test_same_worker(worker_id, expected):
    problem = linked(LinkKind.SAME_WORKER)
    routes = [make_route("a", "v1", "v2")] if worker_id == "a" else TWO_ROUTES
    assert accepts(problem, *routes, rules=(add_worker_links,)) is expected


@pytest.mark.parametrize(("second", "expected"), [("bc", True), ("ca", True), ("cd", False)])
def test_same_worker_asks_for_one_in_common(second, expected):
    link = Link(kind=LinkKind.SAME_WORKER, first_visit_id="v1", second_visit_id="v2")
    visits = [make_visit("v1", num_workers=2), make_visit("v2", num_workers=2)]
    problem = make_problem(visits, [make_worker(worker_id) for worker_id in "abcd"], links=(link,))
    steps = {worker_id: ["v1"] * (worker_id in "ab") + ["v2"] * (worker_id in second) for worker_id in "abcd"}
    routes = [make_route(worker_id, *visit_ids) for worker_id, visit_ids in steps.items() if visit_ids]
    assert accepts(problem, *routes, rules=(add_worker_links,)) is expected


def test_same_worker_may_come_in_another_shift():
    shifts = make_shift("08:00", "12:00", "early"), make_shift("13:00", "18:00", "late")
    link = Link(kind=LinkKind.SAME_WORKER, first_visit_id="v1", second_visit_id="v2")
    problem = make_problem([make_visit("v1"), make_visit("v2")], [make_worker(shifts=shifts)], links=(link,))
    routes = make_route("a", "v1", shift_id="early"), make_route("a", "v2", shift_id="late")
    assert accepts(problem, *routes, rules=(add_worker_links,))


@pytest.mark.parametrize(("worker_id", "expected"), [("a", False), ("b", True)])
def test_different_worker(worker_id, expected):
    problem = linked(LinkKind.DIFFERENT_WORKER)
    routes = [make_route("a", "v1", "v2")] if worker_id == "a" else TWO_ROUTES
    assert accepts(problem, *routes, rules=(add_worker_links,)) is expected


def test_links_bind_only_visits_that_are_both_served():
    for kind in (LinkKind.SAME_WORKER, LinkKind.DIFFERENT_WORKER, LinkKind.NOT_CONSECUTIVE_DAYS):
        problem = linked(kind)
        assert accepts(problem, make_route("b", "v2"), rules=(add_worker_links, add_days_apart))


@pytest.mark.parametrize(("day", "expected"), [(0, False), (1, False), (2, True)])
def test_a_day_lies_between(day, expected):
    later = make_visit("v2", windows=(window(f"{24 * day + 10}:00", f"{24 * day + 11}:00"),))
    first = make_visit("v1", windows=(window("08:00", "23:00"),))
    link = Link(kind=LinkKind.NOT_CONSECUTIVE_DAYS, first_visit_id="v1", second_visit_id="v2")
    workers = [make_worker("a"), make_worker("b", shifts=(make_shift("08:00", "66:00"),))]
    problem = make_problem([first, later], workers, links=(link,))
    assert accepts(problem, *TWO_ROUTES, rules=(add_time_windows, add_days_apart)) is expected


def test_workers_of_one_visit_start_together():
    problem = make_problem(
        [make_visit("v1", num_workers=2)],
        [make_worker("a", shifts=(make_shift(end="08:30"),)), make_worker("b", shifts=(make_shift("08:00:01"),))],
    )
    assert not accepts(problem, make_route("a", "v1"), make_route("b", "v1"), rules=(add_worker_copies,))


def test_two_workers_come_or_none():
    problem = make_problem([make_visit("v1", num_workers=2)], [make_worker("a"), make_worker("b")])
    assert accepts(problem, make_route("a", "v1"), make_route("b", "v1"), rules=(add_worker_copies,))
    assert not accepts(problem, make_route("a", "v1"), rules=(add_worker_copies,))


def test_two_workers_are_two_persons():
    shifts = make_shift(shift_id="day"), make_shift(shift_id="other")
    problem = make_problem([make_visit("v1", num_workers=2)], [make_worker(shifts=shifts)])
    routes = make_route("a", "v1"), make_route("a", "v1", shift_id="other")
    assert not accepts(problem, *routes, rules=(add_worker_copies,))
