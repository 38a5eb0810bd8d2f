"""What the commands of network planning write: workbooks, GeoJSON and pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

from optimizer.assign import supply_run_ids
from optimizer.formats.drawing import PathOf, Streets, leg_paths
from optimizer.formats.picture import Dots, Layer, Lines, Shape, colour_of, write_picture
from optimizer.formats.words import Words
from optimizer.formats.workbook import save_workbook
from optimizer.network.dining import Dining, MealChoice
from optimizer.network.kitchen import Feeding, KitchenPlan
from optimizer.network.territories import Territories, holding_stations
from optimizer.problem import Location, Problem, Station


def write_records(path: Path, sheets: Mapping[str, Sequence[Any]]) -> None:
    """Write one sheet a name, a column a field and a row a record (a named tuple or a dataclass).

    A sheet without records is empty but for a note that it is.
    """
    save_workbook(path, [(name, _rows(records)) for name, records in sheets.items()])


def _rows(records: Sequence[Any]) -> list[Sequence[Any]]:
    if not records:
        return [["(none)"]]
    if not is_dataclass(records[0]):
        return [records[0]._fields, *records]
    names = [field.name for field in fields(records[0])]
    return [names, *([getattr(record, name) for name in names] for record in records)]


def write_record_points(path: Path, records: Iterable[tuple[Location, Mapping[str, Any]]]) -> None:
    """Write places with their properties as GeoJSON points (WGS 84); properties that say nothing are left out."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
            "properties": {name: value for name, value in facts.items() if value not in (None, "")},
        }
        for place, facts in records
    ]
    tree = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(tree, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def write_territories(
    problem: Problem, territories: Territories, folder: Path, *, streets: Streets | None, words: Words
) -> None:
    """Write ``territories.xlsx``, ``territories.geojson`` and the picture ``territories.html``."""
    write_records(folder / "territories.xlsx", {"stations": territories.stations, "elders": territories.elders})
    places = [elder.place for elder in problem.elders]
    load_by_id = {load.station_id: load for load in territories.stations}
    write_record_points(
        folder / "territories.geojson",
        [
            *((s.place, {"kind": "station", **asdict(load_by_id[s.station_id])}) for s in holding_stations(problem)),
            *((p, {"kind": "elder", **asdict(e)}) for p, e in zip(places, territories.elders, strict=True)),
        ],
    )
    title = words.text("picture.territories-title", name=problem.name)
    notes = [_territory_note(territories, words)]
    layers = _territory_layers(problem, territories, words)
    write_picture(folder / "territories.html", title, layers, streets=streets, notes=notes, language=words.language)


def _territory_layers(problem: Problem, territories: Territories, words: Words) -> list[Layer]:
    holders = holding_stations(problem)
    place_of = {elder.elder_id: elder.place for elder in problem.elders}
    colours = {station.station_id: colour for station, colour in zip(holders, _apart(holders), strict=True)}
    layers: list[Layer] = []
    for station in holders:
        own = [elder for elder in territories.elders if elder.station_id == station.station_id]
        layers.append(
            Lines(
                name="ways to the station",
                lines=[(station.place, place_of[elder.elder_id]) for elder in own],
                colour=colours[station.station_id],
                width=0.35,
                is_in_legend=False,
            )
        )
        layers.append(
            Dots(
                name=words.text("picture.territory", station=station.name or station.station_id, number=len(own)),
                places=[place_of[elder.elder_id] for elder in own],
                colour=colours[station.station_id],
                texts=[
                    words.text("picture.way", elder=elder.elder_id, minutes=round((elder.way_s or 0) / 60))
                    for elder in own
                ],
                is_in_legend=len(holders) <= _MOST_IN_LEGEND,
            )
        )
    moved = [place_of[elder.elder_id] for elder in territories.elders if elder.has_moved]
    left_out = [elder for elder in territories.elders if elder.station_id is None]
    layers += [
        Dots(
            name=words.text("picture.moved", number=len(moved)),
            places=moved,
            colour="#1f2927",
            size=1.2,
            is_in_legend=bool(moved),
        ),
        Dots(
            name=words.text("picture.left-out", number=len(left_out)),
            places=[place_of[elder.elder_id] for elder in left_out],
            colour="#ffffff",
            shape="diamond",
            texts=[elder.why_not for elder in left_out],
            is_in_legend=bool(left_out),
        ),
        *_station_layers(holders, colours, words["station"], labels=len(holders) <= _MOST_IN_LEGEND),
    ]
    return layers


_MOST_IN_LEGEND = 30


def _station_layers(holders: Sequence[Station], colours: Mapping[str, str], name: str, *, labels: bool) -> list[Layer]:
    return [
        Dots(
            name=name,
            places=[station.place],
            colour=colours[station.station_id],
            size=6,
            shape="square",
            texts=[station.name or station.station_id],
            labels=[station.name or station.station_id] if labels else (),
            is_in_legend=False,
        )
        for station in holders
    ]


def _apart(stations: Sequence[Station]) -> list[str]:
    """A colour for each station, none like that of one of its nearest neighbours while colours last."""
    chosen: list[int] = []
    for idx, station in enumerate(stations):
        nearest = sorted(range(idx), key=lambda other: _apart_deg(stations[other].place, station.place))[
            :_NUM_NEIGHBOURS
        ]
        taken = {chosen[other] for other in nearest}
        chosen.append(next(number for number in range(_NUM_NEIGHBOURS + 1) if number not in taken))
    return [colour_of(number) for number in chosen]


_NUM_NEIGHBOURS = 7


def _apart_deg(first: Location, second: Location) -> float:
    return (first.lon - second.lon) ** 2 + (first.lat - second.lat) ** 2


def _territory_note(territories: Territories, words: Words) -> str:
    return words.text(
        "picture.territories-note",
        elders=len(territories.elders),
        stations=len(territories.stations),
        bound=f"{territories.bound:,}",
        cost=f"{territories.cost:,}",
        gap=f"{100 * territories.gap_share:.2f} %",
    )


def write_dining(problem: Problem, dining: Dining, folder: Path, *, streets: Streets | None, words: Words) -> None:
    """Write ``dining.xlsx``, ``dining.geojson`` and the picture ``dining.html``."""
    write_records(folder / "dining.xlsx", {"meals": dining.meals, "places": dining.places})
    use_by_id = {use.station_id: use for use in dining.places}
    places = [problem.elder_by_id[meal.elder_id].place for meal in dining.meals]
    write_record_points(
        folder / "dining.geojson",
        [
            *((s.place, use_by_id[s.station_id]._asdict()) for s in problem.stations if s.station_id in use_by_id),
            *((place, meal._asdict()) for place, meal in zip(places, dining.meals, strict=True)),
        ],
    )
    title = words.text("picture.dining-title", name=problem.name)
    counts = {how: dining.num(how) for how in _WAYS}
    note = words.text("picture.dining-note", **counts, yuan=f"{dining.cost_cents / 100:,.0f}")
    layers = _dining_layers(problem, dining, words)
    write_picture(folder / "dining.html", title, layers, streets=streets, notes=[note], language=words.language)


_WAYS = {"deliver": "#d55e00", "dine": "#009e73", "none": "#ffffff"}


def _dining_layers(problem: Problem, dining: Dining, words: Words) -> list[Layer]:
    layers: list[Layer] = []
    for how, colour in _WAYS.items():
        meals = [meal for meal in dining.meals if meal.how == how]
        homes = [problem.elder_by_id[meal.elder_id].place for meal in meals]
        ends = [problem.station_by_id[meal.station_id].place for meal in meals if meal.station_id is not None]
        lines = list(zip(homes, ends, strict=False))
        name = words.text(f"picture.{how}", number=len(meals))
        layers.append(Lines(name=name, lines=lines, colour=colour, width=0.5, is_in_legend=False))
        texts = [meal.why_not or _meal_text(meal, words) for meal in meals]
        shape: Shape = "diamond" if how == "none" else "circle"
        layers.append(Dots(name=name, places=homes, colour=colour, texts=texts, shape=shape, size=3.5))
    used = [use for use in dining.places if use.num_dining or use.num_delivered]
    stations = [problem.station_by_id[use.station_id] for use in used]
    layers.append(
        Dots(
            name=words["picture.dining-station"],
            places=[station.place for station in stations],
            colour="#0072b2",
            size=6,
            shape="square",
            labels=[f"{use.num_dining} / {use.num_delivered}" for use in used],
            texts=[station.name or station.station_id for station in stations],
        )
    )
    return layers


def _meal_text(meal: MealChoice, words: Words) -> str:
    yuan = f"{meal.cost_cents / 100:.2f}"
    return words.text(
        "picture.meal", visit=meal.visit_id, station=meal.station_id, sitting=meal.sitting or "", yuan=yuan
    )


def write_echelons(
    kitchen: KitchenPlan,
    variants: Mapping[str, KitchenPlan],
    folder: Path,
    *,
    streets: Streets | None,
    path_of: PathOf,
    words: Words,
) -> None:
    """Write ``echelons.xlsx`` and the picture ``echelons.html`` of vans and last kilometre on one map."""
    sheets: dict[str, Sequence[NamedTuple]] = {"stations": kitchen.feedings}
    sheets |= {name.replace(":", "."): variant.rounds for name, variant in variants.items()}
    write_records(folder / "echelons.xlsx", sheets)
    best = kitchen.best_round
    note = words.text(
        "picture.kitchen-note",
        vans=best.num_vans,
        routes=len(kitchen.plan.routes),
        km=f"{best.distance_m / 1000:,.0f}",
        yuan=f"{best.cost_cents / 100:,.0f}",
        unserved=best.num_unserved,
        age="-" if best.chain_p95_s is None else f"{best.chain_p95_s / 60:.0f}",
    )
    title = words.text("picture.kitchen-title", name=kitchen.problem.name)
    layers = _echelon_layers(kitchen, path_of, words)
    write_picture(folder / "echelons.html", title, layers, streets=streets, notes=[note], language=words.language)


def _echelon_layers(kitchen: KitchenPlan, path_of: PathOf, words: Words) -> list[Layer]:
    problem, plan = kitchen.problem, kitchen.plan
    run_ids = set(supply_run_ids(problem))
    vans = [route for route in plan.routes if run_ids & {stop.visit_id for stop in route.visit_stops}]
    others = [route for route in plan.routes if route not in vans]
    layers: list[Layer] = [
        Lines(
            name=words["picture.other-routes"],
            lines=[[place for leg in leg_paths(problem, route, path_of) for place in leg] for route in others],
            colour="#7d8c88",
            width=1.2,
            texts=[
                words.text("picture.route", worker=route.worker_id, number=len(route.visit_stops)) for route in others
            ],
        )
    ]
    for number, route in enumerate(vans):
        lines = [[place for leg in leg_paths(problem, route, path_of) for place in leg]]
        num_stations = sum(stop.visit_id in run_ids for stop in route.visit_stops)
        name = words.text("picture.van", worker=route.worker_id, number=num_stations)
        layers.append(Lines(name=name, lines=lines, colour=colour_of(number + 3), width=2.6, texts=[name]))
    meals = [visit for visit in problem.visits if visit.elder_id is not None and visit.demand]
    fed = [problem.station_by_id[feeding.station_id] for feeding in kitchen.feedings]
    cooks = [station for station in problem.stations if station.waves]
    labels = [_fed_text(feeding, words) for feeding in kitchen.feedings]
    return [
        *layers,
        Dots(
            name=words["picture.meals"], places=[problem.place_of(visit) for visit in meals], colour="#1f2927", size=1.6
        ),
        Dots(
            name=words["picture.fed-station"],
            places=[station.place for station in fed],
            colour="#e69f00",
            size=5,
            shape="square",
            labels=labels,
            texts=[station.name or station.station_id for station in fed],
        ),
        Dots(
            name=words["picture.kitchen"],
            places=[station.place for station in cooks],
            colour="#d55e00",
            size=7,
            shape="diamond",
        ),
    ]


def _fed_text(feeding: Feeding, words: Words) -> str:
    brought = words["picture.not-fed"] if feeding.brought is None else feeding.brought[:5]
    return words.text("picture.fed-at", brought=brought, needed=(feeding.needed or "-")[:5])
