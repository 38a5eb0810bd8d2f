"""A table's figures are those of the square matrix."""

from dataclasses import replace

import numpy as np

from optimizer.problem import DEFAULT_MODES, Location
from optimizer.travel import UNREACHABLE
from optimizer.travel.straight import straight_matrix
from optimizer.travel.street_matrix import street_matrix
from optimizer.travel.table import travel_table
from scenarios.towns import dense_town
from tests.travel.town import VAN, WALK, line_streets, place


def assert_same_as_matrix(table, matrix, origins, destinations):
    rows, columns = ([matrix.idx_by_place[one] for one in places] for places in (origins, destinations))
    assert (table.duration_s == matrix.duration_s[table.mode][np.ix_(rows, columns)]).all()
    assert (table.distance_m == matrix.distance_m[table.mode][np.ix_(rows, columns)]).all()


def test_straight_table_is_part_of_the_matrix():
    rng = np.random.default_rng(1)
    places = [Location(lon=116 + x / 50, lat=40 + y / 50) for x, y in rng.random((30, 2))]
    for mode in DEFAULT_MODES:
        table = travel_table(places[:4], places[4:], mode)
        assert_same_as_matrix(table, straight_matrix(places, [mode]), places[:4], places[4:])


def test_street_table_is_part_of_the_matrix():
    rng = np.random.default_rng(2)
    town = dense_town(rng, Location(lon=116.37, lat=39.91), ("a", "b"), area_km2=0.5)
    places = [town.place(site) for site in rng.choice(len(town.site_lon), 60, replace=False).tolist()]
    matrix = street_matrix(town.streets, places, DEFAULT_MODES)
    for mode in DEFAULT_MODES:
        table = travel_table(places[:5], places, mode, modes=DEFAULT_MODES, streets=town.streets)
        assert_same_as_matrix(table, matrix, places[:5], places)


def test_a_place_far_from_the_streets_is_unreachable():
    table = travel_table([place(0)], [place(1), place(1, 2), place(0)], WALK, modes=[WALK], streets=line_streets(3))
    assert table.duration_s.tolist() == [[1000, UNREACHABLE, 0]]


def test_a_mode_without_streets_goes_nowhere_and_no_places_are_no_columns():
    assert travel_table([place(0)], [place(1)], VAN, streets=line_streets(3, highway="footway")).duration_s[0, 0] == -1
    assert travel_table([place(0)], [], WALK, streets=line_streets(3)).duration_s.shape == (1, 0)


def test_table_of_many_to_few_is_part_of_the_matrix_along_one_way_lanes():
    rng = np.random.default_rng(3)
    town = dense_town(rng, Location(lon=116.37, lat=39.91), ("a", "b"), area_km2=0.5)
    places = [town.place(site) for site in rng.choice(len(town.site_lon), 60, replace=False).tolist()]
    matrix = street_matrix(town.streets, places, DEFAULT_MODES)
    for mode in DEFAULT_MODES:
        table = travel_table(places, places[:5], mode, modes=DEFAULT_MODES, streets=town.streets)
        assert_same_as_matrix(table, matrix, places, places[:5])


def test_limit_is_inclusive():
    for streets in (line_streets(4), None):
        mode = WALK if streets else replace(WALK, detour_percent=100)
        table = travel_table([place(0)], [place(1), place(2)], mode, modes=[mode], streets=streets, limit_s=1000)
        assert table.duration_s.tolist() == [[1000, UNREACHABLE]]
        assert table.distance_m.tolist() == [[1000, UNREACHABLE]]
