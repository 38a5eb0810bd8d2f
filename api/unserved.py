"""Why visits of a kept plan are not served, and what would serve them: of a day under way, in what is left of it."""

from __future__ import annotations

import time

from api.days.dispatch import held_of
from api.intake import world_of
from api.plan_views import stored_plan
from api.service import Service
from api.store.days import DayStore
from api.store.district import DistrictStore
from api.store.records import PlanRecord
from optimizer.judge import Judged, judge
from optimizer.plan import Remedy, SolveStatus, Unassigned
from optimizer.redispatch.day import Day
from optimizer.remedies import CHANGES_ROUTES, apply_remedy


def unassigned_of(service: Service, store: DistrictStore, record: PlanRecord) -> tuple[Unassigned, ...]:
    """Reasons and remedies of unserved visits; those the solve had no time for are looked into now.

    Where the day goes by the plan and something has happened, all of them are: what was in the way at night need not
    be what is in the way now.
    """
    plan = stored_plan(store, record)
    deadline_s = time.monotonic() + service.settings.explain_s
    day = _day_under_way(service, store, record)
    if day is not None:
        from optimizer.redispatch.unserved import explain_day  # brings in the assignment models

        return explain_day(day, deadline_s=deadline_s)
    open_ids = [item.visit_id for item in plan.unassigned if not item.num_insertions_tried]
    if not open_ids or plan.status is SolveStatus.INVALID:
        return plan.unassigned
    from optimizer.explain import explain_unassigned
    from optimizer.plan_supply import plan_sources

    world = world_of(service, store, record.problem_id)
    supplied, sources = plan_sources(world.problem, world.travel, plan)
    told = explain_unassigned(supplied, world.travel, sources, plan, visit_ids=open_ids, deadline_s=deadline_s)
    by_id = {item.visit_id: item for item in told}
    return tuple(by_id.get(item.visit_id, item) for item in plan.unassigned)


def carried_out(
    service: Service, store: DistrictStore, record: PlanRecord, visit_id: str, remedy: Remedy
) -> Judged | None:
    """The plan with a remedy of :func:`unassigned_of` carried out; ``None`` where it does not fit any more."""
    day = _day_under_way(service, store, record)
    if day is not None:
        from optimizer.redispatch.unserved import carry_out_on_day

        return carry_out_on_day(day, visit_id, remedy)
    from optimizer.explain import carry_out
    from optimizer.plan_supply import plan_sources

    world = world_of(service, store, record.problem_id)
    plan = stored_plan(store, record)
    supplied, sources = plan_sources(world.problem, world.travel, plan)
    _, draft = carry_out(supplied, world.travel, sources, plan, visit_id=visit_id, remedy=remedy)
    if draft is None:
        return None
    is_same = remedy.kind in CHANGES_ROUTES
    return judge(world.problem if is_same else apply_remedy(world.problem, visit_id, remedy), world.travel, draft)


def _day_under_way(service: Service, store: DistrictStore, record: PlanRecord) -> Day | None:
    """The day that goes by a plan, once something has happened in it."""
    days, date = DayStore(service.database, store.district_id), record.horizon.first_date
    current = days.find_day(date)
    if current is None or current.plan_id != record.plan_id:
        return None
    desk = service.desks.get((store.district_id, date.isoformat()))
    with desk.lock:
        day = held_of(service, days, desk, current).day
    return day if day.now_s > 0 else None
