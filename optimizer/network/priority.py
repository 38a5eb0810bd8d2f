"""Who comes first when there is not enough for everybody."""

from __future__ import annotations

from optimizer.problem import Elder, ElderGroup

HIGHEST_PRIORITY = 3

_POOR = frozenset(
    {
        ElderGroup.MINIMUM_INCOME,
        ElderGroup.DESTITUTE,
        ElderGroup.BEREAVED,
        ElderGroup.REGISTERED_POOR,
        ElderGroup.SEVERELY_HANDICAPPED,
    }
)


def priority_of(elder: Elder) -> int:
    """Priority by group: disabled 3, over 80 and alone 2, poor, severely handicapped or bereaved 1, others 0."""
    groups = set(elder.groups)
    if ElderGroup.DISABLED in groups:
        return HIGHEST_PRIORITY
    if {ElderGroup.AGED_80_PLUS, ElderGroup.LIVING_ALONE} <= groups:
        return 2
    return int(bool(groups & _POOR))
