"""Quantities with their unit in the type, clock times, and the one rounding rule.

In memory every time is a whole number of seconds after 00:00 local time of the horizon's first day; on the wire it is
``"11:00"`` (``"25:30"`` is half past one in the night after the first day) or a local ISO date-time where the horizon
has several days (:mod:`optimizer.formats.json` turns those into clock times before they arrive here). Durations are
rounded **up** to whole seconds; money is whole yuan cents, rounded half up once per cost term.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400

LARGEST = 10**9
"""No quantity is larger, but for money: products and sums of a few stay within the bits that a search has for them."""
LARGEST_CENTS = 10**12
LARGEST_SECONDS = 10**8
LARGEST_PERCENT = 1_000

_CLOCK = re.compile(r"^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$")


def parse_clock(text: str) -> int:
    """Seconds after 00:00 of the first day for ``"H:MM"``, ``"HH:MM"`` or ``"HH:MM:SS"``.

    Raises
    ------
    ValueError
        If `text` is not a clock time.
    """
    match = _CLOCK.match(text.strip().replace("：", ":"))
    if match is None:
        raise ValueError(f'{text!r} is not a clock time; write it like "11:00".')
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds


def format_clock(time_s: int) -> str:
    """``"HH:MM"``, or ``"HH:MM:SS"`` where the seconds are not zero; hours may exceed 23."""
    minutes, seconds = divmod(time_s, SECONDS_PER_MINUTE)
    hours, minutes = divmod(minutes, SECONDS_PER_MINUTE)
    text = f"{hours:02d}:{minutes:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def ceil_div(numerator: int, denominator: int) -> int:
    """The smallest whole number not below ``numerator / denominator``: the rounding rule for durations."""
    return -(-numerator // denominator)


def scale_percent(duration_s: int, percent: int) -> int:
    """`duration_s` times ``percent / 100``, rounded up to whole seconds."""
    return ceil_div(duration_s * percent, 100)


def price(quantity: int, cents_per_unit: int, unit: int) -> int:
    """Cents for `quantity` at `cents_per_unit` for every `unit` of it, rounded half up (e.g. seconds and 3,600)."""
    return (2 * quantity * cents_per_unit + unit) // (2 * unit)


@dataclass(frozen=True, slots=True)
class Quantity:
    """Marks an ``int`` field with its unit, so that parsing refuses fractions, booleans and what is out of range."""

    unit: str
    minimum: int = 0
    maximum: int = LARGEST

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Strict integer from `minimum` to `maximum`."""
        from pydantic_core import core_schema

        metadata = _json_schema_extra({"x-unit": self.unit})
        return core_schema.int_schema(strict=True, ge=self.minimum, le=self.maximum, metadata=metadata)


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Marks an ``int`` field of seconds after 00:00 of the first day that reads and writes as ``"11:00"``."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text on the wire, ``int`` in memory; an ``int`` in Python input is taken as seconds."""
        from pydantic_core import core_schema

        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(parse_clock, core_schema.str_schema(strict=True)),
            python_schema=core_schema.no_info_plain_validator_function(_clock_from_wire),
            serialization=core_schema.plain_serializer_function_ser_schema(format_clock, when_used="json"),
            metadata=_json_schema_extra(
                {
                    "type": "string",
                    "description": 'Local clock time "HH:MM[:SS]" or ISO date-time',
                    "examples": ["11:00"],
                },
                replace=True,
            ),
        )


def _clock_from_wire(value: object) -> int:
    if isinstance(value, str):
        return parse_clock(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f'{value!r} is not a clock time; write it like "11:00".')


def _json_schema_extra(extra: dict[str, Any], *, replace: bool = False) -> dict[str, Any]:
    def add(schema: Any, handler: Any) -> dict[str, Any]:
        return dict(extra) if replace else {**handler(schema), **extra}

    return {"pydantic_js_functions": [add]}


_CLOCK_FIELDS = {"start_s", "end_s", "soft_start_s", "soft_end_s", "ready_s", "pinned_start_s", "not_before_s"}
_CLOCK_FIELDS |= {"arrival_s", "departure_s", "at_s", "from_s", "until_s"}


def _wire_name(field_name: str) -> str:
    """``start`` for ``start_s``: a clock time in text carries no unit."""
    return field_name.removesuffix("_s") if field_name in _CLOCK_FIELDS else field_name


WIRE: dict[str, Any] = {"extra": "forbid", "alias_generator": _wire_name, "serialize_by_alias": True}
"""How the model's dataclasses read and write JSON: unknown keys are refused, clock times are ``start``, ``end``."""

Seconds = Annotated[int, Quantity("s", maximum=LARGEST_SECONDS)]
SignedSeconds = Annotated[int, Quantity("s", -LARGEST_SECONDS, LARGEST_SECONDS)]
Metres = Annotated[int, Quantity("m")]
Cents = Annotated[int, Quantity("yuan cents", maximum=LARGEST_CENTS)]
Count = Annotated[int, Quantity("1")]
Floor = Annotated[int, Quantity("1", -99)]
Seed = Annotated[int, Quantity("1", maximum=2**32 - 1)]
Percent = Annotated[int, Quantity("%", 1, LARGEST_PERCENT)]
Clock = Annotated[int, ClockTime()]
