"""Why visits of a day under way are not served, and what would serve them, asked of the rest of the day.

What is over, frozen, closed or away is no way out, and nothing that has begun is moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from optimizer.check import check_plan
from optimizer.cost import cost_of
from optimizer.explain import carry_out, explain_unassigned
from optimizer.judge import Judged, judged_plan
from optimizer.plan import Plan, Remedy, Sources, Unassigned
from optimizer.plan_supply import plan_sources
from optimizer.problem import Problem
from optimizer.redispatch.day import Day
from optimizer.redispatch.params import FREEZE_S
from optimizer.redispatch.rest import Rest, joined, on_board_first, rest_of, unassigned_as
from optimizer.remedies import CHANGES_ROUTES, apply_remedy
from optimizer.repair import drop_until_sound


def explain_day(
    day: Day,
    visit_ids: Sequence[str] | None = None,
    *,
    freeze_s: int = FREEZE_S,
    deadline_s: float | None = None,
) -> tuple[Unassigned, ...]:
    """Reasons and remedies for visits that the published plan leaves out; the arguments of the explanation of a plan.

    A visit that cannot be served any more has that as its reason; see
    :func:`optimizer.explain.explain_unassigned` for the others.
    """
    wanted = [item.visit_id for item in day.plan.unassigned] if visit_ids is None else visit_ids
    left = _left_of(day, freeze_s)
    open_ids = {item.visit_id for item in left.plan.unassigned}
    told = explain_unassigned(
        left.supplied,
        left.rest.travel,
        left.sources,
        left.plan,
        visit_ids=[visit_id for visit_id in wanted if visit_id in open_ids],
        deadline_s=deadline_s,
    )
    by_id = {item.visit_id: item for item in told}
    return tuple(unassigned_as(visit_id, by_id, left.rest.lost) for visit_id in wanted)


def carry_out_on_day(day: Day, visit_id: str, remedy: Remedy, *, freeze_s: int = FREEZE_S) -> Judged | None:
    """The day's facts after `remedy` and its whole plan with the visit in it; nothing else is moved.

    `remedy` is one of :func:`explain_day`. ``None`` where it does not fit the day any more.
    """
    left = _left_of(day, freeze_s)
    if visit_id not in {item.visit_id for item in left.plan.unassigned}:
        return None
    _, draft = carry_out(left.supplied, left.rest.travel, left.sources, left.plan, visit_id=visit_id, remedy=remedy)
    if draft is None:
        return None
    rest, whole = left.rest, day
    if remedy.kind not in CHANGES_ROUTES:
        rest = replace(rest, problem=apply_remedy(rest.problem, visit_id, remedy))
        whole = replace(day, problem=apply_remedy(day.problem, visit_id, remedy))
    plan = judged_plan(rest.problem, rest.travel, on_board_first(draft, rest.on_board))
    if check_plan(rest.problem, rest.travel, plan):
        return None
    return Judged(problem=whole.problem, plan=joined(whole, rest, plan), violations=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """The rest of a day as it is planned, priced, and what supplies it."""

    rest: Rest
    plan: Plan
    supplied: Problem
    sources: Sources


def _left_of(day: Day, freeze_s: int) -> _Left:
    rest = rest_of(day, freeze_s)
    plan = drop_until_sound(rest.problem, rest.travel, rest.start).plan
    plan = replace(plan, cost=cost_of(rest.problem, rest.travel, plan))
    supplied, sources = plan_sources(rest.problem, rest.travel, plan)
    return _Left(rest=rest, plan=plan, supplied=supplied, sources=sources)
