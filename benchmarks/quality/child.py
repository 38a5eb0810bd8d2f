"""One solver, one question, one fresh process: nothing of one run is warm, left over or in the way for the next."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from benchmarks.peers import Unsupported, make_peer
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix

OVERRUN_FACTOR, OVERRUN_S = 3.0, 30.0
"""A solver that takes longer than this times its limit, plus this many seconds, is stopped."""
START_S = 300.0
"""Longest start of a process, imports and compiling included."""
END_S = 0.5
"""What a process has to end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: a draft, or why there is none (`fault`); or the rule that the solver cannot state."""

    seconds: float = 0.0
    draft: Draft | None = None
    fault: str = ""
    unsupported: str = ""


def ask(solver: str, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Answer:
    """The answer of `solver` in a process of its own; the clock runs from the question to the answer.

    A solver that dies or overruns has no answer, and the fault says so.
    """
    context = mp.get_context("spawn")
    connection, child_end = context.Pipe()
    process = context.Process(target=_serve, args=(child_end, solver))
    with _interrupts_ignored():
        process.start()
    child_end.close()
    try:
        if not connection.poll(START_S) or connection.recv() != "ready":
            return Answer(fault=f"did not start within {START_S:.0f} s")
        connection.send((problem, travel, time_s, seed))
        return _wait(connection, OVERRUN_FACTOR * time_s + OVERRUN_S)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return Answer(fault="the process died before it was asked")
    finally:
        connection.close()
        _end(process)


def _wait(connection: Connection, limit_s: float) -> Answer:
    start = time.perf_counter()
    try:
        if connection.poll(limit_s):
            answer: Answer = connection.recv()
            return answer
    except (EOFError, ConnectionResetError):
        return Answer(seconds=time.perf_counter() - start, fault="the process died while solving")
    seconds = time.perf_counter() - start
    return Answer(seconds=seconds, fault=f"stopped after {seconds:.0f} s")


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """What starts here never hears Ctrl-C: the process that asked decides what becomes of it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(process: BaseProcess) -> None:
    """End the process and whatever it has started: it leads a session, and so a group, of its own."""
    assert process.pid is not None
    process.join(timeout=END_S)
    with suppress(ProcessLookupError):  # all have ended by themselves
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _serve(connection: Connection, solver: str) -> None:
    os.setsid()
    peer = make_peer(solver)
    peer.warm_up()
    connection.send("ready")
    problem, travel, time_s, seed = connection.recv()
    start = time.perf_counter()
    try:
        draft = peer.solve(problem, travel, time_s, seed)
    except Unsupported as refusal:
        answer = Answer(unsupported=str(refusal))
    except Exception as error:  # whatever a solver throws is its answer
        answer = Answer(seconds=time.perf_counter() - start, fault=f"{type(error).__name__}: {error}")
    else:
        answer = Answer(seconds=time.perf_counter() - start, draft=draft)
    connection.send(answer)
