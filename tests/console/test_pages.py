"""The pages as somebody uses them, without a browser."""

from __future__ import annotations

import asyncio
import json

import pytest
from nicegui import ui

from api.console.clock import REFRESH_S
from api.console.days import Sights
from api.console.dispatching import publish, published_day
from api.console.proposals import propose
from api.console.widgets.elements import AlertList
from api.errors import Refusal
from api.examples import EXAMPLE_PROBLEM
from api.store.audit import entries
from api.store.records import Origin, Role
from optimizer.formats.json import problem_to_json
from optimizer.plan import Remedy, RemedyKind
from tests.console.district import small_problem

pytestmark = pytest.mark.anyio


async def test_who_is_not_signed_in_is_sent_to_sign_in(pages, visitor, record):
    user = pages(visitor())
    user.http_client.cookies.clear()
    answer = await user.http_client.get("/plans")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/sign-in?next=")


async def test_first_page_leads_to_the_newest_finished_plan(pages, visitor, record):
    answer = await pages(visitor()).http_client.get("/")
    assert answer.headers["location"].startswith("/console/plans/plan-")


async def test_today_shows_figures_alerts_and_views_in_both_languages(pages, visitor, record):
    for language, figure, alert in (("zh", "准点率", "优先对象未安排"), ("en", "On time", "Priority visit not served")):
        user = pages(visitor(language=language))
        await user.open(f"/plans/{record.plan_id}")
        await user.should_see(figure)
        await user.should_see(marker="nav-unserved")
        (alerts,) = user.find(AlertList).elements
        assert alert in alerts.items[0]["text"]


async def test_an_alert_picked_is_shown_in_the_details(pages, visitor, record):
    user = pages(visitor(language="en"))
    await user.open(f"/plans/{record.plan_id}")
    await user.should_see(AlertList)
    (alerts,) = user.find(AlertList).elements
    assert [(item["id"], item["title"]) for item in alerts.items][1] == ("m2", "李志强 · meal")
    user.find(AlertList).trigger("pick", {"kind": "visit", "id": "m2"})
    await user.should_see("椿树胡同2号")
    await user.should_see("010-5550-4321")
    user.find("赵静").click()
    await user.should_see("3 visits")


async def test_viewer_sees_no_names_and_is_told_so(pages, visitor, record):
    user = pages(visitor(Role.VIEWER, language="en"))
    await user.open(f"/plans/{record.plan_id}")
    await user.should_see("You see pseudonyms and approximate places")
    await user.should_not_see("王秀英")


async def test_plan_of_another_district_does_not_exist(pages, visitor, record):
    user = pages(visitor(Role.ADMIN, "west", "en"))
    await user.open(f"/plans/{record.plan_id}")
    await user.should_see("There is no such plan")


async def test_clock_runs_and_stops(pages, visitor, record):
    user = pages(visitor())
    await user.open(f"/plans/{record.plan_id}")
    (slider,) = user.find(ui.slider).elements
    before = slider.value
    user.find(marker="play").click()
    await wait_for(lambda: slider.value > before)
    (timer,) = (each for each in user.find(ui.timer).elements if each.interval == REFRESH_S)
    assert timer.active
    user.find(marker="play").click()
    assert not timer.active


async def test_remedy_is_tried_compared_and_accepted(pages, visitor, record, service):
    who = visitor(Role.DISPATCHER, language="en")
    user = pages(who)
    await user.open(f"/plans/{record.plan_id}/unserved")
    await user.should_see("do Bathing (level 2)")
    known = plan_ids(who)
    user.find(marker="remedy").click()
    (child,) = await wait_for(lambda: new_plans(who, known))
    assert child.parent_id == record.plan_id
    assert (child.origin, child.num_unassigned) == (Origin.WHAT_IF, 0)
    await user.open(f"/compare?plan={child.plan_id}&against={record.plan_id}")
    await user.should_see("Now served")
    await user.should_see("Visits that change 1")
    user.find(marker="accept").click()
    await wait_for(lambda: (day := published_day(who, record)) and day.plan_id == child.plan_id)
    entry = entries(service.database, "east", before=None, limit=1)[0]
    assert (entry.action, entry.subject, entry.actor) == ("day:publish", "2026-03-02/1", who.caller.key_id)
    await user.open("/plans")
    await user.should_see(ui.aggrid)


def plan_ids(who):
    """Ids of the newest plans of somebody's district."""
    return {plan.plan_id for plan in who.store.plans(before=None, limit=100)}


def new_plans(who, known):
    """Plans that came after those whose ids are known."""
    return [plan for plan in who.store.plans(before=None, limit=5) if plan.plan_id not in known]


