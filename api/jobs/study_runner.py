"""Carrying a study out on behalf of the queue: every run is kept as it comes, so nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from api.jobs.supervise import Watch, solve_in_child
from api.jobs.task import Died, Failed, Result, Studied, StudyTask, Told
from api.settings import Settings
from api.store.engine import Database
from api.store.studies import StudyOrder, StudyState, StudyStore

MAX_DEATHS = 3
"""So often may a study's process die in one go before the study has failed."""

log = structlog.get_logger("yizhan.jobs")


def make_study(
    settings: Settings, database: Database, district_id: str, study_id: str, is_abandoned: Callable[[], bool]
) -> None:
    """Carry out what is missing of a study and keep what comes out, unless it is finished already.

    Raises
    ------
    Abandoned
        If the server shuts down meanwhile.
    """
    store = StudyStore(database, district_id)
    for _ in range(MAX_DEATHS):
        order = store.start(study_id)
        if order is None:
            return
        result = solve_in_child(_task(settings, order), _watch(settings, store, study_id, is_abandoned))
        if not isinstance(result, Died):
            break
        log.warning("study died", study=study_id, exit_code=result.exit_code)
    _keep(store, study_id, result)


def _task(settings: Settings, order: StudyOrder) -> StudyTask:
    return StudyTask(
        study=order.content,
        problem=order.problem,
        travel=order.travel,
        runs=order.runs,
        streets_path=settings.streets,
        memory_limit_mb=settings.memory_limit_mb,
    )


def _watch(settings: Settings, store: StudyStore, study_id: str, is_abandoned: Callable[[], bool]) -> Watch:
    def tell(told: Told) -> None:
        if "run" in told.event:
            store.keep_run(study_id, told.event["run_id"], told.event["run"])
        store.tell(study_id, told.event["num_done"])

    return Watch(
        is_stop_requested=lambda: store.is_stop_requested(study_id),
        is_abandoned=is_abandoned,
        on_event=tell,
        stop_after_s=settings.max_study_s,
        kill_after_s=settings.max_study_s + settings.stop_grace_s,
    )


def _keep(store: StudyStore, study_id: str, result: Result) -> None:
    state, facts = _outcome(result)
    is_kept = store.finish(study_id, state, **facts)
    log.info("study finished", study=study_id, state=str(state), is_kept=is_kept)


def _outcome(result: Result) -> tuple[StudyState, dict[str, Any]]:
    """The final state, and what is kept with it."""
    match result:
        case Studied(results=None):
            return StudyState.STOPPED, {}
        case Studied(results=results, report=report):
            return StudyState.DONE, {"results": results, "report": report}
        case Failed():
            return StudyState.FAILED, {"error": result.error}
        case _:
            message = f"the process of the study died {MAX_DEATHS} times."
            return StudyState.FAILED, {"error": {"code": "worker-died", "message": message}}
