"""The errors this package raises on purpose.

::

    YizhanError
    ├── InputError            the question is wrong: a file, a table, a parameter (exit code 2)
    │   ├── InvalidProblem    the facts contradict the law of the model; carries every issue
    │   └── SourceError       a file or folder cannot be read as what it claims to be
    ├── TravelError           travel times cannot be had (unreachable pair, engine not answering)
    └── SolverBug             an engine returned a plan that the judge refuses; never the user's fault

Infeasible is not an error: it is a plan with unassigned visits and their reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much an issue weighs: an error stops the run, a warning is shown beside the plan."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing wrong with a problem or the files it comes from.

    Attributes
    ----------
    code
        Stable name of the kind of issue, e.g. ``window-reversed``; listed in ``docs/formats.md``.
    path
        Where: ``visits[3].windows[0]`` in JSON, ``visits.csv:4:window`` (file, row, column) in tables.
    message
        The value and the law it breaks.
    hint
        The cure, as an instruction.
    """

    code: str
    path: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" {self.hint}" if self.hint else "")


class YizhanError(Exception):
    """Root of every error raised on purpose."""


class InputError(YizhanError):
    """What the user gave is wrong; carries every issue found, never only the first."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Issue, ...]]]:
        return type(self), (self.issues,)


class InvalidProblem(InputError):
    """The facts contradict the law of the model."""


class SourceError(InputError):
    """A file or folder cannot be read as what it claims to be."""


class TravelError(YizhanError):
    """Travel times cannot be had."""


class SolverBug(YizhanError):
    """An engine returned a plan that the judge refuses."""
