"""``yizhan simulate``: a day played out against noise and events, under several ways of dispatching it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from optimizer.cli.faults import faults_told, option_fault, require_sound
from optimizer.cli.load import WorldOptions, load_judged, load_world
from optimizer.cli.options import Output, Source, TimeLimit, duration, takes_world
from optimizer.cli.report import counted, show_files
from optimizer.cli.write import all_or_nothing, require_folder
from optimizer.formats.json import plan_to_json
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.redispatch.events import event_to_json
from optimizer.redispatch.params import RedispatchParams, Tier
from optimizer.travel.street_matrix import SOURCE as ALONG_STREETS
from optimizer.units import SECONDS_PER_MINUTE, format_clock
from scenarios.events import DayEvents, EventRates, draw_events
from scenarios.simulation.morning import Morning
from scenarios.simulation.noise import DrawnNoise, Noise
from scenarios.simulation.policy import Dispatching, Policy

if TYPE_CHECKING:
    from scenarios.simulation.outcome import Outcome
    from scenarios.simulation.over import Played, Replan

FILE_NAMES = {
    "day.html": "the first day: plan and reality of every worker; opens by double click",
    "days.csv": "key figures of every day and policy",
    "replans.csv": "every re-plan: cause, people told, time taken",
    "simulation.json": "all of it for programs",
    "events.json": "the events of the first day, for `yizhan redispatch --event`",
    "plan.json": "the plan of the morning",
}

_IMPROVE_S = 1.0
"""Time of every background improvement: a day has hundreds of them."""

out = Console()
err = Console(stderr=True)


@dataclass(frozen=True, kw_only=True)
class _PlayedDay:
    """One day under one policy."""

    seed: int
    policy: Policy
    played: Played
    outcome: Outcome


def add_commands(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(simulate)


@takes_world()
def simulate(
    src: Source,
    output: Output,
    plan: Annotated[
        Path | None, typer.Option(metavar="PLAN", help="The plan of the morning as JSON (default: one is made).")
    ] = None,
    policy: Annotated[
        list[Policy] | None, typer.Option(help="How the day is dispatched; may be repeated (default: all three).")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=1000, help="Days to play: other events and noise, same plan.")] = 1,
    tier: Annotated[Tier, typer.Option(help="How far re-plans go after an event.")] = Tier.IMPROVEMENT,
    improve: Annotated[float | None, duration("Time of every background improvement (default: 1s).")] = None,
    events: Annotated[float, typer.Option(min=0, help="Events so many times as often as documented.")] = 1.0,
    noise: Annotated[float, typer.Option(min=0, max=5, help="Noise of ways and services, times the usual.")] = 1.0,
    time_limit: TimeLimit = None,
    *,
    options: WorldOptions,
) -> None:
    """Play days of SRC against noise and events: on time, unserved, people told, costs, and a picture of the day.

    Every policy meets the same events and the same noise: stable re-plans and keeps promises where that is worth it,
    free re-plans as if nobody had been told anything, none sends everybody on with the plan of the morning.
    """
    from optimizer.cli.planning import working  # brings in the engines, which take seconds to load
    from scenarios.simulation.hindsight import hindsight_cents

    seed = options.seed
    params = RedispatchParams(figures=False, improve_s=_IMPROVE_S if improve is None else improve, seed=seed)
    with faults_told(err):
        require_folder(output)
        morning = _morning(src, plan, options, SolveParams(time_limit_s=time_limit, seed=seed, explain=False))
        rates, drawn = EventRates().times(events), _noise(noise)
        policies = list(dict.fromkeys(policy or Policy))
        played: list[_PlayedDay] = []
        hindsight: dict[int, int] = {}
        for day_seed in range(seed, seed + days):
            happening = draw_events(morning.problem, day_seed, rates)
            hows = [Dispatching(policy=each, tier=tier, params=params) for each in policies]
            played += _day(morning, happening, drawn, day_seed, hows)
            with working(err, f"Day of seed {day_seed} with hindsight"):
                hindsight[day_seed] = hindsight_cents(morning, happening, hows[0])
        first = draw_events(morning.problem, seed, rates)
        title = f"{morning.problem.name}: {_sentence(morning, first)}"
        paths = _write(output, title, morning, first, played, hindsight)
    _show(played, hindsight, _planned_cents(morning))
    show_files(out, paths, lambda path: FILE_NAMES[path.name])


def _morning(src: str, path: Path | None, options: WorldOptions, params: SolveParams) -> Morning:
    """The world of `src` and the plan of its morning: the one in `path`, or one made now."""
    if path is None:
        from optimizer.cli.planning import solve_aloud  # brings in the engines, which take seconds to load

        world = load_world(src, options)
        _require_one_day(world.problem)
        plan = solve_aloud(err, world, params)
    else:
        world, judged = load_judged(src, path, options)
        _require_one_day(world.problem)
        plan = judged.plan
        require_sound(err, judged, "Only a plan that keeps every rule can have been published; mend it first.")
    streets = world.streets if world.travel.source == ALONG_STREETS else None
    return Morning(problem=world.problem, travel=world.travel, plan=plan, streets=streets)


def _require_one_day(problem: Problem) -> None:
    num_days = problem.horizon.num_days
    if num_days > 1:
        raise option_fault("SRC", f"the problem has {num_days} days, but one is played.", "Give a problem of one day.")


def _noise(factor: float) -> Noise:
    usual = Noise()
    return Noise(**{item.name: getattr(usual, item.name) * factor for item in fields(usual)})


def _day(
    morning: Morning, events: DayEvents, noise: Noise, seed: int, hows: Sequence[Dispatching]
) -> Iterator[_PlayedDay]:
    """One day under every policy, with the same random numbers."""
    from optimizer.cli.planning import working
    from scenarios.simulation.outcome import outcome_of
    from scenarios.simulation.play import play

    drawn = DrawnNoise(noise, morning.problem.name, seed)
    for how in hows:
        with working(err, f"Day of seed {seed}, policy {how.policy}"):
            played = play(morning, events, drawn, how)
        yield _PlayedDay(seed=seed, policy=how.policy, played=played, outcome=outcome_of(played, morning.plan))


def _planned_cents(morning: Morning) -> int:
    from optimizer.cost import cost_of

    return cost_of(morning.problem, morning.travel, morning.plan).total_cents


def _sentence(morning: Morning, events: DayEvents) -> str:
    sizes = f"{counted(len(morning.problem.visits), 'visit')}, {counted(len(morning.problem.workers), 'worker')}"
    num = len(events.events) + len(events.no_show_visit_ids)
    return f"{sizes}, {counted(num, 'event')} and the noise of the road"


def _write(
    folder: Path,
    title: str,
    morning: Morning,
    events: DayEvents,
    played: Sequence[_PlayedDay],
    hindsight: Mapping[int, int],
) -> list[Path]:
    from scenarios.simulation.picture import day_html

    first = [day for day in played if day.seed == played[0].seed]
    rows = [list(row) for row in zip(*_figure_rows({day.policy: [day.outcome] for day in first}), strict=True)]
    page = day_html(title, morning.plan, {day.policy: day.played for day in first}, shown=first[0].policy, rows=rows)
    horizon = morning.problem.horizon
    told = [json.loads(event_to_json(event, horizon)) for event in events.events]
    summary = {
        "problem": morning.problem.name,
        "planned_cents": _planned_cents(morning),
        "hindsight_cents_by_seed": {str(seed): cents for seed, cents in hindsight.items()},
        "days": [{"seed": day.seed, "policy": day.policy, **asdict(day.outcome)} for day in played],
    }
    with all_or_nothing(folder) as draft:
        (draft / "day.html").write_text(page, encoding="utf-8")
        _write_csv(draft / "days.csv", [_row(day) for day in played])
        _write_csv(draft / "replans.csv", [_replan_row(day, replan) for day in played for replan in day.played.replans])
        (draft / "simulation.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
        (draft / "events.json").write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
        (draft / "plan.json").write_bytes(plan_to_json(morning.plan, horizon))
    return [folder / name for name in FILE_NAMES]


def _row(day: _PlayedDay) -> dict[str, Any]:
    figures = asdict(day.outcome)
    missed = figures.pop("missed")
    return {
        "seed": day.seed,
        "policy": day.policy,
        **figures,
        "missed": "; ".join(f"{k} {v}" for k, v in missed.items()),
    }


def _replan_row(day: _PlayedDay, replan: Replan) -> dict[str, Any]:
    return {
        "seed": day.seed,
        "policy": day.policy,
        "at": format_clock(replan.at_s),
        "cause": replan.cause,
        "elders_told": len(replan.elder_ids),
        "workers_told": len(replan.worker_ids),
        "duration_ms": round(1000 * replan.duration_s, 1),
    }


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        if rows:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _show(played: Sequence[_PlayedDay], hindsight: Mapping[int, int], planned_cents: int) -> None:
    by_policy: dict[Policy, list[Outcome]] = {}
    for day in played:
        by_policy.setdefault(day.policy, []).append(day.outcome)
    head, *body = _figure_rows(by_policy)
    num_days = len(hindsight)
    table = Table(*head, title=f"Mean of {counted(num_days, 'day')}" if num_days > 1 else "The day", title_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in body:
        table.add_row(*row)
    out.print(table)
    mean_cents = sum(hindsight.values()) / num_days
    out.print(
        f"planned in the morning: {planned_cents / 100:,.0f} yuan; with everything known in advance and no noise: "
        f"{mean_cents / 100:,.0f} yuan",
        highlight=False,
    )
    stable, free = (by_policy.get(each) for each in (Policy.STABLE, Policy.FREE))
    if stable and free:
        ratio = _mean(stable, "cost_cents") / max(1.0, _mean(free, "cost_cents")) - 1
        out.print(f"price of stability over the day: {100 * ratio:+.1f} % of the cost under free", highlight=False)


def _figure_rows(by_policy: Mapping[Policy, Sequence[Outcome]]) -> list[list[str]]:
    """A table with a row for every figure and a column for every policy; means over the days."""
    columns = list(by_policy.values())
    return [
        ["policy", *(str(policy) for policy in by_policy)],
        ["visits served", *(f"{_mean(c, 'num_served'):.4g} of {_mean(c, 'num_wanted'):.4g}" for c in columns)],
        ["on time", *(f"{100 * _mean(c, 'on_time_share'):.1f} %" for c in columns)],
        ["lateness, 95th percentile", *(_minutes(_mean(c, "lateness_p95_s")) for c in columns)],
        ["promises kept", *(f"{100 * _mean(c, 'kept_share'):.1f} %" for c in columns)],
        ["elders told something new", *(f"{_mean(c, 'elders_told'):.4g}" for c in columns)],
        ["workers told something new", *(f"{_mean(c, 'workers_told'):.4g}" for c in columns)],
        ["urgent: from call to start, median", *(_minutes(_mean(c, "urgent_response_p50_s")) for c in columns)],
        ["re-plan, median", *(_milliseconds(_mean(c, "replan_p50_s")) for c in columns)],
        ["cost, unserved visits included", *(f"{_mean(c, 'cost_cents') / 100:,.0f}" for c in columns)],
        ["cost of the work (yuan)", *(f"{_mean(c, 'operating_cents') / 100:,.0f}" for c in columns)],
        ["overtime", *(f"{_mean(c, 'overtime_s') / 3600:.1f} h" for c in columns)],
    ]


def _mean(outcomes: Sequence[Outcome], name: str) -> float:
    """Mean over the days that have the figure; NaN where none has."""
    values = [value for outcome in outcomes if (value := getattr(outcome, name)) is not None]
    return sum(values) / len(values) if values else float("nan")


def _minutes(seconds: float) -> str:
    return "" if seconds != seconds else f"{seconds / SECONDS_PER_MINUTE:.0f} min"  # noqa: PLR0124


def _milliseconds(seconds: float) -> str:
    return "" if seconds != seconds else f"{1000 * seconds:.0f} ms"  # noqa: PLR0124
