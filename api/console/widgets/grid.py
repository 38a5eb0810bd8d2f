"""The table of every view: sortable, found by keyboard as by mouse, a row picked by click or Enter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from api.console.access import Look

_CLICK_ON_ENTER = "params => { if (params.event.key === 'Enter') params.event.target.click(); }"
_FIT = """({ api, clientWidth }) => {
  if (!clientWidth) return;
  const widthOf = (field) => api.getColumn(field).getColDef().width;
  let width = %s.map(widthOf).reduce((sum, each) => sum + each, 0);
  for (const field of %s) {
    const isTooMuch = width > 1.05 * clientWidth; // a little narrower is no harm
    if (isTooMuch) width -= widthOf(field);
    api.setColumnsVisible([field], !isTooMuch);
  }
  api.sizeColumnsToFit();
}"""
_REVEAL = """{
  const api = getElement(%d).api, node = api.getRowNode(%s);
  if (node) api.ensureNodeVisible(node, "middle");
}"""


class PickGrid:
    """Rows with an ``id``, by columns with their heading and width in pixels.

    Parameters
    ----------
    tones
        By field the class of its cells, completed by the row's ``code``.
    hidden
        Fields that are searched and not shown.
    order
        A hidden field by which rows are in order until a heading is clicked.
    less
        Fields that are left out where the table is too narrow for all, in this order.
    """

    def __init__(
        self,
        look: Look,
        columns: Mapping[str, tuple[str, int]],
        rows: Sequence[Mapping[str, Any]],
        *,
        tones: Mapping[str, str] = MappingProxyType({}),
        hidden: Sequence[str] = (),
        order: str = "",
        less: Sequence[str] = (),
    ) -> None:
        factor = 1.3 if look.is_large else 1
        shown = [
            {"field": field, "headerName": heading, "width": round(width * factor), **_tone(tones.get(field))}
            for field, (heading, width) in columns.items()
        ]
        unseen: list[dict[str, Any]] = [{"field": field, "hide": True} for field in hidden]
        unseen += [{"field": order, "hide": True, "sort": "asc", ":getQuickFilterText": "() => ''"}] if order else []
        self.grid = ui.aggrid(
            {
                "columnDefs": [*shown, *unseen],
                "rowData": list(rows),
                "defaultColDef": {"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
                "rowSelection": {
                    "mode": "multiRow",
                    "checkboxes": False,
                    "headerCheckbox": False,
                    "enableClickSelection": False,
                },
                "suppressNoRowsOverlay": True,
                "animateRows": False,
                ":getRowId": "params => params.data.id",
                ":onCellKeyDown": _CLICK_ON_ENTER,
                ":onGridSizeChanged": _FIT % (json.dumps(list(columns)), json.dumps(list(less))),
                # arrows go from cell to cell; Tab leaves the table
                ":tabToNextCell": "() => false",
                ":tabToNextHeader": "() => false",
                "rowHeight": 34 if look.is_large else 26,
                "headerHeight": 36 if look.is_large else 28,
                "includeHiddenColumnsInQuickFilter": True,
            },
            theme="balham",
            auto_size_columns=False,
        ).classes("yz-grid")

    def on_pick(self, pick: Callable[[str], None]) -> None:
        """Call `pick` with the id of the row that is picked."""

        def handle(event: GenericEventArguments) -> None:
            pick(event.args["rowId"])

        self.grid.on("cellClicked", handle, ["rowId"])

    def find(self, text: str) -> None:
        """Show only the rows in which every word of `text` stands."""
        self.grid.run_grid_method("setGridOption", "quickFilterText", text.lower())

    def light(self, ids: Sequence[str]) -> None:
        """Select rows and bring the first into view."""
        self.grid.run_grid_method("deselectAll")
        for row_id in ids:
            self.grid.run_row_method(row_id, "setSelected", True)
        if ids:
            self.grid.client.run_javascript(_REVEAL % (self.grid.id, json.dumps(ids[0])))

    def replace(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show other rows."""
        self.grid.run_grid_method("setGridOption", "rowData", list(rows))

    def change(
        self, add: Sequence[Mapping[str, Any]], update: Sequence[Mapping[str, Any]], remove: Sequence[str]
    ) -> None:
        """Add rows, put others in place of those of the same id, and take some away."""
        gone = [{"id": row_id} for row_id in remove]
        self.grid.run_grid_method("applyTransaction", {"add": list(add), "update": list(update), "remove": gone})


def _tone(prefix: str | None) -> dict[str, str]:
    return {} if prefix is None else {":cellClass": f"params => '{prefix}' + params.data.code"}
