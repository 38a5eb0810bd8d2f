"""What a detour of a route to a new visit costs, estimated from earliest times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.nodes import FAR_S, Legs, Node
from optimizer.plan import StopKind
from optimizer.problem import Problem, Visit, Worker
from optimizer.route_limits import lateness_s
from optimizer.units import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Detour:
    """What a way through new nodes between two neighbours of a route changes, by its earliest times."""

    start_s: int
    next_start_s: int
    added_s: int
    added_m: int


def detour_of(legs: Legs, before: Node, free_s: int, after: Node, way: Sequence[Node]) -> Detour:
    """The detour from `before`, free at `free_s`, through `way` to `after`; the start is that of the last new node."""
    old_s = 0 if after.is_floating else legs.duration_s(before.end_idx, after.place_idx, free_s)
    old_m = 0 if after.is_floating else legs.distance_m(before.end_idx, after.place_idx)
    here_idx = way[0].place_idx if before.kind is StopKind.START and before.is_floating else before.end_idx
    start_s, added_s, added_m = free_s, 0, 0
    for node in way:
        travel_s = legs.duration_s(here_idx, node.place_idx, free_s)
        start_s = node.first_start_s(free_s + travel_s)
        added_s += travel_s + node.duration_s
        added_m += legs.distance_m(here_idx, node.place_idx)
        free_s, here_idx = start_s + node.duration_s, node.end_idx
    onward_s = 0 if after.is_floating else legs.duration_s(here_idx, after.place_idx, free_s)
    onward_m = 0 if after.is_floating else legs.distance_m(here_idx, after.place_idx)
    return Detour(start_s, free_s + onward_s, added_s + onward_s - min(old_s, FAR_S), added_m + onward_m - old_m)


@dataclass(frozen=True, slots=True)
class Rates:
    """What one visit costs in one route, as far as it does not depend on the position, and the rates that do."""

    fixed_cents: float
    cents_per_s: float
    cents_per_m: float
    lateness_cents_per_s: float

    @classmethod
    def of(cls, problem: Problem, worker: Worker, visit: Visit, *, is_used: bool) -> Rates:
        """Rates of `worker` for `visit`; the first visit of a shift also costs its fixed price."""
        pay, weights, elder = worker.pay, problem.weights, problem.elder_of(visit)
        fixed_cents = float(pay.cents_per_visit) + (0 if is_used else pay.fixed_cents)
        if elder is not None:
            worker_id = worker.worker_id
            if elder.preferred_worker_ids and worker_id not in elder.preferred_worker_ids:
                fixed_cents += weights.not_preferred_cents
            if visit.counts_for_continuity and elder.worker_history and not elder.worker_history.get(worker_id):
                fixed_cents += weights.new_worker_cents
        return cls(
            fixed_cents=fixed_cents,
            cents_per_s=(pay.cents_per_hour + weights.travel_cents_per_hour) / SECONDS_PER_HOUR,
            cents_per_m=pay.cents_per_km / 1000,
            lateness_cents_per_s=weights.lateness_cents_per_hour * visit.lateness_percent / 100 / SECONDS_PER_HOUR,
        )

    def score_cents(self, detour: Detour, node: Node) -> float:
        """Estimated cost added by `detour`, lateness of the new visit included, that of later ones not."""
        late_s = lateness_s(node, detour.start_s)
        return (
            self.fixed_cents
            + self.cents_per_s * detour.added_s
            + self.cents_per_m * detour.added_m
            + self.lateness_cents_per_s * late_s
        )
