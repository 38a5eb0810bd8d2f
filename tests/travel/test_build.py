import subprocess
import sys

import pytest

from optimizer.errors import TravelError
from optimizer.problem import SpeedSlice, TravelMode, Vehicle
from optimizer.travel import OsrmServer, TravelMatrix, build_travel, write_matrix
from optimizer.travel.straight import straight_matrix
from tests.builders import make_problem, make_shift, make_station, make_travel, make_visit, make_worker
from tests.travel.town import line_streets, place

CARGO = TravelMode(mode="cargo", speed_kmh=36.0, detour_percent=100)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("YIZHAN_CACHE", str(tmp_path / "cache"))


def make_town(mode="walk", **changes):
    """A problem whose places lie on the line of :func:`line_streets`."""
    shift = make_shift(start_place=place(0), end_place=place(0))
    worker = make_worker(shifts=(shift,), vehicle=Vehicle(mode=mode))
    visit = make_visit(place=place(2))
    return make_problem([visit], [worker], stations=(make_station(place=place(0)),), **changes)


def test_without_a_source_travel_is_straight():
    travel = build_travel(make_town("van"))
    assert travel.places == make_town().places
    assert set(travel.duration_s) == {"van", "walk"}
    assert travel.distance_m["van"][0, 1] == 2800


def test_walking_is_there_even_if_the_problem_defines_only_other_modes():
    travel = build_travel(make_town("cargo", modes=(CARGO,)))
    assert travel.duration_s["cargo"][0, 1] == 200
    assert travel.distance_m["walk"][0, 1] == 2600


def test_walking_is_as_the_problem_defines_it():
    walk = TravelMode(mode="walk", speed_kmh=3.6, detour_percent=100)
    assert build_travel(make_town(modes=(walk,))).duration_s["walk"][0, 1] == 2000


def test_peaks_come_from_the_problem():
    peak = SpeedSlice(start_s=0, end_s=3600, speed_percent=50)
    cargo = TravelMode(mode="cargo", speed_kmh=36.0, detour_percent=100, peaks=(peak,))
    travel = build_travel(make_town("cargo", modes=(cargo,)))
    assert travel.travel_duration_s("cargo", place(0), place(2), 0) == 400


def test_a_mode_that_the_problem_does_not_define_is_named():
    with pytest.raises(TravelError, match="'drone'"):
        build_travel(make_town("drone"))


def test_streets_are_followed_and_the_matrix_kept(tmp_path):
    travel = build_travel(make_town("van"), streets=line_streets(4), cache_dir=tmp_path / "kept")
    assert travel.distance_m["van"][0, 1] == 2000
    assert len(list((tmp_path / "kept").iterdir())) == 1
    again = build_travel(make_town("van"), streets=line_streets(4), cache_dir=tmp_path / "kept")
    assert again.content_hash == travel.content_hash


def test_other_streets_make_another_matrix():
    slow = build_travel(make_town("van"), streets=line_streets(4, maxspeed="5"))
    assert slow.content_hash != build_travel(make_town("van"), streets=line_streets(4)).content_hash


def test_a_given_matrix_may_lack_walking():
    problem = make_town("van")
    travel = build_travel(problem, given=make_travel(problem))
    assert travel.content_hash == make_travel(problem).content_hash
    van = straight_matrix(problem.places, [CARGO])
    van_only = TravelMatrix(
        places=van.places, duration_s={"van": van.duration_s["cargo"]}, distance_m={"van": van.distance_m["cargo"]}
    )
    assert set(build_travel(problem, given=van_only).duration_s) == {"van"}


def test_a_given_matrix_may_be_a_file(tmp_path):
    problem = make_town("van")
    write_matrix(make_travel(problem), tmp_path / "travel.npz")
    assert build_travel(problem, given=tmp_path / "travel.npz").content_hash == make_travel(problem).content_hash


def test_sources_are_alternatives():
    with pytest.raises(ValueError, match="alternatives"):
        build_travel(make_town(), streets=line_streets(), server=OsrmServer(url="http://127.0.0.1:9"))


def test_a_server_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(TravelError, match="cannot be reached"):
        build_travel(make_town(), server=OsrmServer(url="http://127.0.0.1:9"), cache_dir=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_importing_travel_loads_no_heavy_library():
    heavy = "{'scipy', 'pandas', 'shapely', 'geopandas', 'networkx', 'osmium', 'httpx', 'pyroutingkit'}"
    code = f"import sys, optimizer.travel; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
