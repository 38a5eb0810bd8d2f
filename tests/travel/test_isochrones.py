"""Isochrones: the ground of a line town is known by hand, and agrees with walking times."""

import geopandas
import numpy as np
import pytest
import shapely

from optimizer.errors import SourceError
from optimizer.problem import Location
from optimizer.travel.isochrones import BESIDE_STREET_M, isochrone_frame, isochrones, merged_ground, write_isochrones
from optimizer.travel.table import travel_table
from scenarios.towns import dense_town
from tests.travel.town import DEGREES_PER_KM, VAN, WALK, line_streets, make_streets, place


def test_ground_along_a_line_reaches_as_far_as_one_walks():
    [ground] = isochrones(line_streets(6), {"s": place(2)}, WALK, [1500])
    west, south, east, north = shapely.bounds(ground.ground) / DEGREES_PER_KM
    assert (west, east) == pytest.approx((0.5 - BESIDE_STREET_M / 1000, 3.5 + BESIDE_STREET_M / 1000), abs=0.006)
    assert (south, north) == pytest.approx((-BESIDE_STREET_M / 1000, BESIDE_STREET_M / 1000), abs=0.006)
    assert ground.area_km2 == pytest.approx(3 * 0.12 + 0.011, abs=0.01)


def test_ways_lead_to_the_site_along_one_way_streets():
    ring = [(0, 1), (1, 2), (2, 3), (3, 0)]
    nodes = [(0, 0), (1, 0), (1, 1), (0, 1)]
    streets = make_streets(nodes, [(*ends, {"highway": "residential", "oneway": "yes"}) for ends in ring])
    [ground] = isochrones(streets, {"s": place(0)}, VAN, [100])
    _, _, east, north = shapely.bounds(ground.ground) / DEGREES_PER_KM
    assert north == pytest.approx(0.833 + BESIDE_STREET_M / 1000, abs=0.01)  # 30 km/h for 100 s
    assert east == pytest.approx(BESIDE_STREET_M / 1000, abs=0.01)


def test_a_site_far_from_the_streets_has_no_ground():
    [ground] = isochrones(line_streets(3), {"s": place(1, 2)}, WALK, [900])
    assert ground.ground.is_empty
    assert ground.area_km2 == 0


def test_longer_limits_hold_shorter_ones_and_homes_in_time_lie_inside():
    rng = np.random.default_rng(4)
    town = dense_town(rng, Location(lon=116.37, lat=39.91), ("a",), area_km2=2)
    homes = [town.place(site) for site in rng.choice(len(town.site_lon), 300, replace=False).tolist()]
    sites = {"a": homes[0], "b": homes[1]}
    walking = WALK
    found = isochrones(town.streets, sites, walking, [300, 600])
    for near, far in zip(found[::2], found[1::2], strict=True):
        assert near.area_km2 < far.area_km2
        assert shapely.difference(near.ground, far.ground).area <= 0.01 * near.ground.area
    table = travel_table(homes, list(sites.values()), walking, modes=[walking], streets=town.streets)
    in_time = (table.duration_s <= 600).any(axis=1)
    points = shapely.points([(home.lon, home.lat) for home in homes])
    inside = shapely.intersects(merged_ground(found, 600), points)
    assert in_time.any()
    assert inside[in_time].all()


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_layers_are_read_back(tmp_path, suffix):
    found = isochrones(line_streets(6), {"驿站": place(2)}, WALK, [600, 900])
    path = tmp_path / f"circle{suffix}"
    write_isochrones(found, path)
    frame = geopandas.read_file(path)
    assert frame["minutes"].tolist() == [10, 15]
    assert frame["site_id"].tolist() == ["驿站", "驿站"]
    assert frame.crs == isochrone_frame(found).crs


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(SourceError, match=r"\.gpkg or \.geojson"):
        write_isochrones([], tmp_path / "circle.kml")