async def wait_for(look, patience_s=30):
    """What `look` finds, as soon as that is something."""
    for _ in range(round(patience_s / 0.05)):
        if found := look():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("nothing came")


@pytest.mark.parametrize(("role", "is_allowed"), [(Role.VIEWER, False), (Role.DISPATCHER, True)])
async def test_remedies_are_tried_by_dispatchers(pages, visitor, record, role, is_allowed):
    user = pages(visitor(role, language="en"))
    await user.open(f"/plans/{record.plan_id}/unserved")
    await user.should_see(marker="remedy")
    (button,) = user.find(marker="remedy").elements
    assert button.enabled is is_allowed


async def test_bad_upload_shows_every_issue_and_a_good_one_can_be_ordered(pages, visitor, service, monkeypatch):
    monkeypatch.setattr(service.jobs, "enqueue", lambda district_id, plan_id: None)
    who = visitor(Role.DISPATCHER, language="en")
    user = pages(who)
    await user.open("/new")
    await user.should_see("Needs the role Planner")
    bad = {**EXAMPLE_PROBLEM, "visits": [{"visit_id": "v1", "service": "x", "windows": [], "service_duration_s": 1}]}
    await upload(user, "bad.json", json.dumps(bad).encode())
    await user.should_see("to be corrected first")
    await upload(user, "good.json", problem_to_json(small_problem()))
    await user.should_see("Solve")
    known = plan_ids(who)
    user.find(marker="solve").click()
    (order,) = await wait_for(lambda: new_plans(who, known))
    assert order.status is None
    await user.open(f"/plans/{order.plan_id}")
    await user.should_see("Making the plan: Waiting")
    user.find("Stop now and take the best plan so far").click()
    await wait_for(lambda: who.store.plan(order.plan_id).state == "cancelled")


async def upload(user, name, data):
    """Choose a file."""
    (element,) = user.find(ui.upload).elements
    path = element._props["url"]
    answer = await user.http_client.post(path, files={"file": (name, data, "application/json")})
    assert answer.status_code == 200


async def test_file_of_a_foreign_kind_is_refused_with_the_kinds_that_are_read(pages, visitor):
    user = pages(visitor(language="en"))
    await user.open("/new")
    await upload(user, "plan.docx", b"no")
    await wait_for(lambda: any("is not read here" in text for text in user.notify.messages))


async def test_viewer_may_not_begin_a_plan(pages, visitor):
    user = pages(visitor(Role.VIEWER, language="en"))
    await user.open("/new")
    await user.should_see("Needs the role Dispatcher")


async def test_scenario_is_loaded_by_a_planner(pages, visitor):
    who = visitor(language="en")
    user = pages(who)
    await user.open("/new")
    (choice,) = (each for each in user.find(ui.select).elements if "tiny" in (each.options or {}))
    choice.value = "tiny"
    user.find(marker="load-scenario").click()
    await user.should_see("tiny: ")
    assert who.store.problems(before=None, limit=1)[0].travel["source"] == "scenario"


async def test_sheets_are_offered_in_three_languages(pages, visitor, record):
    user = pages(visitor(language="en"))
    await user.open(f"/plans/{record.plan_id}/sheets")
    assert len(user.find(marker="paper-routes").elements) == 3
    assert len(user.find(marker="paper-workbook").elements) == 1


async def test_two_unrelated_plans_are_compared_with_their_figures(pages, visitor, record):
    user = pages(visitor(language="en"))
    await user.open(f"/compare?plan={record.plan_id}&against={record.plan_id}")
    await user.should_see("Both plans serve everything alike")
    await user.should_see("Cost · unserved visits")


def test_viewer_can_neither_publish_nor_propose(visitor, record):
    viewer = visitor(Role.VIEWER)
    with pytest.raises(Refusal, match="dispatcher"):
        publish(viewer, record, "")
    insert = Remedy(kind=RemedyKind.INSERT, message="", price_cents=0)
    with pytest.raises(Refusal, match="dispatcher"):
        propose(viewer, record, "bath", insert, "")


def test_remedy_that_does_not_fit_any_more_is_refused(visitor, record):
    insert = Remedy(kind=RemedyKind.INSERT, message="", price_cents=0)
    with pytest.raises(Refusal, match="does not fit"):
        propose(visitor(), record, "bath", insert, "")


def test_reasons_are_looked_for_once(visitor, record):
    who, sight = visitor(), Sights().get(visitor(), record.plan_id)
    assert sight.unassigned(who) is sight.unassigned(who)
