"""What one version of a day shows otherwise than another: found once, for everybody who goes on from there to here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.console.layers import Feature, Layers


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What leads from the version `before_id` to another.

    Attributes
    ----------
    map
        By layer (``places``, ``routes``) the features to ``put``, in place of those of the same id, and the ids of
        those to ``drop``.
    time_line
        ``bars`` of rows that differ, each with the number of its row; ``rows``, with the bars of all, where the rows
        themselves do; ``links``, where these do.
    visit_ids
        Visits that stand otherwise now, or are new.
    gone_ids
        Visits that are there no more.
    """

    before_id: str
    map: Mapping[str, Any]
    time_line: Mapping[str, Any]
    visit_ids: tuple[str, ...]
    gone_ids: tuple[str, ...]


def changes_between(before: Layers, after: Layers) -> Changes:
    """What leads from one version to another."""
    old, new = before.day.row_by_visit_id, after.day.row_by_visit_id
    return Changes(
        before_id=before.day.record.plan_id,
        map={
            "places": _patch(before.place_by_id, after.place_by_id),
            "routes": _patch(before.route_by_id, after.route_by_id),
        },
        time_line=_time_line(before, after),
        visit_ids=tuple(visit_id for visit_id, row in new.items() if old.get(visit_id) != row),
        gone_ids=tuple(visit_id for visit_id in old if visit_id not in new),
    )


def _patch(before: Mapping[str, Feature], after: Mapping[str, Feature]) -> dict[str, Any]:
    put = [feature for name, feature in after.items() if before.get(name) != feature]
    return {"put": put, "drop": [name for name in before if name not in after]}


def _time_line(before: Layers, after: Layers) -> dict[str, Any]:
    is_same = before.rows == after.rows
    told = before.bars_by_row if is_same else {}
    return {
        "rows": None if is_same else after.rows,
        "bars": [[row, bars] for row, bars in after.bars_by_row.items() if told.get(row) != bars],
        "links": None if before.links == after.links else after.links,
    }
