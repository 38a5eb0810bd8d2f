"""A town on a line: nodes 1 km apart along the equator, so that metres are easily counted."""

import math

from optimizer.problem import Location, Network, TravelMode
from optimizer.travel.coordinates import EARTH_RADIUS_M
from optimizer.travel.street_builder import StreetBuilder
from optimizer.travel.street_tags import way_of

DEGREES_PER_KM = math.degrees(1000 / EARTH_RADIUS_M)

WALK = TravelMode(mode="walk", speed_kmh=3.6, network=Network.FOOT)
BICYCLE = TravelMode(mode="bicycle", speed_kmh=18.0, network=Network.BICYCLE)
VAN = TravelMode(mode="van", speed_kmh=36.0, network=Network.CAR)


def place(km_east, km_north=0.0, place_id=""):
    return Location(lon=km_east * DEGREES_PER_KM, lat=km_north * DEGREES_PER_KM, place_id=place_id)


def make_streets(nodes, ways):
    """Streets from node positions in km and ways ``(from, to, tags)`` or ``(from, to, tags, length_m)``."""
    builder = StreetBuilder()
    for km_east, km_north in nodes:
        builder.add_node(km_east * DEGREES_PER_KM, km_north * DEGREES_PER_KM)
    for from_idx, to_idx, tags, *length_m in ways:
        builder.add_way(from_idx, to_idx, length_m[0] if length_m else None, way_of(tags))
    return builder.build()


def line_streets(num_nodes=4, **tags):
    """Nodes 1 km apart on one two-way street."""
    return make_streets([(km, 0) for km in range(num_nodes)], [(km, km + 1, tags) for km in range(num_nodes - 1)])
