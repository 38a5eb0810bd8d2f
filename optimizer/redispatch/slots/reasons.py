"""Why does one more visit fit nowhere, and what is the nearest possibility? Answered by trying, like every reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from optimizer.eligibility import Eligibility
from optimizer.plan import Reason, Remedy, RemedyKind, Source
from optimizer.problem import Elder, Visit, missing_skills
from optimizer.redispatch.slots.finder import SlotFinder
from optimizer.redispatch.slots.question import Question
from optimizer.redispatch.slots.slot import Slot
from optimizer.remedies import widened
from optimizer.rules import RULES, Rule
from optimizer.units import SECONDS_PER_MINUTE, WIRE

_NUM_NEARLY = 20
"""So many shifts, those that fail by the least time, are looked at by the judge."""
_CHANGES_MIN = (15, 30, 60, 120)
"""Minutes by which windows are widened, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSlot:
    """Why a visit has no slot, and what would give it one.

    Attributes
    ----------
    reasons
        Rules in the way, with the workers they concern; the one that concerns most workers first.
    remedy, nearest
        The smallest single change of the visit or of a worker's skills that gives it a slot, and that slot; ``None``
        where none of those tried does.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    visit_id: str
    reasons: tuple[Reason, ...]
    remedy: Remedy | None = None
    nearest: Slot | None = None


def why_no_slot(finder: SlotFinder, visit: Visit, elder: Elder | None = None) -> NoSlot:
    """Reasons and the nearest possibility for a visit that :meth:`SlotFinder.best_slots` has no slot for.

    Raises
    ------
    InputError
        If the visit is served already, needs several workers, or is wrong in itself.
    """
    question = finder.question(visit, elder)
    names_by_rule: dict[Rule, list[str]] = defaultdict(list)
    for worker_id, rule in _met(finder, question):
        if worker_id not in names_by_rule[rule]:
            names_by_rule[rule].append(worker_id)
    ordered = sorted(names_by_rule.items(), key=lambda item: (-len(item[1]), item[0]))
    reasons = tuple(_reason(visit, rule, names) for rule, names in ordered)
    remedy, nearest = next(_changes(finder, visit, elder), (None, None))
    return NoSlot(visit_id=visit.visit_id, reasons=reasons, remedy=remedy, nearest=nearest)


def _met(finder: SlotFinder, question: Question) -> Iterator[tuple[str, Rule]]:
    """Workers and the rules that keep the visit from them: wherever it is put, or where it comes closest."""
    problem = finder.problem_with(question.visit, question.elder)
    is_supplied = not question.visit.demand or bool(question.loads)
    sources = {question.visit.visit_id: Source(station_id="", ready_s=0)} if is_supplied else {}
    eligibility = Eligibility(
        problem, sources, lambda name: {stop.worker.worker_id for stop in finder.facts.stops_of(name)}
    )
    no_supply = Rule.STOCK if question.station_ids else Rule.SUPPLIER
    for case in finder.cases:
        faults = eligibility.faults(question.visit, case.worker)
        yield from ((case.key[0], no_supply if rule is Rule.STOCK else rule) for rule in sorted(faults))
    nearly = finder.nearly(question)
    for position in nearly[:_NUM_NEARLY]:
        trial = finder.trial(question, position)
        yield from ((trial.slot.worker_id, rule) for rule in sorted({found.rule for found in trial.violations}))
    if not nearly and question.loads:
        able = zip(finder.cases, question.asked.may_serve.tolist(), strict=True)
        yield from ((case.key[0], Rule.TRIPS) for case, may_serve in able if may_serve)


def _changes(finder: SlotFinder, visit: Visit, elder: Elder | None) -> Iterator[tuple[Remedy, Slot]]:
    """Single changes that give the visit a slot, with that slot, the smallest change first."""
    for minutes in _CHANGES_MIN if visit.pinned_start_s is None else ():
        change_s = minutes * SECONDS_PER_MINUTE
        wider = replace(visit, windows=widened(finder.facts.problem, visit, change_s))
        for slot in finder.best_slots(wider, elder, 1):
            message = f"Widen the window of visit {visit.visit_id!r} by {minutes} min at both ends."
            yield _remedy(RemedyKind.WIDEN_WINDOW, message, slot, change_s=change_s), slot
    if visit.skills:
        for slot in finder.best_slots(replace(visit, skills={}), elder, 1):
            worker = finder.facts.problem.worker_by_id[slot.worker_id]
            missing = missing_skills(worker, visit.skills)
            text = " and ".join(f"skill {skill!r} at level {level}" for skill, level in missing.items())
            skill, level = next(iter(missing.items()))
            message = f"Teach worker {slot.worker_id!r} {text}."
            yield _remedy(RemedyKind.ADD_SKILL, message, slot, skill=skill, level=level), slot


def _remedy(kind: RemedyKind, message: str, slot: Slot, **changes: Any) -> Remedy:
    return Remedy(
        kind=kind,
        message=message,
        price_cents=slot.extra_cents,
        worker_id=slot.worker_id,
        shift_id=slot.shift_id,
        **changes,
    )


def _reason(visit: Visit, rule: Rule, worker_ids: Sequence[str]) -> Reason:
    who = f"worker {worker_ids[0]!r}" if len(worker_ids) == 1 else f"{len(worker_ids)} workers"
    law, hint = RULES[rule].sentence, RULES[rule].hint
    message = f"Rule {str(rule)!r} keeps visit {visit.visit_id!r} from {who}: {law[0].lower()}{law[1:]} {hint}"
    return Reason(rule=rule, worker_ids=tuple(worker_ids), message=message)
