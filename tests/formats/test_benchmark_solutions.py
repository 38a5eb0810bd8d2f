"""Solution files in and out; with the public data, every published solution costs for our judge what was published."""

import os
from pathlib import Path

import pytest

from optimizer.check import check_plan
from optimizer.errors import SourceError
from optimizer.formats.benchmark import (
    published_cost,
    read_instance,
    read_solution,
    solution_draft,
    solution_routes,
    write_solution,
)
from optimizer.formats.source import read_source
from optimizer.judge import judged_plan
from optimizer.rules import CostTerm
from optimizer.validate import validate_problem
from tests.formats.benchmark_texts import MDVRPTW, MTVRPTWR, SDVRPTW, SOLOMON, instance_of, write_instance

DATA = os.environ.get("YIZHAN_DATA")
FOLDERS = {
    "vrptw/solomon": ".txt",
    "vrptw/homberger_200": ".txt",
    "vrptw/homberger_1000": ".txt",
    "mdvrptw": ".vrp",
    "sdvrptw": ".vrp",
    "mtvrptwr": ".vrp",
}


def plan_of(instance, routes):
    return judged_plan(instance.problem, instance.travel, solution_draft(instance, routes))


def faults_of(text):
    with pytest.raises(SourceError) as caught:
        read_solution(text)
    return [f"{issue.path}: {issue.message}" for issue in caught.value.issues]


@pytest.mark.parametrize("cost", ["Cost: 827.3", "Cost 827.3", "cost : 827.3"])
def test_cost_is_read_with_or_without_a_colon(cost):
    solution = read_solution(f"Route #1: 5 3 7\nroute 2 : 1\n{cost}\nOptimal: True\n")
    assert (solution.routes, solution.cost) == (((5, 3, 7), (1,)), 827.3)


def test_vehicles_that_stay_home_keep_their_number():
    assert read_solution("Route #1:\nRoute #2: 4\n").routes == ((), (4,))


def test_cost_may_be_missing():
    assert read_solution("Route #1: 1").cost is None


def test_every_fault_of_a_solution_is_told():
    assert faults_of("Route #1: 5 x\nRoute #3: 1\nCost: much\n") == [
        "solution:1: the customer is 'x'; it must be a number from 0 to 1000000.",
        "solution:2: route #3 comes after 1 routes.",
        "solution:3: the cost is 'much'; it must be a number from 0 to 1000000000000.",
    ]


def test_text_without_a_route_is_no_solution():
    assert faults_of("Cost: 5\n") == ["solution: there is no route."]


def test_routes_that_the_instance_cannot_have_are_refused(tmp_path):
    instance = instance_of(SOLOMON, tmp_path)
    with pytest.raises(SourceError) as caught:
        solution_draft(instance, [[1, 9], [2], [-1]])
    assert [issue.message for issue in caught.value.issues] == [
        "9 is no customer of T1.",
        "-1 is no customer of T1.",
        "there are 3 routes and 2 vehicles.",
    ]


@pytest.mark.parametrize(
    ("text", "routes", "written"),
    [
        (SOLOMON, [(), (1,)], "Route #1: 1\nCost 10.0\n"),
        (SOLOMON, [(1, 2), (3,)], "Route #1: 1 2\nRoute #2: 3\nCost 24.0\n"),
        (MDVRPTW, [(2,), (3,)], "Route #1: 2\nRoute #2: 3\nCost: 10000\n"),
        (MDVRPTW, [(), (3,)], "Route #1:\nRoute #2: 3\nCost: 5000\n"),
        (SDVRPTW, [(2,), (), (1, 3)], "Route #1: 2\nRoute #2:\nRoute #3: 1 3\nCost: 50000\n"),
        (MTVRPTWR, [(1, 0, 2)], "Route #1: 1 0 2\nCost: 200\n"),
    ],
)
def test_plan_is_written_as_its_family_does_and_read_back(text, routes, written, tmp_path):
    instance = instance_of(text, tmp_path)
    plan = plan_of(instance, routes)
    assert write_solution(instance, plan) == written
    solution = read_solution(written)
    assert solution.routes == solution_routes(instance, plan)
    assert solution.cost == plan.cost.cents_by_term[CostTerm.DISTANCE] / instance.cost_divisor


def test_published_value_of_vrplib_stands_beside_it(tmp_path):
    path = write_instance(MTVRPTWR, tmp_path)
    assert published_cost(path) is None
    path.with_suffix(".sol").write_text("Route #1: 1 0 2\nCost: 200\n")
    assert published_cost(path) == 200


def test_published_value_of_solomon_is_that_of_distance_alone(tmp_path):
    (tmp_path / "solomon").mkdir()
    path = write_instance(SOLOMON, tmp_path / "solomon")
    assert published_cost(path) is None
    (tmp_path / "bks.csv").write_text(
        "instance,vehicles,cost,convention\nT1,1,9.9,hierarchical\nT1,2,24.0,distance_dimacs_trunc1\n"
    )
    assert published_cost(path) == 24.0


def test_source_brings_the_distances_of_an_instance(tmp_path):
    path = write_instance(SOLOMON, tmp_path)
    source = read_source(path)
    assert source.travel is source.instance.travel
    assert source.problem == read_instance(path).problem


def solution_path(path):
    return (
        path.parents[1] / "solutions_dimacs" / f"{path.stem}.sol" if path.suffix == ".txt" else path.with_suffix(".sol")
    )


@pytest.mark.skipif(not DATA, reason="YIZHAN_DATA does not name the folder of public benchmark data")
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_published_solution_is_sound_and_costs_what_was_published(folder):
    wrong = []
    paths = sorted(Path(DATA, folder).glob(f"*{FOLDERS[folder]}"))
    for path in paths:
        instance = read_instance(path)
        text = solution_path(path).read_text(encoding="utf-8")
        solution = read_solution(text)
        plan = plan_of(instance, solution.routes)
        lines = [line.strip() for line in text.splitlines() if line.startswith(("Route", "Cost"))]
        is_right = (
            check_plan(instance.problem, instance.travel, plan) == ()
            and plan.cost.total_cents / instance.cost_divisor == solution.cost == published_cost(path)
            and write_solution(instance, plan).splitlines() == lines
            and not validate_problem(instance.problem, instance.travel)
        )
        wrong += [] if is_right else [path.stem]
    assert paths
    assert wrong == []
