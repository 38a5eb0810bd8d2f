"""What the tests do with a published day."""

from __future__ import annotations

from api.console.changing.moving import Mover
from api.console.days import Sights
from api.console.dispatching import published_day, report
from optimizer.redispatch.params import RedispatchParams


def current(visitor, plan):
    return published_day(visitor, plan)


def tell(visitor, plan, event, **params):
    return report(visitor, current(visitor, plan), event, RedispatchParams(**params))


def mover_of(visitor, plan):
    seen = current(visitor, plan)
    is_held = seen is not None and seen.plan_id == plan.plan_id
    return Mover(visitor, Sights().get(visitor, plan.plan_id).day, seen if is_held else None)
