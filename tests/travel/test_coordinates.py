import numpy as np
import pytest

from optimizer.travel.coordinates import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    great_circle_m,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

MILLIMETRE_DEG = 1e-8


def china_places(num_places=1000):
    rng = np.random.default_rng(7)
    return rng.uniform(75, 130, num_places), rng.uniform(18, 52, num_places)


def test_great_circle_of_one_degree_along_the_equator():
    assert great_circle_m(0, 0, 1, 0) == pytest.approx(111_195.08, abs=0.01)


def test_great_circle_from_beijing_to_shanghai():
    assert great_circle_m(116.4074, 39.9042, 121.4737, 31.2304) == pytest.approx(1_067_310, rel=1e-4)


def test_great_circle_of_antipodes_is_half_the_circumference():
    assert great_circle_m(0, 0, 180, 0) == pytest.approx(np.pi * 6_371_008.8)


def test_gcj02_agrees_with_published_values():
    assert np.allclose(wgs84_to_gcj02(116.404, 39.915), (116.41024449916938, 39.91640428150164), rtol=0, atol=1e-9)
    assert np.allclose(
        wgs84_to_gcj02(121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), rtol=0, atol=1e-6
    )


def test_bd09_agrees_with_published_values():
    assert np.allclose(gcj02_to_bd09(116.404, 39.915), (116.41036949371029, 39.92133699351021), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("there", "back"),
    [(wgs84_to_gcj02, gcj02_to_wgs84), (gcj02_to_bd09, bd09_to_gcj02), (wgs84_to_bd09, bd09_to_wgs84)],
)
def test_the_way_back_is_exact(there, back):
    lon, lat = china_places()
    lon_back, lat_back = back(*there(lon, lat))
    assert np.abs(lon_back - lon).max() < MILLIMETRE_DEG
    assert np.abs(lat_back - lat).max() < MILLIMETRE_DEG


def test_gcj02_leaves_places_abroad_where_they_are():
    assert wgs84_to_gcj02(24.94, 60.17) == (24.94, 60.17)


def test_gcj02_moves_beijing_by_half_a_kilometre():
    lon, lat = wgs84_to_gcj02(116.404, 39.915)
    assert 500 < great_circle_m(116.404, 39.915, lon, lat) < 600
