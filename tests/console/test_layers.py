"""What the browser is given to draw."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest

from api.console.days import Sights
from api.console.layers import Layers, hours_of
from api.console.ways import KnownWays, simplified
from api.store.records import Role
from api.worlds import World
from optimizer.formats.drawing import straight_path
from optimizer.problem import Location
from scenarios import build_scenario
from tests.builders import HOUR


def unpacked(content):
    return json.loads(gzip.decompress(content))


@pytest.fixture
def layers(visitor, record):
    return Sights().get(visitor(), record.plan_id).layers


def test_places_are_stations_and_the_elders_who_are_visited(layers):
    features = unpacked(layers.places)["features"]
    facts = {feature["properties"]["id"]: feature["properties"] for feature in features}
    assert set(facts) == {"s1", "e1", "e2", "e3"}
    assert facts["e3"]["state"] == "unassigned"
    assert facts["e3"]["groups"] == ["destitute", "disabled"]
    assert facts["s1"]["kind"] == "station"


def test_routes_know_when_they_are_where(layers):
    features = unpacked(layers.routes)["features"]
    courier = next(each for each in features if each["properties"]["id"] == "courier")
    stays, line = courier["properties"]["stays"], courier["geometry"]["coordinates"]
    assert len(stays) == 6
    assert all(0 <= position < len(line) for _, _, position in stays)
    assert stays == sorted(stays)
    assert line[stays[-1][2]] == line[0]


def test_time_line_has_a_row_a_worker_and_a_bar_for_all_they_do(layers):
    facts = unpacked(layers.time_line)
    assert [row["worker"] for row in facts["rows"]] == ["carer1", "carer2", "courier"]
    kinds = {bar[1] for bar in facts["bars"]}
    assert {"travel", "visit", "load", "break", "wait"} <= kinds
    assert all(bar[2] <= bar[3] for bar in facts["bars"])
    assert facts["links"] == [["c1", "c2", "gap"]]
    late = next(bar for bar in facts["bars"] if bar[1] == "visit" and bar[4] == "m2")
    assert late[5:] == ["late", "李志强 · meal", 11 * HOUR, 12 * HOUR]


def test_straight_ways_have_no_streets(layers):
    assert unpacked(layers.streets)["features"] == []


def test_streets_are_one_line_of_many_parts(visitor, record):
    day = Sights().get(visitor(), record.plan_id).day
    streets = build_scenario("xicheng-day", size=0.1).streets
    (feature,) = unpacked(Layers(replace(day, world=replace(day.world, streets=streets)), straight_path).streets)[
        "features"
    ]
    assert feature["geometry"]["type"] == "MultiLineString"
    assert 10 < len(feature["geometry"]["coordinates"]) < streets.num_edges


def test_viewer_gets_neither_names_nor_doors(visitor, record, layers):
    seen = Sights().get(visitor(Role.VIEWER), record.plan_id).layers
    text = gzip.decompress(seen.places).decode() + gzip.decompress(seen.time_line).decode()
    assert "王秀英" in gzip.decompress(layers.places).decode()
    assert "王秀英" not in text
    homes = {
        tuple(f["geometry"]["coordinates"])
        for f in unpacked(layers.places)["features"]
        if f["properties"]["kind"] == "elder"
    }
    assert not homes & {tuple(f["geometry"]["coordinates"]) for f in unpacked(seen.places)["features"]}


def test_hours_are_those_in_which_somebody_is_out(layers):
    first_s, last_s = hours_of(layers.day, 0)
    assert (first_s, last_s) == (8 * HOUR, 14 * HOUR)
    assert hours_of(layers.day, 1) == (32 * HOUR, 42 * HOUR)


def test_ways_are_looked_up_once_for_all_versions_of_a_day():
    scenario = build_scenario("xicheng-day", size=0.1)
    world = World(problem=scenario.problem, streets=scenario.streets)
    known, asked = KnownWays(), []
    first, second = (visit.elder_id for visit in scenario.problem.visits[:2])
    ends = [scenario.problem.elder_by_id[elder_id].place for elder_id in (first, second)]
    way = known.of(world)("walk", *ends)
    assert (way[0], way[-1]) == tuple(ends)
    later = replace(world, known_travel=world.travel)
    later.__dict__["path_of"] = lambda *leg: asked.append(leg)
    assert known.of(later)("walk", *ends) is way
    assert asked == []


def test_simplified_way_keeps_its_ends_and_its_corners():
    line = [Location(lon=116.36 + step / 1e4, lat=39.9 + (step > 5) / 1e3) for step in range(10)]
    assert simplified(line)[0] is line[0]
    assert simplified(line)[-1] is line[-1]
    assert len(simplified(line)) == 4
    assert simplified(line[:2]) == line[:2]
