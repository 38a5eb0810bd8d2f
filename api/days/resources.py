"""What the service answers about published days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from api.negotiation import entity_tag
from api.store.days import DayRecord, NewsRecord, Person, StepKind, StepRecord
from optimizer.problem import Elder, Visit
from optimizer.redispatch.diff import PlanDiff
from optimizer.redispatch.params import Tier
from optimizer.redispatch.slots import NoSlot, Slot
from optimizer.units import WIRE, Clock, Count, format_clock

_OF_NOBODY = frozenset(
    {"kind", "at", "from", "until", "start", "end", "delay_s", "radius_m", "urgent", "fallback_mode"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNews:
    """Somebody who must be told something since a step, and when that was done.

    ``changes`` are those of the diff: of an elder's visits, or of a worker's way.
    """

    step: int
    person: Person
    person_id: str
    changes: tuple[Mapping[str, Any], ...]
    told_at: dt.datetime | None
    told_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStep:
    """What happened to a day, and the version of its plan that holds since.

    ``against_id`` is the version before; ``max_elders_told`` and ``max_workers_told`` are the budget that was given.
    ``improvement_id`` is the plan in which a better version is looked for in the
    background; it is published, as a step of its own, if it is worth its changes.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    date: dt.date
    step: int
    kind: StepKind
    plan_id: str
    against_id: str | None
    at_s: Clock
    events: tuple[Mapping[str, Any], ...]
    tier: Tier | None
    cost_cents: int
    diff: PlanDiff
    notes: tuple[str, ...]
    max_elders_told: int | None
    max_workers_told: int | None
    reason: str
    created_at: dt.datetime
    created_by: str
    improvement_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySummary:
    """A published day: the version of its plan that holds, and up to when it is known."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    date: dt.date
    revision: int
    step: int
    plan_id: str
    problem_id: str
    at_s: Clock
    published_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResource(DaySummary):
    """A published day with its last steps and everybody who must be told something, or was."""

    steps: tuple[DayStep, ...]
    news: tuple[DayNews, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuestion:
    """Where does one more visit fit, at ``at`` (default: as late as the day is known)? The best ``n`` slots."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    visit: Visit
    elder: Elder | None = None
    at_s: Clock | None = None
    n: Count = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendedSlot(Slot):
    """A slot with the name by which it is taken: the query ``slot`` of the event ``visit-added``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """Slots for one more visit, cheapest first; where there are none, why not."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    plan_id: str
    at_s: Clock
    slots: tuple[RecommendedSlot, ...]
    no_slot: NoSlot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Elders and workers who know what changed for them up to a step (``None``: up to the last)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    elder_ids: tuple[str, ...] = ()
    worker_ids: tuple[str, ...] = ()
    up_to_step: Count | None = None

    @property
    def person_ids(self) -> Mapping[Person, Collection[str]]:
        """Ids by kind of person."""
        return {Person.ELDER: self.elder_ids, Person.WORKER: self.worker_ids}


def day_tag(revision: int, *, sees_persons: bool) -> str:
    """The tag of a revision of a day as the caller sees it."""
    return entity_tag(revision, "day" if sees_persons else "day-pseudonyms")


def day_facts(record: DayRecord) -> dict[str, Any]:
    """The fields of a :class:`DaySummary`."""
    return {
        "date": record.date,
        "revision": record.revision,
        "step": record.step,
        "plan_id": record.plan_id,
        "problem_id": record.problem_id,
        "at": format_clock(record.now_s),
        "published_at": record.published_at,
    }


def step_facts(record: StepRecord, *, sees_persons: bool, improvement_id: str | None = None) -> dict[str, Any]:
    """The fields of a :class:`DayStep`; who does not see persons sees what events are about by its id only."""
    answer = orjson.loads(record.answer)
    answer["diff"] |= {"plan_id": record.plan_id, "against_id": record.against_id or ""}
    events = record.events if sees_persons else [_of_nobody(event) for event in record.events]
    return {
        "date": record.date,
        "step": record.step,
        "kind": record.kind,
        "plan_id": record.plan_id,
        "against_id": record.against_id,
        "at": format_clock(record.now_s),
        "events": events,
        **answer,
        "reason": record.reason if sees_persons else "",
        "created_at": record.created_at,
        "created_by": record.created_by,
        "improvement_id": improvement_id,
    }


def news_facts(records: Sequence[NewsRecord]) -> list[dict[str, Any]]:
    """The fields of each :class:`DayNews`."""
    return [
        {
            "step": record.step,
            "person": record.person,
            "person_id": record.person_id,
            "changes": record.changes,
            "told_at": record.told_at,
            "told_by": record.told_by,
        }
        for record in records
    ]


def _of_nobody(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event without names, places and notes."""
    kept = {key: value for key, value in event.items() if key in _OF_NOBODY or key.endswith("_id")}
    if "visit" in event:
        kept["visit_id"] = event["visit"]["visit_id"]
    return kept
