"""``python -m benchmarks.terms [SCENARIO ...]``: what each promise costs, one promise changed at a time.

Every variant of a scenario is solved for the same time, in one process that has compiled beforehand. Each plan is then
judged by the scenario as it is, prices and rules alike, whatever it was made for; so the rows of a scenario compare.

Exit codes: 0 done, 2 an option is wrong, 130 interrupted (what is done is shown and written).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.command import INTERRUPTED, bad_option, counted, faults_told, unwritable
from benchmarks.peers.limits import LIMITS
from benchmarks.quality.rows import gap_percent, write_rows
from benchmarks.quality.table import NOTHING
from optimizer.check import check_plan
from optimizer.cost import cost_of, quantities_of
from optimizer.errors import InputError
from optimizer.kpis import kpis_of
from optimizer.params import SolveParams
from optimizer.plan import Plan
from optimizer.problem import Problem
from optimizer.rules import CostTerm
from optimizer.search.warmup import warm_up
from optimizer.solve import solve
from optimizer.study.figures import PROMISE_TERMS
from optimizer.travel import TravelMatrix, build_travel
from optimizer.units import SECONDS_PER_HOUR
from scenarios import Scenario, build_scenario

DEFAULT_SCENARIOS = ("xicheng-day", "beibei-three-helps")
"""Scenarios that are compared where none is named."""

CONTINUITY: Mapping[str, CostTerm] = {
    "not_preferred_cents": CostTerm.NOT_PREFERRED,
    "new_worker_cents": CostTerm.NEW_WORKER,
    "promise_worker_cents": CostTerm.PROMISE_WORKER,
}
"""Prices of knowing who comes, and their terms."""

FAIRNESS: Mapping[str, CostTerm] = {"imbalance_cents_per_hour": CostTerm.IMBALANCE}
"""The price of equal loads, and its term."""

PUNCTUALITY: Mapping[str, CostTerm] = {
    "lateness_cents_per_hour": CostTerm.LATENESS,
    "highest_lateness_cents_per_hour": CostTerm.HIGHEST_LATENESS,
    "earliness_cents_per_hour": CostTerm.EARLINESS,
}
"""Prices of soft windows, and their terms."""

FAIR_CENTS_PER_HOUR = 1_000
"""Price of an hour off the mean load where a scenario has none: about a fifth of a carer's pay (assumed)."""

_WITHOUT = {limit.name: limit.without for limit in LIMITS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A scenario with one promise changed."""

    name: str
    change: Callable[[Problem], Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A variant's plan, judged by the scenario as it is; money in yuan cents, durations in seconds.

    Attributes
    ----------
    total_cents, total_percent
        Cost by the scenario's prices, and by how much it exceeds that of the scenario's own plan.
    running_cents, running_percent
        The same without :data:`~optimizer.study.figures.PROMISE_TERMS`: pay, ways, portions and the like.
    load_deviation_s
        Mean over workers of the load's distance from the fair share, or where none is given from the mean load.
    first_plan_s
        Wall time to the first plan.
    broken_rules
        How often the plan breaks each of the scenario's rules; a plan of the scenario as it is breaks none.
    """

    scenario: str
    variant: str
    seed: int
    time_s: float | None
    total_cents: int
    total_percent: float | None
    running_cents: int
    running_percent: float | None
    cents_by_term: Mapping[str, int]
    num_unserved: int
    known_worker_share: float | None
    preferred_worker_share: float | None
    workload_gini: float | None
    load_deviation_s: float
    wait_duration_s: int
    on_time_share: float | None
    first_plan_s: float | None
    broken_rules: Mapping[str, int]


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console()
err = Console(stderr=True)


@app.command()
def terms(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help=f"Default: {' '.join(DEFAULT_SCENARIOS)}.", show_default=False),
    ] = None,
    time: Annotated[float, typer.Option(metavar="S", min=0, help="Seconds for each variant.")] = 30.0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of every solve.")] = 0,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every row to this file.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw the differences.")] = None,
) -> None:
    """What each promise costs: the same day without it, or with more of it, at equal time and equal prices."""
    with faults_told(err):
        _check_files(json, plot)
        worlds = [build_scenario(name) for name in dict.fromkeys(scenarios or DEFAULT_SCENARIOS)]
    rows: list[Row] = []
    try:
        warm_up()
        with counted(err, sum(len(variants_of(world.problem)) for world in worlds)) as done:
            for world in worlds:
                for row in compare(world, SolveParams(time_limit_s=time, seed=seed, explain=False)):
                    rows.append(row)
                    done(f"{row.scenario} {row.variant}")
    except KeyboardInterrupt:
        err.print("Interrupted: this is what was done by then.")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        _show(rows, worlds, f"{time:g} s each, seed {seed}")
        if json is not None:
            write_rows(json, rows)
        if plot is not None and rows:
            draw(rows, plot, f"{time:g} s each, seed {seed}")


