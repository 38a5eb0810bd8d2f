"""One form for every kind of thing that can happen: its fields, and the event they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from nicegui import ui

from api.console.changing.fields import Field, NumberField, PlaceField, Setting, TimeField, make_field
from api.console.day import Choice
from api.console.texts import Texts
from api.errors import invalid
from optimizer.problem import Location
from optimizer.redispatch.events import EVENT_BY_KIND, Event
from optimizer.redispatch.params import RedispatchParams


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of event with its icon and the facts it asks for."""

    icon: str
    facts: tuple[str, ...]


URGENT = "visit-added"
KINDS: Mapping[str, Kind] = {
    URGENT: Kind(icon="add_location_alt", facts=()),
    "worker-ill": Kind(icon="sick", facts=("worker_id", "from_s")),
    "worker-late": Kind(icon="schedule", facts=("worker_id", "delay_s")),
    "worker-back": Kind(icon="how_to_reg", facts=("worker_id", "from_s")),
    "vehicle-down": Kind(icon="car_crash", facts=("worker_id", "from_s", "until_s", "fallback_mode")),
    "visit-cancelled": Kind(icon="event_busy", facts=("visit_id",)),
    "elder-absent": Kind(icon="no_meeting_room", facts=("elder_id", "from_s", "until_s")),
    "kitchen-late": Kind(icon="soup_kitchen", facts=("station_id", "delay_s")),
    "street-closed": Kind(icon="block", facts=("place", "radius_m", "from_s", "until_s")),
}
"""What can be reported on the console, in the order of its buttons; the urgent visit has a form of its own."""


class CommonFields:
    """What every report has: when it became known, a note, and how many people may be told something new."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.at = TimeField(setting, "at_s", setting.now_s)

    def build(self) -> None:
        """Build them."""
        texts = self.setting.texts
        with ui.row(wrap=False).classes("yz-fields"):
            self.at.build()
            self.note = ui.input(texts["field.note"]).props("dense outlined").classes("yz-fill").mark("note")
        with ui.expansion(texts["budget.title"], icon="groups").props("dense dense-toggle").classes("yz-budget"):
            ui.label(texts["budget.how"]).classes("yz-small")
            with ui.row().classes("yz-fields"):
                self.max_elders = _limit(texts, "max_elders")
                self.max_workers = _limit(texts, "max_workers")

    @property
    def at_s(self) -> int:
        """When it became known."""
        at_s = self.at.value
        assert at_s is not None, "the time is not left open"
        return at_s

    @property
    def params(self) -> RedispatchParams:
        """How the day is planned again."""
        elders, workers = self.max_elders.value, self.max_workers.value
        return RedispatchParams(
            max_elders_told=None if elders is None else int(elders),
            max_workers_told=None if workers is None else int(workers),
        )


class EventForm:
    """The fields of one kind of event."""

    def __init__(self, setting: Setting, kind: str) -> None:
        self.setting, self.kind = setting, kind
        self.fields: dict[str, Field] = {fact: make_field(setting, kind, fact) for fact in KINDS[kind].facts}
        self.common = CommonFields(setting)

    def build(self) -> None:
        """Build the form."""
        with ui.row().classes("yz-fields"):
            for field in self.fields.values():
                field.build()
        self.common.build()
        place, radius = self.fields.get("place"), self.fields.get("radius_m")
        if isinstance(place, PlaceField) and isinstance(radius, NumberField):
            radius.input.on_value_change(lambda event: place.draw(int(event.value or 0)))

    def take(self, kind: Choice, name: str) -> None:
        """Take over what is chosen on the board."""
        for field in self.fields.values():
            field.take(kind, name)

    def put(self, place: Location) -> None:
        """Take a place clicked on the map."""
        for field in self.fields.values():
            if isinstance(field, PlaceField):
                field.put(place)

    @property
    def event(self) -> Event:
        """What is reported.

        Raises
        ------
        Refusal
            With the first field that has no sound value.
        """
        facts: dict[str, Any] = {fact: field.value for fact, field in self.fields.items()}
        event = EVENT_BY_KIND[self.kind](at_s=self.common.at_s, note=self.common.note.value or "", **facts)
        if facts.get("until_s") is not None and facts["until_s"] <= facts["from_s"]:
            texts = self.setting.texts
            raise invalid("until_s", texts["field.reversed"], texts["field.reversed_cure"])
        return cast(Event, event)


def _limit(texts: Texts, name: str) -> ui.number:
    number = ui.number(texts.of("budget", name), min=0, max=100_000, precision=0)
    return number.props("dense outlined clearable").classes("yz-short").mark(name)
