"""Travel times and distances between places: one matrix, several sources."""

from optimizer.travel.matrix import UNREACHABLE, TravelMatrix

__all__ = ["UNREACHABLE", "TravelMatrix"]
