"""Travel times and distances between places: one matrix, several sources."""

from optimizer.travel.build import build_travel
from optimizer.travel.http import OsrmServer, ValhallaServer
from optimizer.travel.matrix import UNREACHABLE, TravelMatrix, UnreachablePair, unreachable_pairs
from optimizer.travel.matrix_files import read_matrix, write_matrix
from optimizer.travel.read_streets import read_streets, write_streets
from optimizer.travel.streets import StreetGraph

__all__ = [
    "UNREACHABLE",
    "OsrmServer",
    "StreetGraph",
    "TravelMatrix",
    "UnreachablePair",
    "ValhallaServer",
    "build_travel",
    "read_matrix",
    "read_streets",
    "unreachable_pairs",
    "write_matrix",
    "write_streets",
]
