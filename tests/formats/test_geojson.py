"""GeoJSON: what stands on the map, where, and in which order."""

from __future__ import annotations

import json

import pytest

from optimizer.formats.geojson import plan_to_geojson, problem_to_geojson
from optimizer.plan import Plan, Reason, Route, SolveStatus, Stop, StopKind, Unassigned
from optimizer.problem import Location
from optimizer.rules import Rule
from tests.builders import at, clock, make_elder, make_problem, make_visit


def make_stop(kind: StopKind, minutes: float, time: str, **changes: object) -> Stop:
    """A stop without duration."""
    time_s = clock(time)
    facts = {"kind": kind, "place": at(minutes), "end_place": at(minutes), "arrival_s": time_s, "start_s": time_s}
    return Stop(**{**facts, "end_s": time_s, "departure_s": time_s, **changes})


@pytest.fixture
def problem():
    visits = [make_visit("v1", place=None, elder_id="e1"), make_visit("v2", 20)]
    return make_problem(visits, elders=(make_elder(name="Wang", address="Lane 5"),))


@pytest.fixture
def plan():
    stops = (
        make_stop(StopKind.START, 0, "08:00"),
        make_stop(StopKind.VISIT, 10, "08:10", visit_id="v1"),
        make_stop(StopKind.END, 0, "08:30"),
    )
    reason = Reason(rule=Rule.SHIFT, worker_ids=("a",), message="too late")
    return Plan(
        status=SolveStatus.INCOMPLETE,
        routes=(Route(worker_id="a", shift_id="day", stops=stops),),
        unassigned=(Unassigned(visit_id="v2", reasons=(reason,)),),
    )


def features_of(data: bytes, kind: str) -> list[dict]:
    """The features of one kind."""
    tree = json.loads(data)
    assert tree["type"] == "FeatureCollection"
    return [feature for feature in tree["features"] if feature["properties"]["kind"] == kind]


def test_route_is_a_line_in_order_of_its_stops(problem, plan):
    (route,) = features_of(plan_to_geojson(problem, plan), "route")
    assert route["geometry"] == {"type": "LineString", "coordinates": [[116.0, 40.0], [116.01, 40.0], [116.0, 40.0]]}
    assert route["properties"]["worker_id"] == "a"
    assert (route["properties"]["departure"], route["properties"]["return"]) == ("08:00", "08:30")


def test_route_follows_the_streets_where_they_are_known(problem, plan):
    corner = Location(lon=116.005, lat=40.002)
    data = plan_to_geojson(problem, plan, path_of=lambda mode, origin, destination: (origin, corner, destination))
    (route,) = features_of(data, "route")
    assert route["geometry"]["coordinates"] == [
        [116.0, 40.0], [116.005, 40.002], [116.01, 40.0], [116.005, 40.002], [116.0, 40.0]
    ]  # fmt: skip


def test_route_that_stays_in_one_place_is_still_a_line(problem):
    stops = (make_stop(StopKind.START, 0, "08:00"), make_stop(StopKind.END, 0, "08:30"))
    plan = Plan(status=SolveStatus.COMPLETE, routes=(Route(worker_id="a", shift_id="day", stops=stops),))
    (route,) = features_of(plan_to_geojson(problem, plan), "route")
    assert route["geometry"]["coordinates"] == [[116.0, 40.0], [116.0, 40.0]]


def test_stop_has_its_times_and_what_it_is_for(problem, plan):
    start, visit, _ = features_of(plan_to_geojson(problem, plan), "stop")
    assert start["properties"]["stop_kind"] == "start"
    assert visit["geometry"] == {"type": "Point", "coordinates": [116.01, 40.0]}
    facts = {"visit_id": "v1", "elder_id": "e1", "start": "08:10", "position": 1, "windows": ["08:00-18:00"]}
    assert facts.items() <= visit["properties"].items()


def test_unserved_visit_says_why(problem, plan):
    (item,) = features_of(plan_to_geojson(problem, plan), "unassigned")
    assert item["geometry"]["coordinates"] == [116.02, 40.0]
    assert item["properties"]["rules"] == ["shift"]
    assert item["properties"]["messages"] == ["too late"]


def test_problem_shows_stations_elders_and_other_places(problem):
    data = problem_to_geojson(problem)
    assert [f["properties"]["station_id"] for f in features_of(data, "station")] == ["s1"]
    (elder,) = features_of(data, "elder")
    assert elder["properties"] == {"kind": "elder", "elder_id": "e1", "name": "Wang", "address": "Lane 5"}
    assert [f["properties"]["visit_id"] for f in features_of(data, "visit")] == ["v2"]
