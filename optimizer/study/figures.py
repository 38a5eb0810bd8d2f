"""What is read off one plan of a study: key figures, cost by one price list, and what each elder had of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from optimizer.cost import cost_of, lateness_s, quantities_of
from optimizer.kpis import Kpis, kpis_of
from optimizer.params import CostWeights
from optimizer.plan import Cost, Plan
from optimizer.problem import Problem, Promise, Visit
from optimizer.reading import ReadStop, read_plan, start_of
from optimizer.rules import CostTerm
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

PROMISE_TERMS = frozenset(
    {
        CostTerm.UNSERVED,
        CostTerm.LATENESS,
        CostTerm.HIGHEST_LATENESS,
        CostTerm.EARLINESS,
        CostTerm.FOOD_AGE,
        CostTerm.NOT_PREFERRED,
        CostTerm.NEW_WORKER,
        CostTerm.IMBALANCE,
        CostTerm.MISSED_BREAK,
        CostTerm.PROMISE_MOVED,
        CostTerm.PROMISE_WORKER,
    }
)
"""Terms that stand for promises; the running cost is what a plan costs beside them: pay, ways, portions."""

Better = Literal["more", "less", "neither"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureInfo:
    """A figure in words: name in English and Chinese, unit, how it is scaled to that unit, and what is better."""

    name: tuple[str, str]
    unit: str
    per_unit: float = 1.0
    digits: int = 0
    better: Better = "neither"


def _share(en: str, zh: str, better: Better = "more") -> FigureInfo:
    return FigureInfo(name=(en, zh), unit="%", per_unit=0.01, digits=1, better=better)


def _yuan(en: str, zh: str, better: Better = "less", digits: int = 0) -> FigureInfo:
    return FigureInfo(name=(en, zh), unit="yuan", per_unit=100, digits=digits, better=better)


def _minutes(en: str, zh: str, better: Better = "less") -> FigureInfo:
    return FigureInfo(name=(en, zh), unit="min", per_unit=SECONDS_PER_MINUTE, digits=1, better=better)


def _hours(en: str, zh: str, better: Better = "less") -> FigureInfo:
    return FigureInfo(name=(en, zh), unit="h", per_unit=SECONDS_PER_HOUR, digits=1, better=better)


def _count(en: str, zh: str, better: Better = "neither") -> FigureInfo:
    return FigureInfo(name=(en, zh), unit="", better=better)


FIGURES: Mapping[str, FigureInfo] = {
    "running_cents": _yuan("running cost", "运行成本"),
    "cost_cents": _yuan("cost at the base's prices", "按基准价格的总成本"),
    "cents_per_visit": _yuan("pay per visit", "每次服务人工成本", digits=2),
    "cents_per_portion": _yuan("cost per portion", "每份餐成本", digits=2),
    "num_unserved": _count("visits not served", "未服务次数", "less"),
    "served_share": _share("served", "服务率"),
    "good_share": _share("served and on time", "按时服务率"),
    "unmet_priority_share": _share("unmet priority demand", "未满足的优先需求", "less"),
    "group_gap_share": _share("largest gap between groups", "群体间最大差距", "less"),
    "on_time_share": _share("on time", "准时率"),
    "on_time_10_min_share": _share("on time within 10 min", "10分钟内准时率"),
    "lateness_p95_s": _minutes("lateness, 95th percentile", "迟到时间P95"),
    "food_age_mean_s": _minutes("food age, mean", "餐食在途均值"),
    "food_age_p95_s": _minutes("food age, 95th percentile", "餐食在途P95"),
    "food_over_60_min_share": _share("food older than 60 min", "在途超60分钟", "less"),
    "known_worker_share": _share("known worker", "熟悉的服务人员"),
    "preferred_worker_share": _share("preferred worker", "指定的服务人员"),
    "promises_kept_share": _share("announcements kept", "兑现的告知"),
    "load_deviation_s": _hours("off the fair load, per worker", "偏离公平负荷（人均）"),
    "workload_gini": FigureInfo(name=("Gini of paid time", "工时基尼系数"), unit="", digits=3, better="less"),
    "paid_duration_s": _hours("paid time", "计薪工时"),
    "overtime_s": _hours("overtime", "加班"),
    "wait_duration_s": _hours("waiting", "等待"),
    "travel_share": _share("travel share of paid time", "路途占工时", "less"),
    "travel_distance_m": FigureInfo(name=("distance", "行程"), unit="km", per_unit=1000, digits=0, better="less"),
    "num_visits": _count("visits asked for", "需求次数"),
    "num_portions": _count("portions", "餐份数"),
    "num_elders": _count("elders", "老人数"),
    "num_stations": _count("stations", "站点数"),
    "num_workers": _count("workers there", "在岗人数"),
    "num_workers_used": _count("workers used", "出勤人数", "less"),
    "num_routes": _count("routes", "路线数"),
    "num_trips": _count("trips", "趟次"),
}
"""Every figure of a run that studies compare, in the order of tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderOutcome:
    """What one elder had of a plan: visits asked for and not served, lateness summed, oldest food (``None``: none)."""

    elder_id: str
    community: str
    lon: float
    lat: float
    num_visits: int
    num_unserved: int
    lateness_s: int
    food_age_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is kept of one plan."""

    figures: Mapping[str, float | None]
    cents_by_term: Mapping[str, int]
    by_group: Mapping[str, tuple[int, int]]
    elders: tuple[ElderOutcome, ...]


def outcome_of(
    problem: Problem,
    travel: TravelMatrix,
    plan: Plan,
    weights: CostWeights,
    promises: Mapping[str, Promise] | None = None,
) -> Outcome:
    """Figures of `plan`, priced by `weights`: plans made under other prices are compared by one price list.

    ``promises`` are what was announced by visit, workers who have left included; by default what `problem` promises.
    """
    priced = replace(problem, weights=weights)
    cost, kpis = cost_of(priced, travel, plan), kpis_of(problem, travel, plan)
    return Outcome(
        figures={
            **_figures(problem, travel, plan, cost, kpis),
            "promises_kept_share": promises_kept_share(problem, plan, promises),
        },
        cents_by_term={str(term): cents for term, cents in cost.cents_by_term.items()},
        by_group={name: (tally.num_visits, tally.num_unserved) for name, tally in kpis.by_group.items()},
        elders=_elder_outcomes(problem, travel, plan),
    )


def _figures(problem: Problem, travel: TravelMatrix, plan: Plan, cost: Cost, kpis: Kpis) -> dict[str, float | None]:
    num_visits = kpis.num_visits
    on_time = kpis.on_time_share
    deviation_s = quantities_of(problem, travel, plan)[CostTerm.IMBALANCE]
    extra = {
        "cost_cents": cost.total_cents,
        "running_cents": sum(cents for term, cents in cost.cents_by_term.items() if term not in PROMISE_TERMS),
        "served_share": kpis.num_served / num_visits if num_visits else None,
        "good_share": None if on_time is None else kpis.num_served * on_time / num_visits,
        "load_deviation_s": deviation_s / len(problem.workers) if problem.workers else None,
        "num_elders": len(problem.elders),
        "num_stations": len(problem.stations),
        "num_workers": len(problem.workers),
    }
    return {name: extra[name] if name in extra else getattr(kpis, name, None) for name in FIGURES}


def promises_kept_share(problem: Problem, plan: Plan, promises: Mapping[str, Promise] | None = None) -> float | None:
    """Share of promised visits that are served by every worker promised, within the tolerance of the time promised."""
    own = {visit.visit_id: visit.promise for visit in problem.visits if visit.promise is not None}
    promised = (
        own if promises is None else {name: each for name, each in promises.items() if name in problem.visit_by_id}
    )
    if not promised:
        return None
    workers: dict[str, set[str]] = {}
    starts: dict[str, int] = {}
    for route in plan.routes:
        for stop in route.visit_stops:
            if stop.visit_id in promised:
                workers.setdefault(stop.visit_id, set()).add(route.worker_id)
                starts[stop.visit_id] = stop.start_s
    kept = 0
    for visit_id, promise in promised.items():
        start_s = starts.get(visit_id)
        if start_s is not None and workers[visit_id] >= set(promise.worker_ids):
            kept += promise.start_s is None or abs(start_s - promise.start_s) <= promise.tolerance_s
    return kept / len(promised)


def _elder_outcomes(problem: Problem, travel: TravelMatrix, plan: Plan) -> tuple[ElderOutcome, ...]:
    stops = read_plan(problem, travel, plan).stops_by_visit_id
    visits: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        if visit.elder_id is not None:
            visits.setdefault(visit.elder_id, []).append(visit)
    return tuple(
        _elder_outcome(problem, elder_id, of_elder, {v.visit_id: stops.get(v.visit_id, ()) for v in of_elder})
        for elder_id, of_elder in visits.items()
    )


def _elder_outcome(
    problem: Problem, elder_id: str, visits: list[Visit], stops: Mapping[str, tuple[ReadStop, ...]]
) -> ElderOutcome:
    elder = problem.elder_by_id[elder_id]
    served = [(visit, stops[visit.visit_id]) for visit in visits if stops[visit.visit_id]]
    ages_s = [stop.food_age_s for _, of_visit in served for stop in of_visit if stop.food_age_s is not None]
    return ElderOutcome(
        elder_id=elder_id,
        community=elder.community,
        lon=elder.place.lon,
        lat=elder.place.lat,
        num_visits=len(visits),
        num_unserved=len(visits) - len(served),
        lateness_s=sum(lateness_s(visit, start_of(of_visit)) for visit, of_visit in served),
        food_age_s=max(ages_s, default=None),
    )
