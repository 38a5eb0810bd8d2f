import dataclasses
import math

import numpy as np
import pytest

from optimizer.problem import Network
from tests.travel.town import BICYCLE, VAN, WALK, line_streets, make_streets


def test_on_foot_and_by_bicycle_the_mode_decides_the_speed():
    streets = line_streets(2, maxspeed="10")
    assert streets.edge_duration_ms(WALK).tolist() == [1_000_000, 1_000_000]
    assert streets.edge_duration_ms(BICYCLE).tolist() == [200_000, 200_000]


@pytest.mark.parametrize(("maxspeed", "duration_ms"), [("18", 200_000), ("36", 100_000), ("120", 100_000)])
def test_a_car_is_no_faster_than_its_mode_and_the_street(maxspeed, duration_ms):
    assert line_streets(2, maxspeed=maxspeed).edge_duration_ms(VAN).tolist() == [duration_ms, duration_ms]


def test_a_street_without_a_speed_lets_the_car_go_at_its_own():
    streets = line_streets(2)
    assert streets.speed_kmh.tolist() == [math.inf, math.inf]
    assert streets.edge_duration_ms(VAN).tolist() == [100_000, 100_000]


def test_an_edge_takes_at_least_a_millisecond():
    streets = make_streets([(0, 0), (1, 0)], [(0, 1, {}, 0.0)])
    assert streets.edge_duration_ms(VAN).tolist() == [1, 1]


def test_the_largest_part_is_strongly_connected_in_its_network():
    nodes = [(km, 0) for km in range(6)]
    ways = [(0, 1, {}), (1, 2, {}), (2, 3, {"oneway": "yes"}), (4, 5, {})]
    streets = make_streets(nodes, ways)
    assert np.flatnonzero(streets.largest_part(Network.CAR)).tolist() == [0, 1, 2]
    assert np.flatnonzero(streets.largest_part(Network.FOOT)).tolist() == [0, 1, 2, 3]


def test_a_network_without_edges_has_no_part():
    assert not line_streets(3, highway="footway").largest_part(Network.CAR).any()


def test_streets_are_equal_by_content_however_names_are_numbered():
    streets = make_streets([(0, 0), (1, 0), (2, 0)], [(0, 1, {"name": "长安街"}), (1, 2, {"name": "王府井"})])
    renumbered = dataclasses.replace(streets, names=("王府井", "长安街"), name_idx=1 - streets.name_idx)
    assert renumbered == streets
    assert hash(renumbered) == hash(streets)


@pytest.mark.parametrize("changed", ["length_m", "speed_kmh", "lon"])
def test_streets_with_another_figure_are_not_equal(changed):
    streets = line_streets(2, maxspeed="30")
    assert dataclasses.replace(streets, **{changed: getattr(streets, changed) + 1}) != streets


def test_streets_open_to_others_are_not_equal():
    streets = line_streets(2)
    assert dataclasses.replace(streets, foot=~streets.foot) != streets


def test_name_of_an_edge():
    streets = make_streets([(0, 0), (1, 0), (2, 0)], [(0, 1, {"name": "长安街"}), (1, 2, {})])
    assert [streets.name_of(edge_idx) for edge_idx in range(4)] == ["长安街", "长安街", "", ""]
