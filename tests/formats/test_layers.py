"""Map layers in: any coordinate system, attributes by the columns' names."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely

from optimizer.errors import SourceError
from optimizer.formats.layers import read_elders_layer, read_stations_layer
from optimizer.formats.tables import read_tables, write_tables
from scenarios import build_scenario

WEST, EAST = shapely.Point(116.39, 39.91), shapely.box(116.40, 39.90, 116.42, 39.94)


def save(path, columns, places, epsg=4326, layer=None):
    frame = geopandas.GeoDataFrame(columns, geometry=list(places), crs=4326).to_crs(epsg)
    frame.to_file(path, layer=layer) if layer else frame.to_file(path)
    return path


def issues_of(read, path):
    with pytest.raises(SourceError) as caught:
        read(path)
    return [(issue.code, issue.path) for issue in caught.value.issues if issue.severity == "error"]


@pytest.mark.parametrize("epsg", [4326, 3857, 32650])
@pytest.mark.parametrize("suffix", ["gpkg", "geojson"])
def test_elders_are_read_from_any_system(suffix, epsg, tmp_path):
    path = save(tmp_path / f"e.{suffix}", {"elder_id": [1, 2], "姓名": ["Wang", None]}, [WEST, EAST], epsg)
    first, second = read_elders_layer(path).elders
    assert (first.elder_id, first.name, second.elder_id, second.name) == ("1", "Wang", "2", "")
    assert np.allclose((first.place.lon, first.place.lat), (116.39, 39.91), atol=1e-6)
    assert np.allclose((second.place.lon, second.place.lat), (116.41, 39.92), atol=1e-3)


def test_stations_are_read_with_their_facts(tmp_path):
    path = save(tmp_path / "s.gpkg", {"站点编号": ["S1"], "seats": [40], "opening": ["09:00-13:00"]}, [WEST])
    (station,) = read_stations_layer(path).stations
    assert (station.station_id, station.seats, len(station.opening)) == ("S1", 40, 1)


def test_attribute_of_ones_own_is_a_warning(tmp_path):
    layer = read_elders_layer(save(tmp_path / "e.gpkg", {"elder_id": [1], "colour": ["red"]}, [WEST]))
    assert [warning.code for warning in layer.warnings] == ["unknown-column"]


def test_feature_is_named_by_its_number(tmp_path):
    path = save(tmp_path / "e.gpkg", {"elder_id": ["a", "a"], "floor": ["1", "high"]}, [WEST, WEST])
    assert issues_of(read_elders_layer, path) == [("bad-cell", "e.gpkg:2:floor"), ("id-duplicate", "e.gpkg:2:elder_id")]


def test_feature_without_a_place_is_told(tmp_path):
    path = save(tmp_path / "e.gpkg", {"elder_id": ["a", "b"]}, [WEST, None])
    assert issues_of(read_elders_layer, path) == [("bad-place", "e.gpkg:2")]


def test_layer_without_coordinate_system_is_told(tmp_path):
    path = tmp_path / "e.gpkg"
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        geopandas.GeoDataFrame({"elder_id": ["a"]}, geometry=[WEST]).to_file(path)
    assert issues_of(read_elders_layer, path) == [("bad-place", "e.gpkg")]


def test_one_of_several_layers_must_be_named(tmp_path):
    path = save(tmp_path / "d.gpkg", {"elder_id": ["a"]}, [WEST], layer="elders")
    save(path, {"station_id": ["S"]}, [WEST], layer="stations")
    assert issues_of(read_elders_layer, path) == [("not-readable", "d.gpkg")]
    assert len(read_elders_layer(path, "elders").elders) == 1


@pytest.mark.parametrize("content", [b"", b"no layer"])
def test_file_that_is_no_layer_is_told(content, tmp_path):
    path = tmp_path / "e.gpkg"
    path.write_bytes(content)
    assert issues_of(read_elders_layer, path) == [("not-readable", "e.gpkg")]


def test_missing_file_is_told(tmp_path):
    assert issues_of(read_elders_layer, tmp_path / "e.gpkg") == [("not-found", str(tmp_path / "e.gpkg"))]


def test_a_folder_of_tables_may_hold_elders_as_a_layer(tmp_path):
    write_tables(build_scenario("tiny").problem, tmp_path)
    plain = read_tables(tmp_path).problem
    (tmp_path / "elders.csv").unlink()
    columns = {"elder_id": [elder.elder_id for elder in plain.elders]}
    save(tmp_path / "elders.gpkg", columns, [shapely.Point(e.place.lon, e.place.lat) for e in plain.elders], 32650)
    read = read_tables(tmp_path).problem
    assert [elder.elder_id for elder in read.elders] == columns["elder_id"]
    for elder, known in zip(read.elders, plain.elders, strict=True):
        assert np.allclose((elder.place.lon, elder.place.lat), (known.place.lon, known.place.lat), atol=1e-6)


def test_a_layer_in_a_folder_keeps_its_own_coordinate_system(tmp_path):
    write_tables(build_scenario("tiny").problem, tmp_path)
    elder_ids = [elder.elder_id for elder in read_tables(tmp_path).problem.elders]
    (tmp_path / "elders.csv").unlink()
    settings = tmp_path / "settings.csv"
    settings.write_text(settings.read_text(encoding="utf-8-sig") + "coordinates,gcj02\n", encoding="utf-8")
    save(tmp_path / "elders.geojson", {"elder_id": elder_ids}, [WEST] * len(elder_ids))
    places = {(elder.place.lon, elder.place.lat) for elder in read_tables(tmp_path).problem.elders}
    assert places == {(WEST.x, WEST.y)}


def test_faults_of_a_layer_in_a_folder_name_the_feature(tmp_path):
    write_tables(build_scenario("tiny").problem, tmp_path)
    (tmp_path / "elders.csv").unlink()
    save(tmp_path / "elders.geojson", {"elder_id": ["e1", "e2"], "floor": ["1", "up"]}, [WEST, EAST])
    assert ("bad-cell", "elders.geojson:2:floor") in [
        (code, path) for code, path in issues_of(read_tables, tmp_path) if path.startswith("elders")
    ]
