"""Questions about the network of a district, and their answers, as the API tells of them; elders by their id only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from optimizer.network.baskets import Entitlement, Offer
from optimizer.network.coverage import Covered
from optimizer.network.rollout_plan import Opening, YearFigures
from optimizer.network.sites import Community, Site, SitingGoal, Target
from optimizer.network.territories import ElderPlace, StationLoad
from optimizer.problem import StationKind
from optimizer.units import WIRE, Cents, Count, Percent, Quantity, Seconds

WalkMinutes = Annotated[int, Quantity("min", 1, 60)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageQuestion:
    """Who walks to a station of these ``kinds`` (none named: all that elders walk to) within so many minutes.

    ``capacity`` is the number of elders that each station can serve; by default its seats times ``num_sittings``.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    minutes: WalkMinutes = 15
    capacity: Count | None = None
    num_sittings: Count = 2
    kinds: tuple[StationKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoriesQuestion:
    """Which elder belongs to which station? The keys are those of the command ``yizhan territories``."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    capacity: Count | None = None
    capacity_by_station_id: Mapping[str, Count] = field(default_factory=dict)
    slack_percent: Percent = 115
    backup_percent: Percent = 10
    backup_s: Seconds = 600
    max_way_s: Seconds | None = None
    mode: str = "walk"
    compactness_percent: Percent = 100
    urgency_percent: Percent = 50
    move_s: Seconds = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOutQuestion:
    """Which sites open when, with this much money a year.

    Without ``sites``, some are proposed in each community (``per_community``), each for ``capacity`` elders; stations
    of the problem are open already, or candidates like others with ``from_nothing``.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    budget_cents: tuple[Cents, ...]
    sites: tuple[Site, ...] = ()
    communities: tuple[Community, ...] = ()
    targets: tuple[Target, ...] = ()
    goal: SitingGoal = SitingGoal.COVER
    carries_over: bool = True
    pilot_years: Count = 1
    max_openings: Count | None = None
    covered_share: float = 0.8
    minutes: WalkMinutes = 15
    per_community: Count = 2
    capacity: Count | None = None
    from_nothing: bool = False
    time_limit_s: Seconds = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StationReach:
    """Elders in reach of a station, those with a place there, and how many it can serve (``null``: any number)."""

    station_id: str
    capacity: int | None
    num_within: int
    num_placed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageAnswer:
    """The circle of a district; ``access_gini`` tells how evenly places fall, 0 is even."""

    total: Covered
    by_group: Mapping[str, Covered]
    by_community: Mapping[str, Covered]
    stations: tuple[StationReach, ...]
    num_communities_covered: int
    access_gini: float | None
    walk_mean_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoriesAnswer:
    """Territories with their cost, which no others can be below ``bound`` (weighted seconds)."""

    elders: tuple[ElderPlace, ...]
    stations: tuple[StationLoad, ...]
    num_left_out: int
    num_moved: int
    cost: int
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOutAnswer:
    """Which site opens when; ``value`` of the goal and the best there can be, ``bound``, with what is proven."""

    openings: tuple[Opening, ...]
    years: tuple[YearFigures, ...]
    sites: tuple[Site, ...]
    num_short: int
    num_short_bound: int
    value: int
    bound: int
    gap_share: float
    total_cents: int
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketsQuestion:
    """Which services does each elder get in a month of ``num_days`` service days.

    Without ``offers``, prices, minutes and hours are read off the problem's day; ``minutes_by_skill`` may differ.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    num_days: Count = 26
    budget_cents: Cents | None = None
    offers: tuple[Offer, ...] = ()
    minutes_by_skill: Mapping[str, Count] = field(default_factory=dict)
    entitlements: tuple[Entitlement, ...] = ()
    time_limit_s: Seconds = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketsAnswer:
    """Visits of the month by elder and service; ``worth`` in thousandths of a point, at best ``worth_bound``."""

    times_by_elder_id: Mapping[str, Mapping[str, int]]
    worth: int
    worth_bound: int
    num_missed: int
    num_missed_bound: int
    spent_cents: int
    minutes_by_skill: Mapping[str, int]
    proof: str


NetworkQuestion = CoverageQuestion | TerritoriesQuestion | RollOutQuestion | BasketsQuestion

EXAMPLE_COVERAGE: dict[str, Any] = {"minutes": 15}
EXAMPLE_TERRITORIES: dict[str, Any] = {"slack_percent": 130}
EXAMPLE_ROLL_OUT: dict[str, Any] = {"budget_cents": [100_000_000, 100_000_000], "per_community": 1, "time_limit_s": 5}
EXAMPLE_BASKETS: dict[str, Any] = {
    "budget_cents": 100_000,
    "offers": [
        {"service": "bathing", "price_cents": 9_900, "skill": "bathing", "minutes": 80, "worth": 99},
        {"service": "check", "price_cents": 1_200, "skill": "check", "minutes": 25, "worth": 12},
    ],
    "minutes_by_skill": {"bathing": 2_000, "check": 3_000},
    "entitlements": [{"service": "check", "times": 2, "group": "living-alone"}],
    "time_limit_s": 5,
}
