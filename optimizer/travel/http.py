"""Travel matrices from routing servers: OSRM's ``/table`` and Valhalla's ``/sources_to_targets``.

Both speak JSON over HTTP and know streets, turns and traffic rules; neither is part of this package. Large tables are
asked for in blocks. Durations are rounded up to whole seconds, distances to whole metres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import TravelError
from optimizer.problem import Location, Network, TravelMode
from optimizer.travel.matrix import TravelMatrix, round_up

if TYPE_CHECKING:
    import httpx

Table = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Seconds and metres from origins to destinations, NaN where there is no way."""


class TableServer(Protocol):
    """A server that answers with travel tables."""

    @property
    def url(self) -> str:
        """Where it listens."""

    @property
    def block_size(self) -> int:
        """Largest number of origins, and of destinations, in one request."""

    @property
    def timeout_s(self) -> float:
        """Longest wait for one answer, in seconds."""

    def table(
        self, client: httpx.Client, mode: TravelMode, origins: Sequence[Location], destinations: Sequence[Location]
    ) -> Table:
        """Ask for one block."""


@dataclass(frozen=True, kw_only=True)
class OsrmServer:
    """An OSRM server (``osrm-routed``); its profiles decide the speeds.

    Parameters
    ----------
    url
        E.g. ``http://localhost:5000``; ``{profile}`` in it is replaced, for one server per profile.
    profile_by_network
        Names of the server's profiles.
    block_size
        At most half of the server's ``--max-table-size`` (100 unless set).
    timeout_s
        Longest wait for one answer.
    """

    url: str
    profile_by_network: Mapping[Network, str] = field(
        default_factory=lambda: {Network.FOOT: "foot", Network.BICYCLE: "bicycle", Network.CAR: "car"}
    )
    block_size: int = 50
    timeout_s: float = 30.0

    def table(
        self, client: httpx.Client, mode: TravelMode, origins: Sequence[Location], destinations: Sequence[Location]
    ) -> Table:
        """Ask for one block by ``GET /table/v1/{profile}/{lon},{lat};…``."""
        profile = self.profile_by_network[mode.network]
        coordinates = ";".join(f"{place.lon},{place.lat}" for place in (*origins, *destinations))
        sources = ";".join(str(idx) for idx in range(len(origins)))
        ends = ";".join(str(len(origins) + idx) for idx in range(len(destinations)))
        table = f"{self.url.replace('{profile}', profile).rstrip('/')}/table/v1/{profile}/{coordinates}"
        answer = _ask(client, "GET", f"{table}?sources={sources}&destinations={ends}&annotations=duration,distance")
        return _numbers(answer["durations"]), _numbers(answer["distances"])


@dataclass(frozen=True, kw_only=True)
class ValhallaServer:
    """A Valhalla server; walking and cycling speeds are those of the modes, cars go by its traffic model.

    Parameters
    ----------
    url
        E.g. ``http://localhost:8002``.
    block_size
        At most the square root of the server's ``max_matrix_location_pairs`` (2,500 unless set).
    timeout_s
        Longest wait for one answer.
    """

    url: str
    block_size: int = 50
    timeout_s: float = 30.0

    def table(
        self, client: httpx.Client, mode: TravelMode, origins: Sequence[Location], destinations: Sequence[Location]
    ) -> Table:
        """Ask for one block by ``POST /sources_to_targets``."""
        costing, speed_key = _VALHALLA_COSTING[mode.network]
        body: dict[str, Any] = {
            "sources": [{"lon": place.lon, "lat": place.lat} for place in origins],
            "targets": [{"lon": place.lon, "lat": place.lat} for place in destinations],
            "costing": costing,
            "units": "kilometers",
        }
        if speed_key:
            body["costing_options"] = {costing: {speed_key: mode.speed_kmh}}
        answer = _ask(client, "POST", f"{self.url.rstrip('/')}/sources_to_targets", json=body)
        rows = answer["sources_to_targets"]
        duration_s = _numbers([[cell["time"] for cell in row] for row in rows])
        return duration_s, 1000 * _numbers([[cell["distance"] for cell in row] for row in rows])


_VALHALLA_COSTING = {
    Network.FOOT: ("pedestrian", "walking_speed"),
    Network.BICYCLE: ("bicycle", "cycling_speed"),
    Network.CAR: ("auto", ""),
}


def server_matrix(server: TableServer, places: Sequence[Location], modes: Sequence[TravelMode]) -> TravelMatrix:
    """Travel matrix of `places` from a routing server, block by block.

    Raises
    ------
    TravelError
        If the server does not answer in time, refuses, or answers something else.
    """
    import httpx

    duration_s, distance_m = {}, {}
    with httpx.Client(timeout=server.timeout_s) as client:
        for mode in modes:
            table = _whole_table(server, client, mode, places)
            duration_s[mode.mode], distance_m[mode.mode] = (_closed(numbers) for numbers in table)
    return TravelMatrix(
        places=tuple(places),
        duration_s=duration_s,
        distance_m=distance_m,
        peaks={mode.mode: mode.peaks for mode in modes if mode.peaks},
        source=f"{type(server).__name__.removesuffix('Server')} at {server.url}",
    )


def _whole_table(server: TableServer, client: httpx.Client, mode: TravelMode, places: Sequence[Location]) -> Table:
    whole = np.full((2, len(places), len(places)), np.nan)
    starts = range(0, len(places), server.block_size)
    for row in starts:
        for column in starts:
            origins, destinations = (places[start : start + server.block_size] for start in (row, column))
            try:
                block = np.stack(server.table(client, mode, origins, destinations))
                block = block.reshape(2, len(origins), len(destinations))
            except (KeyError, TypeError, ValueError) as error:
                raise TravelError(f"{server.url} answered no table of the size asked for: {error!r}.") from error
            whole[:, row : row + len(origins), column : column + len(destinations)] = block
    return whole[0], whole[1]


def _ask(client: httpx.Client, method: str, url: str, **request: Any) -> Any:
    import httpx

    try:
        response = client.request(method, url, **request)
        response.raise_for_status()
        return response.json()
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise TravelError(f"{_short(url)} is no address of a server: {error}.") from error
    except httpx.HTTPStatusError as error:
        reason = f"HTTP {error.response.status_code}: {error.response.text[:300]}"
        raise TravelError(f"{_short(url)} refused the travel table: {reason}") from error
    except httpx.TimeoutException as error:
        message = f"{_short(url)} did not answer in time; raise timeout_s or lower block_size."
        raise TravelError(message) from error
    except httpx.HTTPError as error:
        raise TravelError(f"{_short(url)} cannot be reached: {error}; is the routing server running?") from error


def _short(url: str) -> str:
    return url if len(url) <= 80 else url[:80] + "…"


def _numbers(rows: Any) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64)


def _closed(numbers: NDArray[np.float64]) -> NDArray[np.int32]:
    whole = round_up(np.nan_to_num(numbers, nan=-1.0))
    np.fill_diagonal(whole, 0)
    return whole
