"""A month day by day: what one day leaves behind is the next one's history."""

import datetime as dt
from dataclasses import replace

import pytest

from optimizer.network.month_plan import plan_month
from optimizer.params import SolveParams
from optimizer.problem import Horizon
from tests.builders import HOUR, make_elder, make_problem, make_travel, make_visit, make_worker, window

QUICK = SolveParams(step_limit=50, explain=False)


def make_days(num_days=4, *, num_workers=2, **of_elder):
    """Two elders at one place with an hour's visit each, every day at the same time."""
    elders = tuple(make_elder(f"e{i}", 5, **of_elder) for i in range(2))
    visits = [
        make_visit(f"v{i}", elder_id=f"e{i}", place=None, windows=(window("09:00", "12:00"),), service_duration_s=HOUR)
        for i in range(2)
    ]
    problem = make_problem(visits, [make_worker(f"w{i}") for i in range(num_workers)], elders=elders)
    first = problem.horizon.first_date
    return [
        replace(problem, horizon=Horizon(first_date=first + dt.timedelta(days=number))) for number in range(num_days)
    ]


def test_every_day_is_planned_and_counted():
    days = make_days()
    month = plan_month(days, make_travel(days[0]), QUICK)
    assert [day.date for day in month.days] == [day.horizon.first_date.isoformat() for day in days]
    assert (month.num_visits, month.num_served, month.on_time_share) == (8, 8, 1.0)
    assert sum(worker.num_visits for worker in month.workers) == 8
    assert [elder.num_served for elder in month.elders] == [4, 4]


def test_who_came_is_known_the_next_day():
    days = make_days(2)
    first, second = plan_month(days, make_travel(days[0]), QUICK).problems
    assert all(not elder.worker_history for elder in first.elders)
    assert all(sum(elder.worker_history.values()) == 1 for elder in second.elders)


def test_loads_above_the_fair_share_are_carried_and_sum_up_to_nothing():
    days = make_days(3)
    month = plan_month(days, make_travel(days[0]), QUICK)
    assert sum(worker.carried_load_s for worker in month.problems[-1].workers) == pytest.approx(0, abs=3)
    assert sum(worker.above_fair_hours for worker in month.workers) == pytest.approx(0, abs=0.02)


def test_the_limit_of_different_workers_holds_over_the_month():
    days = make_days(5, num_workers=4, max_distinct_workers=1)
    month = plan_month(days, make_travel(days[0]), QUICK)
    assert [elder.num_workers for elder in month.elders] == [1, 1]
    assert month.usual_worker_share == 1.0


def test_without_memory_every_day_is_the_first():
    days = make_days(3)
    month = plan_month(days, make_travel(days[0]), QUICK, has_memory=False)
    assert list(month.problems) == days
