"""Ways around closed streets."""

import math

import numpy as np
import pytest

from optimizer.problem import Location, Network, TravelMode
from optimizer.redispatch.closures import detour_share, detoured, with_mode, without_circles
from optimizer.redispatch.events import StreetClosed
from optimizer.travel.coordinates import EARTH_RADIUS_M
from optimizer.travel.lazy import lazy_matrix
from optimizer.travel.straight import straight_matrix
from optimizer.travel.street_matrix import street_matrix
from optimizer.travel.streets import StreetGraph

BICYCLE = TravelMode(mode="bicycle", speed_kmh=12.0, detour_percent=100, network=Network.BICYCLE)


def spot(east_m, north_m):
    """The place so many metres from the equator's origin."""
    return Location(lon=math.degrees(east_m / EARTH_RADIUS_M), lat=math.degrees(north_m / EARTH_RADIUS_M))


def closure(east_m=0, north_m=0, radius_m=100):
    return StreetClosed(at_s=0, place=spot(east_m, north_m), radius_m=radius_m, from_s=0, until_s=3600)


def test_the_way_around_is_tangent_arc_tangent():
    share = detour_share([spot(-200, 0), spot(200, 0)], [closure()])
    around = 2 * math.sqrt(200**2 - 100**2) + 100 * (math.pi - 2 * math.acos(100 / 200))
    assert share[0, 1] == pytest.approx(around / 400, rel=1e-6)
    assert share[0, 0] == 1


@pytest.mark.parametrize(("north_m", "is_longer"), [(99, True), (101, False)])
def test_a_way_past_the_circle_stays_as_it_is(north_m, is_longer):
    share = detour_share([spot(-500, north_m), spot(500, north_m)], [closure()])
    assert bool(share[0, 1] > 1) is is_longer


def test_a_place_inside_the_circle_stays_in_reach():
    assert detour_share([spot(-500, 0), spot(50, 0)], [closure()])[0, 1] == 1


def test_the_longest_detour_of_several_counts():
    places = [spot(-500, 0), spot(500, 0)]
    both = detour_share(places, [closure(), closure(radius_m=300)])
    assert both[0, 1] == detour_share(places, [closure(radius_m=300)])[0, 1]


@pytest.mark.parametrize("matrix", [straight_matrix, lazy_matrix])
def test_times_and_distances_grow_and_no_way_gets_shorter(matrix):
    places = [spot(-500, 0), spot(500, 0), spot(0, 900)]
    travel = matrix(places, [BICYCLE])
    around = detoured(travel, [closure()], [BICYCLE])
    full = straight_matrix(places, [BICYCLE])
    assert (around.duration_s["bicycle"] >= full.duration_s["bicycle"]).all()
    assert around.duration_s["bicycle"][0, 1] > full.duration_s["bicycle"][0, 1]
    assert around.duration_s["bicycle"][0, 2] == full.duration_s["bicycle"][0, 2]


def square():
    """Four corners 1,000 m apart with a street along each side; both ways, for everybody."""
    corners = [spot(0, 0), spot(1000, 0), spot(1000, 1000), spot(0, 1000)]
    ends = [(0, 1), (1, 2), (2, 3), (3, 0)]
    ends += [(end, start) for start, end in ends]
    count = len(ends)
    everybody = np.ones(count, dtype=np.bool_)
    return corners, StreetGraph(
        lon=np.array([corner.lon for corner in corners]),
        lat=np.array([corner.lat for corner in corners]),
        from_idx=np.array([start for start, _ in ends], dtype=np.int32),
        to_idx=np.array([end for _, end in ends], dtype=np.int32),
        length_m=np.full(count, 1000.0),
        speed_kmh=np.full(count, np.inf),
        foot=everybody,
        bicycle=everybody,
        car=everybody,
        name_idx=np.full(count, -1, dtype=np.int32),
    )


def test_along_streets_the_other_three_sides_are_taken():
    corners, streets = square()
    travel = street_matrix(streets, corners, [BICYCLE])
    around = detoured(travel, [closure(500, 0, 50)], [BICYCLE], streets)
    assert without_circles(streets, [closure(500, 0, 50)]).num_edges == 6
    assert travel.distance_m["bicycle"][0, 1] == pytest.approx(1000, abs=2)
    assert around.distance_m["bicycle"][0, 1] == pytest.approx(3000, abs=2)
    assert around.distance_m["bicycle"][1, 2] == travel.distance_m["bicycle"][1, 2]


def test_a_mode_that_nobody_used_gets_ways():
    walk = TravelMode(mode="walk", speed_kmh=4.0, network=Network.FOOT)
    travel = with_mode(straight_matrix([spot(0, 0), spot(500, 0)], [BICYCLE]), walk)
    assert travel.duration_s["walk"][0, 1] > travel.duration_s["bicycle"][0, 1]
