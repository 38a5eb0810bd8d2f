"""How fast a published day is asked and changed: ``python -m benchmarks.day``.

A service in a process of its own publishes a plan of a whole district. Then visits that nobody had planned come in, one
after the other while the day goes on: each is asked about (recommendations), and then told as an urgent event, which
gives the next version of the plan. First with pauses, as people work (the stream), then without any, each as soon as
the answer before is there (the burst). Latency is that of the whole request, as the client sees it; all of them count.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import httpx
import numpy as np
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from api.client import Client
from api.days.resources import SlotQuestion
from benchmarks.load import DISTRICT, SCENARIO, VISITS_AT_SIZE_ONE
from benchmarks.service import DatabaseOption, ServiceHome, database_settings
from optimizer.params import SolveParams
from optimizer.problem import Problem, TimeWindow, Visit
from optimizer.redispatch.events import VisitAdded
from optimizer.units import SECONDS_PER_HOUR

_FROM_S = 9 * SECONDS_PER_HOUR
_LEAST_S = SECONDS_PER_HOUR
_PLAN_S = 10.0

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console(width=120)


@app.command()
def day(
    visits: Annotated[int, typer.Option(min=10, help="Visits of the published plan.")] = 1000,
    requests: Annotated[int, typer.Option(min=1, max=300, help="New visits of the stream, from nine on.")] = 100,
    every_s: Annotated[int, typer.Option("--every", min=0, help="Seconds of the day between two of them.")] = 60,
    pause_s: Annotated[float, typer.Option("--pause", min=0, help="Seconds of the clock between two requests.")] = 1.5,
    burst: Annotated[
        int, typer.Option(min=0, max=300, help="New visits of the burst, a second of the day apart.")
    ] = 50,
    *,
    database: DatabaseOption = "",
) -> None:
    """Measure recommendations and urgent insertions through the service."""
    settings = {"YIZHAN_RATE_LIMIT": "10000000/minute", "YIZHAN_CONSOLE": "false"}
    with tempfile.TemporaryDirectory(prefix="yizhan-day-") as folder, database_settings(database) as where:
        home = ServiceHome(Path(folder), {**settings, **where})
        key = home.make_key("planner", DISTRICT)
        service = home.start()
        try:
            client = Client(service.address, key)
            problem = published_day(client, service.address, key, visits)
            coming = list(new_visits(problem, requests, every_s))
            took_ms = _measured(client, coming, problem.horizon.first_date, pause_s)
            coming = list(new_visits(problem, burst, 1, from_s=coming[-1][0] + every_s, name="burst"))
            took_ms |= _measured(client, coming, problem.horizon.first_date, 0.0) if coming else {}
            out.print(_table(took_ms))
        finally:
            service.end()


def published_day(client: Client, address: str, key: str, visits: int) -> Problem:
    """Publish a plan of about `visits` visits, and give its problem."""
    path = f"{address}/v1/scenarios/{SCENARIO}/problems?size={visits / VISITS_AT_SIZE_ONE}"
    kept = httpx.post(path, headers={"Authorization": f"Bearer {key}"}, timeout=120)
    kept.raise_for_status()
    ordered = client.order_plan(kept.json()["id"], SolveParams(time_limit_s=_PLAN_S, explain=False))
    plan = client.finished_plan(ordered.id).plan
    if plan is None:
        raise RuntimeError(f"the plan {ordered.id} was not made")
    client.publish_plan(ordered.id)
    problem = client.problem(kept.json()["id"]).problem
    out.print(f"{len(problem.visits)} visits, {len(plan.routes)} routes", highlight=False)
    return problem


def _measured(
    client: Client, coming: Sequence[tuple[int, Visit]], date: dt.date, pause_s: float
) -> dict[str, list[float]]:
    """Milliseconds of each request, by what was asked and how."""
    how = "stream" if pause_s else "burst"
    asked_ms, told_ms = [], []
    num_unserved = 0
    for at_s, visit in coming:
        time.sleep(pause_s)
        began_s = time.perf_counter()
        client.recommend(date, SlotQuestion(visit=visit, at_s=at_s))
        asked_ms.append(1000 * (time.perf_counter() - began_s))
        time.sleep(pause_s)
        began_s = time.perf_counter()
        step = client.tell(date, VisitAdded(at_s=at_s, visit=visit, urgent=True))
        told_ms.append(1000 * (time.perf_counter() - began_s))
        num_unserved += not any(change.visit_id == visit.visit_id for change in step.diff.visits)
    out.print(f"{how}: {num_unserved} of {len(coming)} new visits without a place", highlight=False)
    return {f"recommendations, {how}": asked_ms, f"urgent insertion, {how}": told_ms}


def new_visits(
    problem: Problem, num: int, every_s: int, *, from_s: int = _FROM_S, name: str = "new"
) -> Iterator[tuple[int, Visit]]:
    """Visits like those of the day, with the times at which they become known, at least an hour before they must be."""
    rng = np.random.default_rng(0)
    models = [visit for visit in problem.visits if visit.num_workers == 1 and not visit.delivers_to_station_id]
    for number in range(num):
        at_s = from_s + number * every_s
        later = [visit for visit in models if visit.windows[-1].end_s >= at_s + _LEAST_S]
        model = later[int(rng.integers(len(later)))]
        window = TimeWindow(start_s=max(at_s, model.windows[-1].start_s), end_s=model.windows[-1].end_s)
        yield at_s, replace(model, visit_id=f"{name}-{number}", windows=(window,), promise=None, mandatory=True)


def _table(took_ms: dict[str, list[float]]) -> Table:
    table = Table("request", "number", "p50 ms", "p95 ms", "p99 ms", "worst ms", box=MARKDOWN)
    for name, figures in took_ms.items():
        shown = (f"{figure:.1f}" for figure in np.percentile(figures, [50, 95, 99, 100]))
        table.add_row(name, str(len(figures)), *shown)
    return table


if __name__ == "__main__":
    app()
