"""The time that map and time line show: a slider, and a play button that lets it run."""

from __future__ import annotations

import time
from collections.abc import Callable

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from api.console.texts import Texts
from optimizer.formats.stop_facts import clock_on

SPEED = 600
"""Seconds of the day that pass in one second of play."""
REFRESH_S = 0.5
"""Seconds between two words to the slider while time runs."""


class ClockBar:
    """The clock of one board; browsers move on by themselves between two words from here."""

    def __init__(self, texts: Texts, first_s: int, last_s: int, day: int, show: Callable[[int, int], None]) -> None:
        self.texts, self.first_s, self.last_s, self.day, self.show = texts, first_s, last_s, day, show
        self.now_s = first_s
        self._began_s: float | None = None

    @property
    def is_playing(self) -> bool:
        """Whether time runs."""
        return self._began_s is not None

    def build(self) -> None:
        """Build the button, the slider and the time in digits."""
        self.button = ui.button(icon="play_arrow", on_click=self.toggle).props("flat dense round")
        self.button.props(f'aria-label="{self.texts["today.play"]}"').mark("play")
        self.slider = ui.slider(min=self.first_s, max=self.last_s, step=60, value=self.now_s)
        self.slider.props(f'dense aria-label="{self.texts["today.time"]}"').classes("yz-clock-slider")
        self.slider.on_value_change(self._moved)
        self.label = ui.label(clock_on(self.day, self.now_s)).classes("yz-clock")
        self.timer = ui.timer(REFRESH_S, self._run_on, active=False)

    def show_hours(self, first_s: int, last_s: int) -> None:
        """Let the slider go from one time to another."""
        self.first_s, self.last_s = first_s, last_s
        self.slider.props(f"min={first_s} max={last_s}")

    def tell(self) -> None:
        """Let the drawings show the time."""
        self.show(self.now_s, SPEED if self.is_playing else 0)

    def toggle(self) -> None:
        """Play, or pause."""
        if self.is_playing:
            self._began_s = None
        else:
            self.now_s = self.first_s if self.now_s >= self.last_s else self.now_s
            self._began_s = time.monotonic() - (self.now_s - self.first_s) / SPEED
        self.timer.active = self.is_playing
        self.button.set_icon("pause" if self.is_playing else "play_arrow")
        self.button.props(f'aria-label="{self.texts["today.pause" if self.is_playing else "today.play"]}"')
        self.tell()

    def _run_on(self) -> None:
        if self._began_s is None:
            return
        self.now_s = min(self.last_s, self.first_s + round((time.monotonic() - self._began_s) * SPEED))
        self._write()
        if self.now_s >= self.last_s:
            self.toggle()

    def _write(self) -> None:
        self.label.set_text(clock_on(self.day, self.now_s))
        self.slider.value = self.now_s

    def _moved(self, event: ValueChangeEventArguments[float | None]) -> None:
        """The slider was moved, by hand unless time runs."""
        if event.value is None or event.value == self.now_s:
            return
        self.now_s = int(event.value)
        if self.is_playing:
            self._began_s = time.monotonic() - (self.now_s - self.first_s) / SPEED
        self.label.set_text(clock_on(self.day, self.now_s))
        self.tell()
