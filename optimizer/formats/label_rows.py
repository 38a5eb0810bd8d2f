"""The box labels: one per served visit with portions, in the order in which the trips are loaded."""

from __future__ import annotations

from typing import Any

from optimizer.formats.stop_facts import (
    NORMAL_DIET,
    clock_on,
    date_of,
    day_of,
    fed_stops,
    hand_over_by_s,
    name_of_station,
    name_of_visit,
    name_of_worker,
    portion_texts,
    routes_in_order,
)
from optimizer.formats.words import Words
from optimizer.plan import Plan, Stop
from optimizer.problem import Elder, Problem


def label_rows(problem: Problem, plan: Plan, words: Words) -> list[dict[str, Any]]:
    """The labels of all routes; a visit that several workers give has one label, in the route named first."""
    labels: dict[str, dict[str, Any]] = {}
    for route in routes_in_order(problem, plan):
        day = day_of(problem, route)
        worker = name_of_worker(problem.worker_by_id[route.worker_id])
        head = {"worker": worker, "date": date_of(problem, day).isoformat()}
        for trip, fed in fed_stops(problem, route):
            for number, stop in fed:
                by_s = hand_over_by_s(problem.visit_by_id[stop.visit_id or ""], stop, trip.load_stop)
                box = _box(problem, stop, trip.load_stop, words)
                labels.setdefault(stop.visit_id or "", {**head, **box, "number": number, "by": clock_on(day, by_s)})
    return list(labels.values())


def _box(problem: Problem, stop: Stop, load_stop: Stop | None, words: Words) -> dict[str, Any]:
    visit = problem.visit_by_id[stop.visit_id or ""]
    diets = dict.fromkeys(problem.meal_type_by_id[meal_type].diet for meal_type in visit.demand)
    return {
        "who": name_of_visit(problem, visit),
        "place": _door(problem.elder_of(visit), words),
        "diets": [{"text": words.of("diet", diet), "special": diet != NORMAL_DIET} for diet in diets],
        "portions": portion_texts(problem, visit.demand, words),
        "station": "" if load_stop is None else name_of_station(problem, load_stop.station_id or ""),
    }


def _door(elder: Elder | None, words: Words) -> str:
    if elder is None:
        return ""
    return " · ".join(filter(None, (elder.address, words.text("floor", floor=elder.floor))))
