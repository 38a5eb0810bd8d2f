"""The map of a board: streets, stations, homes, routes, and what shows and hides them."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from api.console.day import Day, VisitState
from api.console.texts import TEXTS, Texts
from api.console.widgets.elements import PlanMap
from optimizer.formats.stop_facts import date_of
from optimizer.problem import ElderGroup

_LAYERS = ("streets", "routes", "elders", "stations", "workers")


class MapPanel:
    """The map of one day of a plan."""

    def __init__(self, texts: Texts, day: Day, number: int, *, tiles: str) -> None:
        self.texts, self.day, self.number, self.tiles = texts, day, number, tiles

    def build(self) -> None:
        """Build it."""
        with ui.element("section").classes("yz-panel yz-map-panel").props(_label(self.texts["today.map"])):
            with ui.row(wrap=False).classes("yz-tools"):
                self._day_choice()
                self._layer_choice()
                self._group_choice()
                fit = ui.button(self.texts["today.fit"], icon="fit_screen", on_click=self._fit)
                fit.props("flat dense no-caps")
                ui.space()
                self.legend = ui.row().classes("yz-legends")
            words = drawing_words(self.texts)
            self.map = PlanMap(self.day.record.plan_id, self.number, words, tiles=self.tiles)
            self.map.props(f"role=group {_label(self.texts['today.map_keys'])}")

    def show_counts(self, counts: Mapping[VisitState, int]) -> None:
        """Tell how many visits stand how; those of no number are left out, but for what is as it should be."""
        self.legend.clear()
        with self.legend:
            for state, number in counts.items():
                if number or state is VisitState.SERVED:
                    text = f"{state.sign} {self.texts.of('state', state)} {number}"
                    ui.label(text).classes(f"yz-legend yz-state-{state}")

    def _fit(self) -> None:
        self.map.fit()

    def _day_choice(self) -> None:
        num_days = self.day.problem.horizon.num_days
        if num_days == 1:
            return
        dates = {number: f"{date_of(self.day.problem, number):%m-%d}" for number in range(num_days)}
        choice = ui.select(dates, value=self.number, label=self.texts["today.day"])
        choice.props("dense outlined options-dense")
        choice.on_value_change(lambda event: ui.navigate.to(f"/plans/{self.day.record.plan_id}?day={event.value}"))

    def _layer_choice(self) -> None:
        with ui.button(self.texts["today.layers"], icon="layers").props("flat dense no-caps"), ui.menu():
            for layer in _LAYERS:
                box = ui.checkbox(self.texts[f"layer.{layer}"], value=True)
                box.on_value_change(lambda event, layer=layer: self.map.show_layer(layer, event.value))

    def _group_choice(self) -> None:
        groups = {"": self.texts["group.any"]}
        groups |= {str(group): self.texts.of("group", group) for group in self.day.groups}
        choice = ui.select(groups, value="").props("dense borderless options-dense").classes("yz-group-choice")
        choice.props(_label(self.texts["layer.groups"]))
        choice.on_value_change(lambda event: self.map.show_group(event.value))


def drawing_words(texts: Texts) -> dict[str, str]:
    """What the drawings of a plan say."""
    kept = {key: texts[key] for key in TEXTS if key.split(".")[0] in {"state", "bar"} or key == "move.where"}
    return {**kept, **{f"group.{group}": texts.of("group", group) for group in ElderGroup}}


def _label(text: str) -> str:
    return f'aria-label="{text}"'
