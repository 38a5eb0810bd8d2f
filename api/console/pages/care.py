"""Care map: who walks to a station in time and who does not, with one selection of map and tables (planners' view)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import HOME, Visitor
from api.console.care import PER_ELDERS, Care, Reach, Share
from api.console.care_layers import CELL_M, CareFile, CareLayer, CareLayers
from api.console.days import Sights
from api.console.frame import frame, say_fault
from api.console.pages.today import plan_or_none
from api.console.targets import Card
from api.console.widgets.cards import show_cards
from api.console.widgets.elements import COLOURS, CareMap
from api.console.widgets.grid import PickGrid
from api.console.widgets.panels import panel_behind
from api.store.records import PlanRecord
from optimizer.network.catchment import SLOW_WALK_KMH
from optimizer.network.coverage import WHOLE_COMMUNITY_SHARE
from optimizer.units import SECONDS_PER_MINUTE

GROUND_COLOURS = {
    CareLayer.AREAS: ("#9ecae1", "#c6dbef", "#eaf2fa"),
    CareLayer.DENSITY: ("#efedf5", "#bcbddc", "#807dba", "#4a1486"),
    CareLayer.COMMUNITIES: ("#b35806", "#fdb863", "#b2abd2", "#542788"),
}
"""Sequential blues and purples, and a brown-to-purple scale (ColorBrewer), all safe for colour-blind eyes."""
REACH_LOOKS: dict[Reach, dict[str, Any]] = {
    Reach.PLACED: {"shape": "circle", "colour": COLOURS["blue"], "radius": 3.2},
    Reach.FULL: {"shape": "triangle", "colour": COLOURS["orange"], "radius": 4.2},
    Reach.BEYOND: {"shape": "cross", "colour": "#a3130d", "radius": 4},
}
REACH_SIGNS = {Reach.PLACED: "●", Reach.FULL: "▲", Reach.BEYOND: "✕"}
_GROUND_TEXTS = {
    CareLayer.AREAS: "care.areas",
    CareLayer.DENSITY: "care.density",
    CareLayer.COMMUNITIES: "care.communities_ground",
}
_SHARE_WIDTHS = {"elders": 58, "covered": 70, "beyond": 64, "full": 68, "places": 58, "per": 64, "walk": 68}
_LESS = ("places", "walk", "per", "full")
_TIPS = ("cell", "supply", "walk", "load")


async def build(visitor: Visitor, sights: Sights, plan_id: str) -> None:
    """The care map of a plan's problem."""
    record = plan_or_none(visitor, plan_id)
    with frame(visitor, "care", f"{HOME}/plans/{plan_id}/care", record):
        if record is None or record.status is None:
            ui.label(visitor.texts["not_found" if record is None else "unserved.not_yet"]).classes("yz-empty")
            return
        await _show(visitor, sights, record)


async def _show(visitor: Visitor, sights: Sights, record: PlanRecord) -> None:
    try:
        layers = (await run_in_threadpool(sights.get, visitor, record.plan_id)).care_layers
        await run_in_threadpool(layers.care.prepare)
    except Exception as error:  # whatever it is, the visitor is told
        say_fault(visitor.texts, error)
        return
    CareBoard(visitor, layers).build()


