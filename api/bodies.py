"""Reading bodies: strictly, with every fault at once, and by the core's own readers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api.errors import Refusal, invalid
from api.settings import Settings
from optimizer.errors import InputError, InvalidProblem, Issue, SourceError
from optimizer.formats.issues import did_you_mean, shown
from optimizer.formats.json import problem_from_json, tree_from_json
from optimizer.formats.json_faults import faults_of
from optimizer.formats.source import read_source
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.validate import ERROR_CODES, validate_problem

JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
_SUFFIX_BY_TYPE = {XLSX: ".xlsx", ZIP: ".zip"}

Reader = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProblem:
    """A sound problem and what one should know about it."""

    problem: Problem
    warnings: tuple[Issue, ...]


def read_problem(data: bytes, content_type: str, settings: Settings) -> ReadProblem:
    """The problem of a body: JSON, a workbook, or a zip of CSV tables.

    Raises
    ------
    InputError
        With every fault.
    Refusal
        415 for other media types, 413 for a problem that is too large.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in {"", JSON}:
        return sound_problem(problem_from_json(data), settings)
    if kind not in _SUFFIX_BY_TYPE:
        detail = f"{kind!r} is not read here. Send {JSON}, {XLSX} or {ZIP}."
        raise Refusal(415, "unsupported-media-type", detail, headers={"Accept-Post": f"{JSON}, {XLSX}, {ZIP}"})
    with tempfile.TemporaryDirectory(prefix="yizhan-") as folder:
        path = Path(folder) / f"problem{_SUFFIX_BY_TYPE[kind]}"
        path.write_bytes(data)
        source = read_source(path)
    read = sound_problem(source.problem, settings)
    return ReadProblem(problem=read.problem, warnings=(*source.warnings, *source.origin.located(read.warnings)))


def sound_problem(problem: Problem, settings: Settings) -> ReadProblem:
    """`problem` with its warnings, if it is small enough and has no errors."""
    for noun, number, limit in (
        ("visits", len(problem.visits), settings.max_visits),
        ("places", len(problem.places), settings.max_places),
    ):
        if number > limit:
            raise Refusal(413, "too-large", f"the problem has {number:,} {noun}; {limit:,} are allowed. Split it.")
    issues = validate_problem(problem)
    if errors := [issue for issue in issues if issue.code in ERROR_CODES]:
        raise InvalidProblem(errors)
    return ReadProblem(problem=problem, warnings=issues)


def read_object(data: bytes, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """A JSON object, each of whose members is read by its reader; members that are absent or null are left out.

    Raises
    ------
    InputError
        With every fault of every member, each with its path from the top.
    """
    members, issues = _members(data)
    flawed = {issue.path for issue in issues}
    issues += [_unknown(name, readers) for name in members if name not in readers]
    result = {}
    for name in members.keys() & readers.keys():
        if members[name] is None:
            continue
        try:
            result[name] = readers[name](json.dumps(members[name]).encode())
        except InputError as error:
            below = (_below(name, issue) for issue in error.issues)
            issues += [issue for issue in below if not _is_told(issue.path, flawed)]
    if issues:
        raise SourceError(sorted(issues, key=lambda issue: issue.path))
    return result


def read_params(data: bytes) -> SolveParams:
    """Parameters of a solve."""
    try:
        return TypeAdapter(SolveParams).validate_json(data, strict=True)
    except ValidationError as error:
        raise SourceError(faults_of(SolveParams, error)) from None


def read_id(data: bytes) -> str:
    """An id."""
    value = json.loads(data)
    if not isinstance(value, str) or not value or "\x00" in value:
        message = f"{shown(value)} is no id."
        issue = Issue(code="bad-value", path="$", message=message, hint="Put an id in quotes.")
        raise SourceError([issue])
    return value


def raw(data: bytes) -> bytes:
    """A member that is read later, when its problem is known."""
    return data


def require_params(params: SolveParams, settings: Settings) -> SolveParams:
    """`params`, if this service goes as far."""
    if params.time_limit_s is not None and params.time_limit_s > settings.max_solve_s:
        message = f"{params.time_limit_s} s are more than the {settings.max_solve_s:g} s that a solve may take."
        raise invalid("params.time_limit_s", message, "Ask for less.")
    return params


def _members(data: bytes) -> tuple[dict[str, Any], list[Issue]]:
    """The members of an object, and every doubled key and number that is not finite below them."""
    tree, flaws = tree_from_json(data)
    if not isinstance(tree, dict):
        issue = Issue(code="bad-value", path="$", message="the body is not an object.", hint="Write it in braces.")
        raise SourceError([issue])
    return tree, flaws


def _is_told(path: str, flawed: Collection[str]) -> bool:
    """Whether what stands at `path`, or something in it, is known to be wrong already."""
    return any(other == path or other.startswith((f"{path}.", f"{path}[")) for other in flawed)


def _unknown(name: str, known: Mapping[str, Reader]) -> Issue:
    hint = did_you_mean(name, known) or f"Its keys are: {', '.join(known)}."
    return Issue(code="unknown-key", path=name, message=f"{name!r} is not a key of this body.", hint=hint)


def _below(name: str, issue: Issue) -> Issue:
    return replace(issue, path=name if issue.path == "$" else f"{name}.{issue.path}")
