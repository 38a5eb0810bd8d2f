"""The board of a day: figures, map, time line, list, alerts and details, all of which follow one selection."""

from __future__ import annotations

import datetime as dt
from typing import Any

from nicegui import ui

from api.console.access import Visitor
from api.console.changing.fields import Setting
from api.console.changing.panel import ChangePanel
from api.console.clock import ClockBar
from api.console.day import Choice, Day, Spotlight, VisitRow, VisitState, spotlight_of
from api.console.details import show_choice
from api.console.dispatching import published_day
from api.console.finding import keys_of_elder, keys_of_name
from api.console.layers import hours_of
from api.console.targets import NUM_CARDS, NUM_LARGE_CARDS, cards_of
from api.console.texts import TEXTS
from api.console.widgets.cards import show_cards
from api.console.widgets.elements import PlanMap, TimeLine
from api.console.widgets.grid import PickGrid
from api.console.widgets.panels import panel_behind
from optimizer.formats.stop_facts import clock_on, date_of

NUM_ALERTS = 60
"""So many alerts are listed; the list has them all."""
STATE_SIGNS = {VisitState.SERVED: "●", VisitState.RISK: "◆", VisitState.LATE: "▲", VisitState.UNASSIGNED: "✕"}
"""The shapes of the states on the map, as signs."""
_WIDTHS = {
    "time": 58,
    "who": 78,
    "service": 78,
    "worker": 84,
    "state": 92,
    "window": 98,
    "priority": 52,
    "community": 110,
}
_TABS = ("alerts", "list", "details", "change")
_LAYERS = ("streets", "routes", "elders", "stations", "workers")