def _repriced(prices: Mapping[str, CostTerm], factor: int) -> Callable[[Problem], Problem]:
    """Those prices times `factor`; a factor of 0 also frees a problem that declares their terms hard."""

    def changed(problem: Problem) -> Problem:
        new = {name: factor * getattr(problem.weights, name) for name in prices}
        hard = tuple(term for term in problem.hard_terms if factor or term not in prices.values())
        return replace(problem, weights=replace(problem.weights, **new), hard_terms=hard)

    return changed


def _without_continuity(problem: Problem) -> Problem:
    elders = tuple(replace(elder, max_distinct_workers=None) for elder in problem.elders)
    return _repriced(CONTINUITY, 0)(replace(problem, elders=elders))


def _with_fairness(problem: Problem) -> Problem:
    cents = problem.weights.imbalance_cents_per_hour or FAIR_CENTS_PER_HOUR
    return replace(problem, weights=replace(problem.weights, imbalance_cents_per_hour=cents))


def _without_bonds(problem: Problem) -> Problem:
    return _WITHOUT["visits of several workers at once"](_WITHOUT["bonds between visits"](problem))


AS_IT_IS = Variant(name="all", change=lambda problem: problem)

VARIANTS: tuple[Variant, ...] = (
    AS_IT_IS,
    Variant(name="continuity off", change=_without_continuity),
    Variant(name="continuity hard-ish", change=_repriced(CONTINUITY, 10)),
    Variant(name="fairness on", change=_with_fairness),
    Variant(name="fairness off", change=_repriced(FAIRNESS, 0)),
    Variant(name="breaks off", change=_WITHOUT["breaks"]),
    Variant(name="bonds off", change=_without_bonds),
    Variant(name="soft windows off", change=_repriced(PUNCTUALITY, 0)),
)
"""Every variant; the others are compared with the first."""


def variants_of(problem: Problem) -> dict[str, Problem]:
    """The variants of `problem` by name, without those that change nothing in it."""
    changed = {variant.name: variant.change(problem) for variant in VARIANTS}
    return {name: each for name, each in changed.items() if name == AS_IT_IS.name or each != problem}


def compare(scenario: Scenario, params: SolveParams) -> Iterator[Row]:
    """A row per variant of `scenario`, each solved with `params`; the scenario as it is comes first."""
    travel = build_travel(scenario.problem, streets=scenario.streets)
    base: Row | None = None
    for name, problem in variants_of(scenario.problem).items():
        row = judged(scenario.problem, travel, solve(problem, travel, params))
        base = base or row
        yield replace(
            row,
            scenario=scenario.name,
            variant=name,
            seed=params.seed,
            time_s=params.time_limit_s,
            total_percent=gap_percent(row.total_cents, base.total_cents),
            running_percent=gap_percent(row.running_cents, base.running_cents),
        )


def judged(problem: Problem, travel: TravelMatrix, plan: Plan) -> Row:
    """Figures of `plan` as its stops have them, by the prices and rules of `problem`; no differences yet."""
    cost, kpis = cost_of(problem, travel, plan), kpis_of(problem, travel, plan)
    deviation_s = quantities_of(problem, travel, plan)[CostTerm.IMBALANCE]
    return Row(
        scenario=problem.name,
        variant=AS_IT_IS.name,
        seed=plan.provenance.seed,
        time_s=None,
        total_cents=cost.total_cents,
        total_percent=None,
        running_cents=sum(cents for term, cents in cost.cents_by_term.items() if term not in PROMISE_TERMS),
        running_percent=None,
        cents_by_term={term.value: cents for term, cents in cost.cents_by_term.items()},
        num_unserved=kpis.num_unserved,
        known_worker_share=kpis.known_worker_share,
        preferred_worker_share=kpis.preferred_worker_share,
        workload_gini=kpis.workload_gini,
        load_deviation_s=deviation_s / max(1, len(problem.workers)),
        wait_duration_s=kpis.wait_duration_s,
        on_time_share=kpis.on_time_share,
        first_plan_s=plan.provenance.first_plan_s,
        broken_rules=dict(Counter(violation.rule.value for violation in check_plan(problem, travel, plan))),
    )


MONEY: Mapping[str, Callable[[Row], str]] = {
    "cost yuan": lambda row: f"{row.total_cents / 100:,.0f}",
    "% more": lambda row: _number(row.total_percent, "+z.2f"),
    "running yuan": lambda row: f"{row.running_cents / 100:,.0f}",
    "% more ": lambda row: _number(row.running_percent, "+z.2f"),
    "not served": lambda row: f"{row.num_unserved}",
    "rules broken": lambda row: f"{sum(row.broken_rules.values())}",
    "first plan s": lambda row: _number(row.first_plan_s, ".1f"),
}
"""Columns of the first table: what a plan costs, and what it leaves undone."""

