"""The plan as a workbook: one row a stop, a route, an unserved visit, a cost term and a key figure."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from optimizer.formats.plan_tables import write_plan_tables
from optimizer.plan import Cost, Plan, Reason, Remedy, RemedyKind, Route, SolveStatus, Stop, StopKind, Unassigned
from optimizer.problem import Horizon
from optimizer.rules import CostTerm, Rule
from tests.builders import at, clock, make_elder, make_meal, make_problem, make_visit


@pytest.fixture
def tables(tmp_path):
    """Rows by sheet, as dictionaries by header."""

    def write(problem, plan):
        path = tmp_path / "plan.xlsx"
        write_plan_tables(problem, plan, path)
        return {
            sheet.title: [
                dict(zip((c.value for c in sheet[1]), row, strict=True))
                for row in sheet.iter_rows(min_row=2, values_only=True)
            ]
            for sheet in openpyxl.load_workbook(path).worksheets
        }

    return write


def make_plan(time="11:05"):
    start_s = clock(time)
    places = {"place": at(10), "end_place": at(10)}
    times = {"arrival_s": start_s - 90, "start_s": start_s, "end_s": start_s + 120, "departure_s": start_s + 120}
    stop = Stop(kind=StopKind.VISIT, visit_id="m1", travel_distance_m=1250, wait_duration_s=90, **places, **times)
    remedy = Remedy(kind=RemedyKind.EXTEND_SHIFT, message="extend shift 'day' by 20 min", price_cents=1250)
    reason = Reason(rule=Rule.SHIFT, worker_ids=("a",), message="too late")
    return Plan(
        status=SolveStatus.INCOMPLETE,
        routes=(Route(worker_id="a", shift_id="day", stops=(stop,)),),
        unassigned=(Unassigned(visit_id="v1", reasons=(reason,), remedies=(remedy,)),),
        cost=Cost(cents_by_term={CostTerm.UNSERVED: 100_000, CostTerm.DISTANCE: 63}),
        kpis={"num_served": 1, "by_priority": {"0": {"num_visits": 2}}, "on_time_share": None},
    )


@pytest.fixture
def problem():
    visits = [make_meal("m1", place=None, elder_id="e1", note="=ring"), make_visit("v1")]
    return make_problem(visits, elders=(make_elder(name="王秀兰", address="Lane 5"),))


def test_stop_is_a_row(problem, tables):
    (row,) = tables(problem, make_plan())["stops"]
    expected = {"worker_id": "a", "visit_id": "m1", "elder": "王秀兰", "address": "Lane 5", "portions": "lunch:1"}
    assert expected.items() <= row.items()
    assert (row["arrival"], row["start"], row["wait_min"], row["travel_km"]) == ("11:03:30", "11:05", 1.5, 1.25)


def test_text_is_never_a_formula(problem, tables):
    (row,) = tables(problem, make_plan())["stops"]
    assert row["note"] == "=ring"


def test_route_is_a_row(problem, tables):
    (row,) = tables(problem, make_plan())["routes"]
    assert (row["worker_id"], row["mode"], row["visits"], row["return"]) == ("a", "walk", 1, "11:03:30")


def test_unserved_visit_has_why_and_remedy(problem, tables):
    (row,) = tables(problem, make_plan())["unassigned"]
    assert (row["why"], row["remedy"], row["remedy_yuan"]) == ("shift: too late", "extend shift 'day' by 20 min", 12.5)


def test_cost_adds_up(problem, tables):
    rows = tables(problem, make_plan())["cost"]
    assert [(row["term"], row["yuan"]) for row in rows] == [("unserved", 1000), ("distance", 0.63), ("total", 1000.63)]


def test_key_figures_are_flat(problem, tables):
    figures = {row["figure"]: row["value"] for row in tables(problem, make_plan())["key figures"]}
    assert (figures["status"], figures["num_served"], figures["by_priority.0.num_visits"]) == ("incomplete", 1, 2)
    assert figures["on_time_share"] is None


def test_times_of_several_days_have_dates(problem, tables):
    several = make_problem(
        problem.visits, elders=problem.elders, horizon=Horizon(first_date=dt.date(2026, 3, 2), num_days=2)
    )
    (row,) = tables(several, make_plan("35:05"))["stops"]
    assert row["start"] == "2026-03-03 11:05"
