"""The page of studies: uploaded, watched, stopped, and refused with what is wrong."""

import openpyxl
import orjson
import pytest
from nicegui import ui

from api.bodies import XLSX
from api.console.study_answers import NewStation, StudyAnswers, tree_of
from api.console.texts import Texts
from api.jobs.runner import JobRunner
from api.store.records import Change, Role
from api.store.studies import StudyState, StudyStore
from optimizer.study.parse import num_runs, study_from_tree
from optimizer.study.study import Promise
from tests.console.test_pages import wait_for

pytestmark = pytest.mark.anyio


@pytest.fixture
def studies(service, keys):
    """The studies of the east district."""
    return StudyStore(service.database, "east")


def add(studies, name):
    return studies.add(name, b"{}", None, 4, Change(actor="test"), max_pending=100)


async def test_studies_show_how_far_they_are_and_are_stopped(pages, visitor, studies):
    study = add(studies, "Fewer couriers")
    studies.start(study.study_id)
    studies.tell(study.study_id, 3)
    user = pages(visitor(language="en"))
    await user.open("/studies")
    await user.should_see("Fewer couriers")
    await user.should_see("3 of 4 plans made")
    user.find(marker="stop-study").click()
    assert await wait_for(lambda: studies.is_stop_requested(study.study_id))
    assert studies.finish(study.study_id, StudyState.STOPPED)


async def test_a_finished_study_leads_to_its_report(pages, visitor, studies, signed_in):
    study = add(studies, "Another station")
    studies.start(study.study_id)
    studies.finish(study.study_id, StudyState.DONE, results=b"{}", report=b"<!doctype html>told")
    user = pages(visitor(language="en"))
    await user.open("/studies")
    await user.should_see(marker="report")
    address = f"/console/data/studies/{study.study_id}/report"
    answer = signed_in(Role.PLANNER).get(address)
    assert answer.text == "<!doctype html>told"
    assert "script-src 'unsafe-inline'" in answer.headers["content-security-policy"], "its drawings are made by script"
    assert signed_in(Role.DISPATCHER).get(address).status_code == 403
    assert signed_in(Role.PLANNER, "west").get(address).status_code == 404


async def test_studies_are_for_planners(pages, visitor):
    user = pages(visitor(Role.DISPATCHER, language="en"))
    await user.open("/studies")
    await user.should_see("Needs the role Planner")
    await user.should_not_see(ui.upload)


async def test_study_is_uploaded_as_a_workbook_and_a_wrong_one_is_refused(
    pages, visitor, studies, tmp_path, monkeypatch
):
    ordered = []
    monkeypatch.setattr(JobRunner, "enqueue_study", lambda self, *order: ordered.append(order))
    user = pages(visitor(language="zh"))
    await user.open("/studies")
    rows = [("name", "Fewer couriers on Monday"), ("base.scenario", "tiny"), ("seeds", "1"), ("search.step_limit", 10)]
    await upload(user, workbook(tmp_path, rows))
    await wait_for(lambda: ordered)
    await user.should_see("Fewer couriers on Monday")
    await upload(user, workbook(tmp_path, [("name", "Nowhere"), ("base.scenario", "atlantis"), ("seeds", "1")]))
    await wait_for(lambda: any("出错" in text for text in user.notify.messages))
    assert [each.name for each in studies.list(before=None, limit=9)].count("Nowhere") == 0


def workbook(folder, rows):
    """A study as a workbook with one variant."""
    book = openpyxl.Workbook()
    book.active.title = "study"
    for row in (("key", "value"), *rows):
        book.active.append(row)
    changes = book.create_sheet("changes")
    for row in (("name", "change", "percent"), ("fewer couriers", "scale-workers", 85)):
        changes.append(row)
    variants = book.create_sheet("variants")
    for row in (("name", "changes"), ("fewer couriers", "fewer couriers")):
        variants.append(row)
    path = folder / "study.xlsx"
    book.save(path)
    return path.read_bytes()


async def upload(user, data):
    """Choose a workbook."""
    (element,) = user.find(ui.upload).elements
    answer = await user.http_client.post(element._props["url"], files={"file": ("study.xlsx", data, XLSX)})
    assert answer.status_code == 200


async def test_a_study_is_asked_for_in_the_form(pages, visitor, studies, monkeypatch):
    ordered = []
    monkeypatch.setattr(JobRunner, "enqueue_study", lambda self, *order: ordered.append(order))
    user = pages(visitor(language="en"))
    await user.open("/studies")
    await user.should_see("Every combination of what is chosen is planned.")
    (problem,) = user.find(marker="study-problem").elements
    choose(user, "study-demand", [120, 110])
    choose(user, "study-windows", [15])
    choose(user, "study-promises", ["hot-meal"])
    await user.should_see(f"{(3 * 2 + 4) * 3} plans, 5 min at most.")
    user.find(marker="order-study").click()
    assert await wait_for(lambda: ordered)
    ((_, study_id, _),) = ordered
    study = study_from_tree(orjson.loads(studies.start(study_id).content))
    assert study.base.problem == problem.value
    assert [len(levels) for levels in study.grid.values()] == [2, 3]
    assert study.circumstances == ("Elders",)
    assert [curve.promise for curve in study.curves.values()] == [Promise.HOT_MEAL]


async def test_a_form_without_a_change_or_with_a_wrong_place_is_refused(pages, visitor, monkeypatch):
    monkeypatch.setattr(JobRunner, "enqueue_study", lambda self, *order: pytest.fail("nothing was to be ordered"))
    user = pages(visitor(language="en"))
    await user.open("/studies")
    await user.should_see(marker="order-study")
    user.find(marker="order-study").click()
    assert await wait_for(lambda: any("Choose at least one thing to vary" in text for text in user.notify.messages))
    choose(user, "study-place", "in the park")
    user.find(marker="order-study").click()
    assert await wait_for(lambda: any("'in the park' is not a longitude" in text for text in user.notify.messages))


def test_answers_become_levels_with_names_of_their_own():
    answers = StudyAnswers(
        name="Two ways",
        problem_id="p",
        worker_percents=(85,),
        skill="meal",
        closed_stations={"s1": "West"},
        new_station=NewStation(like="s2", lon=116.3, lat=39.9),
        speed_percents=(70,),
        num_seeds=2,
    )
    study = study_from_tree(tree_of(answers, Texts("en")))
    assert {name: change.word for name, (change,) in study.changes.items()} == {
        "Without West": "remove-station",
        "New station": "add-station",
        "Workers 85 %": "scale-workers",
        "Speed 70 %": "change-speeds",
    }
    assert study.circumstances == ("Speed",)
    assert num_runs(study) == answers.num_plans == 3 * 2 * 2 * 2


def choose(user, marker, value):
    """Answer a question of the form."""
    (element,) = user.find(marker=marker).elements
    element.set_value(value)
