"""A typed client, thin over HTTP: the core's own problems and plans go in and come out.

>>> client = Client("http://127.0.0.1:8080", key)          # doctest: +SKIP
>>> ordered = client.order_plan(problem, SolveParams(time_limit_s=10))  # doctest: +SKIP
>>> plan = client.finished_plan(ordered.id).plan           # doctest: +SKIP
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import orjson
from pydantic import TypeAdapter

from api.days.resources import DayResource, DayStep, DaySummary, Recommendations, RecommendedSlot, SlotQuestion, Told
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
from api.resources import (
    Identity,
    Judgement,
    PlanResource,
    PlanSummary,
    ProblemResource,
    ProblemSummary,
    UnassignedList,
    Validation,
)
from api.store.records import PlanState
from api.study_resources import StudyResource, StudyResults
from optimizer.errors import Issue
from optimizer.formats.json import (
    draft_to_json,
    facts_to_json,
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
)
from optimizer.params import SolveParams
from optimizer.plan import Cost, Draft, Plan, SolveStatus, Unassigned, Violation
from optimizer.problem import Horizon, Problem
from optimizer.redispatch.diff import PlanDiff
from optimizer.redispatch.events import Event, event_to_json

_Resource = TypeVar("_Resource")
_FINAL = {state for state in PlanState if state.is_final}


class ApiError(Exception):
    """The service refused; the fields are those of its problem body."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status = status
        self.type = str(body.get("type", "about:blank"))
        self.detail = str(body.get("detail", ""))
        self.request_id = str(body.get("request_id", ""))
        self.issues = tuple(TypeAdapter(Issue).validate_python(issue) for issue in body.get("issues", ()))
        self.headers = dict(headers)
        super().__init__(f"{status} {self.type}: {self.detail}")

    @property
    def code(self) -> str:
        """The last part of the error's type."""
        return self.type.rpartition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvent:
    """Something that happened to a plan in the making."""

    kind: str
    number: int | None
    data: Mapping[str, Any]


