"""Watching over the process of a solve: progress, stop, limits of time, and its end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from api.jobs.child import STOP, run_child
from api.jobs.task import Answered, AnyTask, Died, Failed, Result, Solved, Studied, Told

_TICK_S = 0.1
_LOOK_S = 0.3
"""So often is the store asked whether somebody wants the solve to stop."""


class Abandoned(BaseException):
    """The server shuts down while a solve runs; no fault of the solve, so nothing may record it as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a running solve is watched by.

    Attributes
    ----------
    is_stop_requested
        Whether the best plan so far is wanted now.
    is_abandoned
        Whether the server shuts down; the solve is then ended and raises :class:`Abandoned`.
    on_event
        Gets each step of progress.
    stop_after_s, kill_after_s
        Seconds after which the solve is told to stop, and after which it is ended.
    """

    is_stop_requested: Callable[[], bool]
    is_abandoned: Callable[[], bool]
    on_event: Callable[[Told], None]
    stop_after_s: float
    kill_after_s: float


def start_nursery() -> None:
    """Prepare processes for solves: the engines are loaded once, in the background, and each solve is forked there."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["optimizer.__main__", "optimizer.solve", "api.jobs.child"])
    forkserver.ensure_running()


def solve_in_child(task: AnyTask, watch: Watch) -> Result:
    """Solve `task`, or carry it out, in a process of its own.

    Raises
    ------
    Abandoned
        If the server shuts down meanwhile.
    """
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe()
    process = context.Process(target=run_child, args=(theirs, task))
    process.start()
    theirs.close()
    try:
        return _watched(process, ours, watch)
    finally:
        _end(process)
        ours.close()


def _watched(process: BaseProcess, pipe: Connection, watch: Watch) -> Result:
    began_s = looked_s = time.monotonic()
    is_told = False
    while True:
        if watch.is_abandoned():
            raise Abandoned
        result = _heard(pipe, watch)
        if result is not None:
            if isinstance(result, Died):
                process.join(timeout=5)
                return Died(exit_code=process.exitcode)
            return result
        now_s = time.monotonic()
        if now_s - began_s > watch.kill_after_s:
            return Failed(code="out-of-time", message=f"the solve was ended after {watch.kill_after_s:.0f} s.")
        if not is_told and now_s - looked_s > _LOOK_S:
            looked_s = now_s
            if now_s - began_s > watch.stop_after_s or watch.is_stop_requested():
                is_told = _say(pipe, STOP)


def _heard(pipe: Connection, watch: Watch) -> Result | None:
    """The solve's result, if it came within a tick; progress is passed on."""
    try:
        if not pipe.poll(_TICK_S):
            return None
        message = pipe.recv()
    except (EOFError, OSError):
        return Died(exit_code=None)
    if isinstance(message, Told):
        watch.on_event(message)
        return None
    assert isinstance(message, Solved | Studied | Answered | Failed)
    return message


def _say(pipe: Connection, word: str) -> bool:
    try:
        pipe.send(word)
    except OSError:
        return False  # it is ending; the next look at the pipe says how
    return True


def _end(process: BaseProcess) -> None:
    """End the process and everything it has started; harmless where it has ended by itself."""
    process.join(timeout=1)
    if process.is_alive() and process.pid is not None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()  # it does not lead its group yet
    process.join()
    process.close()
