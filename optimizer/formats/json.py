"""Problems, plans and drafts as JSON: strict, with every fault at once, and the published JSON Schema.

Reading goes through pydantic on the dataclasses of the model themselves, so wire and memory cannot drift apart. Clock
times may be local date-times (``"2026-03-03T11:00"``); they are resolved with the horizon's first date before the model
sees them, and written where the horizon has several days. The same object always gives the same bytes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from optimizer.errors import Issue, SourceError
from optimizer.formats.dates import DATE_TIME, format_date_time, parse_date_time
from optimizer.formats.json_faults import faults_of
from optimizer.formats.wire import join_path, natural_order, wire_defaults, wire_fields
from optimizer.plan import Draft, Plan
from optimizer.problem import Horizon, Problem, SpeedSlice
from optimizer.units import format_clock

_MAY_HOLD_HALF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_MAY_HOLD_DATE_TIME = re.compile(r'"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(T|\s)')


def problem_from_json(data: bytes | str) -> Problem:
    """Read a problem.

    Raises
    ------
    SourceError
        With every fault of the text; whether the facts agree with each other is for
        :func:`optimizer.validate.validate_problem`.
    """
    problem: Problem = _read(Problem, data, None)
    return problem


def plan_from_json(data: bytes | str, horizon: Horizon | None = None) -> Plan:
    """Read a plan; `horizon` is needed where its times are date-times.

    Raises
    ------
    SourceError
        With every fault of the text.
    """
    plan: Plan = _read(Plan, data, horizon.first_date if horizon else None)
    return plan


def draft_from_json(data: bytes | str, horizon: Horizon | None = None) -> Draft:
    """Read a draft; `horizon` is needed where its times are date-times.

    Raises
    ------
    SourceError
        With every fault of the text.
    """
    draft: Draft = _read(Draft, data, horizon.first_date if horizon else None)
    return draft


def problem_to_json(problem: Problem, *, full: bool = False) -> bytes:
    """`problem` as UTF-8 JSON, without what equals its default unless `full`."""
    return _write(problem, problem.horizon, full)


def plan_to_json(plan: Plan, horizon: Horizon | None = None, *, full: bool = False) -> bytes:
    """`plan` as UTF-8 JSON; with a `horizon` of several days its times are date-times."""
    return _write(plan, horizon, full)


def draft_to_json(draft: Draft, horizon: Horizon | None = None, *, full: bool = False) -> bytes:
    """`draft` as UTF-8 JSON; with a `horizon` of several days its times are date-times."""
    return _write(draft, horizon, full)


def facts_from_json(model: type[Any], data: bytes | str, horizon: Horizon | None = None) -> Any:
    """Read any other of the wire's dataclasses; `horizon` is needed where its times are date-times.

    Raises
    ------
    SourceError
        With every fault of the text.
    """
    return _read(model, data, horizon.first_date if horizon else None)


def facts_to_json(value: Any, horizon: Horizon | None = None, *, full: bool = False) -> bytes:
    """Any of the wire's dataclasses as UTF-8 JSON; with a `horizon` of several days its times are date-times."""
    return _write(value, horizon, full)


def tree_from_json(data: bytes | str) -> tuple[Any, list[Issue]]:
    """Plain values of a text, and what is wrong with it beyond its grammar: doubled keys, numbers that are not finite.

    Raises
    ------
    SourceError
        If the text is not JSON.
    """
    tree = _parsed(_decoded(data))
    return tree, list(_flaws(tree))


def problem_hash(problem: Problem) -> str:
    """SHA-256 of the problem's full JSON without blanks: equal problems have equal hashes, whatever wrote them."""
    tree = _to_wire(problem, None, full=True)
    canonical = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def problem_schema() -> dict[str, Any]:
    """JSON Schema of a problem."""
    return _schema(Problem)


def plan_schema() -> dict[str, Any]:
    """JSON Schema of a plan."""
    return _schema(Plan)


def schema_text(schema: Mapping[str, Any]) -> str:
    """`schema` as the text of its published file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path) -> None:
    """Write ``problem.schema.json`` and ``plan.schema.json`` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "problem.schema.json").write_text(schema_text(problem_schema()), encoding="utf-8")
    (folder / "plan.schema.json").write_text(schema_text(plan_schema()), encoding="utf-8")


def _schema(model: type[Any]) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


# Reading


def _read(model: Any, data: bytes | str, first_date: dt.date | None) -> Any:
    adapter = _adapter_of(model)
    text = _decoded(data)
    tree, issues = tree_from_json(text)
    if _MAY_HOLD_DATE_TIME.search(text):
        tree, late_issues = _resolved(model, tree, first_date or _first_date_of(tree))
        issues += late_issues
    try:
        result = adapter.validate_json(json.dumps(tree), strict=True)
    except ValidationError as error:
        seen = {issue.path for issue in issues}
        issues += [issue for issue in faults_of(model, error) if issue.path not in seen]
    if issues:
        raise SourceError(sorted(issues, key=lambda issue: natural_order(issue.path)))
    return result


