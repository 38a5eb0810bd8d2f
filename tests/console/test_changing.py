"""The day changed on the console: published, re-planned after events, moved by hand, undone, and told to people."""

from __future__ import annotations

import pytest

from api.console.changing.forms import KINDS, URGENT
from api.console.changing.moving import Place
from api.console.changing.pending import pending_visit_ids
from api.console.changing.urgent import patterns_of
from api.console.changing.words import event_text
from api.console.days import Sights
from api.console.dispatching import days_of, publish, report, versions_of
from api.console.finding import found_in, keys_of_elder
from api.console.texts import TEXTS, Texts
from api.console.widgets.elements import PlanMap, TimeLine
from api.errors import Refusal
from api.store.audit import entries
from api.store.records import Role
from optimizer.redispatch.events import (
    EVENT_BY_KIND,
    ElderAbsent,
    KitchenLate,
    VisitCancelled,
    WorkerIll,
)
from optimizer.redispatch.params import RedispatchParams
from tests.builders import HOUR
from tests.console.dispatching import current, mover_of, tell
from tests.console.district import small_problem
from tests.console.test_pages import wait_for

pytestmark = pytest.mark.anyio

# On the page


async def test_plan_is_published_from_the_board_and_audited(pages, dispatcher, plan, service):
    user = pages(dispatcher)
    await user.open(f"/plans/{plan.plan_id}?tab=change")
    await user.should_see("No plan is published for this day yet")
    user.find(marker="publish").click()
    await wait_for(lambda: current(dispatcher, plan))
    entry = entries(service.database, "east", before=None, limit=1)[0]
    assert (entry.action, entry.actor) == ("day:publish", dispatcher.caller.key_id)
    await user.open(f"/plans/{plan.plan_id}?tab=change")
    await user.should_see("In force · step 1")


async def test_viewer_sees_that_changing_takes_a_role(pages, visitor, dispatcher, published):
    user = pages(visitor(Role.VIEWER, language="en"))
    await user.open(f"/plans/{published.plan_id}?tab=change")
    await user.should_see("Needs the role Dispatcher")
    (button,) = user.find(marker="event-worker-ill").elements
    assert not button.enabled


