"""What ends a command early, and with which exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer
from rich.console import Console

from optimizer.cli.report import show_issues, show_violations
from optimizer.errors import InputError, Issue, SolverBug, TravelError
from optimizer.judge import Judged

INTERNAL_FAULT = 1
BAD_INPUT = 2
BROKEN_RULES = 3


@contextmanager
def faults_told(console: Console) -> Iterator[None]:
    """Tell what was wrong in full, and leave with the exit code it stands for."""
    try:
        yield
    except InputError as error:
        show_issues(console, error.issues)
        raise typer.Exit(BAD_INPUT) from error
    except TravelError as error:
        show_issues(console, [Issue(code="travel", path="travel times", message=str(error))])
        raise typer.Exit(BAD_INPUT) from error
    except OSError as error:
        issue = Issue(code="file", path=str(error.filename or "files"), message=f"{error.strerror or error}.")
        show_issues(console, [issue])
        raise typer.Exit(BAD_INPUT) from error
    except SolverBug as error:
        console.print(
            f"internal fault: {error}\nThis is a fault of yizhan, not of your data; nothing was written. Please report "
            "it with the command and its SRC.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(INTERNAL_FAULT) from error


def require_sound(console: Console, judged: Judged, why: str) -> None:
    """Tell every rule that a plan breaks and `why` that ends the command, unless it breaks none."""
    if judged.violations:
        show_violations(console, judged.violations)
        console.print(why, style="red", highlight=False)
        raise typer.Exit(BROKEN_RULES)


@contextmanager
def faults_in(path: Path) -> Iterator[None]:
    """Put the name of a file before the paths of the faults found in it."""
    try:
        yield
    except InputError as error:
        raise type(error)([replace(issue, path=f"{path.name}:{issue.path}") for issue in error.issues]) from error


def option_fault(path: str, message: str, hint: str = "") -> InputError:
    """A fault of one option or argument of the command line."""
    return InputError([Issue(code="option", path=path, message=message, hint=hint)])
