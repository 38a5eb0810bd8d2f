"""JSON: what is written reads back, and every fault of a text is told with its path."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import SourceError
from optimizer.formats.json import (
    draft_from_json,
    draft_to_json,
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_hash,
    problem_to_json,
)
from optimizer.problem import Horizon, Location, SpeedSlice, TravelMode
from tests.builders import at, clock, make_draft, make_meal, make_problem, make_route, make_station, make_visit, window
from tests.formats.strategies import plans, problems

HEAD = '"name": "x", "horizon": {"first_date": "2026-03-02"}'
VISIT = '{"visit_id": "v", "service": "s", "windows": [{"start": "11:00", "end": "12:00"}], "service_duration_s": 60'


def faults_of(text: str | bytes) -> list[tuple[str, str, str]]:
    """Code, path and words of every fault."""
    with pytest.raises(SourceError) as caught:
        problem_from_json(text)
    return [(issue.code, issue.path, f"{issue.message} {issue.hint}") for issue in caught.value.issues]


def the_fault_of(text: str | bytes) -> tuple[str, str, str]:
    """The one fault."""
    (fault,) = faults_of(text)
    return fault


# Round trips


@given(problems(st.text(max_size=5)))
def test_problem_reads_back_equal(problem):
    data = problem_to_json(problem)
    assert problem_from_json(data) == problem
    assert problem_to_json(problem_from_json(data)) == data


@given(problems())
def test_full_problem_reads_back_equal(problem):
    assert problem_from_json(problem_to_json(problem, full=True)) == problem


@given(plans(st.text(max_size=5)), st.integers(1, 3))
def test_plan_reads_back_equal(plan, num_days):
    horizon = Horizon(first_date=dt.date(2026, 3, 2), num_days=num_days)
    assert plan_from_json(plan_to_json(plan, horizon), horizon) == plan


def test_draft_reads_back_equal():
    draft = make_draft(make_route("a", "load:s1", "m1", "break:noon"))
    assert draft_from_json(draft_to_json(draft)) == draft


def test_defaults_are_left_out_unless_asked_for():
    problem = make_problem([make_visit()])
    assert b"lateness_percent" not in problem_to_json(problem)
    assert b'"lateness_percent": 100' in problem_to_json(problem, full=True)


def test_schema_version_is_always_written():
    assert json.loads(problem_to_json(make_problem()))["schema_version"] == 1


def test_order_of_a_mapping_does_not_matter():
    one, other = ({"lunch": 1, "soft": 2}, {"soft": 2, "lunch": 1})
    first, second = (make_problem([make_meal(demand=demand)]) for demand in (one, other))
    assert problem_to_json(first) == problem_to_json(second)
    assert problem_hash(first) == problem_hash(second)


def test_hash_sees_every_fact():
    problem = make_problem([make_visit()])
    assert problem_hash(problem) == problem_hash(make_problem([make_visit()]))
    assert problem_hash(problem) != problem_hash(make_problem([make_visit(note="ring twice")]))


def test_hash_does_not_tell_whole_degrees_from_whole_numbers():
    whole, real = (make_problem([make_visit(place=Location(lon=lon, lat=40))]) for lon in (116, 116.0))
    assert problem_hash(whole) == problem_hash(real)


def test_number_that_is_not_finite_is_never_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        problem_to_json(make_problem(stations=(make_station(place=Location(lon=float("nan"), lat=0.0)),)))


# Date-times


@pytest.fixture
def three_days():
    return make_problem(
        [make_visit(windows=(window("08:00", "32:00"),))], horizon=Horizon(first_date=dt.date(2026, 3, 2), num_days=3)
    )


def test_several_days_are_written_as_date_times(three_days):
    (visit,) = json.loads(problem_to_json(three_days))["visits"]
    assert visit["windows"] == [{"start": "2026-03-02T08:00", "end": "2026-03-03T08:00"}]


def test_one_day_is_written_as_clock_times():
    (visit,) = json.loads(problem_to_json(make_problem([make_visit(windows=(window("08:00", "25:30"),))])))["visits"]
    assert visit["windows"] == [{"start": "08:00", "end": "25:30"}]


def test_daily_peaks_are_clock_times_also_over_several_days(three_days):
    peak = SpeedSlice(start_s=clock("07:00"), end_s=clock("09:00"), speed_percent=70)
    problem = dataclasses.replace(three_days, modes=(TravelMode(mode="van", speed_kmh=20.0, peaks=(peak,)),))
    (mode,) = json.loads(problem_to_json(problem))["modes"]
    assert mode["peaks"] == [{"start": "07:00", "end": "09:00", "speed_percent": 70}]


def test_date_time_is_read_in_a_problem_of_one_day():
    text = "{" + HEAD + ', "visits": [' + VISIT.replace("12:00", "2026-03-03T01:30:15") + "}]}"
    assert problem_from_json(text).visits[0].windows[0].end_s == clock("25:30:15")


def test_date_before_the_first_day_is_told():
    text = "{" + HEAD + ', "visits": [' + VISIT.replace("11:00", "2026-03-01T11:00") + "}]}"
    code, path, words = the_fault_of(text)
    assert (code, path) == ("date-outside-horizon", "visits[0].windows[0].start")
    assert "2026-03-01 lies before the horizon, whose first day is 2026-03-02." in words


def test_date_time_with_an_offset_is_no_clock_time():
    text = "{" + HEAD + ', "visits": [' + VISIT.replace("11:00", "2026-03-02T11:00+08:00") + "}]}"
    assert the_fault_of(text)[:2] == ("bad-value", "visits[0].windows[0].start")


# Faults

FAULTS = {
    "unknown key": ("{" + HEAD + ', "vists": []}', "unknown-key", "vists", "Did you mean 'visits'?"),
    "unknown key like none": ("{" + HEAD + ', "zzz": 1}', "unknown-key", "zzz", "Its keys are: name, horizon,"),
    "key of memory": (
        "{" + HEAD + ', "visits": [' + VISIT + ', "pinned_start_s": 1}]}',
        "unknown-key",
        "visits[0].pinned_start_s",
        "Did you mean 'pinned_start'?",
    ),
    "missing key": ('{"name": "x"}', "missing-key", "horizon", "the key 'horizon' is missing."),
    "missing key inside": (
        "{" + HEAD + ', "elders": [{"elder_id": "e", "place": {"lon": 1.0}}]}',
        "missing-key",
        "elders[0].place.lat",
        "the key 'lat' is missing.",
    ),
    "key twice": ("{" + HEAD + ', "name": "y"}', "duplicate-key", "name", "the key 'name' occurs twice"),
    "key twice inside": (
        "{" + HEAD + ', "visits": [' + VISIT + ', "visit_id": "w"}]}',
        "duplicate-key",
        "visits[0].visit_id",
        "the key 'visit_id' occurs twice",
    ),
    "text for a number": (
        "{" + HEAD + ', "visits": [' + VISIT.replace("60", '"60"') + "}]}",
        "bad-value",
        "visits[0].service_duration_s",
        '"60" is not a whole number. Write it without quotes and without a decimal point.',
    ),
    "true for a number": (
        "{" + HEAD + ', "visits": [' + VISIT.replace("60", "true") + "}]}",
        "bad-value",
        "visits[0].service_duration_s",
        "true is not a whole number.",
    ),
    "fraction for a whole number": (
        "{" + HEAD + ', "visits": [' + VISIT.replace("60", "60.5") + "}]}",
        "bad-value",
        "visits[0].service_duration_s",
        "60.5 is not a whole number.",
    ),
    "negative duration": (
        "{" + HEAD + ', "visits": [' + VISIT.replace("60", "-1") + "}]}",
        "bad-value",
        "visits[0].service_duration_s",
        "-1 is below 0. Write 0 or more.",
    ),
    "duration longer than any": (
        "{" + HEAD + ', "visits": [' + VISIT.replace("60", "100000001") + "}]}",
        "bad-value",
        "visits[0].service_duration_s",
        "100000001 is above 100,000,000. Correct it.",
    ),
    "number for a flag": (
        "{" + HEAD + ', "visits": [' + VISIT + ', "mandatory": 1}]}',
        "bad-value",
        "visits[0].mandatory",
        "1 is neither true nor false.",
    ),
    "clock time": (
        "{" + HEAD + ', "visits": [' + VISIT.replace("11:00", "11h") + "}]}",
        "bad-value",
        "visits[0].windows[0].start",
        """'11h' is not a clock time. Write it like "11:00".""",
    ),
    "word": (
        "{" + HEAD + ', "hard_terms": ["lateness", "overtme"]}',
        "bad-value",
        "hard_terms[1]",
        "Did you mean 'overtime'?",
    ),
    "null for a list": ("{" + HEAD + ', "visits": null}', "bad-value", "visits", "null is not a list."),
    "date": ('{"name": "x", "horizon": {"first_date": "2.3.26"}}', "bad-value", "horizon.first_date", "is not a date."),
    "other version": ("{" + HEAD + ', "schema_version": 2}', "schema-version", "schema_version", "reads version 1."),
    "infinite number": (
        "{" + HEAD + ', "elders": [{"elder_id": "e", "place": {"lon": 1e999, "lat": NaN}}]}',
        "not-finite",
        "elders[0].place.lat",
        "nan is not a finite number.",
    ),
    "list": ("[]", "bad-value", "$", "[] is not an object."),
    "nothing": ("", "not-json", "$", "line 1, column 1"),
    "half a text": ('{"name": ', "not-json", "$", "line 1, column 10"),
    "deep nesting": ("[" * 100_000, "not-json", "$", "cannot be parsed"),
    "half a character": ('{"name": "\\ud83d"}', "not-json", "$", "at line 1 column 17"),
    "number of 5,000 digits": ('{"a": ' + "9" * 5000 + "}", "not-json", "$", "cannot be parsed"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_fault_is_told_with_path_law_and_cure(case):
    text, code, path, words = FAULTS[case]
    found = faults_of(text)
    assert found[0][:2] == (code, path)
    assert words in found[0][2]


def test_text_that_is_not_utf_8_is_told():
    assert the_fault_of("{}".encode("utf-16"))[:2] == ("not-json", "$")


def test_byte_order_mark_is_passed_over():
    problem = make_problem()
    assert problem_from_json(b"\xef\xbb\xbf" + problem_to_json(problem)) == problem


def test_every_fault_is_told_at_once_in_the_order_of_the_list():
    visits = [VISIT.replace("60", "-1") + "}" for _ in range(12)]
    text = "{" + HEAD + ', "visits": [' + ",".join(visits) + "]}"
    assert [path for _, path, _ in faults_of(text)] == [f"visits[{idx}].service_duration_s" for idx in range(12)]


def test_any_broken_text_is_refused_with_issues():
    """Cut, doubled and swapped bytes of a sound text either read or are refused, and never fail otherwise."""
    sound = problem_to_json(make_problem([make_visit(), make_meal(place=at(3))]))
    rng = random.Random(1)
    for _ in range(300):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            problem_from_json(bytes(data))
        except SourceError as error:
            assert error.issues
