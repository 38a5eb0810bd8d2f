"""Keeps travel matrices on disk by their content, so that the same question is computed once."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from optimizer.errors import SourceError
from optimizer.travel.matrix import TravelMatrix
from optimizer.travel.matrix_files import read_matrix, write_matrix

_ARITHMETIC = 1
"""Counts up whenever the same question gets another answer than before."""

_LARGEST_CACHE_BYTES = 1 << 30

_log = logging.getLogger(__name__)


def cached_matrix(
    question: object,
    compute: Callable[[], TravelMatrix],
    cache_dir: Path | None = None,
    *,
    max_bytes: int = _LARGEST_CACHE_BYTES,
) -> TravelMatrix:
    """The matrix that `compute` returns, from disk if it was computed before.

    Parameters
    ----------
    question
        Everything the answer depends on; its ``repr`` is the key.
    compute
        Makes the matrix.
    cache_dir
        Where to keep it: by default the folder that ``YIZHAN_CACHE`` names, or else ``~/.cache/yizhan``.
    max_bytes
        Size above which the matrices longest unused are dropped.

    Notes
    -----
    Files appear whole or not at all, so processes may share a folder; a file that cannot be read is made anew. A folder
    that cannot be written to costs time, not the answer.
    """
    folder = cache_dir or default_cache_dir()
    path = folder / f"{hashlib.sha256(repr((_ARITHMETIC, question)).encode()).hexdigest()}.npz"
    try:
        travel = read_matrix(path)
        os.utime(path)
    except (SourceError, OSError):
        travel = compute()
        _store(travel, path, max_bytes)
    return travel


def default_cache_dir() -> Path:
    """The folder that ``YIZHAN_CACHE`` names, or else ``~/.cache/yizhan``."""
    return Path(os.environ.get("YIZHAN_CACHE") or Path.home() / ".cache" / "yizhan")


def _store(travel: TravelMatrix, path: Path, max_bytes: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            part = Path(scratch) / path.name
            write_matrix(travel, part)
            part.replace(path)
        _drop_oldest(path.parent, max_bytes)
    except OSError as error:
        _log.warning("travel matrix not kept in %s: %s", path.parent, error)


def _drop_oldest(folder: Path, max_bytes: int) -> None:
    files = sorted(((path.stat(), path) for path in folder.glob("*.npz")), key=lambda file: -file[0].st_mtime_ns)
    kept_bytes = 0
    for stat, path in files:
        kept_bytes += stat.st_size
        if kept_bytes > max_bytes:
            path.unlink(missing_ok=True)
