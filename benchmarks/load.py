"""How fast many readers get a plan: ``python -m benchmarks.load``.

A service in a process of its own keeps a plan of a whole district; readers, each with a connection that stays open,
ask for it at a steady rate, whether or not the answers before have come: latency counts from the moment a request was
due. The client is plain sockets, so that it leaves the processors to the service. ``locustfile.py`` beside this file
does the same for other services and other mixtures.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import numpy as np
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from api.client import Client
from benchmarks.service import DatabaseOption, ServiceHome, database_settings
from optimizer.params import SolveParams

DISTRICT = "load"
SCENARIO = "xicheng-day"
VISITS_AT_SIZE_ONE = 750
_RAMP_S = 1.0
_WARM_UP_S = 2.0

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console(width=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What readers ask for: with which headers, and which status they expect."""

    name: str
    headers: Mapping[str, str]
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many readers ask, how often in a second all together, and for how long."""

    readers: int
    rate: float
    seconds: float

    @property
    def interval_s(self) -> float:
        """Seconds between two requests of one reader."""
        return self.readers / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came back: one latency in milliseconds a request, and the bytes of the last body."""

    latency_ms: list[float]
    num_faults: int
    num_bytes: int


@app.command()
def load(
    readers: Annotated[int, typer.Option(min=1, help="Connections open at once.")] = 200,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second, of all readers together.")] = 400.0,
    seconds: Annotated[float, typer.Option(min=1, help="Duration of each measurement.")] = 10.0,
    visits: Annotated[int, typer.Option(min=10, help="Visits of the plan.")] = 1000,
    database: DatabaseOption = "",
) -> None:
    """Measure how fast a plan is read, whole and when it is known already, by those who see persons and by viewers."""
    settings = {"YIZHAN_RATE_LIMIT": "10000000/minute", "YIZHAN_CONSOLE": "false"}  # all readers share two keys here
    pace = Pace(readers=readers, rate=rate, seconds=seconds)
    with tempfile.TemporaryDirectory(prefix="yizhan-load-") as folder, database_settings(database) as where:
        home = ServiceHome(Path(folder), {**settings, **where})
        key_by_role = {role: home.make_key(role, DISTRICT) for role in ("planner", "viewer")}
        service = home.start()
        try:
            path = f"/v1/plans/{_make_plan(service.address, key_by_role['planner'], visits)}"
            kinds = [kind for role, key in key_by_role.items() for kind in _kinds(role, service.address, path, key)]
            out.print(_table(service.address, path, kinds, pace))
        finally:
            service.end()


def _table(address: str, path: str, kinds: Sequence[Kind], pace: Pace) -> Table:
    table = Table("reading", "bytes", "requests/s", "p50 ms", "p95 ms", "p99 ms", "worst ms", "faults", box=MARKDOWN)
    asyncio.run(_read(address, path, kinds[0], replace(pace, seconds=_WARM_UP_S)))  # threads and connections are made
    for kind in kinds:
        answers = asyncio.run(_read(address, path, kind, pace))
        table.add_row(kind.name, *_figures(answers, pace))
    return table


def _make_plan(address: str, key: str, visits: int) -> str:
    """The id of a finished plan of about `visits` visits."""
    size = visits / VISITS_AT_SIZE_ONE
    headers = {"Authorization": f"Bearer {key}"}
    kept = httpx.post(f"{address}/v1/scenarios/{SCENARIO}/problems?size={size}", headers=headers, timeout=120)
    kept.raise_for_status()
    client = Client(address, key)
    ordered = client.order_plan(kept.json()["id"], SolveParams(time_limit_s=5.0))
    plan = client.finished_plan(ordered.id).plan
    client.close()
    if plan is None:
        raise RuntimeError(f"the plan {ordered.id} was not made")
    stops = sum(len(route.stops) for route in plan.routes)
    out.print(f"{kept.json()['num_visits']} visits, {len(plan.routes)} routes, {stops} stops", highlight=False)
    return ordered.id


def _kinds(role: str, address: str, path: str, key: str) -> list[Kind]:
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
    tag = httpx.get(f"{address}{path}", headers=headers, timeout=60).headers["ETag"]
    return [
        Kind(name=f"{role}: whole plan", headers=headers, status=200),
        Kind(name=f"{role}: known plan (304)", headers={**headers, "If-None-Match": tag}, status=304),
    ]


async def _read(address: str, path: str, kind: Kind, pace: Pace) -> Answers:
    """Let `readers` ask in turn, evenly spread over time."""
    place = urlsplit(address)
    lines = [f"GET {path} HTTP/1.1", f"Host: {place.netloc}", *(f"{k}: {v}" for k, v in kind.headers.items())]
    question = "\r\n".join([*lines, "", ""]).encode()
    streams = [await asyncio.open_connection(place.hostname, place.port, limit=2**20) for _ in range(pace.readers)]
    began_s = time.perf_counter() + _RAMP_S
    until_s = began_s + pace.seconds
    readings = [
        _reader(*stream, question, kind.status, np.arange(began_s + number / pace.rate, until_s, pace.interval_s))
        for number, stream in enumerate(streams)
    ]
    found = await asyncio.gather(*readings)
    for _, writer in streams:
        writer.close()
    return Answers(
        latency_ms=[latency for each in found for latency in each.latency_ms],
        num_faults=sum(each.num_faults for each in found),
        num_bytes=max(each.num_bytes for each in found),
    )


async def _reader(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: bytes, status: int, dues_s: Iterable[float]
) -> Answers:
    """One reader: asks whenever a request is due, or as soon as the answer before has come."""
    latency_ms, num_faults, num_bytes = [], 0, 0
    for due_s in dues_s:
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        writer.write(question)
        head = await reader.readuntil(b"\r\n\r\n")
        num_bytes = _content_length(head)
        await reader.readexactly(num_bytes)
        latency_ms.append(1000 * (time.perf_counter() - due_s))
        num_faults += head.split(b" ", 2)[1] != str(status).encode()
    return Answers(latency_ms=latency_ms, num_faults=num_faults, num_bytes=num_bytes)


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _figures(answers: Answers, pace: Pace) -> list[str]:
    p50, p95, p99, worst = np.percentile(answers.latency_ms, [50, 95, 99, 100])
    per_second = len(answers.latency_ms) / (pace.seconds + max(answers.latency_ms[-1], 0.0) / 1000)
    return [
        f"{answers.num_bytes:,}",
        f"{per_second:.0f}",
        *(f"{figure:.1f}" for figure in (p50, p95, p99, worst)),
        str(answers.num_faults),
    ]


if __name__ == "__main__":
    app()
