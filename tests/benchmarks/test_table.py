"""Gaps, wins and the table, from given rows."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from benchmarks.quality.compare import Outcome
from benchmarks.quality.families import FAMILIES
from benchmarks.quality.rows import Row, gap_percent, merged, read_rows, write_rows
from benchmarks.quality.table import cells, reference_costs, show_outcomes, summarize, winning_keys
from optimizer.errors import InputError

KEYS = {"family", "instance", "solver", "seed", "seconds", "cost", "best_known", "gap_percent", "valid"}


def row(solver: str = "yizhan", cost: float | None = 110.0, instance: str = "R101", **changes: object) -> Row:
    facts: dict[str, object] = {"family": "vrptw", "seed": 0, "seconds": 2.0, "best_known": 100.0, "valid": True}
    facts |= {"solver": solver, "cost": cost, "instance": instance, **changes}
    gap = gap_percent(cost, facts["best_known"]) if facts["valid"] else None
    return Row(**{"gap_percent": gap, **facts})


def outcome(of: Row, group: str = "solomon R1", **changes: object) -> Outcome:
    return Outcome(**{"group": group, "instance": of.instance, "solver": of.solver, "row": of, **changes})


def shown(*outcomes: Outcome) -> str:
    console = Console(width=120, record=True, quiet=False, file=None)
    with console.capture() as capture:
        show_outcomes(console, FAMILIES["vrptw"], outcomes, "2 s each")
    return capture.get()


def test_gap_is_percent_of_the_best_known_value():
    assert gap_percent(110, 100) == 10
    assert gap_percent(100, None) is None
    assert gap_percent(None, 100) is None


def test_ties_win_for_all():
    rows = [row("yizhan", 100), row("pyvrp", 100), row("vroom", 101)]
    assert {key[2] for key in winning_keys(rows)} == {"yizhan", "pyvrp"}


def test_invalid_rows_never_win_nor_count_in_the_gap():
    rows = [row("yizhan", 110), row("ortools", 90, valid=False)]
    assert {key[2] for key in winning_keys(rows)} == {"yizhan"}
    summary = summarize([outcome(rows[1], fault="late")], rows)
    assert (summary.num_answers, summary.num_invalid, summary.num_wins) == (1, 1, 0)
    assert summary.mean_gap_percent is None


def test_wins_are_counted_by_instance_and_seed():
    rows = [row("yizhan", 100), row("pyvrp", 101), row("yizhan", 105, seed=1), row("pyvrp", 104, seed=1)]
    wins = [summarize([outcome(r) for r in rows if r.solver == name], rows).num_wins for name in ("yizhan", "pyvrp")]
    assert wins == [1, 1]


def test_mean_gap_and_seconds_are_over_all_answers():
    rows = [row(cost=110, seconds=1.0), row(cost=120, instance="R102", seconds=3.0)]
    summary = summarize([outcome(r) for r in rows], rows)
    assert (summary.mean_gap_percent, summary.mean_seconds) == (15, 2.0)


def test_without_best_known_value_the_cheapest_valid_answer_is_the_reference():
    rows = [row("yizhan", 50, best_known=None), row("pyvrp", 40, best_known=None, valid=False)]
    assert reference_costs(rows) == {"R101": 50}


def test_table_has_every_class_and_all_of_them():
    text = shown(outcome(row()), outcome(row(instance="C101", cost=100), "solomon C1"))
    lines = [line for line in text.splitlines() if "yizhan" in line]
    assert [line.split("│")[1].strip() for line in lines] == ["solomon C1", "solomon R1", "all"]
    assert [line.split("│")[4].strip() for line in lines] == ["0.00", "10.00", "5.00"]


def test_invalid_answers_are_told_with_what_is_wrong():
    text = shown(outcome(row(valid=False), fault="capacity: too much (and 3 more)"))
    assert "invalid: yizhan on R101, seed 0, 2.0 s: capacity: too much (and 3 more)" in text


def test_what_a_solver_cannot_state_is_a_dash_and_its_reason():
    refusal = Outcome(group="solomon R1", instance="R101", solver="vroom", unsupported="several loadings per shift")
    text = shown(outcome(row()), refusal)
    (line,) = [line for line in text.splitlines() if "│ vroom" in line]
    assert line.count("–") == 5
    assert "vroom cannot state several loadings per shift: R101" in text
    assert cells(summarize([refusal], [])) == ["–"] * 5


def test_rules_left_out_are_listed_once():
    text = shown(outcome(row(), left_out=("breaks", "links")), outcome(row(instance="R102"), left_out=("breaks",)))
    assert "Left out for everybody: breaks; links." in text


def test_rows_have_exactly_the_published_keys_and_come_back(tmp_path):
    path = tmp_path / "rows.json"
    rows = [row(), row("ortools", None, valid=False)]
    write_rows(path, rows)
    assert all(set(each) == KEYS for each in json.loads(path.read_text()))
    assert read_rows(path) == rows


def test_no_rows_are_an_empty_list(tmp_path):
    write_rows(tmp_path / "rows.json", [])
    assert json.loads((tmp_path / "rows.json").read_text()) == []


def test_merging_replaces_equal_rows_and_keeps_the_others():
    old, other, new = row(cost=110), row("pyvrp", 100), row(cost=105)
    assert merged([old, other], [new]) == [other, new]


@pytest.mark.parametrize("text", ["{", "[1]", '[{"solver": "yizhan"}]'])
def test_a_file_that_is_no_list_of_rows_is_refused(tmp_path, text):
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(InputError, match="no list of rows"):
        read_rows(path)
