"""Events as they are written: every kind reads back, every fault is told at once."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from optimizer.errors import SourceError
from optimizer.problem import Horizon, Location
from optimizer.redispatch.events import (
    EVENT_BY_KIND,
    ElderAbsent,
    Event,
    KitchenLate,
    StopDone,
    StopStarted,
    StreetClosed,
    VehicleDown,
    VisitAdded,
    VisitCancelled,
    WorkerBack,
    WorkerIll,
    WorkerLate,
    event_to_json,
    read_event,
    read_events,
)
from tests.builders import clock, make_elder, make_visit

AT = clock("09:30")
EVENTS = [
    VisitAdded(at_s=AT, visit=make_visit("new", elder_id="e9"), elder=make_elder("e9"), urgent=True),
    VisitCancelled(at_s=AT, visit_id="v1", note="by telephone"),
    ElderAbsent(at_s=AT, elder_id="e1", from_s=AT, until_s=clock("14:00")),
    WorkerIll(at_s=AT, worker_id="a"),
    WorkerLate(at_s=AT, worker_id="a", delay_s=600),
    WorkerBack(at_s=AT, worker_id="a", from_s=clock("13:00")),
    VehicleDown(at_s=AT, worker_id="a", from_s=AT, fallback_mode="walk"),
    KitchenLate(at_s=AT, station_id="s1", wave_id="w1", delay_s=900),
    StreetClosed(at_s=AT, place=Location(lon=116.0, lat=40.0), radius_m=200, from_s=AT, until_s=clock("12:00")),
    StopStarted(at_s=AT, worker_id="a", visit_id="v1", start_s=AT),
    StopDone(at_s=AT, worker_id="a", break_id="lunch", end_s=AT),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_every_kind_reads_back_the_same(event):
    assert read_event(event_to_json(event)) == event


def test_the_examples_cover_every_kind():
    assert {type(event) for event in EVENTS} == set(get_args(Event)) == set(EVENT_BY_KIND.values())


def test_the_documented_events_are_read_and_show_every_kind():
    page = (Path(__file__).parents[2] / "docs" / "redispatch.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert {event.kind for event in read_events(example)} == set(EVENT_BY_KIND)
    assert all(f"`{kind}`" in page for kind in EVENT_BY_KIND)


def test_clock_times_carry_no_unit_and_the_kind_is_always_written():
    written = json.loads(event_to_json(WorkerLate(at_s=AT, worker_id="a", delay_s=600)))
    assert written == {"kind": "worker-late", "at": "09:30", "worker_id": "a", "delay_s": 600}


def test_date_times_are_read_with_the_horizon_of_several_days():
    horizon = Horizon(first_date=dt.date(2026, 3, 2), num_days=7)
    event = read_event('{"kind": "worker-ill", "at": "2026-03-03T09:30", "worker_id": "a"}', horizon)
    assert event.at_s == clock("33:30")


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ('{"kind": "worker-il", "at": "09:30"}', ["kind", "Did you mean 'worker-ill'?"]),
        ('{"at": "09:30"}', ["the key 'kind' is missing", "worker-ill"]),
        ('{"kind": "worker-late", "at_s": 1, "delay_s": -1}', ["Did you mean 'at'?", "-1 is below 0", "'worker_id'"]),
        ('{"kind": "stop-done", "at": "9:30", "worker_id": "a", "end": "9:30"}', ["0 of visit_id", "Name exactly one"]),
        ('{"kind": "worker-ill", "at": "09:60", "worker_id": "a"}', ["'09:60' is not a clock time"]),
        ('{"kind": ["worker-ill"], "at": "09:30"}', ["['worker-ill'] is no kind of event"]),
        ("[1]", ["[0]", "an event is an object"]),
        ('{"kind": "worker-ill", "at": "9:00", "at": "9:01", "worker_id": "a"}', ["at: the key 'at' occurs twice"]),
        (
            '[{"kind": "x"}, {"kind": "worker-ill", "at": "9:00", "at": "9:01", "worker_id": "a"}]',
            ["[0].kind", "[1].at: the key 'at' occurs twice"],
        ),
        ("{", ["this is not JSON"]),
        ('[{"kind": "worker-ill", "at": "9:00"}, {"kind": "x"}]', ["[0].worker_id", "[1].kind"]),
    ],
)
def test_every_fault_is_told_at_once(text, fragments):
    with pytest.raises(SourceError) as caught:
        read_events(text)
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_a_file_may_hold_one_event_or_a_list():
    one = event_to_json(EVENTS[3]).decode()
    assert read_events(one) == (EVENTS[3],)
    assert read_events(f"[{one}, {one}]") == (EVENTS[3], EVENTS[3])
