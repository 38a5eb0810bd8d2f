"""Who is served, and with what: elders, their visits, and what binds visits to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from optimizer.facts.places import Location, TimeWindow
from optimizer.units import WIRE, Cents, Clock, Count, Floor, Metres, Percent, Seconds, SignedSeconds


class ElderGroup(StrEnum):
    """Groups that policy documents serve first (an elder may belong to several)."""

    DESTITUTE = "destitute"
    MINIMUM_INCOME = "minimum-income"
    REGISTERED_POOR = "registered-poor"
    DISABLED = "disabled"
    HALF_DISABLED = "half-disabled"
    SEVERELY_HANDICAPPED = "severely-handicapped"
    AGED_80_PLUS = "aged-80-plus"
    LIVING_ALONE = "living-alone"
    EMPTY_NEST = "empty-nest"
    LEFT_BEHIND = "left-behind"
    BEREAVED = "bereaved-of-only-child"
    VETERAN = "veteran"


class LinkKind(StrEnum):
    """What binds two visits."""

    SAME_START = "same-start"
    GAP = "gap"
    BEFORE = "before"
    SAME_WORKER = "same-worker"
    DIFFERENT_WORKER = "different-worker"
    NOT_CONSECUTIVE_DAYS = "not-consecutive-days"

    @property
    def is_timed(self) -> bool:
        """Whether the link binds the starts of the two visits (and so asks that both are served)."""
        return self in {LinkKind.SAME_START, LinkKind.GAP, LinkKind.BEFORE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A named service of the catalogue, with the price of one visit."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    service: str
    name: str = ""
    price_cents: Cents = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Elder:
    """A person who is served at home.

    Attributes
    ----------
    max_distinct_workers
        Largest number of different workers, history included; ``None`` means no limit.
    worker_history
        Visits of the recent past by worker id.
    allowance_cents
        Monthly allowance for purchased services.
    station_id
        The station whose territory the elder belongs to, where that is settled.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    elder_id: str
    place: Location
    name: str = ""
    address: str = ""
    phone: str = ""
    community: str = ""
    floor: Floor = 1
    has_lift: bool = False
    groups: tuple[ElderGroup, ...] = ()
    diet: str = "normal"
    walking_range_m: Metres = 0
    preferred_worker_ids: tuple[str, ...] = ()
    forbidden_worker_ids: tuple[str, ...] = ()
    max_distinct_workers: Count | None = None
    worker_history: Mapping[str, Count] = field(default_factory=dict)
    allowance_cents: Cents = 0
    station_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What an elder was told: who comes and when; keeping it is worth the promise terms of the cost."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    worker_ids: tuple[str, ...] = ()
    start_s: Clock | None = None
    tolerance_s: Seconds = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Something to be done for an elder, or at a place, by one worker or several at once.

    Attributes
    ----------
    elder_id
        Whom it is for; ``None`` for supply runs and caravan stops, which then need a ``place``.
    place, end_place
        Where it starts (``None``: the elder's home) and ends (``None``: where it starts; an escort ends elsewhere).
    windows
        Service starts inside one of them; never empty.
    service_duration_s
        At a pace of 100 %; each worker has a pace of their own. Includes any travel from `place` to `end_place`.
    demand
        Portions by meal type to hand over.
    skills
        Lowest level needed by skill.
    mandatory
        A mandatory visit left unserved is charged at the general price and makes the plan incomplete; an optional one
        is charged ``unserved_cents``.
    priority
        0 and up; a higher one matters more.
    ready_s
        Its goods cannot be loaded before this time.
    max_on_board_s, soft_on_board_s
        Hard and soft limit of the time between the end of loading and the start of service.
    station_ids
        Stations that may supply the demand; empty means any.
    delivers_to_station_id
        For supply runs: the station whose stock the demand becomes when service ends.
    counts_for_continuity
        Whether the worker counts among those the elder gets to know (a quick hand-over may not).
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    visit_id: str
    service: str
    windows: tuple[TimeWindow, ...]
    service_duration_s: Seconds
    elder_id: str | None = None
    place: Location | None = None
    end_place: Location | None = None
    demand: Mapping[str, Count] = field(default_factory=dict)
    skills: Mapping[str, Count] = field(default_factory=dict)
    num_workers: Count = 1
    priority: Count = 0
    mandatory: bool = True
    unserved_cents: Cents = 0
    lateness_percent: Percent = 100
    ready_s: Clock | None = None
    max_on_board_s: Seconds | None = None
    soft_on_board_s: Seconds | None = None
    station_ids: tuple[str, ...] = ()
    delivers_to_station_id: str | None = None
    min_reliability_share: float = 0.0
    counts_for_continuity: bool = True
    pinned_worker_ids: tuple[str, ...] = ()
    pinned_start_s: Clock | None = None
    promise: Promise | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A bond between two visits, read as "`first_visit_id` *kind* `second_visit_id`".

    A gap binds ``start(second) - start(first)`` to ``[min_gap_s, max_gap_s]`` (``None``: no upper end); below zero the
    second may start first. Links bind visits that are both served; a timed link with ``together`` also asks that both
    are served or neither.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: LinkKind
    first_visit_id: str
    second_visit_id: str
    min_gap_s: SignedSeconds = 0
    max_gap_s: SignedSeconds | None = None
    together: bool = True
