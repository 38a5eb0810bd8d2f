"""What a planner decides about: candidate sites, communities, budgets by year and targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from optimizer.errors import InputError, Issue
from optimizer.formats.issues import choice_hint
from optimizer.network.circle import SERVING_KINDS
from optimizer.problem import Elder, Location, Problem, Station, StationKind
from optimizer.travel.coordinates import great_circle_m
from optimizer.units import WIRE, Cents, Count

STATION_CENTS = 60_000_000
"""600,000 yuan to open a station (assumed; give your own)."""

STATION_YEARLY_CENTS = 16_800_000
"""14,000 yuan a month of operating subsidy to a small station (Beijing 2022)."""

STATION_ELDERS = 3_400
"""Elders per station in Beijing: 5.14 million on some 1,500 stations."""


class CommunityKind(StrEnum):
    """Targets differ between town and country."""

    URBAN = "urban"
    VILLAGE = "village"


class SitingGoal(StrEnum):
    """What the roll-out is best at, after its targets.

    ``cover``: elder-years within reach of a place; ``worst-group``: the share within reach in the worst-served group
    of the last year, then cover; ``cost``: the money that the targets need.
    """

    COVER = "cover"
    WORST_GROUP = "worst-group"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place where a station or dining point is, or may be opened.

    Attributes
    ----------
    is_open
        It is there already; it costs its yearly money and cannot be closed.
    capacity
        Elders it can serve; ``None`` means any number.
    open_cents, yearly_cents
        Once in the year of opening, and every year from then on.
    upgrade_capacity
        Elders it can serve after an upgrade; ``None`` means it cannot be upgraded.
    upgrade_cents, upgrade_yearly_cents
        Once in the year of the upgrade, and on top of ``yearly_cents`` from then on.
    first_year
        The first year (1 is the first of the roll-out) in which it can be opened.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    site_id: str
    place: Location
    name: str = ""
    community: str = ""
    kind: StationKind = StationKind.STATION
    is_open: bool = False
    capacity: Count | None = None
    open_cents: Cents = STATION_CENTS
    yearly_cents: Cents = STATION_YEARLY_CENTS
    upgrade_capacity: Count | None = None
    upgrade_cents: Cents = 0
    upgrade_yearly_cents: Cents = 0
    first_year: Count = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """A community: urban or a village, and whether it is a pilot, which comes first."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    community: str
    kind: CommunityKind = CommunityKind.URBAN
    is_pilot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """From ``year`` on, ``share`` of the communities of a kind are to be covered (e.g. 0.85 of urban ones)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: CommunityKind
    share: float
    year: Count


@dataclass(frozen=True, kw_only=True)
class RollOut:
    """A roll-out over ``len(budget_cents)`` years.

    Attributes
    ----------
    communities
        Those named here; others that elders name are urban and no pilots.
    budget_cents
        Money by year, for opening, upgrading and running.
    carries_over
        Whether money left at a year's end may be spent later.
    pilot_years
        In the first so many years only pilot communities (where there are any) get new sites.
    max_openings
        Most sites that can be opened in a year; ``None`` means any number.
    covered_share
        A community counts as covered from this share of its elders within reach on.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    sites: tuple[Site, ...]
    budget_cents: tuple[Cents, ...]
    communities: tuple[Community, ...] = ()
    targets: tuple[Target, ...] = ()
    goal: SitingGoal = SitingGoal.COVER
    carries_over: bool = True
    pilot_years: Count = 1
    max_openings: Count | None = None
    covered_share: float = 0.8

    @property
    def num_years(self) -> int:
        """Number of years."""
        return len(self.budget_cents)

    @property
    def pilot_end_year(self) -> int:
        """The year by whose end pilot communities are to be covered."""
        return max(1, min(self.pilot_years, self.num_years))

    @cached_property
    def community_by_name(self) -> dict[str, Community]:
        """Communities by name."""
        return {each.community: each for each in self.communities}

    def kind_of(self, community: str) -> CommunityKind:
        """Kind of a community; urban where nothing is said."""
        known = self.community_by_name.get(community)
        return CommunityKind.URBAN if known is None else known.kind

    def is_pilot(self, community: str) -> bool:
        """Whether a community is a pilot."""
        return community in self.community_by_name and self.community_by_name[community].is_pilot

    def first_year_of(self, site: Site) -> int:
        """First year in which `site` can be opened, pilots considered."""
        has_pilots = any(each.is_pilot for each in self.communities)
        waits = has_pilots and not self.is_pilot(site.community)
        return max(site.first_year, 1, 1 + self.pilot_years if waits else 1)


def require_sound(roll_out: RollOut, elders: Sequence[Elder]) -> None:
    """Refuse a roll-out that cannot be meant, with every fault.

    Raises
    ------
    InputError
        For no or negative years, ids that occur twice, shares outside 0 to 1, years outside the roll-out, communities
        that no elder lives in, targets for a kind of which there is none, and upgrades that do not add places.
    """
    issues = [*_list_faults(roll_out), *_site_faults(roll_out), *_community_faults(roll_out, elders)]
    issues += _target_faults(roll_out, elders)
    if issues:
        raise InputError(issues)


def _list_faults(roll_out: RollOut) -> list[Issue]:
    issues = []
    if not roll_out.num_years:
        issues.append(_fault("no-years", "budget", "there is no year.", "Give a budget for each year."))
    if not roll_out.sites:
        issues.append(_fault("no-sites", "sites", "there is no site to decide about.", "List some."))
    if not 0 < roll_out.covered_share <= 1:
        message = f"{roll_out.covered_share:g} of a community's elders is no share above 0."
        issues.append(_fault("share-wrong", "covered_share", message, "Give a share like 0.8."))
    return issues