class Client:
    """One caller of one service.

    Parameters
    ----------
    address
        Where the service is, e.g. ``http://127.0.0.1:8080``.
    key
        An API key, or the token of a session.
    http
        The connection to use; default: one of its own.
    """

    def __init__(self, address: str, key: str, *, http: httpx.Client | None = None) -> None:
        self._http = httpx.Client(base_url=address, timeout=90.0) if http is None else http
        self._key = key

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def me(self) -> Identity:
        """Who the key belongs to."""
        return _read(Identity, self._get("/v1/me"))

    # Problems

    def add_problem(self, problem: Problem, *, reason: str = "", idempotency_key: str = "") -> ProblemSummary:
        """Keep a problem."""
        headers = _change_headers(reason, idempotency_key)
        return _read(ProblemSummary, self._post("/v1/problems", problem_to_json(problem), headers))

    def upload_problem(self, data: bytes, content_type: str) -> ProblemSummary:
        """Keep a problem that a workbook or a zip of CSV tables states."""
        return _read(ProblemSummary, self._post("/v1/problems", data, {"Content-Type": content_type}))

    def validate(self, problem: Problem) -> Validation:
        """Everything wrong with a problem."""
        return _read(Validation, self._post("/v1/problems/validate", problem_to_json(problem)))

    def problem(self, problem_id: str) -> ProblemResource:
        """A problem with all its facts."""
        facts = self._get(f"/v1/problems/{problem_id}").json()
        problem = problem_from_json(json.dumps(facts.pop("problem")))
        return ProblemResource(**_fields(ProblemSummary, facts), problem=problem)

    def scenario(self, name: str) -> Problem:
        """The problem of a scenario."""
        return problem_from_json(self._get(f"/v1/scenarios/{name}").content)

    # Plans

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
        headers = {**_change_headers(reason, idempotency_key), "Prefer": f"wait={wait_s}"}
        return _read(PlanSummary, self._post("/v1/plans", _order(problem, params), headers))

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
        while (resource := self.plan(plan_id)).state not in _FINAL:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"plan {plan_id!r} is {resource.state} after {patience_s:g} s.")
            time.sleep(poll_s)
        return resource

    def plan_as(self, plan_id: str, media_type: str) -> bytes:
        """A plan by media type: GeoJSON, PDF or workbook."""
        return self._get(f"/v1/plans/{plan_id}", {"Accept": media_type}).content

    def stop_plan(self, plan_id: str, *, wait_s: int = 0, reason: str = "") -> PlanSummary:
        """End a solve; the best plan so far is kept."""
        headers = {**_change_headers(reason, ""), "Prefer": f"wait={wait_s}"}
        return _read(PlanSummary, self._send("DELETE", f"/v1/plans/{plan_id}", None, headers))

    def edit_plan(self, parent: PlanResource | PlanSummary, draft: Draft, *, reason: str = "") -> PlanSummary:
        """Make a version with routes changed by hand.

        Raises
        ------
        ApiError
            412 if the parent was changed since it was read.
        """
        body = orjson.dumps({"draft": orjson.Fragment(draft_to_json(draft))})
        headers = {**_change_headers(reason, ""), "If-Match": f'"{parent.revision}"'}
        answer = self._post(f"/v1/plans/{parent.id}/children", body, headers)
        return _read(PlanSummary, answer)

    def ask_what_if(
        self, parent_id: str, problem: Problem | str | None, params: SolveParams | None = None, *, wait_s: int = 0
    ) -> PlanSummary:
        """Solve from a plan's routes with other facts (None: the same) or parameters."""
        headers = {"Prefer": f"wait={wait_s}"}
        answer = self._post(f"/v1/plans/{parent_id}/children", _order(problem, params), headers)
        return _read(PlanSummary, answer)

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
        return _read(UnassignedList, self._get(f"/v1/plans/{plan_id}/unassigned")).items

    def diff(self, plan_id: str, against_id: str) -> PlanDiff:
        """What changed from one plan to another."""
        return _read(PlanDiff, self._get(f"/v1/plans/{plan_id}/diff?against={against_id}"))

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
                raise _error(answer)
            yield from _events(answer.iter_lines())

    # Days

    def publish_plan(self, plan_id: str, *, revision: int | None = None, reason: str = "") -> DayStep:
        """Let the plan's day go by it; a day that has a plan is changed at its `revision`.

        Raises
        ------
        ApiError
            428 if the day has a plan and no `revision` is given, 412 if it is at another one.
        """
        headers = {**_change_headers(reason, ""), **_if_match(revision)}
        return _read(DayStep, self._post(f"/v1/plans/{plan_id}/publish", b"", headers))

    def day(self, date: dt.date) -> DayResource:
        """A published day: the version that holds, what has happened, and who must be told."""
        return _read(DayResource, self._get(f"/v1/days/{date}"))

    def tell(
        self,
        date: dt.date,
        *events: Event,
        slot: RecommendedSlot | None = None,
        max_elders_told: int | None = None,
        max_workers_told: int | None = None,
        improve: bool = False,
        revision: int | None = None,
        reason: str = "",
        idempotency_key: str = "",
    ) -> DayStep:
        """Tell what has happened, and get the next version with its diff; `slot` is taken for one new visit."""
        query = {"max_elders_told": max_elders_told, "max_workers_told": max_workers_told}
        given = {name: str(value) for name, value in query.items() if value is not None}
        given |= {} if slot is None else {"slot": slot.name}
        given |= {"improve": "true"} if improve else {}
        headers = {**_change_headers(reason, idempotency_key), **_if_match(revision)}
        body = orjson.dumps([orjson.Fragment(event_to_json(event)) for event in events])
        return _read(DayStep, self._post(f"/v1/days/{date}/events?{urlencode(given)}", body, headers))

    def recommend(self, date: dt.date, question: SlotQuestion) -> Recommendations:
        """The best slots for one more visit."""
        return _read(Recommendations, self._post(f"/v1/days/{date}/recommendations", facts_to_json(question)))

    def acknowledge(self, date: dt.date, told: Told) -> DaySummary:
        """Note that people know what changed for them."""
        return _read(DaySummary, self._post(f"/v1/days/{date}/acknowledgements", facts_to_json(told)))

    def order_study(self, study: Mapping[str, Any], *, reason: str = "") -> StudyResource:
        """Order a study, given as the object that its file states."""
        answer = self._post("/v1/studies", orjson.dumps(study), _change_headers(reason, ""))
        return _read(StudyResource, answer)

    def study(self, study_id: str) -> StudyResource:
        """A study and how far it has come."""
        return _read(StudyResource, self._get(f"/v1/studies/{study_id}"))

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
        return _read(StudyResults, self._get(f"/v1/studies/{study_id}/results"))

    def study_report(self, study_id: str) -> bytes:
        """The report of a finished study as a web page."""
        return self._get(f"/v1/studies/{study_id}/report").content

    def stop_study(self, study_id: str, *, reason: str = "") -> StudyResource:
        """Let a study end; the plans that are made are kept."""
        return _read(StudyResource, self._send("DELETE", f"/v1/studies/{study_id}", None, _change_headers(reason, "")))

    def resume_study(self, study_id: str, *, reason: str = "") -> StudyResource:
        """Go on with a stopped or failed study."""
        return _read(StudyResource, self._post(f"/v1/studies/{study_id}/resume", b"", _change_headers(reason, "")))

    def coverage(self, problem_id: str, question: CoverageQuestion | None = None) -> CoverageAnswer:
        """The circle of a stored problem: who walks to a station in time, and who has a place there."""
        return self._answer(CoverageAnswer, problem_id, "coverage", question or CoverageQuestion())

    def territories(self, problem_id: str, question: TerritoriesQuestion | None = None) -> TerritoriesAnswer:
        """Which elder of a stored problem belongs to which station, proven cheapest."""
        return self._answer(TerritoriesAnswer, problem_id, "territories", question or TerritoriesQuestion())

    def roll_out(self, problem_id: str, question: RollOutQuestion) -> RollOutAnswer:
        """Which sites of a stored problem open when, and how good that is at best."""
        return self._answer(RollOutAnswer, problem_id, "roll-out", question)

    def baskets(self, problem_id: str, question: BasketsQuestion | None = None) -> BasketsAnswer:
        """Which services each elder of a stored problem gets in a month."""
        return self._answer(BasketsAnswer, problem_id, "baskets", question or BasketsQuestion())

    def _answer(self, model: type[_Resource], problem_id: str, topic: str, question: object) -> _Resource:
        return _read(model, self._post(f"/v1/problems/{problem_id}/{topic}", facts_to_json(question)))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}

    def _get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._send("GET", path, None, headers or {})

    def _post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._send("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> httpx.Response:
        answer = self._http.request(method, path, content=body, headers={**self._headers(), **headers})
        if answer.status_code >= 400:
            raise _error(answer)
        return answer


def _read(model: type[_Resource], answer: httpx.Response) -> _Resource:
    return TypeAdapter(model).validate_json(answer.content)


def _error(answer: httpx.Response) -> ApiError:
    is_problem = "json" in answer.headers.get("Content-Type", "")
    return ApiError(answer.status_code, answer.json() if is_problem else {}, answer.headers)


def _fields(model: type[Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The typed fields of a resource."""
    resource = TypeAdapter(model).validate_json(orjson.dumps(dict(facts)))
    return {name: getattr(resource, name) for name in model.__dataclass_fields__}


def _plan_resource(facts: dict[str, Any]) -> PlanResource:
    content, fields = facts.pop("plan"), _fields(PlanSummary, facts)
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


def _change_headers(reason: str, idempotency_key: str) -> dict[str, str]:
    given = {"X-Reason": reason, "Idempotency-Key": idempotency_key}
    return {name: value for name, value in given.items() if value}


def _if_match(revision: int | None) -> dict[str, str]:
    return {} if revision is None else {"If-Match": f'"{revision}"'}


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
