import gzip
import json
import math
import os
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import SourceError
from optimizer.problem import Network
from optimizer.travel import read_streets, write_streets
from tests.travel.town import make_streets

needs_data = pytest.mark.skipif("YIZHAN_DATA" not in os.environ, reason="YIZHAN_DATA names no folder of public data")

NODES = "node,lon,lat\na,116.30,39.90\nb,116.31,39.90\nc,116.31,39.91\n"


def write_folder(folder, edges, nodes=NODES):
    (folder / "nodes.csv").write_text(nodes, encoding="utf-8")
    (folder / "edges.csv").write_text(edges, encoding="utf-8")
    return folder


def edges_of(streets, network=Network.CAR):
    allowed = streets.allowed(network)
    return set(zip(streets.from_idx[allowed].tolist(), streets.to_idx[allowed].tolist(), strict=True))


def issues_of(path):
    with pytest.raises(SourceError) as caught:
        read_streets(path)
    return {(issue.code, issue.path) for issue in caught.value.issues}


def test_tables_give_nodes_and_edges(tmp_path):
    streets = read_streets(write_folder(tmp_path, "u,v,length_m,name,speed_kmh\na,b,900,长安街,40\n"))
    assert streets.lon.tolist() == [116.30, 116.31, 116.31]
    assert edges_of(streets) == {(0, 1), (1, 0)}
    assert streets.length_m.tolist() == [900, 900]
    assert streets.speed_kmh.tolist() == [40, 40]
    assert streets.names == ("长安街",)


def test_an_edge_without_length_is_straight(tmp_path):
    streets = read_streets(write_folder(tmp_path, "u,v\nb,c\n"))
    assert streets.length_m == pytest.approx([1111.95, 1111.95], abs=0.01)
    assert streets.speed_kmh.tolist() == [math.inf, math.inf]


@pytest.mark.parametrize(("mark", "expected"), [("0", {(0, 1), (1, 0)}), ("1", {(0, 1)}), ("-1", {(1, 0)})])
@pytest.mark.parametrize("column", ["oneway", "oneway_tag"])
def test_one_way_marks_bind_cars_but_not_those_on_foot(tmp_path, column, mark, expected):
    streets = read_streets(write_folder(tmp_path, f"u,v,{column}\na,b,{mark}\n"))
    assert edges_of(streets) == expected
    assert edges_of(streets, Network.FOOT) == {(0, 1), (1, 0)}


def test_a_street_drawn_once_per_direction_is_not_doubled(tmp_path):
    streets = read_streets(write_folder(tmp_path, "u,v,length_m,oneway\na,b,900,0\nb,a,900,0\n"))
    assert streets.num_edges == 2


def test_drivable_decides_for_cars(tmp_path):
    edges = "u,v,highway,drivable\na,b,residential,0\nb,c,track,1\n"
    assert edges_of(read_streets(write_folder(tmp_path, edges))) == {(1, 2), (2, 1)}


def test_straight_edges_over_three_kilometres_are_gaps_in_the_map(tmp_path):
    edges = "u,v,length_m_straight\na,b,3000\nb,c,3000.1\n"
    assert edges_of(read_streets(write_folder(tmp_path, edges))) == {(0, 1), (1, 0)}


def test_measured_edges_may_be_longer(tmp_path):
    assert read_streets(write_folder(tmp_path, "u,v,length_m\na,b,5000\n")).length_m.tolist() == [5000, 5000]


def test_flags_make_each_row_one_directed_edge(tmp_path):
    streets = read_streets(write_folder(tmp_path, "u,v,foot,bicycle,car\na,b,1,1,0\nb,a,1,0,0\n"))
    assert edges_of(streets, Network.FOOT) == {(0, 1), (1, 0)}
    assert edges_of(streets, Network.BICYCLE) == {(0, 1)}
    assert edges_of(streets) == set()


def test_tables_may_be_gzipped_and_named_by_their_edges(tmp_path):
    for name, text in (("nodes", NODES), ("edges", "u,v\na,b\n")):
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert read_streets(tmp_path / "edges.csv.gz") == read_streets(tmp_path)


