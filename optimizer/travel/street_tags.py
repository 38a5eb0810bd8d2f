"""What the tags of a street say: who may use it in which direction, and how fast a car is on it.

The tags are OpenStreetMap's, and tables and GeoJSON files use the same words. Class defaults follow the ``foot``,
``bicycle`` and ``car`` profiles of OSRM: nobody walks or cycles on motorways and trunk roads. Barriers and turn
restrictions are not read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.problem import Network

_FOOT, _BICYCLE, _CAR = Network.FOOT, Network.BICYCLE, Network.CAR
_ALL = frozenset(Network)
_EVERYBODY = (_ALL, math.inf)
_NOBODY: tuple[frozenset[Network], float] = (frozenset(), math.inf)

_CLASSES: dict[str, tuple[frozenset[Network], float]] = {
    "motorway": (frozenset({_CAR}), 100),
    "motorway_link": (frozenset({_CAR}), 60),
    "trunk": (frozenset({_CAR}), 80),
    "trunk_link": (frozenset({_CAR}), 50),
    "primary": (_ALL, 60),
    "primary_link": (_ALL, 50),
    "secondary": (_ALL, 50),
    "secondary_link": (_ALL, 40),
    "tertiary": (_ALL, 40),
    "tertiary_link": (_ALL, 30),
    "unclassified": (_ALL, 40),
    "residential": (_ALL, 30),
    "road": (_ALL, 30),
    "service": (_ALL, 15),
    "living_street": (_ALL, 10),
    "track": (frozenset({_FOOT, _BICYCLE}), math.inf),
    "path": (frozenset({_FOOT, _BICYCLE}), math.inf),
    "cycleway": (frozenset({_FOOT, _BICYCLE}), math.inf),
    "bridleway": (frozenset({_FOOT}), math.inf),
    "footway": (frozenset({_FOOT}), math.inf),
    "pedestrian": (frozenset({_FOOT}), math.inf),
    "steps": (frozenset({_FOOT}), math.inf),
    "corridor": (frozenset({_FOOT}), math.inf),
    "crossing": (frozenset({_FOOT}), math.inf),
    "platform": (frozenset({_FOOT}), math.inf),
}
"""By ``highway`` value: who may use it, and the speed of a car in km/h where no other is given."""

_ACCESS_KEYS: dict[Network, tuple[str, ...]] = {
    _FOOT: ("foot",),
    _BICYCLE: ("vehicle", "bicycle"),
    _CAR: ("vehicle", "motor_vehicle", "motorcar"),
}
"""Access tags by network, the stronger one later."""

_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "military", "dismount", "use_sidepath"})
_YES = frozenset({"yes", "1", "true"})
_NO = frozenset({"no", "0", "false"})
_BACKWARD = frozenset({"-1", "reverse"})
_NUMBER = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(mph)?")
_KM_PER_MILE = 1.609344


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Who may use a street along its drawn direction and against it, and how fast a car is on it (``inf``: unknown)."""

    forward: frozenset[Network]
    backward: frozenset[Network]
    speed_kmh: float = math.inf
    name: str = ""


def way_of(tags: Mapping[str, str]) -> Way:
    """What `tags` say of a street. One without ``highway`` is open to all; one of unknown class to nobody."""
    users, class_speed_kmh = _CLASSES.get(tags["highway"], _NOBODY) if "highway" in tags else _EVERYBODY
    users = frozenset(network for network in Network if _is_open(tags, network, network in users))
    forward, backward = _directions(tags, users)
    speed_kmh = parse_speed(tags.get("maxspeed", "")) or class_speed_kmh
    return Way(forward=forward, backward=backward, speed_kmh=speed_kmh, name=tags.get("name", ""))


def parse_speed(text: str) -> float:
    """Speed in km/h of ``"50"``, ``"50 km/h"`` or ``"30 mph"``; 0 where the text names no positive number."""
    match = _NUMBER.match(text)
    if match is None:
        return 0.0
    return float(match[1]) * (_KM_PER_MILE if match[2] else 1.0)


def _is_open(tags: Mapping[str, str], network: Network, by_class: bool) -> bool:
    is_open = by_class and tags.get("access") not in _CLOSED
    for key in _ACCESS_KEYS[network]:
        if key in tags:
            is_open = tags[key] not in _CLOSED
    return is_open


def _directions(tags: Mapping[str, str], users: frozenset[Network]) -> tuple[frozenset[Network], frozenset[Network]]:
    """Users along and against the drawn direction; those on foot go both ways."""
    oneway = tags.get("oneway", "").lower()
    both_ways = users & {_FOOT}
    if tags.get("oneway:bicycle") == "no" or tags.get("cycleway", "").startswith("opposite"):
        both_ways |= users & {_BICYCLE}
    if oneway in _BACKWARD:
        return both_ways, users
    if oneway in _YES or (oneway not in _NO and _is_oneway_by_kind(tags)):
        return users, both_ways
    return users, users


def _is_oneway_by_kind(tags: Mapping[str, str]) -> bool:
    return tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway"
