"""Answers about a district's network, worked out in a process of their own: whatever is wrong comes back as data."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from api.jobs.task import Answered, NetworkTask
from api.network_resources import (
    BasketsAnswer,
    BasketsQuestion,
    CoverageAnswer,
    CoverageQuestion,
    RollOutAnswer,
    RollOutQuestion,
    StationReach,
    TerritoriesAnswer,
    TerritoriesQuestion,
)
from api.worlds import World, make_world
from optimizer.errors import InputError, Issue
from optimizer.network.baskets import BasketRules, choose_baskets
from optimizer.network.catchment import catchment_of
from optimizer.network.circle import SERVING_KINDS, circle_of
from optimizer.network.month import month_rules
from optimizer.network.rollout import roll_out_plan
from optimizer.network.sites import RollOut, candidate_sites
from optimizer.network.territories import TerritoryParams, make_territories
from optimizer.travel.straight import walking_mode


def answer_network(task: NetworkTask) -> Answered:
    """The answer as JSON, or every fault of the question."""
    world = make_world(task.problem, task.travel, task.streets_path)
    try:
        return Answered(answer=_answered(task, world))
    except InputError as error:
        return Answered(issues=tuple(error.issues))


def _answered(task: NetworkTask, world: World) -> bytes:
    match task.question:
        case CoverageQuestion() as question:
            return _json(_coverage(world, question, task.max_ways))
        case TerritoriesQuestion() as question:
            return _json(_territories(world, question, task.max_ways))
        case RollOutQuestion() as question:
            return _json(_roll_out(world, question, task.max_ways))
        case BasketsQuestion() as question:
            return _json(_baskets(world, question, task.max_ways))


def _coverage(world: World, question: CoverageQuestion, max_ways: int) -> CoverageAnswer:
    problem = world.problem
    _require_small(len(problem.elders), len(problem.stations), max_ways)
    circle = circle_of(
        problem,
        world.streets,
        limit_s=60 * question.minutes,
        kinds=question.kinds or SERVING_KINDS,
        capacity=question.capacity,
        num_sittings=question.num_sittings,
    )
    found = circle.coverage
    within = found.catchment.within.sum(axis=0).tolist()
    return CoverageAnswer(
        total=found.total,
        by_group=found.by_group,
        by_community=found.by_community,
        stations=tuple(
            StationReach(station_id=station.station_id, capacity=room, num_within=num_within, num_placed=load)
            for station, room, num_within, load in zip(
                circle.stations, circle.rooms, within, found.load.tolist(), strict=True
            )
        ),
        num_communities_covered=found.num_communities_covered,
        access_gini=found.access_gini,
        walk_mean_s=found.walk_mean_s,
    )


def _territories(world: World, question: TerritoriesQuestion, max_ways: int) -> TerritoriesAnswer:
    _require_small(len(world.problem.elders), len(world.problem.stations), max_ways)
    found = make_territories(world.problem, TerritoryParams(**asdict(question)), streets=world.streets)
    return TerritoriesAnswer(
        elders=found.elders,
        stations=found.stations,
        num_left_out=found.num_left_out,
        num_moved=found.num_moved,
        cost=found.cost,
        bound=found.bound,
    )


def _roll_out(world: World, question: RollOutQuestion, max_ways: int) -> RollOutAnswer:
    elders = world.problem.elders
    sites = question.sites
    if not sites:
        sites = candidate_sites(
            world.problem,
            per_community=question.per_community,
            capacity=question.capacity,
            are_stations_open=not question.from_nothing,
        )
    _require_small(len(elders) * len(question.budget_cents), len(sites), max_ways)
    roll_out = RollOut(
        sites=sites,
        budget_cents=question.budget_cents,
        communities=question.communities,
        targets=question.targets,
        goal=question.goal,
        carries_over=question.carries_over,
        pilot_years=question.pilot_years,
        max_openings=question.max_openings,
        covered_share=question.covered_share,
    )
    places, walking = [site.place for site in sites], walking_mode(world.problem.modes)
    catchment = catchment_of(elders, places, walking, streets=world.streets, limit_s=60 * question.minutes)
    plan = roll_out_plan(roll_out, catchment, time_limit_s=question.time_limit_s)
    return RollOutAnswer(
        openings=plan.openings,
        years=plan.years,
        sites=sites,
        num_short=plan.num_short,
        num_short_bound=plan.num_short_bound,
        value=plan.value,
        bound=plan.bound,
        gap_share=plan.gap_share,
        total_cents=plan.total_cents,
        proof=str(plan.proof),
    )


def _baskets(world: World, question: BasketsQuestion, max_ways: int) -> BasketsAnswer:
    problem = world.problem
    offers = question.offers
    rules = BasketRules(offers=offers) if offers else month_rules(problem, num_days=question.num_days)
    _require_small(len(problem.elders), len(rules.offers), max_ways)
    rules = replace(
        rules,
        entitlements=question.entitlements,
        budget_cents=question.budget_cents,
        minutes_by_skill={**rules.minutes_by_skill, **question.minutes_by_skill},
    )
    chosen = choose_baskets(problem.elders, rules, time_limit_s=question.time_limit_s)
    return BasketsAnswer(
        times_by_elder_id=chosen.times_by_elder_id,
        worth=chosen.worth,
        worth_bound=chosen.worth_bound,
        num_missed=chosen.num_missed,
        num_missed_bound=chosen.num_missed_bound,
        spent_cents=chosen.spent_cents,
        minutes_by_skill=chosen.minutes_by_skill,
        proof=str(chosen.proof),
    )


def _require_small(num_elders: int, num_others: int, max_ways: int) -> None:
    if num_elders * num_others > max_ways:
        message = f"{num_elders:,} elders (times years) and {num_others:,} places are more than is worked out here."
        hint = f"At most {max_ways:,} pairs are; use the command line."
        raise InputError([Issue(code="too-large", path="problem", message=message, hint=hint)])


def _json(answer: Any) -> bytes:
    return TypeAdapter(type(answer)).dump_json(answer)
