"""Random numbers of the compiled search."""

from __future__ import annotations

import numpy as np

from optimizer.search.bundle import compiled


@compiled
def draw(st):
    """A uniform random number in [0, 1): xorshift64* (Vigna 2016)."""
    x = st.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    st.random[0] = x
    return ((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def draw_below(st, limit):
    """A uniform random whole number in [0, limit)."""
    return int(draw(st) * limit)
