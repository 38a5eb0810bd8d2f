"""The tab that changes the day: publish, report what has happened, undo; and what was changed last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson
from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.changing.fields import Setting
from api.console.changing.forms import KINDS, URGENT, EventForm
from api.console.changing.move_dialog import MoveDialog
from api.console.changing.moving import Mover, Trial
from api.console.changing.urgent import UrgentForm
from api.console.day import Choice, Day
from api.console.dispatching import Versions, publish, report, slots_for
from api.console.frame import say_fault
from api.console.widgets.elements import Drop
from api.days.resources import RecommendedSlot
from api.days.slot_names import read_name
from api.errors import Refusal
from api.store.days import DayRecord, StepRecord
from api.store.records import PlanRecord, Role
from optimizer.plan import SolveStatus
from optimizer.problem import Location
from optimizer.redispatch.events import Event, VisitAdded

_OF_VISIT = ("visit-cancelled",)
_OF_ELDER = ("elder-absent", URGENT)
_OF_WORKER = ("worker-ill", "worker-late", "worker-back", "vehicle-down")


class ChangePanel:
    """One visitor changing one version of a day.

    `light` shows something on the board, `show` brings this tab to the front, `go_on` shows the next version, `pend`
    shows an event whose answer is not there yet (None: it was refused).
    """

    def __init__(
        self,
        visitor: Visitor,
        setting: Setting,
        *,
        light: Callable[[Choice, str], None],
        show: Callable[[], None],
        go_on: Callable[[str, str], Awaitable[None]],
        pend: Callable[[Event | None], None],
    ) -> None:
        self.visitor, self.texts, self.setting = visitor, visitor.texts, setting
        self.light, self.show, self.go_on, self.pend = light, show, go_on, pend
        self.seen = setting.seen
        self.form: EventForm | UrgentForm | None = None
        self.dialog: MoveDialog | None = None
        self.is_sending = False
        self._overtaken_by = 0

    @property
    def day(self) -> Day:
        """The plan that is shown."""
        return self.setting.day

    @property
    def is_in_force(self) -> bool:
        """Whether the day goes by the plan that is shown."""
        return self.seen is not None and self.seen.plan_id == self.day.record.plan_id

    @property
    def is_allowed(self) -> bool:
        """Whether the visitor may change anything."""
        return self.visitor.may(Role.DISPATCHER)

    @property
    def can_move(self) -> bool:
        """Whether the visitor may move stops: in the version that holds, or in any where nothing is published yet."""
        is_open = self.seen is None and self.day.record.status != SolveStatus.INVALID
        return self.is_allowed and (self.is_in_force or is_open)

    @property
    def is_occupied(self) -> bool:
        """Whether the visitor is in the middle of something."""
        return self.is_sending or self.form is not None or (self.dialog is not None and self.dialog.is_open)

    def build(self) -> None:
        """Build the tab."""
        with ui.column().classes("yz-change").props("tabindex=-1"):
            if not self.is_allowed:
                role = self.texts.of("role", Role.DISPATCHER)
                ui.label(self.texts.text("needs_role", role=role)).classes("yz-soft")
            with ui.column().classes("yz-form") as self.overview:
                self._publication()
                if self.is_in_force:
                    self._kinds()
            self.body = ui.column().classes("yz-form")

    def take(self, kind: Choice, name: str) -> bool:
        """Let the open form take over what is chosen on the board; whether there is one."""
        if self.form is None:
            return False
        self.form.take(kind, name)
        return True

    def put(self, place: Location) -> None:
        """Let the open form take a place that is clicked on the map."""
        if self.form is not None:
            self.form.put(place)

    def actions(self, kind: Choice, name: str) -> None:
        """Build the buttons of what can be done about something that is chosen."""
        if not self.is_allowed:
            return
        with ui.row().classes("yz-actions"):
            if kind is Choice.VISIT and self.can_move:
                self._stop_actions(name)
            if self.is_in_force:
                for event in self._events_of(kind, name):
                    button = ui.button(self.texts.of("event", event), icon=KINDS[event].icon)
                    button.props("outline dense no-caps").mark(f"do-{event}")
                    button.on_click(partial(self._open_for, event, kind, name))

    def _events_of(self, kind: Choice, name: str) -> tuple[str, ...]:
        if kind is Choice.WORKER:
            return _OF_WORKER
        if kind is Choice.ELDER:
            return _OF_ELDER
        has_elder = self.day.row_by_visit_id[name].visit.elder_id is not None
        return (*_OF_VISIT, *_OF_ELDER) if has_elder else _OF_VISIT

    def _stop_actions(self, visit_id: str) -> None:
        visit = self.day.problem.visit_by_id[visit_id]
        is_served = self.day.row_by_visit_id[visit_id].start_s is not None
        _button(self.texts["move.open"], "swap_vert", partial(self.move, visit_id), "move")
        if visit.pinned_worker_ids or visit.pinned_start_s is not None:
            _button(self.texts["lock.open"], "lock_open", partial(self._lock, visit_id, _unlock), "unlock")
        elif is_served:
            _button(self.texts["lock.worker"], "lock", partial(self._lock, visit_id, _lock_worker), "lock")
            _button(self.texts["lock.time"], "lock_clock", partial(self._lock, visit_id, _lock_time), "lock-time")

    def _publication(self) -> None:
        texts, record = self.texts, self.day.record
        with ui.row().classes("yz-line yz-publication"):
            if self.seen is None:
                ui.label(texts["publish.none"]).classes("yz-soft")
                self._publish_button(record, "publish.do")
                ui.label(texts["publish.first"]).classes("yz-small")
            elif not self.is_in_force:
                ui.label(texts["publish.other"]).classes("yz-soft")
                self._publish_button(record, "publish.this")
                _button(
                    texts["publish.show"], "arrow_forward", partial(self.go_on, self.seen.plan_id, ""), "show-current"
                )
            else:
                known = self.setting.clock(self.seen.now_s)
                ui.label(f"★ {texts.text('publish.holds', step=self.seen.step, time=known)}").classes("yz-strong")
                self._versions(self.setting.standing.versions)
        steps = self.setting.standing.steps
        if self.is_in_force and len(steps) > 1:
            self._last(steps[0])

    def _publish_button(self, record: PlanRecord, key: str) -> None:
        button = _button(self.texts[key], "campaign", partial(self._publish, record.plan_id), "publish")
        button.props(remove="outline")
        if not self.is_allowed or record.status == SolveStatus.INVALID:
            button.disable()

    def _versions(self, versions: Versions) -> None:
        for key, icon, plan_id in (
            ("version.undo", "undo", versions.undo_id),
            ("version.redo", "redo", versions.redo_id),
        ):
            publish_it = partial(self._publish, plan_id or "", key)
            button = _button(self.texts[key], icon, publish_it, key.partition(".")[2])
            button.set_enabled(plan_id is not None and self.is_allowed)

    def _last(self, step: StepRecord) -> None:
        """What the last step changed for how many, and where that is told."""
        texts, answer = self.texts, orjson.loads(step.answer)
        diff = answer["diff"]
        with ui.column().classes("yz-last").props("role=status"):
            elders, workers = len(diff["elder_ids"]), len(diff["worker_ids"])
            told = texts.text("last.told", elders=elders, workers=workers)
            ui.label(f"{texts['last.title']}: {told}").classes("yz-strong").mark("last-told")
            with ui.row().classes("yz-line"):
                calls = partial(ui.navigate.to, f"/plans/{step.plan_id}/calls")
                _button(texts["last.calls"], "call", calls, "calls")
                if step.against_id not in {None, step.plan_id}:
                    compare = f"/compare?plan={step.plan_id}&against={step.against_id}"
                    _button(texts["last.compare"], "compare_arrows", partial(ui.navigate.to, compare), "compare-last")
            if answer["notes"]:
                with ui.expansion(texts.text("last.notes", count=len(answer["notes"]))).props("dense dense-toggle"):
                    for note in answer["notes"]:
                        ui.label(note).classes("yz-small")

    def _kinds(self) -> None:
        ui.label(self.texts["event.what"]).classes("yz-soft")
        with ui.row().classes("yz-kinds"):
            for kind, facts in KINDS.items():
                button = _button(self.texts.of("event", kind), facts.icon, partial(self._open, kind), f"event-{kind}")
                button.set_enabled(self.is_allowed)

    def _open_for(self, kind: str, choice: Choice, name: str) -> None:
        self._open(kind)
        self.take(choice, name)
        self.show()

    def _open(self, kind: str) -> None:
        """Show the form of a kind of event."""
        self._close()
        self.overview.set_visibility(False)
        self.form = UrgentForm(self.setting, self.light) if kind == URGENT else EventForm(self.setting, kind)
        with self.body:
            ui.label(self.texts.of("event", kind)).classes("yz-heading")
            self.form.build()
            with ui.row().classes("yz-line"):
                if kind == URGENT:
                    self.send = _button(self.texts["slots.find"], "search", self._find_slots, "find-slots")
                    _button(self.texts["slots.leave"], "auto_fix_high", partial(self._take, None), "leave")
                else:
                    self.send = _button(self.texts["event.report"], "send", self._report, "report")
                self.send.props(remove="outline")
                _button(self.texts["cancel"], "close", self._close, "close-form")
            if isinstance(self.form, UrgentForm):
                self.form.build_slots()

    def _close(self) -> None:
        self.body.clear()
        self.overview.set_visibility(True)
        self.form = None
        self.setting.ask_place(False)

    async def _find_slots(self) -> None:
        form, seen = self.form, self.seen
        if not isinstance(form, UrgentForm) or seen is None:
            return
        self.send.disable()
        try:
            event = form.event
            found = await run_in_threadpool(slots_for, self.visitor, seen, event)
            form.offer(found, event, self._take)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
        finally:
            self.send.enable()

    async def _take(self, slot: RecommendedSlot | None) -> None:
        """Add the visit in a slot, or wherever the planner puts it."""
        form = self.form
        if isinstance(form, UrgentForm):
            await self._tell(form, slot)

    async def _report(self) -> None:
        form = self.form
        if isinstance(form, EventForm):
            await self._tell(form, None)

    async def _tell(self, form: EventForm | UrgentForm, slot: RecommendedSlot | None) -> None:
        seen = self.seen
        assert seen is not None, "events are of published days"
        try:
            event, params = form.event, form.common.params
        except Refusal as refusal:
            say_fault(self.texts, refusal)
            return
        if self.is_sending:
            return
        name = None if slot is None else read_name(slot.name)
        self.pend(event)
        if not await self._send(lambda: report(self.visitor, seen, event, params, name).plan_id):
            self.pend(None)
        elif isinstance(event, VisitAdded):
            self.light(Choice.VISIT, event.visit.visit_id)

    async def _publish(self, plan_id: str, key: str = "") -> None:
        def run() -> str:
            plan = self.visitor.store.plan(plan_id)
            return publish(self.visitor, plan, self.texts[key] if key else "", self.seen).plan_id

        await self._send(run)

    def move(self, visit_id: str, drop: Drop | None = None) -> None:
        """Ask where a visit is to go; beginning with where it was dropped."""
        with self.body:
            self.dialog = MoveDialog(self.visitor, self.setting, self._mover(), visit_id, self._keep)
            self.dialog.build(drop)

    async def _keep(self, trial: Trial, reason: str) -> None:
        """Keep a change that was tried."""
        await self._send(lambda: self._mover().keep(trial, reason).plan_id, trial.visit_id)

    async def _lock(self, visit_id: str, change: Callable[[Mover, str], Trial]) -> None:
        """Lock or unlock a stop, which moves nobody."""

        def run() -> str:
            mover = self._mover()
            return mover.keep(change(mover, visit_id), self.texts["lock.reason"]).plan_id

        await self._send(run, visit_id)

    async def _send(self, change: Callable[[], str], visit_id: str = "") -> bool:
        """Make a change, which gives the version that holds from now on, and go on with that; whether it was made."""
        if self.is_sending:
            return False
        self.is_sending = True
        if self.form is not None:
            self.send.props("loading")
        try:
            plan_id = await run_in_threadpool(change)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            self.is_sending = False
            if self.form is not None:
                self.send.props(remove="loading")
            return False
        await self.go_on(plan_id, visit_id)
        self.is_sending = False
        return True

    def _mover(self) -> Mover:
        return Mover(self.visitor, self.day, self.seen if self.is_in_force else None)

    def say_overtaken(self, current: DayRecord) -> None:
        """Say that somebody else has changed the day, once for each change."""
        if self._overtaken_by == current.step:
            return
        self._overtaken_by = current.step
        ui.notify(self.texts["publish.overtaken"], type="warning", timeout=8000)
        with self.body, ui.row().classes("yz-line yz-last"):
            ui.label(self.texts["publish.overtaken"]).classes("yz-alarm")
            show = partial(self.go_on, current.plan_id, "")
            _button(self.texts["publish.show"], "refresh", show, "show-current")


def _button(text: str, icon: str, act: Callable[..., Any], marker: str) -> ui.button:
    button = ui.button(text, icon=icon, on_click=lambda: act()).props("outline dense no-caps")  # noqa: PLW0108
    return button.mark(marker)


def _lock_worker(mover: Mover, visit_id: str) -> Trial:
    return mover.locked(visit_id, with_time=False)


def _lock_time(mover: Mover, visit_id: str) -> Trial:
    return mover.locked(visit_id, with_time=True)


def _unlock(mover: Mover, visit_id: str) -> Trial:
    return mover.unlocked(visit_id)
