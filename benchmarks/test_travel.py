"""Speed of travel matrices: fixed streets, fixed places, answers asserted."""

import os
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from optimizer.problem import DEFAULT_MODES, Location, Network
from optimizer.travel import StreetGraph, TravelMatrix, read_streets, write_streets
from optimizer.travel.fastest import contraction_ways, dijkstra_ways
from optimizer.travel.straight import straight_matrix
from optimizer.travel.street_matrix import WaysFinder, street_matrix

NUM_PLACES = 1000
MODES = {mode.mode: mode for mode in DEFAULT_MODES}
ROADS = Path(os.environ.get("YIZHAN_DATA", "")) / "roads"
BEIJING = (116.25, 116.5, 39.84, 40.0)
HELSINKI = (24.936, 24.953, 60.165, 60.179)
ENGINES: dict[str, WaysFinder] = {
    "hierarchy": contraction_ways,
    "dijkstra": lambda roads, stops: dijkstra_ways(roads, stops, stops),
}
BEIJING_SUMS = {
    "walk": (9_569_982_012, 12_493_982_568),
    "bicycle": (4_022_524_438, 13_143_313_062),
    "van": (2_254_998_090, 13_160_672_007),
}
HELSINKI_SUMS = {
    "walk": (767_169_280, 1_001_364_916),
    "bicycle": (350_025_928, 1_085_775_905),
    "van": (258_587_660, 1_171_103_930),
}

pytestmark = pytest.mark.benchmark(min_rounds=3, max_time=0.1)

needs_data = pytest.mark.skipif("YIZHAN_DATA" not in os.environ, reason="YIZHAN_DATA names no folder of public data")


def places_within(west: float, east: float, south: float, north: float) -> list[Location]:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(west, east, NUM_PLACES), rng.uniform(south, north, NUM_PLACES)
    return [Location(lon=lon, lat=lat) for lon, lat in zip(lon.tolist(), lat.tolist(), strict=True)]


@pytest.fixture(scope="module")
def beijing() -> StreetGraph:
    return read_streets(ROADS / "beijing_centre_2013")


@pytest.fixture(scope="module")
def helsinki() -> StreetGraph:
    return read_streets(ROADS / "helsinki" / "Helsinki.osm.pbf")


def assert_sums(travel: TravelMatrix, mode: str, sum_s: int, sum_m: int) -> None:
    """Compare all figures at once; another machine's last digit may round a few of them the other way."""
    assert travel.duration_s[mode].sum(dtype=np.int64) == pytest.approx(sum_s, rel=1e-6)
    assert travel.distance_m[mode].sum(dtype=np.int64) == pytest.approx(sum_m, rel=1e-6)


def test_straight_lines(benchmark: BenchmarkFixture) -> None:
    travel = benchmark(straight_matrix, places_within(*BEIJING), DEFAULT_MODES)
    assert_sums(travel, "van", 2_330_902_114, 14_241_849_030)


@needs_data
@pytest.mark.parametrize("mode", BEIJING_SUMS)
@pytest.mark.parametrize("engine", ENGINES)
def test_beijing_matrix(benchmark: BenchmarkFixture, beijing: StreetGraph, engine: str, mode: str) -> None:
    question = (beijing, places_within(*BEIJING), [MODES[mode]])
    travel = benchmark(street_matrix, *question, find_ways=ENGINES[engine])
    assert_sums(travel, mode, *BEIJING_SUMS[mode])


@needs_data
@pytest.mark.parametrize("mode", HELSINKI_SUMS)
def test_helsinki_matrix(benchmark: BenchmarkFixture, helsinki: StreetGraph, mode: str) -> None:
    question = (helsinki, places_within(*HELSINKI), [MODES[mode]])
    assert_sums(benchmark(street_matrix, *question), mode, *HELSINKI_SUMS[mode])


@needs_data
def test_read_beijing_tables(benchmark: BenchmarkFixture) -> None:
    streets = benchmark(read_streets, ROADS / "beijing_centre_2013")
    assert streets.largest_part(Network.CAR).sum() == 23_487


@needs_data
def test_read_helsinki_pbf(benchmark: BenchmarkFixture) -> None:
    streets = benchmark(read_streets, ROADS / "helsinki" / "Helsinki.osm.pbf")
    assert (streets.num_nodes, streets.num_edges) == (6442, 15_622)


@needs_data
def test_write_and_read_beijing(benchmark: BenchmarkFixture, beijing: StreetGraph, tmp_path: Path) -> None:
    def there_and_back() -> StreetGraph:
        write_streets(beijing, tmp_path)
        return read_streets(tmp_path)

    assert benchmark(there_and_back) == beijing
