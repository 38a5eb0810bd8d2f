"""``python -m benchmarks.terms``: what each variant changes, who judges it, and what the command leaves behind."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import terms
from benchmarks.terms import AS_IT_IS, FAIR_CENTS_PER_HOUR, VARIANTS, Row, draw, judged, variants_of
from optimizer.params import CostWeights
from optimizer.problem import Break, Elder, Link, LinkKind, Pay, Problem, Promise
from optimizer.rules import CostTerm
from tests.builders import (
    HOUR,
    MINUTE,
    clock,
    make_elder,
    make_plan,
    make_problem,
    make_route,
    make_shift,
    make_travel,
    make_visit,
    make_worker,
    window,
)

CHANGE = {variant.name: variant.change for variant in VARIANTS}
REST = Break(break_id="rest", start_s=clock("11:00"), end_s=clock("14:00"), duration_s=30 * MINUTE)


def known_elder(**changes: object) -> Elder:
    return make_elder(worker_history={"a": 3}, preferred_worker_ids=("a",), max_distinct_workers=1, **changes)


@pytest.fixture
def day() -> Problem:
    """Two bound visits, one of them by two workers, with everything a variant could take away."""
    soft = window(soft_start_s=clock("09:00"), soft_end_s=clock("10:00"))
    visits = [
        make_visit("v1", elder_id="e1", place=None, num_workers=2, promise=Promise(worker_ids=("a", "b"))),
        make_visit("v2", elder_id="e1", place=None, windows=(soft,)),
    ]
    shift = make_shift(breaks=(REST,))
    return make_problem(
        visits,
        [make_worker(name, shifts=(shift,), pay=Pay(cents_per_hour=3600)) for name in "ab"],
        elders=(known_elder(),),
        links=(Link(kind=LinkKind.BEFORE, first_visit_id="v1", second_visit_id="v2"),),
        weights=CostWeights(earliness_cents_per_hour=200, imbalance_cents_per_hour=300),
    )


def changed_fields(problem: Problem, other: Problem) -> set[str]:
    return {each.name for each in fields(Problem) if getattr(problem, each.name) != getattr(other, each.name)}


def changed_prices(problem: Problem, other: Problem) -> dict[str, tuple[int, int]]:
    pairs = {
        each.name: (getattr(problem.weights, each.name), getattr(other.weights, each.name))
        for each in fields(CostWeights)
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("all", set()),
        ("continuity off", {"weights", "elders"}),
        ("continuity hard-ish", {"weights"}),
        ("fairness off", {"weights"}),
        ("breaks off", {"workers"}),
        ("bonds off", {"links", "visits"}),
        ("soft windows off", {"weights"}),
    ],
)
def test_variant_changes_only_what_it_says(day, name, expected):
    assert changed_fields(day, CHANGE[name](day)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "continuity off",
            {"not_preferred_cents": (200, 0), "new_worker_cents": (100, 0), "promise_worker_cents": (500, 0)},
        ),
        (
            "continuity hard-ish",
            {"not_preferred_cents": (200, 2000), "new_worker_cents": (100, 1000), "promise_worker_cents": (500, 5000)},
        ),
        ("fairness off", {"imbalance_cents_per_hour": (300, 0)}),
        ("soft windows off", {"lateness_cents_per_hour": (6000, 0), "earliness_cents_per_hour": (200, 0)}),
        ("breaks off", {}),
        ("bonds off", {}),
    ],
)
def test_variant_changes_only_its_own_prices(day, name, expected):
    assert changed_prices(day, CHANGE[name](day)) == expected


def test_continuity_off_keeps_what_figures_are_counted_from(day):
    (elder,) = CHANGE["continuity off"](day).elders
    assert elder == replace(day.elders[0], max_distinct_workers=None)


def test_breaks_off_keeps_the_shifts(day):
    for worker, before in zip(CHANGE["breaks off"](day).workers, day.workers, strict=True):
        assert worker == replace(before, shifts=(replace(before.shifts[0], breaks=()),))


def test_bonds_off_leaves_single_visits(day):
    unbound = CHANGE["bonds off"](day)
    assert unbound.links == ()
    assert unbound.visits == (replace(day.visits[0], num_workers=1), day.visits[1])


def test_fairness_on_prices_only_days_without_a_price():
    plain = make_problem([make_visit()])
    assert changed_prices(plain, CHANGE["fairness on"](plain)) == {"imbalance_cents_per_hour": (0, FAIR_CENTS_PER_HOUR)}
    priced = replace(plain, weights=CostWeights(imbalance_cents_per_hour=300))
    assert CHANGE["fairness on"](priced) == priced


def test_terms_that_are_off_are_not_hard_either(day):
    hard = replace(day, hard_terms=(CostTerm.LATENESS, CostTerm.NEW_WORKER))
    assert CHANGE["soft windows off"](hard).hard_terms == (CostTerm.NEW_WORKER,)
    assert CHANGE["continuity off"](hard).hard_terms == (CostTerm.LATENESS,)
    assert CHANGE["continuity hard-ish"](hard).hard_terms == hard.hard_terms


def test_variants_that_change_nothing_are_left_out(day):
    assert list(variants_of(day)) == [name for name in CHANGE if name != "fairness on"]
    plain = make_problem([make_visit()])
    assert not {"fairness off", "breaks off", "bonds off"} & set(variants_of(plain))
    assert next(iter(variants_of(plain))) == AS_IT_IS.name


def test_plan_of_a_variant_is_judged_by_the_scenario_itself(day):
    """Worker b alone, a stranger, without break and partner: priced and found out as if it had been meant so."""
    plan = make_plan(CHANGE["bonds off"](CHANGE["breaks off"](day)), make_route("b", "v1", "v2"))
    row = judged(day, make_travel(day), plan)
    assert row.cents_by_term["not-preferred"] == 2 * 200
    assert row.cents_by_term["promise-worker"] == 500
    assert set(row.broken_rules) >= {"visit-once", "break", "distinct-workers"}
    assert (row.known_worker_share, row.preferred_worker_share) == (0, 0)


def test_running_cost_leaves_promises_out(day):
    row = judged(day, make_travel(day), make_plan(day, make_route("b", "break:rest", "v2")))
    assert {"unserved", "not-preferred", "new-worker", "imbalance"} <= set(row.cents_by_term)
    assert row.running_cents == row.cents_by_term["worked-time"]
    assert row.total_cents == sum(row.cents_by_term.values())


def test_load_deviation_is_the_mean_over_workers():
    """One of two workers has twenty minutes of way and ten of service: both are a quarter of an hour off."""
    problem = make_problem([make_visit()], [make_worker("a"), make_worker("b")])
    row = judged(problem, make_travel(problem), make_plan(problem, make_route("a", "v1")))
    assert row.load_deviation_s == HOUR / 4
    assert row.workload_gini == 0.5


def run(*arguments: object):
    return CliRunner().invoke(terms.app, [str(each) for each in arguments], env={"COLUMNS": "120"})


def test_run_prints_tables_and_writes_a_row_for_each_variant(tmp_path):
    result = run("tiny", "--time", 0, "--json", tmp_path / "rows.json")
    assert result.exit_code == 0, result.output
    assert "tiny: 0 s each, seed 0" in result.stdout
    assert "Nothing to change there, so as all: fairness off, breaks off." in result.stdout
    rows = {row["variant"]: row for row in json.loads((tmp_path / "rows.json").read_text())}
    assert set(rows) == set(CHANGE) - {"fairness off", "breaks off"}
    assert rows["all"]["total_percent"] == rows["all"]["running_percent"] == 0
    assert rows["all"]["broken_rules"] == {}
    assert rows["bonds off"]["broken_rules"]
    assert set(rows["all"]) == {each.name for each in fields(Row)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tinny"], "'tinny' is not a scenario. Did you mean 'tiny'?"),
        (["tiny", "--json", "/no/such/folder/rows.json"], "cannot be written"),
        (["tiny", "--plot", "terms.png"], "'terms.png' is no name of an SVG file"),
    ],
)
def test_bad_options_end_with_2_and_say_why(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr.replace("\n", " ")


def test_plot_without_matplotlib_is_refused_before_anything_is_solved(monkeypatch):
    monkeypatch.setattr(terms, "find_spec", lambda name: None)
    result = run("tiny", "--plot", "terms.svg")
    assert result.exit_code == 2
    assert "matplotlib is not installed. 'make bench' installs it." in result.stderr


def test_same_rows_are_drawn_the_same_with_units_and_every_variant(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is in the extra 'bench'")
    row = judged(make_problem(), make_travel(make_problem()), make_plan(make_problem()))
    rows = [
        replace(row, scenario=scenario, variant=name, running_percent=percent)
        for scenario in ("here", "there")
        for name, percent in (("all", 0.0), ("continuity off", -1.25), ("breaks off", 2.5))
    ]
    pictures: list[Path] = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for picture in pictures:
        draw(rows, picture, "1 s each, seed 0")
    text = pictures[0].read_text(encoding="utf-8")
    assert text == pictures[1].read_text(encoding="utf-8")
    for part in ("What each promise costs", "here", "there", "continuity off", "breaks off", "-1.25 %", "+2.50 %"):
        assert part in text
