import dataclasses

import numpy as np
import pytest

from optimizer.problem import Network, SpeedSlice
from optimizer.travel import UNREACHABLE, unreachable_pairs
from optimizer.travel.fastest import dijkstra_ways
from optimizer.travel.street_matrix import street_matrix
from tests.travel.town import BICYCLE, VAN, WALK, line_streets, make_streets, place

RING = [(0, 1, {"oneway": "yes"}), (1, 2, {"oneway": "yes"}), (2, 0, {"oneway": "yes"})]
RING_NODES = [(0, 0), (1, 0), (1, 1)]


def by_dijkstra(roads, stops):
    return dijkstra_ways(roads, stops, stops)


def duration_s(streets, mode, *places, **settings):
    return street_matrix(streets, places, [mode], **settings).duration_s[mode.mode].tolist()


def distance_m(streets, mode, *places, **settings):
    return street_matrix(streets, places, [mode], **settings).distance_m[mode.mode].tolist()


def test_places_at_nodes_travel_along_the_streets():
    assert duration_s(line_streets(4), WALK, place(0), place(3)) == [[0, 3000], [3000, 0]]
    assert distance_m(line_streets(4), WALK, place(0), place(3)) == [[0, 3000], [3000, 0]]


def test_a_place_in_the_middle_of_a_street_starts_there():
    assert duration_s(line_streets(4), WALK, place(0.25), place(2.5)) == [[0, 2250], [2250, 0]]


def test_places_on_the_same_street_go_straight_to_each_other():
    assert duration_s(line_streets(2), WALK, place(0.25), place(0.75)) == [[0, 500], [500, 0]]


def test_the_walk_to_the_street_counts_at_both_ends_in_time_and_distance():
    streets = line_streets(2)
    assert duration_s(streets, VAN, place(0, 0.1), place(1, -0.2))[0][1] == 100 + 300 * 3600 / 4700 // 1 + 1
    assert distance_m(streets, VAN, place(0, 0.1), place(1, -0.2))[0][1] == 1300


def test_the_walk_to_the_street_goes_at_the_problems_walking_pace():
    travel = street_matrix(line_streets(2), [place(0, 0.1), place(1)], [WALK, VAN])
    assert travel.duration_s["van"][0, 1] == 100 + 100


def test_a_car_drives_a_oneway_ring_round_but_those_on_foot_turn_back():
    streets = make_streets(RING_NODES, RING)
    van = duration_s(streets, VAN, place(0), place(1))
    assert van[0][1] == 100
    assert van[1][0] == 242
    assert duration_s(streets, WALK, place(0), place(1)) == [[0, 1000], [1000, 0]]


def test_a_car_that_missed_a_door_on_a_oneway_street_drives_round():
    streets = make_streets(RING_NODES, RING)
    assert duration_s(streets, VAN, place(0.25), place(0.75)) == [[0, 50], [292, 0]]


def test_two_doors_at_one_corner_of_oneway_streets_are_no_way_apart():
    streets = make_streets(RING_NODES, RING)
    van = duration_s(streets, VAN, place(1, -0.1), place(1.1, 0))
    assert van[0][1] == van[1][0] < 200


def test_two_doors_across_a_oneway_street_are_no_way_apart():
    streets = make_streets(RING_NODES, RING)
    van = duration_s(streets, VAN, place(0.5, 0.01), place(0.5, -0.01))
    assert van[0][1] == van[1][0] < 20


def test_a_place_joins_the_nearest_street_of_its_own_mode():
    streets = make_streets(
        [(0, 0), (1, 0), (0, 0.1), (1, 0.1)],
        [(0, 1, {}), (2, 3, {"highway": "footway"}), (0, 2, {"highway": "footway"})],
    )
    near_footway = (place(0, 0.1), place(1, 0.1))
    assert distance_m(streets, WALK, *near_footway)[0][1] == 1000
    assert distance_m(streets, VAN, *near_footway)[0][1] == 1200


def test_a_place_joins_the_connected_part_not_a_dead_piece_nearby():
    streets = make_streets([(0, 0), (1, 0), (2, 0), (0, 0.2), (0.1, 0.2)], [(0, 1, {}), (1, 2, {}), (3, 4, {})])
    assert distance_m(streets, WALK, place(0, 0.2), place(2))[0][1] == 2200


@pytest.mark.parametrize(("km_away", "is_reached"), [(0.499, True), (0.5, True), (0.501, False)])
def test_a_place_too_far_from_the_streets_is_unreachable(km_away, is_reached):
    far = place(0, km_away)
    travel = street_matrix(line_streets(2), [far, place(1)], [WALK], max_access_m=500)
    assert (travel.way("walk", far, place(1), 0) is not None) == is_reached
    assert travel.way("walk", far, far, 0) == (0, 0)


def test_unreachable_pairs_are_listed_by_mode():
    far = place(0, 5)
    travel = street_matrix(line_streets(2), [place(0), far, place(1)], [WALK])
    assert {(pair.mode, pair.origin, pair.destination) for pair in unreachable_pairs(travel)} == {
        ("walk", place(0), far),
        ("walk", place(1), far),
        ("walk", far, place(0)),
        ("walk", far, place(1)),
    }


def test_a_mode_without_streets_reaches_nothing():
    travel = street_matrix(line_streets(2, highway="footway"), [place(0), place(1)], [VAN])
    assert travel.duration_s["van"].tolist() == [[0, UNREACHABLE], [UNREACHABLE, 0]]


def test_places_with_the_same_coordinates_are_zero_apart_even_far_from_the_street():
    twins = (place(0, 0.3, "A"), place(0, 0.3, "B"))
    assert duration_s(line_streets(2), WALK, *twins) == [[0, 0], [0, 0]]


def test_the_distance_is_that_of_the_fastest_way():
    nodes = [(0, 0), (2, 0), (1, 1)]
    streets = make_streets(nodes, [(0, 1, {"maxspeed": "5"}), (0, 2, {}), (2, 1, {})])
    assert distance_m(streets, VAN, place(0), place(2))[0][1] == 2829
    assert distance_m(streets, BICYCLE, place(0), place(2))[0][1] == 2000


def test_peaks_come_from_the_modes():
    peak = SpeedSlice(start_s=0, end_s=3600, speed_percent=50)
    van = dataclasses.replace(VAN, peaks=(peak,))
    assert street_matrix(line_streets(2), [place(0), place(1)], [WALK, van]).peaks == {"van": (peak,)}


@pytest.mark.parametrize("network", Network)
def test_both_engines_give_the_same_matrix(network):
    rng = np.random.default_rng(3)
    nodes = rng.uniform(0, 3, (60, 2)).tolist()
    tags = [{}, {"oneway": "yes"}, {"highway": "footway"}, {"maxspeed": "12"}, {"oneway": "-1", "maxspeed": "30"}]
    ways = [(*rng.integers(0, 60, 2).tolist(), tags[idx % len(tags)]) for idx in range(240)]
    places = [place(*position) for position in rng.uniform(0, 3, (50, 2)).tolist()]
    mode = dataclasses.replace(VAN, network=network)
    streets = make_streets(nodes, ways)
    fast = street_matrix(streets, places, [mode])
    reference = street_matrix(streets, places, [mode], find_ways=by_dijkstra)
    assert fast.content_hash == reference.content_hash
    assert (fast.duration_s["van"] >= 0).all()
