"""What goes into the process of a solve, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.daybook.answers import Budget
from api.network_resources import NetworkQuestion
from api.store.days import NewsRecord
from api.store.records import Outcome
from optimizer.errors import Issue

FAILURES: dict[str, str] = {
    "invalid-problem": "The problem has faults.",
    "travel": "Travel times cannot be had.",
    "out-of-memory": "The solve needed more memory than one may have.",
    "out-of-time": "The solve did not end in time, nor when it was told to.",
    "overtaken": "The day went on before a better version of its plan was looked for.",
    "worker-died": "The process of the solve died, again and again.",
    "solver-bug": "The judge refused the plan: a fault of the service.",
    "internal": "A fault of the service.",
}
"""Why a plan failed, by the ``code`` of its ``error``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """All that a solve needs; it knows no database."""

    problem: bytes
    travel: Mapping[str, Any]
    params: Mapping[str, Any]
    parent: bytes | None
    streets_path: Path | None
    memory_limit_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTask:
    """All that a study needs: its file as JSON, its stored problem if it has one, and the runs there are."""

    study: bytes
    problem: bytes | None
    travel: Mapping[str, Any]
    runs: tuple[bytes, ...]
    streets_path: Path | None
    memory_limit_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementTask:
    """All that an improvement of a published day needs: the version that holds, its facts, and what has happened."""

    problem: bytes
    base_problem: bytes
    travel: Mapping[str, Any]
    plan: bytes
    state: bytes
    budget: Budget
    improve_s: float
    seed: int
    streets_path: Path | None
    memory_limit_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTask:
    """All that a question about a district's network needs: itself and the stored problem.

    ``max_ways`` is the most pairs of elders and places that are worked out.
    """

    question: NetworkQuestion
    problem: bytes
    travel: Mapping[str, Any]
    max_ways: int
    streets_path: Path | None
    memory_limit_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMade:
    """A step that a published day may go on by."""

    state: bytes
    answer: bytes
    news: Sequence[NewsRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A step of progress."""

    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The plan is made; an improvement that is worth its changes has the step by which it is published."""

    outcome: Outcome
    step: StepMade | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """The study is done; without results where it was stopped."""

    results: bytes | None
    report: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer to a question about the network as JSON, or what is wrong with the question."""

    answer: bytes = b""
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No plan, for a reason that trying again would not change."""

    code: str
    message: str

    @property
    def error(self) -> dict[str, str]:
        """As the plan's ``error``."""
        return {"code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """The process ended without a word, e.g. because it was killed."""

    exit_code: int | None


Message = Told | Solved | Studied | Answered | Failed
Result = Solved | Studied | Answered | Failed | Died
AnyTask = Task | StudyTask | ImprovementTask | NetworkTask
