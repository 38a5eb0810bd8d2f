"""The process of one solve: reads a task from a pipe, writes progress and the plan to it.

It leads a process group of its own, so that it can be ended with everything it has started, and it ends itself when
the pipe closes: whatever kills the server takes its solves along.
"""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing.connection import Connection

from api.jobs.improvement import improve
from api.jobs.progress import ProgressEvents
from api.jobs.task import AnyTask, Failed, ImprovementTask, Message, NetworkTask, Solved, StudyTask, Task, Told
from api.outcomes import outcome_of, params_from, start_for
from api.worlds import make_world
from optimizer.errors import InputError, SolverBug, TravelError

STOP = "stop"
_CODES: dict[type[Exception], str] = {InputError: "invalid-problem", TravelError: "travel", SolverBug: "solver-bug"}


def run_child(pipe: Connection, task: AnyTask) -> None:
    """Solve `task`; the process's main function."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop = threading.Event()
    threading.Thread(target=_listen, args=(pipe, stop), daemon=True).start()
    _limit_memory(task.memory_limit_mb)
    pipe.send(_result(pipe, task, stop))


def _listen(pipe: Connection, stop: threading.Event) -> None:
    """Wait for the word to stop, or for the server's end."""
    try:
        while True:
            if pipe.recv() == STOP:
                stop.set()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)


def _limit_memory(limit_mb: int) -> None:
    """Limit the private memory of this process and of those it starts, each for itself."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = limit_mb * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _result(pipe: Connection, task: AnyTask, stop: threading.Event) -> Message:
    """The plan or the reason why there is none: the boundary at which every fault of a solve becomes data."""
    try:
        return _carried_out(pipe, task, stop)
    except MemoryError:
        return Failed(code="out-of-memory", message=f"the solve needs more than {task.memory_limit_mb} MiB.")
    except tuple(_CODES) as error:
        code = next(code for kind, code in _CODES.items() if isinstance(error, kind))
        return Failed(code=code, message=str(error))
    except Exception as error:
        return Failed(code="internal", message=f"{type(error).__name__}: {error}")


def _carried_out(pipe: Connection, task: AnyTask, stop: threading.Event) -> Message:
    match task:
        case StudyTask():
            return _studied(pipe, task, stop)
        case ImprovementTask():
            return improve(task, stop.is_set)
        case NetworkTask():
            return _answered(task)
        case Task():
            return _solved(pipe, task, stop)


def _studied(pipe: Connection, task: StudyTask, stop: threading.Event) -> Message:
    from api.jobs.study import carry_out_study  # brings in the engines, which the server itself does not need

    return carry_out_study(task, pipe.send, stop.is_set)


def _answered(task: NetworkTask) -> Message:
    from api.jobs.network import answer_network  # brings in the engines, which the server itself does not need

    return answer_network(task)


def _solved(pipe: Connection, task: Task, stop: threading.Event) -> Message:
    from optimizer.solve import solve  # brings in the engines, which the server itself does not need

    world = make_world(task.problem, task.travel, task.streets_path)
    events = ProgressEvents(world.problem)
    plan = solve(
        world.problem,
        world.travel,
        params_from(task.params),
        start=None if task.parent is None else start_for(world.problem, task.parent),
        on_progress=lambda progress: pipe.send(Told(event=events.event(progress))),
        should_stop=stop.is_set,
    )
    return Solved(outcome=outcome_of(world.problem, plan))
