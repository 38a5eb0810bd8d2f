"""What the forms ask for: a time, minutes, a worker, somebody found by name, a place on the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from nicegui import ui

from api.console.day import Choice, Day, VisitRow
from api.console.dispatching import Standing
from api.console.finding import found_in, keys_of_elder, keys_of_name
from api.console.texts import Texts
from api.errors import invalid
from api.store.days import DayRecord
from optimizer.formats.stop_facts import clock_on, day_of, name_of_station, name_of_worker
from optimizer.problem import Elder, Location
from optimizer.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE, parse_clock

NUM_FOUND = 6
"""So many of those found by a search are offered."""
RADIUS_M = 100
"""A street is closed so far around the place clicked, unless something else is said."""
_SOON_S = 2 * SECONDS_PER_HOUR
_DENSE = "dense outlined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What fields are about: a day of a plan, how it stands, when something became known, and the map."""

    texts: Texts
    day: Day
    number: int
    now_s: int
    standing: Standing
    ask_place: Callable[[bool], None]
    show_place: Callable[[Location, int], None]

    @property
    def seen(self) -> DayRecord | None:
        """The day as it is published, if it is."""
        return self.standing.seen

    def clock(self, time_s: int) -> str:
        """A time on this day."""
        return clock_on(self.number, time_s)


class Field(Protocol):
    """One thing that a form asks for."""

    def build(self) -> None:
        """Build it."""
        ...

    @property
    def value(self) -> Any:
        """What was given.

        Raises
        ------
        Refusal
            Where that is no sound value.
        """
        ...

    def take(self, kind: Choice, name: str) -> None:
        """Take over what was chosen elsewhere, if that is what is asked for."""
        ...


class TimeField:
    """A time of the day, such as 10:15; it may be left out where it `is_open`."""

    def __init__(self, setting: Setting, name: str, time_s: int | None, *, is_open: bool = False) -> None:
        self.setting, self.name, self.time_s, self.is_open = setting, name, time_s, is_open

    def build(self) -> None:
        """Build it."""
        label = self.setting.texts.of("field", self.name)
        text = "" if self.time_s is None else self.setting.clock(self.time_s)
        self.input = ui.input(label, value=text).props(f"{_DENSE} mask=##:##").classes("yz-short").mark(self.name)

    @property
    def value(self) -> int | None:
        """Seconds after the first midnight of the horizon."""
        text = str(self.input.value or "").strip()
        if not text and self.is_open:
            return None
        try:
            return parse_clock(text) + self.setting.number * SECONDS_PER_DAY
        except ValueError:
            texts = self.setting.texts
            raise invalid(self.name, texts.text("field.no_time", text=text), texts["field.no_time_cure"]) from None

    def take(self, kind: Choice, name: str) -> None:
        """Nothing that is chosen is a time."""


class NumberField:
    """A number of minutes or metres; ``factor`` makes of it what is meant."""

    def __init__(self, setting: Setting, name: str, number: int, factor: int = 1) -> None:
        self.setting, self.name, self.number, self.factor = setting, name, number, factor

    def build(self) -> None:
        """Build it."""
        label = self.setting.texts.of("field", self.name)
        number = ui.number(label, value=self.number, min=1, max=100_000, precision=0)
        self.input = number.props(_DENSE).classes("yz-short").mark(self.name)

    @property
    def value(self) -> int:
        """The number, in the unit that is meant."""
        if self.input.value is None or self.input.value < 1:
            texts = self.setting.texts
            raise invalid(self.name, texts["field.no_number"], texts["field.no_number_cure"])
        return int(self.input.value) * self.factor

    def take(self, kind: Choice, name: str) -> None:
        """Nothing that is chosen is a number."""


