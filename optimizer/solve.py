"""``solve``: from a problem and its travel matrix to a judged, explained plan.

assign (supply runs first, then which station and wave supplies whom) -> start plan -> improve (OR-Tools in parts side
by side, the search on everything at once) -> fill gaps -> explain. The judge stands after every step: nothing leaves
here without it.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from optimizer.assign import Part, Supply, assign_supply, split_parts, stations_with_deliveries, supply_run_ids
from optimizer.check import check_plan
from optimizer.cost import cost_of
from optimizer.decompose import joined_to_regions, split_by_routes
from optimizer.engines import HeldSearch, improve_part, searched_runs
from optimizer.errors import SolverBug
from optimizer.explain import explain_unassigned
from optimizer.formats.json import problem_hash
from optimizer.judge import judged_plan, with_figures
from optimizer.parallel import PartTask, improve_parts, shares_of
from optimizer.params import Engine, SolveParams
from optimizer.plan import Draft, Plan, Provenance, Sources
from optimizer.plan_supply import plan_sources, spare_sources
from optimizer.problem import Link, Problem
from optimizer.repair import drop_until_sound
from optimizer.search.engine import Incumbent
from optimizer.search.hold import held_visit_ids
from optimizer.search.warmup import is_warm, warm_up
from optimizer.start import InsertionOrder, insert_greedily
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix
from optimizer.validate import require_valid

_DEFAULT_TIME_LIMIT_S = 30.0
_NO_TIME_LIMIT_S = 1e6
_LARGE = 1500
"""Problems with more visits get their start plan by regions."""
_REGION = 800
"""Visits of a region at most."""
_SUPPLY_RUN_SHARE = 0.15
"""Share of the time left that the engine has for the supply runs."""
_NUM_JUDGINGS = 8
"""What comes after the engine takes about as long as so many judgings, beside the explanations."""
_JUDGE_SHARE = 0.1
"""Share of the time limit that insertion leaves to the judge."""
_EXPLAIN_SHARE = 0.06
"""Share of the time limit that is kept for reasons and remedies."""
_MAX_S_PER_VISIT = 0.5
"""The engine has no more time than this for a part: small problems need not wait for the time limit."""
_START_SHARE = 0.25
"""Further insertion orders are tried only within this share of the time limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a caller is told while a plan is made.

    ``share_done`` runs from 0 to 1 within the phase; cost and number of unassigned visits are those of the incumbent.
    ``draft`` gives its routes, to be asked for before the caller returns; who does not ask does not pay.
    """

    phase: str
    share_done: float
    cost_cents: int | None = None
    num_unassigned: int | None = None
    draft: Callable[[], Draft] | None = field(default=None, compare=False, repr=False)


def solve(
    problem: Problem,
    travel: TravelMatrix,
    params: SolveParams = SolveParams(),
    *,
    start: Draft | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """Plan `problem`.

    Parameters
    ----------
    travel
        Travel matrix over all of the problem's places (:func:`optimizer.travel.build_travel`).
    start
        A plan to begin with; visits that break a rule in it are taken out first, and the plan's notes name them.
    on_progress
        Called now and then with what has been reached.
    should_stop
        Asked often; once true, the best plan so far is judged, explained and returned.

    Returns
    -------
    Plan
        Sound by the judge; incomplete, with reasons, where not every mandatory visit could be served.

    Raises
    ------
    InvalidProblem
        If the problem has errors; all of them are listed.
    SolverBug
        If the judge refuses the plan.
    """
    on_progress = on_progress or (lambda progress: None)
    if params.engine is not Engine.ORTOOLS and not is_warm():
        on_progress(Progress(phase="compiling the search, once on this machine", share_done=0.0))
        warm_up()
    run = _Run(problem, travel, params, on_progress, should_stop or (lambda: False))
    run.notes += [f"{warning.path}: {warning.message}" for warning in require_valid(problem, travel)[:20]]
    if start is None:
        supply_runs = run.plan_supply_runs()
        supplied = stations_with_deliveries(problem, time_draft(problem, travel, supply_runs))
        supply = assign_supply(supplied, travel, seed=params.seed)
        sources = supply.sources
        plan = run.start_plan(supplied, supply, supply_runs)
    else:
        plan = run.sound_start(start)
        supplied, sources = plan_sources(problem, travel, plan)
    plan = run.improve(supplied, sources, plan)
    plan = run.fill_gaps(supplied, sources, plan)
    return run.explain(plan, supplied, sources)


class _Run:
    """One call of :func:`solve`: its clock, its listeners and its notes."""

    def __init__(
        self,
        problem: Problem,
        travel: TravelMatrix,
        params: SolveParams,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self.problem, self.travel, self.params = problem, travel, params
        self.on_progress, self.should_stop = on_progress, should_stop
        self.is_searched = params.engine is not Engine.ORTOOLS
        self.held_visit_ids = held_visit_ids(problem) - set(supply_run_ids(problem))
        self.notes: list[str] = []
        self.started_s = time.monotonic()
        self.time_limit_s = _time_limit_s(params)
        self.deadline_s = self.started_s + self.time_limit_s
        self.first_plan_s: float | None = None
        self.judge_s = 0.0
        self.num_processes = params.num_workers or os.cpu_count() or 1

    def sound_start(self, start: Draft) -> Plan:
        """The given start without the visits that break a rule, which the notes name."""
        sound = drop_until_sound(self.problem, self.travel, start)
        self.notes += [
            f"visit {visit_id!r} was taken out of the given start: {why}" for visit_id, why in sound.dropped.items()
        ]
        return self.judge(sound.draft, "given")

    def plan_supply_runs(self) -> Draft:
        """Routes of the supply runs (none where there are none): they decide when the stations they feed have stock."""
        wanted = set(supply_run_ids(self.problem))
        if not wanted:
            return Draft()
        visits = tuple(visit for visit in self.problem.visits if visit.visit_id in wanted)
        runs = replace(self.problem, visits=visits, links=_links_within(self.problem, wanted))
        supply = assign_supply(runs, self.travel, seed=self.params.seed)
        draft = self._inserted(runs, supply.sources, Draft())
        if self.params.step_limit == 0:
            return draft
        part = Part(problem=runs, sources=supply.sources, name="supply runs")
        duration_s = _SUPPLY_RUN_SHARE * (self.deadline_s - time.monotonic())
        if self.is_searched and not self.held_visit_ids:
            return searched_runs(
                part, self.travel, draft, self.params, duration_s=duration_s, should_stop=self.should_stop
            )
        task = PartTask(part, draft, duration_s, self.deadline_s)
        improved, notes = improve_part(task, self.travel, self.params, task.deadline_s(), self.should_stop)
        self.notes += notes
        return improved

    def start_plan(self, supplied: Problem, supply: Supply, supply_runs: Draft) -> Plan:
        """The search's first plan, or the best of several greedy ones, around the routes of the supply runs."""
        best: Plan | None = None
        if self.is_searched:
            best = self._searched_start(supplied, supply, supply_runs)
            if not (self.held_visit_ids and best.unassigned):
                return best
        if len(supplied.visits) > _LARGE:
            return self.judge(self._start_by_regions(supplied, supply, supply_runs), "start")
        for order in InsertionOrder:
            began_s = time.monotonic()
            plan = self.judge(self._inserted(supplied, supply.sources, supply_runs, order), "start")
            duration_s = time.monotonic() - began_s
            best = plan if best is None else min(best, plan, key=_total_cents)
            used_s = time.monotonic() - self.started_s
            if self.should_stop() or used_s + duration_s > _START_SHARE * self.time_limit_s:
                break
        assert best is not None
        return best

    def _searched_start(self, supplied: Problem, supply: Supply, supply_runs: Draft) -> Plan:
        """Visits that the search does not move, placed one after the other, and everything else by the search."""
        draft = supply_runs
        if self.held_visit_ids:
            kept = self.held_visit_ids | supply_runs.served_visit_ids
            visits = tuple(visit for visit in supplied.visits if visit.visit_id in kept)
            held = replace(supplied, visits=visits, links=_links_within(supplied, kept))
            draft = self._inserted(held, supply.sources, draft)
        search = HeldSearch(
            supplied, self.travel, supply.sources, judged_plan(supplied, self.travel, draft), self.params
        )
        return self.judge(search.draft, "start")

    def _start_by_regions(self, supplied: Problem, supply: Supply, supply_runs: Draft) -> Draft:
        """A greedy plan by region: on large problems, trying every visit in every route takes too long."""
        done = supply_runs.served_visit_ids
        busy = {route.worker_id for route in supply_runs.routes}
        visits = tuple(visit for visit in supplied.visits if visit.visit_id not in done)
        workers = tuple(worker for worker in supplied.workers if worker.worker_id not in busy)
        links = _links_within(supplied, {visit.visit_id for visit in visits})
        rest = replace(supplied, visits=visits, workers=workers, links=links)
        drafts = [supply_runs]
        territories = split_parts(rest, self.travel, supply, seed=self.params.seed)
        parts = joined_to_regions(rest, territories, _REGION)
        for number, part in enumerate(parts):
            self.on_progress(Progress(phase="start", share_done=number / len(parts)))
            drafts.append(self._inserted(part.problem, part.sources, Draft()))
        return _joined(*drafts)

    def _inserted(
        self, problem: Problem, sources: Sources, draft: Draft, order: InsertionOrder = InsertionOrder.NARROW
    ) -> Draft:
        """`draft` with whatever fits inserted, as long as there is time (part of it is kept for the judge).

        With a time limit of 0 there is no other way than to take the time for it.
        """
        no_clock = self.time_limit_s == 0
        return insert_greedily(
            problem,
            self.travel,
            sources,
            draft=draft,
            order=order,
            deadline_s=None if no_clock else self.deadline_s - _JUDGE_SHARE * self.time_limit_s,
            should_stop=self.should_stop,
        )

    def improve(self, supplied: Problem, sources: Sources, plan: Plan) -> Plan:
        """The plan after the engines have had their time, or the plan itself where that is no better."""
        if self.is_searched:
            return self._improve_all(supplied, sources, plan)
        return self._improve_parts(supplied, sources, plan)

    def _improve_all(self, supplied: Problem, sources: Sources, plan: Plan) -> Plan:
        """The plan after the search has had its time."""
        deadline_s = self._engine_deadline_s()
        if deadline_s <= time.monotonic() or self.params.step_limit == 0 or self.should_stop():
            return plan
        search = HeldSearch(supplied, self.travel, sources, plan, self.params)
        if self.params.step_limit is None:
            deadline_s = min(deadline_s, time.monotonic() + _MAX_S_PER_VISIT * len(supplied.visits))

        def tell(incumbent: Incumbent) -> None:
            self.on_progress(
                Progress(
                    phase="search",
                    share_done=incumbent.share_done,
                    cost_cents=round(incumbent.cents),
                    num_unassigned=incumbent.num_absent,
                    draft=lambda: search.draft,
                )
            )

        search.improve(deadline_s, self.should_stop, tell)
        found = judged_plan(self.problem, self.travel, search.draft)
        if violations := check_plan(self.problem, self.travel, found):
            self.notes.append(f"the judge refused the search's plan ({violations[0]}); the plan before it was kept.")
            return plan
        return min(plan, found, key=_total_cents)

    def _engine_deadline_s(self) -> float:
        """When the engines must end so that judging and explaining keep the time limit."""
        explain_s = _EXPLAIN_SHARE * self.time_limit_s if self.params.explain else 0.0
        return self.deadline_s - (_NUM_JUDGINGS / 2 if self.is_searched else _NUM_JUDGINGS) * self.judge_s - explain_s

    def _improve_parts(self, supplied: Problem, sources: Sources, plan: Plan) -> Plan:
        """The plan after OR-Tools has had a share of the time with each part."""
        engine_deadline_s = self._engine_deadline_s()
        left_s = engine_deadline_s - time.monotonic()
        if left_s <= 0 or self.params.step_limit == 0 or self.should_stop() or not plan.routes:
            return plan
        parts = split_by_routes(supplied, sources, plan)
        num_processes = min(self.num_processes, len(parts))
        shares = shares_of([len(part.problem.visits) for part, _ in parts], num_processes, left_s)
        tasks = [
            PartTask(part, draft, min(share, _MAX_S_PER_VISIT * len(part.problem.visits)), engine_deadline_s)
            for (part, draft), share in zip(parts, shares, strict=True)
        ]
        drafts = [draft for _, draft in parts]
        results = improve_parts(
            improve_part, self.travel, tasks, self.params, num_processes=num_processes, should_stop=self.should_stop
        )
        for number, result in enumerate(results, start=1):
            drafts[result.position] = result.draft
            self.notes += result.notes
            self.on_progress(Progress(phase="improve", share_done=number / len(tasks)))
        return self._joined_soundly([draft for _, draft in parts], drafts, plan)

    def _joined_soundly(self, before: Sequence[Draft], after: Sequence[Draft], plan: Plan) -> Plan:
        """The plan of the improved parts; where they break a rule together, each is taken in only if that is sound."""
        joined = judged_plan(self.problem, self.travel, _joined(*after))
        if not check_plan(self.problem, self.travel, joined):
            return min(plan, joined, key=_total_cents)
        drafts = list(before)
        for position, draft in enumerate(after):
            tried = [*drafts[:position], draft, *drafts[position + 1 :]]
            candidate = judged_plan(self.problem, self.travel, _joined(*tried))
            is_sound = not check_plan(self.problem, self.travel, candidate)
            if is_sound and candidate.cost.total_cents < plan.cost.total_cents:
                drafts, plan = tried, candidate
        self.notes.append("not every improved part fitted the others; some kept their start.")
        return plan

    def fill_gaps(self, supplied: Problem, sources: Sources, plan: Plan) -> Plan:
        """Insert what was left out wherever the whole plan has room for it, from any stock left over."""
        for _ in range(2):
            if not plan.unassigned or self.should_stop() or self._left_s() < _NUM_JUDGINGS / 2 * self.judge_s:
                break
            self.on_progress(Progress(phase="fill gaps", share_done=0.0))
            if self.is_searched:
                draft = HeldSearch(supplied, self.travel, sources, plan, self.params).draft
            else:
                draft = self._inserted(supplied, sources, plan.draft)
            if draft.served_visit_ids != plan.draft.served_visit_ids:
                plan = min(plan, self.judge(draft, "filled"), key=_total_cents)
            sources = {**sources, **spare_sources(supplied, self.travel, plan.routes)}
        return plan

    def judge(self, draft: Draft, phase: str) -> Plan:
        """The timed and priced plan of `draft`, without the visits that make it break a rule (a fault: it is noted)."""
        began_s = time.monotonic()
        sound = drop_until_sound(self.problem, self.travel, draft)
        plan = replace(sound.plan, cost=cost_of(self.problem, self.travel, sound.plan))
        if sound.dropped:
            why, lost = next(iter(sound.dropped.values())), ", ".join(sound.dropped)
            self.notes.append(f"the judge refused the {phase} plan ({why}); it lost {lost}.")
        self.judge_s = time.monotonic() - began_s
        if self.first_plan_s is None:
            self.first_plan_s = time.monotonic() - self.started_s
        self.on_progress(
            Progress(
                phase=phase,
                share_done=1.0,
                cost_cents=plan.cost.total_cents,
                num_unassigned=len(plan.unassigned),
                draft=lambda: plan.draft,
            )
        )
        return plan

    def explain(self, plan: Plan, supplied: Problem, sources: Sources) -> Plan:
        """`plan` with reasons and remedies, key figures and provenance.

        Raises
        ------
        SolverBug
            If the judge refuses it.
        """
        violations = check_plan(self.problem, self.travel, plan)
        if violations:
            raise SolverBug("the judge refuses the plan:\n" + "\n".join(map(str, violations)))
        unassigned = plan.unassigned
        if self.params.explain and unassigned and self._left_s() > _NUM_JUDGINGS / 2 * self.judge_s:
            self.on_progress(Progress(phase="explain", share_done=0.0))
            unassigned = explain_unassigned(supplied, self.travel, sources, plan, deadline_s=self.deadline_s)
        if self.params.explain and any(not item.num_insertions_tried for item in unassigned):
            self.notes.append("not every unserved visit could be looked into within the time limit.")
        if self.is_searched and self.held_visit_ids:
            count = len(self.held_visit_ids)
            self.notes.append(f"{count} visits that the search has no moves for stay where the start plan has them.")
        plan = with_figures(self.problem, self.travel, replace(plan, unassigned=unassigned))
        return replace(plan, provenance=self._provenance())

    def _left_s(self) -> float:
        return self.deadline_s - time.monotonic()

    def _provenance(self) -> Provenance:
        return Provenance(
            engine=Engine.SEARCH if self.is_searched else Engine.ORTOOLS,
            seed=self.params.seed,
            problem_hash=problem_hash(self.problem),
            travel_hash=self.travel.content_hash,
            versions={
                "yizhan": version("yizhan"),
                "ortools": version("ortools"),
                "numba": version("numba"),
                "python": platform.python_version(),
            },
            first_plan_s=None if self.first_plan_s is None else round(self.first_plan_s, 3),
            duration_s=round(time.monotonic() - self.started_s, 3),
            notes=tuple(self.notes),
        )


def _time_limit_s(params: SolveParams) -> float:
    if params.time_limit_s is not None:
        return params.time_limit_s
    return _DEFAULT_TIME_LIMIT_S if params.step_limit is None else _NO_TIME_LIMIT_S


def _links_within(problem: Problem, visit_ids: Collection[str]) -> tuple[Link, ...]:
    return tuple(
        link for link in problem.links if link.first_visit_id in visit_ids and link.second_visit_id in visit_ids
    )


def _total_cents(plan: Plan) -> int:
    return plan.cost.total_cents


def _joined(*drafts: Draft) -> Draft:
    return Draft(routes=tuple(route for draft in drafts for route in draft.routes))
