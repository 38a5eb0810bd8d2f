"""Generated towns: connected, uneven, and as steep or wide as their story says."""

import os
from pathlib import Path

import numpy as np
import pytest

from optimizer.problem import Location, Network, TravelMode
from optimizer.travel import read_streets
from optimizer.travel.street_matrix import street_matrix
from scenarios import build_scenario, key_figures
from scenarios.towns import dense_town, hilly_town, rural_district, town_on_streets

CENTRE = Location(lon=116.4, lat=39.9)
WALK = TravelMode(mode="walk", speed_kmh=4.7, network=Network.FOOT)
VAN = TravelMode(mode="van", speed_kmh=30.0, network=Network.CAR)


def rng(seed=0):
    return np.random.default_rng(seed)


def distance_m(town, mode, first, second):
    matrix = street_matrix(town.streets, (town.place(first), town.place(second)), (mode,))
    return matrix.distance_m[mode.mode][0, 1]


TOWNS = {
    "dense": lambda: dense_town(rng(), CENTRE, "abcd", area_km2=2.0),
    "hilly": lambda: hilly_town(rng(), CENTRE, "abc"),
    "rural": lambda: rural_district(rng(), CENTRE, "town", "abcdefgh"),
}


@pytest.mark.parametrize("name", TOWNS)
def test_the_same_numbers_give_the_same_streets(name):
    assert TOWNS[name]().streets == TOWNS[name]().streets


@pytest.mark.parametrize("name", TOWNS)
def test_sites_stand_within_20_m_of_a_node_that_every_network_reaches(name):
    town = TOWNS[name]()
    reached = np.logical_and.reduce([town.streets.largest_part(network) for network in Network])
    for site in range(0, len(town.site_lon), 7):
        east_m = (town.streets.lon[reached] - town.site_lon[site]) * 111_195 * np.cos(np.radians(39.9))
        north_m = (town.streets.lat[reached] - town.site_lat[site]) * 111_195
        assert np.hypot(east_m, north_m).min() < 20.1


def test_areas_of_a_dense_town_have_equal_numbers_of_sites():
    sizes = np.bincount(TOWNS["dense"]().site_area, minlength=4)
    assert len(sizes) == 4
    assert np.ptp(sizes) <= 1


def test_cars_find_one_way_streets_in_a_dense_town_and_walkers_none():
    streets = TOWNS["dense"]().streets
    assert streets.foot.all()
    assert 0.8 < streets.car.mean() < 0.95


def test_stairs_are_a_short_cut_for_walkers_only():
    town = TOWNS["hilly"]()
    streets = town.streets
    stairs = streets.foot & ~streets.bicycle & ~streets.car
    assert stairs.sum() == 3 * 5 * 4 * 2
    uphill = [town.sites_of(0)[0], town.sites_of(0)[-1]]
    assert distance_m(town, WALK, *uphill) < 0.7 * distance_m(town, VAN, *uphill)


def test_villages_lie_three_kilometres_apart_along_their_valley():
    town = TOWNS["rural"]()
    middles = [town.middle(town.sites_of(area)) for area in range(9)]
    from_town_m = [distance_m(town, VAN, middles[0], middle) for middle in middles[1:]]
    assert from_town_m == pytest.approx([3450] * 3 + [6900] * 3 + [10350] * 2, abs=700)


def test_a_town_on_given_streets_keeps_to_the_square_asked_for():
    streets = TOWNS["dense"]().streets
    town = town_on_streets(rng(), streets, "ab", area_km2=0.25)
    assert town.streets is streets
    assert 0.4 < np.ptp(town.site_lat) * 111.195 < 0.55


@pytest.mark.skipif("YIZHAN_DATA" not in os.environ, reason="YIZHAN_DATA names no folder of public data")
def test_xicheng_day_stands_on_the_real_streets_of_beijing():
    streets = read_streets(Path(os.environ["YIZHAN_DATA"]) / "roads" / "beijing_centre_2013")
    scenario = build_scenario("xicheng-day", streets=streets)
    assert scenario.streets is streets
    figures = key_figures(scenario.problem)
    assert all(figures[key] in expected for key, expected in scenario.expected.items())
    lons = [elder.place.lon for elder in scenario.problem.elders]
    assert streets.lon.min() < min(lons) < max(lons) < streets.lon.max()
