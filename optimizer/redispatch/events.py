"""What can happen while a day is under way, as it is written in files and sent to the service.

Every event says when it became known (``at``). Events are facts: whether they agree with the day that they happen to is
for :func:`optimizer.redispatch.day.after`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, cast, get_args, get_type_hints

from optimizer.errors import Issue, SourceError
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import facts_from_json, facts_to_json
from optimizer.problem import Elder, Horizon, Location, Visit
from optimizer.units import WIRE, Clock, Metres, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAdded:
    """A visit that nobody had planned; ``elder`` where the problem does not know them yet.

    Urgent visits are placed first.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["visit-added"] = "visit-added"
    at_s: Clock
    visit: Visit
    elder: Elder | None = None
    urgent: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCancelled:
    """A visit that is no longer wanted."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["visit-cancelled"] = "visit-cancelled"
    at_s: Clock
    visit_id: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderAbsent:
    """An elder who cannot be served from ``from_s`` up to ``until_s`` (``None``: for the rest of the horizon)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["elder-absent"] = "elder-absent"
    at_s: Clock
    elder_id: str
    from_s: Clock
    until_s: Clock | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerIll:
    """A worker who does not work from ``from_s`` (``None``: at once); what has begun by then is still finished."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["worker-ill"] = "worker-ill"
    at_s: Clock
    worker_id: str
    from_s: Clock | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLate:
    """A worker who is ``delay_s`` later than planned with what they are doing or going to now."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["worker-late"] = "worker-late"
    at_s: Clock
    worker_id: str
    delay_s: Seconds
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerBack:
    """A worker who was ill or without a vehicle and can work again from ``from_s``."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["worker-back"] = "worker-back"
    at_s: Clock
    worker_id: str
    from_s: Clock
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleDown:
    """A worker's vehicle cannot be used from ``from_s`` up to ``until_s`` (``None``: for the rest of the horizon).

    The worker goes on by ``fallback_mode``, or waits where there is none.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["vehicle-down"] = "vehicle-down"
    at_s: Clock
    worker_id: str
    from_s: Clock
    until_s: Clock | None = None
    fallback_mode: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KitchenLate:
    """A station's wave (``None``: every wave still to come) is ready ``delay_s`` later than it was said to be."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["kitchen-late"] = "kitchen-late"
    at_s: Clock
    station_id: str
    wave_id: str | None = None
    delay_s: Seconds
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetClosed:
    """Nobody can pass the circle of ``radius_m`` around ``place`` from ``from_s`` up to ``until_s``."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["street-closed"] = "street-closed"
    at_s: Clock
    place: Location
    radius_m: Metres
    from_s: Clock
    until_s: Clock
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStarted:
    """A worker has begun a stop of the published plan: a visit, a loading or a break (exactly one is named)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["stop-started"] = "stop-started"
    at_s: Clock
    worker_id: str
    start_s: Clock
    visit_id: str | None = None
    station_id: str | None = None
    break_id: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _require_one_name(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDone:
    """A worker has ended a stop of the published plan: a visit, a loading or a break (exactly one is named)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal["stop-done"] = "stop-done"
    at_s: Clock
    worker_id: str
    end_s: Clock
    visit_id: str | None = None
    station_id: str | None = None
    break_id: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _require_one_name(self)


Event = (
    VisitAdded
    | VisitCancelled
    | ElderAbsent
    | WorkerIll
    | WorkerLate
    | WorkerBack
    | VehicleDown
    | KitchenLate
    | StreetClosed
    | StopStarted
    | StopDone
)
"""Anything that can happen; told apart by ``kind``."""

EVENT_BY_KIND: Mapping[str, type[Any]] = {
    get_args(get_type_hints(event)["kind"])[0]: event for event in get_args(Event)
}
"""The class of every kind of event."""


def read_event(data: bytes | str, horizon: Horizon | None = None) -> Event:
    """Read one event; `horizon` is needed where its times are date-times.

    Raises
    ------
    SourceError
        With every fault of the text.
    """
    text = _text_of(data)
    tree = _tree_of(text)
    if not isinstance(tree, dict):
        raise SourceError([_fault("bad-value", "$", "an event is an object.", "Write it in braces.")])
    if "kind" not in tree:
        raise SourceError([_fault("missing-key", "kind", "the key 'kind' is missing.", f"Write one of: {_KINDS}.")])
    kind = tree["kind"]
    if not isinstance(kind, str) or kind not in EVENT_BY_KIND:
        hint = did_you_mean(str(kind), EVENT_BY_KIND) or f"Write one of: {_KINDS}."
        raise SourceError([_fault("bad-value", "kind", f"{kind!r} is no kind of event.", hint)])
    return cast(Event, facts_from_json(EVENT_BY_KIND[kind], text, horizon))


def read_events(data: bytes | str, horizon: Horizon | None = None) -> tuple[Event, ...]:
    """Read one event or a list of them, in the order given.

    Raises
    ------
    SourceError
        With every fault of the text.
    """
    text = _text_of(data)
    if not isinstance(_tree_of(text), list):
        return (read_event(text, horizon),)
    events: list[Event] = []
    issues: list[Issue] = []
    for position, item in enumerate(_items_of(text)):
        try:
            events.append(read_event(item, horizon))
        except SourceError as error:
            prefix = f"[{position}]"
            issues += [
                replace(issue, path=prefix if issue.path == "$" else f"{prefix}.{issue.path}") for issue in error.issues
            ]
    if issues:
        raise SourceError(issues)
    return tuple(events)


def event_to_json(event: Event, horizon: Horizon | None = None) -> bytes:
    """`event` as UTF-8 JSON, without what equals its default; with a `horizon` of several days in date-times."""
    return facts_to_json(event, horizon)


_KINDS = ", ".join(EVENT_BY_KIND)
_NEXT_ITEM = re.compile(r"[\s,]*(?=[^\s,\]])")


def _text_of(data: bytes | str) -> str:
    try:
        return data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"this is not JSON: byte {error.start} is not UTF-8."
        raise SourceError([_fault("not-json", "$", message, "Save it as UTF-8.")]) from None


def _tree_of(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError([_fault("not-json", "$", f"this is not JSON: {error}.", "Correct the text there.")]) from None


def _items_of(text: str) -> Iterator[str]:
    """The texts of a list's items: a key that occurs twice in one of them is still there."""
    decoder, begin = json.JSONDecoder(), text.index("[") + 1
    while item := _NEXT_ITEM.match(text, begin):
        _, begin = decoder.raw_decode(text, item.end())
        yield text[item.end() : begin]


def _fault(code: str, path: str, message: str, hint: str) -> Issue:
    return Issue(code=code, path=path, message=message, hint=hint)


def _require_one_name(event: StopStarted | StopDone) -> None:
    named = [name for name in (event.visit_id, event.station_id, event.break_id) if name is not None]
    if len(named) != 1:
        raise ValueError(
            f"{len(named)} of visit_id, station_id and break_id are given where a stop has one; name exactly one."
        )
