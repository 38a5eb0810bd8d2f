"""Calls about plans."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter

from api.calls.connection import Connection, change_headers, error_of, if_match, query, read
from api.calls.problems import fields_of
from api.resources import Judgement, PlanResource, PlanSummary, UnassignedList
from api.store.records import PlanState
from optimizer.formats.json import draft_to_json, plan_from_json, plan_to_json, problem_to_json
from optimizer.params import SolveParams
from optimizer.plan import Cost, Draft, Plan, SolveStatus, Unassigned, Violation
from optimizer.problem import Horizon, Problem
from optimizer.redispatch.diff import PlanDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvent:
    """Something that happened to a plan in the making."""

    kind: str
    number: int | None
    data: Mapping[str, Any]


class PlanCalls(Connection):
    """Plans: ordered, followed, stopped, changed, judged and compared."""

    def order_plan(
        self,
        problem: Problem | str,
        params: SolveParams | None = None,
        *,
        wait_s: int = 0,
        reason: str = "",
        idempotency_key: str = "",
    ) -> PlanSummary:
        """Order a plan for a problem, or for the one of an id."""
        headers = {**change_headers(reason, idempotency_key), "Prefer": f"wait={wait_s}"}
        return read(PlanSummary, self._post("/v1/plans", _order(problem, params), headers))

    def plans(
        self,
        *,
        date: dt.date | None = None,
        state: PlanState | None = None,
        problem_id: str | None = None,
        parent_id: str | None = None,
    ) -> Iterator[PlanSummary]:
        """Plans, newest first; of one first day, state, problem or parent where asked."""
        return self._items("/v1/plans", PlanSummary, date=date, state=state, problem_id=problem_id, parent_id=parent_id)

    def plan(self, plan_id: str) -> PlanResource:
        """A plan as far as it has come."""
        return _plan_resource(self._get(f"/v1/plans/{plan_id}").json())

    def finished_plan(self, plan_id: str, *, patience_s: float = 600.0, poll_s: float = 0.5) -> PlanResource:
        """A plan once it is finished.

        Raises
        ------
        TimeoutError
            If that takes longer than `patience_s`.
        """
        deadline_s = time.monotonic() + patience_s
        while not (resource := self.plan(plan_id)).state.is_final:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"plan {plan_id!r} is {resource.state} after {patience_s:g} s.")
            time.sleep(poll_s)
        return resource

    def plan_as(self, plan_id: str, media_type: str, *, sheet: str | None = None, language: str | None = None) -> bytes:
        """A plan by media type: GeoJSON, PDF (a `sheet` of ``routes``, ``kitchen`` or ``labels``) or workbook."""
        path = f"/v1/plans/{plan_id}{query(sheet=sheet, language=language)}"
        return self._get(path, {"Accept": media_type}).content

    def stop_plan(self, plan_id: str, *, wait_s: int = 0, reason: str = "") -> PlanSummary:
        """End a solve; the best plan so far is kept."""
        headers = {**change_headers(reason), "Prefer": f"wait={wait_s}"}
        return read(PlanSummary, self._delete(f"/v1/plans/{plan_id}", headers))

    def edit_plan(
        self, parent: PlanResource | PlanSummary, draft: Draft, *, reason: str = "", idempotency_key: str = ""
    ) -> PlanSummary:
        """Make a version with routes changed by hand.

        Raises
        ------
        ApiError
            412 if the parent was changed since it was read.
        """
        body = orjson.dumps({"draft": orjson.Fragment(draft_to_json(draft))})
        headers = {**change_headers(reason, idempotency_key), **if_match(parent.revision)}
        return read(PlanSummary, self._post(f"/v1/plans/{parent.id}/children", body, headers))

    def ask_what_if(
        self,
        parent_id: str,
        problem: Problem | str | None,
        params: SolveParams | None = None,
        *,
        wait_s: int = 0,
        reason: str = "",
        idempotency_key: str = "",
    ) -> PlanSummary:
        """Solve from a plan's routes with other facts (None: the same) or parameters."""
        headers = {**change_headers(reason, idempotency_key), "Prefer": f"wait={wait_s}"}
        answer = self._post(f"/v1/plans/{parent_id}/children", _order(problem, params), headers)
        return read(PlanSummary, answer)

    def check_plan(self, problem: Problem | str, plan: Plan | Draft) -> Judgement:
        """The judge's word on a plan or its bare routes."""
        facts = _problem_facts(problem)
        if isinstance(plan, Draft):
            facts["draft"] = orjson.Fragment(draft_to_json(plan))
        else:
            facts["plan"] = orjson.Fragment(plan_to_json(plan))
        return _judgement(self._post("/v1/plans/check", orjson.dumps(facts)).json(), problem)

    def unassigned(self, plan_id: str) -> tuple[Unassigned, ...]:
        """Why visits are not served, and what would serve them."""
        return read(UnassignedList, self._get(f"/v1/plans/{plan_id}/unassigned")).items

    def diff(self, plan_id: str, against_id: str) -> PlanDiff:
        """What changed from one plan to another."""
        return read(PlanDiff, self._get(f"/v1/plans/{plan_id}/diff{query(against=against_id)}"))

    def kpis(self, plan_id: str) -> dict[str, Any]:
        """Key figures of a plan."""
        figures: dict[str, Any] = self._get(f"/v1/plans/{plan_id}/kpis").json()
        return figures

    def events(self, plan_id: str, *, after: int = 0) -> Iterator[PlanEvent]:
        """What happens to a plan, as it happens; the last event is called by its final state."""
        headers = {**self._headers(), "Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with self._http.stream("GET", f"/v1/plans/{plan_id}/events", headers=headers) as answer:
            if answer.status_code >= 400:
                answer.read()
                raise error_of(answer)
            yield from _events(answer.iter_lines())


def _plan_resource(facts: dict[str, Any]) -> PlanResource:
    content, fields = facts.pop("plan"), fields_of(PlanSummary, facts)
    horizon = Horizon(first_date=fields["first_date"])
    return PlanResource(**fields, plan=None if content is None else plan_from_json(json.dumps(content), horizon))


def _judgement(facts: dict[str, Any], problem: Problem | str) -> Judgement:
    horizon = problem.horizon if isinstance(problem, Problem) else None
    plan = plan_from_json(json.dumps(facts["plan"]), horizon)
    return Judgement(
        status=SolveStatus(facts["status"]),
        violations=TypeAdapter(tuple[Violation, ...]).validate_json(orjson.dumps(facts["violations"])),
        cost=TypeAdapter(Cost).validate_json(orjson.dumps(facts["cost"])),
        total_cents=facts["total_cents"],
        plan=plan,
    )


def _order(problem: Problem | str | None, params: SolveParams | None) -> bytes:
    facts = {} if problem is None else _problem_facts(problem)
    if params is not None:
        facts["params"] = TypeAdapter(SolveParams).dump_python(params, mode="json")
    return orjson.dumps(facts)


def _problem_facts(problem: Problem | str) -> dict[str, Any]:
    if isinstance(problem, Problem):
        return {"problem": orjson.Fragment(problem_to_json(problem))}
    return {"problem_id": problem}


def _events(lines: Iterator[str]) -> Iterator[PlanEvent]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            number = int(fields["id"]) if "id" in fields else None
            yield PlanEvent(kind=fields.get("event", "message"), number=number, data=json.loads(fields["data"]))
            fields = {}
