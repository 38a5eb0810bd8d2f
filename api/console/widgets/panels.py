"""Panels behind tabs, all of which are there from the beginning: what is chosen reaches those behind, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui


@contextmanager
def panel_behind(tabs: ui.tabs, name: str) -> Iterator[ui.element]:
    """Build a panel that is shown while the tab of this name is the active one."""
    with ui.element("div").classes("yz-behind").props("role=tabpanel") as panel:
        yield panel
    panel.bind_visibility_from(tabs, "value", value=name)