class ChoiceField:
    """One of a few things by id; None for nothing where that has a name, which is `nothing`."""

    def __init__(self, setting: Setting, name: str, options: Mapping[str, str], nothing: str = "") -> None:
        self.setting, self.name, self.nothing = setting, name, nothing
        self.options = {"": nothing, **options} if nothing else dict(options)

    def build(self) -> None:
        """Build it."""
        label = self.setting.texts.of("field", self.name)
        first = "" if self.nothing else None
        self.select = ui.select(self.options, value=first, label=label, with_input=len(self.options) > NUM_FOUND)
        self.select.props(f"{_DENSE} options-dense").classes("yz-choice").mark(self.name)

    @property
    def value(self) -> str | None:
        """The id chosen."""
        if self.select.value is None:
            texts = self.setting.texts
            raise invalid(self.name, texts["field.nothing"], texts["field.nothing_cure"])
        return self.select.value or None

    def take(self, kind: Choice, name: str) -> None:
        """Take over what was chosen elsewhere."""
        if kind is Choice.WORKER and self.name == "worker_id" and name in self.options:
            self.select.value = name


class Finder:
    """Somebody or something found by name, pinyin, initials, address or the last digits of the phone."""

    def __init__(self, setting: Setting, name: str) -> None:
        self.setting, self.name = setting, name
        self.found: str | None = None

    def build(self) -> None:
        """Build it."""
        texts = self.setting.texts
        with ui.column().classes("yz-finder"):
            self.input = ui.input(texts.of("field", self.name), placeholder=texts["today.search"])
            self.input.props(f"{_DENSE} clearable").classes("yz-fill").mark(self.name)
            self.input.on_value_change(lambda event: self._offer(str(event.value or "")))
            self.input.on("keydown.enter", self._take_first)
            self.offers = ui.column().classes("yz-offers").props("role=list")
            self.chosen = ui.label().classes("yz-strong")

    @property
    def value(self) -> str:
        """The id found."""
        if self.found is None:
            texts = self.setting.texts
            raise invalid(self.name, texts["field.nobody"], texts["field.nobody_cure"])
        return self.found

    def choose(self, name: str | None) -> None:
        """Take one of those that can be found; None for nobody."""
        self.found = name
        self.offers.clear()
        self.chosen.set_text("" if name is None else f"✓ {self.label_of(name)}")

    def take(self, kind: Choice, name: str) -> None:
        """Take over what was chosen elsewhere."""
        if kind is Choice.ELDER and name in self.keys:
            self.choose(name)
        elif kind is Choice.VISIT and (elder_id := self.setting.day.row_by_visit_id[name].visit.elder_id) is not None:
            self.choose(elder_id)

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """What everybody is found by."""
        return {elder.elder_id: keys_of_elder(elder) for elder in self.setting.day.problem.elders}

    def label_of(self, name: str) -> str:
        """Somebody in one line."""
        return elder_label(self.setting.day.problem.elder_by_id[name])

    def _offer(self, text: str) -> None:
        self.offers.clear()
        with self.offers:
            for name in found_in(self.keys, text, NUM_FOUND):
                button = ui.button(self.label_of(name), on_click=lambda name=name: self.choose(name))
                button.props("flat dense no-caps align=left").mark(f"found-{name}")

    def _take_first(self) -> None:
        found = found_in(self.keys, str(self.input.value or ""), 1)
        if found:
            self.choose(found[0])


class VisitFinder(Finder):
    """A visit of the day, found by whom it is for."""

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """What everything is found by."""
        rows = (row for row in self.setting.day.rows if row.day == self.setting.number)
        return {row.visit_id: self._keys_of(row) for row in rows}

    def label_of(self, name: str) -> str:
        """It in one line."""
        row = self.setting.day.row_by_visit_id[name]
        time = "—" if row.start_s is None else self.setting.clock(row.start_s)
        return " · ".join(part for part in (time, row.who, row.service, "、".join(row.workers)) if part)

    def take(self, kind: Choice, name: str) -> None:
        """Take over what was chosen elsewhere."""
        if kind is Choice.VISIT and name in self.keys:
            self.choose(name)
        elif kind is Choice.ELDER:
            visits = self.setting.day.visit_ids_by_elder_id.get(name, ())
            if len(visits) == 1:
                self.choose(visits[0])

    def _keys_of(self, row: VisitRow) -> str:
        elder = self.setting.day.problem.elder_of(row.visit)
        return keys_of_name(row.who).lower() if elder is None else keys_of_elder(elder)


