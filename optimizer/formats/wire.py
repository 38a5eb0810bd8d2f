"""The model's dataclasses as the wire sees them: names, nested types, defaults, and paths into them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from optimizer.units import WIRE, ClockTime


class WireField(NamedTuple):
    """A field of the model: its name in memory, its name on the wire, and what stands in it.

    ``spec`` is a dataclass, ``("items", spec)`` of a tuple, ``("values", spec)`` of a mapping, ``"clock"`` for a clock
    time, ``"float"`` for a number that need not be whole, or ``None`` for anything else.
    """

    name: str
    wire_name: str
    spec: Any


@cache
def wire_fields(model: type[Any]) -> tuple[WireField, ...]:
    """The fields of a dataclass of the model, in order."""
    hints = get_type_hints(model, include_extras=True)
    names = (field.name for field in dataclasses.fields(model))
    return tuple(WireField(name, WIRE["alias_generator"](name), _spec(hints[name])) for name in names)


def _spec(hint: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _spec(next(argument for argument in arguments if argument is not type(None)))
    if origin is tuple:
        return ("items", _spec(arguments[0]))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return ("values", _spec(arguments[1]))
    if any(isinstance(mark, ClockTime) for mark in getattr(hint, "__metadata__", ())):
        return "clock"
    if hint is float:
        return "float"
    return hint if dataclasses.is_dataclass(hint) else None


@cache
def wire_defaults(model: type[Any]) -> dict[str, Any]:
    """Default by field; schema version and kind of event (fields of one value) always stand in the file."""
    defaults: dict[str, Any] = {}
    hints = get_type_hints(model)
    for field in dataclasses.fields(model):
        if field.default_factory is not dataclasses.MISSING:
            defaults[field.name] = field.default_factory()
        elif field.default is not dataclasses.MISSING and get_origin(hints[field.name]) is not Literal:
            defaults[field.name] = field.default
    return defaults


def wire_path(location: Iterable[str | int]) -> str:
    """``visits[3].windows[0]`` for ``("visits", 3, "windows", 0)``; ``$`` is the whole."""
    path = "$"
    for step in location:
        path = f"{path}[{step}]" if isinstance(step, int) else join_path(path, step)
    return path


def join_path(path: str, name: str) -> str:
    """`path` extended by a key; a key that is no identifier stands in quotes."""
    step = name if name.isidentifier() else json.dumps(name, ensure_ascii=False)
    return step if path == "$" else f"{path}.{step}"


def natural_order(path: str) -> list[tuple[int, str]]:
    """A sort key that puts ``visits[10]`` after ``visits[9]``."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path)]
