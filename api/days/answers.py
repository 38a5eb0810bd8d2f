"""What a step of a day is answered with, and whom it gives news."""

from __future__ import annotations

import orjson
from pydantic import TypeAdapter

from api.days.steps import Next
from api.store.days import NewsRecord, Person
from optimizer.redispatch.diff import PlanDiff, VisitChange, WorkerChange

_DIFF = TypeAdapter(PlanDiff)
_VISITS = TypeAdapter(list[VisitChange])
_WORKERS = TypeAdapter(list[WorkerChange])


def answer_of(following: Next) -> bytes:
    """What is kept of the answer to a step, as JSON."""
    diff = orjson.loads(_DIFF.dump_json(following.diff))
    cost_cents = following.day.plan.cost.total_cents
    return orjson.dumps({"tier": following.tier, "cost_cents": cost_cents, "diff": diff, "notes": following.notes})


def news_of(diff: PlanDiff) -> list[NewsRecord]:
    """Who must be told something by a plan, and what (the step's number is given when it is kept)."""
    news = []
    for elder_id in diff.elder_ids:
        changes = [change for change in diff.visits if change.elder_id == elder_id and change.is_news]
        facts = _VISITS.dump_python(changes, mode="json")
        news.append(NewsRecord(step=0, person=Person.ELDER, person_id=elder_id, changes=facts))
    for change in diff.workers:
        facts = _WORKERS.dump_python([change], mode="json")
        news.append(NewsRecord(step=0, person=Person.WORKER, person_id=change.worker_id, changes=facts))
    return news
