"""Runs side by side in processes of this machine."""

from __future__ import annotations

import multiprocessing as mp
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.synchronize import Event

from optimizer.parallel import end_with_parent, interrupts_held
from optimizer.study.changes.announcement import Announcement
from optimizer.study.runs import Job, Run, World, carry_out

Asked = tuple[Job, Announcement | None]
"""A job, and what has been announced before it."""

Backend = Callable[[Sequence[Asked], Mapping[int, World]], Iterator[Run]]
"""Carries out jobs in any order and yields each run as it comes."""


def in_processes(num_processes: int) -> Backend:
    """A backend of so many processes; a job whose process dies is tried once more, alone, and then told as a fault."""

    def carry_out_all(asked: Sequence[Asked], worlds: Mapping[int, World]) -> Iterator[Run]:
        suspects: list[Asked] = []
        left = list(asked)
        while left:
            with _pool(min(num_processes, len(left)), worlds) as pool:
                left = yield from _fed(pool, left, num_processes, suspects)
        for job, announced in suspects:
            with _pool(1, worlds) as pool:
                yield _alone(pool, job, announced)

    return carry_out_all


def _fed(
    pool: ProcessPoolExecutor, asked: list[Asked], num_processes: int, suspects: list[Asked]
) -> Generator[Run, None, list[Asked]]:
    """Give the pool one job for each process at a time; if it breaks, those are suspects and the rest is returned."""
    waiting = asked[::-1]
    running: dict[Future[Run], Asked] = {}
    while waiting or running:
        try:
            with interrupts_held():
                while waiting and len(running) < num_processes:
                    future = pool.submit(_run, *waiting[-1])
                    running[future] = waiting.pop()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                run = future.result()
                del running[future]
                yield run
        except BrokenProcessPool:
            suspects += running.values()
            return waiting[::-1]
    return []


def _alone(pool: ProcessPoolExecutor, job: Job, announced: Announcement | None) -> Run:
    try:
        return pool.submit(_run, job, announced).result()
    except BrokenProcessPool:
        fault = "its process died twice; there may be too little memory for it."
        return Run(run_id=job.run_id, variant=job.variant.name, seed=job.seed, fault=fault)


@contextmanager
def _pool(num_processes: int, worlds: Mapping[int, World]) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes know the worlds, and stop searching when it is left."""
    context = mp.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(num_processes, context, initializer=_enter, initargs=(worlds, stop))
    try:
        yield pool
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


_shared: dict[str, object] = {}
"""What a pool process was given once at its start: the worlds by seed, and the stop event."""


def _enter(worlds: Mapping[int, World], stop: Event) -> None:
    # Ctrl-C reaches all processes of a terminal; only the parent heeds it, by setting `stop`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    _shared.update(worlds=worlds, stop=stop)


def _run(job: Job, announced: Announcement | None) -> Run:
    worlds, stop = _shared["worlds"], _shared["stop"]
    assert isinstance(worlds, Mapping)
    assert isinstance(stop, Event)
    return carry_out(worlds[job.seed], job, announced, stop.is_set)
