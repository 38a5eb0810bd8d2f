"""Questions about a district's network: asked of a stored problem, answered while the caller waits, a few at once."""

from __future__ import annotations

import threading

from api.errors import RETRY_AFTER_S, Refusal
from api.jobs.supervise import Watch, solve_in_child
from api.jobs.task import Answered, Failed, NetworkTask
from api.network_resources import NetworkQuestion
from api.settings import Settings
from api.store.district import DistrictStore
from optimizer.errors import SourceError
from optimizer.formats.json import facts_from_json

_OUT_OF_REACH = frozenset({"out-of-time", "out-of-memory"})


class NetworkDesk:
    """Works questions out in processes of their own, as many at once as the settings allow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = threading.BoundedSemaphore(settings.max_networks)

    def answer(self, store: DistrictStore, problem_id: str, kind: type[NetworkQuestion], data: bytes) -> bytes:
        """The answer to a question of a `kind` as JSON; a body of nothing asks with every default.

        Raises
        ------
        InputError
            With every fault of the question.
        Refusal
            404 for a problem that the district does not have, 413 for a question that is too large to be answered
            while somebody waits, 429 where too many are being answered.
        """
        record = store.problem(problem_id)
        task = NetworkTask(
            question=facts_from_json(kind, data or b"{}"),
            problem=store.problem_content(problem_id),
            travel=record.travel,
            max_ways=self._settings.max_network_ways,
            streets_path=self._settings.streets,
            memory_limit_mb=self._settings.memory_limit_mb,
        )
        if not self._places.acquire(blocking=False):
            detail = f"{self._settings.max_networks} questions about networks are being answered. Ask again."
            raise Refusal(429, "queue-full", detail, headers={"Retry-After": str(RETRY_AFTER_S)})
        try:
            return self._worked_out(task)
        finally:
            self._places.release()

    def _worked_out(self, task: NetworkTask) -> bytes:
        most_s = self._settings.max_network_s
        watch = Watch(
            is_stop_requested=lambda: False,
            is_abandoned=lambda: False,
            on_event=lambda told: None,
            stop_after_s=most_s,
            kill_after_s=most_s,
        )
        match solve_in_child(task, watch):
            case Answered(issues=()) as done:
                return done.answer
            case Answered(issues=issues) if issues[0].code == "too-large":
                raise Refusal(413, "too-large", issues[0].message, issues=issues)
            case Answered(issues=issues):
                raise SourceError(issues)
            case Failed(code=code, message=message) if code in _OUT_OF_REACH:
                detail = f"{message} Ask about less, or use the command line."
                raise Refusal(413, "too-large", detail)
            case other:
                raise RuntimeError(f"a question about the network came to nothing: {other}")
