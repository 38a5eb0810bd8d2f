"""The list of a day's visits: searched as dispatchers do, sorted by any column, a row picked by click or Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from api.console.access import Look
from api.console.changes import Changes
from api.console.day import Day, VisitRow
from api.console.finding import keys_of_elder, keys_of_name
from api.console.texts import Texts
from api.console.widgets.grid import PickGrid
from optimizer.formats.stop_facts import clock_on

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
_LESS = ("community", "priority", "window")


class VisitList:
    """The visits of one day of a plan."""

    def __init__(self, texts: Texts, look: Look, pick: Callable[[str], None]) -> None:
        self.texts = texts
        label = texts["today.search"]
        search = ui.input(placeholder=label).props("dense outlined clearable").classes("yz-search")
        search.props(f'aria-label="{label}"')
        columns = {field: (texts[f"column.{field}"], width) for field, width in _WIDTHS.items()}
        self.grid = PickGrid(
            look, columns, (), tones={"state": "yz-state-"}, hidden=("keys",), order="order", less=_LESS
        )
        search.on_value_change(lambda event: self.grid.find(event.value or ""))
        self.grid.on_pick(pick)
        self._shown_ids: set[str] = set()

    def show(self, day: Day, number: int) -> None:
        """Show the visits of a day."""
        rows = [row for row in day.rows if row.day == number]
        self._shown_ids = {row.visit_id for row in rows}
        self.grid.replace([self._grid_row(day, number, row) for row in rows])

    def change(self, day: Day, number: int, changes: Changes) -> None:
        """Show another version of the day by what differs."""
        rows = [day.row_by_visit_id[visit_id] for visit_id in changes.visit_ids]
        here = {row.visit_id: self._grid_row(day, number, row) for row in rows if row.day == number}
        gone = self._shown_ids.intersection((*changes.visit_ids, *changes.gone_ids)) - here.keys()
        added = here.keys() - self._shown_ids
        self.grid.change(
            [row for visit_id, row in here.items() if visit_id in added],
            [row for visit_id, row in here.items() if visit_id not in added],
            sorted(gone),
        )
        self._shown_ids = self._shown_ids - gone | added

    def light(self, visit_ids: Sequence[str]) -> None:
        """Select visits and bring the first into view."""
        self.grid.light(visit_ids)

    def _grid_row(self, day: Day, number: int, row: VisitRow) -> dict[str, Any]:
        elder = day.problem.elder_of(row.visit)
        return {
            "id": row.visit_id,
            "order": row.window[0] if row.start_s is None else row.start_s,
            "time": "" if row.start_s is None else clock_on(number, row.start_s),
            "who": row.who,
            "service": row.service,
            "worker": "、".join(row.workers),
            "window": "–".join(clock_on(number, time_s) for time_s in row.window),
            "state": f"{row.state.sign} {self.texts.of('state', row.state)}",
            "code": str(row.state),
            "priority": str(row.visit.priority or ""),
            "community": "" if elder is None else elder.community,
            "keys": keys_of_name(row.who).lower() if elder is None else keys_of_elder(elder),
        }
