"""All plans: every version of the district's plans, newest first, with its figures and where it comes from."""

from __future__ import annotations

from typing import Any

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.console.access import Visitor
from api.console.days import Sights
from api.console.dispatching import in_force
from api.console.frame import frame
from api.console.targets import yuan
from api.console.texts import Texts
from api.console.widgets.grid import PickGrid
from api.store.records import PlanRecord

NUM_LISTED = 200
_REFRESH_S = 2.0
_WIDTHS = {
    "day": 100,
    "made": 120,
    "origin": 90,
    "state": 150,
    "unserved": 90,
    "cost": 110,
    "reason": 260,
    "by": 150,
    "parent": 150,
}
_LESS = ("parent", "by", "reason", "origin", "cost")


async def build(visitor: Visitor, sights: Sights) -> None:
    """The list, kept current while it is open."""
    with frame(visitor, "plans", "/console/plans"), ui.column().classes("yz-page yz-wide"):
        ui.label(visitor.texts["nav.plans"]).classes("yz-heading")
        rows = await run_in_threadpool(_rows, visitor)
        if not rows:
            ui.label(visitor.texts["no_plans"]).classes("yz-soft")
        columns = {field: (visitor.texts[f"plans.{field}"], width) for field, width in _WIDTHS.items()}
        grid = PickGrid(visitor.look, columns, rows, less=_LESS)
        grid.on_pick(lambda plan_id: ui.navigate.to(f"/plans/{plan_id}"))

        async def refresh() -> None:
            nonlocal rows
            fresh = await run_in_threadpool(_rows, visitor)
            if fresh != rows:
                rows = fresh
                grid.replace(rows)

        ui.timer(_REFRESH_S, refresh)


def _rows(visitor: Visitor) -> list[dict[str, Any]]:
    accepted = set(in_force(visitor).values())
    plans = visitor.store.plans(before=None, limit=NUM_LISTED)
    return [_row(visitor.texts, plan, is_accepted=plan.plan_id in accepted) for plan in plans]


def _row(texts: Texts, plan: PlanRecord, *, is_accepted: bool) -> dict[str, Any]:
    state = texts.of("plan_state", plan.state) if plan.status is None else texts.of("status", plan.status)
    return {
        "id": plan.plan_id,
        "day": f"{plan.horizon.first_date}",
        "made": f"{plan.created_at.astimezone():%m-%d %H:%M:%S}",
        "origin": texts.of("origin", plan.origin),
        "state": f"★ {texts['accepted']}" if is_accepted else state,
        "unserved": "" if plan.num_unassigned is None else plan.num_unassigned,
        "cost": "" if plan.cost_cents is None else yuan(plan.cost_cents),
        "reason": plan.reason,
        "by": plan.created_by,
        "parent": (plan.parent_id or "")[-8:],
    }
