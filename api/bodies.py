"""Reading bodies: strictly, with every fault at once, and by the core's own readers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from api.errors import Refusal, invalid
from api.settings import Settings
from optimizer.errors import InputError, InvalidProblem, Issue, SourceError
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import problem_from_json
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
    members = _members(data)
    issues = [_unknown(name, readers) for name in members if name not in readers]
    result = {}
    for name in members.keys() & readers.keys():
        if members[name] is None:
            continue
        try:
            result[name] = readers[name](json.dumps(members[name], ensure_ascii=False).encode())
        except InputError as error:
            issues += [_below(name, issue) for issue in error.issues]
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
    value = orjson.loads(data)
    if not isinstance(value, str) or not value or "\x00" in value:
        issue = Issue(code="bad-value", path="$", message=f"{data.decode()} is no id.", hint="Put an id in quotes.")
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


def _members(data: bytes) -> dict[str, Any]:
    try:
        tree = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_twins, parse_constant=_refuse_constant)
    except _Twin as error:
        issue = Issue(code="duplicate-key", path="$", message=f"the key {error} occurs twice.", hint="Remove one.")
        raise SourceError([issue]) from None
    except (ValueError, RecursionError) as error:
        issue = Issue(code="not-json", path="$", message=f"this is not JSON: {error}.", hint="Correct the text.")
        raise SourceError([issue]) from None
    if not isinstance(tree, dict):
        issue = Issue(code="bad-value", path="$", message="the body is not an object.", hint="Write it in braces.")
        raise SourceError([issue])
    return tree


class _Twin(Exception):
    """A key occurs twice in an object."""


def _without_twins(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twin(repr(next(name for name in plain if names.count(name) > 1)))
    return plain


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a finite number")


def _unknown(name: str, known: Mapping[str, Reader]) -> Issue:
    hint = did_you_mean(name, known) or f"Its keys are: {', '.join(known)}."
    return Issue(code="unknown-key", path=name, message=f"{name!r} is not a key of this body.", hint=hint)


def _below(name: str, issue: Issue) -> Issue:
    return replace(issue, path=name if issue.path == "$" else f"{name}.{issue.path}")
