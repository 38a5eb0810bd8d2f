"""Changes of demand: more or fewer elders, other windows, other visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from optimizer.problem import Elder, Link, Location, Problem, TimeWindow, Visit
from optimizer.study.changes.change import Draw, ElderFilter, Fault, VisitFilter, fresh_id, share_of
from optimizer.study.changes.supply import follow_supply
from optimizer.units import Cents, Count, Metres, Percent, Seconds, SignedSeconds, scale_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleDemand(VisitFilter):
    """More or fewer elders (or, with `services`, elders who get these services).

    Below 100 % elders drawn at random leave with their visits. Above it, elders drawn at random are copied: a newcomer
    lives where a neighbour of the same community lives, wants what the model wants, and knows nobody yet (no history,
    preferences, pins or promises). What a percentage adds or takes away is part of what a larger change does.

    Attributes
    ----------
    follows
        Whether kitchens cook for the changed demand; if not, portions stay as they are.
    """

    word: ClassVar[str] = "scale-demand"
    percent: Percent
    follows: bool = True

    def faults(self, problem: Problem) -> Iterator[Fault]:
        """Unknown names, and nobody to be changed."""
        unknown = list(VisitFilter.faults(self, problem))
        yield from unknown
        if not unknown and not self._scope(problem):
            yield Fault("percent", f"{self.percent} % of nobody: no elder is meant.", "Widen the lists.")

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with the changed demand."""
        scope = self._scope(problem)
        ranked = draw.order("demand", scope)
        num_wanted = share_of(len(ranked), self.percent)
        if num_wanted <= len(ranked):
            changed = _without(problem, {visit_id for name in ranked[num_wanted:] for visit_id in scope[name]})
        else:
            models = [ranked[number % len(ranked)] for number in range(num_wanted - len(ranked))]
            changed = _with_copies(problem, models, scope, draw)
        return follow_supply(problem, changed) if self.follows else changed

    def _scope(self, problem: Problem) -> dict[str, list[str]]:
        """Visits that are meant, by elder."""
        scope: dict[str, list[str]] = {}
        for visit in problem.visits:
            if visit.elder_id is not None and self.covers_visit(problem, visit):
                scope.setdefault(visit.elder_id, []).append(visit.visit_id)
        return scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeVisits(VisitFilter):
    """Give visits other windows, durations, limits of time on board, or another weight.

    Attributes
    ----------
    earlier_s, later_s
        By how much every window opens earlier and closes later; negative narrows it. Soft limits move likewise.
    is_soft
        ``False`` removes the soft limits of windows, the whole window being on time.
    """

    word: ClassVar[str] = "change-visits"
    earlier_s: SignedSeconds = 0
    later_s: SignedSeconds = 0
    is_soft: bool = True
    duration_percent: Percent = 100
    max_on_board_s: Seconds | None = None
    soft_on_board_s: Seconds | None = None
    lateness_percent: Percent | None = None
    mandatory: bool | None = None
    unserved_cents: Cents | None = None
    priority: Count | None = None

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these visits changed; time on board concerns only visits with portions."""
        visits = (self._changed(v) if self.covers_visit(problem, v) else v for v in problem.visits)
        return replace(problem, visits=tuple(visits))

    def _changed(self, visit: Visit) -> Visit:
        facts = self.given("lateness_percent", "mandatory", "unserved_cents", "priority")
        if visit.demand:
            facts |= self.given("max_on_board_s", "soft_on_board_s")
        return replace(
            visit,
            windows=tuple(self._window(window) for window in visit.windows),
            service_duration_s=scale_percent(visit.service_duration_s, self.duration_percent),
            **facts,
        )

    def _window(self, window: TimeWindow) -> TimeWindow:
        """The window, never shorter than one moment in the middle of what it was."""
        middle_s = (window.start_s + window.end_s) // 2
        start_s = max(0, min(window.start_s - self.earlier_s, middle_s))
        end_s = max(window.end_s + self.later_s, middle_s)
        if not self.is_soft:
            return TimeWindow(start_s=start_s, end_s=end_s)
        soft_start_s = _between(window.soft_start_s, -self.earlier_s, start_s, end_s)
        soft_end_s = _between(window.soft_end_s, self.later_s, soft_start_s or start_s, end_s)
        return TimeWindow(start_s=start_s, end_s=end_s, soft_start_s=soft_start_s, soft_end_s=soft_end_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeElders(ElderFilter):
    """Give elders another largest number of workers, another walking range or another allowance."""

    word: ClassVar[str] = "change-elders"
    max_distinct_workers: Count | None = None
    walking_range_m: Metres | None = None
    allowance_cents: Cents | None = None
    allowance_percent: Percent = 100

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these elders changed."""
        facts = self.given("max_distinct_workers", "walking_range_m", "allowance_cents")

        def changed(elder: Elder) -> Elder:
            if not self.covers_elder(elder):
                return elder
            allowance_cents = share_of(elder.allowance_cents, self.allowance_percent)
            return replace(elder, **{"allowance_cents": allowance_cents, **facts})

        return replace(problem, elders=tuple(changed(elder) for elder in problem.elders))


