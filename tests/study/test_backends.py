"""Runs in processes and on a Dask cluster are those of this process, and dead workers lose nothing."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from optimizer.errors import InputError
from optimizer.problem import Problem
from optimizer.study.changes import Change, Draw
from optimizer.study.changes.demand import ScaleDemand
from optimizer.study.cluster import on_cluster
from optimizer.study.drive import run_study
from optimizer.study.pool import in_processes
from optimizer.study.study import AS_IS
from tests.study.worlds import here, make_study, make_worlds

LEVELS = {f"more {percent}": (ScaleDemand(percent=percent),) for percent in (110, 120, 130)}
STUDY = make_study(changes=LEVELS, grid={"demand": (AS_IS, *LEVELS)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadly(Change):
    """Ends the process that makes it, the parent apart."""

    word: ClassVar[str] = "deadly"
    parent: int

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        if os.getpid() != self.parent:
            os._exit(1)
        return replace(problem, name="deadly")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return figures_of(run_study(STUDY, make_worlds(STUDY), tmp_path_factory.mktemp("here"), here))


def figures_of(results):
    return {key: (run.fault, run.outcome.figures, run.outcome.elders) for key, run in results.runs.items()}


def test_processes_find_what_this_process_finds(tmp_path, expected):
    assert figures_of(run_study(STUDY, make_worlds(STUDY), tmp_path, in_processes(2))) == expected


def test_process_that_dies_takes_only_its_own_run(tmp_path):
    changes = {"deadly": (Deadly(parent=os.getpid()),), "more": LEVELS["more 110"]}
    study = make_study(changes=changes, grid={"what": (AS_IS, *changes)}, seeds=(1,))
    results = run_study(study, make_worlds(study), tmp_path, in_processes(1))
    assert [run.variant for run in results.faults] == ["deadly"]
    assert "died twice" in results.faults[0].fault
    assert len(results.runs) == 3


def test_cluster_of_two_loses_a_worker_and_nothing_else(tmp_path, expected):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
    ) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]
        killed = threading.Event()

        def kill_one(step):
            if step.run is not None and not killed.is_set():
                killed.set()
                os.kill(pids[0], signal.SIGKILL)

        results = run_study(STUDY, make_worlds(STUDY), tmp_path, on_cluster(cluster.scheduler_address), kill_one)
        assert killed.is_set()
    assert figures_of(results) == expected


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9", "nonsense", "tcp://:8786", "tcp://here:now"])
def test_address_where_nobody_answers_is_refused(tmp_path, monkeypatch, address):
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    monkeypatch.setattr("optimizer.study.cluster._CONNECT_S", 0.5)
    study = make_study(seeds=(1,))
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        run_study(study, make_worlds(study), tmp_path, on_cluster(address))


def test_scheduler_without_workers_is_refused(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    monkeypatch.setattr("optimizer.study.cluster._CONNECT_S", 2)
    study = make_study(seeds=(1,))
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, protocol="tcp") as cluster:
        address = cluster.scheduler_address
        with pytest.raises(InputError, match=f"has no worker.*dask worker {address}"):
            run_study(study, make_worlds(study), tmp_path, on_cluster(address))


def test_without_dask_the_cure_is_told(monkeypatch):
    monkeypatch.setattr("optimizer.study.cluster.find_spec", lambda name: None)
    with pytest.raises(InputError, match="yizhan\\[cluster\\]"):
        on_cluster("tcp://127.0.0.1:8786")
