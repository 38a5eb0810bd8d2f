"""Runs on a Dask cluster: the scheduler gives them to workers, and to others where a worker dies.

Needs the extra ``cluster``. Every worker needs the same version of this package.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from optimizer.errors import InputError, Issue
from optimizer.study.changes.announcement import Announcement
from optimizer.study.pool import Asked, Backend
from optimizer.study.runs import Job, Run, World, carry_out

_CONNECT_S = 10


def on_cluster(address: str) -> Backend:
    """A backend that asks the Dask scheduler at `address`.

    Raises
    ------
    InputError
        If Dask is not installed, or (when it is first used) nobody answers there.
    """
    if find_spec("distributed") is None:
        hint = "Install the extra 'cluster': pip install 'yizhan[cluster]'."
        raise InputError([_fault("Dask is not installed.", hint)])

    def carry_out_all(asked: Sequence[Asked], worlds: Mapping[int, World]) -> Iterator[Run]:
        with _client(address) as client:
            yield from _carried_out(client, asked, worlds)

    return carry_out_all


def _client(address: str) -> Any:
    distributed: Any = import_module("distributed")
    try:
        _require_listener(address)
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (TimeoutError, OSError, ValueError) as error:
        message = f"no Dask scheduler answers at {address!r} ({error})."
        raise InputError([_fault(message, "Start one with 'dask scheduler', and workers.")]) from None
    try:
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except TimeoutError:
        client.close()
        message = f"the Dask scheduler at {address!r} has no worker."
        raise InputError([_fault(message, f"Start some with 'dask worker {address}'.")]) from None
    return client


def _require_listener(address: str) -> None:
    """Knock before Dask does: a client that has found nobody takes half a minute to go away."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.hostname is None or parts.port is None:
        raise ValueError("an address is a host and a port, such as tcp://scheduler:8786")
    socket.create_connection((parts.hostname, parts.port), timeout=_CONNECT_S).close()


def _carried_out(client: Any, asked: Sequence[Asked], worlds: Mapping[int, World]) -> Iterator[Run]:
    """Worlds are results of tasks, not scattered data: what a dead worker held is made again."""
    distributed: Any = import_module("distributed")
    name = uuid.uuid4().hex
    kept = {
        seed: client.submit(_same, world, key=f"world-{seed}-{name}", pure=False)
        for seed, world in worlds.items()
        if any(job.seed == seed for job, _ in asked)
    }
    jobs = {
        client.submit(
            _run,
            kept[job.seed],
            job,
            announced,
            version("yizhan"),
            key=f"{job.variant.name}-{job.seed}-{name}",
            pure=False,
        ): job
        for job, announced in asked
    }
    for future in distributed.as_completed(list(jobs), loop=client.loop):
        yield _result_of(future, jobs[future])


def _result_of(future: Any, job: Job) -> Run:
    """The run, or what stood in its way: a run whose workers keep dying is given up by the scheduler."""
    error = future.exception()
    if error is None:
        run: Run = future.result()
        return run
    fault = f"{type(error).__name__}: {error}"
    return Run(run_id=job.run_id, variant=job.variant.name, seed=job.seed, fault=fault)


def _same(world: World) -> World:
    return world


def _run(world: World, job: Job, announced: Announcement | None, needed_version: str) -> Run:
    own = version("yizhan")
    if own != needed_version:
        raise RuntimeError(
            f"this worker has yizhan {own}, but {needed_version} is asked for; install the same version."
        )
    return carry_out(world, job, announced)


def _fault(message: str, hint: str) -> Issue:
    return Issue(code="option", path="--cluster", message=message, hint=hint)
