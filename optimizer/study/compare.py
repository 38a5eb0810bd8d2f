"""Variants held against each other: differences paired by seed, effects of levels, fronts, and who gains and loses.

Every variant of one seed is planned with the same random numbers, so that a difference within a seed owes less to
chance than one between means (common random numbers; Law, *Simulation Modeling and Analysis*, 5th ed. 2015, 11.2). The
confidence interval is Student's for the mean of paired differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from optimizer.study.drive import Results
from optimizer.study.figures import FIGURES, ElderOutcome
from optimizer.study.study import AS_IS, Promise, Variant

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Mean of paired differences over `num` pairs, with the ends of its confidence interval (``None`` below two)."""

    mean: float
    low: float | None
    high: float | None
    num: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure of one variant: its mean over seeds, and the difference to the base as it is."""

    variant: str
    figure: str
    mean: float
    num: int
    difference: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one level of an axis does against the axis's first level, everything else equal."""

    axis: str
    level: str
    figure: str
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What has become of an elder or a community: means over seeds, with and without the change."""

    name: str
    lon: float
    lat: float
    num_visits: float
    num_visits_before: float
    unserved: float
    unserved_before: float
    lateness_s: float
    lateness_before_s: float

    @property
    def unserved_share_more(self) -> float:
        """Share of visits not served, more than before."""
        return _ratio(self.unserved, self.num_visits) - _ratio(self.unserved_before, self.num_visits_before)

    @property
    def later_s(self) -> float:
        """Seconds of lateness per visit, more than before."""
        return _ratio(self.lateness_s, self.num_visits) - _ratio(self.lateness_before_s, self.num_visits_before)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A promise kept at `value`: how well by its own measure, and what that costs more than the curve's first point."""

    variant: str
    value: int
    measure: float | None
    price: Difference | None
    unserved: Difference | None


MEASURES: Mapping[Promise, str] = {
    Promise.FAIRNESS: "load_deviation_s",
    Promise.CONTINUITY: "known_worker_share",
    Promise.STABILITY: "promises_kept_share",
    Promise.HOT_MEAL: "food_age_p95_s",
}
"""The figure by which each promise is seen to be kept."""


def difference_of(pairs: Iterable[tuple[float, float]]) -> Difference | None:
    """The mean of ``second - first`` with its confidence interval; ``None`` without pairs."""
    gaps = [second - first for first, second in pairs]
    if not gaps:
        return None
    mean = fmean(gaps)
    if len(gaps) < 2:
        return Difference(mean=mean, low=None, high=None, num=len(gaps))
    half = _student_quantile(len(gaps) - 1) * stdev(gaps) / math.sqrt(len(gaps))
    return Difference(mean=mean, low=mean - half, high=mean + half, num=len(gaps))


def _student_quantile(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + CONFIDENCE / 2, freedom))


def comparisons(results: Results, variants: Sequence[Variant] | None = None) -> tuple[Comparison, ...]:
    """Every figure of every variant (or of `variants`); figures that no run of a variant has are left out."""
    found: list[Comparison] = []
    base = {figure: values_of(results, AS_IS, figure) for figure in FIGURES}
    for variant in results.variants if variants is None else variants:
        for figure in FIGURES:
            values = values_of(results, variant.name, figure)
            if values:
                found.append(
                    Comparison(
                        variant=variant.name,
                        figure=figure,
                        mean=fmean(values.values()),
                        num=len(values),
                        difference=None if variant.name == AS_IS else _paired(base[figure], values),
                    )
                )
    return tuple(found)


def mean_of(results: Results, variant: str, figure: str) -> float | None:
    """Mean of a figure over the seeds that have it."""
    values = values_of(results, variant, figure)
    return fmean(values.values()) if values else None


def values_of(results: Results, variant: str, figure: str) -> dict[int, float]:
    """Values of a figure by seed."""
    values: dict[int, float] = {}
    for seed in results.study.seeds:
        run = results.runs.get((variant, seed))
        value = None if run is None or run.outcome is None else run.outcome.figures.get(figure)
        if value is not None:
            values[seed] = value
    return values


def _paired(first: Mapping[int, float], second: Mapping[int, float]) -> Difference | None:
    return difference_of((first[seed], second[seed]) for seed in second if seed in first)


def effects(results: Results) -> tuple[Effect, ...]:
    """What each level of the grid does: differences to the axis's first level with all other axes equal.

    Within a seed the differences are averaged over the other axes; the interval is that of the means of the seeds.
    """
    grid = results.study.grid
    of_grid = {tuple(v.levels[axis] for axis in grid): v.name for v in results.variants if v.levels}
    found: list[Effect] = []
    for position, (axis, levels) in enumerate(grid.items()):
        for level in levels[1:]:
            twins = [
                (of_grid.get((*key[:position], levels[0], *key[position + 1 :])), name)
                for key, name in of_grid.items()
                if key[position] == level
            ]
            for figure in FIGURES:
                difference = _effect(results, [(first, second) for first, second in twins if first], figure)
                if difference is not None:
                    found.append(Effect(axis=axis, level=level, figure=figure, difference=difference))
    return tuple(found)


