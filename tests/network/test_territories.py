"""Elders and their stations: near, within room, urgent first, backed up, rarely moved."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from optimizer.errors import InputError
from optimizer.network.territories import TerritoryParams, make_territories, with_stations
from optimizer.problem import ElderGroup, StationKind, TravelMode
from optimizer.validate import validate_problem
from scenarios import build_scenario
from tests.builders import make_elder, make_meal, make_problem, make_station, make_worker

WALK = TravelMode(mode="walk", speed_kmh=4.7, detour_percent=100)
PLAIN = TerritoryParams(capacity=10, compactness_percent=0, urgency_percent=0, move_s=0)


def district(*elders, stations=None, **changes):
    stations = stations or (make_station("west", 0), make_station("east", 20))
    return make_problem((), elders=elders, stations=tuple(stations), modes=(WALK,), **changes)


def stations_of(problem, params=PLAIN):
    return [elder.station_id for elder in make_territories(problem, params).elders]


def test_everybody_belongs_to_the_nearest_station_where_there_is_room():
    assert stations_of(district(make_elder("a", 1), make_elder("b", 12), make_elder("c", 19))) == [
        "west",
        "east",
        "east",
    ]


def test_who_has_the_shortest_detour_gives_way_to_others():
    elders = [make_elder("a", 1), make_elder("b", 2), make_elder("c", 8)]
    assert stations_of(district(*elders), replace(PLAIN, capacity=2)) == ["west", "west", "east"]


def test_urgent_elders_are_the_last_to_be_left_out():
    elders = [make_elder("near", 1), make_elder("disabled", 5, groups=(ElderGroup.DISABLED,))]
    found = make_territories(district(*elders, stations=[make_station("west", 0)]), replace(PLAIN, capacity=1))
    assert [elder.station_id for elder in found.elders] == [None, "west"]
    assert "full of elders as urgent or more" in found.elders[0].why_not


@pytest.mark.parametrize(("move_s", "station_id"), [(0, "west"), (120, "east")])
def test_a_change_of_station_must_be_worth_it(move_s, station_id):
    """The elder lives 9 of 20 steps from the west station, 85 m a step: 65 s apart by the way to the other."""
    problem = district(make_elder("a", 9.5, station_id="east"))
    assert stations_of(problem, replace(PLAIN, move_s=move_s)) == [station_id]


def test_nobody_belongs_beyond_a_radius_or_the_longest_way():
    near = make_station("west", 0, service_radius_m=600)
    found = make_territories(district(make_elder("a", 5), make_elder("b", 9), stations=[near]), PLAIN)
    assert [elder.station_id for elder in found.elders] == ["west", None]
    assert "beyond the reach of every station" in found.elders[1].why_not
    assert stations_of(district(make_elder("a", 5)), replace(PLAIN, max_way_s=60)) == [None]


def test_the_centre_serves_those_above_the_room_with_the_longest_ways():
    centre = make_station("centre", 3, kind=StationKind.STREET_CENTRE)
    station = make_station("west", 0, parent_station_id="centre")
    elders = [make_elder("a", 1), make_elder("b", 4), make_elder("c", 2)]
    params = replace(PLAIN, capacity=2, backup_percent=50)
    found = make_territories(district(*elders, stations=[centre, station]), params)
    assert [elder.served_by_id for elder in found.elders] == ["west", "centre", "west"]
    assert [elder.backup_id for elder in found.elders] == ["centre"] * 3
    assert found.stations[0].num_at_centre == 1


def test_without_a_centre_the_second_best_station_steps_in():
    found = make_territories(district(make_elder("a", 1)), PLAIN)
    assert found.elders[0].backup_id == "east"


def test_room_is_worth_what_it_would_save():
    found = make_territories(district(make_elder("a", 1), make_elder("b", 2)), replace(PLAIN, capacity=1))
    more = make_territories(
        district(make_elder("a", 1), make_elder("b", 2)), replace(PLAIN, capacity=1, capacity_by_station_id={"west": 2})
    )
    assert found.stations[0].room_price_s == found.cost - more.cost > 0


def test_meals_and_portions_follow_their_elders():
    elders = [make_elder("a", 1, station_id="east"), make_elder("b", 19, station_id="east")]
    meals = [make_meal(f"m-{e.elder_id}", elder_id=e.elder_id, place=None, station_ids=("east",)) for e in elders]
    stations = [make_station("west", 0, portions={"lunch": 1}), make_station("east", 20, portions={"lunch": 4})]
    problem = make_problem(meals, elders=tuple(elders), stations=tuple(stations), modes=(WALK,))
    moved = with_stations(problem, make_territories(problem, PLAIN))
    assert [visit.station_ids for visit in moved.visits] == [("west",), ("east",)]
    assert moved.stations[1].waves[0].portions == {"lunch": 2}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.integers(1, 4), st.integers(0, 3))
def test_more_room_never_costs_more_and_everything_is_proven(minutes, capacity, more):
    problem = district(*(make_elder(f"e{i}", at) for i, at in enumerate(minutes)))
    tight = make_territories(problem, replace(PLAIN, capacity=capacity))
    wide = make_territories(problem, replace(PLAIN, capacity=capacity + more))
    assert tight.cost == tight.bound
    assert wide.num_left_out <= tight.num_left_out


def compactness_share(problem, territories):
    """Share of addresses whose nearest neighbour belongs to the same station."""
    station_ids = {
        elder.place: place.station_id for elder, place in zip(problem.elders, territories.elders, strict=True)
    }
    degrees = np.array([(place.lon, place.lat) for place in station_ids])
    points = degrees * [np.cos(np.radians(degrees[:, 1].mean())), 1.0]
    nearest = KDTree(points).query(points, k=2)[1][:, 1]
    names = np.array(list(station_ids.values()))
    return (names == names[nearest]).mean()


def test_a_district_is_served_compactly_and_stays_sound():
    scenario = build_scenario("xicheng-day")
    found = make_territories(scenario.problem, streets=scenario.streets)
    assert found.num_left_out == 0
    assert found.gap_share == 0
    assert compactness_share(scenario.problem, found) > 0.9
    errors = [issue for issue in validate_problem(with_stations(scenario.problem, found)) if issue.severity == "error"]
    assert errors == []


def test_wrong_params_are_refused_all_at_once():
    params = TerritoryParams(mode="wlak", capacity_by_station_id={"wset": 3}, move_s=-1)
    with pytest.raises(InputError) as refused:
        make_territories(district(make_elder()), params)
    assert [issue.path for issue in refused.value.issues] == ["mode", "capacity", "options"]
    assert "'west'" in refused.value.issues[1].hint


def test_a_problem_without_stations_is_refused():
    with pytest.raises(InputError, match="no station"):
        make_territories(make_problem((), [make_worker()], stations=()))
