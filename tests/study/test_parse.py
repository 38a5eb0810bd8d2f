from __future__ import annotations

import json

import pytest
import yaml

from optimizer.errors import SourceError
from optimizer.formats.workbook import save_workbook
from optimizer.problem import ElderGroup, Location
from optimizer.study.changes import AnnouncePlan, ChangeVisits, ChangeWeights
from optimizer.study.changes.demand import ScaleDemand
from optimizer.study.changes.stations import AddStation
from optimizer.study.parse import num_runs, read_study, study_from_tree, tree_of_text
from optimizer.study.study import AS_IS, Curve, Promise, variants_of
from tests.study.worlds import make_study

TEXT = """
name: What if
base: {scenario: tiny, seed: 3}
search: {step_limit: 100}
seeds: [1, 2]
changes:
  more:
    - {change: scale-demand, percent: 120, groups: [disabled]}
  bridge:
    - change: add-station
      station_id: "9"
      like: station-1
      place: {lon: 116.0, lat: 40.0}
grid:
  demand: [as-is, more]
  stations: [as-is, bridge]
circumstances: [demand]
variants:
  both: [more, bridge]
curves:
  hot: {promise: hot-meal, values: [60, 30], under: [more]}
"""

SHEETS = [
    (
        "study",
        [
            ["key", "value"],
            ["name", "What if"],
            ["base.scenario", "tiny"],
            ["base.seed", 3],
            ["search.step_limit", 100],
            ["seeds", "1; 2"],
            ["circumstances", "demand"],
        ],
    ),
    (
        "changes",
        [
            ["name", "change", "percent", "groups", "station_id", "like", "place.lon", "place.lat"],
            ["more", "scale-demand", 120, "disabled", None, None, None, None],
            ["bridge", "add-station", None, None, 9, "station-1", 116.0, 40.0],
        ],
    ),
    ("grid", [["axis", "levels"], ["demand", "as-is; more"], ["stations", "as-is；bridge"]]),
    ("variants", [["name", "changes"], ["both", "more、bridge"]]),
    ("curves", [["name", "promise", "values", "under"], ["hot", "hot-meal", "60; 30", "more"]]),
]


def written(folder, text, name="study.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(text):
    with pytest.raises(SourceError) as caught:
        study_from_tree(tree_of_text(text))
    return {issue.path: f"{issue.message} {issue.hint}" for issue in caught.value.issues}


def test_study_in_yaml_is_read(tmp_path):
    study = read_study(written(tmp_path, TEXT))
    assert study.changes["more"] == (ScaleDemand(percent=120, groups=(ElderGroup.DISABLED,)),)
    assert study.changes["bridge"] == (
        AddStation(station_id="9", like="station-1", place=Location(lon=116.0, lat=40.0)),
    )
    assert (study.base.seed, study.search.step_limit, study.seeds) == (3, 100, (1, 2))


def test_yaml_json_and_workbook_say_the_same(tmp_path):
    study = read_study(written(tmp_path, TEXT))
    as_json = written(tmp_path, json.dumps(yaml.safe_load(TEXT)), "study.json")
    save_workbook(tmp_path / "study.xlsx", SHEETS)
    assert read_study(as_json) == study
    assert read_study(tmp_path / "study.xlsx") == study


def test_variants_are_grid_list_and_curves():
    names = [variant.name for variant in variants_of(study_from_tree(tree_of_text(TEXT)))]
    assert names == [AS_IS, "bridge", "more", "more · bridge", "both", "hot 60", "hot 30"]


def test_base_is_a_variant_of_the_grid_too():
    base = variants_of(study_from_tree(tree_of_text(TEXT)))[0]
    assert (base.changes, dict(base.levels)) == ((), {"demand": AS_IS, "stations": AS_IS})


def test_runs_are_variants_times_seeds():
    assert num_runs(study_from_tree(tree_of_text(TEXT))) == 14


def test_every_fault_is_told_at_once():
    text = """
name: x
base: {scenario: tiny, problem: town.json}
seed: [1]
changes:
  more: [{change: scale-demnd}, {change: scale-demand, percent: "120"}, {change: scale-demand, percent: 0}]
  odd: [{change: switch-term, term: latness, state: off}, {change: scale-demand, percent: 1, comunities: [a]}]
  as-is: []
grid: {demand: [more, mor], empty: []}
circumstances: [damand]
"""
    found = faults(text)
    assert found["changes.more[0]"] == "'scale-demnd' is no change. Did you mean 'scale-demand'?"
    assert "not a whole number" in found["changes.more[1].percent"]
    assert "below 1" in found["changes.more[2].percent"]
    assert "Did you mean 'lateness'?" in found["changes.odd[0].term"]
    assert "Did you mean 'communities'?" in found["changes.odd[1].comunities"]
    assert "Choose another name" in found['changes."as-is"']
    assert found["seed"] == "'seed' is not a key of Study. Did you mean 'seeds'?"


def test_names_that_nothing_has_are_told_with_what_may_be_meant():
    text = """
name: x
base: {scenario: tiny, problem: town.json}
seeds: [1, 1]
changes: {more: [{change: scale-demand, percent: 110}]}
grid: {demand: [as-is, mor], empty: []}
circumstances: [damand]
variants: {both: [more, les]}
curves: {hot: {promise: hot-meal, values: [], under: [snow]}}
"""
    found = faults(text)
    assert "Did you mean 'more'?" in found["grid.demand[1]"]
    assert "There are as-is, more." in found["variants.both[1]"]
    assert "Did you mean 'demand'?" in found["circumstances"]
    assert {"base", "seeds", "grid.empty", "curves.hot.values", "curves.hot.under[0]"} <= found.keys()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: [", "line 1"),
        ("name: a\nname: b", "occurs twice"),
        ("a: &a [x]\nb: &b [*a, *a]\nname: *b", "line 2, column 8: the alias '*a' is not read"),
        ("- 1", "a study is an object"),
        ("", "a study is an object"),
        ("changes: []", "changes is not an object"),
        ("{a: 1, ? [b] : 2}", "a key is not text"),
    ],
)
def test_text_that_is_no_study_is_refused(text, told):
    assert told in " ".join(faults(text).values())


