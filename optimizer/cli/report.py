"""What the command line says: issues, key figures, violations, reasons, as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from optimizer.errors import Issue, Severity
from optimizer.plan import Plan, Unassigned, Violation
from optimizer.problem import Problem
from optimizer.rules import CostTerm
from optimizer.units import SECONDS_PER_HOUR

MAX_ROWS = 40
"""Longer lists are cut, and the number left out is said."""


def show_issues(console: Console, issues: Sequence[Issue], *, max_rows: int = MAX_ROWS) -> None:
    """Every issue on a line of its own, errors before warnings."""
    ordered = sorted(issues, key=lambda issue: issue.severity is Severity.WARNING)
    for issue in ordered[:max_rows]:
        style = "red" if issue.severity is Severity.ERROR else "yellow"
        _show_line(console, issue.severity, style, str(issue))
    _say_rest(console, len(ordered) - max_rows, "issues")


def say(console: Console, text: str) -> None:
    """A sentence as it is, in one line where the output goes to a file."""
    console.print(text, markup=False, highlight=False, soft_wrap=not console.is_terminal)


def show_plan(console: Console, problem: Problem, plan: Plan) -> None:
    """Status, key figures and cost of a plan."""
    table = Table(title=Text(f"{problem.name}: {plan.status}", "bold"), show_header=False)
    table.add_column(style="cyan")
    table.add_column(justify="right")
    for name, figure in key_figures(problem, plan):
        table.add_row(name, figure)
    console.print(table)
    costs = Table("cost term", "yuan", title="Cost", title_style="bold")
    costs.columns[1].justify = "right"
    for term in CostTerm:
        if cents := plan.cost.cents_by_term.get(term, 0):
            costs.add_row(str(term), f"{cents / 100:,.2f}")
    costs.add_row("total", f"{plan.cost.total_cents / 100:,.2f}", style="bold")
    console.print(costs)


def key_figures(problem: Problem, plan: Plan) -> list[tuple[str, str]]:
    """Names and values of the figures a dispatcher looks at first."""
    kpis = plan.kpis
    provenance = plan.provenance
    rows = [
        ("visits served", f"{kpis['num_served']} of {kpis['num_visits']}"),
        ("portions delivered", str(kpis["num_portions"])),
        ("workers used", f"{kpis['num_workers_used']} of {len(problem.workers)}"),
        ("trips", str(kpis["num_trips"])),
        ("on time", _share(kpis["on_time_share"])),
        ("on time within 10 min", _share(kpis["on_time_10_min_share"])),
        ("food age, 95th percentile", _minutes(kpis["food_age_p95_s"])),
        ("food older than 2 h", _share(kpis["food_over_120_min_share"])),
        ("known worker", _share(kpis["known_worker_share"])),
        ("wait of the first worker at two-worker visits", _minutes(kpis["sync_wait_mean_s"])),
        ("distance", f"{kpis['travel_distance_m'] / 1000:,.0f} km"),
        ("travel share of paid time", _share(kpis["travel_share"])),
        ("waiting", f"{kpis['wait_duration_s'] / SECONDS_PER_HOUR:,.1f} h"),
        ("overtime", f"{kpis['overtime_s'] / SECONDS_PER_HOUR:,.1f} h"),
        ("imbalance of load (Gini)", _plain(kpis["workload_gini"])),
        ("engine", provenance.engine),
        ("first plan after", _seconds(provenance.first_plan_s)),
        ("planned in", _seconds(provenance.duration_s)),
    ]
    return [(name, figure) for name, figure in rows if figure]


def show_unassigned(console: Console, unassigned: Sequence[Unassigned], *, max_rows: int = MAX_ROWS) -> None:
    """Each unserved visit with its reasons and remedies."""
    for item in unassigned[:max_rows]:
        tried = counted(item.num_insertions_tried, "insertion")
        _show_line(console, item.visit_id, "bold", f"is not served; {tried} tried")
        lines = [("why", reason.message) for reason in item.reasons]
        lines += [("cure", f"{remedy.message} ({remedy.price_cents / 100:+,.2f} yuan)") for remedy in item.remedies]
        if not lines:
            lines = [("", "Not looked into within the time limit; ask `yizhan explain`.")]
        table = Table.grid(padding=(0, 2), pad_edge=True)
        for word, message in lines:
            table.add_row(Text(word, "dim"), Text(message))
        console.print(table)
    _say_rest(console, len(unassigned) - max_rows, "unserved visits")


def show_violations(console: Console, violations: Sequence[Violation], *, max_rows: int = MAX_ROWS) -> None:
    """Every violation on a line of its own."""
    for violation in violations[:max_rows]:
        _show_line(console, violation.rule, "red", violation.message)
    _say_rest(console, len(violations) - max_rows, "violations")


def show_files(console: Console, paths: Iterable[Path], word_about: Callable[[Path], str]) -> None:
    """The files written, with a word about each."""
    table = Table(title="Written", show_header=False, title_style="bold")
    table.add_column(overflow="fold")
    table.add_column(style="dim")
    for path in paths:
        table.add_row(Text(str(path)), word_about(path))
    console.print(table)


def counted(number: int, noun: str) -> str:
    """``1 visit`` or ``3 visits``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _show_line(console: Console, word: str, style: str, message: str) -> None:
    """A word and a message: wrapped at a terminal, one line elsewhere, so that logs can be searched."""
    text = Text.assemble((str(word), style), " ", message)
    console.print(text, highlight=False, soft_wrap=not console.is_terminal)


def _say_rest(console: Console, num_left: int, noun: str) -> None:
    if num_left > 0:
        console.print(f"… and {num_left} more {noun}.", style="dim")


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _minutes(duration_s: float | None) -> str:
    return "" if duration_s is None else f"{duration_s / 60:.0f} min"


def _seconds(duration_s: float | None) -> str:
    return "" if duration_s is None else f"{duration_s:.1f} s"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
