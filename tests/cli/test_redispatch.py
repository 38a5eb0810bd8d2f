"""``yizhan redispatch`` on the small scenario."""

import json

import pytest

from tests.cli.shell import done, run


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redispatch")
    done("solve", "tiny", "-o", folder / "plan", "--step-limit", "0")
    return folder / "plan" / "plan.json"


def events_file(folder, *events):
    path = folder / "events.json"
    path.write_text(json.dumps(events), encoding="utf-8")
    return path


def told(printed):
    return " ".join(printed.split())


def test_who_must_be_told_what_is_printed_and_the_day_can_be_judged_again(plan, here):
    events = events_file(
        here,
        {"kind": "visit-cancelled", "at": "09:00", "visit_id": "lunch-li"},
        {"kind": "worker-ill", "at": "10:00", "worker_id": "courier"},
    )
    printed = told(done("redispatch", "tiny", plan, "--event", events, "-o", here / "next", "--tier", "insertion"))
    routes = json.loads(plan.read_bytes())["routes"]
    starts = {stop.get("visit_id"): stop["start"] for route in routes for stop in route["stops"]}
    assert f"{starts['lunch-ma']} courier {starts['lunch-ma']} carer" in printed
    assert "3 elders and 2 workers must be told" in printed
    assert "lunch-li" not in (here / "next" / "problem.json").read_text(encoding="utf-8")
    assert (here / "next" / "route_sheets.pdf").exists()


def test_the_clock_alone_is_enough(plan, here):
    printed = told(done("redispatch", "tiny", plan, "--now", "09:00", "-o", here / "next", "--tier", "insertion"))
    assert "0 elders and 0 workers must be told" in printed


@pytest.mark.parametrize(
    ("event", "fragment"),
    [
        ({"kind": "worker-ill", "at": "09:00", "worker_id": "carr"}, "Did you mean 'carer'?"),
        ({"kind": "worker-il", "at": "09:00"}, "[0].kind: 'worker-il' is no kind of event. Did you mean 'worker-ill'?"),
    ],
)
def test_a_wrong_event_is_refused_and_nothing_is_written(plan, here, event, fragment):
    result = run("redispatch", "tiny", plan, "--event", events_file(here, event), "-o", here / "next")
    assert result.exit_code == 2
    assert fragment in told(result.stderr)
    assert not (here / "next").exists()


def test_a_missing_event_file_and_a_wrong_clock_are_told(plan, here):
    result = run("redispatch", "tiny", plan, "--event", here / "none.json", "-o", here / "next")
    assert "there is no file" in told(result.stderr)
    result = run("redispatch", "tiny", plan, "--now", "9 o'clock", "-o", here / "next")
    assert "is not a clock time" in told(result.stderr)
