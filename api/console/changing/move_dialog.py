"""The dialog that moves a stop: another worker or position, checked by the judge before anything is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.changing.fields import Setting
from api.console.changing.moving import Begun, Mover, Place, Shift, Trial
from api.console.changing.urgent import moved_text, slot_text
from api.console.core_texts import violation_text
from api.console.frame import say_fault
from api.console.targets import yuan
from api.console.texts import Texts
from api.console.widgets.elements import Drop
from optimizer.formats.stop_facts import name_of_station, name_of_visit, name_of_worker
from optimizer.plan import Step, Violation
from optimizer.redispatch.slots import Slot
from optimizer.units import SECONDS_PER_DAY

_NUM_TOLD = 8
_NUM_FAULTS = 6
_DENSE = "dense outlined options-dense"


class MoveDialog:
    """One stop being moved; `keep` is called with the change to be kept and the reason."""

    def __init__(
        self,
        visitor: Visitor,
        setting: Setting,
        mover: Mover,
        visit_id: str,
        keep: Callable[[Trial, str], Awaitable[None]],
    ) -> None:
        self.visitor, self.setting, self.texts = visitor, setting, visitor.texts
        self.mover, self.visit_id, self.keep = mover, visit_id, keep
        self.row = setting.day.row_by_visit_id[visit_id]
        self.trial: Trial | None = None
        self.tries = 0

    @property
    def is_open(self) -> bool:
        """Whether it is in front."""
        return bool(self.dialog.value)

    def build(self, drop: Drop | None = None) -> None:
        """Build and open it; with the place where the visit was dropped, if it was dragged there."""
        texts, row = self.texts, self.row
        with ui.dialog() as self.dialog, ui.card().classes("yz-dialog"):
            time = texts["state.unassigned"] if row.start_s is None else self.setting.clock(row.start_s)
            ui.label(texts.text("move.title", who=row.who, service=row.service, time=time)).classes("yz-heading")
            with ui.row().classes("yz-fields"):
                self._fields()
            with ui.element("div").classes("yz-move-parts"):
                with ui.column().classes("yz-move-part"):
                    ui.label(texts["move.suggested"]).classes("yz-soft")
                    self.suggestions = ui.column().classes("yz-slots")
                    with self.suggestions:
                        ui.spinner()
                with ui.column().classes("yz-move-part").props("aria-live=polite"):
                    ui.label(texts["move.check"]).classes("yz-soft")
                    self.verdict = ui.column().classes("yz-verdict")
            with ui.row(wrap=False).classes("yz-line"):
                self.reason = ui.input(texts["field.reason"]).props("dense outlined").classes("yz-fill").mark("reason")
                ui.button(texts["cancel"], on_click=self.dialog.close).props("flat no-caps")
                self.save = ui.button(texts["move.save"], icon="check", on_click=self._keep).props("no-caps")
                self.save.mark("save-move").disable()
        self.dialog.open()
        if drop is not None:
            self._begin_at(drop)
        ui.timer(0.05, self._suggest, once=True)

    def _begin_at(self, drop: Drop) -> None:
        """Choose the place where the visit was dropped, which asks the judge about it."""
        place = self.mover.place_at(self.visit_id, drop.to_id, drop.time_s)
        if place is None or place.shift not in self.shifts:
            return
        if drop.from_id in self.row.worker_ids:
            self.source.value = drop.from_id
        self.worker.value = self.shifts.index(place.shift)
        self.position.value = place.position

    def _fields(self) -> None:
        texts, row = self.texts, self.row
        names = dict(zip(row.worker_ids, row.workers, strict=True))
        first = next(iter(names), None)
        self.source = ui.select(names, value=first, label=texts["move.from"]).props(_DENSE).classes("yz-choice")
        self.source.set_visibility(len(names) > 1)
        shifts = self._shifts()
        here = next((number for number, shift in enumerate(shifts) if shift[0] == first), None)
        self.shifts = shifts
        options = {number: self._shift_text(shift) for number, shift in enumerate(shifts)}
        self.worker = ui.select(options, value=here, label=texts["move.to"], with_input=True)
        self.worker.props(_DENSE).classes("yz-choice").mark("move-worker")
        self.position = ui.select({}, label=texts["move.after"]).props(_DENSE).classes("yz-wide-choice")
        self.position.mark("move-position")
        self._show_positions()
        self.worker.on_value_change(self._show_positions)
        self.position.on_value_change(self._check)

    def _shifts(self) -> list[Shift]:
        problem = self.setting.day.problem
        return [
            (worker.worker_id, shift.shift_id)
            for worker in problem.workers
            for shift in worker.shifts
            if shift.start_s // SECONDS_PER_DAY == self.setting.number
        ]

    def _shift_text(self, shift: Shift) -> str:
        problem = self.setting.day.problem
        facts = problem.shift_by_id[shift]
        hours = f"{self.setting.clock(facts.start_s)}–{self.setting.clock(facts.end_s)}"
        return f"{name_of_worker(problem.worker_by_id[shift[0]])} {hours}"

    def _show_positions(self) -> None:
        """Offer the stops of the chosen worker."""
        if self.worker.value is None:
            return
        steps = self.mover.steps_without(self.visit_id, self.shifts[self.worker.value]).steps
        options = {0: self.texts["move.first"]}
        options |= {number: self._step_text(step) for number, step in enumerate(steps, 1)}
        self.position.set_options(options, value=None)

    def _step_text(self, step: Step) -> str:
        problem, texts = self.setting.day.problem, self.texts
        if step.station_id is not None:
            return texts.text("stop.load", station=name_of_station(problem, step.station_id))
        if step.visit_id is None:
            return texts["stop.break"]
        row = self.setting.day.row_by_visit_id[step.visit_id]
        time = "" if row.start_s is None else self.setting.clock(row.start_s)
        return f"{time} {row.who} · {row.service}"

    async def _suggest(self) -> None:
        """Look for the best places and offer them."""
        try:
            slots = await run_in_threadpool(self.mover.suggested, self.visit_id)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            slots = ()
        self.suggestions.clear()
        with self.suggestions:
            if not slots:
                ui.label(self.texts["move.no_suggestion"]).classes("yz-small")
            for slot in slots:
                self._suggestion(slot)

    def _suggestion(self, slot: Slot) -> None:
        button = ui.button(on_click=lambda: self._try_slot(slot)).props("outline no-caps align=left")
        with button.classes("yz-remedy").mark("suggested"), ui.element("div"):
            is_here = slot.worker_id in self.row.worker_ids and slot.start_s == self.row.start_s
            here = f" · {self.texts['move.here']}" if is_here else ""
            ui.label(f"{slot_text(self.setting, slot)}{here}").classes("yz-strong")
            ui.label(moved_text(self.setting, slot)).classes("yz-small")

    async def _try_slot(self, slot: Slot) -> None:
        await self._try(lambda: self.mover.put(slot, self.source.value))

    async def _check(self) -> None:
        """Ask the judge about the place that is chosen."""
        if self.position.value is None or self.worker.value is None:
            return
        place = Place(shift=self.shifts[self.worker.value], position=self.position.value)
        await self._try(lambda: self.mover.moved(self.visit_id, self.source.value, place))

    async def _try(self, attempt: Callable[[], Trial]) -> None:
        self.tries += 1
        number = self.tries
        self.save.disable()
        try:
            trial = await run_in_threadpool(attempt)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return
        if number != self.tries:
            return
        self.trial = trial
        self.verdict.clear()
        with self.verdict:
            show_trial(self.texts, self.setting, trial)
        self.save.set_enabled(trial.is_sound and bool(trial.diff.visits or trial.diff.workers))

    async def _keep(self) -> None:
        assert self.trial is not None, "the button works after a check only"
        self.save.disable()
        self.dialog.close()
        reason = self.reason.value or self.texts.text("move.reason", who=self.row.who)
        await self.keep(self.trial, reason)


def show_trial(texts: Texts, setting: Setting, trial: Trial) -> None:
    """Whether a change is sound, what it costs, and who is moved."""
    before = setting.day.true_plan.cost.total_cents
    faults = list(_faults(texts, setting, trial))
    for line in faults[:_NUM_FAULTS]:
        ui.label(f"✕ {line}").classes("yz-alarm").mark("violation")
    if len(faults) > _NUM_FAULTS:
        ui.label(texts.text("move.more_faults", count=len(faults) - _NUM_FAULTS)).classes("yz-alarm")
    if trial.is_sound:
        cents = trial.judged.plan.cost.total_cents - before
        ui.label(f"✓ {texts['move.sound']} {yuan(cents, signed=True)}").classes("yz-better-text").mark("sound")
    lines = list(_news(setting, trial))
    for line in lines[:_NUM_TOLD]:
        ui.label(line).classes("yz-small")
    if len(lines) > _NUM_TOLD:
        ui.label(texts.text("move.more", count=len(lines) - _NUM_TOLD)).classes("yz-small")


def _faults(texts: Texts, setting: Setting, trial: Trial) -> Iterator[str]:
    for violation in dict.fromkeys(trial.violations):
        yield _violation_text(texts, setting, violation)
    for begun in trial.begun:
        yield _begun_text(texts, begun)


def _violation_text(texts: Texts, setting: Setting, violation: Violation) -> str:
    problem = setting.day.problem
    visit = None if violation.visit_id is None else problem.visit_by_id.get(violation.visit_id)
    worker = None if violation.worker_id is None else problem.worker_by_id.get(violation.worker_id)
    names = ("" if visit is None else name_of_visit(problem, visit), "" if worker is None else name_of_worker(worker))
    said = violation_text(texts.language, problem, violation)
    return " · ".join(part for part in (texts.of("rule", violation.rule), *names, said) if part)


def _begun_text(texts: Texts, begun: Begun) -> str:
    return texts.text("move.away" if begun.is_away else "move.begun", who=begun.who, time=begun.at)


def _news(setting: Setting, trial: Trial) -> Iterator[str]:
    """Who is served otherwise, and how."""
    rows = setting.day.row_by_visit_id
    for change in trial.diff.visits:
        before, after = change.before, change.after
        times = [setting.clock(service.start_s) if service else "—" for service in (before, after)]
        row = rows[change.visit_id]
        if change.is_news or times[0] != times[1]:
            yield f"{row.who} · {row.service} {times[0]} → {times[1]}"
