"""A plan made ready to look at: states, alerts, and what stands out."""

from __future__ import annotations

import pytest

from api.console.day import Choice, Spotlight, VisitState, spotlight_of
from api.console.days import Sights
from api.console.finding import keys_of_elder, keys_of_name
from api.console.targets import cards_of, yuan
from api.console.texts import Texts
from api.store.records import Role
from tests.builders import make_elder


@pytest.fixture
def day(visitor, record):
    return Sights().get(visitor(), record.plan_id).day


def test_every_visit_has_its_state(day):
    assert {row.visit_id: row.state for row in day.rows} == {
        "m1": VisitState.SERVED,
        "m2": VisitState.LATE,
        "m3": VisitState.RISK,
        "c1": VisitState.SERVED,
        "c2": VisitState.SERVED,
        "c3": VisitState.SERVED,
        "bath": VisitState.UNASSIGNED,
    }


def test_alerts_begin_with_the_unserved_visit_of_highest_priority(day):
    assert [row.visit_id for row in day.alerts] == ["bath", "m2", "m3"]
    assert day.is_top(day.alerts[0])
    assert not day.is_top(day.alerts[1])


def test_visit_lights_its_workers_its_elder_and_linked_visits(day):
    light = spotlight_of(day, Choice.VISIT, "c1")
    assert light == Spotlight(visit_ids=("c1",), worker_ids=("carer1",), elder_id="e1", link_visit_ids=("c2",))


def test_visit_of_two_workers_lights_both(day):
    assert set(spotlight_of(day, Choice.VISIT, "c3").worker_ids) == {"carer1", "carer2"}


def test_worker_lights_the_whole_route(day):
    light = spotlight_of(day, Choice.WORKER, "courier")
    assert light == Spotlight(visit_ids=("m1", "m2", "m3"), worker_ids=("courier",))


def test_elder_lights_all_visits_in_order_of_time(day):
    assert spotlight_of(day, Choice.ELDER, "e1").visit_ids == ("c1", "m1", "c2")


@pytest.mark.parametrize("kind", Choice)
def test_unknown_name_lights_nothing(day, kind):
    assert spotlight_of(day, kind, "nobody") == Spotlight()


def test_viewer_sees_pseudonyms_and_blurred_homes(visitor, record, day):
    seen = Sights().get(visitor(Role.VIEWER), record.plan_id).day
    assert seen.row_by_visit_id["m1"].who.startswith("长者-")
    assert seen.row_by_visit_id["m1"].place != day.row_by_visit_id["m1"].place
    assert seen.row_by_visit_id["m1"].start_s == day.row_by_visit_id["m1"].start_s
    assert seen.row_by_visit_id["m3"].state is VisitState.RISK


def test_sights_are_kept_apart_by_what_is_seen(visitor, record):
    sights = Sights()
    assert sights.get(visitor(), record.plan_id) is sights.get(visitor(Role.ADMIN), record.plan_id)
    assert sights.get(visitor(), record.plan_id) is not sights.get(visitor(Role.VIEWER), record.plan_id)


@pytest.mark.parametrize("typed", ["王秀英", "wangxiuying", "wxy", "1234"])
def test_elder_is_found_by_name_pinyin_initials_and_last_digits(typed):
    assert typed in keys_of_elder(make_elder(name="王秀英", phone="010-5550-1234"))


def test_name_without_chinese_is_found_as_it_is():
    assert keys_of_name("Li Ming") == "Li Ming"


def test_cards_say_whether_targets_are_met(day):
    cards = {card.name: card for card in cards_of(Texts("en"), day.plan)}
    assert (cards["Served"].is_met, cards["Served"].value) == (False, "85.7 %")
    assert cards["Meals over 2 h"].is_met is True
    assert cards["Total cost"].is_met is None
    assert cards["On time"].target == "target ≥ 95.0 %"


@pytest.mark.parametrize(
    ("cents", "text"), [(1800, "¥18"), (1850, "¥18.5"), (123_456, "¥1,235"), (-50, "−¥0.5"), (0, "¥0")]
)
def test_money_is_written_in_yuan(cents, text):
    assert yuan(cents) == text
    assert yuan(abs(cents), signed=True).startswith("+" if cents else "±")
