"""Tables out and in again: the same problem, or a refusal that names what no table can state."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from optimizer.errors import SourceError
from optimizer.formats.tables import read_tables, write_tables
from optimizer.problem import DEFAULT_MODES, Horizon, MealType, Problem, Promise
from tests.builders import HOUR, make_elder, make_meal, make_problem, make_shift, make_visit, make_worker, window
from tests.formats.strategies import problems

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""For examples that take a tenth of a second each."""


def round_trip(problem: Problem, suffix: str) -> Problem:
    """`problem` written and read back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tables{suffix}"
        write_tables(problem, path)
        return read_tables(path).problem


def statable(problem: Problem) -> Problem:
    """Without meal types or modes a problem takes the usual ones; tables refuse to state that."""
    return dataclasses.replace(
        problem,
        modes=problem.modes or DEFAULT_MODES,
        meal_types=problem.meal_types or (MealType(meal_type="lunch"),),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems().map(statable))
def test_folder_reads_back_equal(problem):
    assert round_trip(problem, "") == problem


@settings(max_examples=25, phases=NO_SHRINKING, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems().map(statable))
def test_workbook_reads_back_equal(problem):
    assert round_trip(problem, ".xlsx") == problem


def test_archive_reads_back_equal_and_has_equal_bytes(tmp_path):
    problem = make_problem([make_meal()], elders=(make_elder(),))
    for name in ("a.zip", "b.zip"):
        write_tables(problem, tmp_path / name)
    assert read_tables(tmp_path / "a.zip").problem == problem
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("suffix", ["", ".xlsx", ".zip"])
@pytest.mark.parametrize(
    "text", ["=1+1", "#N/A", "_x0041_", "two\nlines", 'a "b", c; d', "001", "１１：００", "+86", "'x"]
)
def test_odd_text_reads_back_equal(text, suffix):
    problem = make_problem([make_visit(note=text)], elders=(make_elder(name=text, address=text, phone=text),))
    assert round_trip(problem, suffix) == problem


@pytest.mark.parametrize(
    "changes",
    [
        {"promise": Promise()},
        {"promise": Promise(worker_ids=("a",), start_s=HOUR)},
        {"windows": ()},
        {"windows": (window(soft_start_s=9 * HOUR), window("20:00", "30:00", soft_end_s=21 * HOUR))},
        {"service_duration_s": 100},
        {"unserved_cents": 1205},
    ],
)
@pytest.mark.parametrize("num_days", [1, 3])
def test_visit_reads_back_equal(changes, num_days):
    horizon = Horizon(first_date=dt.date(2026, 3, 2), num_days=num_days)
    problem = make_problem([make_visit(**changes)], horizon=horizon)
    assert round_trip(problem, "") == problem


CANNOT_BE_STATED = {
    "id with a separator": ({"visits": (make_visit("v;1", pinned_worker_ids=("a;b",)),)}, "visits:pinned_worker_ids"),
    "id with blanks": ({"visits": (make_visit(" v "),)}, "visits:visit_id"),
    "id of full-width letters": ({"visits": (make_visit("Ｖ１"),)}, "visits:visit_id"),
    "id like a remark": ({"visits": (make_visit("#1"),)}, "visits:visit_id"),
    "empty id": ({"visits": (make_visit(""),)}, "visits:visit_id"),
    "text with blanks at its end": ({"visits": (make_visit(note="x "),)}, "visits:note"),
    "text with a control character": ({"visits": (make_visit(note="x\x00y"),)}, "visits:note"),
    "text too long for a cell": ({"visits": (make_visit(note="x" * 32_768),)}, "visits:note"),
    "empty diet": ({"elders": (make_elder(diet=""),)}, "elders:diet"),
    "number that is not finite": (
        {"visits": (make_visit(min_reliability_share=float("nan")),)},
        "visits:min_reliability",
    ),
    "no modes": ({"modes": ()}, "modes"),
    "demand without meal types": ({"visits": (make_meal(),), "meal_types": ()}, "meal_types"),
}


@pytest.mark.parametrize("case", CANNOT_BE_STATED)
def test_what_no_table_states_is_refused_and_nothing_written(case, tmp_path):
    changes, path = CANNOT_BE_STATED[case]
    with pytest.raises(SourceError) as caught:
        write_tables(make_problem(**changes), tmp_path / "tables")
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("cannot-be-stated", path)]
    assert not (tmp_path / "tables").exists()


def test_only_what_differs_from_the_default_is_written(tmp_path):
    write_tables(make_problem([make_visit(place=None, elder_id="e1")], elders=(make_elder(floor=6),)), tmp_path)
    names = ["settings", "stations", "waves", "elders", "visits", "workers", "shifts", "meal_types"]
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.csv" for name in names}
    assert (tmp_path / "elders.csv").read_text("utf-8-sig") == "elder_id,lon,lat,floor\ne1,116.01,40.0,6\n"


def test_time_over_several_days_has_its_date(tmp_path):
    worker = make_worker(shifts=(make_shift("32:00", "40:00", start_place=None, end_place=None),))
    horizon = Horizon(first_date=dt.date(2026, 3, 2), num_days=2)
    write_tables(make_problem(workers=[worker], horizon=horizon), tmp_path)
    rows = (tmp_path / "shifts.csv").read_text("utf-8-sig").splitlines()
    assert rows == ["worker_id,shift_id,start,end", "a,day,2026-03-03 08:00,2026-03-03 16:00"]
