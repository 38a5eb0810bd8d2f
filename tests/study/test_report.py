from __future__ import annotations

import base64
import csv
import hashlib
import json
import re

import pytest

from optimizer.study.changes import Change
from optimizer.study.changes.demand import ScaleDemand
from optimizer.study.drive import run_study
from optimizer.study.figures import FIGURES
from optimizer.study.report import report_html, words_of, write_report
from optimizer.study.study import AS_IS, Curve, Promise
from optimizer.study.tables import write_tables
from tests.study.worlds import here, make_study, make_worlds

NAME = "</script><b>1 & 2"
STUDY = make_study(
    name=NAME,
    changes={"more": (ScaleDemand(percent=150, communities=("West",)),)},
    grid={"demand": (AS_IS, "more")},
    curves={"hot": Curve(promise=Promise.HOT_MEAL, values=(90, 30))},
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run_study(STUDY, make_worlds(STUDY), tmp_path_factory.mktemp("study"), here)


@pytest.fixture(scope="module")
def html(results):
    return report_html(results, make_worlds(STUDY)[1], language="en")


def data_of(html):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])


def test_page_needs_no_network(html):
    addresses = set(re.findall(r"https?://[^\"'\s)]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(link|img|iframe)|@import|url\(|fetch\(|XMLHttpRequest", html)


def test_policy_allows_the_pages_own_script_and_style_only(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_texts_of_the_study_are_no_markup(html):
    assert "<b>1" not in html
    assert data_of(html)["name"] == NAME


def test_page_knows_every_variant_and_difference(html, results):
    data = data_of(html)
    assert [variant["name"] for variant in data["variants"]] == [variant.name for variant in results.variants]
    more = data["variants"][1]
    assert more["mean"]["num_elders"] == 25
    assert more["difference"]["num_elders"] == [5, 5, 5, 2]
    assert data["variants"][0]["difference"] == {}
    assert data["fronts"]["running_cents/good_share"][""][0] == 0


def test_figures_and_promises_have_words_in_both_languages(html):
    data = data_of(html)
    assert set(data["figures"]) == set(FIGURES)
    assert all(all(figure["name"]) for figure in data["figures"].values())
    units = {figure["unit"] for figure in data["figures"].values()} - {""}
    assert {f"unit.{unit}" for unit in units} <= data["words"].keys()
    assert {f"{kind}.{promise}" for kind in ("promise", "value") for promise in Promise} <= data["words"].keys()


def test_every_word_that_scripts_ask_for_is_there(html):
    asked = set(re.findall(r'word\("([^"]+)"', html))
    assert asked <= data_of(html)["words"].keys()


def test_report_of_a_study_that_has_just_begun_is_drawn(results, tmp_path):
    from dataclasses import replace

    begun = replace(results, runs={(AS_IS, 1): results.runs[AS_IS, 1]})
    write_report(begun, make_worlds(STUDY)[1], tmp_path / "report.html")
    data = data_of((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert (data["num_runs"], data["num_asked"], data["effects"][0]["difference"]) == (1, 8, {})


def test_change_is_told_without_its_defaults():
    assert words_of(ScaleDemand(percent=150, communities=("West",))) == "scale-demand {communities: West, percent: 150}"
    assert isinstance(ScaleDemand(percent=1), Change)


def test_tables_are_written_twice(results, tmp_path):
    pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    import pandas as pd

    paths = write_tables(results, tmp_path)
    assert {path.suffix for path in paths} == {".csv", ".parquet"}
    for path in paths:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            assert len(frame) == len(pd.read_csv(path.with_suffix(".csv"))) > 0


def test_without_pyarrow_there_is_csv_alone(results, tmp_path, monkeypatch):
    (tmp_path / "study_runs.parquet").write_text("from before")
    monkeypatch.setattr("optimizer.study.tables.find_spec", lambda name: None)
    assert {path.suffix for path in write_tables(results, tmp_path)} == {".csv"}
    assert not (tmp_path / "study_runs.parquet").exists()


def test_table_of_runs_has_axes_figures_and_terms(results, tmp_path):
    write_tables(results, tmp_path)
    with (tmp_path / "study_runs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["variant"], row["seed"], row["axis:demand"]) for row in rows[:2]] == [
        (AS_IS, "1", AS_IS),
        ("more", "1", "more"),
    ]
    assert set(FIGURES) <= rows[0].keys()
    terms = sum(int(value or 0) for name, value in rows[0].items() if name.startswith("cents:"))
    assert terms == int(rows[0]["cost_cents"])