class Board:
    """One visitor's view of one day of a plan."""

    def __init__(self, visitor: Visitor, day: Day, number: int, visit_id: str = "", tab: str = "") -> None:
        self.visitor, self.texts, self.day = visitor, visitor.texts, day
        self.visit_id, self.first_tab = visit_id, tab
        self.number = min(max(number, 0), day.problem.horizon.num_days - 1)
        self.rows = [row for row in day.rows if row.day == self.number]
        self.alerts = [row for row in day.alerts if row.day == self.number]

    def build(self) -> None:
        """Build everything and connect it."""
        self._cards()
        room = "yz-changing" if self.first_tab == "change" else ""
        with ui.element("div").classes(f"yz-board {room}") as self.frame:
            with ui.element("section").classes("yz-panel yz-map-panel").props(_label(self.texts["today.map"])):
                self._map_tools()
                self.map = PlanMap(
                    self.day.record.plan_id, self.number, self._words(), tiles=self.visitor.service.settings.tile_url
                )
            with ui.element("section").classes("yz-panel yz-side-panel"):
                self._side()
            with ui.element("section").classes("yz-panel yz-time-panel").props(_label(self.texts["today.time_line"])):
                self._time_line()
        self.num_ready = 0
        for drawing in (self.map, self.time_line):
            drawing.on_pick(self.pick)
            drawing.on("ready", self._drawn)
        self.map.on_ground(self.panel.put)

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
        self.map.light(spotlight)
        self.time_line.light(spotlight)
        self.grid.light(spotlight.visit_ids)
        self.chosen.clear()
        with self.chosen:
            if kind is None or spotlight == Spotlight():
                ui.label(self.texts["today.nothing"]).classes("yz-soft")
            else:
                self.panel.actions(kind, name)
                show_choice(self.texts, self.day, kind, name, self.pick)
                if not (self.tabs.value == "change" and self.panel.take(kind, name)):
                    self.tabs.set_value("details")

    def _words(self) -> dict[str, str]:
        """What the drawings say."""
        kept = {key: self.texts[key] for key in TEXTS if key.split(".")[0] in {"state", "bar"}}
        return {**kept, **{f"group.{group}": self.texts.of("group", group) for group in self.day.groups}}

    def _cards(self) -> None:
        num_cards = NUM_LARGE_CARDS if self.visitor.look.is_large else NUM_CARDS
        show_cards(self.texts, cards_of(self.texts, self.day.plan, num_cards))

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
            ui.button(self.texts["today.fit"], icon="fit_screen", on_click=self._fit).props("flat dense no-caps")
            ui.space()
            self._legend()

    def _fit(self) -> None:
        self.map.fit()

    def _day_choice(self) -> None:
        num_days = self.day.problem.horizon.num_days
        if num_days == 1:
            return
        dates = {number: f"{date_of(self.day.problem, number):%m-%d}" for number in range(num_days)}
        choice = ui.select(dates, value=self.number, label=self.texts["today.day"]).props(
            "dense outlined options-dense"
        )
        address = f"/plans/{self.day.record.plan_id}"
        choice.on_value_change(lambda event: ui.navigate.to(f"{address}?day={event.value}"))

    def _legend(self) -> None:
        counts = {state: sum(row.state is state for row in self.rows) for state in VisitState}
        for state, number in counts.items():
            if number or state is VisitState.SERVED:
                text = f"{STATE_SIGNS[state]} {self.texts.of('state', state)} {number}"
                ui.label(text).classes(f"yz-legend yz-state-{state}")

    def _side(self) -> None:
        with ui.tabs().props("dense no-caps align=left inline-label").classes("yz-tabs") as self.tabs:
            ui.tab("alerts", label=f"{self.texts['today.alerts']} {len(self.alerts) or ''}")
            ui.tab("list", label=f"{self.texts['today.table']} {len(self.rows)}")
            ui.tab("details", label=self.texts["today.details"])
            ui.tab("change", label=self.texts["today.change"]).mark("tab-change")
        self.tabs.set_value(self.first_tab if self.first_tab in _TABS else "alerts" if self.alerts else "list")
        self.tabs.on_value_change(self._make_room)
        with panel_behind(self.tabs, "alerts"):
            self._alerts()
        with panel_behind(self.tabs, "list"):
            self._list()
        with panel_behind(self.tabs, "details"):
            self.chosen = ui.column().classes("yz-details")
        with self.chosen:
            ui.label(self.texts["today.nothing"]).classes("yz-soft")
        with panel_behind(self.tabs, "change"):
            self.panel = ChangePanel(self.visitor, self._setting(), self._light, self._show_change)
            self.panel.build()

    def _setting(self) -> Setting:
        """What the forms of changes are about."""
        seen = published_day(self.visitor, self.day.record)
        now_s = max(self._now_s(*hours_of(self.day, self.number)), 0 if seen is None else seen.now_s)
        return Setting(
            texts=self.texts,
            day=self.day,
            number=self.number,
            now_s=-(-now_s // 60) * 60,
            ask_place=self.map.ask_place,
            show_place=self.map.show_place,
        )

    def _make_room(self) -> None:
        """Give the forms of changes more of the screen than the time line."""
        is_changing = self.tabs.value == "change"
        self.frame.classes(add="yz-changing" if is_changing else "", remove="" if is_changing else "yz-changing")

    def _show_change(self) -> None:
        self.tabs.set_value("change")

    def _light(self, kind: Choice, name: str) -> None:
        """Let something stand out without choosing it."""
        spotlight = spotlight_of(self.day, kind, name)
        self.map.light(spotlight)
        self.time_line.light(spotlight)

    def _alerts(self) -> None:
        if not self.alerts:
            ui.label(self.texts["alert.none"]).classes("yz-soft")
        with ui.element("ul").classes("yz-alerts"):
            for row in self.alerts[:NUM_ALERTS]:
                with ui.element("li"):
                    self._alert(row)
        if len(self.alerts) > NUM_ALERTS:
            ui.label(self.texts.text("alert.more", count=len(self.alerts) - NUM_ALERTS)).classes("yz-soft")

    def _alert(self, row: VisitRow) -> None:
        with (
            ui.element("button")
            .classes(f"yz-alert yz-state-{row.state}")
            .props("type=button")
            .mark(f"alert-{row.visit_id}") as button
        ):
            ui.label(STATE_SIGNS[row.state]).classes("yz-sign").props("aria-hidden=true")
            with ui.element("div"):
                ui.label(f"{row.who} · {row.service}").classes("yz-strong")
                ui.label(f"{self._when(row)} · {self._what(row)}").classes("yz-small")
        button.on("click", lambda: self.pick(Choice.VISIT, row.visit_id))

    def _when(self, row: VisitRow) -> str:
        if row.start_s is not None:
            return clock_on(self.number, row.start_s)
        return "–".join(clock_on(self.number, time_s) for time_s in row.window)

    def _what(self, row: VisitRow) -> str:
        if row.state is VisitState.LATE:
            return self.texts.text("alert.late", minutes=-(-row.late_s // 60))
        if row.state is VisitState.RISK:
            limit, age = (row.food_limit_s or 0) // 60, (row.food_age_s or 0) // 60
            return self.texts.text("alert.risk", minutes=age, limit=limit)
        return self.texts["alert.top" if self.day.is_top(row) else "alert.unassigned"]

    def _list(self) -> None:
        search = ui.input(placeholder=self.texts["today.search"]).props("dense outlined clearable").classes("yz-search")
        search.props(_label(self.texts["today.search"]))
        columns = {field: (self.texts[f"column.{field}"], width) for field, width in _WIDTHS.items()}
        rows = [self._grid_row(row) for row in sorted(self.rows, key=_by_time)]
        self.grid = PickGrid(self.visitor.look, columns, rows, tones={"state": "yz-state-"}, hidden=("keys",))
        search.on_value_change(lambda event: self.grid.find(event.value or ""))
        self.grid.on_pick(lambda visit_id: self.pick(Choice.VISIT, visit_id))

    def _grid_row(self, row: VisitRow) -> dict[str, Any]:
        elder = self.day.problem.elder_of(row.visit)
        return {
            "id": row.visit_id,
            "time": "" if row.start_s is None else clock_on(self.number, row.start_s),
            "who": row.who,
            "service": row.service,
            "worker": "、".join(row.workers),
            "window": "–".join(clock_on(self.number, time_s) for time_s in row.window),
            "state": f"{STATE_SIGNS[row.state]} {self.texts.of('state', row.state)}",
            "code": str(row.state),
            "priority": str(row.visit.priority or ""),
            "community": "" if elder is None else elder.community,
            "keys": keys_of_name(row.who).lower() if elder is None else keys_of_elder(elder),
        }

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
            bigger.on_click(lambda: self.frame.classes(toggle="yz-tall"))
        props = {"from": first_s, "to": last_s, "large": self.visitor.look.is_large}
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


def _by_time(row: VisitRow) -> tuple[int, str]:
    return (row.window[0] if row.start_s is None else row.start_s), row.visit_id


def _label(text: str) -> str:
    return f'aria-label="{text}"'
