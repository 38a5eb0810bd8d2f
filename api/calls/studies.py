"""Calls of planners: studies, and questions about a district's network."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import orjson

from api.calls.connection import Connection, change_headers, read
from api.network_resources import (
    BasketsAnswer,
    BasketsQuestion,
    CoverageAnswer,
    CoverageQuestion,
    RollOutAnswer,
    RollOutQuestion,
    TerritoriesAnswer,
    TerritoriesQuestion,
)
from api.study_resources import StudyResource, StudyResults
from optimizer.formats.json import facts_to_json

_Answer = TypeVar("_Answer")


class StudyCalls(Connection):
    """Studies: ordered, followed, stopped, resumed and read."""

    def order_study(self, study: Mapping[str, Any], *, reason: str = "", idempotency_key: str = "") -> StudyResource:
        """Order a study, given as the object that its file states."""
        return read(
            StudyResource, self._post("/v1/studies", orjson.dumps(study), change_headers(reason, idempotency_key))
        )

    def studies(self) -> Iterator[StudyResource]:
        """Studies, newest first."""
        return self._items("/v1/studies", StudyResource)

    def study(self, study_id: str) -> StudyResource:
        """A study and how far it has come."""
        return read(StudyResource, self._get(f"/v1/studies/{study_id}"))

    def finished_study(self, study_id: str, *, patience_s: float = 3600.0, poll_s: float = 1.0) -> StudyResource:
        """A study once nothing is being done for it any more.

        Raises
        ------
        TimeoutError
            If that takes longer than `patience_s`; the study goes on.
        """
        deadline_s = time.monotonic() + patience_s
        while not (study := self.study(study_id)).state.is_final:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"study {study_id!r} is {study.state} after {patience_s:.0f} s.")
            time.sleep(poll_s)
        return study

    def study_results(self, study_id: str) -> StudyResults:
        """Means and paired differences of a finished study."""
        return read(StudyResults, self._get(f"/v1/studies/{study_id}/results"))

    def study_report(self, study_id: str) -> bytes:
        """The report of a finished study as a web page."""
        return self._get(f"/v1/studies/{study_id}/report").content

    def stop_study(self, study_id: str, *, reason: str = "") -> StudyResource:
        """Let a study end; the plans that are made are kept."""
        return read(StudyResource, self._delete(f"/v1/studies/{study_id}", change_headers(reason)))

    def resume_study(self, study_id: str, *, reason: str = "") -> StudyResource:
        """Go on with a stopped or failed study."""
        return read(StudyResource, self._post(f"/v1/studies/{study_id}/resume", b"", change_headers(reason)))


class NetworkCalls(Connection):
    """Questions about the network of a stored problem."""

    def coverage(self, problem_id: str, question: CoverageQuestion | None = None) -> CoverageAnswer:
        """The circle: who walks to a station in time, and who has a place there."""
        return self._asked(CoverageAnswer, problem_id, "coverage", question or CoverageQuestion())

    def territories(self, problem_id: str, question: TerritoriesQuestion | None = None) -> TerritoriesAnswer:
        """Which elder belongs to which station, proven cheapest."""
        return self._asked(TerritoriesAnswer, problem_id, "territories", question or TerritoriesQuestion())

    def roll_out(self, problem_id: str, question: RollOutQuestion) -> RollOutAnswer:
        """Which sites open when, and how good that is at best."""
        return self._asked(RollOutAnswer, problem_id, "roll-out", question)

    def baskets(self, problem_id: str, question: BasketsQuestion | None = None) -> BasketsAnswer:
        """Which services each elder gets in a month."""
        return self._asked(BasketsAnswer, problem_id, "baskets", question or BasketsQuestion())

    def _asked(self, model: type[_Answer], problem_id: str, topic: str, question: object) -> _Answer:
        return read(model, self._post(f"/v1/problems/{problem_id}/{topic}", facts_to_json(question)))
