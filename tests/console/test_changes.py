"""From one version of a day to the next by what differs: the same is shown as by loading the whole."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.console.changes import changes_between
from api.console.days import Sights
from api.console.dispatching import publish, published_day, report
from api.console.layers import Layers
from api.store.records import Role
from optimizer.problem import Horizon, Location
from optimizer.redispatch.events import VisitAdded, VisitCancelled, WorkerIll, WorkerLate
from optimizer.redispatch.params import RedispatchParams
from tests.builders import HOUR, make_elder, make_visit, window
from tests.console.district import add_small_plan

NEW_ELDER = make_elder("new", place=Location(lon=116.363, lat=39.902), name="周大爷")
NEW_VISIT = make_visit("new-1", elder_id="new", place=None, windows=(window("10:00", "15:00"),))
DATES = (dt.date(2028, 5, 1) + dt.timedelta(days=number) for number in range(99))


@pytest.fixture
def sights():
    return Sights()


@pytest.fixture(params=[Role.DISPATCHER, Role.VIEWER])
def versions(request, visitor, service, keys, sights):
    """A dispatcher's or viewer's sights of a day before and after an event, the second made from the first."""
    plan = add_small_plan(service.database, horizon=Horizon(first_date=next(DATES)))
    dispatcher = visitor(Role.DISPATCHER)
    publish(dispatcher, plan, "")

    def after(event):
        who = visitor(request.param)
        before = sights.ready(who, plan.plan_id)
        step = report(dispatcher, published_day(dispatcher, plan), event, RedispatchParams())
        return before, sights.ready(who, step.plan_id, before), Sights().ready(who, step.plan_id)

    return after


EVENTS = [
    VisitCancelled(at_s=8 * HOUR, visit_id="c2"),
    WorkerIll(at_s=8 * HOUR, worker_id="carer1"),
    WorkerLate(at_s=8 * HOUR, worker_id="courier", delay_s=1800),
    VisitAdded(at_s=9 * HOUR, visit=NEW_VISIT, elder=NEW_ELDER),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_version_made_from_the_one_before_is_the_one_made_from_nothing(versions, event):
    _, after, fresh = versions(event)
    assert after.day.rows == fresh.day.rows
    assert after.layers.place_by_id == fresh.layers.place_by_id
    assert after.layers.route_by_id == fresh.layers.route_by_id
    assert after.layers.time_line == fresh.layers.time_line


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_what_differs_leads_from_one_version_to_the_other(versions, event):
    before, after, _ = versions(event)
    changes = after.changes_from(before)
    assert patched(before.layers.place_by_id, changes.map["places"]) == after.layers.place_by_id
    assert patched(before.layers.route_by_id, changes.map["routes"]) == after.layers.route_by_id
    assert line_patched(before.layers, changes.time_line) == (
        after.layers.rows,
        dict(after.layers.bars_by_row),
        after.layers.links,
    )
    rows = {key: row for key, row in before.day.row_by_visit_id.items() if key not in changes.gone_ids}
    rows |= {visit_id: after.day.row_by_visit_id[visit_id] for visit_id in changes.visit_ids}
    assert rows == after.day.row_by_visit_id


def test_only_what_differs_is_told(versions):
    before, after, _ = versions(VisitCancelled(at_s=8 * HOUR, visit_id="c2"))
    changes = after.changes_from(before)
    assert {feature["properties"]["id"] for feature in changes.map["routes"]["put"]} == {"carer1"}
    assert changes.time_line["rows"] is None
    assert changes.gone_ids == ("c2",)


def test_nothing_differs_from_the_same_version(versions):
    before, _, _ = versions(VisitCancelled(at_s=8 * HOUR, visit_id="c2"))
    changes = changes_between(before.layers, before.layers)
    assert (changes.visit_ids, changes.gone_ids, changes.time_line["bars"]) == ((), (), [])
    assert all(patch == {"put": [], "drop": []} for patch in changes.map.values())


def test_version_is_made_once_however_many_ask_for_it(sights, visitor, service, keys, monkeypatch):
    plan = add_small_plan(service.database, horizon=Horizon(first_date=next(DATES)))
    visitors, made, together = [visitor() for _ in range(4)], [], threading.Barrier(4)
    take = Sights._made
    monkeypatch.setattr(Sights, "_made", lambda *facts: made.append(1) or take(*facts))

    def look(who):
        together.wait()
        return sights.get(who, plan.plan_id)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(look, visitors))) == 1
    assert made == [1]


def patched(features, patch):
    kept = {name: feature for name, feature in features.items() if name not in patch["drop"]}
    return kept | {feature["id"]: feature for feature in patch["put"]}


def line_patched(layers: Layers, patch):
    rows = layers.rows if patch["rows"] is None else patch["rows"]
    bars = dict(layers.bars_by_row) if patch["rows"] is None else {}
    return rows, bars | dict(patch["bars"]), layers.links if patch["links"] is None else patch["links"]
