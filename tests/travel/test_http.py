import json
import math
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from optimizer.errors import TravelError
from optimizer.problem import Location
from optimizer.travel import UNREACHABLE, OsrmServer, ValhallaServer, unreachable_pairs
from optimizer.travel.http import server_matrix
from tests.travel.town import BICYCLE, VAN, WALK, place

PLACES = [place(1), place(2), place(4), place(7), place(11)]
ISLAND = place(50)


def seconds_and_metres(origin, destination):
    """What the stub answers for two longitudes: 100.25 s and 1,000.5 m per degree eastwards, no way to the island."""
    if origin == destination:
        return 0.0, 0.0
    if ISLAND.lon in (origin, destination):
        return None, None
    return 100.25 + destination, 1000.5 + 2 * origin


class RoutingStub(BaseHTTPRequestHandler):
    """Speaks the documented part of OSRM's table service and of Valhalla's matrix service."""

    def do_GET(self):
        self.server.asked.append(self.path)
        url = urlsplit(self.path)
        service, version, _profile, coordinates = url.path.strip("/").split("/")
        assert (service, version) == ("table", "v1")
        query = {key: values[0].split(";") for key, values in parse_qs(url.query, separator="&").items()}
        assert query["annotations"] == ["duration,distance"]
        places = [tuple(map(float, pair.split(","))) for pair in coordinates.split(";")]
        if len(places) > self.server.largest_table:
            return self.answer(400, {"code": "TooBig", "message": "Too many table coordinates"})
        origins, destinations = ([places[int(idx)] for idx in query[key]] for key in ("sources", "destinations"))
        table = [[seconds_and_metres(origin[0], end[0]) for end in destinations] for origin in origins]
        durations, distances = ([[cell[part] for cell in row] for row in table] for part in (0, 1))
        return self.answer(200, {"code": "Ok", "durations": durations, "distances": distances})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        assert self.path == "/sources_to_targets"
        if len(body["sources"]) * len(body["targets"]) > self.server.largest_table:
            return self.answer(400, {"error_code": 154, "error": "Path distance exceeds the max distance limit"})
        rows = []
        for from_idx, origin in enumerate(body["sources"]):
            rows.append([])
            for to_idx, end in enumerate(body["targets"]):
                time_s, metres = seconds_and_metres(origin["lon"], end["lon"])
                kilometres = None if metres is None else metres / 1000
                cell = {"from_index": from_idx, "to_index": to_idx, "time": time_s, "distance": kilometres}
                rows[-1].append(cell)
        return self.answer(200, {"sources_to_targets": rows, "units": "kilometers"})

    def answer(self, status, body):
        if self.server.broken is not None:
            status, body = 200, self.server.broken
        time.sleep(self.server.delay_s)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args):
        """Stay silent."""


@pytest.fixture
def stub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), RoutingStub)
    server.asked, server.delay_s, server.broken, server.largest_table = [], 0, None, 100
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


KINDS = pytest.mark.parametrize("kind", [OsrmServer, ValhallaServer])


@KINDS
@pytest.mark.parametrize("block_size", [1, 2, 4, 5, 50])
def test_blocks_of_any_size_make_the_same_matrix(stub, kind, block_size):
    travel = server_matrix(kind(url=stub.url, block_size=block_size), PLACES, [VAN])
    assert len(stub.asked) == math.ceil(len(PLACES) / block_size) ** 2
    for row, origin in enumerate(PLACES):
        for column, end in enumerate(PLACES):
            seconds, metres = seconds_and_metres(origin.lon, end.lon)
            assert 0 <= travel.duration_s["van"][row, column] - seconds < 1
            assert 0 <= travel.distance_m["van"][row, column] - metres < 1


@KINDS
def test_null_is_no_way(stub, kind):
    travel = server_matrix(kind(url=stub.url), [PLACES[0], ISLAND], [VAN])
    assert travel.duration_s["van"].tolist() == [[0, UNREACHABLE], [UNREACHABLE, 0]]
    assert len(unreachable_pairs(travel)) == 2


@KINDS
def test_a_refusal_is_told_with_the_servers_reason(stub, kind):
    stub.largest_table = 3
    with pytest.raises(TravelError, match=r"refused the travel table: HTTP 400: .*(Too many|exceeds)"):
        server_matrix(kind(url=stub.url), PLACES, [VAN])


@KINDS
def test_a_slow_server_is_given_up(stub, kind):
    stub.delay_s = 0.5
    with pytest.raises(TravelError, match="did not answer in time"):
        server_matrix(kind(url=stub.url, timeout_s=0.05), PLACES, [VAN])


@KINDS
@pytest.mark.parametrize(
    "answer", [{"code": "Ok"}, {"durations": [[1]], "distances": [[1]]}, {"sources_to_targets": [[{}]]}, [], "text"]
)
def test_an_answer_that_is_no_table_is_refused(stub, kind, answer):
    stub.broken = answer
    with pytest.raises(TravelError, match="answered no table"):
        server_matrix(kind(url=stub.url), PLACES, [VAN])


@KINDS
def test_a_server_that_is_not_running_is_named(stub, kind):
    url = "http://127.0.0.1:9"  # the discard port: nothing listens there
    with pytest.raises(TravelError, match="cannot be reached"):
        server_matrix(kind(url=url), PLACES, [VAN])


@pytest.mark.parametrize("url", ["http://[::1", "http://localhost:many", "ftp://localhost"])
def test_an_address_that_is_none_is_told(url):
    with pytest.raises(TravelError, match="is no address of a server"):
        server_matrix(OsrmServer(url=url), PLACES, [VAN])


def test_osrm_is_asked_for_the_profile_of_each_network(stub):
    server = OsrmServer(url=stub.url + "/")
    server_matrix(server, PLACES[:1], [WALK, BICYCLE, VAN])
    assert [path.split("/")[3] for path in stub.asked] == ["foot", "bicycle", "car"]


def test_osrm_is_asked_as_its_documentation_shows(stub):
    places = [Location(lon=116.25, lat=39.5), Location(lon=116.5, lat=39.75)]
    server_matrix(OsrmServer(url=stub.url), places, [VAN])
    coordinates = "116.25,39.5;116.5,39.75;116.25,39.5;116.5,39.75"
    query = "sources=0;1&destinations=2;3&annotations=duration,distance"
    assert stub.asked == [f"/table/v1/car/{coordinates}?{query}"]


def test_valhalla_walks_and_cycles_at_the_modes_speed(stub):
    server_matrix(ValhallaServer(url=stub.url), PLACES[:1], [WALK, BICYCLE, VAN])
    assert [body["costing"] for body in stub.asked] == ["pedestrian", "bicycle", "auto"]
    assert [body.get("costing_options") for body in stub.asked] == [
        {"pedestrian": {"walking_speed": 3.6}},
        {"bicycle": {"cycling_speed": 18.0}},
        None,
    ]
