"""What is drawn in the browser, as elements of a page that say what was clicked; drawings load their own data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nicegui.element import Element
from nicegui.elements import echart, leaflet  # noqa: F401 - they register the libraries that the drawings use
from nicegui.events import GenericEventArguments

from api.console.access import HOME
from api.console.day import Choice, Spotlight
from optimizer.problem import Location

Pick = Callable[[Choice | None, str], None]
"""What is called with a kind and an id, or with None where nothing was hit."""

COLOURS = {
    "blue": "#0072b2",
    "sky": "#56b4e9",
    "green": "#009e73",
    "yellow": "#f0e442",
    "orange": "#e69f00",
    "vermilion": "#d55e00",
    "purple": "#cc79a7",
    "black": "#1d2b2a",
}
"""Okabe and Ito's palette, told apart by all common kinds of colour vision (Color Universal Design, 2008)."""


class Picked(Element):
    """Something of which visits, elders or workers are picked."""

    def on_pick(self, pick: Pick) -> None:
        """Call `pick` with what was clicked."""

        def handle(event: GenericEventArguments) -> None:
            kind = event.args.get("kind")
            pick(Choice(kind) if kind in set(Choice) else None, str(event.args.get("id", "")))

        self.on("pick", handle)


class AlertList(Picked, component="alert_list.js"):
    """What deserves notice, as buttons; `none` is said where nothing does."""

    def __init__(self, none: str) -> None:
        super().__init__()
        self._props["none"] = none
        self.items: Sequence[Mapping[str, str]] = ()
        self.show((), "")

    def show(self, items: Sequence[Mapping[str, str]], more: str) -> None:
        """Show these alerts (``id``, ``state``, ``sign``, ``title``, ``text``), and what is said of `more`."""
        self.items = items
        self._props["items"], self._props["more"] = list(items), more
        self.update()


class Drawing(Picked):
    """What map and time line share: a plan's layers, a day, a spotlight, a time, and picks."""

    def __init__(self, plan_id: str, day: int, words: Mapping[str, str], **props: Any) -> None:
        super().__init__()
        self._props["base"] = _base_of(plan_id)
        self._props["day"] = day
        self._props["words"] = dict(words)
        self._props["colours"] = COLOURS
        for name, value in props.items():
            self._props[name] = value

    def light(self, spotlight: Spotlight) -> None:
        """Let something stand out."""
        self.run_method("light", asdict(spotlight))

    def change(self, plan_id: str, before_id: str, facts: Mapping[str, Any]) -> None:
        """Go on to another plan by what differs from the one before; whatever does not belong to a plan stays."""
        self.run_method("change", _base_of(plan_id), before_id, facts)

    def let_move(self, is_movable: bool) -> None:
        """Let visits be dragged, or no more."""
        self.run_method("letMove", is_movable)

    def show_time(self, time_s: int, speed: int) -> None:
        """Show the day at a time, moving on by `speed` seconds each second."""
        self.run_method("showTime", time_s, speed)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapDrop:
    """A home, or the place of a visit, that was dragged onto a worker's route, to where that is at a time."""

    kind: Choice
    name: str
    to_id: str
    time_s: int


class PlanMap(Drawing, component="plan_map.js", default_classes="yz-map"):
    """Streets, stations, elders, routes, and where everybody is at a time."""

    def __init__(self, plan_id: str, day: int, words: Mapping[str, str], **props: Any) -> None:
        super().__init__(plan_id, day, words, **props)
        self.add_resource(Path(leaflet.__file__).parent / "dist")

    def show_layer(self, name: str, is_shown: bool) -> None:
        """Show or hide a layer."""
        self.run_method("showLayer", name, is_shown)

    def show_group(self, group: str) -> None:
        """Show the elders of one group only; all of them for an empty name."""
        self.run_method("showGroup", group)

    def on_drop(self, drop: Callable[[MapDrop], None]) -> None:
        """Call `drop` with what was dragged, and where it was let go."""

        def handle(event: GenericEventArguments) -> None:
            facts = event.args
            kind, name, to_id = Choice(facts["kind"]), str(facts["id"]), str(facts["to_id"])
            drop(MapDrop(kind=kind, name=name, to_id=to_id, time_s=int(facts["time_s"])))

        self.on("drop", handle)

    def on_ground(self, put: Callable[[Location], None]) -> None:
        """Call `put` with the place that was clicked while one is asked for."""

        def handle(event: GenericEventArguments) -> None:
            put(Location(lon=round(float(event.args["lon"]), 6), lat=round(float(event.args["lat"]), 6)))

        self.on("ground", handle)

    def ask_place(self, is_asked: bool) -> None:
        """Ask for a place by a click on the map, or ask no more."""
        self.run_method("askPlace", is_asked)

    def show_place(self, place: Location, radius_m: int = 0) -> None:
        """Mark a place, or everything around it."""
        self.run_method("showPlace", place.lon, place.lat, radius_m)

    def fit(self) -> None:
        """Show everything."""
        self.run_method("fit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A visit that was dragged from one worker's row to a time of the same or another."""

    visit_id: str
    from_id: str
    to_id: str
    time_s: int


class TimeLine(Drawing, component="time_line.js", default_classes="yz-time-line"):
    """A row for every route: travel, waits, visits, breaks, loadings, links and promised windows."""

    def pend(self, visit_ids: Sequence[str]) -> None:
        """Show visits as those of which nobody knows yet how they will be, until the next version is shown."""
        self.run_method("pend", list(visit_ids))

    def on_drop(self, drop: Callable[[Drop], None]) -> None:
        """Call `drop` with the visit that was dragged, and where it was let go."""

        def handle(event: GenericEventArguments) -> None:
            facts = event.args
            time_s = int(facts["time_s"])
            names = {name: str(facts[name]) for name in ("visit_id", "from_id", "to_id")}
            drop(Drop(time_s=time_s, **names))

        self.on("drop", handle)


class CareMap(Element, component="care_map.js", default_classes="yz-map"):
    """Grounds of walking time, density or supply; homes by how they stand; stations.

    Parameters
    ----------
    palette
        Colours of the classes of each ground, and looks of homes (``reach``).
    """

    def __init__(
        self, plan_id: str, words: Mapping[str, str], palette: Mapping[str, Any], *, ground: str, tiles: str
    ) -> None:
        super().__init__()
        props = {"words": dict(words), "palette": dict(palette), "ground": ground, "tiles": tiles}
        for name, value in {"base": _base_of(plan_id), **props}.items():
            self._props[name] = value
        self.add_resource(Path(leaflet.__file__).parent / "dist")

    def on_pick(self, pick: Callable[[str, str], None]) -> None:
        """Call `pick` with ``"community"`` or ``"station"`` and its name; with empty texts where nothing was hit."""
        self.on("pick", lambda event: pick(event.args.get("kind") or "", str(event.args.get("id", ""))))

    def light(self, kind: str, name: str) -> None:
        """Let a community or station stand out; nothing for empty texts."""
        self.run_method("light", kind or None, name)

    def show_ground(self, name: str) -> None:
        """Show another ground."""
        self.run_method("showGround", name)

    def show_layer(self, name: str, is_shown: bool) -> None:
        """Show or hide streets, homes or stations."""
        self.run_method("showLayer", name, is_shown)

    def show_group(self, group: str) -> None:
        """Show the homes of one group only; all of them for an empty name."""
        self.run_method("showGroup", group)

    def fit(self) -> None:
        """Show everything."""
        self.run_method("fit")


def _base_of(plan_id: str) -> str:
    """Where the layers of a plan are."""
    return f"{HOME}/data/plans/{plan_id}"
