"""Elders with names, phones, homes, floors, groups and diets, drawn by the mix of a Chinese city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Elder, ElderGroup
from scenarios.towns import Town

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
"""The fifty most frequent surnames or so, most frequent first (general knowledge)."""

ELDER_GIVEN_NAMES = (
    *("秀英", "桂英", "秀兰", "玉兰", "淑珍", "桂兰", "淑英", "玉珍", "凤英", "素珍", "玉英", "桂芳"),
    *("淑兰", "秀珍", "凤兰", "玉梅", "惠珍", "月英", "桂珍", "金凤", "淑芬", "翠兰", "文英", "淑琴"),
    *("建国", "国强", "志强", "德明", "文华", "永福", "振华", "玉山", "宝贵", "德福", "长河", "树林"),
    *("忠义", "福生", "世昌", "金生", "学文", "万春", "守信", "庆丰", "兴国", "茂林", "继先", "耀宗"),
)
WORKER_GIVEN_NAMES = (
    *("敏", "静", "丽", "艳", "娟", "霞", "丽娟", "晓燕", "海燕", "春梅", "雪梅", "红霞", "小红", "婷婷"),
    *("伟", "强", "磊", "军", "勇", "杰", "涛", "鹏", "志刚", "建军", "海涛", "小龙", "晓东", "立新"),
)

UNUSED_PHONE_PREFIX = "129"
"""Mobile numbers of China begin with 13 to 19."""

POPULATION_SHARES: Mapping[ElderGroup, float] = {
    ElderGroup.AGED_80_PLUS: 0.14,  # Beijing 2024: 13.4 % of those over 60
    ElderGroup.LIVING_ALONE: 0.14,  # 14.2 %, fifth national survey
    ElderGroup.EMPTY_NEST: 0.455,  # couples only, fifth national survey
    ElderGroup.DISABLED: 0.04,  # moderately to severely, assumed from CLHLS 65+ (1.5 + 2.1 %)
    ElderGroup.HALF_DISABLED: 0.07,  # some need of help in daily living 11 %, less the 4 % above; assumed
    ElderGroup.MINIMUM_INCOME: 0.025,  # low income 3 % with the next; assumed
    ElderGroup.DESTITUTE: 0.005,  # assumed
    ElderGroup.BEREAVED: 0.005,  # assumed
    ElderGroup.VETERAN: 0.02,  # assumed
}
"""Share of each group among people over 60."""

NEEDS = frozenset(POPULATION_SHARES) - {ElderGroup.EMPTY_NEST, ElderGroup.VETERAN}
"""Groups that are more frequent among those served at home than among all elders."""

DIET_SHARES: Mapping[str, float] = {"normal": 0.62, "soft": 0.20, "diabetic": 0.14, "halal": 0.04}
"""Assumed; the diabetic share is below the 30 % with diabetes because many of them eat normal meals."""

FRAIL_FIRST: Mapping[ElderGroup, float] = {ElderGroup.DISABLED: 6.0, ElderGroup.HALF_DISABLED: 3.0}
"""How many times likelier the frail are to be bathed, nursed or helped out of the house (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Housing:
    """How elders of a place live: the shares of houses on the ground and with a lift, and the highest floors.

    What is neither stands without a lift. All shares are assumed.
    """

    ground_share: float
    lift_share: float
    highest_walk_up_floor: int = 6
    highest_lift_floor: int = 18

    def floors(self, rng: np.random.Generator, num: int) -> tuple[list[int], list[bool]]:
        """Floor of `num` homes, and whether a lift goes there."""
        kind = rng.random(num)
        is_ground, has_lift = kind < self.ground_share, kind >= 1 - self.lift_share
        walk_up = rng.integers(1, self.highest_walk_up_floor, num, endpoint=True)
        high = rng.integers(2, self.highest_lift_floor, num, endpoint=True)
        return np.where(is_ground, 1, np.where(has_lift, high, walk_up)).tolist(), has_lift.tolist()


def draw_elders(
    rng: np.random.Generator,
    town: Town,
    sites: NDArray[np.int64],
    housing: Housing,
    *,
    diet_shares: Mapping[str, float] = DIET_SHARES,
    need_factor: float = 3.0,
    first_number: int = 1,
) -> tuple[Elder, ...]:
    """Elders living at `sites` (indices into ``town.sites``), one for each.

    Parameters
    ----------
    need_factor
        How many times more frequent the groups of :data:`NEEDS` are than in the population; people who are served
        at home are frailer than the rest (factor assumed).
    """
    num = len(sites)
    names = draw_names(rng, num, ELDER_GIVEN_NAMES)
    floors, lifts = housing.floors(rng, num)
    groups = _draw_groups(rng, num, need_factor)
    diets = rng.choice(list(diet_shares), num, p=np.array(list(diet_shares.values())) / sum(diet_shares.values()))
    phones = draw_phones(rng, num)
    return tuple(
        Elder(
            elder_id=f"e{first_number + i:04d}",
            place=town.place(site),
            name=names[i],
            address=f"{town.area_name(site)}{site + 1}号{floors[i]}层",
            phone=phones[i],
            community=town.area_name(site),
            floor=floors[i],
            has_lift=lifts[i],
            groups=groups[i],
            diet=str(diets[i]),
            walking_range_m=_walking_range_m(groups[i]),
        )
        for i, site in enumerate(sites.tolist())
    )


def draw_names(rng: np.random.Generator, num: int, given_names: tuple[str, ...]) -> list[str]:
    """Full names; frequent surnames come more often (Zipf's law, assumed)."""
    weight = 1 / np.arange(1, len(SURNAMES) + 1)
    surnames = rng.choice(list(SURNAMES), num, p=weight / weight.sum())
    return [f"{surname}{given}" for surname, given in zip(surnames, rng.choice(given_names, num), strict=True)]


def draw_phones(rng: np.random.Generator, num: int) -> list[str]:
    """Numbers that look like those of mobile phones but belong to nobody, from a stream of their own off `rng`."""
    digits = rng.spawn(1)[0].integers(10**8, size=num).tolist()
    return [f"{UNUSED_PHONE_PREFIX}-{digit // 10_000:04d}-{digit % 10_000:04d}" for digit in digits]


def is_frail(elder: Elder) -> bool:
    """Whether the elder needs help in daily living."""
    return ElderGroup.DISABLED in elder.groups or ElderGroup.HALF_DISABLED in elder.groups


def _draw_groups(rng: np.random.Generator, num: int, need_factor: float) -> list[tuple[ElderGroup, ...]]:
    shares = [share * (need_factor if group in NEEDS else 1) for group, share in POPULATION_SHARES.items()]
    belongs = rng.random((num, len(shares))) < np.array(shares)
    drawn = [[group for group, member in zip(POPULATION_SHARES, row, strict=True) if member] for row in belongs]
    return [_without_contradictions(groups) for groups in drawn]


def _without_contradictions(groups: list[ElderGroup]) -> tuple[ElderGroup, ...]:
    """Nobody is disabled and half-disabled, alone and in a couple, or destitute and on minimum income."""
    exclusive = (
        (ElderGroup.DISABLED, ElderGroup.HALF_DISABLED),
        (ElderGroup.LIVING_ALONE, ElderGroup.EMPTY_NEST),
        (ElderGroup.DESTITUTE, ElderGroup.MINIMUM_INCOME),
    )
    dropped = {second for first, second in exclusive if first in groups}
    return tuple(group for group in groups if group not in dropped)


def _walking_range_m(groups: tuple[ElderGroup, ...]) -> int:
    """How far an elder walks to eat: 15 minutes at 0.85 m/s over 80, at 1.3 m/s else, nowhere when frail."""
    if ElderGroup.DISABLED in groups or ElderGroup.HALF_DISABLED in groups:
        return 0
    return 765 if ElderGroup.AGED_80_PLUS in groups else 1170


def draw_clients(
    rng: np.random.Generator, elders: Sequence[Elder], num: int, factor_by_group: Mapping[ElderGroup, float]
) -> tuple[Elder, ...]:
    """`num` different elders (or all, where there are fewer) in random order.

    Each is as likely as the largest factor of their groups says, 1 without any.
    """
    weight = np.array(
        [max((factor_by_group.get(group, 1.0) for group in elder.groups), default=1.0) for elder in elders]
    )
    drawn = rng.choice(len(elders), min(num, len(elders)), replace=False, p=weight / weight.sum())
    return tuple(elders[idx] for idx in drawn.tolist())
