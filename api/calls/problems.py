"""Calls about problems and scenarios."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from pydantic import TypeAdapter

from api.calls.connection import Connection, change_headers, query, read
from api.catalogue_resources import ScenarioSummary
from api.resources import ProblemResource, ProblemSummary, Validation
from optimizer.formats.json import problem_from_json, problem_to_json
from optimizer.problem import Problem


class ProblemCalls(Connection):
    """Problems: kept, validated, listed and read; and the scenarios, which are ready ones."""

    def add_problem(self, problem: Problem, *, reason: str = "", idempotency_key: str = "") -> ProblemSummary:
        """Keep a problem."""
        headers = change_headers(reason, idempotency_key)
        return read(ProblemSummary, self._post("/v1/problems", problem_to_json(problem), headers))

    def upload_problem(
        self, data: bytes, content_type: str, *, reason: str = "", idempotency_key: str = ""
    ) -> ProblemSummary:
        """Keep a problem that a workbook or a zip of CSV tables states."""
        headers = {**change_headers(reason, idempotency_key), "Content-Type": content_type}
        return read(ProblemSummary, self._post("/v1/problems", data, headers))

    def validate(self, problem: Problem) -> Validation:
        """Everything wrong with a problem."""
        return read(Validation, self._post("/v1/problems/validate", problem_to_json(problem)))

    def problems(self, *, date: dt.date | None = None) -> Iterator[ProblemSummary]:
        """Problems, newest first; those of one first day where asked."""
        return self._items("/v1/problems", ProblemSummary, date=date)

    def problem(self, problem_id: str) -> ProblemResource:
        """A problem with all its facts."""
        facts = self._get(f"/v1/problems/{problem_id}").json()
        problem = problem_from_json(json.dumps(facts.pop("problem")))
        return ProblemResource(**fields_of(ProblemSummary, facts), problem=problem)

    def scenarios(self) -> tuple[ScenarioSummary, ...]:
        """The scenarios that there are."""
        return TypeAdapter(tuple[ScenarioSummary, ...]).validate_json(self._get("/v1/scenarios").content)

    def scenario(
        self, name: str, *, seed: int | None = None, size: float | None = None, stress: Sequence[str] = ()
    ) -> Problem:
        """The problem of a scenario."""
        path = f"/v1/scenarios/{name}{query(seed=seed, size=size, stress=stress or None)}"
        return problem_from_json(self._get(path).content)

    def keep_scenario(
        self,
        name: str,
        *,
        seed: int | None = None,
        size: float | None = None,
        stress: Sequence[str] = (),
        reason: str = "",
    ) -> ProblemSummary:
        """Keep the problem of a scenario with its streets."""
        path = f"/v1/scenarios/{name}/problems{query(seed=seed, size=size, stress=stress or None)}"
        return read(ProblemSummary, self._post(path, b"", change_headers(reason)))


def fields_of(model: type[Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The typed fields of a resource."""
    resource = TypeAdapter(model).validate_json(orjson.dumps(dict(facts)))
    return {name: getattr(resource, name) for name in model.__dataclass_fields__}
