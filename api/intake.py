"""From what somebody sends to what is kept: problems, orders, and versions of plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from api.bodies import ReadProblem, raw, read_id, read_object, read_params, require_params, sound_problem
from api.errors import Refusal, invalid
from api.judging import below, judge_draft, judge_plan, outcome_of_judged
from api.outcomes import params_facts
from api.service import Service, require_role
from api.store.district import DistrictStore
from api.store.records import Caller, Change, NewPlan, NewProblem, Origin, PlanRecord, ProblemRecord, Role
from api.worlds import STRAIGHT, STREETS, World
from optimizer.formats.json import problem_from_json, problem_to_json
from optimizer.judge import Judged
from optimizer.params import SolveParams

_PROBLEM_READERS = {"problem": problem_from_json, "problem_id": read_id}


def keep_problem(store: DistrictStore, read: ReadProblem, travel: Mapping[str, Any], change: Change) -> ProblemRecord:
    """Keep a sound problem."""
    problem = read.problem
    new = NewProblem(
        name=problem.name,
        horizon=problem.horizon,
        num_visits=len(problem.visits),
        travel=travel,
        warnings=read.warnings,
        content=orjson.dumps(orjson.loads(problem_to_json(problem))),
    )
    return store.add_problem(new, change)


def default_travel(service: Service) -> Mapping[str, Any]:
    """By which ways one travels in problems that are posted."""
    return STRAIGHT if service.settings.streets is None else STREETS


def world_of(service: Service, store: DistrictStore, problem_id: str) -> World:
    """A stored problem, ready to work with."""
    record = store.problem(problem_id)
    return service.worlds.get(store.district_id, problem_id, store.problem_content(problem_id), record.travel)


def check_order(service: Service, store: DistrictStore, body: bytes) -> Judged:
    """The judge's word on the plan or draft of a ``CheckOrder``."""
    given = read_object(body, {**_PROBLEM_READERS, "plan": raw, "draft": raw})
    if ("plan" in given) == ("draft" in given):
        raise invalid("plan", "either a plan or a draft is to be judged.", "Give one of 'plan' and 'draft'.")
    world = _given_world(service, store, given)
    if "draft" in given:
        return judge_draft(world, given["draft"])
    return judge_plan(world, given["plan"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One caller's change of one district's plans."""

    service: Service
    store: DistrictStore
    caller: Caller
    change: Change

    def order_plan(self, body: bytes) -> PlanRecord:
        """Queue the plan that a ``PlanOrder`` asks for."""
        given = read_object(body, {**_PROBLEM_READERS, "params": read_params})
        params = self._params(given)
        return self._queue(NewPlan(problem_id=self._problem_id(given), origin=Origin.SOLVE, params=params))

    def make_child(self, parent_id: str, body: bytes, revision: int | None) -> PlanRecord:
        """Make or queue the version that a ``ChildOrder`` asks for."""
        given = read_object(body, {**_PROBLEM_READERS, "params": read_params, "draft": raw})
        parent = self.store.plan(parent_id)
        if "draft" in given:
            return self._edit(parent, given, revision)
        params, problem_id = self._params(given), parent.problem_id
        if given.keys() & _PROBLEM_READERS.keys():
            require_role(self.caller, Role.PLANNER)
            problem_id = self._problem_id(given)
        new = NewPlan(problem_id=problem_id, origin=Origin.WHAT_IF, params=params)
        return self._queue(replace(new, parent_id=parent_id, parent_revision=revision))

    def _edit(self, parent: PlanRecord, given: dict[str, Any], revision: int | None) -> PlanRecord:
        for name in given.keys() - {"draft"}:
            raise invalid(name, "routes changed by hand keep their problem.", f"Leave out 'draft' or {name!r}.")
        if revision is None:
            detail = "an edit names the version it changes. Send the plan's ETag as `If-Match`."
            raise Refusal(428, "precondition-required", detail)
        world = world_of(self.service, self.store, parent.problem_id)
        judged = judge_draft(world, given["draft"])
        new = NewPlan(
            problem_id=parent.problem_id, origin=Origin.EDIT, parent_id=parent.plan_id, parent_revision=revision
        )
        return self.store.add_finished(new, outcome_of_judged(judged), self.change)

    def _params(self, given: dict[str, Any]) -> dict[str, Any]:
        return params_facts(require_params(given.get("params", SolveParams()), self.service.settings))

    def _queue(self, new: NewPlan) -> PlanRecord:
        limits = self.service.settings
        record = self.store.order_plan(
            new, self.change, max_queue=limits.max_queue, max_queue_of_district=limits.max_queue_of_district
        )
        if not record.state.is_final:
            self.service.jobs.enqueue(self.store.district_id, record.plan_id)
        return record

    def _problem_id(self, given: dict[str, Any]) -> str:
        """The id of the problem that is named, or of the one that is given, which is kept."""
        _require_one_problem(given)
        if "problem_id" in given:
            return self.store.problem(given["problem_id"]).problem_id
        read = below("problem", lambda: sound_problem(given["problem"], self.service.settings))
        # An idempotency key stands for one thing; the problem inside an order has one of its own.
        key = self.change.idempotency_key
        change = replace(self.change, idempotency_key=f"{key}/problem" if key else "")
        return keep_problem(self.store, read, default_travel(self.service), change).problem_id


def _given_world(service: Service, store: DistrictStore, given: dict[str, Any]) -> World:
    _require_one_problem(given)
    if "problem_id" in given:
        return world_of(service, store, given["problem_id"])
    read = below("problem", lambda: sound_problem(given["problem"], service.settings))
    return service.worlds.passing(read.problem, default_travel(service))


def _require_one_problem(given: dict[str, Any]) -> None:
    if ("problem" in given) == ("problem_id" in given):
        raise invalid("problem_id", "either a problem or the id of one is needed.", "Give one of both.")
