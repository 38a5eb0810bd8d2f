"""Hypothesis strategies for whole problems, drawn field by field from the model's own annotations."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from enum import EnumType
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from optimizer.plan import Plan
from optimizer.problem import Problem, SpeedSlice
from optimizer.units import SECONDS_PER_DAY, ClockTime, Quantity

CLERK_TEXT = st.text("abcXYZ0189老人驿站", min_size=1, max_size=5)
"""Text that a table states as it is, also inside lists."""

CLOCKS = st.integers(0, 4 * SECONDS_PER_DAY)


def problems(text: st.SearchStrategy[str] = CLERK_TEXT) -> st.SearchStrategy[Problem]:
    """Problems of every shape; their facts need not agree with each other, but ids are unique."""
    return _dataclass(Problem, text).map(_with_unique_ids)


def plans(text: st.SearchStrategy[str] = CLERK_TEXT) -> st.SearchStrategy[Plan]:
    """Plans of every shape."""
    return _dataclass(Plan, text)


def _dataclass(model: Any, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(model, include_extras=True)
    fields = {field.name: _value(hints[field.name], text) for field in dataclasses.fields(model)}
    if model is SpeedSlice:
        fields |= dict.fromkeys(("start_s", "end_s"), st.integers(0, SECONDS_PER_DAY))
    return st.builds(model, **fields)


def _value(hint: Any, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    marks = getattr(hint, "__metadata__", ())
    if marks:
        return _number(marks[0])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in {Union, UnionType}:
        return st.none() | _value(next(a for a in arguments if a is not type(None)), text)
    if origin is tuple:
        return st.lists(_value(arguments[0], text), max_size=2).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(_value(arguments[0], text), _value(arguments[1], text), max_size=2)
    return _plain(hint, text)


def _plain(hint: Any, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    if isinstance(hint, EnumType):
        return st.sampled_from(list(hint))
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint, text)
    return {
        str: text,
        bool: st.booleans(),
        int: st.integers(-99, 10**6),
        float: st.floats(-180, 180),
        dt.date: st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
        Any: st.integers() | st.booleans() | text,
    }[hint]


def _number(mark: Any) -> st.SearchStrategy[int]:
    if isinstance(mark, ClockTime):
        return CLOCKS
    assert isinstance(mark, Quantity)
    return st.integers(mark.minimum, min(mark.maximum, 10**6))


ID_FIELDS = {
    "stations": "station_id",
    "elders": "elder_id",
    "visits": "visit_id",
    "workers": "worker_id",
    "meal_types": "meal_type",
    "services": "service",
    "modes": "mode",
    "waves": "wave_id",
    "shifts": "shift_id",
    "breaks": "break_id",
}


def _with_unique_ids(thing: Any) -> Any:
    """The same facts with the position added to every id, inside stations, workers and shifts too."""
    changes = {}
    for field in dataclasses.fields(thing):
        if field.name in ID_FIELDS:
            parts = (_with_unique_ids(part) for part in getattr(thing, field.name))
            changes[field.name] = tuple(_renamed(part, ID_FIELDS[field.name], idx) for idx, part in enumerate(parts))
    return dataclasses.replace(thing, **changes)


def _renamed(thing: Any, id_field: str, idx: int) -> Any:
    return dataclasses.replace(thing, **{id_field: f"{getattr(thing, id_field)}{idx}"})
