"""Solutions of home care in and out; every published one costs for our judge what was published."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest

from optimizer.check import check_plan
from optimizer.formats.benchmark import published_cost, read_draft, read_instance, read_text
from optimizer.judge import judged_plan
from optimizer.plan import SolveStatus
from optimizer.rules import CostTerm
from optimizer.validate import validate_problem

DATA = os.environ.get("YIZHAN_DATA")
PUBLISHED = {
    CostTerm.TRAVEL_TIME: "travel",
    CostTerm.HIGHEST_LATENESS: "max_tardiness",
    CostTerm.LATENESS: "total_tardiness",
}


def is_as_published(folder, row):
    path = folder / row["family"] / f"{row['instance']}.json.gz"
    instance = read_instance(path)
    draft = read_draft(instance, read_text(folder / "solutions" / f"{row['solution_file']}.gz"))
    plan = judged_plan(instance.problem, instance.travel, draft)
    figures = {term: Decimal(plan.cost.cents_by_term.get(term, 0)) / instance.scale for term in PUBLISHED}
    return (
        plan.status is SolveStatus.COMPLETE
        and check_plan(instance.problem, instance.travel, plan) == ()
        and figures == {term: Decimal(row[column]) for term, column in PUBLISHED.items()}
        and round(plan.cost.total_cents / instance.cost_divisor, 4)
        == float(row["cost=(sum)/3"])
        == published_cost(path)
        and not validate_problem(instance.problem, instance.travel)
    )


@pytest.mark.skipif(not DATA, reason="YIZHAN_DATA does not name the folder of public benchmark data")
def test_our_judge_re_prices_every_published_hhcrsp_solution_to_its_published_cost():
    folder = Path(DATA, "hhcrsp")
    with (folder / "bks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["solution_file"]]
    assert rows
    assert [row["instance"] for row in rows if not is_as_published(folder, row)] == []
