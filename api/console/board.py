"""The board of a day: figures, map, time line, list, alerts and details, all of which follow one selection.

What changes with the version of the plan is replaced in place: streets, zoom, tab and selection stay.
"""

from __future__ import annotations

import asyncio
import datetime as dt

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import HOME
from api.console.alerts import show_alerts
from api.console.changing.fields import Setting
from api.console.changing.panel import ChangePanel
from api.console.changing.words import step_lines
from api.console.clock import ClockBar
from api.console.day import Choice, Day, Spotlight, VisitState, spotlight_of
from api.console.days import Sights
from api.console.details import show_choice
from api.console.dispatching import published_day
from api.console.frame import Frame, say_fault
from api.console.layers import hours_of
from api.console.targets import NUM_CARDS, NUM_LARGE_CARDS, cards_of
from api.console.texts import TEXTS
from api.console.visit_list import VisitList
from api.console.widgets.cards import show_cards
from api.console.widgets.elements import Drop, PlanMap, TimeLine
from api.console.widgets.panels import panel_behind
from optimizer.formats.stop_facts import date_of
from optimizer.problem import Location

_TABS = ("alerts", "list", "details", "change")
_LAYERS = ("streets", "routes", "elders", "stations", "workers")
_FOLLOW_S = 0.25
_BEAT_S = 0.01


