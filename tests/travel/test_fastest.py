import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import TravelError
from optimizer.travel.fastest import Roads, contraction_ways, dijkstra_ways, fastest_ways

NUM_NODES = 7
NODE = st.integers(0, NUM_NODES - 1)
EDGE = st.tuples(NODE, NODE, st.integers(1, 9), st.integers(0, 3000))


def make_roads(edges, num_nodes=NUM_NODES):
    from_idx, to_idx, duration_ms, length_dm = np.array(edges, dtype=np.int64).reshape(-1, 4).T
    lon, lat = np.arange(num_nodes) / 100, np.arange(num_nodes) % 3 / 100
    return Roads(lon, lat, from_idx, to_idx, duration_ms, length_dm)


def all_stops(num_nodes=NUM_NODES):
    return np.arange(num_nodes)


def both_engines(roads, stops):
    return dijkstra_ways(roads, stops, stops), contraction_ways(roads, stops)


@settings(max_examples=300, deadline=None)
@given(edges=st.lists(EDGE, min_size=1, max_size=25))
def test_both_engines_find_the_shortest_of_the_fastest_ways(edges):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(NUM_NODES))
    for tail, head, *key in edges:
        graph.add_edge(tail, head, key=min(tuple(key), graph.get_edge_data(tail, head, {"key": (99, 0)})["key"]))
    expected = np.full((2, NUM_NODES, NUM_NODES), -1)
    for tail, keys in nx.all_pairs_dijkstra_path_length(
        graph, weight=lambda _u, _v, data: data["key"][0] * 10**9 + data["key"][1]
    ):
        for head, key in keys.items():
            expected[:, tail, head] = divmod(key, 10**9)
    for ways in both_engines(make_roads(edges), all_stops()):
        assert ways.duration_ms.tolist() == expected[0].tolist()
        assert ways.length_dm.tolist() == expected[1].tolist()


def test_the_distance_is_that_of_the_fastest_way_not_the_shortest():
    roads = make_roads([(0, 1, 100, 50), (0, 2, 10, 400), (2, 1, 10, 400)])
    for ways in both_engines(roads, np.array([0, 1])):
        assert ways.duration_ms[0, 1] == 20
        assert ways.length_dm[0, 1] == 800


def test_of_parallel_edges_the_fastest_counts():
    for ways in both_engines(make_roads([(0, 1, 30, 5), (0, 1, 20, 9), (0, 1, 40, 1)]), np.array([0, 1])):
        assert ways.duration_ms[0, 1] == 20
        assert ways.length_dm[0, 1] == 9


def test_a_millisecond_outweighs_any_length():
    far = 10_000_000
    roads = make_roads([(0, 1, 1000, far), (0, 2, 500, 1), (2, 1, 501, 1), (3, 4, 100_000_000, 1)])
    for ways in both_engines(roads, np.array([0, 1, 3, 4])):
        assert ways.length_dm[0, 1] == far


def test_there_is_no_way_against_a_oneway_street():
    for ways in both_engines(make_roads([(0, 1, 10, 100)]), np.array([0, 1])):
        assert ways.duration_ms.tolist() == [[0, 10], [-1, 0]]
        assert ways.length_dm.tolist() == [[0, 100], [-1, 0]]


@pytest.mark.parametrize("find_ways", [lambda roads, stops: dijkstra_ways(roads, stops, stops), contraction_ways])
def test_a_way_of_37_hours_is_the_limit(find_ways):
    assert find_ways(make_roads([(0, 1, 2**27 - 1, 5)]), np.array([0, 1])).duration_ms[0, 1] == 2**27 - 1
    with pytest.raises(TravelError, match="37 hours"):
        find_ways(make_roads([(0, 1, 2**27, 5)]), np.array([0, 1]))


def test_many_origins_are_searched_in_parts():
    num_nodes = 600
    roads = make_roads([(idx, idx + 1, 2, 10) for idx in range(num_nodes - 1)], num_nodes)
    for ways in both_engines(roads, all_stops(num_nodes)):
        assert ways.duration_ms[0, -1] == 2 * (num_nodes - 1)
        assert ways.length_dm[300, 599] == 2990


def test_without_the_hierarchy_dijkstra_takes_over(monkeypatch):
    roads, stops = make_roads([(0, 1, 10, 100), (1, 2, 20, 100)]), np.array([0, 2])
    expected = fastest_ways(roads, stops)
    monkeypatch.setattr("optimizer.travel.fastest.contraction_ways", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert fastest_ways(roads, stops).duration_ms.tolist() == expected.duration_ms.tolist() == [[0, 30], [-1, 0]]
