"""Places joined to a travel matrix later, and matrices that are never written out."""

import numpy as np
import pytest

from optimizer.errors import TravelError
from optimizer.problem import DEFAULT_MODES, Location
from optimizer.travel.lazy import lazy_matrix
from optimizer.travel.reach import Surroundings
from optimizer.travel.straight import straight_matrix
from optimizer.travel.street_matrix import street_matrix
from optimizer.travel.streets import StreetGraph

MODES = DEFAULT_MODES[:2]
PLACES = [Location(lon=116.0 + 0.003 * k, lat=40.0 + 0.001 * (k % 4)) for k in range(9)]
NEW = Location(lon=116.0105, lat=40.0015)


@pytest.fixture
def one_way_street() -> StreetGraph:
    """A row of crossings, one-way to the east for bicycles; who walks may go both ways; a way back farther north."""
    lon = np.array([116.0 + 0.004 * k for k in range(7)] * 2)
    lat = np.repeat([40.0, 40.003], 7)
    east = [(k, k + 1) for k in range(6)]
    back = [(k + 1, k) for k in range(7, 13)]
    rungs = [(0, 7), (7, 0), (6, 13), (13, 6)]
    edges = np.array(east + [(to, origin) for origin, to in east] + back + rungs, dtype=np.int32)
    foot, bicycle = np.ones(len(edges), dtype=bool), np.ones(len(edges), dtype=bool)
    bicycle[6:12] = False
    return StreetGraph(
        lon=lon,
        lat=lat,
        from_idx=edges[:, 0],
        to_idx=edges[:, 1],
        length_m=np.full(len(edges), 340.0),
        speed_kmh=np.full(len(edges), np.inf),
        foot=foot,
        bicycle=bicycle,
        car=bicycle,
        name_idx=np.full(len(edges), -1, dtype=np.int32),
    )


def assert_same(first, second):
    assert first.places == second.places
    for mode in MODES:
        np.testing.assert_array_equal(first.duration_s[mode.mode], second.duration_s[mode.mode])
        np.testing.assert_array_equal(first.distance_m[mode.mode], second.distance_m[mode.mode])


def test_a_place_joined_later_has_the_figures_of_one_that_was_there_from_the_start():
    joined = Surroundings(straight_matrix(PLACES, MODES), MODES).with_places([NEW, PLACES[0]])
    assert_same(joined, straight_matrix([*PLACES, NEW], MODES))


def test_a_place_joined_along_streets_keeps_their_directions(one_way_street):
    travel = street_matrix(one_way_street, PLACES, MODES)
    joined = Surroundings(travel, MODES, one_way_street).with_places([NEW])
    assert_same(joined, street_matrix(one_way_street, [*PLACES, NEW], MODES))
    assert joined.duration_s["bicycle"][1, -1] != joined.duration_s["bicycle"][-1, 1]


def test_the_reach_of_a_known_place_is_its_row_and_column(one_way_street):
    travel = street_matrix(one_way_street, PLACES, MODES)
    reach = Surroundings(travel, MODES, one_way_street).reach(PLACES[2])
    np.testing.assert_array_equal(reach.inward["bicycle"][0], travel.duration_s["bicycle"][:, 2])
    np.testing.assert_array_equal(reach.outward["bicycle"][1], travel.distance_m["bicycle"][2])


def test_a_new_place_needs_the_speed_of_every_mode():
    with pytest.raises(TravelError, match="travel mode 'bicycle'"):
        Surroundings(straight_matrix(PLACES, MODES), MODES[:1]).reach(NEW)


def test_a_lazy_matrix_says_what_the_whole_one_says():
    whole, lazy = straight_matrix(PLACES, MODES), lazy_matrix(PLACES, MODES)
    rows = np.arange(len(PLACES))
    for mode in (mode.mode for mode in MODES):
        np.testing.assert_array_equal(lazy.duration_s[mode][np.ix_(rows, rows)], whole.duration_s[mode])
        np.testing.assert_array_equal(lazy.distance_m[mode][:, 3], whole.distance_m[mode][:, 3])
        assert [lazy.duration_row(mode, 4)[k] for k in rows] == whole.duration_row(mode, 4)
        assert lazy.way(mode, PLACES[1], PLACES[5], 0) == whole.way(mode, PLACES[1], PLACES[5], 0)


def test_places_are_joined_to_a_lazy_matrix_without_writing_it_out():
    joined = Surroundings(lazy_matrix(PLACES, MODES), MODES).with_places([NEW])
    assert joined.travel_duration_s("walk", PLACES[0], NEW, 0) == straight_matrix(
        [*PLACES, NEW], MODES
    ).travel_duration_s("walk", PLACES[0], NEW, 0)


def test_lazy_matrices_of_equal_facts_have_equal_hashes():
    assert lazy_matrix(PLACES, MODES).content_hash == lazy_matrix(PLACES, MODES).content_hash
    assert lazy_matrix(PLACES, MODES).content_hash != lazy_matrix(PLACES, MODES[:1]).content_hash
