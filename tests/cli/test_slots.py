"""``yizhan slots`` on the small scenario."""

import json

import pytest

from tests.cli.shell import done, run


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slots")
    done("solve", "tiny", "-o", folder / "plan", "--step-limit", "0")
    return folder / "plan" / "plan.json"


def event_file(folder, **changes):
    """A new visit to a new elder next to the station, written as an event."""
    visit = {
        "visit_id": "urgent",
        "service": "check",
        "elder_id": "new",
        "windows": [{"start": "09:00", "end": "17:00"}],
        "service_duration_s": 600,
    }
    elder = {"elder_id": "new", "place": {"lon": 116.365, "lat": 39.915}}
    path = folder / "event.json"
    event = {"kind": "visit-added", "at": "08:30", "visit": {**visit, **changes}, "elder": elder}
    path.write_text(json.dumps(event), encoding="utf-8")
    return path


def test_slots_are_listed_with_their_price(plan, tmp_path):
    printed = done("slots", "tiny", plan, event_file(tmp_path), "-n", 2)
    assert "judged and exactly priced" in printed
    assert "adds (yuan)" in printed


def test_without_a_slot_the_rules_in_the_way_are_told(plan, tmp_path):
    printed = done("slots", "tiny", plan, event_file(tmp_path, skills={"surgery": 3}))
    assert "no slot for visit 'urgent'" in printed
    assert "Rule 'skill' keeps visit 'urgent'" in printed
    assert "Nearest possibility: Teach worker" in " ".join(printed.split())


def test_an_event_that_adds_no_visit_is_refused(plan, tmp_path):
    path = tmp_path / "event.json"
    path.write_text('{"kind": "worker-ill", "at": "08:30", "worker_id": "w"}', encoding="utf-8")
    result = run("slots", "tiny", plan, path)
    assert result.exit_code == 2
    assert "'worker-ill' adds no visit" in result.stderr