def test_every_fault_of_the_tables_is_reported_with_file_row_and_column(tmp_path):
    nodes = "node,lon,lat\na,116.3,39.9\na,181,39.9\nb,116.3,north\n"
    edges = "u,v,length_m,speed_kmh,oneway,drivable\na,x,1,1,0,1\na,b,-5,fast,2,maybe\n"
    assert issues_of(write_folder(tmp_path, edges, nodes)) == {
        ("node-repeated", "nodes.csv:3:node"),
        ("number-wrong", "nodes.csv:3:lon"),
        ("number-wrong", "nodes.csv:4:lat"),
        ("node-unknown", "edges.csv:2:v"),
        ("number-wrong", "edges.csv:3:length_m"),
        ("number-wrong", "edges.csv:3:speed_kmh"),
        ("oneway-unknown", "edges.csv:3:oneway"),
        ("flag-wrong", "edges.csv:3:drivable"),
    }


def test_a_short_row_is_a_fault(tmp_path):
    assert issues_of(write_folder(tmp_path, "u,v\na\n")) == {("node-unknown", "edges.csv:2:v")}


def test_missing_columns_are_named(tmp_path):
    assert issues_of(write_folder(tmp_path, "from,to\na,b\n")) == {("column-missing", "edges.csv:1")}


def test_a_folder_without_tables_is_refused(tmp_path):
    assert issues_of(tmp_path) == {("table-missing", str(tmp_path))}


def test_a_missing_file_is_refused(tmp_path):
    assert issues_of(tmp_path / "town.osm.pbf") == {("file-missing", str(tmp_path / "town.osm.pbf"))}


def test_streets_that_nobody_may_use_are_refused(tmp_path):
    assert issues_of(write_folder(tmp_path, "u,v,highway\na,b,proposed\n")) == {("streets-empty", str(tmp_path))}


@pytest.mark.parametrize(
    "name", ["a.graphml", "a.geojson", "a.gpkg", "a.osm.pbf", "a.osm", "a.osm.gz", "edges.csv.gz", "a.xml", "a.docx"]
)
def test_a_file_that_is_not_what_it_claims_to_be_is_refused(tmp_path, name):
    (tmp_path / "nodes.csv").write_text(NODES)
    (tmp_path / name).write_bytes(b"PK\x03\x04 neither streets nor anything else")
    assert {code for code, _ in issues_of(tmp_path / name)} <= {"file-broken", "format-unknown"}


COORDINATE = st.floats(-80, 80).map(lambda deg: deg + 0.0)
TAGS = st.sampled_from(
    [{}, {"oneway": "yes", "name": 'He said "go, go"'}, {"highway": "footway", "name": "胡同 7"}, {"maxspeed": "20"}]
)


@settings(deadline=None)
@given(
    nodes=st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6),
    ways=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 1), TAGS, st.floats(0, 1e6)).filter(lambda way: way[0] != way[1]),
        min_size=1,
        max_size=8,
    ),
)
def test_written_streets_read_back_equal(tmp_path_factory, nodes, ways):
    streets, folder = make_streets(nodes, ways), tmp_path_factory.mktemp("streets")
    write_streets(streets, folder)
    assert read_streets(folder) == streets


def write_graphml(path, graph):
    nx.write_graphml(graph, path)
    return path


def osmnx_graph():
    graph = nx.MultiDiGraph()
    graph.add_node(1, x="116.30", y="39.90")
    graph.add_node(2, x="116.31", y="39.90")
    graph.add_node(3, x="116.32", y="39.90")
    for tail, head in ((1, 2), (2, 1)):
        graph.add_edge(tail, head, length="1000.0", oneway="False", highway="['residential', 'service']", name="A")
    bent = "LINESTRING (116.31 39.90, 116.315 39.905, 116.32 39.90)"
    graph.add_edge(2, 3, length="1500.0", oneway="True", highway="primary", maxspeed="50", geometry=bent)
    return graph


def test_osmnx_graphs_keep_directions_lengths_and_tags(tmp_path):
    streets = read_streets(write_graphml(tmp_path / "town.graphml", osmnx_graph()))
    assert edges_of(streets) == {(0, 1), (1, 0), (1, 2), (2, 3)}
    assert edges_of(streets, Network.FOOT) == {(0, 1), (1, 0), (1, 2), (2, 3), (2, 1), (3, 2)}
    assert streets.length_m[:4].tolist() == [1000, 1000, 750, 750]
    assert streets.speed_kmh[:3].tolist() == [30, 30, 50]


def test_bends_of_an_edge_become_nodes(tmp_path):
    streets = read_streets(write_graphml(tmp_path / "town.graphml", osmnx_graph()))
    assert (116.315, 39.905) in set(zip(streets.lon.tolist(), streets.lat.tolist(), strict=True))


