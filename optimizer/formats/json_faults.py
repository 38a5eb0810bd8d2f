"""Pydantic's faults told as issues: path, value, law and cure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from optimizer.errors import Issue
from optimizer.formats.issues import did_you_mean
from optimizer.formats.wire import wire_fields, wire_path


def faults_of(model: type[Any], error: ValidationError) -> list[Issue]:
    """An issue for every fault that pydantic found while reading `model`."""
    return [_issue_of(model, fault) for fault in error.errors(include_url=False)]


_LAWS: dict[str, str] = {
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_parsing_size": "is not a whole number of this size",
    "float_type": "is not a number",
    "string_type": "is not text",
    "bool_type": "is neither true nor false",
    "tuple_type": "is not a list",
    "mapping_type": "is not an object",
    "dict_type": "is not an object",
    "dataclass_type": "is not an object",
    "date_parsing": "is not a date",
    "date_type": "is not a date",
    "date_from_datetime_parsing": "is not a date",
    "date_from_datetime_inexact": "is not a date",
}

_CURES: dict[str, str] = {
    "is not a whole number": "Write it without quotes and without a decimal point.",
    "is not a number": "Write it without quotes.",
    "is not text": "Put it in quotes.",
    "is neither true nor false": "Write true or false, without quotes.",
    "is not a list": "Put it in square brackets.",
    "is not an object": "Write an object in braces.",
    "is not a date": 'Write it like "2026-03-02".',
}


def _issue_of(model: type[Any], fault: Any) -> Issue:
    kind, location, value = fault["type"], fault["loc"], fault["input"]
    path = wire_path(location)
    if kind == "json_invalid":
        return Issue(code="not-json", path="$", message=f"this is not JSON: {fault['msg']}.", hint="Correct the text.")
    if kind == "missing":
        name = str(location[-1])
        return Issue(code="missing-key", path=path, message=f"the key {name!r} is missing.", hint="Add it.")
    if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
        return _unknown_key(model, location, path)
    if location == ("schema_version",):
        return _other_version(path, value)
    if kind in _LAWS:
        law = _LAWS[kind]
        return Issue(code="bad-value", path=path, message=f"{_literal(value)} {law}.", hint=_CURES.get(law, ""))
    return _bad_value(path, value, fault)


def _bad_value(path: str, value: object, fault: Any) -> Issue:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in {"enum", "literal_error"}:
        words = re.findall(r"'([^']*)'", context["expected"])
        law = "is none of the words allowed here"
        cure = did_you_mean(str(value), words) or f"Write one of: {', '.join(words)}."
    elif kind == "greater_than_equal":
        law, cure = f"is below {context['ge']}", f"Write {context['ge']} or more."
    elif kind == "less_than_equal":
        law, cure = f"is above {context['le']:,}", "Correct it."
    elif isinstance(context.get("error"), ValueError):
        # A validator of the model: its message already has value, law and cure.
        law, _, cure = str(context["error"]).removesuffix(".").partition("; ")
        cure = f"{cure}." if cure else ""
        return Issue(code="bad-value", path=path, message=f"{law}.", hint=cure[:1].upper() + cure[1:])
    else:
        law, cure = f"is refused: {fault['msg']}", ""
    return Issue(code="bad-value", path=path, message=f"{_literal(value)} {law}.", hint=cure)


def _literal(value: object, limit: int = 60) -> str:
    """`value` as JSON writes it, cut to `limit` characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _unknown_key(model: type[Any], location: Sequence[str | int], path: str) -> Issue:
    owner = _dataclass_at(model, location[:-1])
    name = str(location[-1])
    known = [field.wire_name for field in wire_fields(owner)]
    # `start_s` is the name in memory of `start`; pointing there beats any likeness.
    by_memory_name = {field.name: field.wire_name for field in wire_fields(owner)}
    meant = f"Did you mean {by_memory_name[name]!r}?" if name in by_memory_name else did_you_mean(name, known)
    return Issue(
        code="unknown-key",
        path=path,
        message=f"{name!r} is not a key of {owner.__name__}.",
        hint=meant or f"Its keys are: {', '.join(known)}.",
    )


def _dataclass_at(model: type[Any], location: Iterable[str | int]) -> Any:
    spec: Any = model
    for step in location:
        if isinstance(step, int) or (isinstance(spec, tuple) and spec[0] == "values"):
            spec = spec[1]
        else:
            spec = next(field.spec for field in wire_fields(spec) if field.wire_name == step)
    return spec


def _other_version(path: str, value: object) -> Issue:
    return Issue(
        code="schema-version",
        path=path,
        message=f"schema version {_literal(value)} is not read here; this release reads version 1.",
        hint="Convert the file, or use the release that wrote it.",
    )
