"""The page of studies: uploaded, watched, stopped, and refused with what is wrong."""

import openpyxl
import pytest
from nicegui import ui

from api.bodies import XLSX
from api.jobs.runner import JobRunner
from api.store.records import Change, Role
from api.store.studies import StudyState, StudyStore
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
    assert signed_in(Role.PLANNER).get(address).text == "<!doctype html>told"
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
