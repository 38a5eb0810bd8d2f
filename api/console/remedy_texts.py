"""Reasons and remedies in the visitor's language, made from what they name."""

from __future__ import annotations

from api.console.day import Day
from api.console.texts import Texts
from optimizer.formats.stop_facts import name_of_service, name_of_station, name_of_visit, name_of_worker, portion_texts
from optimizer.formats.words import Words
from optimizer.plan import Reason, Remedy, RemedyKind
from optimizer.problem import Problem


def reason_text(texts: Texts, reason: Reason) -> str:
    """Which rule is in the way, and with how many workers."""
    return f"{texts.of('rule', reason.rule)} · {texts.text('reason.workers', count=len(reason.worker_ids))}"


def remedy_text(texts: Texts, day: Day, visit_id: str, remedy: Remedy) -> str:
    """What is to be changed for a visit of the day: ``"Extend Li Min's shift by 20 min"``."""
    other = "" if remedy.dropped_visit_id is None else _name(day, remedy.dropped_visit_id)
    return remedy_words(texts, day.problem, _name(day, visit_id), remedy, other)


def remedy_words(texts: Texts, problem: Problem, who: str, remedy: Remedy, other: str = "") -> str:
    """The same for somebody called `who`; `other` is whoever is given up."""
    worker = "" if remedy.worker_id is None else name_of_worker(problem.worker_by_id[remedy.worker_id])
    station = "" if remedy.station_id is None else name_of_station(problem, remedy.station_id)
    is_food = remedy.kind is RemedyKind.MORE_PORTIONS
    amount = (
        portion_texts(problem, remedy.amount, Words(texts.language))
        if is_food
        else list(map(str, remedy.amount.values()))
    )
    return texts.text(
        f"remedy_text.{remedy.kind}",
        who=who,
        worker=worker,
        station=station,
        other=other,
        minutes=(remedy.change_s or 0) // 60,
        skill=texts.of("skill", remedy.skill or ""),
        level=remedy.level,
        amount="、".join(amount),
    )


def _name(day: Day, visit_id: str) -> str:
    visit = day.problem.visit_by_id[visit_id]
    return f"{name_of_visit(day.problem, visit)} {name_of_service(day.problem, visit)}"
