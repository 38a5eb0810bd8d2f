"""The fast engine: compiled ruin and recreate over flat arrays, and recombination of the routes it finds.

Numba keeps what it compiles in a folder named after the source of this package, so that a change to any of its files is
seen by all that call it (Numba itself looks at the file of the outermost function alone).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from numba import config

from optimizer.travel.cache import default_cache_dir


def _cache_dir() -> Path:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return default_cache_dir() / "compiled" / digest.hexdigest()[:16]


if "NUMBA_CACHE_DIR" not in os.environ:
    config.CACHE_DIR = str(_cache_dir())
