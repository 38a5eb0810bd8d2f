"""Elders of a district put together where no decision about sites tells them apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.network.catchment import Catchment

Ints = NDArray[np.int64]

SMALLEST_GROUP = 10
"""Groups of fewer listed elders do not decide about the worst-served one."""


def deciding_groups(catchment: Catchment) -> list[str]:
    """Groups large enough for their share to mean something, by name."""
    counts = Counter(str(group) for elder in catchment.elders for group in elder.groups)
    return sorted(group for group, count in counts.items() if count >= SMALLEST_GROUP)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Elders that no decision tells apart.

    Parameters
    ----------
    weight, community_idx
        Elders, and position in `communities`; shape ``(num_cells,)``.
    within
        Sites in reach, shape ``(num_cells, num_sites)``.
    belongs
        Groups the elders of the cell are in, shape ``(num_cells, num_groups)``.
    """

    weight: Ints
    community_idx: Ints
    within: NDArray[np.bool_]
    belongs: NDArray[np.bool_]
    communities: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, catchment: Catchment, groups: list[str]) -> Cells:
        """The cells of all elders, told apart by `groups` and no others."""
        communities = sorted({elder.community for elder in catchment.elders})
        position = {name: idx for idx, name in enumerate(communities)}
        community_idx = np.array([[position[elder.community]] for elder in catchment.elders]).reshape(-1, 1)
        belongs = np.array(
            [[group in elder.groups for group in groups] for elder in catchment.elders], dtype=np.bool_
        ).reshape(len(catchment.elders), len(groups))
        keys = np.concatenate([community_idx, catchment.within, belongs], axis=1)
        first, weight = np.unique(keys, axis=0, return_index=True, return_counts=True)[1:]
        return cls(
            weight=weight.astype(np.int64),
            community_idx=community_idx[first, 0],
            within=catchment.within[first],
            belongs=belongs[first],
            communities=tuple(communities),
            groups=tuple(groups),
        )
