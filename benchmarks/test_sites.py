"""Speed of coverage, isochrones, siting and roll-out: fixed districts, answers asserted; spopt beside them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.sites import FAR_S, OURS, case_of, district, ours, theirs
from optimizer.network.catchment import Catchment, catchment_of
from optimizer.network.coverage import coverage_of
from optimizer.network.median import median
from optimizer.network.rollout import roll_out_plan
from optimizer.network.sites import Community, CommunityKind, RollOut, Site, Target
from optimizer.network.siting import SiteRule, centre, maximal_cover
from optimizer.problem import DEFAULT_MODES, Elder, Location
from optimizer.travel import StreetGraph, read_streets
from optimizer.travel.isochrones import isochrones

ROADS = Path(os.environ.get("YIZHAN_DATA", "")) / "roads" / "beijing_centre_2013"
BEIJING = (116.30, 116.46, 39.86, 39.98)
WALK = DEFAULT_MODES[0]

LARGE = pytest.mark.large

needs_data = pytest.mark.skipif("YIZHAN_DATA" not in os.environ, reason="YIZHAN_DATA names no folder of public data")


def places(count: int, seed: int) -> list[Location]:
    rng = np.random.default_rng(seed)
    west, east, south, north = BEIJING
    lon, lat = rng.uniform(west, east, count), rng.uniform(south, north, count)
    return [Location(lon=x, lat=y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


@pytest.fixture(scope="module")
def beijing() -> StreetGraph:
    return read_streets(ROADS)


@needs_data
def test_circle_of_20000_elders_and_100_stations(benchmark: Any, beijing: StreetGraph) -> None:
    elders = [Elder(elder_id=f"e{i}", place=place) for i, place in enumerate(places(20_000, 1))]
    sites = places(100, 2)

    def circle() -> Any:
        return coverage_of(catchment_of(elders, sites, WALK, streets=beijing), [150] * 100)

    coverage = benchmark.pedantic(circle, rounds=1)
    assert coverage.total.num_elders == 20_000
    assert coverage.total.num_placed <= min(15_000, coverage.total.num_covered)


@needs_data
def test_isochrones_of_100_stations(benchmark: Any, beijing: StreetGraph) -> None:
    sites = {f"s{i}": place for i, place in enumerate(places(100, 2))}
    found = benchmark.pedantic(isochrones, (beijing, sites, WALK, [300, 600, 900]), rounds=1)
    assert len(found) == 300


@pytest.mark.parametrize(
    ("num_homes", "num_sites", "num_chosen"), [(500, 50, 10), pytest.param(2_000, 200, 20, marks=LARGE)]
)
def test_maximal_cover(benchmark: Any, num_homes: int, num_sites: int, num_chosen: int) -> None:
    within, weight = district(num_homes, num_sites) <= 900, np.ones(num_homes, np.int64)
    rule = SiteRule.at_most(num_chosen, num_sites)
    answer = benchmark.pedantic(maximal_cover, (within, weight, rule), {"time_limit_s": 30}, rounds=1)
    assert answer.value <= answer.bound
    assert answer.gap_share <= 0.03
    benchmark.extra_info["gap_share"] = answer.gap_share


@pytest.mark.parametrize(
    ("num_homes", "num_sites", "num_chosen", "is_limited"),
    [
        (500, 50, 10, False),
        (500, 50, 10, True),
        pytest.param(2_000, 200, 20, False, marks=LARGE),
        pytest.param(2_000, 200, 20, True, marks=LARGE),
    ],
)
def test_median(benchmark: Any, num_homes: int, num_sites: int, num_chosen: int, *, is_limited: bool) -> None:
    duration_s, rule = district(num_homes, num_sites), SiteRule.at_most(num_chosen, num_sites)
    capacity = np.full(num_sites, round(1.2 * num_homes / num_chosen)) if is_limited else None
    options: dict[str, Any] = {"far_s": FAR_S, "capacity": capacity, "time_limit_s": 30}
    answer = benchmark.pedantic(median, (duration_s, rule), options, rounds=1)
    assert answer.bound <= answer.value
    assert answer.gap_share <= 0.02
    benchmark.extra_info["gap_share"] = answer.gap_share


def test_centre(benchmark: Any) -> None:
    answer = benchmark.pedantic(centre, (district(1_000, 100), SiteRule.at_most(15, 100)), rounds=1)
    assert answer.value == answer.bound


@pytest.mark.large
def test_roll_out_of_five_years(benchmark: Any) -> None:
    duration_s = district(1_000, 40)
    elders = tuple(Elder(elder_id=f"e{i}", place=Location(lon=0, lat=0), community=f"c{i % 20}") for i in range(1_000))
    spot = Location(lon=0, lat=0)
    sites = tuple(Site(site_id=f"s{j}", place=spot, community=f"c{j % 20}", capacity=90) for j in range(40))
    roll_out = RollOut(
        sites=sites,
        budget_cents=(200_000_000,) * 5,
        communities=(Community(community="c0", is_pilot=True),),
        targets=(Target(kind=CommunityKind.URBAN, share=0.3, year=5),),
    )
    catchment = Catchment(elders=elders, duration_s=duration_s, limit_s=900)
    plan = benchmark.pedantic(roll_out_plan, (roll_out, catchment), {"time_limit_s": 30}, rounds=1)
    assert plan.value <= plan.bound
    benchmark.extra_info["gap_share"] = plan.gap_share


@pytest.mark.large
@pytest.mark.parametrize("model", list(OURS))
def test_spopt(benchmark: Any, model: str) -> None:
    pytest.importorskip("spopt")
    case = case_of(200, 30, 6)
    peer = benchmark.pedantic(theirs, (model, case, 60.0), rounds=1)
    own = ours(model, case, 60.0)
    assert own.gap_share == 0
    assert own.value == peer.value
    benchmark.extra_info["ours_s"] = own.duration_s
