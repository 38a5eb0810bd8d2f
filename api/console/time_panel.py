"""The time line of a board, and the time that it and the map show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from nicegui import ui

from api.console.clock import ClockBar
from api.console.day import Day
from api.console.layers import hours_of
from api.console.map_panel import drawing_words
from api.console.texts import Texts
from api.console.widgets.elements import TimeLine

_LEGEND = ("travel", "wait", "load", "break", "link")


class TimePanel:
    """The time line of one day of a plan; `show` is called with the time to be shown and how fast it goes on."""

    def __init__(
        self, texts: Texts, day: Day, number: int, show: Callable[[int, int], None], *, is_large: bool
    ) -> None:
        self.texts, self.day, self.number, self.show, self.is_large = texts, day, number, show, is_large

    def build(self, *, is_movable: bool, enlarge: Callable[[], object]) -> None:
        """Build it; `enlarge` gives it more of the board, or less again."""
        first_s, last_s = hours_of(self.day, self.number)
        with (
            ui.element("section")
            .classes("yz-panel yz-time-panel")
            .props(f'aria-label="{self.texts["today.time_line"]}"')
        ):
            with ui.row(wrap=False).classes("yz-tools"):
                self.clock = ClockBar(self.texts, first_s, last_s, self.number, self.show)
                self.clock.now_s = now_s_of(self.day, self.number)
                self.clock.build()
                ui.space()
                for kind in _LEGEND:
                    ui.label(self.texts[f"bar.{kind}"]).classes(f"yz-legend yz-bar-{kind}")
                bigger = ui.button(icon="unfold_more", on_click=enlarge).props("flat dense round")
                bigger.props(f'aria-label="{self.texts["today.bigger"]}"').tooltip(self.texts["today.bigger"])
            props = {"span": [first_s, last_s], "large": self.is_large, "movable": is_movable}
            words = drawing_words(self.texts)
            self.time_line = TimeLine(self.day.record.plan_id, self.number, words, **props)
            self.time_line.props(f'role=group aria-label="{self.texts["today.time_line_keys"]}"')


def now_s_of(day: Day, number: int) -> int:
    """The time of day now if somebody is out now on this day of the plan, else its beginning."""
    now = dt.datetime.now()  # the wall clock of the dispatcher's own town
    begin = dt.datetime.combine(day.problem.horizon.first_date, dt.time())
    now_s = int((now - begin).total_seconds())
    first_s, last_s = hours_of(day, number)
    return now_s if first_s <= now_s <= last_s else first_s
