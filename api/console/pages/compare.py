"""Two plans side by side: figures, the map of what changes, and who must be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool
from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from api.console.access import Visitor
from api.console.comparison import Change, changes_of, figure_lines, places_of, workers_told
from api.console.day import Choice, Day
from api.console.days import Sight, Sights
from api.console.dispatching import publish, published_day
from api.console.frame import NUM_PLANS, frame, plan_title, say_fault
from api.console.pages.making import show_making
from api.console.pages.today import plan_or_none
from api.console.texts import TEXTS, Texts
from api.console.widgets.elements import PlanMap
from api.console.widgets.grid import PickGrid
from api.console.widgets.panels import panel_behind
from api.plan_views import diff_of
from api.store.records import PlanRecord, Role
from optimizer.plan import SolveStatus
from optimizer.redispatch.diff import PlanDiff

_POLL_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The plan looked at, the one it is compared with, and the way from that to this."""

    after: Sight
    before: Sight
    diff: PlanDiff


async def build(visitor: Visitor, sights: Sights, plan: str = "", against: str = "") -> None:
    """The comparison of `plan` with `against`, or with its parent, or with the plan before it."""
    record = plan_or_none(visitor, plan) if plan else None
    other = _other(visitor, record, against)
    query = f"?plan={plan}&against={against}" if against else f"?plan={plan}"
    with frame(visitor, "compare", f"/console/compare{query}", record):
        if record is None:
            ui.label(visitor.texts["not_found" if plan else "no_plans"]).classes("yz-empty")
        elif not record.state.is_final:
            _wait_for(visitor, record)
        elif record.status is None:
            await show_making(visitor, record)
        elif other is None:
            ui.label(visitor.texts["compare.alone"]).classes("yz-empty")
        else:
            await _show(visitor, sights, record, other)


def _other(visitor: Visitor, record: PlanRecord | None, against: str) -> PlanRecord | None:
    if record is None:
        return None
    wanted = against or record.parent_id
    if wanted:
        return plan_or_none(visitor, wanted)
    finished = (each for each in visitor.store.plans(before=None, limit=NUM_PLANS) if each.status is not None)
    return next((each for each in finished if each.plan_id != record.plan_id), None)


def _wait_for(visitor: Visitor, record: PlanRecord) -> None:
    """Say that the plan is being made, and come again when it is."""
    with ui.row().classes("yz-empty"):
        ui.spinner()
        ui.label(visitor.texts["compare.making"])

    async def look() -> None:
        if (await run_in_threadpool(visitor.store.plan, record.plan_id)).state.is_final:
            timer.deactivate()
            ui.navigate.reload()

    timer = ui.timer(_POLL_S, look)


async def _show(visitor: Visitor, sights: Sights, record: PlanRecord, other: PlanRecord) -> None:
    def load() -> _Pair:
        after, before = sights.get(visitor, record.plan_id), sights.get(visitor, other.plan_id)
        after.measure()
        before.measure()
        return _Pair(after=after, before=before, diff=diff_of(visitor.store, visitor.service, record, other))

    try:
        pair = await run_in_threadpool(load)
    except Exception as error:  # whatever it is, the visitor is told
        say_fault(visitor.texts, error)
        return
    _Comparison(visitor, pair).build()