class Board:
    """One visitor's view of one day of a plan, and of the versions that come after it."""

    def __init__(
        self, frame: Frame, sights: Sights, day: Day, *, number: int = 0, visit_id: str = "", tab: str = ""
    ) -> None:
        self.frame, self.sights, self.day = frame, sights, day
        self.visitor, self.texts = frame.visitor, frame.texts
        self.visit_id, self.first_tab = visit_id, tab
        self.number = min(max(number, 0), day.problem.horizon.num_days - 1)
        self.chosen: tuple[Choice, str] | None = None

    def build(self) -> None:
        """Build everything and connect it; the plan is measured before."""
        self.cards = ui.element("div")
        with ui.element("div").classes("yz-board") as self.parts:
            with ui.element("section").classes("yz-panel yz-map-panel").props(_label(self.texts["today.map"])):
                self._map_tools()
                tiles = self.visitor.service.settings.tile_url
                self.map = PlanMap(self.day.record.plan_id, self.number, self._words(), tiles=tiles)
            with ui.element("section").classes("yz-panel yz-side-panel"):
                self._side()
            self._show_plan()
            with ui.element("section").classes("yz-panel yz-time-panel").props(_label(self.texts["today.time_line"])):
                self._time_line()
        self._bring_up()
        self._show_cards()
        self.num_ready = 0
        for drawing in (self.map, self.time_line):
            drawing.on_pick(self.pick)
            drawing.on("ready", self._drawn)
        self.map.on_ground(self._put)
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
        try:
            sight = await run_in_threadpool(self.sights.ready, self.visitor, plan_id)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return
        self.day = sight.day
        first_s, last_s = hours_of(self.day, self.number)
        self.map.show_plan(plan_id)
        self.map.ask_place(False)
        self.time_line.show_plan(plan_id, **{"from": first_s, "to": last_s})
        await asyncio.sleep(_BEAT_S)  # browsers begin to draw
        self._show_plan()
        self.time_line.let_move(self.panel.can_move)
        self.clock.show_hours(first_s, last_s)
        if visit_id:
            self.pick(Choice.VISIT, visit_id)
        else:
            self._choose_again()
        here = f"{HOME}/plans/{plan_id}?day={self.number}&tab={self.tabs.value}"
        ui.navigate.history.replace(here)
        self.frame.show(self.day.record, here)
        await run_in_threadpool(self.day.measure)
        self._show_cards()

    def _choose_again(self) -> None:
        """Let what was chosen before stand out in the version that is shown now, as far as it is there."""
        spotlight = Spotlight() if self.chosen is None else spotlight_of(self.day, *self.chosen)
        self.chosen = None if spotlight == Spotlight() else self.chosen
        self._show_spotlight(spotlight)
        self._show_details()

    def _show_spotlight(self, spotlight: Spotlight) -> None:
        self.map.light(spotlight)
        self.time_line.light(spotlight)
        self.list.light(spotlight.visit_ids)

    async def _follow(self) -> None:
        """Go on with the day where somebody else has changed it."""
        current = await run_in_threadpool(published_day, self.visitor, self.day.record)
        panel = self.panel
        if current is None or panel.is_sending or (panel.seen is not None and panel.seen.step >= current.step):
            return
        if not panel.is_in_force:
            if not panel.is_occupied:
                self._show_panel()
        elif panel.is_occupied:
            panel.say_overtaken(current)
        else:
            await self._show_version(current.plan_id)
            lines = [line for step in self.panel.steps[:1] for line in step_lines(self.visitor, self.day, step)]
            ui.notify(" · ".join([self.texts["publish.went_on"], *lines]), type="info", timeout=8000)

    def _fit(self) -> None:
        self.map.fit()

    def _put(self, place: Location) -> None:
        """Let whatever form is open take a place that was clicked."""
        self.panel.put(place)

    def _move(self, drop: Drop) -> None:
        """Ask about a visit that was dragged somewhere else."""
        self.pick(Choice.VISIT, drop.visit_id)
        self.panel.move(drop.visit_id, drop)

    def _show_plan(self) -> None:
        """Show what belongs to the present version, beside the drawings."""
        rows = [row for row in self.day.rows if row.day == self.number]
        alerts = [row for row in self.day.alerts if row.day == self.number]
        self.legend.clear()
        with self.legend:
            self._legend({state: sum(row.state is state for row in rows) for state in VisitState})
        self.alerts_tab.set_label(f"{self.texts['today.alerts']} {len(alerts) or ''}")
        self.list_tab.set_label(f"{self.texts['today.table']} {len(rows)}")
        if self.tabs.value is None:
            first = "alerts" if alerts else "list"
            self.tabs.set_value(self.first_tab if self.first_tab in _TABS else first)
        self.alerts.clear()
        with self.alerts:
            show_alerts(self.texts, self.day, self.number, alerts, self.pick)
        self.list.show(self.day, self.number, rows)
        self._show_panel()

    def _show_cards(self) -> None:
        num_cards = NUM_LARGE_CARDS if self.visitor.look.is_large else NUM_CARDS
        self.cards.clear()
        with self.cards:
            show_cards(self.texts, cards_of(self.texts, self.day.measured_plan, num_cards))

    def _show_panel(self) -> None:
        self.changes.clear()
        with self.changes:
            self.panel = ChangePanel(self.visitor, self._setting(), self._light, self._show_change, self.go_on)
            self.panel.build()

    def _show_details(self) -> None:
        self.details.clear()
        with self.details:
            if self.chosen is None:
                ui.label(self.texts["today.nothing"]).classes("yz-soft")
                return
            self.panel.actions(*self.chosen)
            show_choice(self.texts, self.day, *self.chosen, self.pick)

    def _words(self) -> dict[str, str]:
        """What the drawings say."""
        kept = {key: self.texts[key] for key in TEXTS if key.split(".")[0] in {"state", "bar"}}
        return {**kept, **{f"group.{group}": self.texts.of("group", group) for group in self.day.groups}}

    def _map_tools(self) -> None:
        with ui.row(wrap=False).classes("yz-tools"):
            self._day_choice()
            with ui.button(self.texts["today.layers"], icon="layers").props("flat dense no-caps"), ui.menu():
                for layer in _LAYERS:
                    box = ui.checkbox(self.texts[f"layer.{layer}"], value=True)
                    box.on_value_change(lambda event, layer=layer: self.map.show_layer(layer, event.value))
            groups = {"": self.texts["group.any"]}
            groups |= {str(group): self.texts.of("group", group) for group in self.day.groups}
            choice = ui.select(groups, value="").props("dense borderless options-dense").classes("yz-group-choice")
            choice.props(_label(self.texts["layer.groups"]))
            choice.on_value_change(lambda event: self.map.show_group(event.value))
            fit = ui.button(self.texts["today.fit"], icon="fit_screen", on_click=self._fit)
            fit.props("flat dense no-caps")
            ui.space()
            self.legend = ui.row().classes("yz-legends")

    def _day_choice(self) -> None:
        num_days = self.day.problem.horizon.num_days
        if num_days == 1:
            return
        dates = {number: f"{date_of(self.day.problem, number):%m-%d}" for number in range(num_days)}
        choice = ui.select(dates, value=self.number, label=self.texts["today.day"])
        choice.props("dense outlined options-dense")
        choice.on_value_change(lambda event: ui.navigate.to(f"/plans/{self.day.record.plan_id}?day={event.value}"))

    def _legend(self, counts: dict[VisitState, int]) -> None:
        for state, number in counts.items():
            if number or state is VisitState.SERVED:
                text = f"{state.sign} {self.texts.of('state', state)} {number}"
                ui.label(text).classes(f"yz-legend yz-state-{state}")

    def _side(self) -> None:
        with ui.tabs().props("dense no-caps align=left inline-label").classes("yz-tabs") as self.tabs:
            self.alerts_tab = ui.tab("alerts")
            self.list_tab = ui.tab("list")
            ui.tab("details", label=self.texts["today.details"])
            ui.tab("change", label=self.texts["today.change"]).mark("tab-change")
        self.tabs.on_value_change(self._bring_up)
        with panel_behind(self.tabs, "alerts") as self.alerts:
            pass
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
        seen = published_day(self.visitor, self.day.record)
        now_s = max(self._now_s(*hours_of(self.day, self.number)), 0 if seen is None else seen.now_s)
        return Setting(
            texts=self.texts,
            day=self.day,
            number=self.number,
            now_s=-(-now_s // 60) * 60,
            seen=seen,
            ask_place=self.map.ask_place,
            show_place=self.map.show_place,
        )

    def _bring_up(self) -> None:
        """Give the forms of changes more of the screen than the time line, and show where in the list the chosen is."""
        is_changing = self.tabs.value == "change"
        self.parts.classes(add="yz-changing" if is_changing else "", remove="" if is_changing else "yz-changing")
        if self.tabs.value == "list" and self.chosen is not None:
            self.list.light(spotlight_of(self.day, *self.chosen).visit_ids)

    def _show_change(self) -> None:
        self.tabs.set_value("change")

    def _light(self, kind: Choice, name: str) -> None:
        """Let something stand out without choosing it."""
        spotlight = spotlight_of(self.day, kind, name)
        self.map.light(spotlight)
        self.time_line.light(spotlight)

    def _time_line(self) -> None:
        first_s, last_s = hours_of(self.day, self.number)
        with ui.row(wrap=False).classes("yz-tools"):
            self.clock = ClockBar(self.texts, first_s, last_s, self.number, self._show_time)
            self.clock.now_s = self._now_s(first_s, last_s)
            self.clock.build()
            ui.space()
            for kind in ("travel", "wait", "load", "break", "link"):
                ui.label(self.texts[f"bar.{kind}"]).classes(f"yz-legend yz-bar-{kind}")
            bigger = ui.button(icon="unfold_more").props("flat dense round")
            bigger.props(_label(self.texts["today.bigger"])).tooltip(self.texts["today.bigger"])
            bigger.on_click(lambda: self.parts.classes(toggle="yz-tall"))
        props = {"from": first_s, "to": last_s, "large": self.visitor.look.is_large}
        props["movable"] = self.panel.can_move
        self.time_line = TimeLine(self.day.record.plan_id, self.number, self._words(), **props)

    def _show_time(self, time_s: int, speed: int) -> None:
        self.map.show_time(time_s, speed)
        self.time_line.show_time(time_s, speed)

    def _now_s(self, first_s: int, last_s: int) -> int:
        """The time of day now if the plan is today's, else its beginning."""
        now = dt.datetime.now()  # the wall clock of the dispatcher's own town
        horizon = self.day.problem.horizon
        begin = dt.datetime.combine(horizon.first_date, dt.time())
        now_s = int((now - begin).total_seconds())
        return now_s if first_s <= now_s <= last_s else first_s


def _label(text: str) -> str:
    return f'aria-label="{text}"'
