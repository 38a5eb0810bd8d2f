"""The plans last looked at, ready for the next look: finished plans never change, so they are never stale."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import partial

from api.console.access import Visitor
from api.console.care import Care
from api.console.care_layers import CareLayers
from api.console.changes import Changes, changes_between
from api.console.day import Day
from api.console.layers import Layers
from api.console.ways import KnownWays
from api.desks import Making
from api.intake import world_of
from api.plan_views import stored_plan
from api.representations import view_of
from api.store.records import PlanRecord
from api.unserved import unassigned_of
from optimizer.formats.drawing import PathOf
from optimizer.plan import Plan, Unassigned

MAX_KEPT = 12


class Sight:
    """A plan as those see it who see the same of it, with what has been drawn of it; everything is made once."""

    def __init__(self, day: Day, path_of: PathOf) -> None:
        self.day, self.layers, self.care_layers = day, Layers(day, path_of), CareLayers(Care(day))
        self._unassigned: tuple[Unassigned, ...] | None = None
        self._changes: Changes | None = None
        self._looking, self._comparing, self._measuring = (threading.Lock() for _ in range(3))

    def unassigned(self, visitor: Visitor) -> tuple[Unassigned, ...]:
        """Unserved visits with reasons and remedies; what the solve had no time for is looked into, once."""
        with self._looking:
            if self._unassigned is None:
                self._unassigned = unassigned_of(visitor.service, visitor.store, self.day.record)
            return self._unassigned

    def changes_from(self, before: Sight) -> Changes:
        """What this version shows otherwise than another one; known for the one that was asked about last."""
        with self._comparing:
            if self._changes is None or self._changes.before_id != before.day.record.plan_id:
                self._changes = changes_between(before.layers, self.layers)
            return self._changes

    def measure(self) -> None:
        """Work out the key figures."""
        with self._measuring:
            _ = self.day.measured_plan


class Sights:
    """The sights last asked for, of one process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, bool], Making[Sight]] = OrderedDict()
        self._ways = KnownWays()
        self._lock = threading.Lock()

    def get(self, visitor: Visitor, plan_id: str, before: Sight | None = None) -> Sight:
        """A finished plan of the visitor's district; what is the same `before` is taken over from there.

        Raises
        ------
        Refusal
            404 where there is none of this id, 409 while it is not finished.
        """
        visitor.store.plan(plan_id)  # which is refused to others
        key = (visitor.caller.district_id, plan_id, visitor.sees_persons)
        with self._lock:
            making = self._kept.setdefault(key, Making(partial(self._made, visitor, plan_id, before)))
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return making.get()

    def ready(self, visitor: Visitor, plan_id: str, before: Sight | None = None) -> Sight:
        """The same with everything worked out that a board begins with."""
        sight = self.get(visitor, plan_id, before)
        sight.day.prepare()
        return sight

    def _made(self, visitor: Visitor, plan_id: str, before: Sight | None) -> Sight:
        record = visitor.store.plan(plan_id)
        plan = _plan(visitor, record)
        world = world_of(visitor.service, visitor.store, record.problem_id)
        view = view_of(world, plan, visitor.pseudonyms)
        day = Day(record=record, world=world, true_plan=plan, view=view)
        is_drawn_on_streets = visitor.sees_persons and world.streets is not None
        sight = Sight(day, self._ways.of(world) if is_drawn_on_streets else day.view.path_of)
        if before is not None:
            day.take_over(before.day)
            sight.layers.take_over(before.layers)
        return sight


def _plan(visitor: Visitor, record: PlanRecord) -> Plan:
    """A finished plan, without reading it anew where a published day goes by it."""
    desk = visitor.service.desks.get((visitor.caller.district_id, record.horizon.first_date.isoformat()))
    held = desk.held
    if held is not None and held.record.plan_id == record.plan_id:
        return held.day.plan
    return stored_plan(visitor.store, record)
