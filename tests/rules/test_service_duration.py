import pytest

from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules

PLAN = make_plan(make_problem([make_visit(service_duration_s=600)]), make_route("a", "v1"))


@pytest.mark.parametrize(("needed_s", "expected"), [(599, []), (600, []), (601, [Rule.SERVICE_DURATION])])
def test_visit_lasts_its_service_duration(needed_s, expected):
    assert broken_rules(make_problem([make_visit(service_duration_s=needed_s)]), PLAN) == expected


@pytest.mark.parametrize(("percent", "expected"), [(120, []), (121, [Rule.SERVICE_DURATION])])
def test_duration_is_that_at_the_workers_pace(percent, expected):
    worker = make_worker(duration_percent=200, duration_percent_by_service={"check": percent})
    assert broken_rules(make_problem([make_visit(service_duration_s=500)], [worker]), PLAN) == expected