PEOPLE: Mapping[str, Callable[[Row], str]] = {
    "known worker %": lambda row: _number(row.known_worker_share, ".1f", 100),
    "preferred worker %": lambda row: _number(row.preferred_worker_share, ".1f", 100),
    "on time %": lambda row: _number(row.on_time_share, ".1f", 100),
    "Gini of paid time": lambda row: _number(row.workload_gini, ".3f"),
    "off mean load h": lambda row: f"{row.load_deviation_s / SECONDS_PER_HOUR:.2f}",
    "waiting h": lambda row: f"{row.wait_duration_s / SECONDS_PER_HOUR:.1f}",
}
"""Columns of the second table: what elders and workers have of it."""


def make_table(rows: Sequence[Row], columns: Mapping[str, Callable[[Row], str]], title: str = "") -> Table:
    """A line per variant of one scenario."""
    table = Table(
        title=Text(title, "bold") if title else None,
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("variant", style="cyan", no_wrap=True)
    for header in columns:
        table.add_column(header, justify="right", min_width=max(map(len, header.split())))
    for row in rows:
        table.add_row(row.variant, *(text_of(row) for text_of in columns.values()))
    return table


def _number(value: float | None, form: str, factor: int = 1) -> str:
    return NOTHING if value is None else format(factor * value, form)


def _show(rows: Sequence[Row], worlds: Iterable[Scenario], protocol: str) -> None:
    """A table per scenario of which something is done, and below it the variants that change nothing there."""
    for world in worlds:
        own = [row for row in rows if row.scenario == world.name]
        if own:
            out.print(make_table(own, MONEY, f"{world.name}: {protocol}, judged by its own prices and rules"))
            out.print(make_table(own, PEOPLE))
            known = variants_of(world.problem)
            if same := [variant.name for variant in VARIANTS if variant.name not in known]:
                out.print(f"Nothing to change there, so as all: {', '.join(same)}.", highlight=False, soft_wrap=True)


def _check_files(json: Path | None, plot: Path | None) -> None:
    issues = unwritable("--json", json) + unwritable("--plot", plot)
    if plot is not None and plot.suffix != ".svg":
        issues.append(bad_option("--plot", f"{str(plot)!r} is no name of an SVG file.", "Let it end in .svg."))
    if plot is not None and find_spec("matplotlib") is None:
        issues.append(bad_option("--plot", "matplotlib is not installed.", "'make bench' installs it."))
    if issues:
        raise InputError(issues)


_MARKS = (("#0072B2", ""), ("#E69F00", "///"), ("#009E73", "..."), ("#CC79A7", "xxx"), ("#56B4E9", "---"))
"""Colours of Okabe and Ito, told apart with any colour vision, and hatches that tell them apart in grey."""

_GROUP = 0.8
"""Height of a variant's bars together."""


def draw(rows: Sequence[Row], path: Path, protocol: str) -> None:
    """Horizontal bars: by how much the running cost of each variant differs from the scenario's own plan, in percent.

    The same rows give the same bytes. Needs matplotlib, from the extra ``bench``.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    shown = [row for row in rows if row.running_percent is not None and row.variant != AS_IT_IS.name]
    scenarios = list(dict.fromkeys(row.scenario for row in rows))
    variants = [variant.name for variant in VARIANTS if any(row.variant == variant.name for row in shown)]
    with rc_context({"svg.hashsalt": "terms", "svg.fonttype": "none", "hatch.color": "white"}):
        figure = Figure(figsize=(8, 1.6 + 0.32 * len(scenarios) * len(variants)), layout="constrained")
        axes = figure.add_subplot()
        for number, scenario in enumerate(scenarios):
            percents = {row.variant: row.running_percent or 0.0 for row in shown if row.scenario == scenario}
            centres = [variants.index(name) + _offset(number, len(scenarios)) for name in percents]
            colour, hatch = _MARKS[number % len(_MARKS)]
            height = 0.9 * _GROUP / len(scenarios)
            bars = axes.barh(centres, list(percents.values()), height, color=colour, hatch=hatch, label=scenario)
            axes.bar_label(bars, fmt="{:+.2f} %", padding=3, fontsize=9)
        axes.set_yticks(range(len(variants)), variants)
        axes.invert_yaxis()
        axes.axvline(0, color="black", linewidth=0.8)
        axes.margins(x=0.2)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.set_xlabel("running cost less that of the scenario as it is, % of the latter")
        axes.set_title(f"What each promise costs ({protocol})", loc="left")
        figure.legend(loc="outside lower center", ncols=len(scenarios), frameon=False)
        figure.savefig(path, metadata={"Date": None})


def _offset(number: int, count: int) -> float:
    """Where the bar of scenario `number` of `count` lies beside the middle of its group."""
    return _GROUP * ((number + 0.5) / count - 0.5)


if __name__ == "__main__":
    app()