def test_edges_of_an_undirected_graph_go_both_ways(tmp_path):
    graph = nx.Graph()
    graph.add_node("a", lon=116.3, lat=39.9)
    graph.add_node("b", lon=116.3, lat=39.91)
    graph.add_edge("a", "b")
    streets = read_streets(write_graphml(tmp_path / "town.xml", graph))
    assert edges_of(streets) == {(0, 1), (1, 0)}
    assert streets.length_m == pytest.approx([1111.95, 1111.95], abs=0.01)


def test_faults_of_a_graph_are_all_reported(tmp_path):
    graph = nx.DiGraph()
    graph.add_node("a", x=443_000.0, y=4_417_000.0)
    graph.add_node("b")
    graph.add_edge("a", "b", length="far")
    assert issues_of(write_graphml(tmp_path / "town.graphml", graph)) == {
        ("node-misplaced", "town.graphml:a"),
        ("node-misplaced", "town.graphml:b"),
        ("number-wrong", "town.graphml:a->b:length"),
    }


def write_geojson(path, *features):
    collection = [
        {"type": "Feature", "properties": tags, "geometry": {"type": kind, "coordinates": coordinates}}
        for kind, coordinates, tags in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": collection}))
    return path


def test_lines_meet_where_they_share_coordinates(tmp_path):
    path = write_geojson(
        tmp_path / "town.geojson",
        ("LineString", [[116.30, 39.9], [116.31, 39.9], [116.32, 39.9]], {"highway": "residential", "name": "A"}),
        ("MultiLineString", [[[116.31, 39.9], [116.31, 39.91]]], {"highway": "primary", "oneway": "-1"}),
    )
    streets = read_streets(path)
    assert streets.num_nodes == 4
    assert edges_of(streets) == {(0, 1), (1, 0), (1, 2), (2, 1), (3, 1)}
    assert streets.speed_kmh.tolist() == [30, 30, 30, 30, 60, 60]


def test_features_that_are_no_lines_are_all_reported(tmp_path):
    line = ("LineString", [[116.30, 39.9], [116.31, 39.9]], {})
    path = write_geojson(tmp_path / "town.json", ("Point", [116.3, 39.9], {}), line, ("Point", [116.4, 39.9], {}))
    assert issues_of(path) == {
        ("geometry-wrong", "town.json:features[0]"),
        ("geometry-wrong", "town.json:features[2]"),
    }


OSM = """<osm version="0.6">
<node id="1" version="1" lon="116.30" lat="39.90"/><node id="2" version="1" lon="116.31" lat="39.90"/>
<node id="3" version="1" lon="116.32" lat="39.90"/><node id="9" version="1" lon="116.99" lat="39.90"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="404"/><nd ref="3"/>
 <tag k="highway" v="residential"/><tag k="name" v="甲街"/></way>
<way id="2" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="oneway" v="-1"/></way>
<way id="3" version="1"><nd ref="9"/><nd ref="1"/><tag k="waterway" v="river"/></way>
</osm>"""


@pytest.mark.parametrize("name", ["town.osm", "town.xml", "town.osm.gz", "town.osm.pbf"])
def test_osm_ways_clipped_at_the_border_keep_what_is_inside(tmp_path, name):
    plain = tmp_path / "plain.osm"
    plain.write_text(OSM, encoding="utf-8")
    path = plain.rename(tmp_path / name) if name.endswith(("town.osm", "xml")) else convert(plain, tmp_path / name)
    streets = read_streets(path)
    assert streets.lon.tolist() == [116.30, 116.31, 116.32]
    assert edges_of(streets) == {(0, 1), (1, 0), (2, 1)}
    assert edges_of(streets, Network.FOOT) == {(0, 1), (1, 0), (2, 1), (1, 2)}
    assert streets.names == ("甲街",)


def convert(plain, path):
    with osmium.SimpleWriter(path) as writer:
        for item in osmium.FileProcessor(plain):
            writer.add(item)
    return path


@needs_data
def test_central_beijing():
    streets = read_streets(Path(os.environ["YIZHAN_DATA"]) / "roads" / "beijing_centre_2013")
    assert streets.num_nodes == 32_552
    assert streets.length_m.max() <= 3000
    assert "西长安街" in streets.names
    assert streets.largest_part(Network.CAR).sum() == 23_487


@needs_data
def test_helsinki_extract_with_clipped_ways():
    streets = read_streets(Path(os.environ["YIZHAN_DATA"]) / "roads" / "helsinki" / "Helsinki.osm.pbf")
    assert streets.num_edges > 10_000
    assert np.isfinite(streets.lon).all()
    parts = {network: int(streets.largest_part(network).sum()) for network in Network}
    assert parts[Network.FOOT] > parts[Network.BICYCLE] > parts[Network.CAR] > 1500
