"""The store under any sequence of changes, on SQLite and on PostgreSQL: what one may rely on, whatever happens."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from api.errors import Refusal
from api.store.audit import entries
from api.store.district import DistrictStore
from api.store.districts import ensure_district
from api.store.queue import Queue
from api.store.records import Change, NewPlan, NewProblem, Origin, Outcome, PlanState
from optimizer.problem import Horizon

DISTRICTS = ("east", "west")
ROOM = {"max_queue": 10**6, "max_queue_of_district": 10**6}
districts = st.sampled_from(DISTRICTS)
actors = st.sampled_from(("li", "wang"))


def make_machine(database):
    """A machine that changes `database`, and a model of what it must hold."""

    class Machine(RuleBasedStateMachine):
        problems, plans, keys = Bundle("problems"), Bundle("plans"), Bundle("keys")

        @initialize()
        def begin(self):
            self.stores = {name: DistrictStore(database, name) for name in DISTRICTS}
            self.queue = Queue(database)
            with database.write() as session:
                for name in DISTRICTS:
                    ensure_district(session, name)
            self.first_entry = {name: len(self.log(name)) for name in DISTRICTS}
            self.changes = {name: [] for name in DISTRICTS}
            self.problem_content, self.plan_content, self.plan = {}, {}, {}

        def log(self, district):
            """Every entry of a district's audit log, oldest first."""
            found, before = [], None
            while page := entries(database, district, before=before, limit=200):
                found += page
                before = page[-1].entry_id
            return found[::-1]

        def look(self, district, plan_id):
            """A plan as it is now, of which this machine notes the revision."""
            record = self.stores[district].plan(plan_id)
            self.plan[district, plan_id] = record
            return record

        @rule(target=problems, district=districts, actor=actors, content=st.binary(max_size=20))
        def add_problem(self, district, actor, content):
            new = NewProblem(
                name="day",
                horizon=Horizon(first_date=dt.date(2026, 3, 2)),
                num_visits=1,
                travel={"source": "straight"},
                warnings=(),
                content=content,
            )
            problem_id = self.stores[district].add_problem(new, Change(actor=actor)).problem_id
            self.changes[district].append((actor, "create-problem", problem_id))
            self.problem_content[district, problem_id] = content
            return district, problem_id

        @rule(target=plans, problem=problems, actor=actors)
        def order(self, problem, actor):
            district, problem_id = problem
            new = NewPlan(problem_id=problem_id, origin=Origin.SOLVE)
            plan_id = self.stores[district].order_plan(new, Change(actor=actor), **ROOM).plan_id
            self.changes[district].append((actor, "create-plan:solve", plan_id))
            self.look(district, plan_id)
            return district, plan_id

        @rule(target=keys, problem=problems, actor=actors, number=st.integers(0, 3), again=st.integers(1, 3))
        def order_with_a_key(self, problem, actor, number, again):
            """Sent several times, an order makes one plan; the machine's name keeps keys of other runs apart."""
            district, problem_id = problem
            key = f"{id(self)}-{number}-{problem_id}"
            change = Change(actor=actor, idempotency_key=key, fingerprint="f")
            new = NewPlan(problem_id=problem_id, origin=Origin.SOLVE)
            ids = {self.stores[district].order_plan(new, change, **ROOM).plan_id for _ in range(again)}
            (plan_id,) = ids
            if (district, plan_id) not in self.plan:
                self.changes[district].append((actor, "create-plan:solve", plan_id))
            self.look(district, plan_id)
            return district, change, plan_id

        @rule(used=keys)
        def another_request_with_a_used_key(self, used):
            district, change, plan_id = used
            other = Change(actor=change.actor, idempotency_key=change.idempotency_key, fingerprint="g")
            new = NewPlan(problem_id=self.stores[district].plan(plan_id).problem_id, origin=Origin.SOLVE)
            with pytest.raises(Refusal, match="was used for another request"):
                self.stores[district].order_plan(new, other, **ROOM)

        @rule(plan=plans)
        def start(self, plan):
            was = self.stores[plan[0]].plan(plan[1])
            order = self.queue.start(*plan)
            assert (order is None) == was.state.is_final
            if order is not None:
                assert order.problem == self.problem_content[plan[0], was.problem_id]
            now = self.look(*plan)
            assert now.revision == was.revision + (order is not None)

        @rule(plan=plans, content=st.binary(min_size=1, max_size=20))
        def complete(self, plan, content):
            was = self.stores[plan[0]].plan(plan[1])
            outcome = Outcome(status="complete", cost_cents=1, num_unassigned=0, content=content)
            kept = self.queue.complete(*plan, outcome)
            assert kept == (not was.state.is_final)
            if kept:
                self.plan_content[plan] = content
            assert self.look(*plan).revision == was.revision + kept

        @rule(plan=plans)
        def fail(self, plan):
            was = self.stores[plan[0]].plan(plan[1])
            kept = self.queue.fail(*plan, {"code": "internal", "message": ""})
            assert kept == (not was.state.is_final)
            assert self.look(*plan).revision == was.revision + kept

        @rule(plan=plans, actor=actors, behind=st.sampled_from((None, 0, 1)))
        def stop(self, plan, actor, behind):
            was = self.stores[plan[0]].plan(plan[1])
            revision = None if behind is None else was.revision - behind
            change = Change(actor=actor, reason="enough")
            if behind:
                with pytest.raises(Refusal, match="Read it again"):
                    self.stores[plan[0]].request_stop(plan[1], change, revision)
                return
            now = self.stores[plan[0]].request_stop(plan[1], change, revision)
            if not was.state.is_final and not was.is_stop_requested:
                self.changes[plan[0]].append((actor, "stop-plan", plan[1]))
                assert now.revision == was.revision + 1
                assert now.is_stop_requested
            else:
                assert now == was
            self.look(*plan)

        @rule(target=plans, plan=plans, actor=actors, behind=st.sampled_from((0, 0, 1)), content=st.binary(min_size=1))
        def edit(self, plan, actor, behind, content):
            district, parent_id = plan
            was = self.stores[district].plan(parent_id)
            new = NewPlan(
                problem_id=was.problem_id,
                origin=Origin.EDIT,
                parent_id=parent_id,
                parent_revision=was.revision - behind,
            )
            outcome = Outcome(status="complete", cost_cents=2, num_unassigned=0, content=content)
            if behind:
                with pytest.raises(Refusal, match="Read it again"):
                    self.stores[district].add_finished(new, outcome, Change(actor=actor))
                return plan
            made = self.stores[district].add_finished(new, outcome, Change(actor=actor))
            self.changes[district].append((actor, "create-plan:edit", made.plan_id))
            self.plan_content[district, made.plan_id] = content
            self.look(district, made.plan_id)
            assert self.look(*plan).revision == was.revision + 1
            return district, made.plan_id

        @rule(plan=plans, problem=problems)
        def another_district_reaches_nothing(self, plan, problem):
            for owner, name in (plan, problem):
                other = self.stores[next(each for each in DISTRICTS if each != owner)]
                for reach in (
                    other.plan,
                    other.plan_content,
                    other.revision,
                    other.problem,
                    other.problem_content,
                    other.require_problem,
                    lambda each, other=other: other.request_stop(each, Change(actor="x"), None),
                    lambda each, other=other: other.order_plan(
                        NewPlan(problem_id=each, origin=Origin.SOLVE), Change(actor="x"), **ROOM
                    ),
                ):
                    with pytest.raises(Refusal):
                        reach(name)
                assert other.plans(before=None, limit=200, parent_id=name) == []
                assert other.events(name, 0) == []

        @invariant()
        def nothing_that_was_kept_has_changed(self):
            for (district, problem_id), content in self.problem_content.items():
                assert self.stores[district].problem_content(problem_id) == content
            for (district, plan_id), content in self.plan_content.items():
                assert self.stores[district].plan_content(plan_id) == content

        @invariant()
        def plans_are_as_the_last_change_left_them(self):
            for (district, plan_id), record in self.plan.items():
                assert self.stores[district].plan(plan_id) == record
                assert self.stores[district].revision(plan_id) == record.revision
                has_result = (district, plan_id) in self.plan_content
                assert (record.state is PlanState.DONE) == has_result == (record.status is not None)

        @invariant()
        def audit_log_tells_every_change_once_in_order(self):
            for district, changes in self.changes.items():
                told = self.log(district)[self.first_entry[district] :]
                assert [(each.actor, each.action, each.subject) for each in told] == changes

    return Machine


def test_store_keeps_its_promises_under_any_sequence_of_changes(database):
    machine = make_machine(database)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=8, stateful_step_count=25, deadline=None, database=None, derandomize=True),
    )
