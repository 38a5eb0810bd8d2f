"""Travel times and distances between places: one matrix, several sources."""

from optimizer.travel.build import build_travel
from optimizer.travel.matrix import UNREACHABLE, TravelMatrix, UnreachablePair, unreachable_pairs
from optimizer.travel.read_streets import read_streets, write_streets
from optimizer.travel.streets import StreetGraph

__all__ = [
    "UNREACHABLE",
    "StreetGraph",
    "TravelMatrix",
    "UnreachablePair",
    "build_travel",
    "read_streets",
    "unreachable_pairs",
    "write_streets",
]
