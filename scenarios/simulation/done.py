"""What has been done so far: visits begun and ended, portions taken and brought, and what these allow next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from optimizer.problem import LinkKind, Problem, Visit
from optimizer.redispatch.day import Day
from optimizer.redispatch.diff import TOLERANCE_S


@dataclass(slots=True)
class Done:
    """Starts and ends of visits by visit id, and portions by station and meal type, as they really were."""

    started: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    brought: Counter[tuple[str, str]] = field(default_factory=Counter)

    def end(self, visit: Visit, now_s: int) -> None:
        """Note the end of a visit; a supply run's portions are there from then on."""
        self.ended[visit.visit_id] = now_s
        if visit.delivers_to_station_id is not None:
            for meal_type, portions in visit.demand.items():
                self.brought[visit.delivers_to_station_id, meal_type] += portions

    def take(self, station_id: str, load: Mapping[str, int]) -> None:
        """Note a loading."""
        for meal_type, portions in load.items():
            self.taken[station_id, meal_type] += portions

    def stock(self, problem: Problem, station_id: str, meal_type: str, now_s: int) -> int:
        """Portions that are ready and not taken."""
        waves = problem.station_by_id[station_id].waves
        ready = sum(wave.portions.get(meal_type, 0) for wave in waves if wave.ready_s <= now_s)
        return ready + self.brought[station_id, meal_type] - self.taken[station_id, meal_type]

    def may_start_s(self, day: Day, visit: Visit, now_s: int) -> int | None:
        """When a visit can start from now on: in a window, not long before it is expected, after what it follows."""
        told = day.told.get(visit.visit_id)
        bounds = [now_s, *self._bounds(day.problem, visit)]
        if told is not None:
            bounds.append(told.start_s - TOLERANCE_S)
        earliest_s = max(bounds)
        starts = [max(window.start_s, earliest_s) for window in visit.windows if window.end_s >= earliest_s]
        return min(starts, default=None)

    def awaited(self, problem: Problem, visit: Visit) -> set[str]:
        """Visits that must begin or end before this one and have not."""
        waits: set[str] = set()
        for link in problem.links_by_visit_id.get(visit.visit_id, ()):
            if link.second_visit_id == visit.visit_id:
                is_gap = link.kind is LinkKind.GAP and link.min_gap_s >= 0
                if is_gap and link.first_visit_id not in self.started:
                    waits.add(link.first_visit_id)
                if link.kind is LinkKind.BEFORE and link.first_visit_id not in self.ended:
                    waits.add(link.first_visit_id)
        return waits

    def _bounds(self, problem: Problem, visit: Visit) -> Iterator[int]:
        for link in problem.links_by_visit_id.get(visit.visit_id, ()):
            if link.second_visit_id == visit.visit_id:
                if link.kind is LinkKind.GAP and link.first_visit_id in self.started:
                    yield self.started[link.first_visit_id] + link.min_gap_s
                if link.kind is LinkKind.BEFORE and link.first_visit_id in self.ended:
                    yield self.ended[link.first_visit_id]


def same_start_ids(problem: Problem, visit: Visit) -> set[str]:
    """The visits that start together with `visit`, itself included."""
    links = problem.links_by_visit_id.get(visit.visit_id, ())
    same = {i for k in links if k.kind is LinkKind.SAME_START for i in (k.first_visit_id, k.second_visit_id)}
    return {visit.visit_id, *same}
