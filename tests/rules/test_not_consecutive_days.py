import datetime as dt

import pytest

from optimizer.problem import Horizon, Link, LinkKind
from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_shift, make_visit, make_worker, window
from tests.rules.judging import broken_rules


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("20:00", "22:00", [Rule.NOT_CONSECUTIVE_DAYS]),
        ("20:00", "47:59:59", [Rule.NOT_CONSECUTIVE_DAYS]),
        ("20:00", "48:00", []),
        ("20:00", "72:00", []),
        ("30:00", "50:00", [Rule.NOT_CONSECUTIVE_DAYS]),
        ("30:00", "72:00", []),
    ],
)
@pytest.mark.parametrize("linked", [("v1", "v2"), ("v2", "v1")])
def test_a_whole_day_lies_between(first, second, expected, linked):
    problem = make_problem(
        [make_visit("v1", windows=(window(first, first),)), make_visit("v2", windows=(window(second, second),))],
        [make_worker(shifts=(make_shift("00:00", "96:00"),))],
        links=(Link(kind=LinkKind.NOT_CONSECUTIVE_DAYS, first_visit_id=linked[0], second_visit_id=linked[1]),),
        horizon=Horizon(first_date=dt.date(2026, 3, 2), num_days=4),
    )
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1", "v2"))) == expected
