"""The board of a day: figures, map, time line, list, alerts and details, all of which follow one selection.

What changes with the version of the plan is replaced in place: streets, zoom, tab and selection stay.
"""

from __future__ import annotations

import asyncio

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import HOME
from api.console.alerts import alert_items
from api.console.changes import Changes
from api.console.changing.fields import Setting
from api.console.changing.panel import ChangePanel
from api.console.changing.pending import pending_visit_ids
from api.console.changing.words import step_lines
from api.console.day import Choice, Day, Spotlight, VisitState, spotlight_of
from api.console.days import Sight, Sights
from api.console.details import show_choice
from api.console.dispatching import Standing, standing_of
from api.console.following import Follower
from api.console.frame import Frame, say_fault
from api.console.layers import hours_of
from api.console.map_panel import MapPanel
from api.console.targets import NUM_CARDS, NUM_LARGE_CARDS, cards_of
from api.console.time_panel import TimePanel, now_s_of
from api.console.visit_list import VisitList
from api.console.widgets.cards import show_cards
from api.console.widgets.elements import AlertList, Drop, MapDrop
from api.console.widgets.panels import panel_behind
from optimizer.problem import Location
from optimizer.redispatch.events import Event

_TABS = ("alerts", "list", "details", "change")
_FOLLOW_S = 0.1
_BEAT_S = 0.01


