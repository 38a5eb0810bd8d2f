import pytest

from optimizer.problem import Break
from optimizer.rules import Rule
from tests.builders import MINUTE, clock, make_plan, make_problem, make_route, make_shift, make_visit, make_worker
from tests.rules.judging import broken_rules


def problem_with(max_work_s, *, breaks=()):
    shift = make_shift(breaks=breaks, max_work_s=max_work_s)
    return make_problem([make_visit("v1", 10)], [make_worker(shifts=(shift,))])


@pytest.mark.parametrize(
    ("max_work_s", "expected"), [(30 * MINUTE - 1, [Rule.WORKING_TIME]), (30 * MINUTE, []), (30 * MINUTE + 1, [])]
)
def test_departure_to_return_is_limited(max_work_s, expected):
    plan = make_plan(problem_with(None), make_route("a", "v1"))
    assert broken_rules(problem_with(max_work_s), plan) == expected


@pytest.mark.parametrize(("max_work_s", "expected"), [(30 * MINUTE - 1, [Rule.WORKING_TIME]), (30 * MINUTE, [])])
def test_breaks_are_taken_off(max_work_s, expected):
    rest = Break(break_id="tea", start_s=clock("08:00"), end_s=clock("09:00"), duration_s=15 * MINUTE)
    problem = problem_with(max_work_s, breaks=(rest,))
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1", "break:tea"))) == expected
