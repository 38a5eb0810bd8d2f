"""A plan in the making: how far it is, the cost of the best one so far, and a button to take that now."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.frame import say_fault
from api.console.targets import yuan
from api.store.records import EventRecord, PlanRecord, PlanState, Role

_POLL_S = 0.5


def show_making(visitor: Visitor, record: PlanRecord) -> None:
    """Build the view of a plan that is not finished, or that failed."""
    _Making(visitor, record).build()


class _Making:
    """One visitor watching one plan being made."""

    def __init__(self, visitor: Visitor, record: PlanRecord) -> None:
        self.visitor, self.texts, self.record = visitor, visitor.texts, record
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
            self.chart = ui.echart(self._options()).classes("yz-curve")
            self.error = ui.label().classes("yz-alarm").props("role=alert")
            self.stop = ui.button(self.texts["making.stop"], icon="stop", on_click=self._stop).props("outline no-caps")
            self.stop.set_visibility(self.visitor.may(Role.DISPATCHER))
        self._tell(self.record, ())
        if not self.record.state.is_final:
            self.timer = ui.timer(_POLL_S, self._look)

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
        if events:
            self.chart.options["series"][0]["data"] = self.curve
            self.chart.options["series"][1]["data"] = self.unserved
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
            "xAxis": {"type": "value", "name": "s", "min": 0},
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
