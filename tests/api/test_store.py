"""The store, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError

from api.errors import Refusal
from api.store.audit import entries
from api.store.district import DistrictStore
from api.store.districts import ensure_district, service_secret
from api.store.engine import AppendOnly
from api.store.migrate import migrate
from api.store.models import Base, PlanRow, ProblemRow
from api.store.queue import Queue
from api.store.records import Change, NewPlan, NewProblem, Origin, Outcome, PlanState
from optimizer.problem import Horizon

CHANGE = Change(actor="somebody", reason="because")
ROOM = {"max_queue": 100, "max_queue_of_district": 100}


def make_store(database, district_id="east"):
    with database.write() as session:
        ensure_district(session, district_id)
    return DistrictStore(database, district_id)


def new_problem(**changes):
    facts = {
        "name": "day",
        "horizon": Horizon(first_date=dt.date(2026, 3, 2)),
        "num_visits": 3,
        "travel": {"source": "straight"},
        "warnings": (),
        "content": b"{}",
    }
    return NewProblem(**{**facts, **changes})


def order(store, change=CHANGE, **changes):
    problem = store.add_problem(new_problem(), CHANGE)
    plan = NewPlan(**{"problem_id": problem.problem_id, "origin": Origin.SOLVE, **changes})
    return store.order_plan(plan, change, **ROOM)


def outcome(content=b"{}"):
    return Outcome(status="complete", cost_cents=5, num_unassigned=0, content=content)


def test_migrations_make_exactly_the_tables_of_the_models(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrating_twice_changes_nothing(database):
    store = make_store(database)
    kept = store.add_problem(new_problem(), CHANGE)
    migrate(database)
    assert store.problem(kept.problem_id) == kept


def test_problem_reads_back_as_it_was_kept(database):
    store = make_store(database)
    kept = store.add_problem(new_problem(name="区", content='{"名": 1}'.encode()), CHANGE)
    assert store.problem(kept.problem_id) == kept
    assert store.problem_content(kept.problem_id) == '{"名": 1}'.encode()
    assert kept.created_at.utcoffset() == dt.timedelta(0)


def test_district_does_not_see_what_another_has(database):
    east, west = make_store(database, "east"), make_store(database, "west")
    plan = order(east)
    for look in (west.plan, west.plan_content, lambda i: west.request_stop(i, CHANGE, None)):
        with pytest.raises(Refusal):
            look(plan.plan_id)
    with pytest.raises(Refusal, match="no problem"):
        west.problem(plan.problem_id)
    assert west.plans(before=None, limit=10) == []
    assert west.events(plan.plan_id, 0) == []
    with pytest.raises(Refusal, match="no problem"):
        west.order_plan(NewPlan(problem_id=plan.problem_id, origin=Origin.SOLVE), CHANGE, **ROOM)


def test_database_itself_refuses_a_plan_for_another_districts_problem(database):
    problem_id = make_store(database, "east").add_problem(new_problem(), CHANGE).problem_id
    make_store(database, "west")
    row = PlanRow(
        district_id="west",
        plan_id="plan-x",
        problem_id=problem_id,
        origin="solve",
        params={},
        reason="",
        created_at=dt.datetime.now(dt.UTC),
        created_by="x",
    )
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(row)


@pytest.mark.parametrize("statement", [update(ProblemRow).values(name="other"), delete(ProblemRow)])
def test_what_is_written_once_is_not_changed_by_statements(database, statement):
    make_store(database).add_problem(new_problem(), CHANGE)
    with pytest.raises(AppendOnly), database.write() as session:
        session.execute(statement)


def test_what_is_written_once_is_not_changed_by_objects(database):
    plan = order(make_store(database))
    with pytest.raises(AppendOnly), database.write() as session:
        session.get_one(PlanRow, ("east", plan.plan_id)).reason = "another"


def test_first_completion_counts_and_no_second(database):
    store, queue = make_store(database), Queue(database)
    plan = order(store)
    queue.start("east", plan.plan_id)
    assert queue.complete("east", plan.plan_id, outcome(b"1"))
    assert not queue.complete("east", plan.plan_id, outcome(b"2"))
    assert not queue.fail("east", plan.plan_id, {"code": "internal", "message": ""})
    assert store.plan_content(plan.plan_id) == b"1"
    assert store.plan(plan.plan_id).state is PlanState.DONE


def test_completions_at_the_same_moment_leave_one(database):
    store, queue = make_store(database), Queue(database)
    plan = order(store)
    queue.start("east", plan.plan_id)
    kept = []
    threads = [
        threading.Thread(target=lambda n=n: kept.append(queue.complete("east", plan.plan_id, outcome(b"%d" % n))))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept) == [False] * 5 + [True]


def test_finished_plan_is_not_started_again(database):
    store, queue = make_store(database), Queue(database)
    plan = order(store)
    assert queue.start("east", plan.plan_id) is not None
    queue.complete("east", plan.plan_id, outcome())
    assert queue.start("east", plan.plan_id) is None


def test_plan_that_takes_the_server_down_each_time_is_given_up(database, monkeypatch):
    monkeypatch.setattr("api.store.queue.MAX_ATTEMPTS", 2)
    store, queue = make_store(database), Queue(database)
    plan = order(store)
    assert [queue.start("east", plan.plan_id) is None for _ in range(3)] == [False, False, True]
    failed = store.plan(plan.plan_id)
    assert (failed.state, failed.error["code"]) == (PlanState.FAILED, "worker-died")


def test_plan_that_waits_is_cancelled_and_one_being_made_is_told_to_stop(database):
    store, queue = make_store(database), Queue(database)
    waiting, running = order(store), order(store)
    queue.start("east", running.plan_id)
    assert store.request_stop(waiting.plan_id, CHANGE, None).state is PlanState.CANCELLED
    assert store.request_stop(running.plan_id, CHANGE, None).state is PlanState.SOLVING
    assert queue.is_stop_requested("east", running.plan_id)
    assert queue.start("east", waiting.plan_id) is None


def test_full_queue_takes_no_more(database):
    store = make_store(database)
    order(store)
    problem_id = store.add_problem(new_problem(), CHANGE).problem_id
    new = NewPlan(problem_id=problem_id, origin=Origin.SOLVE)
    for room in ({"max_queue": 1, "max_queue_of_district": 9}, {"max_queue": 9, "max_queue_of_district": 1}):
        with pytest.raises(Refusal, match="1 plans are waiting") as refusal:
            store.order_plan(new, CHANGE, **room)
        assert refusal.value.status == 429
        assert refusal.value.headers["Retry-After"] == "10"


def test_same_idempotency_key_makes_one_plan_even_at_the_same_moment(database):
    store = make_store(database)
    problem_id = store.add_problem(new_problem(), CHANGE).problem_id
    change = Change(actor="a", idempotency_key="k", fingerprint="f")
    ids = []

    def ask():
        ids.append(store.order_plan(NewPlan(problem_id=problem_id, origin=Origin.SOLVE), change, **ROOM).plan_id)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 5
    assert len(set(ids)) == 1


def test_idempotency_key_of_another_request_is_refused(database):
    store = make_store(database)
    order(store, Change(actor="a", idempotency_key="k", fingerprint="f"))
    with pytest.raises(Refusal, match="was used for another request"):
        order(store, Change(actor="a", idempotency_key="k", fingerprint="g"))


def test_of_two_edits_of_one_revision_the_second_is_refused(database):
    store, queue = make_store(database), Queue(database)
    plan = order(store)
    queue.start("east", plan.plan_id)
    queue.complete("east", plan.plan_id, outcome())
    revision = store.plan(plan.plan_id).revision
    results = []

    def edit():
        new = NewPlan(problem_id=plan.problem_id, origin=Origin.EDIT, parent_id=plan.plan_id, parent_revision=revision)
        try:
            results.append(store.add_finished(new, outcome(), CHANGE).plan_id)
        except Refusal as refusal:
            results.append(refusal.status)

    threads = [threading.Thread(target=edit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(412) == 3
    assert [child.parent_id for child in store.plans(before=None, limit=9, parent_id=plan.plan_id)] == [plan.plan_id]


def test_audit_log_tells_who_what_and_why(database):
    store = make_store(database)
    plan = order(store, Change(actor="li", reason="snow", request_id="r1"))
    store.request_stop(plan.plan_id, Change(actor="wang"), None)
    newest, older, *_ = entries(database, "east", before=None, limit=10)
    assert (newest.actor, newest.action, newest.subject) == ("wang", "stop-plan", plan.plan_id)
    assert (older.actor, older.action, older.reason, older.request_id) == ("li", "create-plan:solve", "snow", "r1")
    assert entries(database, "west", before=None, limit=10) == []


def test_sweep_takes_what_has_had_its_day_and_nothing_else(database):
    store, queue = make_store(database), Queue(database)
    change = Change(actor="a", idempotency_key="k", fingerprint="f")
    done, pending = order(store, change), order(store)
    for plan in (done, pending):
        queue.start("east", plan.plan_id)
        queue.add_event("east", plan.plan_id, {"phase": "start"})
    queue.complete("east", done.plan_id, outcome())
    queue.sweep(idempotency_s=3600, events_s=3600)
    assert len(store.events(done.plan_id, 0)) == 1
    queue.sweep(idempotency_s=-1, events_s=-1)
    assert store.events(done.plan_id, 0) == []
    assert len(store.events(pending.plan_id, 0)) == 1
    assert order(store, Change(actor="a", idempotency_key="k", fingerprint="other")).plan_id != done.plan_id


def test_events_are_numbered_from_one(database):
    store, queue = make_store(database), Queue(database)
    plan = order(store)
    for cost in (3, 2, 1):
        queue.add_event("east", plan.plan_id, {"cost_cents": cost})
    assert [(event.seq, event.event["cost_cents"]) for event in store.events(plan.plan_id, 1)] == [(2, 2), (3, 1)]


def test_pages_follow_each_other(database):
    store = make_store(database)
    ids = [store.add_problem(new_problem(), CHANGE).problem_id for _ in range(5)]
    first = store.problems(before=None, limit=3)
    second = store.problems(before=first[-1].problem_id, limit=3)
    assert [each.problem_id for each in (*first, *second)] == sorted(ids, reverse=True)


def test_service_keeps_its_secret(database):
    assert service_secret(database, "sessions") == service_secret(database, "sessions")
    assert service_secret(database, "sessions") != service_secret(database, "other")


def test_sqlite_writes_ahead_so_that_readers_do_not_wait(database):
    if database.engine.dialect.name != "sqlite":
        pytest.skip("about SQLite")
    with database.read() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
