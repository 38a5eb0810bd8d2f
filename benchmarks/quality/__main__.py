"""``python -m benchmarks.quality FAMILY``: compare solvers on public instances and on our own days.

Exit codes: 0 done, 2 an option is wrong or data are missing, 130 interrupted (what is done is shown and written).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.command import INTERRUPTED, bad_option, counted, faults_told, unwritable
from benchmarks.peers import PEERS
from benchmarks.quality.compare import Outcome, compare
from benchmarks.quality.families import DATA_VARIABLE, FAMILIES, Case, Family, find_cases, find_family
from benchmarks.quality.rows import merged, read_rows, write_rows
from benchmarks.quality.table import show_outcomes
from optimizer.errors import InputError, Issue
from optimizer.formats.issues import did_you_mean

ALL = ",".join(PEERS)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console()
err = Console(stderr=True)


@app.command()
def quality(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help=f"One of {', '.join(FAMILIES)}.")],
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help=f"Folder of the public data (default: ${DATA_VARIABLE}).")
    ] = None,
    instances: Annotated[str, typer.Option(metavar="GLOB", help="Names of instances, e.g. 'R1*'.")] = "*",
    time: Annotated[
        float,
        typer.Option(metavar="S", help="Seconds for each solver and instance; 0: each instance's published time."),
    ] = 30.0,
    seeds: Annotated[int, typer.Option(metavar="N", help="Seeds 0 to N-1 for each instance.")] = 1,
    solvers: Annotated[str, typer.Option(metavar="NAMES", help=f"Some of {ALL}.")] = ALL,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every answer's row to this file.")] = None,
    merge: Annotated[bool, typer.Option(help="Keep other rows that the file already has.")] = False,
) -> None:
    """Compare solvers: same instances, same machine, same wall time, one judge."""
    with faults_told(err):
        names = _solvers(solvers)
        _check_options(time, seeds, json)
        kept = read_rows(json) if json is not None and merge and json.exists() else []
        found = find_family(family)
        cases = find_cases(found, data, instances)
        _check_published(time, found, cases)
    outcomes: list[Outcome] = []
    try:
        with faults_told(err):
            _run(outcomes, compare(family, cases, names, time_s=time, num_seeds=seeds), len(cases) * len(names) * seeds)
    except KeyboardInterrupt:
        err.print("Interrupted: this is what was done by then.")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        if outcomes:
            seconds = f"{time:g} s" if time else "published seconds"
            title = f"{seconds} each, {seeds} seed{'s' if seeds > 1 else ''}, {found.unit}"
            show_outcomes(out, found, outcomes, title)
        if json is not None:
            write_rows(json, merged(kept, [outcome.row for outcome in outcomes if outcome.row is not None]))


def _run(outcomes: list[Outcome], coming: Iterator[Outcome], num_expected: int) -> None:
    """Collect what comes in `outcomes`, which keeps what is done when somebody presses Ctrl-C."""
    with counted(err, num_expected) as done:
        for outcome in coming:
            outcomes.append(outcome)
            done(f"{outcome.instance} {outcome.solver}")


def _solvers(text: str) -> list[str]:
    """Names of solvers; of all of them, those that are installed."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in PEERS]
    issues = [bad_option("--solvers", f"{name!r} is not a solver.", _known(name)) for name in unknown]
    absent = [name for name in names if name not in unknown and not PEERS[name].is_installed]
    if text == ALL:
        for name in absent:
            err.print(f"{name} is not installed and left out; 'make bench' installs it.")
        names = [name for name in names if name not in absent]
    else:
        issues += [bad_option("--solvers", f"{name} is not installed.", "'make bench' installs it.") for name in absent]
    if not names:
        issues.append(bad_option("--solvers", "no solver is named.", f"Name some of {ALL}."))
    if issues:
        raise InputError(issues)
    return names


def _known(name: str) -> str:
    return f"{did_you_mean(name, PEERS)} There are {', '.join(PEERS)}.".lstrip()


def _check_options(time_s: float, num_seeds: int, json: Path | None) -> None:
    issues: list[Issue] = []
    if not (math.isfinite(time_s) and time_s >= 0):
        issues.append(bad_option("--time", f"{time_s:g} is not a number of seconds, 0 or more.", "Use e.g. 30."))
    if num_seeds < 1:
        issues.append(bad_option("--seeds", f"{num_seeds} seeds are none.", "Use 1 or more."))
    issues += unwritable("--json", json)
    if issues:
        raise InputError(issues)


def _check_published(time_s: float, family: Family, cases: Sequence[Case]) -> None:
    """No time of its own is given only to instances that come with a published one."""
    without = [case.name for case in cases if case.published_s is None]
    if not time_s and without:
        message = f"0 means the published time of each instance; of {family.name}, {without[0]} has none."
        raise InputError([bad_option("--time", message, "Use e.g. 30.")])


if __name__ == "__main__":
    app()
