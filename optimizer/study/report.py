"""The result of a study as one self-contained web page, without a network.

As in :mod:`optimizer.formats.map_html`: data as JSON that no parser mistakes for markup, texts shown only as text, and
a content security policy that forbids requests and foreign scripts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from optimizer.formats.drawing import Streets
from optimizer.formats.map_data import UNITS_PER_DEG, encode_lines, street_lines
from optimizer.formats.map_html import json_for_html, policy_hash
from optimizer.formats.words import Language
from optimizer.study.compare import (
    CONFIDENCE,
    MEASURES,
    Difference,
    Fate,
    circumstance_of,
    community_fates,
    comparisons,
    curve_points,
    effects,
    elder_fates,
    fronts,
    values_of,
)
from optimizer.study.drive import Results
from optimizer.study.figures import FIGURES
from optimizer.study.runs import World
from optimizer.study.study import AS_IS, Variant

_TEMPLATES = Path(__file__).parent / "templates"
_SCRIPTS = ("charts.js", "map.js", "report.js")
MAX_MAP_POINTS = 200_000
"""Elders times variants that are put on the map; beyond it, communities only."""

COSTS = ("running_cents", "cost_cents", "cents_per_visit", "cents_per_portion", "num_workers_used")
SERVICES = (
    "good_share",
    "served_share",
    "on_time_share",
    "unmet_priority_share",
    "group_gap_share",
    "food_age_p95_s",
    "known_worker_share",
    "workload_gini",
)
"""What the page's front can be drawn of."""


def write_report(
    results: Results, world: World, path: Path, *, streets: Streets | None = None, language: Language = "zh"
) -> None:
    """Write the page of :func:`report_html` to `path`; it opens by a double click."""
    path.write_text(report_html(results, world, streets=streets, language=language), encoding="utf-8")


def report_html(results: Results, world: World, *, streets: Streets | None = None, language: Language = "zh") -> str:
    """The page of `results`.

    Parameters
    ----------
    world
        The world of the first seed: its stations and elders are on the map.
    streets
        Streets to draw as the map's ground.
    language
        The language shown first; the page can switch.
    """
    style = _template("style.css")
    script = "\n".join(_template(name) for name in _SCRIPTS)
    data = {"language": "en" if language == "en" else "zh", **report_data(results, world, streets)}
    policy = f"default-src 'none'; style-src {policy_hash(style)}; script-src {policy_hash(script)}; img-src data:"
    parts = {
        "{{policy}}": policy,
        "{{style}}": style,
        "{{script}}": script,
        "{{data}}": json_for_html(data),
    }
    page = _template("page.html")
    for mark, text in parts.items():
        page = page.replace(mark, text, 1)
    return page


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def report_data(results: Results, world: World, streets: Streets | None) -> dict[str, Any]:
    """What the page is told: variants by position, differences as ``[mean, low, high, pairs]``."""
    study = results.study
    idx = {variant.name: position for position, variant in enumerate(results.variants)}
    return {
        "words": json.loads(_template("words.json")),
        "name": study.name,
        "description": study.description,
        "base": study.base.scenario or world.problem.name or study.base.problem,
        "seeds": list(study.seeds),
        "search": _search_text(results),
        "version": version("yizhan"),
        "confidence": CONFIDENCE,
        "num_runs": len(results.runs),
        "num_asked": len(results.variants) * len(study.seeds),
        "faults": [{"variant": run.variant, "seed": run.seed, "text": run.fault} for run in results.faults],
        "figures": {name: _figure(name) for name in FIGURES},
        "costs": COSTS,
        "services": SERVICES,
        "grid": {axis: list(levels) for axis, levels in study.grid.items()},
        "circumstances": list(study.circumstances),
        "variants": [_variant(results, variant) for variant in results.variants],
        "effects": [_effect(results, axis, level) for axis, levels in study.grid.items() for level in levels[1:]],
        "fronts": _fronts(results, idx),
        "curves": [_curve(results, name, idx) for name in study.curves],
        "groups": _groups(results),
        "map": _map(results, world, streets),
    }


def _search_text(results: Results) -> str:
    search = results.study.search
    limits = []
    if search.step_limit is not None:
        limits.append(f"{search.step_limit:,} steps")
    if search.time_limit_s is not None:
        limits.append(f"{search.time_limit_s:g} s")
    return " / ".join(limits)


def _figure(name: str) -> dict[str, Any]:
    info = FIGURES[name]
    return {"name": info.name, "unit": info.unit, "per": info.per_unit, "digits": info.digits, "better": info.better}


