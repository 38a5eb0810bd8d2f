"""What deserves notice: unserved visits by priority, then late ones, then meals near their limit."""

from __future__ import annotations

from collections.abc import Sequence

from api.console.day import Day, VisitRow, VisitState
from api.console.texts import Texts
from optimizer.formats.stop_facts import clock_on

NUM_ALERTS = 60
"""So many alerts are listed; the list of visits has them all."""


def alert_items(texts: Texts, day: Day, number: int, alerts: Sequence[VisitRow]) -> tuple[list[dict[str, str]], str]:
    """The alerts of one day as they are shown, and what is said of those that are not."""
    items = [
        {
            "id": row.visit_id,
            "state": str(row.state),
            "sign": row.state.sign,
            "title": f"{row.who} · {row.service}",
            "text": f"{_when(number, row)} · {_what(texts, day, row)}",
        }
        for row in alerts[:NUM_ALERTS]
    ]
    num_left = len(alerts) - len(items)
    return items, texts.text("alert.more", count=num_left) if num_left else ""


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
