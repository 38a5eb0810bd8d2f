"""One more visit: for whom, what and when; the best slots as buttons, or the choice left to the planner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from nicegui import ui

from api.console.changing.fields import Finder, NumberField, PlaceField, Setting, TimeField
from api.console.changing.forms import CommonFields
from api.console.day import Choice, Day
from api.console.remedy_texts import reason_text, remedy_words
from api.console.targets import yuan
from api.days.resources import Recommendations, RecommendedSlot
from api.errors import invalid
from optimizer.formats.stop_facts import name_of_service, name_of_station, name_of_worker
from optimizer.problem import Elder, Location, TimeWindow, Visit
from optimizer.redispatch.events import VisitAdded
from optimizer.redispatch.slots import Slot
from optimizer.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_SPAN_S = 3 * SECONDS_PER_HOUR
_NUM_MOVED = 3
_DENSE = "dense outlined"
_FACTS = ("name", "phone", "address")

Take = Callable[[RecommendedSlot | None], Any]
"""Called with the slot that is taken; None leaves it to the planner."""


class UrgentForm:
    """The form of an urgent visit; `light` shows a worker on the board."""

    def __init__(self, setting: Setting, light: Callable[[Choice, str], None]) -> None:
        self.setting, self.light = setting, light
        self.patterns = patterns_of(setting.day)
        self.who = Finder(setting, "elder_id")
        self.place = PlaceField(setting, "place")
        first = next(iter(self.patterns.values()), None)
        minutes = 30 if first is None else max(1, first.service_duration_s // SECONDS_PER_MINUTE)
        self.minutes = NumberField(setting, "minutes", minutes, SECONDS_PER_MINUTE)
        self.start = TimeField(setting, "window_from", setting.now_s)
        midnight_s = (setting.number + 1) * SECONDS_PER_DAY
        self.end = TimeField(setting, "window_until", min(setting.now_s + _SPAN_S, midnight_s - SECONDS_PER_MINUTE))
        self.common = CommonFields(setting)

    def build(self) -> None:
        """Build the form."""
        texts = self.setting.texts
        with ui.row(wrap=False).classes("yz-fields yz-top"):
            self.who.build()
            self.place.build()
        with ui.row().classes("yz-fields") as self.newcomer:
            self.facts = {name: _text(texts.of("field", f"new_{name}"), f"new_{name}") for name in _FACTS}
        self.newcomer.set_visibility(False)
        with ui.row().classes("yz-fields yz-what"):
            names = {
                service: name_of_service(self.setting.day.problem, visit) for service, visit in self.patterns.items()
            }
            self.service = ui.select(names, value=next(iter(names), None), label=texts["field.service"])
            self.service.props(f"{_DENSE} options-dense").classes("yz-choice").mark("service")
            self.service.on_value_change(self._show_minutes)
            self.minutes.build()
            self.start.build()
            self.end.build()
            self.urgent = ui.checkbox(texts["field.urgent"], value=True).mark("urgent")
        self.common.build()

    def build_slots(self) -> None:
        """Build where the slots will be."""
        self.slots = ui.column().classes("yz-slots").props("aria-live=polite")

    def take(self, kind: Choice, name: str) -> None:
        """Take over whoever is chosen on the board."""
        if kind is not Choice.WORKER:
            self.who.take(kind, name)
            self.newcomer.set_visibility(False)

    def put(self, place: Location) -> None:
        """Take a place clicked on the map: somebody new lives there."""
        self.who.choose(None)
        self.place.put(place)
        self.newcomer.set_visibility(True)

    @property
    def event(self) -> VisitAdded:
        """The visit as it is reported.

        Raises
        ------
        Refusal
            With the first field that has no sound value.
        """
        texts, problem = self.setting.texts, self.setting.day.problem
        elder = None if self.who.found is not None else self._new_elder()
        pattern = self.patterns.get(self.service.value or "")
        if pattern is None:
            raise invalid("service", texts["field.nothing"], texts["field.nothing_cure"])
        start_s, end_s = self.start.value, self.end.value
        if start_s is None or end_s is None or end_s < start_s:
            raise invalid("window_until", texts["field.reversed"], texts["field.reversed_cure"])
        visit = replace(
            pattern,
            visit_id=_new_id("urgent", problem.visit_by_id),
            elder_id=self.who.found if elder is None else elder.elder_id,
            windows=(TimeWindow(start_s=start_s, end_s=end_s),),
            service_duration_s=self.minutes.value,
            note=self.common.note.value or "",
        )
        is_urgent = bool(self.urgent.value)
        return VisitAdded(
            at_s=self.common.at_s, visit=visit, elder=elder, urgent=is_urgent, note=self.common.note.value or ""
        )

    def offer(self, found: Recommendations, event: VisitAdded, take: Take) -> None:
        """Show slots as buttons, or why there are none."""
        self.slots.clear()
        with self.slots:
            if not found.slots:
                self._no_slot(found, event)
            for number, slot in enumerate(found.slots):
                self._slot(slot, take, is_best=number == 0)
        ui.run_javascript(f"getHtmlElement({self.slots.id}).scrollIntoView({{block: 'nearest'}})")

    def _show_minutes(self) -> None:
        pattern = self.patterns.get(self.service.value or "")
        if pattern is not None:
            self.minutes.input.value = max(1, pattern.service_duration_s // SECONDS_PER_MINUTE)

    def _new_elder(self) -> Elder:
        problem = self.setting.day.problem
        facts: dict[str, str] = {name: str(field.value or "") for name, field in self.facts.items()}
        return Elder(
            elder_id=_new_id("new", problem.elder_by_id),
            place=self.place.value,
            name=facts["name"],
            phone=facts["phone"],
            address=facts["address"],
        )

    def _slot(self, slot: RecommendedSlot, take: Take, *, is_best: bool) -> None:
        button = ui.button(on_click=lambda: take(slot)).props("outline no-caps align=left").classes("yz-remedy")
        button.mark("slot")
        button.on("focus", lambda: self.light(Choice.WORKER, slot.worker_id))
        with button:
            with ui.element("div"):
                ui.label(f"{'★ ' if is_best else ''}{slot_text(self.setting, slot)}").classes("yz-strong")
                ui.label(moved_text(self.setting, slot)).classes("yz-small")
            ui.label(yuan(slot.extra_cents, signed=True)).classes("yz-price")

    def _no_slot(self, found: Recommendations, event: VisitAdded) -> None:
        texts = self.setting.texts
        ui.label(texts["slots.none"]).classes("yz-alarm")
        if found.no_slot is None:
            return
        for reason in found.no_slot.reasons[:4]:
            ui.label(reason_text(texts, reason))
        remedy, nearest = found.no_slot.remedy, found.no_slot.nearest
        if remedy is not None and nearest is not None:
            who = self._name_of(event)
            words = remedy_words(texts, self.setting.day.problem, who, remedy)
            slot = slot_text(self.setting, nearest)
            ui.label(texts.text("slots.nearest", remedy=words, slot=slot, price=yuan(nearest.extra_cents, signed=True)))

    def _name_of(self, event: VisitAdded) -> str:
        elder = event.elder or self.setting.day.problem.elder_by_id.get(event.visit.elder_id or "")
        return event.visit.visit_id if elder is None else elder.name or elder.elder_id


def slot_text(setting: Setting, slot: Slot) -> str:
    """When, by whom, and after which loading."""
    problem = setting.day.problem
    worker = name_of_worker(problem.worker_by_id[slot.worker_id])
    text = f"{setting.clock(slot.start_s)} {worker}"
    if slot.loads_at is None:
        return text
    return f"{text} · {setting.texts.text('slots.loads', station=name_of_station(problem, slot.loads_at))}"


def moved_text(setting: Setting, slot: Slot) -> str:
    """Who else is moved by a slot, and from when to when."""
    if not slot.moved:
        return setting.texts["slots.nobody_moved"]
    rows = setting.day.row_by_visit_id
    names = [
        f"{rows[each.visit_id].who} {setting.clock(each.before_s)}→{setting.clock(each.after_s)}"
        for each in slot.moved[:_NUM_MOVED]
    ]
    rest = f" +{len(slot.moved) - _NUM_MOVED}" if len(slot.moved) > _NUM_MOVED else ""
    return setting.texts.text("slots.moved", count=len(slot.moved), names="、".join(names) + rest)


def patterns_of(day: Day) -> Mapping[str, Visit]:
    """By service the usual visit for one elder: as long, with the same skills and portions as most; commonest first."""
    found: dict[str, list[Visit]] = {}
    for visit in day.problem.visits:
        if visit.elder_id is not None and visit.num_workers == 1 and visit.place is None:
            found.setdefault(visit.service, []).append(visit)
    services = sorted(found, key=lambda service: -len(found[service]))
    return {service: _pattern(found[service]) for service in services}


def _pattern(visits: Sequence[Visit]) -> Visit:
    def facts(visit: Visit) -> tuple[Any, ...]:
        return visit.service_duration_s, tuple(visit.skills.items()), tuple(visit.demand.items())

    usual, _ = Counter(map(facts, visits)).most_common(1)[0]
    visit = next(each for each in visits if facts(each) == usual)
    return Visit(
        visit_id="",
        service=visit.service,
        windows=(),
        service_duration_s=visit.service_duration_s,
        demand=visit.demand,
        skills=visit.skills,
        max_on_board_s=visit.max_on_board_s,
        soft_on_board_s=visit.soft_on_board_s,
        counts_for_continuity=visit.counts_for_continuity,
    )


def _text(label: str, marker: str) -> ui.input:
    return ui.input(label).props(_DENSE).classes("yz-choice").mark(marker)


def _new_id(kind: str, known: Mapping[str, object]) -> str:
    return next(name for name in (f"{kind}-{number}" for number in count(1)) if name not in known)
