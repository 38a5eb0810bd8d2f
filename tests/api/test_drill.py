"""The drill: servers and solves are killed with SIGKILL, and nothing is lost or done twice, on both databases."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from api.client import Client
from api.examples import EXAMPLE_PROBLEM
from api.outcomes import params_facts
from api.store.district import DistrictStore
from api.store.engine import Database
from api.store.records import Change, NewPlan, Origin, Role
from benchmarks import drill
from benchmarks.service import ServiceHome
from optimizer.formats.json import problem_from_json
from optimizer.params import Engine, SolveParams
from tests.api.district import make_keys
from tests.api.processes import solve_pids

PARAMS = SolveParams(time_limit_s=1.0, engine=Engine.ORTOOLS, num_workers=1)
NUM_PLANS = 3


def wait_for(condition, patience_s=60.0):
    """What `condition` gives once it gives something."""
    deadline_s = time.monotonic() + patience_s
    while not (result := condition()):
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.05)
    return result


def count(database: Database, query: str) -> int:
    with database.read() as session:
        return session.scalar(text(query))


def ordered_but_not_enqueued(database: Database, problem_id: str) -> str:
    """A plan whose order was kept, but whose server died before the queue heard of it."""
    new = NewPlan(problem_id=problem_id, origin=Origin.SOLVE, params=params_facts(PARAMS))
    store = DistrictStore(database, "drill")
    return store.order_plan(new, Change(actor="test"), max_queue=9, max_queue_of_district=9).plan_id


@pytest.fixture
def home(database_url, tmp_path):
    """Where servers of one name start, one after the other."""
    settings = {"YIZHAN_DATABASE_URL": database_url, "YIZHAN_LOG_LEVEL": "WARNING", "YIZHAN_CONSOLE": "false"}
    return ServiceHome(tmp_path, {**settings, "YIZHAN_EXECUTOR_ID": "drill"})


def test_drill_finds_every_order_done_once(home, database):
    found = drill.run(home, num_plans=3, num_kills=1)
    assert found.num_kills == 1
    assert found.num_by_state == {"done": 3}
    assert found.passed(3)
    assert count(database, "SELECT count(*) FROM plan_results") == 3
    assert count(database, "SELECT count(*) FROM idempotency_keys WHERE idempotency_key LIKE 'drill-_'") == 3


def test_killed_servers_and_solves_lose_nothing_and_finish_each_plan_once(home, database):
    key = make_keys(database, "drill")[Role.DISPATCHER]
    server = home.start()
    client = Client(server.address, key)
    problem_id = client.add_problem(problem_from_json(json.dumps(EXAMPLE_PROBLEM))).id
    ids = [client.order_plan(problem_id, PARAMS, idempotency_key=f"k{n}").id for n in range(NUM_PLANS)]
    wait_for(lambda: count(database, "SELECT count(*) FROM plan_results") == 1)
    orphans = wait_for(lambda: solve_pids(server.pid))
    client.close()
    server.kill()  # one plan is finished, one is being made, one waits
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans), patience_s=10)
    assert count(database, "SELECT count(*) FROM plan_results") == 1
    ids.append(ordered_but_not_enqueued(database, problem_id))

    server = home.start()
    client = Client(server.address, key)
    assert client.order_plan(problem_id, PARAMS, idempotency_key="k0").id == ids[0]  # sent again by an anxious client
    for pid in wait_for(lambda: solve_pids(server.pid)):
        os.kill(pid, signal.SIGKILL)
    assert count(database, "SELECT count(*) FROM plans") == len(ids)
    plans = [client.finished_plan(plan_id, patience_s=90, poll_s=0.1) for plan_id in ids]
    client.close()
    assert server.end() in {0, -signal.SIGTERM}

    assert [plan.state for plan in plans] == ["done"] * len(ids)
    assert [plan.status for plan in plans] == ["complete"] * len(ids)
    assert count(database, "SELECT count(*) FROM plans") == len(ids)
    assert count(database, "SELECT count(*) FROM plan_results") == len(ids)
    assert count(database, "SELECT max(num_attempts) FROM plan_states") == 2
    assert count(database, "SELECT num_attempts FROM plan_states ORDER BY plan_id LIMIT 1") == 1  # not done again
    assert count(database, "SELECT count(*) FROM plan_states WHERE state <> 'done'") == 0