class PlaceField:
    """A place on the map, given by a click there."""

    def __init__(self, setting: Setting, name: str, radius_m: int = 0) -> None:
        self.setting, self.name, self.radius_m = setting, name, radius_m
        self.place: Location | None = None

    def build(self) -> None:
        """Build it."""
        self.label = ui.label(self.setting.texts["field.click"]).classes("yz-place").mark(self.name)
        self.setting.ask_place(True)

    @property
    def value(self) -> Location:
        """The place clicked."""
        if self.place is None:
            texts = self.setting.texts
            raise invalid(self.name, texts["field.no_place"], texts["field.click"])
        return self.place

    def put(self, place: Location) -> None:
        """Take the place that was clicked."""
        self.place = place
        self.label.set_text(f"✓ {place.lon:.5f}, {place.lat:.5f}")
        self.draw()

    def draw(self, radius_m: int | None = None) -> None:
        """Show the place on the map, or everything within another radius of it."""
        self.radius_m = self.radius_m if radius_m is None else radius_m
        if self.place is not None:
            self.setting.show_place(self.place, self.radius_m)

    def take(self, kind: Choice, name: str) -> None:
        """Take over what was chosen elsewhere."""
        if kind is Choice.ELDER:
            self.put(self.setting.day.problem.elder_by_id[name].place)
        elif kind is Choice.VISIT:
            self.put(self.setting.day.row_by_visit_id[name].place)


def elder_label(elder: Elder) -> str:
    """An elder in one line."""
    return " · ".join(part for part in (elder.name or elder.elder_id, elder.address, elder.phone) if part)


Maker = Callable[[Setting, str], Field]


def make_field(setting: Setting, kind: str, name: str) -> Field:
    """The field by which a kind of event asks for a fact of that name."""
    return _MAKERS[kind, name](setting, name) if (kind, name) in _MAKERS else _MAKERS["", name](setting, name)


def _stations(setting: Setting, name: str) -> Field:
    problem = setting.day.problem
    ids = [station.station_id for station in problem.stations if station.waves]
    return ChoiceField(setting, name, {station_id: name_of_station(problem, station_id) for station_id in ids})


def _modes(setting: Setting, name: str) -> Field:
    options = {mode.mode: setting.texts.of("mode", mode.mode) for mode in setting.day.problem.modes}
    return ChoiceField(setting, name, options, nothing=setting.texts["field.waits"])


_MAKERS: Mapping[tuple[str, str], Maker] = {
    ("", "worker_id"): lambda setting, name: ChoiceField(setting, name, _workers_on(setting)),
    ("", "elder_id"): Finder,
    ("", "visit_id"): VisitFinder,
    ("", "station_id"): _stations,
    ("", "fallback_mode"): _modes,
    ("", "place"): lambda setting, name: PlaceField(setting, name, radius_m=RADIUS_M),
    ("", "radius_m"): lambda setting, name: NumberField(setting, name, RADIUS_M),
    ("", "delay_s"): lambda setting, name: NumberField(setting, name, 30, SECONDS_PER_MINUTE),
    ("", "from_s"): lambda setting, name: TimeField(setting, name, setting.now_s),
    ("", "until_s"): lambda setting, name: TimeField(setting, name, None, is_open=True),
    ("street-closed", "until_s"): lambda setting, name: TimeField(setting, name, setting.now_s + _SOON_S),
}
"""Makers of fields by kind of event and fact; those of any kind are under an empty one."""


def _workers_on(setting: Setting) -> dict[str, str]:
    """Names of workers with a shift on the day, those with a route first."""
    day, number = setting.day, setting.number
    out = {route.worker_id for route in day.plan.routes if day_of(day.problem, route) == number}
    on = [
        worker
        for worker in day.problem.workers
        if any(shift.start_s // SECONDS_PER_DAY == number for shift in worker.shifts)
    ]
    on.sort(key=lambda worker: worker.worker_id not in out)
    return {worker.worker_id: name_of_worker(worker) for worker in on}
