"""Durable orders: whatever is ordered is made, once, however often the server dies meanwhile.

The order is a row in the store; DBOS keeps the queue and goes on with it after a crash; a condition in the store's
own update accepts one completion. An order whose enqueueing was cut off by a crash is found again at the next start.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy.orm import Session

from api.daybook.answers import budget_of
from api.jobs.lease import Lease
from api.jobs.study_runner import make_study
from api.jobs.supervise import Abandoned, Watch, solve_in_child, start_nursery
from api.jobs.task import Died, Failed, ImprovementTask, Solved, StepMade, Task, Told
from api.metrics import Metrics
from api.settings import Settings
from api.store.days import DayStore, NewStep, StepKind
from api.store.queue import Order, Queue
from api.store.records import Change
from api.store.studies import pending_studies

QUEUE = "plans"
STUDY_QUEUE = "studies"
"""One study at a time goes on in each process, beside its plans."""
WORKFLOW_VERSION = "1"
"""Raised only when orders of older servers can no longer be gone on with."""
MAX_DEATHS = 3
"""So often a solve's process may die in one go before the plan has failed."""
EVENT_INTERVAL_S = 0.5
_GIVEN_UP = {"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}
_CHUNK = 500
_SWEEP_S = 3600.0
_POLL_S = 0.2

log = structlog.get_logger("yizhan.jobs")

_running: JobRunner | None = None
"""DBOS is one per process, and calls its workflows by name: they find their runner here."""


@DBOS.workflow(name="make-plan", max_recovery_attempts=None)
def make_plan(district_id: str, plan_id: str) -> None:
    """Make one plan."""
    assert _running is not None, "the job runner is started before DBOS is"
    _running.make(district_id, plan_id)


@DBOS.workflow(name="carry-out-study", max_recovery_attempts=None)
def carry_out_study(district_id: str, study_id: str) -> None:
    """Carry out one study."""
    assert _running is not None, "the job runner is started before DBOS is"
    _running.study(district_id, study_id)


class JobRunner:
    """Takes orders, and makes plans unless told to take orders only."""

    def __init__(self, settings: Settings, queue: Queue, metrics: Metrics) -> None:
        self.settings, self.queue, self.metrics = settings, queue, metrics
        self._lease = Lease(queue.database, settings.executor_id)
        self._abandon = threading.Event()
        self._active = 0
        self._changed = threading.Condition()

    @property
    def is_running(self) -> bool:
        """Whether orders are taken."""
        return _running is self

    def take_name(self) -> None:
        """Take the name that only one process may work under.

        Raises
        ------
        NameTaken
            If another one does.
        """
        self._lease.take()

    def start(self) -> None:
        """Take up the work, beginning with what the last server left unfinished.

        Raises
        ------
        NameTaken
            If another process works under the same name.
        """
        global _running  # noqa: PLW0603 - DBOS is one per process
        config: DBOSConfig = {
            "name": "yizhan",
            "system_database_url": self.settings.jobs_url,
            "executor_id": self.settings.executor_id,
            "application_version": WORKFLOW_VERSION,
            "log_level": "ERROR",
        }
        self.take_name()
        _running = self
        if self.settings.num_solves:
            start_nursery()
        DBOS(config=config)
        DBOS.listen_queues([QUEUE, STUDY_QUEUE] if self.settings.num_solves else [])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=max(1, self.settings.num_solves),
            polling_interval_sec=_POLL_S,
            on_conflict="always_update",
        )
        DBOS.register_queue(
            STUDY_QUEUE, worker_concurrency=1, polling_interval_sec=_POLL_S, on_conflict="always_update"
        )
        self._tidy()
        threading.Thread(target=self._tidy_hourly, name="yizhan-sweep", daemon=True).start()

    def stop(self) -> None:
        """Leave unfinished plans to the next server, which begins them anew."""
        global _running  # noqa: PLW0603 - DBOS is one per process
        self._abandon.set()
        with self._changed:
            self._changed.wait_for(lambda: self._active == 0, timeout=10)
        DBOS.destroy()
        self._lease.give_back()
        _running = None

    def enqueue(self, district_id: str, plan_id: str) -> None:
        """Let a plan that is in the store be made; to ask twice does no harm."""
        with SetWorkflowID(plan_id):
            DBOS.enqueue_workflow(QUEUE, make_plan, district_id, plan_id)

    def enqueue_study(self, district_id: str, study_id: str, num_starts: int) -> None:
        """Let a study that is in the store be carried out; to ask twice for the same start does no harm."""
        with SetWorkflowID(f"{study_id}-{num_starts}"):
            DBOS.enqueue_workflow(STUDY_QUEUE, carry_out_study, district_id, study_id)

    def study(self, district_id: str, study_id: str) -> None:
        """Carry out a study, unless it is finished already."""
        with self._counted():
            make_study(self.settings, self.queue.database, district_id, study_id, self._abandon.is_set)

    def make(self, district_id: str, plan_id: str) -> None:
        """Make a plan and keep what comes out, unless it is finished already."""
        with self._counted():
            order = self.queue.start(district_id, plan_id)
            if order is None:
                return
            began_s = time.monotonic()
            result = self._solved(order)
            duration_s = time.monotonic() - began_s
        self._keep(order, result, duration_s)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a solve as active while it runs: a shutdown waits until all of them have noticed."""
        if self._abandon.is_set():
            raise Abandoned
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, number: int) -> None:
        with self._changed:
            self._active += number
            self._changed.notify_all()

    def _solved(self, order: Order) -> Solved | Failed:
        for _ in range(MAX_DEATHS):
            result = solve_in_child(self._task(order), self._watch(order))
            if isinstance(result, Solved | Failed):
                return result
            assert isinstance(result, Died), "a solve is no study"
            log.warning("solve died", plan=order.plan_id, exit_code=result.exit_code)
        return Failed(code="worker-died", message=f"the process of the solve died {MAX_DEATHS} times.")

    def _task(self, order: Order) -> Task | ImprovementTask:
        if order.day is not None and order.parent is not None:
            return ImprovementTask(
                problem=order.problem,
                base_problem=order.day.base_problem,
                travel=order.travel,
                plan=order.parent,
                state=order.day.state,
                budget=budget_of(order.day.answer),
                improve_s=order.params["time_limit_s"],
                seed=order.params["seed"],
                streets_path=self.settings.streets,
                memory_limit_mb=self.settings.memory_limit_mb,
            )
        return Task(
            problem=order.problem,
            travel=order.travel,
            params=order.params,
            parent=order.parent,
            streets_path=self.settings.streets,
            memory_limit_mb=self.settings.memory_limit_mb,
        )

    def _watch(self, order: Order) -> Watch:
        limit_s = order.params.get("time_limit_s")
        stop_after_s = (self.settings.max_solve_s if limit_s is None else limit_s) + self.settings.stop_grace_s
        return Watch(
            is_stop_requested=lambda: self.queue.is_stop_requested(order.district_id, order.plan_id),
            is_abandoned=self._abandon.is_set,
            on_event=_Teller(self.queue, order).tell,
            stop_after_s=stop_after_s,
            kill_after_s=stop_after_s + self.settings.stop_grace_s,
        )

    def _keep(self, order: Order, result: Solved | Failed, duration_s: float) -> None:
        share = None
        if isinstance(result, Solved):
            also = None if result.step is None else partial(self._publish, order, result.step)
            is_kept = self.queue.complete(order.district_id, order.plan_id, result.outcome, also)
            share = result.outcome.num_unassigned / order.num_visits if order.num_visits else None
        else:
            is_kept = self.queue.fail(order.district_id, order.plan_id, result.error)
        state = "done" if isinstance(result, Solved) else "failed"
        log.info("plan finished", plan=order.plan_id, state=state, is_kept=is_kept, duration_s=round(duration_s, 2))
        if is_kept:
            self.metrics.count_solve(state, duration_s, share)

    def _publish(self, order: Order, step: StepMade, session: Session) -> None:
        """Let the day of an improvement go by it, unless the day has gone on meanwhile."""
        assert order.day is not None, "only improvements make steps"
        new = NewStep(
            date=order.day.date,
            kind=StepKind.IMPROVEMENT,
            version=order.plan_id,
            base_problem_id=order.day.base_problem_id,
            now_s=order.day.now_s,
            state=step.state,
            answer=step.answer,
            news=step.news,
        )
        change = Change(actor=order.created_by, reason="worth its changes")
        DayStore(self.queue.database, order.district_id).go_on(session, new, change, order.day.step)

    def _tidy_hourly(self) -> None:
        while not self._abandon.wait(_SWEEP_S):
            self._tidy()

    def _tidy(self) -> None:
        """Enqueue what a crash kept from it, and delete what has had its day."""
        pending = self.queue.pending()
        for first in range(0, len(pending), _CHUNK):
            self._enqueue_forgotten(pending[first : first + _CHUNK])
        self._enqueue_forgotten_studies()
        self.queue.sweep(self.settings.idempotency_s)
        old_ms = round(1000 * (time.time() - self.settings.idempotency_s))
        done = DBOS.list_workflows(status="SUCCESS", load_input=False, load_output=False, limit=10_000)
        DBOS.delete_workflows([each.workflow_id for each in done if (each.updated_at or old_ms) < old_ms])

    def _enqueue_forgotten_studies(self) -> None:
        for district_id, study_id, num_starts in pending_studies(self.queue.database):
            self.enqueue_study(district_id, study_id, num_starts)

    def _enqueue_forgotten(self, pending: Sequence[tuple[str, str]]) -> None:
        """Enqueue those of some plans that DBOS does not know, or has given up."""
        ids = [plan_id for _, plan_id in pending]
        known = DBOS.list_workflows(workflow_ids=ids, load_input=False, load_output=False)
        given_up = {each.workflow_id for each in known if each.status in _GIVEN_UP}
        if given_up:
            DBOS.delete_workflows(list(given_up))
        cared_for = {each.workflow_id for each in known} - given_up
        for district_id, plan_id in pending:
            if plan_id not in cared_for:
                self.enqueue(district_id, plan_id)


class _Teller:
    """Keeps progress, but no more often than somebody would want to see it; a new phase or routes are always told."""

    def __init__(self, queue: Queue, order: Order) -> None:
        self._queue, self._order = queue, order
        self._told_s, self._phase = 0.0, ""

    def tell(self, told: Told) -> None:
        phase = str(told.event.get("phase", ""))
        now_s = time.monotonic()
        if phase == self._phase and "routes" not in told.event and now_s - self._told_s < EVENT_INTERVAL_S:
            return
        self._told_s, self._phase = now_s, phase
        self._queue.add_event(self._order.district_id, self._order.plan_id, told.event)
