"""Euclidean distances in whole units, exactly: integer square roots, no floating-point boundary."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from math import gcd

import numpy as np
from numpy.typing import NDArray

from optimizer.formats.benchmark.stated import Family, num_decimals

_BLOCK = 512
"""Rows worked on at once."""

_LARGEST_SQUARE = 2**62


def whole_units(value: Decimal, family: Family) -> int:
    """`value` in whole units of `family`."""
    rounding = ROUND_DOWN if family.is_truncated else ROUND_HALF_UP
    return int((value * family.scale).to_integral_value(rounding))


def distance_matrix(x: Sequence[Decimal], y: Sequence[Decimal], family: Family) -> NDArray[np.int32]:
    """Distances between all points in whole units of `family`, shape ``(n, n)``.

    Let coordinates of ``p`` decimals be integers, ``D`` the square of a distance between them and ``s`` the scale.
    Truncated, the distance is ``isqrt(s² D) // 10^p``; rounded, halves up, ``(isqrt(4 s² D) // 10^p + 1) // 2``.

    Raises
    ------
    OverflowError
        If the points are so far apart and so finely stated that squares do not fit 64 bits.
    """
    decimals = max(map(num_decimals, (*x, *y)))
    shared = gcd(family.scale, 10**decimals)
    scale, divisor = family.scale // shared, 10**decimals // shared
    if not family.is_truncated:
        scale *= 2
    points = np.array([[int(value * 10**decimals) for value in axis] for axis in (x, y)], dtype=np.int64)
    spread = points.max(axis=1) - points.min(axis=1)
    if scale**2 * sum(int(width) ** 2 for width in spread) >= _LARGEST_SQUARE:
        raise OverflowError(f"{decimals} decimals over a spread of {max(spread) // 10**decimals}")
    matrix = np.empty((len(x), len(x)), dtype=np.int32)
    for first in range(0, len(x), _BLOCK):
        rows = slice(first, first + _BLOCK)
        square = sum((axis[rows, None] - axis[None, :]) ** 2 for axis in points)
        units = _isqrt(scale**2 * np.asarray(square)) // divisor
        matrix[rows] = units if family.is_truncated else (units + 1) // 2
    return matrix


def _isqrt(square: NDArray[np.int64]) -> NDArray[np.int64]:
    """Largest integers whose squares are not above `square` (below 2**62)."""
    root = np.sqrt(square.astype(np.float64)).astype(np.int64)
    root -= root * root > square
    root += (root + 1) ** 2 <= square
    return root