class _Comparison:
    """One visitor comparing two plans."""

    def __init__(self, visitor: Visitor, pair: _Pair) -> None:
        self.visitor, self.texts, self.pair = visitor, visitor.texts, pair
        self.changes = changes_of(self.texts, pair.after.day, pair.before.day, pair.diff)
        self.seen = published_day(visitor, pair.after.day.record)

    @property
    def day(self) -> Day:
        """The plan looked at."""
        return self.pair.after.day

    def build(self) -> None:
        with ui.row(wrap=False).classes("yz-compare-head"):
            self._choice("compare.before", self.pair.before.day.record, is_plan=False)
            ui.icon("arrow_forward").props("aria-hidden=true")
            self._choice("compare.after", self.day.record, is_plan=True)
            ui.label(self.day.record.reason).classes("yz-soft yz-cut")
            ui.space()
            self._acceptance()
        with ui.element("div").classes("yz-compare-board"):
            with ui.element("section").classes("yz-panel yz-scroll"):
                self._figures()
            with ui.element("section").classes("yz-panel"):
                self._map()
            with ui.element("section").classes("yz-panel yz-changes-panel"):
                self._changes()

    def _choice(self, label: str, record: PlanRecord, *, is_plan: bool) -> None:
        plans = [each for each in self.visitor.store.plans(before=None, limit=NUM_PLANS) if each.status is not None]
        options = {each.plan_id: plan_title(self.texts, each) for each in plans}
        options.setdefault(record.plan_id, plan_title(self.texts, record))
        mine, other = self.day.record.plan_id, self.pair.before.day.record.plan_id

        def choose(event: ValueChangeEventArguments[str | None]) -> None:
            plan, against = (event.value, other) if is_plan else (mine, event.value)
            ui.navigate.to(f"/compare?plan={plan}&against={against}")

        select = ui.select(options, value=record.plan_id, label=self.texts[label], on_change=choose)
        select.props("dense outlined options-dense").classes("yz-compare-choice")

    def _acceptance(self) -> None:
        record = self.day.record
        if self.seen is not None and self.seen.plan_id == record.plan_id:
            ui.label(f"★ {self.texts['accepted']}").classes("yz-chip yz-strong")
            return
        button = (
            ui.button(self.texts["compare.accept"], icon="check", on_click=self._accept).props("no-caps").mark("accept")
        )
        if not self.visitor.may(Role.DISPATCHER) or record.status == SolveStatus.INVALID:
            button.disable()

    async def _accept(self) -> None:
        record = self.day.record
        try:
            await run_in_threadpool(publish, self.visitor, record, record.reason, self.seen)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return
        ui.navigate.to(f"/plans/{self.day.record.plan_id}")

    def _figures(self) -> None:
        with ui.element("table").classes("yz-table"):
            with ui.element("thead"), ui.element("tr"):
                for key in ("compare.figure", "compare.before", "compare.after", "compare.change"):
                    with ui.element("th").props("scope=col"):
                        ui.label(self.texts[key])
            with ui.element("tbody"):
                for line in figure_lines(self.texts, self.pair.before.day.measured_plan, self.day.measured_plan):
                    with ui.element("tr"):
                        for text in (line.name, line.before, line.after):
                            with ui.element("td"):
                                ui.label(text)
                        with ui.element("td").classes({True: "yz-better", False: "yz-worse", None: ""}[line.is_better]):
                            ui.label(line.change)

    def _map(self) -> None:
        with ui.row(wrap=False).classes("yz-tools"):
            for kind in ("added", "dropped", "reassigned", "moved"):
                ui.label(f"{_SIGNS[kind]} {self.texts[f'change.{kind}']}").classes(f"yz-legend yz-change-{kind}")
            ui.space()
            ui.label(self.texts["compare.dashed"]).classes("yz-soft yz-small")
        words = {key: self.texts[key] for key in TEXTS if key.startswith(("state.", "change."))}
        words |= {f"group.{group}": self.texts.of("group", group) for group in self.day.groups}
        self.map = PlanMap(
            self.day.record.plan_id,
            0,
            words,
            tiles=self.visitor.service.settings.tile_url,
            changes=places_of(self.changes),
            against=self.pair.before.day.record.plan_id,
            changedWorkers=list(self.pair.diff.worker_ids),
        )
        self.map.on_pick(self._pick)

    def _pick(self, kind: Choice | None, name: str) -> None:
        """Bring what was clicked on the map into view in the list."""
        chosen = next((change for change in self.changes if name in {change.elder_id, change.visit_id}), None)
        if chosen is not None:
            self.grid.light([chosen.visit_id])

    def _changes(self) -> None:
        told = workers_told(self.texts, self.day, self.pair.before.day, self.pair.diff)
        calls = [change for change in self.changes if change.is_news]
        with ui.tabs().props("dense no-caps align=left").classes("yz-tabs") as tabs:
            ui.tab("visits", label=f"{self.texts['compare.visits']} {len(self.changes)}")
            ui.tab("elders", label=f"{self.texts['compare.elders']} {len(self.pair.diff.elder_ids)}")
            ui.tab("workers", label=f"{self.texts['compare.workers']} {len(told)}")
        tabs.set_value("visits")
        with panel_behind(tabs, "visits"):
            if not self.changes:
                ui.label(self.texts["compare.same"]).classes("yz-soft")
            self.grid = _grid(self.visitor, self.changes)
        with panel_behind(tabs, "elders"):
            _call_list(self.texts, [(each.who, each.phone, f"{each.before} → {each.after}") for each in calls])
        with panel_behind(tabs, "workers"):
            _call_list(self.texts, told)


_WIDTHS = {"who": 90, "service": 90, "what": 150, "before": 180, "after": 180}
_SIGNS = {"added": "◆", "dropped": "✕", "reassigned": "▲", "moved": "●"}


def _grid(visitor: Visitor, changes: Sequence[Change]) -> PickGrid:
    columns = {field: (visitor.texts[f"compare_column.{field}"], width) for field, width in _WIDTHS.items()}
    rows = [
        {
            "id": each.visit_id,
            "who": each.who,
            "service": each.service,
            "what": f"{_SIGNS[each.kind]} {visitor.texts.of('change', each.kind)}",
            "code": each.kind,
            "before": each.before,
            "after": each.after,
        }
        for each in changes
    ]
    return PickGrid(visitor.look, columns, rows, tones={"what": "yz-change-"})


def _call_list(texts: Texts, lines: Sequence[tuple[str, str, str]]) -> None:
    """Whom to call, at which number, and what to say; printed as it stands."""
    if not lines:
        ui.label(texts["compare.nobody"]).classes("yz-soft")
        return
    ui.button(texts["compare.print"], icon="print", on_click=lambda: ui.run_javascript("window.print()")).props(
        "flat dense no-caps"
    ).classes("yz-no-print")
    with ui.element("table").classes("yz-table yz-calls"), ui.element("tbody"):
        for line in lines:
            with ui.element("tr"):
                with ui.element("td"):
                    ui.label("☐")
                for text in line:
                    with ui.element("td"):
                        ui.label(text)
