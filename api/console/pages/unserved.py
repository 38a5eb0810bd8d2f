"""Unserved: who is not served, why not, and what would serve them at which price."""

from __future__ import annotations

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.day import Day, VisitRow
from api.console.days import Sights
from api.console.frame import frame, say_fault
from api.console.pages.today import plan_or_none
from api.console.proposals import propose
from api.console.remedy_texts import reason_text, remedy_text
from api.console.targets import yuan
from api.store.records import PlanRecord, Role
from optimizer.formats.stop_facts import clock_on
from optimizer.plan import Remedy, Unassigned


async def build(visitor: Visitor, sights: Sights, plan_id: str) -> None:
    """The list of a plan's unserved visits."""
    record = plan_or_none(visitor, plan_id)
    with frame(visitor, "unserved", f"/console/plans/{plan_id}/unserved", record):
        if record is None or record.status is None:
            ui.label(visitor.texts["not_found" if record is None else "unserved.not_yet"]).classes("yz-empty")
            return
        with ui.column().classes("yz-page") as page:
            waiting = ui.row().classes("yz-line")
            with waiting:
                ui.spinner()
                ui.label(visitor.texts["unserved.looking"]).classes("yz-soft")
        ui.timer(0.05, lambda: _fill(visitor, sights, record, page, waiting), once=True)


async def _fill(visitor: Visitor, sights: Sights, record: PlanRecord, page: ui.column, waiting: ui.row) -> None:
    """Look for reasons and remedies, which may take some seconds, and show them."""
    try:
        sight = await run_in_threadpool(sights.get, visitor, record.plan_id)
        items = await run_in_threadpool(sight.unassigned, visitor)
    except Exception as error:  # whatever it is, the visitor is told
        say_fault(visitor.texts, error)
        return
    finally:
        waiting.delete()
    with page:
        _List(visitor, sight.day, items).build()


class _List:
    """The unserved visits of one plan, as one visitor sees them."""

    def __init__(self, visitor: Visitor, day: Day, items: tuple[Unassigned, ...]) -> None:
        self.visitor, self.texts, self.day = visitor, visitor.texts, day
        rows = {row.visit_id: row for row in day.alerts}
        self.items = sorted(items, key=lambda item: (-rows[item.visit_id].visit.priority, item.visit_id))
        self.row_by_visit_id = rows

    def build(self) -> None:
        if not self.items:
            ui.label(self.texts["unserved.none"]).classes("yz-heading")
            return
        ui.label(self.texts.text("unserved.title", count=len(self.items))).classes("yz-heading")
        ui.label(self.texts["unserved.how"]).classes("yz-soft")
        for item in self.items:
            with ui.element("article").classes("yz-unserved"):
                self._item(item, self.row_by_visit_id[item.visit_id])

    def _item(self, item: Unassigned, row: VisitRow) -> None:
        with ui.element("div").classes("yz-unserved-who"):
            with ui.row().classes("yz-line"):
                ui.label(row.who).classes("yz-strong yz-larger")
                ui.label(row.service)
                if row.visit.priority:
                    ui.label(self.texts.text("unserved.priority", number=row.visit.priority)).classes("yz-chip")
            window = "–".join(clock_on(row.day, time_s) for time_s in row.window)
            ui.label(f"{self.texts['detail.window']} {window}").classes("yz-soft")
            self._groups(row)
            ui.link(self.texts["unserved.show"], f"/plans/{self.day.record.plan_id}?visit={row.visit_id}")
        with ui.element("div").classes("yz-unserved-why"):
            ui.label(self.texts["detail.why"]).classes("yz-soft")
            for reason in item.reasons[:3]:
                ui.label(reason_text(self.texts, reason))
            tried = self.texts.text("unserved.tried", count=item.num_insertions_tried)
            ui.label(tried if item.num_insertions_tried else self.texts["unserved.no_time"]).classes("yz-small")
        with ui.element("div").classes("yz-unserved-how"):
            ui.label(self.texts["unserved.remedies"]).classes("yz-soft")
            for remedy in item.remedies:
                self._remedy(item, remedy)
            if not item.remedies:
                ui.label(self.texts["unserved.no_remedy"]).classes("yz-small")

    def _groups(self, row: VisitRow) -> None:
        elder = self.day.problem.elder_of(row.visit)
        if elder is not None and elder.groups:
            with ui.row().classes("yz-chips"):
                for group in elder.groups:
                    ui.label(self.texts.of("group", group)).classes("yz-chip")

    def _remedy(self, item: Unassigned, remedy: Remedy) -> None:
        text = remedy_text(self.texts, self.day, item.visit_id, remedy)
        button = ui.button(on_click=lambda: self._propose(item.visit_id, remedy, text)).mark("remedy")
        button.props("outline no-caps align=left").classes("yz-remedy")
        with button:
            ui.label(text)
            ui.label(yuan(remedy.price_cents, signed=True)).classes("yz-price")
        if not self.visitor.may(Role.DISPATCHER):
            button.disable()
            button.tooltip(self.texts.text("needs_role", role=self.texts.of("role", Role.DISPATCHER)))

    async def _propose(self, visit_id: str, remedy: Remedy, text: str) -> None:
        """Make the plan with the remedy and show it beside this one."""
        parent = self.day.record
        try:
            child = await run_in_threadpool(propose, self.visitor, parent, visit_id, remedy, text)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return
        ui.navigate.to(f"/compare?plan={child.plan_id}&against={parent.plan_id}")
