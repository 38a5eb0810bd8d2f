"""What has happened, in one line: ``"Worker ill · Zhao Jing · from 09:30"``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.console.access import Visitor
from api.console.day import Day
from api.console.texts import Texts
from api.days.resources import step_facts
from api.store.days import StepRecord
from optimizer.formats.stop_facts import name_of_service, name_of_station, name_of_worker


def event_text(texts: Texts, day: Day, event: Mapping[str, Any]) -> str:
    """An event as the store has it, with the names that `day` knows and the ids of the rest."""
    parts = [texts.of("event", event["kind"]), *_names(day, event), *_amounts(texts, event)]
    parts.append(str(event.get("note", "")))
    return " · ".join(part for part in parts if part)


def step_lines(visitor: Visitor, day: Day, step: StepRecord) -> Iterator[str]:
    """What happened in a step of a day, why, and how many must be told."""
    texts, facts = visitor.texts, step_facts(step, sees_persons=visitor.sees_persons)
    for event in facts["events"]:
        yield event_text(texts, day, event)
    if not facts["events"]:
        yield texts.of("step", step.kind)
    if facts["reason"] and not any(facts["reason"] == event.get("note") for event in facts["events"]):
        yield facts["reason"]
    if step.against_id is not None:
        diff = facts["diff"]
        yield texts.text("last.told", elders=len(diff["elder_ids"]), workers=len(diff["worker_ids"]))


def _names(day: Day, event: Mapping[str, Any]) -> Iterator[str]:
    problem = day.problem
    if (worker_id := event.get("worker_id")) is not None:
        yield name_of_worker(problem.worker_by_id[worker_id])
    if (elder_id := event.get("elder_id")) is not None:
        elder = problem.elder_by_id.get(elder_id)
        yield elder_id if elder is None else elder.name or elder_id
    if (station_id := event.get("station_id")) is not None:
        yield name_of_station(problem, station_id)
    visit_id = event.get("visit_id") or event.get("visit", {}).get("visit_id")
    if visit_id is not None:
        row = day.row_by_visit_id.get(visit_id)
        yield visit_id if row is None else f"{row.who} {name_of_service(problem, row.visit)}"


def _amounts(texts: Texts, event: Mapping[str, Any]) -> Iterator[str]:
    if "delay_s" in event:
        yield texts.text("unit.minutes", value=event["delay_s"] // 60)
    if "radius_m" in event:
        yield f"{event['radius_m']} m"
    first, last = event.get("from"), event.get("until")
    if first is not None:
        yield texts.text("event.since", time=first) if last is None else f"{first}–{last}"
    if "fallback_mode" in event:
        yield texts.of("mode", str(event["fallback_mode"]))