class Board:
    """One visitor's view of one day of a plan, and of the versions that come after it."""

    def __init__(
        self,
        frame: Frame,
        sights: Sights,
        sight: Sight,
        standing: Standing,
        *,
        number: int = 0,
        visit_id: str = "",
        tab: str = "",
    ) -> None:
        self.frame, self.sights, self.sight, self.standing = frame, sights, sight, standing
        self.visitor, self.texts = frame.visitor, frame.texts
        self.visit_id, self.first_tab = visit_id, tab
        self.number = min(max(number, 0), self.day.problem.horizon.num_days - 1)
        self.follower = Follower(self.visitor, sight.day.record)
        self.chosen: tuple[Choice, str] | None = None
        self.spotlight = Spotlight()

    @property
    def day(self) -> Day:
        """The version that is shown."""
        return self.sight.day

    def build(self) -> None:
        """Build everything and connect it; the plan is measured before."""
        self.client = ui.context.client
        self.cards = ui.element("div")
        with ui.element("div").classes("yz-board") as self.parts:
            tiles = self.visitor.service.settings.tile_url
            self.map_panel = MapPanel(self.texts, self.day, self.number, tiles=tiles)
            self.map_panel.build()
            self.map = self.map_panel.map
            with ui.element("section").classes("yz-panel yz-side-panel"):
                self._side()
            is_large = self.visitor.look.is_large
            time_panel = TimePanel(self.texts, self.day, self.number, self._show_time, is_large=is_large)
            self.list.show(self.day, self.number)
            self._show_standing()
            time_panel.build(is_movable=self.panel.can_move, enlarge=self._enlarge)
        self.time_line, self.clock = time_panel.time_line, time_panel.clock
        self.map.let_move(self.panel.can_move)
        self._bring_up()
        self._show_cards()
        self._connect()

    def _connect(self) -> None:
        self.num_ready = 0
        for drawing in (self.map, self.time_line):
            drawing.on_pick(self.pick)
            drawing.on("ready", self._drawn)
        self.map.on_ground(self._put)
        self.map.on_drop(self._move_on_map)
        self.time_line.on_drop(self._move)
        ui.timer(_FOLLOW_S, self._follow, immediate=False)

    def _drawn(self) -> None:
        """Tell the drawings what they cannot know, once both are there."""
        self.num_ready += 1
        if self.num_ready == 2:
            self.clock.tell()
            if self.visit_id:
                self.pick(Choice.VISIT, self.visit_id)

    def pick(self, kind: Choice | None, name: str) -> None:
        """Choose something, wherever it was clicked; None clears the selection."""
        spotlight = Spotlight() if kind is None else spotlight_of(self.day, kind, name)
        is_found = kind is not None and spotlight != Spotlight()
        self.chosen = (kind, name) if kind is not None and is_found else None
        self._show_spotlight(spotlight)
        self._show_details()
        if self.chosen is not None and not (self.tabs.value == "change" and self.panel.take(*self.chosen)):
            self.tabs.set_value("details")

    async def go_on(self, plan_id: str, visit_id: str = "") -> None:
        """Show the version that the visitor's own change has made, and begin there by keyboard, too."""
        with self.parts:
            await self._show_version(plan_id, visit_id)
            ui.run_javascript("document.querySelector('.yz-change')?.focus()")

    async def _show_version(self, plan_id: str, visit_id: str = "") -> None:
        """Show another version of the plan in place of this one."""

        def load() -> tuple[Sight, Changes, Standing]:
            sight = self.sights.ready(self.visitor, plan_id, self.sight)
            return sight, sight.changes_from(self.sight), standing_of(self.visitor, sight.day.record)

        try:
            self.sight, changes, self.standing = await run_in_threadpool(load)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return
        self._draw(changes)
        await asyncio.sleep(_BEAT_S)  # browsers begin to draw
        self._show_standing()
        for drawing in (self.map, self.time_line):
            drawing.let_move(self.panel.can_move)
        if visit_id:
            self.pick(Choice.VISIT, visit_id)
        else:
            self._choose_again()
        here = f"{HOME}/plans/{plan_id}?day={self.number}&tab={self.tabs.value}"
        ui.navigate.history.replace(here)
        await run_in_threadpool(self.sight.measure)
        self._show_cards()
        await run_in_threadpool(self.frame.look_up)
        self.frame.show(self.day.record, here)

    def _draw(self, changes: Changes) -> None:
        """Let drawings and list go on to the version that is shown now."""
        plan_id, span = self.day.record.plan_id, hours_of(self.day, self.number)
        self.map.change(plan_id, changes.before_id, changes.map)
        self.map.ask_place(False)
        self.time_line.change(plan_id, changes.before_id, {**changes.time_line, "span": span})
        self.clock.show_hours(*span)
        self.list.change(self.day, self.number, changes)

    def _choose_again(self) -> None:
        """Let what was chosen before stand out in the version that is shown now, as far as it is there."""
        spotlight = Spotlight() if self.chosen is None else spotlight_of(self.day, *self.chosen)
        self.chosen = None if spotlight == Spotlight() else self.chosen
        self._show_spotlight(spotlight)
        self._show_details()

    def _show_spotlight(self, spotlight: Spotlight) -> None:
        if spotlight == self.spotlight == Spotlight():
            return
        self.spotlight = spotlight
        self.map.light(spotlight)
        self.time_line.light(spotlight)
        self.list.light(spotlight.visit_ids)

    async def _follow(self) -> None:
        """Go on with the day where somebody else has changed it."""
        panel = self.panel
        if panel.is_sending or not self.client.has_socket_connection:
            return
        current = await self.follower.gone_on(0 if panel.seen is None else panel.seen.step)
        if current is None or panel is not self.panel or panel.is_sending:
            return
        if panel.is_in_force and panel.is_occupied:
            panel.say_overtaken(current)
        elif panel.is_in_force:
            await self._show_version(current.plan_id)
            lines = [line for step in self.standing.steps[:1] for line in step_lines(self.visitor, self.day, step)]
            ui.notify(" · ".join([self.texts["publish.went_on"], *lines]), type="info", timeout=8000)
        elif not panel.is_occupied:
            self.standing = await run_in_threadpool(standing_of, self.visitor, self.day.record)
            self._show_panel()

    def _put(self, place: Location) -> None:
        """Let whatever form is open take a place that was clicked."""
        self.panel.put(place)

    def _move(self, drop: Drop) -> None:
        """Ask about a visit that was dragged somewhere else."""
        self.pick(Choice.VISIT, drop.visit_id)
        self.panel.move(drop.visit_id, drop)

    def _move_on_map(self, drop: MapDrop) -> None:
        """Ask about a visit whose place was dragged onto a route: the chosen one, where there are several."""
        visit_ids = self._visit_ids_at(drop.kind, drop.name)
        if self.chosen is not None and self.chosen[1] in visit_ids:
            visit_ids = [self.chosen[1]]
        if len(visit_ids) == 1:
            self._move(Drop(visit_id=visit_ids[0], from_id="", to_id=drop.to_id, time_s=drop.time_s))
        else:
            self.pick(drop.kind, drop.name)
            ui.notify(self.texts.text("move.which", count=len(visit_ids)), type="info")

    def _visit_ids_at(self, kind: Choice, name: str) -> list[str]:
        """The visits of this day at an elder's home, or the one at a place of its own."""
        visit_ids = self.day.visit_ids_by_elder_id.get(name, ()) if kind is Choice.ELDER else (name,)
        rows = (self.day.row_by_visit_id[visit_id] for visit_id in visit_ids)
        return [row.visit_id for row in rows if row.day == self.number]

    def _show_standing(self) -> None:
        """Show how the present version stands, beside drawings and list."""
        rows = [row for row in self.day.rows if row.day == self.number]
        alerts = [row for row in self.day.alerts if row.day == self.number]
        self.map_panel.show_counts({state: sum(row.state is state for row in rows) for state in VisitState})
        self.alerts_tab.set_label(f"{self.texts['today.alerts']} {len(alerts) or ''}")
        self.list_tab.set_label(f"{self.texts['today.table']} {len(rows)}")
        if self.tabs.value is None:
            first = "alerts" if alerts else "list"
            self.tabs.set_value(self.first_tab if self.first_tab in _TABS else first)
        self.alerts.show(*alert_items(self.texts, self.day, self.number, alerts))
        self._show_panel()

    def _show_cards(self) -> None:
        num_cards = NUM_LARGE_CARDS if self.visitor.look.is_large else NUM_CARDS
        self.cards.clear()
        with self.cards.props(f'data-plan="{self.day.record.plan_id}"'):
            show_cards(self.texts, cards_of(self.texts, self.day.measured_plan, num_cards))

    def _show_panel(self) -> None:
        self.changes.clear()
        with self.changes:
            self.panel = ChangePanel(
                self.visitor,
                self._setting(),
                light=self._light,
                show=self._show_change,
                go_on=self.go_on,
                pend=self._pend,
            )
            self.panel.build()

    def _show_details(self) -> None:
        self.details.clear()
        with self.details:
            if self.chosen is None:
                ui.label(self.texts["today.nothing"]).classes("yz-soft")
                return
            show_choice(self.texts, self.day, *self.chosen, self.pick, actions=self.panel.actions)

    def _side(self) -> None:
        with ui.tabs().props("dense no-caps align=left inline-label").classes("yz-tabs") as self.tabs:
            self.alerts_tab = ui.tab("alerts")
            self.list_tab = ui.tab("list")
            ui.tab("details", label=self.texts["today.details"])
            ui.tab("change", label=self.texts["today.change"]).mark("tab-change")
        self.tabs.on_value_change(self._bring_up)
        with panel_behind(self.tabs, "alerts"):
            self.alerts = AlertList(self.texts["alert.none"])
            self.alerts.on_pick(self.pick)
        with panel_behind(self.tabs, "list"):
            self.list = VisitList(self.texts, self.visitor.look, lambda visit_id: self.pick(Choice.VISIT, visit_id))
        with panel_behind(self.tabs, "details"):
            self.details = ui.column().classes("yz-details")
        with self.details:
            ui.label(self.texts["today.nothing"]).classes("yz-soft")
        with panel_behind(self.tabs, "change") as self.changes:
            pass

    def _setting(self) -> Setting:
        """What the forms of changes are about."""
        seen = self.standing.seen
        now_s = max(now_s_of(self.day, self.number), 0 if seen is None else seen.now_s)
        return Setting(
            texts=self.texts,
            day=self.day,
            number=self.number,
            now_s=-(-now_s // 60) * 60,
            standing=self.standing,
            ask_place=self.map.ask_place,
            show_place=self.map.show_place,
        )

    def _bring_up(self) -> None:
        """Give the forms of changes more of the screen than the time line, and show where in the list the chosen is."""
        look = {"change": "yz-changing", "details": "yz-detailed"}.get(self.tabs.value or "", "")
        self.parts.classes(remove="yz-changing yz-detailed").classes(look)
        if self.tabs.value == "list" and self.chosen is not None:
            self.list.light(spotlight_of(self.day, *self.chosen).visit_ids)

    def _enlarge(self) -> None:
        self.parts.classes(toggle="yz-tall")

    def _show_change(self) -> None:
        self.tabs.set_value("change")

    def _light(self, kind: Choice, name: str) -> None:
        """Let something stand out without choosing it."""
        self.spotlight = spotlight_of(self.day, kind, name)
        self.map.light(self.spotlight)
        self.time_line.light(self.spotlight)

    def _pend(self, event: Event | None) -> None:
        """Show at once what an event is about; what comes of it is shown when it is there."""
        self.time_line.pend(() if event is None else pending_visit_ids(self.day, event))

    def _show_time(self, time_s: int, speed: int) -> None:
        self.map.show_time(time_s, speed)
        self.time_line.show_time(time_s, speed)