def _site_faults(roll_out: RollOut) -> list[Issue]:
    issues = []
    seen: set[str] = set()
    for position, site in enumerate(roll_out.sites):
        path = f"sites[{position}]"
        if site.site_id in seen:
            issues.append(_fault("id-duplicate", path, f"site {site.site_id!r} occurs twice.", "Rename one of them."))
        seen.add(site.site_id)
        if site.upgrade_capacity is not None and site.upgrade_capacity <= (site.capacity or 0):
            message = (
                f"site {site.site_id!r}: an upgrade to {site.upgrade_capacity} of {site.capacity} places adds none."
            )
            issues.append(_fault("upgrade-useless", path, message, "Raise the upgrade's capacity, or leave it blank."))
        if site.upgrade_capacity is not None and site.capacity is None:
            message = f"site {site.site_id!r} serves any number of elders and cannot be upgraded."
            issues.append(_fault("upgrade-useless", path, message, "Give its capacity today."))
    return issues


def _community_faults(roll_out: RollOut, elders: Sequence[Elder]) -> list[Issue]:
    lived_in = dict.fromkeys(elder.community for elder in elders)
    return [
        _fault(
            "community-unknown",
            f"communities[{position}]",
            f"no elder lives in the community {each.community!r}.",
            choice_hint(each.community, lived_in),
        )
        for position, each in enumerate(roll_out.communities)
        if each.community not in lived_in
    ]


def _target_faults(roll_out: RollOut, elders: Sequence[Elder]) -> list[Issue]:
    issues = []
    kinds = {roll_out.kind_of(elder.community) for elder in elders}
    for position, target in enumerate(roll_out.targets):
        path = f"targets[{position}]"
        if not 0 <= target.share <= 1:
            issues.append(_fault("share-wrong", path, f"{target.share:g} is no share.", "Give 0.85 for 85 %."))
        if target.kind not in kinds:
            hint = "Say in the table of communities (is_village), or by name, which are villages."
            message = f"no community with elders is of the kind {str(target.kind)!r}."
            issues.append(_fault("kind-unknown", path, message, hint))
        if not 1 <= target.year <= roll_out.num_years:
            message = f"year {target.year} is none of the {roll_out.num_years} years."
            issues.append(_fault("year-wrong", path, message, "Year 1 is the first of the roll-out."))
    return issues


def _fault(code: str, path: str, message: str, hint: str) -> Issue:
    return Issue(code=code, path=path, message=message, hint=hint)


def proposed_sites(elders: Sequence[Elder], *, per_community: int = 2, capacity: int | None = None) -> tuple[Site, ...]:
    """Candidate sites where nobody has named any: homes in the middle and at the far ends of each community.

    The first is the home nearest to the middle of the community's homes, each further one the home farthest (straight
    line) from those before: the farthest-point rule of Gonzalez (1985), Theoretical Computer Science 38:293-306. Prices
    are those of :class:`Site`.
    """
    by_community: dict[str, list[Elder]] = {}
    for elder in elders:
        by_community.setdefault(elder.community, []).append(elder)
    return tuple(
        Site(
            site_id=f"{community or 'site'}-{number}",
            name=f"{community}拟建站点{number}",
            place=place,
            community=community,
            capacity=capacity,
        )
        for community, members in by_community.items()
        for number, place in enumerate(_spread_places(members, per_community), start=1)
    )


def candidate_sites(
    problem: Problem, *, per_community: int = 2, capacity: int | None = None, are_stations_open: bool = True
) -> tuple[Site, ...]:
    """The stations that elders of `problem` walk to, open already or candidates as well, and sites proposed beside."""
    stations = [station for station in problem.stations if station.kind in SERVING_KINDS]
    known = sites_of_stations(stations, problem.elders, are_open=are_stations_open, capacity=capacity)
    return (*known, *proposed_sites(problem.elders, per_community=per_community, capacity=capacity))


def sites_of_stations(
    stations: Sequence[Station], elders: Sequence[Elder], *, are_open: bool, capacity: int | None = None
) -> tuple[Site, ...]:
    """Stations as sites, each in the community of the elder who lives nearest (straight line).

    Open ones cost no more than they do today, so their yearly money is left out of the roll-out's.
    """
    lon, lat = np.array([(elder.place.lon, elder.place.lat) for elder in elders]).T
    return tuple(
        Site(
            site_id=station.station_id,
            name=station.name,
            place=station.place,
            community=elders[int(great_circle_m(lon, lat, station.place.lon, station.place.lat).argmin())].community,
            kind=station.kind,
            is_open=are_open,
            capacity=capacity,
            yearly_cents=0 if are_open else STATION_YEARLY_CENTS,
        )
        for station in stations
    )


def _spread_places(elders: Sequence[Elder], count: int) -> list[Location]:
    places = list(dict.fromkeys(elder.place for elder in elders))
    lon, lat = np.array([(place.lon, place.lat) for place in places]).T
    chosen = [int(great_circle_m(lon, lat, np.median(lon), np.median(lat)).argmin())]
    distance_m = great_circle_m(lon, lat, lon[chosen[0]], lat[chosen[0]])
    while len(chosen) < min(count, len(places)):
        chosen.append(int(distance_m.argmax()))
        distance_m = np.minimum(distance_m, great_circle_m(lon, lat, lon[chosen[-1]], lat[chosen[-1]]))
    return [places[idx] for idx in chosen]
