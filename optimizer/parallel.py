"""Solving independent parts of a problem side by side in processes.

OR-Tools' routing solver holds the interpreter lock while it runs, so parts are given to processes, not threads. Every
process gets the travel matrix once. A part whose process dies keeps its start.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event

from optimizer.assign import Part
from optimizer.params import SolveParams
from optimizer.plan import Draft
from optimizer.travel import TravelMatrix

_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class PartTask:
    """One part to improve, from its start, in so many seconds, and not beyond a time of ``time.monotonic()``."""

    part: Part
    start: Draft
    duration_s: float
    latest_s: float

    def deadline_s(self) -> float:
        """When to stop, counted from now."""
        return min(time.monotonic() + self.duration_s, self.latest_s)


Improve = Callable[[PartTask, TravelMatrix, SolveParams, float, Callable[[], bool]], tuple[Draft, tuple[str, ...]]]
"""Improves one part until ``time.monotonic()`` reaches a deadline or a function says stop; returns draft and notes."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """The improved draft of the part at a position of the task list, and what is to be noted about it."""

    position: int
    draft: Draft
    notes: tuple[str, ...] = ()


def improve_parts(
    improve: Improve,
    travel: TravelMatrix,
    tasks: Sequence[PartTask],
    params: SolveParams,
    *,
    num_processes: int,
    should_stop: Callable[[], bool],
) -> Iterator[PartResult]:
    """Results of all tasks as they come; a single task, or a single process, runs in this process."""
    if num_processes == 1 or len(tasks) == 1:
        yield from _improve_here(improve, travel, tasks, params, should_stop)
    else:
        yield from _improve_in_processes(
            improve, travel, tasks, params, num_processes=num_processes, should_stop=should_stop
        )


def shares_of(num_visits: Sequence[int], num_processes: int, duration_s: float) -> list[float]:
    """Seconds for each part so that all of them, largest first on `num_processes`, end within `duration_s`.

    A part's seconds are proportional to its visits; the longest queue of the schedule (longest processing time first,
    Graham 1969) takes the whole duration.
    """
    queues = [0] * max(1, num_processes)
    for size in sorted(num_visits, reverse=True):
        queues[queues.index(min(queues))] += size
    longest = max(*queues, 1)
    return [duration_s * size / longest for size in num_visits]


def _improve_here(
    improve: Improve,
    travel: TravelMatrix,
    tasks: Sequence[PartTask],
    params: SolveParams,
    should_stop: Callable[[], bool],
) -> Iterator[PartResult]:
    for position, task in enumerate(tasks):
        yield PartResult(position, *_improved(improve, task, travel, params, should_stop))


def _improved(
    improve: Improve, task: PartTask, travel: TravelMatrix, params: SolveParams, should_stop: Callable[[], bool]
) -> tuple[Draft, tuple[str, ...]]:
    """What `improve` makes of a task; its start where the search was stopped before the task's turn."""
    if should_stop():
        return task.start, ()
    return improve(task, travel, params, task.deadline_s(), should_stop)


def _improve_in_processes(
    improve: Improve,
    travel: TravelMatrix,
    tasks: Sequence[PartTask],
    params: SolveParams,
    *,
    num_processes: int,
    should_stop: Callable[[], bool],
) -> Iterator[PartResult]:
    context = mp.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(num_processes, context, initializer=_enter, initargs=(travel, stop))
    try:
        largest_first = sorted(range(len(tasks)), key=lambda position: -len(tasks[position].part.problem.visits))
        with interrupts_held():
            pending = {pool.submit(_run, improve, tasks[position], params): position for position in largest_first}
        while pending:
            done, _ = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            if should_stop():
                stop.set()
            late = [future for future, position in pending.items() if tasks[position].latest_s < time.monotonic()]
            for future in {*done, *(future for future in late if future.cancel())}:
                position = pending.pop(future)
                yield _result_of(future, position, tasks[position])
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Start processes that Ctrl-C cannot kill while they start, which would leave this one writing to nobody.

    They inherit the mask. Windows has none; there :func:`_enter` has to do.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result_of(future: Future[tuple[Draft, tuple[str, ...]]], position: int, task: PartTask) -> PartResult:
    if future.cancelled():
        return PartResult(position, task.start)
    try:
        draft, notes = future.result()
    except BrokenProcessPool:
        note = f"part {task.part.name!r}: its process died; the start plan was kept."
        return PartResult(position, task.start, (note,))
    return PartResult(position, draft, notes)


_shared: dict[str, object] = {}
"""What a pool process was given once at its start: the travel matrix and the stop event."""


def _enter(travel: TravelMatrix, stop: Event) -> None:
    # Ctrl-C reaches all processes of a terminal; only the parent heeds it, by setting `stop`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    _shared.update(travel=travel, stop=stop)


def end_with_parent() -> None:
    """Leave when the parent process is gone, however it went: nobody waits for the result any more."""
    parent = mp.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(improve: Improve, task: PartTask, params: SolveParams) -> tuple[Draft, tuple[str, ...]]:
    travel, stop = _shared["travel"], _shared["stop"]
    assert isinstance(travel, TravelMatrix)
    assert isinstance(stop, Event)
    return _improved(improve, task, travel, params, stop.is_set)
