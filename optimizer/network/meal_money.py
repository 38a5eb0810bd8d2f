"""Who pays for a meal: the government's share by group, the village's, and what is left to the elder.

The three shares ("三个一点") of Pinggu and Yanqing; the government's part by age and need as in Jurong (1 to 9 yuan).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from optimizer.problem import Elder, ElderGroup

_JURONG_CENTS = {
    ElderGroup.AGED_80_PLUS: 500,
    ElderGroup.HALF_DISABLED: 500,
    ElderGroup.MINIMUM_INCOME: 800,
    ElderGroup.DISABLED: 800,
    ElderGroup.BEREAVED: 800,
    ElderGroup.DESTITUTE: 900,
}


class Shares(NamedTuple):
    """Yuan cents that each pays; they sum up to the cost."""

    government_cents: int
    village_cents: int
    elder_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSharing:
    """What government and village give towards one meal, and what an elder can be asked for.

    Parameters
    ----------
    government_cents
        For every elder.
    government_cents_by_group
        For elders of these groups instead, where it is more.
    village_cents
        Of the village collective or the community.
    most_elder_cents_by_group
        An elder of these groups pays no more than the least of these; what costs more is not offered.
    """

    government_cents: int = 100
    government_cents_by_group: Mapping[ElderGroup, int] = field(default_factory=lambda: dict(_JURONG_CENTS))
    village_cents: int = 0
    most_elder_cents_by_group: Mapping[ElderGroup, int] = field(default_factory=dict)

    def shares(self, elder: Elder, cost_cents: int) -> Shares:
        """Who pays how much of what serving `elder` costs: first the government, then the village."""
        given = max([self.government_cents, *_of_groups(self.government_cents_by_group, elder.groups)])
        government = min(given, cost_cents)
        village = min(self.village_cents, cost_cents - government)
        return Shares(government, village, cost_cents - government - village)

    def is_affordable(self, elder: Elder, shares: Shares) -> bool:
        """Whether the elder's part is within what can be asked for."""
        limits = _of_groups(self.most_elder_cents_by_group, elder.groups)
        return all(shares.elder_cents <= limit for limit in limits)


def _of_groups(cents: Mapping[ElderGroup, int], groups: Iterable[ElderGroup]) -> list[int]:
    return [cents[group] for group in groups if group in cents]