def _variant(results: Results, variant: Variant) -> dict[str, Any]:
    own = comparisons(results, (variant,))
    return {
        "name": variant.name,
        "levels": dict(variant.levels),
        "curve": variant.curve,
        "circumstance": circumstance_of(results, variant),
        "changes": [words_of(change) for change in variant.changes],
        "mean": {each.figure: each.mean for each in own},
        "by_seed": {each.figure: list(values_of(results, variant.name, each.figure).values()) for each in own},
        "difference": {each.figure: _difference(each.difference) for each in own if each.difference is not None},
    }


def words_of(change: Any) -> str:
    """A change as its file states it, in one line."""
    facts = {each.name: getattr(change, each.name) for each in fields(change)}
    defaults = {each.name: each.default for each in fields(change)}
    told = ", ".join(f"{name}: {_short(value)}" for name, value in facts.items() if value and value != defaults[name])
    return f"{change.word} {{{told}}}"


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {item}" for name, item in value.items()) + "}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _difference(difference: Difference | None) -> list[float | int | None] | None:
    return None if difference is None else [difference.mean, difference.low, difference.high, difference.num]


def _effect(results: Results, axis: str, level: str) -> dict[str, Any]:
    own = {e.figure: _difference(e.difference) for e in effects(results) if (e.axis, e.level) == (axis, level)}
    return {"axis": axis, "level": level, "against": results.study.grid[axis][0], "difference": own}


def _fronts(results: Results, idx: Mapping[str, int]) -> dict[str, dict[str, list[int]]]:
    return {
        f"{cost}/{service}": {
            circumstance: [idx[name] for name in names]
            for circumstance, names in fronts(results, cost, service).items()
        }
        for cost in COSTS
        for service in SERVICES
    }


def _curve(results: Results, name: str, idx: Mapping[str, int]) -> dict[str, Any]:
    promise = results.study.curves[name].promise
    return {
        "name": name,
        "promise": str(promise),
        "measure": MEASURES[promise],
        "under": list(results.study.curves[name].under),
        "points": [
            {
                "variant": idx[point.variant],
                "value": point.value,
                "measure": point.measure,
                "price": _difference(point.price),
                "unserved": _difference(point.unserved),
            }
            for point in curve_points(results, name)
        ],
    }


def _groups(results: Results) -> dict[str, list[list[float] | None]]:
    """By group of elders: visits asked for and not served, means over seeds, for every variant in turn."""
    outcomes = {
        variant.name: [
            run.outcome
            for seed in results.study.seeds
            if (run := results.runs.get((variant.name, seed))) is not None and run.outcome is not None
        ]
        for variant in results.variants
    }
    names = dict.fromkeys(name for of_variant in outcomes.values() for each in of_variant for name in each.by_group)
    return {name: [_tally(of_variant, name) for of_variant in outcomes.values()] for name in names}


def _tally(outcomes: Sequence[Any], group: str) -> list[float] | None:
    if not outcomes:
        return None
    tallies = [outcome.by_group.get(group, (0, 0)) for outcome in outcomes]
    return [sum(column) / len(tallies) for column in zip(*tallies, strict=True)]


def _map(results: Results, world: World, streets: Streets | None) -> dict[str, Any]:
    problem = world.problem
    elder_idx = {elder.elder_id: position for position, elder in enumerate(problem.elders)}
    has_elders = len(problem.elders) * len(results.variants) <= MAX_MAP_POINTS
    others = [variant for variant in results.variants if variant.name != AS_IS]
    return {
        "units_per_deg": UNITS_PER_DEG,
        "streets": "" if streets is None else encode_lines(street_lines(streets)),
        "stations": [[_units(s.place.lon), _units(s.place.lat), s.name or s.station_id] for s in problem.stations],
        "elders": [[_units(e.place.lon), _units(e.place.lat)] for e in problem.elders] if has_elders else [],
        "elder_fates": [
            _sparse(elder_fates(results, variant.name), elder_idx.get) if has_elders else [] for variant in others
        ],
        "communities": [
            [_community(fate) for fate in community_fates(results, variant.name) if fate.name] for variant in others
        ],
    }


def _units(degrees: float) -> int:
    return round(degrees * UNITS_PER_DEG)


def _sparse(fates: Sequence[Fate], idx_of: Callable[[str], int | None]) -> list[list[float]]:
    """Position, visits not served more, and minutes later, of the elders for whom something has changed."""
    changed: list[list[float]] = []
    for fate in fates:
        position, more, later = idx_of(fate.name), fate.unserved - fate.unserved_before, fate.later_s / 60
        if position is not None and (more or abs(later) >= 1):
            changed.append([position, round(more, 3), round(later, 1)])
    return changed


def _community(fate: Fate) -> list[Any]:
    return [
        fate.name,
        _units(fate.lon),
        _units(fate.lat),
        round(fate.num_visits, 2),
        round(fate.unserved_share_more, 5),
        round(fate.later_s / 60, 3),
    ]
