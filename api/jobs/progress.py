"""Progress as events: figures each time, the routes of the best plan so far as they change, and not too often."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from optimizer.formats.json import facts_to_json
from optimizer.plan import Draft, RouteDraft, Step
from optimizer.problem import Problem

if TYPE_CHECKING:
    from optimizer.solve import Progress

ROUTES_EVERY_S = 1.0
"""Seconds between two events that tell routes, at least."""


class ProgressEvents:
    """The events of one solve.

    The first routes told are those of all shifts, the next ones those that differ from what was told before; each as in
    a draft, and without steps where it has become empty.
    """

    def __init__(self, problem: Problem, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.problem, self._clock_s = problem, clock_s
        self._told: dict[tuple[str, str], tuple[Step, ...] | None] = dict.fromkeys(problem.shift_by_id)
        self._due_s = clock_s()

    def event(self, progress: Progress) -> dict[str, Any]:
        """What is told of some progress."""
        facts = {
            "phase": progress.phase,
            "share_done": progress.share_done,
            "cost_cents": progress.cost_cents,
            "num_unassigned": progress.num_unassigned,
        }
        now_s = self._clock_s()
        if progress.draft is not None and now_s >= self._due_s:
            self._due_s = now_s + ROUTES_EVERY_S
            facts["routes"] = self._news(progress.draft()) or None
        return {key: value for key, value in facts.items() if value is not None}

    def _news(self, draft: Draft) -> list[Any]:
        steps = {(route.worker_id, route.shift_id): route.steps for route in draft.routes}
        news = []
        for shift, told in self._told.items():
            now = steps.get(shift, ())
            if now != told:
                route = RouteDraft(worker_id=shift[0], shift_id=shift[1], steps=now)
                news.append(orjson.loads(facts_to_json(route, self.problem.horizon)))
                self._told[shift] = now
        return news
