"""Faults of paths, queries and headers told as issues, in the words in which those of bodies are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.errors import Issue
from optimizer.formats.issues import choice_hint, shown

_LAWS: dict[str, tuple[str, str]] = {
    "int_parsing": ("is not a whole number", "Write digits only."),
    "int_parsing_size": ("is not a whole number of this size", "Write a smaller one."),
    "float_parsing": ("is not a number", "Write it like 1.5."),
    "bool_parsing": ("is neither true nor false", "Write true or false."),
    "finite_number": ("is not a finite number", "Write it like 1.5."),
    "string_pattern_mismatch": ("is no id that this service gives", "Use the `id` of an answer."),
    "string_too_long": ("is longer than {max_length} characters", "Shorten it."),
    "greater_than": ("is not above {gt}", "Write more."),
    "greater_than_equal": ("is below {ge}", "Write {ge} or more."),
    "less_than_equal": ("is above {le}", "Write {le} or less."),
    "too_long": ("has more than {max_length} items", "Leave some out."),
}
"""Law and cure by pydantic's type of fault."""


def parameter_issue(fault: Mapping[str, Any]) -> Issue:
    """The issue of a fault that FastAPI found in a path, query or header."""
    place, *steps = map(str, fault["loc"])
    path = ".".join([place, *steps])
    law, cure = _law_and_cure(fault)
    if fault["type"] == "missing":
        return Issue(code="bad-value", path=path, message=law, hint=cure)
    return Issue(code="bad-value", path=path, message=f"{shown(fault['input'])} {law}.", hint=cure)


def _law_and_cure(fault: Mapping[str, Any]) -> tuple[str, str]:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return "it is missing.", "Add it."
    if kind.startswith("date_"):
        return "is not a date", "Write it like 2026-03-02."
    if kind in {"enum", "literal_error"}:
        words = context["expected"].split("'")[1::2]
        return "is none of the words allowed here", choice_hint(str(fault["input"]), words)
    if kind in _LAWS:
        law, cure = _LAWS[kind]
        return law.format(**context), cure.format(**context)
    return f"is refused: {fault['msg']}", "The OpenAPI document states its law."
