"""Calls: who must still be told what of a published day, how the day went, and every version of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.calls import Call, calls_of
from api.console.changing.words import step_lines
from api.console.days import Sight, Sights
from api.console.dispatching import NUM_STEPS, acknowledge, days_of, publish, published_day
from api.console.frame import frame, say_fault
from api.console.pages.today import plan_or_none
from api.store.days import DayRecord, NewsRecord, Person, StepRecord
from api.store.records import Role
from optimizer.formats.stop_facts import clock_on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A published day with everything that its page shows."""

    record: DayRecord
    sight: Sight
    steps: Sequence[StepRecord]
    news: Sequence[NewsRecord]
    calls: Sequence[Call]


async def build(visitor: Visitor, sights: Sights, plan_id: str) -> None:
    """The calls of the day that a plan is for."""
    plan = plan_or_none(visitor, plan_id)
    with frame(visitor, "calls", f"/console/plans/{plan_id}/calls", plan):
        if plan is None:
            ui.label(visitor.texts["not_found"]).classes("yz-empty")
            return
        record = published_day(visitor, plan)
        if record is None:
            with ui.column().classes("yz-empty"):
                ui.label(visitor.texts["calls.unpublished"])
                ui.link(visitor.texts["calls.publish"], f"/plans/{plan_id}?tab=change")
            return
        try:
            loaded = await run_in_threadpool(_load, visitor, sights, record)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(visitor.texts, error)
            return
        _Calls(visitor, loaded).build()


def _load(visitor: Visitor, sights: Sights, record: DayRecord) -> _Loaded:
    store = days_of(visitor)
    sight, news = sights.get(visitor, record.plan_id), store.news(record.date)
    steps = store.steps(record.date, limit=NUM_STEPS)
    against = {step.step: step.against_id for step in steps}

    def day_before(number: int) -> Any:
        plan_id = against.get(number)
        return sight.day if plan_id is None else sights.get(visitor, plan_id).day

    calls = calls_of(visitor.texts, sight.day, news, day_before)
    return _Loaded(record=record, sight=sight, steps=steps, news=news, calls=calls)


class _Calls:
    """One visitor calling people."""

    def __init__(self, visitor: Visitor, loaded: _Loaded) -> None:
        self.visitor, self.texts, self.loaded = visitor, visitor.texts, loaded
        self.num_open = len(loaded.calls)

    def build(self) -> None:
        with ui.element("div").classes("yz-calls-board"):
            with ui.element("section").classes("yz-panel yz-call-panel"):
                self._list()
            with ui.element("section").classes("yz-panel yz-scroll yz-no-print"):
                self._history()

    def _list(self) -> None:
        texts, loaded = self.texts, self.loaded
        with ui.row(wrap=False).classes("yz-tools"):
            ui.label(texts.text("calls.title", date=loaded.record.date)).classes("yz-strong yz-larger")
            self.count = ui.label().classes("yz-chip")
            self._count()
            num_told = len({(each.person, each.person_id) for each in loaded.news if each.told_at is not None})
            if num_told:
                ui.label(texts.text("calls.done", count=num_told)).classes("yz-soft")
            ui.space()
            print_button = ui.button(texts["calls.print"], icon="print", on_click=_print)
            print_button.props("flat dense no-caps").classes("yz-no-print").mark("print")
        with ui.element("div").classes("yz-scroll yz-fill-height"):
            for person, key in ((Person.ELDER, "calls.elders"), (Person.WORKER, "calls.workers")):
                calls = [call for call in loaded.calls if call.person is person]
                ui.label(f"{texts[key]} {len(calls)}").classes("yz-call-heading").props("role=heading aria-level=2")
                self._table(calls)

    def _count(self) -> None:
        text = self.texts.text("calls.open", count=self.num_open) if self.num_open else self.texts["calls.none"]
        self.count.set_text(text)

    def _table(self, calls: Sequence[Call]) -> None:
        with ui.element("table").classes("yz-table yz-calls"), ui.element("tbody"):
            for call in calls:
                with ui.element("tr") as row:
                    with ui.element("td"):
                        self._tick(call, row)
                    for text in (call.who, call.phone):
                        with ui.element("td").classes("yz-nowrap"):
                            ui.label(text)
                    with ui.element("td"):
                        for line in call.news:
                            ui.label(line)

    def _tick(self, call: Call, row: ui.element) -> None:
        box = ui.checkbox().props(f'dense aria-label="{self.texts["calls.told"]}: {call.who}"')
        box.mark(f"told-{call.person_id}").set_enabled(self.visitor.may(Role.DISPATCHER))

        async def tell() -> None:
            try:
                await run_in_threadpool(acknowledge, self.visitor, self.loaded.record, call.person, call.person_id)
            except Exception as error:  # whatever it is, the visitor is told
                say_fault(self.texts, error)
                return
            box.disable()
            row.classes("yz-told")
            self.num_open -= 1
            self._count()

        box.on_value_change(tell)

    def _history(self) -> None:
        ui.label(self.texts["calls.history"]).classes("yz-call-heading").props("role=heading aria-level=2")
        with ui.element("ol").classes("yz-history"):
            for step in self.loaded.steps:
                with ui.element("li"):
                    self._step(step)

    def _step(self, step: StepRecord) -> None:
        texts, record = self.texts, self.loaded.record
        with ui.row().classes("yz-line"):
            ui.label(f"{step.step}").classes("yz-chip")
            ui.label(clock_on(0, step.now_s)).classes("yz-strong")
            ui.label(f"{step.created_at.astimezone():%m-%d %H:%M:%S}").classes("yz-small")
            ui.space()
            if step.plan_id == record.plan_id:
                ui.label(f"★ {texts['accepted']}").classes("yz-chip yz-strong")
        for line in step_lines(self.visitor, self.loaded.sight.day, step):
            ui.label(line)
        with ui.row().classes("yz-line"):
            if step.against_id not in {None, step.plan_id}:
                ui.link(texts["last.compare"], f"/compare?plan={step.plan_id}&against={step.against_id}")
            if step.plan_id != record.plan_id:
                again = ui.button(texts["calls.again"], icon="history", on_click=partial(self._again, step.plan_id))
                again.props("flat dense no-caps").mark(f"again-{step.step}")
                again.set_enabled(self.visitor.may(Role.DISPATCHER))

    async def _again(self, plan_id: str) -> None:
        def run() -> StepRecord:
            plan = self.visitor.store.plan(plan_id)
            return publish(self.visitor, plan, self.texts["calls.again"], self.loaded.record)

        try:
            step = await run_in_threadpool(run)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return
        ui.navigate.to(f"/plans/{step.plan_id}/calls")


def _print() -> None:
    ui.run_javascript("window.print()")
