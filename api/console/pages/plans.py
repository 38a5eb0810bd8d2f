"""Stub."""

from __future__ import annotations

from nicegui import ui

from api.console.access import Visitor
from api.console.days import Sights
from api.console.frame import frame
from api.console.texts import Texts


async def build(visitor: Visitor, texts: Texts, sights: Sights) -> None:
    """Stub."""
    with frame(visitor, texts, "plans", "/console/plans"):
        ui.label("soon")
