"""What the commands of network planning write: workbooks, GeoJSON and pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from optimizer.assign import supply_run_ids
from optimizer.formats.drawing import PathOf, Streets, leg_paths
from optimizer.formats.picture import Dots, Layer, Lines, Shape, colour_of, write_picture
from optimizer.formats.workbook import save_workbook
from optimizer.network.dining import Dining
from optimizer.network.kitchen import KitchenPlan
from optimizer.network.territories import Territories, holding_stations
from optimizer.problem import Location, Problem, Station


def write_records(path: Path, sheets: Mapping[str, Sequence[NamedTuple]]) -> None:
    """Write one sheet a name, a column a field and a row a record; sheets without records are left out."""
    kept = {name: records for name, records in sheets.items() if records}
    save_workbook(path, [(name, [records[0]._fields, *records]) for name, records in kept.items()])


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


def write_territories(problem: Problem, territories: Territories, folder: Path, *, streets: Streets | None) -> None:
    """Write ``territories.xlsx``, ``territories.geojson`` and the picture ``territories.html``."""
    write_records(folder / "territories.xlsx", {"stations": territories.stations, "elders": territories.elders})
    places = [elder.place for elder in problem.elders]
    load_by_id = {load.station_id: load for load in territories.stations}
    write_record_points(
        folder / "territories.geojson",
        [
            *((s.place, {"kind": "station", **load_by_id[s.station_id]._asdict()}) for s in holding_stations(problem)),
            *((p, {"kind": "elder", **e._asdict()}) for p, e in zip(places, territories.elders, strict=True)),
        ],
    )
    title = f"Territories of {problem.name}"
    layers = _territory_layers(problem, territories)
    write_picture(folder / "territories.html", title, layers, streets=streets, notes=[_territory_note(territories)])


def _territory_layers(problem: Problem, territories: Territories) -> list[Layer]:
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
                name=f"{station.name or station.station_id}: {len(own)} elders",
                places=[place_of[elder.elder_id] for elder in own],
                colour=colours[station.station_id],
                texts=[f"{elder.elder_id}: {round((elder.way_s or 0) / 60)} min" for elder in own],
                is_in_legend=len(holders) <= _MOST_IN_LEGEND,
            )
        )
    moved = [place_of[elder.elder_id] for elder in territories.elders if elder.has_moved]
    left_out = [elder for elder in territories.elders if elder.station_id is None]
    layers += [
        Dots(name=f"{len(moved)} elders with a new station", places=moved, colour="#1f2927", size=1.2),
        Dots(
            name=f"{len(left_out)} elders left out",
            places=[place_of[elder.elder_id] for elder in left_out],
            colour="#ffffff",
            shape="diamond",
            texts=[elder.why_not for elder in left_out],
        ),
        *_station_layers(holders, colours, labels=len(holders) <= _MOST_IN_LEGEND),
    ]
    return layers


_MOST_IN_LEGEND = 30


def _station_layers(holders: Sequence[Station], colours: Mapping[str, str], *, labels: bool) -> list[Layer]:
    return [
        Dots(
            name="station",
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


def _territory_note(territories: Territories) -> str:
    return (
        f"{len(territories.elders)} elders, {len(territories.stations)} stations; the cheapest territories cost at "
        f"least {territories.bound:,} weighted seconds, these cost {territories.cost:,} "
        f"(gap {100 * territories.gap_share:.2f} %)."
    )


def write_dining(problem: Problem, dining: Dining, folder: Path, *, streets: Streets | None) -> None:
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
    title = f"Eat there or be delivered: {problem.name}"
    note = (
        f"{dining.num('dine')} meals are eaten there, {dining.num('deliver')} delivered, {dining.num('none')} not "
        f"served; {dining.cost_cents / 100:,.0f} yuan in all."
    )
    layers = _dining_layers(problem, dining)
    write_picture(folder / "dining.html", title, layers, streets=streets, notes=[note])


_WAYS = {"deliver": "#d55e00", "dine": "#009e73", "none": "#ffffff"}


def _dining_layers(problem: Problem, dining: Dining) -> list[Layer]:
    layers: list[Layer] = []
    names = {"dine": "walks to a table", "deliver": "is brought the meal", "none": "gets no meal"}
    for how, colour in _WAYS.items():
        meals = [meal for meal in dining.meals if meal.how == how]
        homes = [problem.elder_by_id[meal.elder_id].place for meal in meals]
        ends = [problem.station_by_id[meal.station_id].place for meal in meals if meal.station_id is not None]
        lines = list(zip(homes, ends, strict=False))
        layers.append(Lines(name=names[how], lines=lines, colour=colour, width=0.5, is_in_legend=False))
        texts = [
            meal.why_not or f"{meal.visit_id}: {meal.station_id} {meal.sitting or ''} {meal.cost_cents / 100:.2f} yuan"
            for meal in meals
        ]
        shape: Shape = "diamond" if how == "none" else "circle"
        layers.append(
            Dots(name=f"{names[how]}: {len(meals)}", places=homes, colour=colour, texts=texts, shape=shape, size=3.5)
        )
    used = [use for use in dining.places if use.num_dining or use.num_delivered]
    stations = [problem.station_by_id[use.station_id] for use in used]
    layers.append(
        Dots(
            name="station: eat there / brought from there",
            places=[station.place for station in stations],
            colour="#0072b2",
            size=6,
            shape="square",
            labels=[f"{use.num_dining} / {use.num_delivered}" for use in used],
            texts=[station.name or station.station_id for station in stations],
        )
    )
    return layers


def write_echelons(
    kitchen: KitchenPlan,
    variants: Mapping[str, KitchenPlan],
    folder: Path,
    *,
    streets: Streets | None,
    path_of: PathOf,
) -> None:
    """Write ``echelons.xlsx`` and the picture ``echelons.html`` of vans and last kilometre on one map."""
    sheets: dict[str, Sequence[NamedTuple]] = {"stations": kitchen.feedings}
    sheets |= {name.replace(":", "."): variant.rounds for name, variant in variants.items()}
    write_records(folder / "echelons.xlsx", sheets)
    best = kitchen.best_round
    age = "" if best.chain_p95_s is None else f", 95 % of meals within {best.chain_p95_s / 60:.0f} min of the kitchen"
    note = (
        f"{best.num_vans} vans, {len(kitchen.plan.routes)} routes, {best.distance_m / 1000:,.0f} km, "
        f"{best.cost_cents / 100:,.0f} yuan, {best.num_unserved} visits unserved{age}."
    )
    title = f"Kitchen, vans and last kilometre: {kitchen.problem.name}"
    layers = _echelon_layers(kitchen, path_of)
    write_picture(folder / "echelons.html", title, layers, streets=streets, notes=[note])


def _echelon_layers(kitchen: KitchenPlan, path_of: PathOf) -> list[Layer]:
    problem, plan = kitchen.problem, kitchen.plan
    run_ids = set(supply_run_ids(problem))
    vans = [route for route in plan.routes if run_ids & {stop.visit_id for stop in route.visit_stops}]
    others = [route for route in plan.routes if route not in vans]
    layers: list[Layer] = [
        Lines(
            name="other routes",
            lines=[[place for leg in leg_paths(problem, route, path_of) for place in leg] for route in others],
            colour="#7d8c88",
            width=1.2,
            texts=[f"{route.worker_id}: {len(route.visit_stops)} visits" for route in others],
        )
    ]
    for number, route in enumerate(vans):
        lines = [[place for leg in leg_paths(problem, route, path_of) for place in leg]]
        name = f"van of {route.worker_id}: {sum(stop.visit_id in run_ids for stop in route.visit_stops)} stations"
        layers.append(Lines(name=name, lines=lines, colour=colour_of(number + 3), width=2.6, texts=[name]))
    meals = [visit for visit in problem.visits if visit.elder_id is not None and visit.demand]
    fed = [problem.station_by_id[feeding.station_id] for feeding in kitchen.feedings]
    cooks = [station for station in problem.stations if station.waves]
    labels = [f"{(f.brought or 'not fed')[:5]}, needed {(f.needed or '-')[:5]}" for f in kitchen.feedings]
    return [
        *layers,
        Dots(name="meals", places=[problem.place_of(visit) for visit in meals], colour="#1f2927", size=1.6),
        Dots(
            name="station: brought at, needed at",
            places=[station.place for station in fed],
            colour="#e69f00",
            size=5,
            shape="square",
            labels=labels,
            texts=[station.name or station.station_id for station in fed],
        ),
        Dots(name="kitchen", places=[station.place for station in cooks], colour="#d55e00", size=7, shape="diamond"),
    ]
