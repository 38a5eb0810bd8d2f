"""Today: a plan on the map, on the time line and in the list, which are one selection."""

from __future__ import annotations

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from api.console.access import HOME, Visitor
from api.console.board import Board
from api.console.days import Sight, Sights
from api.console.dispatching import Standing, in_force, standing_of
from api.console.frame import frame, say_fault
from api.console.pages.making import show_making
from api.errors import Refusal
from api.store.records import PlanRecord


async def latest(visitor: Visitor, sights: Sights) -> Response:
    """What was published last, or else the newest finished plan, or the list, or the way to a first plan."""
    if days := in_force(visitor):
        return RedirectResponse(f"{HOME}/plans/{days[max(days)]}", 307)
    plans = visitor.store.plans(before=None, limit=50)
    done = next((plan for plan in plans if plan.status is not None), None)
    path = f"/plans/{done.plan_id}" if done is not None else "/plans" if plans else "/new"
    return RedirectResponse(f"{HOME}{path}", 307)


async def build(
    visitor: Visitor, sights: Sights, plan_id: str, *, day: int = 0, visit: str = "", tab: str = ""
) -> None:
    """The plan, or how far it has come."""
    record = plan_or_none(visitor, plan_id)
    with frame(visitor, "today", f"{HOME}/plans/{plan_id}", record) as around:
        if record is None:
            ui.label(visitor.texts["not_found"]).classes("yz-empty")
        elif record.status is None:
            await show_making(visitor, record)
        else:
            loaded = await _load(visitor, sights, record)
            if loaded is not None:
                Board(around, sights, *loaded, number=day, visit_id=visit, tab=tab).build()


async def _load(visitor: Visitor, sights: Sights, record: PlanRecord) -> tuple[Sight, Standing] | None:
    """The plan ready to look at, and its day; None where the visitor has been told why it cannot be shown."""

    def load() -> tuple[Sight, Standing]:
        sight = sights.ready(visitor, record.plan_id)
        sight.measure()
        return sight, standing_of(visitor, record)

    try:
        return await run_in_threadpool(load)
    except Exception as error:  # whatever it is, the visitor is told
        say_fault(visitor.texts, error)
        return None


def plan_or_none(visitor: Visitor, plan_id: str) -> PlanRecord | None:
    """A plan of the visitor's district, if there is one of this id."""
    try:
        return visitor.store.plan(plan_id)
    except Refusal:
        return None
