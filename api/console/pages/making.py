"""A plan in the making: how far it is, the best one so far and what it costs, and a button to take that now."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.day import VisitState
from api.console.frame import say_fault
from api.console.map_panel import drawing_words
from api.console.sketch import SKETCH, Homes, Sketch, homes_of
from api.console.targets import yuan
from api.console.widgets.elements import PlanMap
from api.store.records import EventRecord, PlanRecord, PlanState, Role
from optimizer.formats.stop_facts import date_of

_POLL_S = 0.5


async def show_making(visitor: Visitor, record: PlanRecord) -> None:
    """Build the view of a plan that is not finished, or that failed."""
    homes = None
    if not record.state.is_final:
        try:
            homes = await run_in_threadpool(homes_of, visitor, record)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(visitor.texts, error)
    _Making(visitor, record, homes).build()


class _Making:
    """One visitor watching one plan being made."""

    def __init__(self, visitor: Visitor, record: PlanRecord, homes: Homes | None) -> None:
        self.visitor, self.texts, self.record, self.homes = visitor, visitor.texts, record, homes
        self.sketch = None if homes is None else Sketch(homes)
        self.seq = 0
        self.began_s = time.monotonic()
        self.curve: list[tuple[float, float]] = []
        self.unserved: list[tuple[float, float]] = []

    def build(self) -> None:
        with ui.column().classes("yz-page yz-making"):
            self.title = ui.label().classes("yz-heading")
            self.bar = ui.linear_progress(value=0, show_value=False).props("size=14px rounded")
            self.phase = ui.label(self.texts["making.starting"]).classes("yz-soft")
            with ui.row().classes("yz-making-figures"):
                self.cost = ui.label().classes("yz-big")
                self.open = ui.label().classes("yz-big")
                ui.space()
                self.stop = ui.button(self.texts["making.stop"], icon="stop", on_click=self._stop)
                self.stop.props("outline no-caps").set_visibility(self.visitor.may(Role.DISPATCHER))
            self.error = ui.label().classes("yz-alarm").props("role=alert")
            with ui.element("div").classes("yz-making-parts"):
                if self.homes is not None:
                    self._map(self.homes)
                self.chart = ui.echart(self._options()).classes("yz-panel yz-curve")
        self._tell(self.record, ())
        if not self.record.state.is_final:
            self.timer = ui.timer(_POLL_S, self._look)

    def _map(self, homes: Homes) -> None:
        """The best plan so far; of a plan of several days the first one."""
        with ui.element("section").classes("yz-panel").props(f'aria-label="{self.texts["making.map"]}"'):
            with ui.row(wrap=False).classes("yz-tools"):
                ui.label(self.texts["making.map"]).classes("yz-strong")
                if self.record.horizon.num_days > 1:
                    ui.label(f"{date_of(homes.problem, homes.first_day):%m-%d}")
                ui.space()
                for state, key in ((VisitState.SERVED, "making.served"), (VisitState.UNASSIGNED, "state.unassigned")):
                    ui.label(f"{state.sign} {self.texts[key]}").classes(f"yz-legend yz-state-{state}")
            tiles = self.visitor.service.settings.tile_url
            words = {**drawing_words(self.texts), "state.served": self.texts["making.served"]}
            self.map = PlanMap(f"{self.record.plan_id}/{SKETCH}", homes.first_day, words, tiles=tiles)

    async def _look(self) -> None:
        """Ask the store what happened since the last look."""
        plan_id = self.record.plan_id
        events = await run_in_threadpool(self.visitor.store.events, plan_id, self.seq)
        record = await run_in_threadpool(self.visitor.store.plan, plan_id)
        self._tell(record, events)
        if record.state.is_final:
            self.timer.deactivate()
        if record.state is PlanState.DONE:
            ui.navigate.to(f"/plans/{plan_id}")

    def _tell(self, record: PlanRecord, events: Sequence[EventRecord]) -> None:
        self.record = record
        self.title.set_text(self.texts.text("making.title", state=self.texts.of("plan_state", record.state)))
        self.phase.set_visibility(not record.state.is_final)
        self.stop.set_enabled(not record.state.is_final and not record.is_stop_requested)
        if record.error is not None:
            code = self.texts.of("failure", record.error["code"])
            self.error.set_text(f"{code}: {record.error['message']}")
        for step in events:
            self.seq = step.seq
            self._note(step.event)
        routes = [route for step in events for route in step.event.get("routes", ())]
        if routes and self.sketch is not None:
            self.map.change(f"{record.plan_id}/{SKETCH}", SKETCH, self.sketch.take(routes))
        if events:
            self.chart.options["series"][0]["data"] = self.curve
            self.chart.options["series"][1]["data"] = self.unserved
            self.chart.options["yAxis"][0]["max"] = self._highest()
            self.chart.update()

    def _note(self, event: Mapping[str, Any]) -> None:
        elapsed_s = round(time.monotonic() - self.began_s, 1)
        self.bar.set_value(event["share_done"])
        self.phase.set_text(self.texts.of("phase", event["phase"]))
        if (cents := event.get("cost_cents")) is not None:
            self.curve.append((elapsed_s, cents / 100))
            self.cost.set_text(f"{self.texts['kpi.cost']} {yuan(cents)}")
        if (number := event.get("num_unassigned")) is not None:
            self.unserved.append((elapsed_s, number))
            self.open.set_text(f"{self.texts['state.unassigned']} {number}")

    def _highest(self) -> float | None:
        """Where the axis of cost ends: first plans that serve few would press the rest of the curve flat."""
        costs = [cost for _, cost in self.curve]
        return round(1.3 * costs[-1], -3) if costs and max(costs) > 1.5 * costs[-1] else None

    async def _stop(self) -> None:
        try:
            change = self.visitor.change("stopped on the console")
            await run_in_threadpool(self.visitor.store.request_stop, self.record.plan_id, change, None)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)

    def _options(self) -> dict[str, Any]:
        return {
            "animation": False,
            "grid": {"left": 70, "right": 60, "top": 40, "bottom": 40},
            "legend": {"top": 0},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "value", "name": "s", "nameLocation": "middle", "nameGap": 22, "min": 0},
            "yAxis": [
                {"type": "value", "name": "¥", "scale": True},
                {"type": "value", "name": self.texts["state.unassigned"], "min": 0, "splitLine": {"show": False}},
            ],
            "series": [
                _line(self.texts["kpi.cost"], 0, "#0072b2", "solid"),
                _line(self.texts["state.unassigned"], 1, "#d55e00", "dashed"),
            ],
        }


def _line(name: str, axis: int, colour: str, style: str) -> dict[str, Any]:
    look = {"color": colour, "type": style, "width": 2}
    return {
        "type": "line",
        "name": name,
        "step": "end",
        "yAxisIndex": axis,
        "symbolSize": 5,
        "lineStyle": look,
        "itemStyle": {"color": colour},
        "data": [],
    }
