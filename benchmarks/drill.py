"""The drill: a service is killed over and over while plans wait: ``python -m benchmarks.drill``.

Plans of a small problem are ordered by a client that sends an order again when its connection breaks; the service is
ended with SIGKILL while it takes orders and while it makes plans, and started anew each time. In the end every order
must have made one plan, every plan must be done, and none may have changed after it was done.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from api.client import Client
from api.examples import EXAMPLE_PROBLEM
from api.resources import PlanSummary
from api.store.records import PlanState
from benchmarks.service import DatabaseOption, ServiceHome, ServiceProcess, database_settings
from optimizer.formats.json import problem_from_json
from optimizer.params import Engine, SolveParams

DISTRICT = "drill"
PARAMS = SolveParams(time_limit_s=0.2, engine=Engine.ORTOOLS, num_workers=1)
STALLED_S = 120.0
"""So long without another plan done, and the drill has failed."""
_POLL_S = 0.5

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console()


@dataclass(slots=True, kw_only=True)
class Findings:
    """What the drill has seen.

    Attributes
    ----------
    done_by_id
        Revision and end of every plan seen as done.
    num_changed
        Plans that were seen otherwise after they were done.
    num_kills, recovery_s
        How often the service was killed, and the seconds until it was ready again.
    """

    done_by_id: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    num_by_state: Counter[str] = field(default_factory=Counter)
    num_changed: int = 0
    num_kills: int = 0
    recovery_s: list[float] = field(default_factory=list)
    duration_s: float = 0.0

    def passed(self, num_plans: int) -> bool:
        """Whether every order made one plan, and every plan was done once."""
        return self.num_by_state == {"done": num_plans} and not self.num_changed


@app.command()
def drill(
    plans: Annotated[int, typer.Option(min=1, help="Plans that are ordered.")] = 500,
    kills: Annotated[int, typer.Option(min=0, help="How often the service is killed.")] = 10,
    solves: Annotated[int, typer.Option(min=1, help="Plans made side by side.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the moments.")] = 0,
    database: DatabaseOption = "",
) -> None:
    """Kill a service while plans wait, and see that each is done, once; exit code 1 if not."""
    settings = {"YIZHAN_NUM_SOLVES": str(solves), "YIZHAN_MAX_QUEUE_OF_DISTRICT": str(plans), "YIZHAN_CONSOLE": "false"}
    with tempfile.TemporaryDirectory(prefix="yizhan-drill-") as folder, database_settings(database) as where:
        found = run(ServiceHome(Path(folder), {**settings, **where}), plans, kills, seed)
    counts = ", ".join(f"{number} {state}" for state, number in sorted(found.num_by_state.items()))
    slowest_s = max(found.recovery_s, default=0.0)
    out.print(f"{plans} orders, {found.num_kills} kills: {counts}; {found.num_changed} changed after they were done")
    out.print(f"{found.duration_s:.0f} s in all; ready again after at most {slowest_s:.1f} s")
    if not found.passed(plans):
        raise typer.Exit(1)


def run(home: ServiceHome, num_plans: int, num_kills: int, seed: int = 0) -> Findings:
    """Order, kill, and look until all plans are done or nothing moves any more."""
    began_s = time.monotonic()
    key = home.make_key("dispatcher", DISTRICT)
    service = home.start()
    ordering = threading.Thread(target=_order, args=(service.address, key, num_plans), daemon=True)
    ordering.start()
    found, rng = Findings(), random.Random(seed)
    for number in range(num_kills):
        _look(service, key, found, until=number * num_plans // num_kills)
        time.sleep(rng.uniform(0.0, 1.0))
        service.kill()
        killed_s = time.monotonic()
        service = home.start()
        found.num_kills += 1
        found.recovery_s.append(time.monotonic() - killed_s)
    _look(service, key, found, until=num_plans)
    ordering.join(timeout=STALLED_S)
    service.end()
    found.duration_s = time.monotonic() - began_s
    return found


def _order(address: str, key: str, num_plans: int) -> None:
    """Order every plan; what was not answered is sent again under the same idempotency key."""
    client = Client(address, key)
    problem = problem_from_json(json.dumps(EXAMPLE_PROBLEM))
    for number in range(num_plans):
        while True:
            try:
                client.order_plan(problem, PARAMS, idempotency_key=f"drill-{number}")
                break
            except httpx.TransportError:
                time.sleep(0.1)
    client.close()


def _look(service: ServiceProcess, key: str, found: Findings, until: int) -> None:
    """Look at all plans until so many are done, or none has been for too long."""
    moved_s = time.monotonic()
    while True:
        num_before = len(found.done_by_id)
        with Client(service.address, key) as client:
            _note(list(client.plans()), found)
        if len(found.done_by_id) >= until or time.monotonic() - moved_s > STALLED_S:
            return
        if len(found.done_by_id) > num_before:
            moved_s = time.monotonic()
        time.sleep(_POLL_S)


def _note(plans: Sequence[PlanSummary], found: Findings) -> None:
    found.num_by_state = Counter(plan.state.value for plan in plans)
    seen = {plan.id: (plan.revision, plan.finished_at) for plan in plans if plan.state is PlanState.DONE}
    found.num_changed += sum(seen.get(plan_id) != facts for plan_id, facts in found.done_by_id.items())
    found.done_by_id |= seen


if __name__ == "__main__":
    app()
