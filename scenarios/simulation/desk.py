"""The dispatcher's desk: what is known of the day, and the plans made of it."""

from __future__ import annotations

import time
from dataclasses import replace

from optimizer.errors import InputError
from optimizer.redispatch.day import Day, after, publish
from optimizer.redispatch.diff import diff_plans
from optimizer.redispatch.events import Event
from optimizer.redispatch.params import Tier
from optimizer.redispatch.redispatch import redispatch
from scenarios.simulation.over import Replan
from scenarios.simulation.policy import Dispatching, Policy


class Desk:
    """Takes in events and reports, and re-plans under a policy; knows nothing else of what really happens."""

    def __init__(self, day: Day, how: Dispatching) -> None:
        self.day, self.how = day, how
        self.replans: list[Replan] = []

    def knows(self, event: Event) -> bool:
        """Take in `event`; false where it does not agree with the day any more (a visit called off that has begun)."""
        try:
            self.day = after(self.day, event)
        except InputError:
            return False
        return True

    def replan(self, cause: str, tier: Tier, now_s: int) -> bool:
        """Make and publish the next plan; false where the policy is to do nothing."""
        if self.how.policy is Policy.NONE:
            return False
        is_free = self.how.policy is Policy.FREE
        began = time.perf_counter()
        result = redispatch(replace(self.day, told={}) if is_free else self.day, self.how.params, tier)
        took_s = time.perf_counter() - began
        diff = diff_plans(self.day.problem, self.day.plan, result.plan, told=self.day.told)
        self.replans.append(
            Replan(at_s=now_s, cause=cause, elder_ids=diff.elder_ids, worker_ids=diff.worker_ids, duration_s=took_s)
        )
        self.day = publish(self.day, result.plan)
        return True
