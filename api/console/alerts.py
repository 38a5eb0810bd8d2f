"""What deserves notice, as buttons: unserved visits by priority, then late ones, then meals near their limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import ui

from api.console.day import Choice, Day, VisitRow, VisitState
from api.console.texts import Texts
from optimizer.formats.stop_facts import clock_on

NUM_ALERTS = 60
"""So many alerts are listed; the list of visits has them all."""


def show_alerts(
    texts: Texts, day: Day, number: int, alerts: Sequence[VisitRow], pick: Callable[[Choice, str], None]
) -> None:
    """Build the alerts of one day; `pick` is called with the one that is clicked."""
    if not alerts:
        ui.label(texts["alert.none"]).classes("yz-soft")
    with ui.element("ul").classes("yz-alerts"):
        for row in alerts[:NUM_ALERTS]:
            with ui.element("li"):
                _alert(texts, day, number, row, pick)
    if len(alerts) > NUM_ALERTS:
        ui.label(texts.text("alert.more", count=len(alerts) - NUM_ALERTS)).classes("yz-soft")


def _alert(texts: Texts, day: Day, number: int, row: VisitRow, pick: Callable[[Choice, str], None]) -> None:
    button = ui.element("button").classes(f"yz-alert yz-state-{row.state}").props("type=button")
    with button.mark(f"alert-{row.visit_id}"):
        ui.label(row.state.sign).classes("yz-sign").props("aria-hidden=true")
        with ui.element("div"):
            ui.label(f"{row.who} · {row.service}").classes("yz-strong")
            ui.label(f"{_when(number, row)} · {_what(texts, day, row)}").classes("yz-small")
    button.on("click", lambda: pick(Choice.VISIT, row.visit_id))


def _when(number: int, row: VisitRow) -> str:
    if row.start_s is not None:
        return clock_on(number, row.start_s)
    return "–".join(clock_on(number, time_s) for time_s in row.window)


def _what(texts: Texts, day: Day, row: VisitRow) -> str:
    if row.state is VisitState.LATE:
        return texts.text("alert.late", minutes=-(-row.late_s // 60))
    if row.state is VisitState.RISK:
        limit, age = (row.food_limit_s or 0) // 60, (row.food_age_s or 0) // 60
        return texts.text("alert.risk", minutes=age, limit=limit)
    return texts["alert.top" if day.is_top(row) else "alert.unassigned"]