async def test_urgent_visit_is_put_into_a_recommended_slot(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    user.find(marker=f"event-{URGENT}").click()
    await user.should_see("Recommend slots")
    user.find(marker="elder_id").type("wxy")
    await user.should_see(marker="found-e1")
    user.find(marker="found-e1").click()
    (service,) = user.find(marker="service").elements
    service.value = "check"
    user.find(marker="at_s").clear().type("08:40")
    user.find(marker="window_from").clear().type("10:00")
    user.find(marker="window_until").clear().type("15:00")
    user.find(marker="find-slots").click()
    await user.should_see(marker="slot")
    user.find(marker="slot").click()
    day = await wait_for(lambda: (found := current(dispatcher, published)).step == 2 and found)
    problem = Sights().get(dispatcher, day.plan_id).day.problem
    assert problem.visit_by_id["urgent-1"].elder_id == "e1"


async def test_urgent_visit_to_somebody_new_is_where_the_map_was_clicked(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    user.find(marker=f"event-{URGENT}").click()
    await user.should_see(PlanMap)
    user.find(PlanMap).trigger("ground", {"lon": 116.365, "lat": 39.901})
    await user.should_see(marker="new_name")
    user.find(marker="new_name").type("周大爷")
    (service,) = user.find(marker="service").elements
    service.value = "check"
    user.find(marker="window_from").clear().type("10:00")
    user.find(marker="window_until").clear().type("15:00")
    user.find(marker="leave").click()
    day = await wait_for(lambda: (found := current(dispatcher, published)).step == 2 and found)
    elder = Sights().get(dispatcher, day.plan_id).day.problem.elder_by_id["new-1"]
    assert (elder.name, elder.place.lon, elder.place.lat) == ("周大爷", 116.365, 39.901)


async def test_event_without_its_facts_is_refused_with_the_cure(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    user.find(marker="event-elder-absent").click()
    await user.should_see("Report and re-plan")
    user.find(marker="report").click()
    await wait_for(lambda: any("Nobody is found yet" in text for text in user.notify.messages))
    assert current(dispatcher, published).step == 1


async def test_worker_chosen_on_the_board_is_the_one_reported_ill_and_the_calls_say_whom_to_tell(
    pages, dispatcher, published
):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    user.find(marker="event-worker-ill").click()
    await user.should_see(marker="worker_id")
    user.find(PlanMap).trigger("pick", {"kind": "worker", "id": "carer1"})
    (worker,) = user.find(marker="worker_id").elements
    assert worker.value == "carer1"
    user.find(marker="report").click()
    day = await wait_for(lambda: (found := current(dispatcher, published)).step == 2 and found)
    await user.open(f"/plans/{day.plan_id}?tab=change")
    await user.should_see(marker="last-told")
    await user.open(f"/plans/{day.plan_id}/calls")
    await user.should_see("Worker ill · 钱勇")
    user.find(marker="told-carer1").click()
    news = days_of(dispatcher).news
    await wait_for(lambda: any(each.told_at is not None for each in news(day.date)))


async def test_viewer_reads_the_calls_without_names(pages, visitor, dispatcher, published):
    step = tell(dispatcher, published, WorkerIll(at_s=8 * 3600, worker_id="carer1", note="王秀英 called"))
    user = pages(visitor(Role.VIEWER, language="en"))
    await user.open(f"/plans/{step.plan_id}/calls")
    await user.should_see("How the day went")
    await user.should_not_see("王秀英")


async def test_stop_is_moved_by_dialog_after_the_judge_has_seen_it(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?visit=c2")
    user.find(PlanMap).trigger("pick", {"kind": "visit", "id": "c2"})
    await user.should_see(marker="move")
    user.find(marker="move").click()
    await user.should_see(marker="move-position")
    (worker,) = user.find(marker="move-worker").elements
    worker.value = next(key for key, text in worker.options.items() if text.startswith("孙敏"))
    (position,) = user.find(marker="move-position").elements
    position.value = 1
    await user.should_see(marker="violation")
    (save,) = user.find(marker="save-move").elements
    assert not save.enabled
    worker.value = next(key for key, text in worker.options.items() if text.startswith("赵静"))
    position.value = 4
    await user.should_see(marker="sound")
    await wait_for(lambda: save.enabled)
    user.find(marker="save-move").click()
    day = await wait_for(lambda: (found := current(dispatcher, published)).step == 2 and found)
    assert Sights().get(dispatcher, day.plan_id).day.row_by_visit_id["c2"].worker_ids == ("courier",)


async def test_stop_dropped_on_somebody_elses_row_is_checked_before_it_is_saved(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}")
    await user.should_see(TimeLine)
    drop = {"visit_id": "c2", "from_id": "carer1", "to_id": "carer2", "time_s": 9 * HOUR}
    user.find(TimeLine).trigger("drop", drop)
    await user.should_see(marker="violation")
    assert current(dispatcher, published).step == 1
    user.find("Cancel").click()
    user.find(TimeLine).trigger("drop", {**drop, "to_id": "courier", "time_s": 13 * HOUR})
    await user.should_see(marker="sound")
    (save,) = user.find(marker="save-move").elements
    await wait_for(lambda: save.enabled)
    user.find(marker="save-move").click()
    await wait_for(lambda: current(dispatcher, published).step == 2)


async def test_home_dropped_on_a_route_of_the_map_is_checked_before_it_is_saved(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}")
    await user.should_see(PlanMap)
    drop = {"kind": "elder", "id": "e2", "to_id": "carer1", "time_s": 11 * HOUR}
    user.find(PlanMap).trigger("drop", drop)
    await user.should_see(marker="violation")
    user.find("Cancel").click()
    assert current(dispatcher, published).step == 1


async def test_home_of_several_visits_is_dropped_for_the_one_that_is_chosen(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}")
    await user.should_see(PlanMap)
    drop = {"kind": "elder", "id": "e1", "to_id": "courier", "time_s": 13 * HOUR}
    user.find(PlanMap).trigger("drop", drop)
    await wait_for(lambda: any("3 visits here" in text for text in user.notify.messages))
    user.find(PlanMap).trigger("pick", {"kind": "visit", "id": "c2"})
    user.find(PlanMap).trigger("drop", drop)
    await user.should_see(marker="sound")
    (save,) = user.find(marker="save-move").elements
    await wait_for(lambda: save.enabled)
    user.find(marker="save-move").click()
    day = await wait_for(lambda: (found := current(dispatcher, published)).step == 2 and found)
    assert Sights().get(dispatcher, day.plan_id).day.row_by_visit_id["c2"].worker_ids == ("courier",)


async def test_change_is_shown_in_place(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    (before,) = user.find(PlanMap).elements
    user.find(marker="event-visit-cancelled").click()
    await user.should_see(marker="visit_id")
    user.find(PlanMap).trigger("pick", {"kind": "visit", "id": "c2"})
    user.find(marker="report").click()
    await user.should_see("In force · step 2")
    (after,) = user.find(PlanMap).elements
    assert after is before


async def test_board_follows_what_somebody_else_reports(pages, dispatcher, visitor, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    tell(visitor(), published, VisitCancelled(at_s=8 * HOUR, visit_id="c2"))
    await user.should_see("In force · step 2")
    await wait_for(lambda: any("Cancel a visit" in text for text in user.notify.messages))


async def test_form_that_is_open_is_not_taken_away_by_somebody_elses_change(pages, dispatcher, visitor, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    user.find(marker="event-worker-ill").click()
    await user.should_see(marker="worker_id")
    step = tell(visitor(), published, VisitCancelled(at_s=8 * HOUR, visit_id="c2"))
    await user.should_see("Somebody else has just changed this day")
    await user.should_see(marker="worker_id")
    user.find(marker="show-current").click()
    await user.should_see(f"In force · step {step.step}")


async def test_every_kind_of_event_has_its_form(pages, dispatcher, published):
    user = pages(dispatcher)
    await user.open(f"/plans/{published.plan_id}?tab=change")
    for kind in KINDS.keys() - {URGENT}:
        user.find(marker=f"event-{kind}").click()
        await user.should_see(marker="report")
        user.find(marker="close-form").click()
    assert KINDS.keys() <= EVENT_BY_KIND.keys()
    assert [kind for kind in EVENT_BY_KIND if f"event.{kind}" not in TEXTS] == []


# What lies below


@pytest.mark.parametrize(
    ("event", "visit_ids"),
    [
        (WorkerIll(at_s=8 * HOUR, worker_id="carer1"), {"c1", "c2", "c3"}),
        (WorkerIll(at_s=8 * HOUR, worker_id="carer1", from_s=12 * HOUR), {"c2"}),
        (VisitCancelled(at_s=8 * HOUR, visit_id="m1"), {"m1"}),
        (ElderAbsent(at_s=8 * HOUR, elder_id="e1", from_s=8 * HOUR, until_s=12 * HOUR), {"c1", "m1"}),
        (KitchenLate(at_s=8 * HOUR, station_id="s1", delay_s=HOUR), {"m1", "m2", "m3"}),
    ],
)
def test_what_an_event_is_about_is_shown_before_its_answer(visitor, plan, event, visit_ids):
    assert set(pending_visit_ids(Sights().get(visitor(), plan.plan_id).day, event)) == visit_ids


def test_undo_publishes_the_version_before_and_redo_the_one_undone(dispatcher, published):
    step = tell(dispatcher, published, VisitCancelled(at_s=8 * 3600, visit_id="c2"))
    steps = days_of(dispatcher).steps
    versions = versions_of(dispatcher, steps(step.date, limit=9))
    assert (versions.undo_id, versions.redo_id) == (published.plan_id, None)
    publish(dispatcher, published, "undo", current(dispatcher, published))
    versions = versions_of(dispatcher, steps(step.date, limit=9))
    assert (versions.undo_id, versions.redo_id) == (None, step.plan_id)


def test_change_of_a_day_that_went_on_meanwhile_is_refused(dispatcher, published):
    seen = current(dispatcher, published)
    tell(dispatcher, published, VisitCancelled(at_s=8 * 3600, visit_id="c2"))
    with pytest.raises(Refusal, match="Read it again"):
        report(dispatcher, seen, VisitCancelled(at_s=9 * 3600, visit_id="m1"), RedispatchParams())


def test_viewer_can_report_nothing(visitor, dispatcher, published):
    with pytest.raises(Refusal, match="dispatcher"):
        tell(visitor(Role.VIEWER), published, VisitCancelled(at_s=8 * 3600, visit_id="c2"))


def test_move_to_somebody_off_duty_names_the_rule(dispatcher, plan):
    trial = mover_of(dispatcher, plan).moved("c2", "carer1", Place(shift=("carer2", "day"), position=1))
    assert not trial.is_sound
    with pytest.raises(Refusal, match="breaks rules"):
        mover_of(dispatcher, plan).keep(trial, "")


def test_move_in_a_plan_not_published_makes_a_version_and_publishes_nothing(dispatcher, plan):
    mover = mover_of(dispatcher, plan)
    trial = mover.moved("c2", "carer1", Place(shift=("courier", "day"), position=4))
    assert trial.is_sound, trial.violations
    child = mover.keep(trial, "by hand")
    assert (child.parent_id, current(dispatcher, plan)) == (plan.plan_id, None)


def test_visit_that_has_begun_cannot_be_moved(dispatcher, published):
    step = tell(dispatcher, published, VisitCancelled(at_s=14 * 3600, visit_id="bath"))
    record = dispatcher.store.plan(step.plan_id)
    trial = mover_of(dispatcher, record).moved("c2", "carer1", Place(shift=("courier", "day"), position=4))
    assert "c2" in {each.visit_id for each in trial.begun}
    assert not trial.is_sound


@pytest.mark.parametrize(
    ("worker_id", "time_s", "position"),
    [("carer1", 8 * HOUR, 0), ("carer1", 12 * HOUR, 2), ("carer1", 17 * HOUR, 3), ("carer2", 20 * HOUR, 1)],
)
def test_dropped_stop_comes_before_what_begins_later(dispatcher, plan, worker_id, time_s, position):
    place = mover_of(dispatcher, plan).place_at("c2", worker_id, time_s)
    assert place == Place(shift=(worker_id, "day"), position=position)


def test_nothing_is_dropped_on_a_day_without_a_shift(dispatcher, plan):
    assert mover_of(dispatcher, plan).place_at("c2", "carer1", 30 * HOUR) is None


def test_suggested_places_are_sound(dispatcher, plan):
    mover = mover_of(dispatcher, plan)
    slots = mover.suggested("c2")
    assert slots
    assert all(mover.put(slot, "carer1").is_sound for slot in slots)


def test_locked_stop_stays_with_its_worker_and_unlocking_frees_it(dispatcher, published):
    mover = mover_of(dispatcher, published)
    child = mover.keep(mover.locked("c2", with_time=True), "lock")
    assert current(dispatcher, published).plan_id == child.plan_id
    again = mover_of(dispatcher, child)
    visit = again.day.problem.visit_by_id["c2"]
    assert (visit.pinned_worker_ids, visit.pinned_start_s) == (("carer1",), again.day.row_by_visit_id["c2"].start_s)
    moved = again.moved("c2", "carer1", Place(shift=("courier", "day"), position=4))
    assert not moved.is_sound
    free = again.keep(again.unlocked("c2"), "unlock")
    assert mover_of(dispatcher, free).day.problem.visit_by_id["c2"].pinned_worker_ids == ()


def test_stability_budget_limits_who_is_told(dispatcher, published):
    step = tell(dispatcher, published, VisitCancelled(at_s=8 * 3600, visit_id="m1"), max_elders_told=0)
    told = {each.person_id for each in days_of(dispatcher).news(step.date) if each.person == "elder"}
    assert told <= {"e1"}


def test_patterns_are_the_usual_visits_of_one_worker(dispatcher, plan):
    patterns = patterns_of(Sights().get(dispatcher, plan.plan_id).day)
    assert all(visit.num_workers == 1 and not visit.windows for visit in patterns.values())
    assert patterns["meal"].demand


@pytest.mark.parametrize("text", ["王秀英", "wangxiuying", "wxy", "1234", "王 1234"])
def test_elder_is_found_as_dispatchers_do(text):
    keys = {elder.elder_id: keys_of_elder(elder) for elder in small_problem().elders}
    assert found_in(keys, text, 5) == ["e1"]


def test_nothing_is_found_by_nothing():
    assert found_in({"e1": "wxy"}, "  ", 5) == []


def test_events_are_told_with_names_and_span(dispatcher, plan):
    day = Sights().get(dispatcher, plan.plan_id).day
    event = {"kind": "elder-absent", "elder_id": "e1", "from": "10:00", "until": "12:00", "note": "hospital"}
    assert event_text(Texts("en"), day, event) == "Elder away · 王秀英 · 10:00–12:00 · hospital"
