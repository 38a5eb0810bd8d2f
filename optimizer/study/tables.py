"""The result of a study as tables for other programs: CSV, and Parquet where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from optimizer.study.compare import (
    Difference,
    Effect,
    Fate,
    circumstance_of,
    community_fates,
    comparisons,
    curve_points,
    effects,
    elder_fates,
    fronts,
)
from optimizer.study.drive import Results
from optimizer.study.figures import FIGURES

Rows = list[dict[str, Any]]


def tables_of(results: Results) -> dict[str, Rows]:
    """Every table by name; figures in the units of memory (seconds, metres, cents, shares), as their names say."""
    return {
        "runs": list(_runs(results)),
        "variants": list(_variants(results)),
        "effects": [_effect(each) for each in effects(results)],
        "curves": list(_curves(results)),
        "communities": list(_fates(results, community_fates)),
        "elders": list(_fates(results, elder_fates)),
    }


def write_tables(results: Results, folder: Path) -> list[Path]:
    """Write every table that has rows as CSV, and as Parquet too where pyarrow is installed.

    Files of tables without rows, left from an earlier study, are removed.
    """
    import pandas as pd

    suffixes = (".csv", ".parquet") if has_parquet() else (".csv",)
    written: list[Path] = []
    for name, rows in tables_of(results).items():
        for suffix in (".csv", ".parquet"):
            path = folder / f"study_{name}{suffix}"
            path.unlink(missing_ok=True)
            if rows and suffix in suffixes:
                frame = pd.DataFrame(rows)
                frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path, index=False)
                written.append(path)
    return written


def has_parquet() -> bool:
    """Whether Parquet files can be written."""
    return find_spec("pyarrow") is not None


def _runs(results: Results) -> Iterator[dict[str, Any]]:
    by_name = {variant.name: variant for variant in results.variants}
    for (name, seed), run in results.runs.items():
        figures = {} if run.outcome is None else run.outcome.figures
        yield {
            "variant": name,
            "seed": seed,
            **{f"axis:{axis}": by_name[name].levels.get(axis) for axis in results.study.grid},
            "status": run.status,
            "fault": run.fault,
            **{figure: figures.get(figure) for figure in FIGURES},
            **({} if run.outcome is None else _term_columns(run.outcome.cents_by_term)),
            "duration_s": run.duration_s,
            "problem_hash": run.problem_hash,
        }


def _term_columns(cents_by_term: Mapping[str, int]) -> dict[str, int]:
    return {f"cents:{term}": cents for term, cents in cents_by_term.items()}


def _variants(results: Results) -> Iterator[dict[str, Any]]:
    best = {name for names in fronts(results).values() for name in names}
    by_name = {variant.name: variant for variant in results.variants}
    for each in comparisons(results):
        variant = by_name[each.variant]
        yield {
            "variant": each.variant,
            **{f"axis:{axis}": variant.levels.get(axis) for axis in results.study.grid},
            "circumstance": circumstance_of(results, variant),
            "on_front": each.variant in best,
            "figure": each.figure,
            "mean": each.mean,
            "num_seeds": each.num,
            **_difference(each.difference),
        }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "axis": effect.axis,
        "level": effect.level,
        "figure": effect.figure,
        **_difference(effect.difference),
    }


def _curves(results: Results) -> Iterator[dict[str, Any]]:
    for name, curve in results.study.curves.items():
        for point in curve_points(results, name):
            yield {
                "curve": name,
                "promise": str(curve.promise),
                "value": point.value,
                "measure": point.measure,
                **{f"running_cents_{key}": value for key, value in _difference(point.price).items()},
                **{f"num_unserved_{key}": value for key, value in _difference(point.unserved).items()},
            }


def _difference(difference: Difference | None) -> dict[str, Any]:
    if difference is None:
        return dict.fromkeys(("difference", "low", "high", "is_clear"))
    return {
        "difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
        "is_clear": difference.is_clear,
    }


def _fates(results: Results, fates_of: Callable[[Results, str], tuple[Fate, ...]]) -> Iterator[dict[str, Any]]:
    for variant in results.variants[1:]:
        for fate in fates_of(results, variant.name):
            yield {
                "variant": variant.name,
                "name": fate.name,
                "lon": fate.lon,
                "lat": fate.lat,
                "num_visits": fate.num_visits,
                "unserved": fate.unserved,
                "unserved_before": fate.unserved_before,
                "unserved_share_more": fate.unserved_share_more,
                "later_s": fate.later_s,
            }
