"""Parts improved side by side: every result comes back, whatever happens to a process."""

import math
import multiprocessing as mp
import os
import signal
import time
from pathlib import Path

import pytest

from optimizer.assign import Part
from optimizer.parallel import PartTask, improve_parts, shares_of
from optimizer.params import SolveParams
from optimizer.plan import Draft
from tests.builders import make_draft, make_problem, make_route, make_travel, make_visit


def add_route(task, travel, params, deadline_s, should_stop):
    return make_draft(make_route("a", task.part.name)), (f"seen {task.part.name}",)


def die_in_part_one(task, travel, params, deadline_s, should_stop):
    if task.part.name == "one":
        os._exit(1)
    return add_route(task, travel, params, deadline_s, should_stop)


def wait_for_stop(task, travel, params, deadline_s, should_stop):
    Path(task.part.name).touch()
    while time.monotonic() < deadline_s:
        if should_stop():
            return Draft(), ("stopped",)
        time.sleep(0.01)
    return Draft(), ("late",)


def results_of(improve, names, *, num_processes, duration_s=1.0, should_stop=lambda: False):
    problem = make_problem([make_visit()])
    tasks = [PartTask(Part(name=name, problem=problem, sources={}), Draft(), duration_s, math.inf) for name in names]
    return list(
        improve_parts(
            improve,
            make_travel(problem),
            tasks,
            SolveParams(),
            num_processes=num_processes,
            should_stop=should_stop,
        )
    )


@pytest.mark.parametrize("num_processes", [1, 2])
def test_every_part_is_improved(num_processes):
    results = results_of(add_route, ["one", "two", "three"], num_processes=num_processes)
    by_position = {result.position: result for result in results}
    assert [by_position[n].notes for n in range(3)] == [("seen one",), ("seen two",), ("seen three",)]


def test_parts_of_a_process_that_dies_keep_their_start():
    results = results_of(die_in_part_one, ["one", "two"], num_processes=2)
    died = next(result for result in results if result.position == 0)
    assert died.draft == Draft()
    assert "process died" in died.notes[0]


def interrupt_itself(task, travel, params, deadline_s, should_stop):
    os.kill(os.getpid(), signal.SIGINT)
    return add_route(task, travel, params, deadline_s, should_stop)


def test_stop_reaches_the_processes(tmp_path):
    running = [tmp_path / "one", tmp_path / "two"]
    results = results_of(
        wait_for_stop,
        [str(path) for path in running],
        num_processes=2,
        duration_s=60.0,
        should_stop=lambda: all(path.exists() for path in running),
    )
    assert [result.notes for result in results] == [("stopped",), ("stopped",)]


def test_parts_that_had_not_begun_when_stopped_keep_their_start():
    (result,) = results_of(add_route, ["one"], num_processes=1, should_stop=lambda: True)
    assert (result.draft, result.notes) == (Draft(), ())


def test_processes_leave_ctrl_c_to_their_parent():
    results = results_of(interrupt_itself, ["one", "two"], num_processes=2)
    assert sorted(result.notes for result in results) == [("seen one",), ("seen two",)]


def note_process(task, travel, params, deadline_s, should_stop):
    Path(task.part.name).write_text(str(os.getpid()), encoding="utf-8")
    return wait_for_deadline(task, travel, params, deadline_s, should_stop)


def wait_for_deadline(task, travel, params, deadline_s, should_stop):
    while time.monotonic() < deadline_s:
        time.sleep(0.01)
    return Draft(), ()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_processes_end_when_their_parent_is_killed(tmp_path):
    names = [str(tmp_path / name) for name in ("one", "two")]
    parent = mp.get_context("spawn").Process(
        target=results_of, args=(note_process, names), kwargs={"num_processes": 2, "duration_s": 600.0}
    )
    parent.start()
    wait_until(lambda: all(Path(name).exists() and Path(name).read_text(encoding="utf-8") for name in names))
    parent.kill()
    parent.join()
    for name in names:
        process_id = int(Path(name).read_text(encoding="utf-8"))
        wait_until(lambda process_id=process_id: not is_running(process_id))


def wait_until(is_reached, timeout_s=180.0):
    deadline_s = time.monotonic() + timeout_s
    while not is_reached():
        assert time.monotonic() < deadline_s, "not reached in time"
        time.sleep(0.02)


def is_running(process_id):
    """Whether a process runs; one that has ended and only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("sizes", "num_processes", "shares"),
    [([10, 10], 2, [6, 6]), ([30, 10, 20], 1, [3, 1, 2]), ([30, 10, 20], 2, [6, 2, 4]), ([0, 0], 2, [0, 0])],
)
def test_seconds_are_shared_by_size_so_that_the_longest_queue_fits(sizes, num_processes, shares):
    assert shares_of(sizes, num_processes, 6.0) == shares