@cache
def _adapter_of(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _decoded(data: bytes | str) -> str:
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError([_not_json(f"byte {error.start} is not UTF-8.", "Save the file as UTF-8.")]) from None


def _parsed(text: str) -> Any:
    try:
        tree = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}."
        raise SourceError([_not_json(where, "Correct the text there, or cut it where it ends.")]) from None
    except (RecursionError, ValueError) as error:
        raise SourceError([_not_json(f"it cannot be parsed ({error}).", "Shorten or flatten it.")]) from None
    if _MAY_HOLD_HALF_A_CHARACTER.search(text):
        _require_whole_characters(text)
    return tree


def _require_whole_characters(text: str) -> None:
    """Refuse half a pair of surrogates, which the standard library reads and nothing can write."""
    try:
        from_json(text)
    except ValueError as error:
        raise SourceError([_not_json(f"{error}.", "Correct the text there.")]) from None


def _not_json(message: str, hint: str) -> Issue:
    return Issue(code="not-json", path="$", message=f"this is not JSON: {message}", hint=hint)


class _ObjectWithTwins(dict[str, Any]):
    """A JSON object in which some keys occur twice."""

    twins: tuple[str, ...] = ()


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    names = [name for name, _ in pairs]
    result = _ObjectWithTwins(plain)
    result.twins = tuple(name for name in plain if names.count(name) > 1)
    return result


def _flaws(tree: Any) -> Iterator[Issue]:
    """Doubled keys and numbers that are not finite, wherever they stand."""
    pending: list[tuple[str, Any]] = [("$", tree)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            if isinstance(value, _ObjectWithTwins):
                yield from (_twin(join_path(path, name), name) for name in value.twins)
            pending.extend((join_path(path, name), item) for name, item in value.items())
        elif isinstance(value, list):
            pending.extend((f"{path}[{idx}]", item) for idx, item in enumerate(value))
        elif isinstance(value, float) and not math.isfinite(value):
            yield Issue(
                code="not-finite",
                path=path,
                message=f"{value} is not a finite number.",
                hint="Write the number, or leave the key out.",
            )


def _twin(path: str, name: str) -> Issue:
    return Issue(
        code="duplicate-key", path=path, message=f"the key {name!r} occurs twice in one object.", hint="Remove one."
    )


def _first_date_of(tree: Any) -> dt.date | None:
    horizon = tree.get("horizon") if isinstance(tree, dict) else None
    text = horizon.get("first_date") if isinstance(horizon, dict) else None
    try:
        return dt.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _resolved(model: type[Any], tree: Any, first_date: dt.date | None) -> tuple[Any, list[Issue]]:
    """`tree` with every local date-time at the place of a clock time turned into that clock time."""
    issues: list[Issue] = []

    def visit(spec: Any, value: Any, path: str) -> Any:
        if spec == "clock":
            return clock(value, path)
        if isinstance(spec, tuple):
            kind, item_spec = spec
            if kind == "items" and isinstance(value, list):
                return [visit(item_spec, item, f"{path}[{idx}]") for idx, item in enumerate(value)]
            return value
        if spec is None or spec is SpeedSlice or not isinstance(value, dict):
            return value
        specs = {field.wire_name: field.spec for field in wire_fields(spec)}
        return {name: visit(specs.get(name), item, join_path(path, name)) for name, item in value.items()}

    def clock(value: Any, path: str) -> Any:
        if not isinstance(value, str) or not DATE_TIME.match(value.strip()):
            return value
        try:
            return format_clock(parse_date_time(value, first_date)) if first_date else value
        except ValueError as error:
            issues.append(
                Issue(
                    code="date-outside-horizon",
                    path=path,
                    message=str(error),
                    hint="Correct it, or horizon.first_date.",
                )
            )
            return value

    return visit(model, tree, "$"), issues


# Writing


def _write(value: Any, horizon: Horizon | None, full: bool) -> bytes:
    first_date = horizon.first_date if horizon is not None and horizon.num_days > 1 else None
    tree = _to_wire(value, first_date, full)
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def _to_wire(value: Any, first_date: dt.date | None, full: bool) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Peaks recur every day: their clock times belong to no date.
        dated = None if isinstance(value, SpeedSlice) else first_date
        return dict(_wire_items(value, dated, full))
    if isinstance(value, Mapping):
        return {str(key): _to_wire(value[key], first_date, full) for key in sorted(value)}
    if isinstance(value, (tuple, list)):
        return [_to_wire(item, first_date, full) for item in value]
    if isinstance(value, StrEnum):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _wire_items(value: Any, first_date: dt.date | None, full: bool) -> Iterator[tuple[str, Any]]:
    model: Any = type(value)
    defaults = {} if full else wire_defaults(model)
    for field in wire_fields(model):
        item = getattr(value, field.name)
        if field.name in defaults and item == defaults[field.name]:
            continue
        if field.spec == "clock" and item is not None:
            yield field.wire_name, format_date_time(item, first_date) if first_date else format_clock(item)
        elif field.spec == "float":
            yield field.wire_name, float(item)
        else:
            yield field.wire_name, _to_wire(item, first_date, full)
