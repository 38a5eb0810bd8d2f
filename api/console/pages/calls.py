"""Calls: who must still be told what of a published day, how the day went, and every version of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.calls import Call, Grouping, calls_of, groups_of
from api.console.changing.words import step_lines
from api.console.days import Sight, Sights
from api.console.dispatching import NUM_STEPS, acknowledge, days_of, publish, published_day
from api.console.frame import frame, say_fault
from api.console.pages.today import plan_or_none
from api.store.days import DayRecord, NewsRecord, Person, StepRecord
from api.store.records import Role
from optimizer.formats.stop_facts import clock_on
from optimizer.units import SECONDS_PER_DAY

_COLUMNS = ("told", "before", "who", "news")


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
        self.told: set[tuple[Person, str]] = set()

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
            self._choice()
            print_button = ui.button(texts["calls.print"], icon="print", on_click=_print)
            print_button.props("flat dense no-caps").classes("yz-no-print").mark("print")
        with ui.element("div").classes("yz-scroll yz-fill-height") as self.groups:
            self._show_groups(Grouping.TIME)

    def _choice(self) -> None:
        """How the calls are put together."""
        options = {each: self.texts.of("calls", f"by_{each}") for each in Grouping}
        choice = ui.toggle(options, value=Grouping.TIME).props("dense no-caps unelevated toggle-color=primary")
        choice.props(f'role=group aria-label="{self.texts["calls.group"]}"').classes("yz-no-print").mark("grouping")
        choice.on_value_change(lambda event: self._show_groups(event.value))

    def _show_groups(self, grouping: Grouping) -> None:
        self.groups.clear()
        with self.groups, ui.element("table").classes("yz-table yz-calls"):
            with ui.element("thead"), ui.element("tr"):
                for key in _COLUMNS:
                    with ui.element("th").props("scope=col"):
                        ui.label(self.texts[f"calls.{key}"])
            for group in groups_of(self.texts, self.loaded.sight.day, self.loaded.calls, grouping):
                with ui.element("tbody"):
                    with (
                        ui.element("tr").classes("yz-call-heading"),
                        ui.element("th").props(f"scope=rowgroup colspan={len(_COLUMNS)}"),
                    ):
                        ui.label(group.heading)
                    for call in group.calls:
                        self._row(call)

    def _count(self) -> None:
        num_open = len(self.loaded.calls) - len(self.told)
        self.count.set_text(self.texts.text("calls.open", count=num_open) if num_open else self.texts["calls.none"])

    def _row(self, call: Call) -> None:
        with ui.element("tr") as row:
            with ui.element("td"):
                self._tick(call, row)
            with ui.element("td").classes("yz-strong"):
                ui.label("" if call.at_s is None else clock_on(call.at_s // SECONDS_PER_DAY, call.at_s))
            with ui.element("td"):
                with ui.row().classes("yz-called"):
                    ui.label(call.who).classes("yz-strong")
                    self._phone(call)
                ui.label(call.where).classes("yz-small")
            with ui.element("td"):
                for line in call.news:
                    ui.label(line)

    def _phone(self, call: Call) -> None:
        """The number, by which a telephone calls."""
        if call.phone:
            ui.link(call.phone, f"tel:{call.phone}").classes("yz-phone")

    def _tick(self, call: Call, row: ui.element) -> None:
        box = ui.checkbox().props(f'dense aria-label="{self.texts["calls.told"]}: {call.who}"')
        name = call.person, call.person_id
        box.mark(f"told-{call.person_id}").set_enabled(self.visitor.may(Role.DISPATCHER) and name not in self.told)
        if name in self.told:
            row.classes("yz-told")
            box.set_value(True)

        async def tell() -> None:
            try:
                await run_in_threadpool(acknowledge, self.visitor, self.loaded.record, call.person, call.person_id)
            except Exception as error:  # whatever it is, the visitor is told
                say_fault(self.texts, error)
                return
            self.told.add(name)
            box.disable()
            row.classes("yz-told")
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
