"""One place for one more visit: as an estimate finds it, as the judge sees it, and as it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from optimizer.plan import Route, Violation
from optimizer.redispatch.slots.estimate import NewLoad
from optimizer.rules import CostTerm
from optimizer.units import WIRE, Clock, Count


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedVisit:
    """A visit that starts at another time than before."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    visit_id: str
    before_s: Clock
    after_s: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One way to serve a new visit, passed by the judge.

    Attributes
    ----------
    position
        Number of stops of the route before the visit (before its loading, if it has one), the start stop not counted.
    start_s
        When service starts.
    loads_at
        The station at which a loading of its own is put before it; ``None`` where there is none.
    extra_cents, cents_by_term
        What serving it adds to the cost of the plan, exactly: in all, and by the terms that change.
    moved
        Visits of the same route that start at another time; nobody in another route is moved.
    route
        The whole route with the visit in it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    visit_id: str
    worker_id: str
    shift_id: str
    position: Count
    start_s: Clock
    loads_at: str | None = None
    extra_cents: int
    cents_by_term: Mapping[CostTerm, int] = field(default_factory=dict)
    moved: tuple[MovedVisit, ...] = ()
    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a route (by number) where a new visit may do, and about what it would cost there."""

    route: int
    position: int
    load: NewLoad | None
    estimate_cents: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A position as the judge sees it: the slot it would be, and what is wrong with it."""

    slot: Slot
    violations: tuple[Violation, ...]

    @property
    def is_sound(self) -> bool:
        """Whether the judge accepts it."""
        return not self.violations
