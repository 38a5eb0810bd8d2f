"""In which order visits are inserted, and which visits are near each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Visit
from optimizer.search.arrays import FAR_S

_MAX_NEIGHBOURS = 250
_WAIT_WEIGHT = 0.2
"""A second of waiting between two visits counts as so many seconds of way where neighbours are ranked."""


def orders_of(visits: Sequence[Visit], demand: NDArray[np.int32], far_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sort keys by demand, distance from where workers begin (`far_s`) and windows; optional visits come last."""
    windows = [(min(w.start_s for w in v.windows), max(w.end_s for w in v.windows)) for v in visits]
    spans = np.array(windows, dtype=np.float64).reshape(-1, 2)
    first, last = spans[:, 0], spans[:, 1]
    width = np.array([sum(w.end_s - w.start_s for w in v.windows) for v in visits], dtype=np.float64)
    largest = np.maximum(demand.max(axis=0, initial=1), 1)
    size = (demand / largest).max(axis=1, initial=0.0)
    optional = np.array([0.0 if visit.mandatory else 1e12 for visit in visits])
    return np.ascontiguousarray(np.stack([-size, -far_s, far_s, width, first, -last, optional], axis=1))


def neighbours_of(
    visits: NDArray[np.void],
    last_s: NDArray[np.int32],
    arcs: NDArray[np.int32],
    service_s: NDArray[np.int32],
    worth_cents: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Other visits by way and unavoidable waiting or lateness between the two (Vidal et al. 2013), nearest first.

    Visits that no worker can serve both of come last: neither can stand where the other does.

    Parameters
    ----------
    visits
        ``(n,)`` of :data:`optimizer.search.arrays.NODE`.
    last_s
        ``(n,)``: until when each may start without being late.
    arcs, service_s, worth_cents
        As in :class:`optimizer.search.arrays.Instance`; service by one pace.
    """
    num_visits = len(visits)
    count = max(0, min(num_visits - 1, _MAX_NEIGHBOURS))
    neighbours = np.empty((num_visits, count), dtype=np.int32)
    quickest = arcs[:, :, :, 0].min(axis=0)
    quickest_to = np.ascontiguousarray(quickest.T)
    places, ends, first_s = visits["place"].copy(), visits["end_place"].copy(), visits["first_s"].astype(np.float64)
    service_s = service_s[:num_visits]
    first_end_s, last_end_s = first_s + service_s, last_s + service_s
    patterns, pattern_of = np.unique(np.isfinite(worth_cents), axis=0, return_inverse=True)
    is_apart = (patterns.astype(np.float32) @ patterns.T.astype(np.float32)) == 0
    for token in range(num_visits):
        onward_s = quickest[ends[token]][places].astype(np.float64)
        back_s = quickest_to[places[token]][ends].astype(np.float64)
        wait_s = first_s - (last_end_s[token] + onward_s)
        wait_back_s = first_s[token] - (last_end_s + back_s)
        late_s = first_end_s[token] + onward_s - last_s
        late_back_s = first_end_s + back_s - last_s[token]
        onward_s += _WAIT_WEIGHT * np.maximum(0, wait_s) + np.maximum(0, late_s)
        back_s += _WAIT_WEIGHT * np.maximum(0, wait_back_s) + np.maximum(0, late_back_s)
        rank = np.minimum(onward_s, back_s)
        rank[is_apart[pattern_of[token]][pattern_of]] += FAR_S
        rank[token] = np.inf
        nearest = np.argpartition(rank, count - 1)[:count] if count < num_visits else np.arange(num_visits)
        neighbours[token] = nearest[np.argsort(rank[nearest], kind="stable")][:count]
    return neighbours