def test_yaml_has_no_other_truths_dates_or_clock_numbers():
    assert tree_of_text("{a: off, b: 11:00, c: 2026-03-03, d: true, e: ~, f: 1.5, g: 010}") == {
        "a": "off",
        "b": "11:00",
        "c": "2026-03-03",
        "d": True,
        "e": None,
        "f": 1.5,
        "g": "010",
    }


def test_other_files_are_refused(tmp_path):
    with pytest.raises(SourceError, match="no study file"):
        read_study(tmp_path / "study.txt")
    with pytest.raises(SourceError, match="cannot be read"):
        read_study(tmp_path / "none.yaml")


def test_workbook_names_sheets_and_cells(tmp_path):
    sheets = [("studdy", [["key", "value"]]), ("changes", [["name", "change"], ["more", None]]), ("grid", [["axis"]])]
    save_workbook(tmp_path / "study.xlsx", sheets)
    with pytest.raises(SourceError) as caught:
        read_study(tmp_path / "study.xlsx")
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [
        ("unknown-table", "studdy"),
        ("missing-table", "study.xlsx"),
        ("missing-cell", "changes:2:change"),
        ("missing-column", "grid"),
    ]


def test_a_wrong_cell_hides_no_other_fault(tmp_path):
    sheets = [
        ("study", [["name", "Typos"], ["base.scenari", "tiny"], ["seeds", "1; two"]]),
        ("changes", [["name", "change", "percnt"], ["more", "scale-demand", 120], [None, "scale-demand", 90]]),
        ("grid", [["axis", "levels"], ["demand", "as-is; mroe"]]),
    ]
    save_workbook(tmp_path / "study.xlsx", sheets)
    with pytest.raises(SourceError) as caught:
        read_study(tmp_path / "study.xlsx")
    assert {issue.path for issue in caught.value.issues} >= {
        "changes:3:name",
        "base.scenari",
        "changes.more[0].percnt",
        "grid.demand[1]",
        "seeds[1]",
    }


def test_a_wrong_value_hides_no_wrong_name():
    found = faults("{name: a, base: {scenario: tiny}, seeds: [], search: {step_limit: -1}, grid: {b: [c], d: []}}")
    assert found.keys() == {"seeds", "search.step_limit", "grid.b[0]", "grid.d"}


def test_too_many_runs_are_refused():
    levels = "[" + ", ".join(f"c{number}" for number in range(60)) + "]"
    changes = "{" + ", ".join(f"c{number}: []" for number in range(60)) + "}"
    text = f"{{name: x, base: {{scenario: tiny}}, changes: {changes}, grid: {{a: {levels}, b: {levels}, c: {levels}}}}}"
    assert "more than 100,000" in faults(text)["grid"]


@pytest.mark.parametrize(
    ("promise", "kinds"),
    [
        (Promise.FAIRNESS, [ChangeWeights]),
        (Promise.CONTINUITY, [ChangeWeights]),
        (Promise.STABILITY, [AnnouncePlan, ChangeWeights]),
        (Promise.HOT_MEAL, [ChangeVisits]),
    ],
)
def test_curve_changes_what_its_promise_is_about(promise, kinds):
    variants = variants_of(make_study(curves={"curve": Curve(promise=promise, values=(10, 20))}))
    assert [(variant.curve, variant.value) for variant in variants] == [(None, None), ("curve", 10), ("curve", 20)]
    assert [type(change) for change in variants[1].changes] == kinds
