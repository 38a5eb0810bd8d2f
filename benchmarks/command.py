"""What the commands of this package share: how faults are told, which files can be written, and how progress shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from optimizer.errors import InputError, Issue

BAD_INPUT, INTERRUPTED = 2, 130


@contextmanager
def faults_told(console: Console) -> Iterator[None]:
    """Tell what was wrong in full, and leave with the exit code it stands for."""
    try:
        yield
    except InputError as error:
        for issue in error.issues:
            console.print(f"error: {issue}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from error


def bad_option(path: str, message: str, hint: str) -> Issue:
    """An option that cannot be meant so."""
    return Issue(code="option", path=path, message=message, hint=hint)


def unwritable(option: str, path: Path | None) -> list[Issue]:
    """The fault of an option that names a file which cannot be written, where it has one."""
    if path is None or (path.parent.is_dir() and not path.is_dir()):
        return []
    return [bad_option(option, f"{str(path)!r} cannot be written.", "Name a file in a folder that exists.")]


@contextmanager
def counted(console: Console, num_expected: int) -> Iterator[Callable[[str], None]]:
    """A bar of `num_expected` steps; call what it gives with the name of each step that is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=num_expected)
        yield lambda name: progress.update(task, advance=1, description=name)