def _between(time_s: int | None, change_s: int, low_s: int, high_s: int) -> int | None:
    return None if time_s is None else max(low_s, min(time_s + change_s, high_s))


def _without(problem: Problem, visit_ids: Collection[str]) -> Problem:
    """`problem` without these visits, and without the elders who are left with none."""
    had = {visit.elder_id for visit in problem.visits}
    visits = tuple(visit for visit in problem.visits if visit.visit_id not in visit_ids)
    left = had - {visit.elder_id for visit in visits}
    links = tuple(link for link in problem.links if not {link.first_visit_id, link.second_visit_id} & set(visit_ids))
    elders = tuple(elder for elder in problem.elders if elder.elder_id not in left)
    return replace(problem, visits=visits, links=links, elders=elders)


def _with_copies(
    problem: Problem, models: Sequence[str], visits_by_elder: Mapping[str, Sequence[str]], draw: Draw
) -> Problem:
    """`problem` with one newcomer for each entry of `models` (elder ids), with a copy of the visits named."""
    neighbours: dict[str, list[Elder]] = {}
    for elder in problem.elders:
        neighbours.setdefault(elder.community, []).append(elder)
    newcomers: dict[str, Elder] = {}
    visits: list[Visit] = []
    links: list[Link] = []
    counts: Counter[str] = Counter()
    taken = {*problem.elder_by_id, *problem.visit_by_id}
    for name in models:
        counts[name] += 1
        model = problem.elder_by_id[name]
        elder_id = fresh_id(name, taken | newcomers.keys())
        home = draw.choice("homes", elder_id, neighbours[model.community])
        newcomer = _newcomer(model, elder_id, home)
        new_ids = {visit_id: fresh_id(visit_id, taken) for visit_id in visits_by_elder[name]}
        newcomers[elder_id] = newcomer
        taken |= {elder_id, *new_ids.values()}
        visits += [_copied(problem.visit_by_id[old], new, model, newcomer) for old, new in new_ids.items()]
        links += _copied_links(problem, new_ids)
    return replace(
        problem,
        elders=(*problem.elders, *newcomers.values()),
        visits=(*problem.visits, *visits),
        links=(*problem.links, *links),
    )


def _newcomer(model: Elder, elder_id: str, home: Elder) -> Elder:
    return replace(
        model,
        elder_id=elder_id,
        place=home.place,
        address=home.address,
        station_id=home.station_id,
        phone="",
        preferred_worker_ids=(),
        forbidden_worker_ids=(),
        worker_history={},
    )


def _copied(visit: Visit, visit_id: str, model: Elder, newcomer: Elder) -> Visit:
    """The newcomer's visit: what began or ended at the model's home does so at the newcomer's."""

    def moved(place: Location | None) -> Location | None:
        return newcomer.place if place == model.place else place

    return replace(
        visit,
        visit_id=visit_id,
        elder_id=newcomer.elder_id,
        place=moved(visit.place),
        end_place=moved(visit.end_place),
        pinned_worker_ids=(),
        pinned_start_s=None,
        promise=None,
    )


def _copied_links(problem: Problem, new_ids: Mapping[str, str]) -> list[Link]:
    """Links between two visits that are both copied."""
    links = dict.fromkeys(link for old in new_ids for link in problem.links_by_visit_id.get(old, ()))
    return [
        replace(link, first_visit_id=new_ids[link.first_visit_id], second_visit_id=new_ids[link.second_visit_id])
        for link in links
        if link.first_visit_id in new_ids and link.second_visit_id in new_ids
    ]
