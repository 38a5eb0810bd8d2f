"""Whether a published day has gone on: asked in memory all the time, and of the store now and then."""

from __future__ import annotations

import time

from fastapi.concurrency import run_in_threadpool

from api.console.access import Visitor
from api.console.dispatching import published_day
from api.desks import Desk
from api.store.days import DayRecord
from api.store.records import PlanRecord

_ASK_S = 1.0
"""Other processes change days, too; they are seen within this time."""


class Follower:
    """One visitor following the day of a plan."""

    def __init__(self, visitor: Visitor, plan: PlanRecord) -> None:
        self.visitor, self.plan = visitor, plan
        self._desk = self._own_desk()
        self._ask_at_s = 0.0

    async def gone_on(self, step: int) -> DayRecord | None:
        """The day, if it has gone on after `step` (0: from where nothing was published)."""
        held = self._desk.watch()
        if held is not None and held.record.step > step:
            return held.record
        if time.monotonic() < self._ask_at_s:
            return None
        self._ask_at_s = time.monotonic() + _ASK_S
        self._desk = self._own_desk()
        current = await run_in_threadpool(published_day, self.visitor, self.plan)
        return current if current is not None and current.step > step else None

    def _own_desk(self) -> Desk:
        name = self.visitor.caller.district_id, self.plan.horizon.first_date.isoformat()
        return self.visitor.service.desks.get(name)