def _effect(results: Results, twins: Sequence[tuple[str, str]], figure: str) -> Difference | None:
    by_seed: dict[int, list[float]] = {}
    for first, second in twins:
        before, after = values_of(results, first, figure), values_of(results, second, figure)
        for seed in before.keys() & after.keys():
            by_seed.setdefault(seed, []).append(after[seed] - before[seed])
    return difference_of((0.0, fmean(gaps)) for _, gaps in sorted(by_seed.items()))


def front(points: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """Names of the points that no other one beats: lower first figure and higher second, cheapest first."""
    best = -math.inf
    kept: list[str] = []
    for name, (_, service) in sorted(points.items(), key=lambda item: (item[1][0], -item[1][1])):
        if service > best:
            kept.append(name)
            best = service
    return tuple(kept)


def fronts(results: Results, cost: str = "running_cents", service: str = "good_share") -> dict[str, tuple[str, ...]]:
    """The front of cost and service for each circumstance (``""`` where there is none), by names of variants.

    Points of curves are left out; of a service figure that is better when less, less is taken as more service.
    """
    means = {
        (variant.name, name): mean_of(results, variant.name, name)
        for variant in results.variants
        for name in (cost, service)
    }
    sign = -1 if FIGURES[service].better == "less" else 1
    clouds: dict[str, dict[str, tuple[float, float]]] = {}
    for variant in results.variants:
        at = means.get((variant.name, cost)), means.get((variant.name, service))
        if variant.curve is None and at[0] is not None and at[1] is not None:
            clouds.setdefault(circumstance_of(results, variant), {})[variant.name] = (at[0], sign * at[1])
    return {name: front(cloud) for name, cloud in clouds.items()}


def circumstance_of(results: Results, variant: Variant) -> str:
    """Levels of the axes that nobody chooses; variants outside the grid are under the first levels."""
    grid, axes = results.study.grid, results.study.circumstances
    return " · ".join(variant.levels.get(axis, grid[axis][0]) for axis in axes)


def curve_points(results: Results, name: str) -> tuple[CurvePoint, ...]:
    """The points of a curve that have been planned."""
    measure = MEASURES[results.study.curves[name].promise]
    points = [variant for variant in results.variants if variant.curve == name and variant.value is not None]
    first = points[0].name

    def paired(figure: str, point: str) -> Difference | None:
        return _paired(values_of(results, first, figure), values_of(results, point, figure))

    return tuple(
        CurvePoint(
            variant=point.name,
            value=point.value or 0,
            measure=mean_of(results, point.name, measure),
            price=paired("running_cents", point.name),
            unserved=paired("num_unserved", point.name),
        )
        for point in points
    )


def elder_fates(results: Results, variant: str) -> tuple[Fate, ...]:
    """What has become of every elder who is there with and without the change.

    Where each seed has a world of its own, of the elders of the first seed only.
    """
    seeds = results.study.seeds
    if results.study.base.scenario is not None and results.study.base.seed is None:
        seeds = seeds[:1]
    return _fates(results, variant, seeds, lambda elder: elder.elder_id)


def community_fates(results: Results, variant: str) -> tuple[Fate, ...]:
    """What has become of every community, newcomers included, over all seeds."""
    return _fates(results, variant, results.study.seeds, lambda elder: elder.community)


def _fates(
    results: Results, variant: str, seeds: Sequence[int], key_of: Callable[[ElderOutcome], str]
) -> tuple[Fate, ...]:
    pairs: dict[str, list[tuple[_Sum, _Sum]]] = {}
    for seed in seeds:
        before, after = (_sums(results, name, seed, key_of) for name in (AS_IS, variant))
        for name in before.keys() & after.keys():
            pairs.setdefault(name, []).append((before[name], after[name]))
    return tuple(_fate(name, of_name) for name, of_name in sorted(pairs.items()))


@dataclass(slots=True)
class _Sum:
    """Outcomes added up; places are summed to be averaged."""

    num_elders: int = 0
    lon: float = 0.0
    lat: float = 0.0
    num_visits: int = 0
    num_unserved: int = 0
    lateness_s: int = 0

    def add(self, elder: ElderOutcome) -> None:
        self.num_elders += 1
        self.lon += elder.lon
        self.lat += elder.lat
        self.num_visits += elder.num_visits
        self.num_unserved += elder.num_unserved
        self.lateness_s += elder.lateness_s


def _sums(results: Results, variant: str, seed: int, key_of: Callable[[ElderOutcome], str]) -> dict[str, _Sum]:
    run = results.runs.get((variant, seed))
    sums: dict[str, _Sum] = {}
    if run is not None and run.outcome is not None:
        for elder in run.outcome.elders:
            sums.setdefault(key_of(elder), _Sum()).add(elder)
    return sums


def _fate(name: str, pairs: Sequence[tuple[_Sum, _Sum]]) -> Fate:
    before, after = [first for first, _ in pairs], [second for _, second in pairs]
    num_elders = sum(each.num_elders for each in before)
    return Fate(
        name=name,
        lon=sum(each.lon for each in before) / num_elders,
        lat=sum(each.lat for each in before) / num_elders,
        num_visits=fmean(each.num_visits for each in after),
        num_visits_before=fmean(each.num_visits for each in before),
        unserved=fmean(each.num_unserved for each in after),
        unserved_before=fmean(each.num_unserved for each in before),
        lateness_s=fmean(each.lateness_s for each in after),
        lateness_before_s=fmean(each.lateness_s for each in before),
    )
