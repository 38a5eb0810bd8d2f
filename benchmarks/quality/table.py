"""The table: per class and overall, each solver's mean gap, wins, seconds and invalid answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.quality.compare import Outcome
from benchmarks.quality.families import Family
from benchmarks.quality.rows import Row, gap_percent

NOTHING = "–"
OVERALL = "all"
_TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A solver in a class.

    Attributes
    ----------
    mean_gap_percent
        Over its valid answers; ``None`` where it has none, or nothing is known to compare with.
    num_wins
        Instances and seeds for which no valid answer is cheaper; ties count for all.
    num_unsupported
        Instances that it cannot state.
    """

    num_answers: int
    mean_gap_percent: float | None
    num_wins: int
    mean_seconds: float | None
    num_invalid: int
    num_unsupported: int = 0


def reference_costs(rows: Iterable[Row]) -> dict[str, float]:
    """What gaps are measured from, by instance: the best known value, or else the cheapest valid answer of this run."""
    best: dict[str, float] = {}
    for row in rows:
        if row.best_known is not None:
            best[row.instance] = row.best_known
        elif row.valid and row.cost is not None:
            best[row.instance] = min(row.cost, best.get(row.instance, row.cost))
    return best


def winning_keys(rows: Iterable[Row]) -> set[tuple[str, str, str, int]]:
    """Keys of the valid rows that no other solver's row of the same instance and seed beats."""
    contests: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.valid and row.cost is not None:
            contests[row.instance, row.seed].append(row)
    return {row.key for contest in contests.values() for row in contest if _is_lowest(row, contest)}


def _is_lowest(row: Row, contest: Sequence[Row]) -> bool:
    assert row.cost is not None
    return all(other.cost is None or row.cost <= other.cost * (1 + _TIE) for other in contest)


def summarize(outcomes: Sequence[Outcome], all_rows: Sequence[Row]) -> Summary:
    """Figures of one solver's `outcomes`; `all_rows` are those of every solver."""
    rows = [outcome.row for outcome in outcomes if outcome.row is not None]
    reference, winners = reference_costs(all_rows), winning_keys(all_rows)
    gaps = [gap_percent(row.cost, reference.get(row.instance)) for row in rows if row.valid]
    known = [gap for gap in gaps if gap is not None]
    return Summary(
        num_answers=len(rows),
        mean_gap_percent=fmean(known) if known else None,
        num_wins=sum(row.key in winners for row in rows),
        mean_seconds=fmean(row.seconds for row in rows) if rows else None,
        num_invalid=sum(not row.valid for row in rows),
        num_unsupported=len({outcome.instance for outcome in outcomes if outcome.unsupported}),
    )


def show_outcomes(console: Console, family: Family, outcomes: Sequence[Outcome], title: str) -> None:
    """The table, and below it what it does not say: invalid answers, what cannot be stated, rules left out."""
    console.print(make_table(outcomes, f"{family.name}: {family.title} — {title}"))
    rows = [outcome.row for outcome in outcomes if outcome.row is not None]
    if any(row.best_known is None for row in rows):
        _say(console, "No best known value: gaps are from the cheapest valid answer of this run.")
    for outcome in outcomes:
        if outcome.fault and outcome.row is not None:
            text = f"invalid: {outcome.solver} on {outcome.instance}, seed {outcome.row.seed}, {outcome.row.seconds} s"
            _say(console, f"{text}: {outcome.fault}", "red")
    for (solver, reason), instances in _unsupported(outcomes).items():
        _say(console, f"{NOTHING} {solver} cannot state {reason}: {_listed(instances)}", "yellow")
    left_out = list(dict.fromkeys(name for outcome in outcomes for name in outcome.left_out))
    if left_out:
        _say(console, "Left out for everybody: " + "; ".join(left_out) + ".")


def make_table(outcomes: Sequence[Outcome], title: str) -> Table:
    """A line per class and solver, and all classes together at the end."""
    table = Table(title=Text(title, "bold"))
    groups = list(dict.fromkeys(outcome.group for outcome in outcomes))
    table.add_column("class", no_wrap=True, min_width=max(map(len, groups), default=0))
    table.add_column("solver", style="cyan")
    for header in ("answers", "mean gap %", "wins", "mean s", "invalid"):
        table.add_column(header, justify="right")
    all_rows = [outcome.row for outcome in outcomes if outcome.row is not None]
    solvers = list(dict.fromkeys(outcome.solver for outcome in outcomes))
    for group in [*sorted(groups), OVERALL] if len(groups) > 1 else groups:
        table.add_section()
        for position, solver in enumerate(sorted(solvers)):
            own = [o for o in outcomes if o.solver == solver and group in {o.group, OVERALL}]
            table.add_row(group if position == 0 else "", solver, *cells(summarize(own, all_rows)))
    return table


def cells(summary: Summary) -> list[str]:
    """Figures as text; a solver without an answer has none."""
    if not summary.num_answers:
        return [NOTHING] * 5
    gap, seconds = summary.mean_gap_percent, summary.mean_seconds
    return [
        f"{summary.num_answers}",
        NOTHING if gap is None else f"{gap:z.2f}",
        f"{summary.num_wins}",
        NOTHING if seconds is None else f"{seconds:.1f}",
        f"{summary.num_invalid}",
    ]


def _unsupported(outcomes: Sequence[Outcome]) -> dict[tuple[str, str], list[str]]:
    instances: dict[tuple[str, str], list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.unsupported and outcome.instance not in instances[outcome.solver, outcome.unsupported]:
            instances[outcome.solver, outcome.unsupported].append(outcome.instance)
    return instances


def _listed(names: Sequence[str], limit: int = 3) -> str:
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=True)
