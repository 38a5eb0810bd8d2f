"""Key figures on cards above a view, each with its target."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from api.console.targets import Card
from api.console.texts import Texts


def show_cards(texts: Texts, cards: Sequence[Card]) -> None:
    """Build the cards; a sign beside the colour says whether a target is met."""
    with ui.element("dl").classes("yz-cards"):
        for card in cards:
            tone = {True: "yz-met", False: "yz-missed", None: ""}[card.is_met]
            with ui.element("div").classes(f"yz-card {tone}"):
                _show_card(texts, card)


def _show_card(texts: Texts, card: Card) -> None:
    with ui.element("dt").classes("yz-card-name"):
        ui.label(card.name)
    with ui.element("dd").classes("yz-card-value"):
        ui.label(card.value)
        if card.is_met is not None:
            met = texts["kpi.met" if card.is_met else "kpi.missed"]
            ui.label("✓" if card.is_met else "!").classes("yz-mark").props(f'aria-label="{met}"')
    if card.target:
        ui.label(card.target).classes("yz-card-target")
