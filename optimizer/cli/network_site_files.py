"""What the commands about sites and services write: workbooks, layers, maps and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from optimizer.cli.faults import option_fault
from optimizer.cli.network_files import write_records
from optimizer.formats.json import facts_from_json, facts_to_json, problem_to_json
from optimizer.formats.picture import Areas, Dots, Layer, colour_of, write_picture
from optimizer.formats.picture_png import write_png
from optimizer.formats.words import Words
from optimizer.network.baskets import BasketRules, Baskets
from optimizer.network.catchment import Catchment
from optimizer.network.circle import Circle
from optimizer.network.coverage import Coverage, Covered
from optimizer.network.month import month_rules
from optimizer.network.rollout_plan import RollOutPlan, Step, first_years
from optimizer.network.site_tables import write_sites
from optimizer.network.sites import CommunityKind, RollOut
from optimizer.problem import Elder, Location, Problem, Station
from optimizer.travel import StreetGraph, write_streets
from optimizer.travel.isochrones import merged_ground, write_isochrones

BAND_COLOURS = ("#1a9850", "#91cf60", "#fee08b", "#d73027")
"""Up to a third of the limit, two thirds, the limit, beyond."""

NEVER_COLOUR = "#b8bcc0"

_YEAR_COLUMNS = ("year", "new", "open", "million-yuan", "in-reach", "place", "urban", "villages")


class ShareRow(NamedTuple):
    """A row about a group or community."""

    of: str
    elders: int
    within_reach: int
    with_a_place: int
    within_reach_percent: float
    with_a_place_percent: float


class StationRow(NamedTuple):
    """A row about a station."""

    station_id: str
    name: str
    capacity: int | None
    elders_within_reach: int
    elders_with_a_place: int


class ElderRow(NamedTuple):
    """A row about an elder."""

    elder_id: str
    community: str
    nearest_walk_min: float | None
    station_id: str | None
    places_per_elder: float


class YearRow(NamedTuple):
    """Figures of a year, as text."""

    year: str
    opened: str
    open: str
    million_yuan: str
    within_reach: str
    with_a_place: str
    urban: str
    villages: str


class OpeningRow(NamedTuple):
    """What is done at a site, and when."""

    year: int
    step: str
    site_id: str
    name: str
    community: str
    lon: float
    lat: float
    yuan: float


class BasketRow(NamedTuple):
    """One service of one elder."""

    elder_id: str
    name: str
    community: str
    service: str
    times: int
    yuan: float


def write_coverage(folder: Path, problem: Problem, circle: Circle, words: Words) -> list[str]:
    """Write tables, map, picture and (where there are streets) isochrones; returns the names."""
    names = ["coverage.xlsx", "coverage.html", "coverage.png"]
    stations, rooms, found, streets = circle.stations, circle.rooms, circle.coverage, circle.streets
    write_records(folder / "coverage.xlsx", _coverage_sheets(stations, found, rooms))
    grounds: list[Layer] = []
    limit_s = circle.limit_s
    if streets is not None:
        for name in ("isochrones.gpkg", "isochrones.geojson"):
            write_isochrones(circle.rings, folder / name)
            names.append(name)
        name = words.text("picture.on-foot", minutes=limit_s // 60)
        grounds = [_ground_layer(merged_ground(circle.rings, limit_s), name)]
    layers = [*grounds, *_band_layers(found.catchment, words), _station_layer(stations, found.load, rooms, words)]
    title = words.text("picture.circle-title", name=problem.name, minutes=limit_s // 60)
    notes = [_coverage_note(found, words)]
    header = tuple(words[f"picture.{name}"] for name in ("elders", "in-reach", "place"))
    table = [(words["picture.group"], *header), _share_cells(words["picture.all"], found.total)]
    table += [_share_cells(words.of("group", name), each) for name, each in found.by_group.items()]
    worst = sorted(found.by_community.items(), key=lambda item: item[1].covered_share)[:12]
    communities = [(words["picture.community"], *header), *(_share_cells(*item) for item in worst)]
    _draw(folder / "coverage", title, layers, streets, notes=notes, tables=[table, communities], words=words)
    return names


def write_roll_out(
    folder: Path,
    problem: Problem,
    *,
    roll_out: RollOut,
    catchment: Catchment,
    plan: RollOutPlan,
    streets: StreetGraph | None,
    words: Words,
) -> list[str]:
    """Write tables, map, picture and the sites decided about; returns the names."""
    sites = {site.site_id: site for site in roll_out.sites}
    openings = [
        OpeningRow(
            opening.year,
            opening.step,
            opening.site_id,
            (site := sites[opening.site_id]).name,
            site.community,
            site.place.lon,
            site.place.lat,
            (site.open_cents if opening.step is Step.OPEN else site.upgrade_cents) / 100,
        )
        for opening in plan.openings
    ]
    write_records(folder / "site.xlsx", {"openings": openings, "years": _year_records(roll_out, plan)})
    write_sites(roll_out.sites, folder / "sites.csv")
    layers = _roll_out_layers(roll_out, catchment, plan, words)
    note = words.text(
        "picture.roll-out-note",
        goal=words.of("goal", roll_out.goal),
        value=f"{plan.value:,}",
        bound=f"{plan.bound:,}",
        proof=words.of("proof", plan.proof),
        yuan=f"{plan.total_cents / 100:,.0f}",
        short=plan.num_short,
    )
    title = words.text("picture.roll-out-title", name=problem.name, years=roll_out.num_years)
    header = tuple(words[f"picture.{name}"] for name in _YEAR_COLUMNS)
    rows = [header, *year_rows(roll_out, plan)]
    _draw(folder / "site", title, layers, streets, notes=[note], tables=[rows], words=words)
    return ["site.xlsx", "site.html", "site.png", "sites.csv"]


def _draw(
    path: Path,
    title: str,
    layers: Sequence[Layer],
    streets: StreetGraph | None,
    *,
    notes: Sequence[str],
    tables: Sequence[Sequence[Sequence[str]]],
    words: Words,
) -> None:
    """The map as a page, and with `tables` beside it as a PNG."""
    ground = None if streets is None else streets.segments
    write_picture(path.with_suffix(".html"), title, layers, streets=ground, notes=notes, language=words.language)
    write_png(path.with_suffix(".png"), title, layers, streets=ground, notes=notes, tables=tables)


def year_rows(roll_out: RollOut, plan: RollOutPlan) -> list[tuple[str, ...]]:
    """Figures of every year as text."""
    rows = []
    for each in plan.years:
        opened = sum(opening.year == each.year for opening in plan.openings)
        kinds = [f"{each.communities_covered[kind]}/{each.communities[kind]}" for kind in CommunityKind]
        counts = (each.year, opened, each.num_open, f"{each.spent_cents / 1e8:,.2f}", each.num_covered, each.num_placed)
        rows.append((*map(str, counts), *kinds))
    return rows


def read_rules(problem: Problem, path: Path | None, *, num_days: int, budget_cents: int | None) -> BasketRules:
    """The rules in a JSON file, what it leaves out filled in from the problem's day.

    Raises
    ------
    InputError
        With every fault of the file, or if the problem has nothing to fill in from.
    """
    given = BasketRules()
    if path is not None:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise option_fault("--rules", f"{str(path)!r} cannot be read: {error.strerror}.") from None
        given = facts_from_json(BasketRules, data)
    own = month_rules(problem, num_days=num_days)
    return replace(
        given,
        offers=given.offers or own.offers,
        minutes_by_skill=given.minutes_by_skill or own.minutes_by_skill,
        budget_cents=given.budget_cents if budget_cents is None else budget_cents,
    )


def write_baskets(
    folder: Path,
    problem: Problem,
    *,
    rules: BasketRules,
    chosen: Baskets,
    month: Sequence[Problem],
    streets: StreetGraph | None,
) -> list[str]:
    """Write the baskets, the rules, and the problems of the days; returns the names."""
    price = {offer.service: offer.price_cents for offer in rules.offers}
    rows = [
        BasketRow(elder.elder_id, elder.name, elder.community, service, times, times * price[service] / 100)
        for elder in problem.elders
        for service, times in chosen.times_by_elder_id.get(elder.elder_id, {}).items()
    ]
    write_records(folder / "baskets.xlsx", {"baskets": rows})
    (folder / "rules.json").write_bytes(facts_to_json(rules))
    (folder / "days").mkdir()
    for day in month:
        (folder / "days" / f"{day.horizon.first_date.isoformat()}.json").write_bytes(problem_to_json(day))
    names = ["baskets.xlsx", "rules.json", "days"]
    if streets is not None:
        write_streets(streets, folder / "streets")
        names.append("streets")
    return names


def _coverage_sheets(
    stations: Sequence[Station], found: Coverage, rooms: Sequence[int | None]
) -> dict[str, Sequence[NamedTuple]]:
    within = found.catchment.within
    return {
        "groups": [_share_row(name, each) for name, each in {"all": found.total, **found.by_group}.items()],
        "communities": [_share_row(name, each) for name, each in found.by_community.items()],
        "stations": [
            StationRow(station.station_id, station.name, room, int(within[:, idx].sum()), int(found.load[idx]))
            for idx, (station, room) in enumerate(zip(stations, rooms, strict=True))
        ],
        "elders": [
            ElderRow(
                elder.elder_id,
                elder.community,
                None if nearest_s < 0 else round(nearest_s / 60, 1),
                stations[site].station_id if site >= 0 else None,
                round(access, 4),
            )
            for elder, nearest_s, site, access in zip(
                found.catchment.elders,
                found.catchment.nearest_s.tolist(),
                found.site_idx.tolist(),
                found.access.tolist(),
                strict=True,
            )
        ],
    }


def _share_row(name: str, each: Covered) -> ShareRow:
    shares = (round(100 * share, 1) for share in (each.covered_share, each.placed_share))
    return ShareRow(name, each.num_elders, each.num_covered, each.num_placed, *shares)


def _share_cells(name: str, each: Covered) -> tuple[str, ...]:
    return (name, str(each.num_elders), f"{100 * each.covered_share:.1f} %", f"{100 * each.placed_share:.1f} %")


def _coverage_note(found: Coverage, words: Words) -> str:
    total = found.total
    return words.text(
        "picture.circle-note",
        near=f"{total.num_covered:,}",
        elders=f"{total.num_elders:,}",
        near_share=f"{100 * total.covered_share:.1f} %",
        placed=f"{total.num_placed:,}",
        placed_share=f"{100 * total.placed_share:.1f} %",
        covered=found.num_communities_covered,
        communities=len(found.by_community),
        gini="-" if found.access_gini is None else f"{found.access_gini:.3f}",
    )


def _ground_layer(ground: shapely.Geometry, name: str) -> Areas:
    areas = [
        [_ring(ring) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(ground)
        if isinstance(part, shapely.Polygon)
    ]
    return Areas(name=name, areas=areas, colour="#4575b4", opacity=0.13)


def _ring(ring: shapely.LinearRing) -> list[Location]:
    return [Location(lon=lon, lat=lat) for lon, lat in shapely.get_coordinates(ring).tolist()]


def _band_layers(catchment: Catchment, words: Words) -> list[Layer]:
    """Elders by their walk to the nearest station."""
    limit_s = catchment.limit_s
    edges = [-1.0, *(limit_s * part / 3 for part in (1, 2, 3)), np.inf]
    nearest = np.where(catchment.nearest_s < 0, np.inf, catchment.nearest_s)
    layers: list[Layer] = []
    for (low, high), colour in zip(pairwise(edges), BAND_COLOURS, strict=True):
        chosen = (nearest > low) & (nearest <= high)
        number = f"{int(chosen.sum()):,}"
        name = (
            words.text("picture.beyond", minutes=limit_s // 60, number=number)
            if np.isinf(high)
            else words.text("picture.band", start=max(0, int(low)) // 60, end=int(high) // 60, number=number)
        )
        layers.append(_elder_layer(catchment.elders, chosen, name, colour))
    return layers


def _elder_layer(elders: Sequence[Elder], chosen: NDArray[np.bool_], name: str, colour: str) -> Dots:
    places = [elders[row].place for row in np.flatnonzero(chosen).tolist()]
    size = 2.6 if len(elders) < 5_000 else 1.4
    return Dots(name=name, places=places, colour=colour, size=size)


def _station_layer(
    stations: Sequence[Station], load: NDArray[np.int64], rooms: Sequence[int | None], words: Words
) -> Dots:
    texts = [
        words.text(
            "picture.room",
            station=station.name or station.station_id,
            number=number,
            room=words["picture.any-room"] if room is None else room,
        )
        for station, number, room in zip(stations, load.tolist(), rooms, strict=True)
    ]
    places = [station.place for station in stations]
    return Dots(name=words["station"], places=places, colour="#1f2927", size=5.5, shape="square", texts=texts)


def _roll_out_layers(roll_out: RollOut, catchment: Catchment, plan: RollOutPlan, words: Words) -> list[Layer]:
    """Elders by the year in which they come within reach, and sites by the year in which they open."""
    opened, _ = first_years(roll_out, plan.openings)
    never = roll_out.num_years + 1
    year_of = np.where(catchment.within, opened, never).min(axis=1, initial=never)
    colours = {0: "#55606a", never: NEVER_COLOUR} | {year: colour_of(year - 1) for year in range(1, never)}
    keys = {0: "picture.reached-already", never: "picture.not-reached"}
    layers: list[Layer] = []
    for year in (never, *range(never)):
        chosen = year_of == year
        if chosen.any():
            name = words.text(keys.get(year, "picture.reached-in"), year=year, number=f"{int(chosen.sum()):,}")
            layers.append(_elder_layer(catchment.elders, chosen, name, colours[year]))
    for year in range(never):
        sites = [site for site, first in zip(roll_out.sites, opened.tolist(), strict=True) if first == year]
        if not sites:
            continue
        places, texts = (
            [site.place for site in sites],
            [f"{site.name or site.site_id} ({year or '-'})" for site in sites],
        )
        name = words.text("picture.sites-of" if year else "picture.sites-open", year=year, number=len(sites))
        labels = [str(year) if year else "" for _ in sites]
        layers.append(
            Dots(name=name, places=places, colour=colours[year], size=6, shape="square", texts=texts, labels=labels)
        )
    return layers


def _year_records(roll_out: RollOut, plan: RollOutPlan) -> list[YearRow]:
    return [YearRow(*row) for row in year_rows(roll_out, plan)]
