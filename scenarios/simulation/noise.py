"""How much longer or shorter ways and services take than planned.

Factors are lognormal with mean 1, which fits measured travel times (Emam & Al-Deek 2006, Transportation Research Record
1959) and durations of care procedures (Strum, May & Vargas 2000, Anesthesiology 92(4)); the coefficients of variation
are assumed. A factor belongs to the visit or the way, not to the moment of drawing: whatever was decided before, the
same visit takes the same time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from optimizer.problem import Location
from scenarios.scenario import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Coefficients of variation (standard deviation over mean) of the time that ways, services and loadings take."""

    travel_cv: float = 0.25
    service_cv: float = 0.30
    loading_cv: float = 0.20

    def __post_init__(self) -> None:
        for name in ("travel_cv", "service_cv", "loading_cv"):
            value = getattr(self, name)
            if not 0 <= value <= 3:
                raise ValueError(f"{name} = {value}: a coefficient of variation lies between 0 and 3.")


class DrawnNoise:
    """The factors of one day."""

    def __init__(self, noise: Noise, problem_name: str, seed: int) -> None:
        self._noise = noise
        streams = Streams(f"{problem_name}/noise", seed)
        self._normal = cache(lambda purpose: float(streams.of(purpose).standard_normal()))

    def way(self, origin: Location, destination: Location) -> float:
        """Factor of the way between two places."""
        ends = ((place.lon, place.lat, place.place_id) for place in (origin, destination))
        return self._factor(f"way/{'/'.join(map(str, ends))}", self._noise.travel_cv)

    def service(self, visit_id: str) -> float:
        """Factor of the service of a visit."""
        return self._factor(f"service/{visit_id}", self._noise.service_cv)

    def loading(self, worker_id: str, number: int) -> float:
        """Factor of a worker's loading, counted from the first one of the day."""
        return self._factor(f"loading/{worker_id}/{number}", self._noise.loading_cv)

    def _factor(self, purpose: str, variation: float) -> float:
        spread = math.sqrt(math.log1p(variation**2))
        return math.exp(spread * self._normal(purpose) - spread**2 / 2)
