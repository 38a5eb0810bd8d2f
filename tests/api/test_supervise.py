"""The process of a solve: what becomes of it when it is stopped, starved, killed or orphaned."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace

import orjson
import pytest

from api.examples import EXAMPLE_PARAMS, EXAMPLE_PROBLEM
from api.jobs.supervise import Abandoned, Watch, solve_in_child, start_nursery
from api.jobs.task import Died, Failed, Solved, Task
from api.outcomes import start_for
from optimizer.formats.json import plan_from_json, problem_from_json, problem_to_json
from scenarios import build_scenario
from tests.api.processes import solve_pids

LONG = {"time_limit_s": 60.0, "engine": "ortools", "num_workers": 1}


@pytest.fixture(scope="module", autouse=True)
def nursery():
    """Engines loaded once."""
    start_nursery()


def make_task(**changes):
    facts = {
        "problem": orjson.dumps(EXAMPLE_PROBLEM),
        "travel": {"source": "straight"},
        "params": EXAMPLE_PARAMS,
        "parent": None,
        "streets_path": None,
        "memory_limit_mb": 4096,
    }
    return Task(**{**facts, **changes})


def long_task():
    """A solve that would take a minute."""
    problem = problem_to_json(build_scenario("xicheng-day", size=0.2).problem)
    return make_task(problem=problem, params=LONG)


def make_watch(**changes):
    facts = {
        "is_stop_requested": lambda: False,
        "is_abandoned": lambda: False,
        "on_event": lambda told: None,
        "stop_after_s": 100.0,
        "kill_after_s": 100.0,
    }
    return Watch(**{**facts, **changes})


class Began:
    """Notes the first step of progress."""

    def __init__(self):
        self.event = threading.Event()

    def __call__(self, told):
        self.event.set()


def child_pids():
    """Process ids of this process's running solves."""
    return solve_pids(os.getpid())


def test_solve_gives_a_plan_and_leaves_no_process():
    result = solve_in_child(make_task(), make_watch())
    assert isinstance(result, Solved)
    assert result.outcome.status == "complete"
    assert child_pids() == []


def test_stop_keeps_the_best_so_far():
    began = Began()
    watch = make_watch(is_stop_requested=began.event.is_set, on_event=began)
    result = solve_in_child(long_task(), watch)
    assert isinstance(result, Solved)
    assert orjson.loads(result.outcome.content)["routes"]


def test_solve_that_does_not_end_in_time_is_stopped_and_then_ended():
    stopped = solve_in_child(long_task(), make_watch(stop_after_s=0.5))
    assert isinstance(stopped, Solved)
    ended = solve_in_child(long_task(), make_watch(stop_after_s=90.0, kill_after_s=0.5))
    assert ended == Failed(code="out-of-time", message="the solve was ended after 0 s.")
    assert child_pids() == []


def test_solve_that_needs_too_much_memory_fails_alone():
    result = solve_in_child(replace(long_task(), memory_limit_mb=16), make_watch())
    assert isinstance(result, Failed | Died)
    if isinstance(result, Failed):
        assert result.code == "out-of-memory"


def test_killed_solve_is_noticed():
    began = Began()
    watch = make_watch(on_event=began)
    killer = threading.Thread(
        target=lambda: began.event.wait(60) and [os.kill(p, signal.SIGKILL) for p in child_pids()]
    )
    killer.start()
    result = solve_in_child(long_task(), watch)
    killer.join()
    assert isinstance(result, Died)


def test_solve_ends_when_the_server_does():
    began = Began()
    with pytest.raises(Abandoned):
        solve_in_child(long_task(), make_watch(on_event=began, is_abandoned=began.event.is_set))
    deadline_s = time.monotonic() + 10
    while child_pids() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert child_pids() == []


def test_faulty_parameters_fail_with_a_reason():
    result = solve_in_child(make_task(travel={"source": "streets"}), make_watch())
    assert isinstance(result, Failed)
    assert result.code == "invalid-problem"


def test_start_leaves_out_what_the_other_problem_does_not_have():
    result = solve_in_child(make_task(), make_watch())
    assert isinstance(result, Solved)
    problem = problem_from_json(orjson.dumps(EXAMPLE_PROBLEM))
    whole = plan_from_json(result.outcome.content, problem.horizon).draft
    assert start_for(problem, result.outcome.content).served_visit_ids == whole.served_visit_ids
    smaller = replace(problem, visits=problem.visits[:2])
    assert start_for(smaller, result.outcome.content).served_visit_ids == {"meal-e1", "meal-e2"}
    assert start_for(replace(problem, workers=()), result.outcome.content).routes == ()
