"""Coordinate systems in use in China, and distances on the sphere.

Maps and geocoders there speak GCJ-02 (the state's shifted grid) or BD-09 (Baidu's shift of that); places in this
project are WGS 84. The shift formulas are those of the public-domain ``wgtochina_lb`` transcription by EMQ and of
Baidu's ``x_pi`` transform; the way back has no closed form and is found by fixed-point iteration.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of WGS 84 (IUGG)."""

_KRASOVSKY_AXIS_M = 6_378_245.0
_KRASOVSKY_ECCENTRICITY2 = 0.00669342162296594323
_BAIDU_PI = np.pi * 3000 / 180

Degrees = NDArray[np.float64]


def great_circle_m(lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike) -> NDArray[np.float64]:
    """Metres between points in degrees on the mean sphere (haversine formula); arguments broadcast."""
    lon_a, lat_a, lon_b, lat_b = (np.radians(np.asarray(deg, dtype=np.float64)) for deg in (lon_a, lat_a, lon_b, lat_b))
    chord2 = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord2, 1.0))))


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees of WGS 84 degrees; places outside mainland China's bounding box stay where they are."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = lon - 105.0, lat - 35.0
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east_m += (ripple + _waves(x, (20, 1), (40, 3), (150, 12), (300, 30))) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north_m += (ripple + _waves(y, (20, 1), (40, 3), (160, 12), (320, 30))) * 2 / 3
    lat_rad = np.radians(lat)
    flattening = 1 - _KRASOVSKY_ECCENTRICITY2 * np.sin(lat_rad) ** 2
    east = np.degrees(east_m / (_KRASOVSKY_AXIS_M / np.sqrt(flattening) * np.cos(lat_rad)))
    north = np.degrees(north_m / (_KRASOVSKY_AXIS_M * (1 - _KRASOVSKY_ECCENTRICITY2) / flattening**1.5))
    shifted = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    return np.where(shifted, lon + east, lon), np.where(shifted, lat + north, lat)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """WGS 84 degrees of GCJ-02 degrees, to better than a millimetre."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    wgs_lon, wgs_lat = lon, lat
    for _ in range(8):
        back_lon, back_lat = wgs84_to_gcj02(wgs_lon, wgs_lat)
        wgs_lon, wgs_lat = wgs_lon + lon - back_lon, wgs_lat + lat - back_lat
    return wgs_lon, wgs_lat


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """BD-09 degrees of GCJ-02 degrees."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees of BD-09 degrees, to better than a millimetre."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    gcj_lon, gcj_lat = lon - 0.0065, lat - 0.006
    for _ in range(8):
        back_lon, back_lat = gcj02_to_bd09(gcj_lon, gcj_lat)
        gcj_lon, gcj_lat = gcj_lon + lon - back_lon, gcj_lat + lat - back_lat
    return gcj_lon, gcj_lat


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """BD-09 degrees of WGS 84 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """WGS 84 degrees of BD-09 degrees, to better than a millimetre."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _waves(value: Degrees, *amplitude_and_period: tuple[float, float]) -> Degrees:
    waves = [amplitude * np.sin(value * np.pi / period) for amplitude, period in amplitude_and_period]
    return np.asarray(np.sum(waves, axis=0))