class CareBoard:
    """One visitor's view of a care map."""

    def __init__(self, visitor: Visitor, layers: CareLayers) -> None:
        self.visitor, self.texts, self.layers = visitor, visitor.texts, layers
        self.care: Care = layers.care
        self.minutes = self.care.circle.limit_s // SECONDS_PER_MINUTE

    def build(self) -> None:
        """Build everything and connect it."""
        show_cards(self.texts, list(self._cards()))
        with ui.element("div").classes("yz-care-board"):
            with ui.element("section").classes("yz-panel").props(f'aria-label="{self.texts["care.map"]}"'):
                self._map_tools()
                self.map = CareMap(
                    self.care.day.record.plan_id,
                    self._words(),
                    {**{str(ground): colours for ground, colours in GROUND_COLOURS.items()}, "reach": REACH_LOOKS},
                    ground=CareLayer.AREAS,
                    tiles=self.visitor.service.settings.tile_url,
                )
                self.legend = ui.element("div").classes("yz-care-legend")
                self._show_legend(CareLayer.AREAS)
            with ui.element("section").classes("yz-panel"):
                self._tables()
        self.map.on_pick(self.pick)

    def pick(self, kind: str, name: str) -> None:
        """Choose a community or a station, wherever it was clicked; empty texts clear the selection."""
        self.map.light(kind, name)
        self.communities.light((name,) if kind == "community" else ())
        self.stations.light((name,) if kind == "station" else ())
        if kind:
            self.tabs.set_value("stations" if kind == "station" else "communities")
        self._show_groups(name if kind == "community" else "")

    def _cards(self) -> Iterator[Card]:
        total, coverage, texts = self.care.total, self.care.coverage, self.texts
        target = f"≥ {100 * WHOLE_COMMUNITY_SHARE:.0f} %"
        num_communities = len(self.care.communities)
        yield _card(texts["care.elders"], f"{total.num_elders:,}")
        yield Card(
            name=texts.text("care.covered", minutes=self.minutes),
            value=_percent(total.covered_share),
            target=texts.text("kpi.target", target=target),
            is_met=total.covered_share >= WHOLE_COMMUNITY_SHARE,
        )
        yield _card(texts["care.beyond"], f"{total.num_reach[Reach.BEYOND]:,}")
        yield _card(texts["care.placed"], _percent(coverage.total.placed_share))
        yield Card(
            name=texts["care.communities"],
            value=f"{coverage.num_communities_covered} / {num_communities}",
            target=texts.text("kpi.target", target=target),
            is_met=coverage.num_communities_covered == num_communities,
        )
        yield _card(texts["care.walk"], self._walk(total))
        yield _card(texts["care.supply"], f"{PER_ELDERS * total.places_per_elder:.0f}")
        yield _card(texts["care.gini"], "–" if coverage.access_gini is None else f"{coverage.access_gini:.2f}")

    def _map_tools(self) -> None:
        with ui.row(wrap=False).classes("yz-tools"):
            grounds = {ground: self.texts[key] for ground, key in _GROUND_TEXTS.items()}
            choice = ui.toggle(grounds, value=CareLayer.AREAS).props("dense no-caps unelevated").mark("care-ground")
            choice.props(f'aria-label="{self.texts["care.ground"]}"')
            choice.on_value_change(lambda event: self._show_ground(CareLayer(event.value)))
            with ui.button(self.texts["today.layers"], icon="layers").props("flat dense no-caps"), ui.menu():
                for layer in ("streets", "elders", "stations"):
                    box = ui.checkbox(self.texts[f"layer.{layer}"], value=True)
                    box.on_value_change(lambda event, layer=layer: self.map.show_layer(layer, event.value))
            groups = {"": self.texts["group.any"]}
            groups |= {str(group): self.texts.of("group", group) for group in self.care.day.groups}
            self.group = ui.select(groups, value="").props("dense borderless options-dense").classes("yz-group-choice")
            self.group.props(f'aria-label="{self.texts["layer.groups"]}"')
            self.group.on_value_change(lambda event: self.map.show_group(event.value))
            ui.button(self.texts["today.fit"], icon="fit_screen", on_click=self._fit).props("flat dense no-caps")
            ui.space()
            self._downloads()

    def _fit(self) -> None:
        self.map.fit()

    def _downloads(self) -> None:
        address = f"{HOME}/data/plans/{self.care.day.record.plan_id}/care-files"
        with ui.button(self.texts["care.get"], icon="download").props("flat dense no-caps").mark("care-get"), ui.menu():
            for kind in CareFile:
                item = ui.element("a").classes("yz-menu-link").props(f'href="{address}/{kind}" download')
                with item.mark(f"care-file-{kind}"):
                    ui.label(self.texts[f"care_file.{kind}"])

    def _show_ground(self, ground: CareLayer) -> None:
        self.map.show_ground(ground)
        self._show_legend(ground)

    def _show_legend(self, ground: CareLayer) -> None:
        """What shapes and colours mean, with numbers."""
        self.legend.clear()
        with self.legend:
            for reach in Reach:
                number, colour = self.care.total.num_reach[reach], REACH_LOOKS[reach]["colour"]
                with ui.row(wrap=False).classes("yz-key"):
                    ui.label(REACH_SIGNS[reach]).style(f"color: {colour}").props("aria-hidden=true")
                    ui.label(f"{self.texts[f'reach.{reach}']} {number}")
            ui.element("div").classes("yz-key-gap")
            if ground is CareLayer.AREAS and not self.care.circle.rings:
                ui.label(self.texts["care.no_streets"]).classes("yz-alarm")
                return
            title, steps = self._steps(ground)
            ui.label(title).classes("yz-soft")
            for text, colour in zip(steps, GROUND_COLOURS[ground], strict=False):
                with ui.row(wrap=False).classes("yz-key"):
                    ui.element("span").classes("yz-swatch").style(f"background: {colour}").props("aria-hidden=true")
                    ui.label(text)
            if ground is CareLayer.AREAS:
                normal, slow = self.care.circle.walking.speed_kmh, SLOW_WALK_KMH
                ui.label(self.texts.text("care.pace", normal=f"{normal:g}", slow=f"{slow:.1f}")).classes("yz-small")

    def _steps(self, ground: CareLayer) -> tuple[str, list[str]]:
        """What the colours of a ground measure, and the words of each."""
        texts = self.texts
        match ground:
            case CareLayer.AREAS:
                limits = [limit_s // SECONDS_PER_MINUTE for limit_s in self.care.circle.ring_limits_s]
                return texts["care.areas_legend"], [texts.text("care.within_min", minutes=each) for each in limits]
            case CareLayer.DENSITY:
                return texts.text("care.cell_legend", metres=CELL_M), self._ranges(self.layers.density_edges)
            case _:
                return texts["care.supply_legend"], self._ranges(self.layers.supply_edges)

    def _ranges(self, edges: tuple[int, ...]) -> list[str]:
        """Whole numbers from each edge to before the next one; from the last one on."""
        inner = [str(first) if first == after - 1 else f"{first}–{after - 1}" for first, after in pairwise(edges)]
        return [*inner, self.texts.text("care.from", edge=edges[-1])]

    def _tables(self) -> None:
        with ui.tabs().props("dense no-caps align=left inline-label").classes("yz-tabs") as self.tabs:
            ui.tab("communities", label=self.texts.text("care.by_community", count=len(self.care.communities)))
            ui.tab("stations", label=self.texts.text("care.by_station", count=len(self.care.stations)))
        self.tabs.set_value("communities")
        with panel_behind(self.tabs, "communities"):
            self.communities = self._community_grid()
        with panel_behind(self.tabs, "stations"):
            self.stations = self._station_grid()
        with ui.element("div").classes("yz-care-groups"):
            with ui.row(wrap=False).classes("yz-line"):
                self.heading = ui.label().classes("yz-strong")
                ui.space()
                self.back = ui.button(self.texts["care.back"], on_click=lambda: self.pick("", ""))
                self.back.props("flat dense no-caps").mark("care-back")
            self.groups = self._group_grid()
        self._show_groups("")

    def _community_grid(self) -> PickGrid:
        columns = {"name": (self.texts["care_column.name"], 104), **self._columns(_SHARE_WIDTHS)}
        worst_first = sorted(self.care.communities, key=lambda share: (share.covered_share, share.name))
        grid = PickGrid(self.visitor.look, columns, [self._row(share, share.name) for share in worst_first], less=_LESS)
        grid.on_pick(lambda name: self.pick("community", name))
        return grid

    def _group_grid(self) -> PickGrid:
        columns = {"name": (self.texts["care_column.group"], 104), **self._columns(_SHARE_WIDTHS)}
        grid = PickGrid(self.visitor.look, columns, [], less=_LESS)
        grid.on_pick(self._choose_group)
        return grid

    def _choose_group(self, group: str) -> None:
        """Show the homes of one group, or of all again where it was chosen already."""
        self.group.set_value("" if self.group.value == group else group)

    def _station_grid(self) -> PickGrid:
        columns = {"name": (self.texts["care_column.station"], 190)}
        grid = PickGrid(
            self.visitor.look,
            columns | self._columns({"around": 90, "room": 80, "placed": 90}),
            [
                {
                    "id": load.station.station_id,
                    "name": load.station.name or load.station.station_id,
                    "around": load.num_around,
                    "room": "∞" if load.room is None else load.room,
                    "placed": load.num_placed,
                }
                for load in self.care.stations
            ],
        )
        grid.on_pick(lambda station_id: self.pick("station", station_id))
        return grid

    def _columns(self, widths: dict[str, int]) -> dict[str, tuple[str, int]]:
        return {field: (self.texts[f"care_column.{field}"], width) for field, width in widths.items()}

    def _show_groups(self, community: str) -> None:
        self.heading.set_text(self.texts.text("care.by_group", name=community or self.texts["care.all"]))
        self.back.set_visibility(bool(community))
        shares = self.care.groups(community)
        self.groups.replace([self._row(share, self.texts.of("group", share.name)) for share in shares])

    def _row(self, share: Share, name: str) -> dict[str, Any]:
        return {
            "id": share.name,
            "name": name,
            "elders": share.num_elders,
            "covered": _percent(share.covered_share),
            "beyond": share.num_reach[Reach.BEYOND],
            "full": share.num_reach[Reach.FULL],
            "places": round(share.places),
            "per": round(PER_ELDERS * share.places_per_elder),
            "walk": self._walk(share),
        }

    def _walk(self, share: Share) -> str:
        if share.walk_mean_s is None:
            return "–"
        return self.texts.text("unit.minutes", value=f"{share.walk_mean_s / SECONDS_PER_MINUTE:.1f}")

    def _words(self) -> dict[str, str]:
        """What the map says."""
        words = {name: self.texts[f"care_tip.{name}"] for name in _TIPS}
        words |= {f"reach.{reach}": self.texts[f"reach.{reach}"] for reach in Reach}
        return words | {f"group.{group}": self.texts.of("group", group) for group in self.care.day.groups}


def _card(name: str, value: str) -> Card:
    return Card(name=name, value=value, target="", is_met=None)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
