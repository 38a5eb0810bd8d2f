"""Sheets: everything of a plan that is printed or taken along."""

from __future__ import annotations

from nicegui import ui

from api.console.access import HOME, Visitor
from api.console.data import Paper
from api.console.days import Sights
from api.console.frame import frame
from api.console.pages.today import plan_or_none
from api.console.texts import Texts

_ICONS = {
    Paper.ROUTES: "directions_bike",
    Paper.KITCHEN: "soup_kitchen",
    Paper.LABELS: "label",
    Paper.WORKBOOK: "table_view",
    Paper.GEOJSON: "public",
    Paper.JSON: "data_object",
}
_LANGUAGES = ("zh", "en", "both")


async def build(visitor: Visitor, sights: Sights, plan_id: str) -> None:
    """A card for each sheet, with a button for each language it comes in."""
    record = plan_or_none(visitor, plan_id)
    with frame(visitor, "sheets", f"/console/plans/{plan_id}/sheets", record):
        if record is None or record.status is None:
            ui.label(visitor.texts["not_found" if record is None else "unserved.not_yet"]).classes("yz-empty")
            return
        with ui.column().classes("yz-page"):
            ui.label(visitor.texts["nav.sheets"]).classes("yz-heading")
            with ui.element("div").classes("yz-papers"):
                for paper in Paper:
                    with ui.element("article").classes("yz-paper"):
                        _paper(visitor.texts, plan_id, paper)


def _paper(texts: Texts, plan_id: str, paper: Paper) -> None:
    ui.icon(_ICONS[paper]).classes("yz-paper-icon").props("aria-hidden=true")
    ui.label(texts[f"paper.{paper}"]).classes("yz-strong yz-larger")
    ui.label(texts[f"paper_hint.{paper}"]).classes("yz-soft")
    address = f"{HOME}/data/plans/{plan_id}/papers/{paper}"
    languages = _LANGUAGES if paper in {Paper.ROUTES, Paper.KITCHEN, Paper.LABELS} else ("",)
    with ui.row().classes("yz-paper-buttons"):
        for language in languages:
            label = texts[f"paper_language.{language}"] if language else texts["paper.get"]
            query = f"?language={language}" if language else ""
            with ui.element("a").classes("yz-button").props(f'href="{address}{query}" download').mark(f"paper-{paper}"):
                ui.label(label)
