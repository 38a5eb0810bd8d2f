"""What a step of a day is answered with, and whom it gives news."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson
from pydantic import TypeAdapter

from api.store.days import NewsRecord, Person
from optimizer.plan import Plan
from optimizer.redispatch.diff import PlanDiff, VisitChange, WorkerChange
from optimizer.redispatch.params import Tier

_DIFF = TypeAdapter(PlanDiff)
_VISITS = TypeAdapter(list[VisitChange])
_WORKERS = TypeAdapter(list[WorkerChange])


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many others may be told something new; ``None``: as many as it takes."""

    max_elders_told: int | None = None
    max_workers_told: int | None = None


def answer_of(plan: Plan, diff: PlanDiff, tier: Tier | None, notes: tuple[str, ...], budget: Budget) -> bytes:
    """What is kept of the answer to a step that led to `plan`, as JSON."""
    facts = {
        "tier": tier,
        "cost_cents": plan.cost.total_cents,
        "diff": orjson.Fragment(_DIFF.dump_json(diff)),
        "notes": notes,
        **asdict(budget),
    }
    return orjson.dumps(facts)


def budget_of(answer: bytes) -> Budget:
    """The budget of a step that was kept."""
    facts = orjson.loads(answer)
    return Budget(max_elders_told=facts["max_elders_told"], max_workers_told=facts["max_workers_told"])


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
