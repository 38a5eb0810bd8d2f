"""The fast engine: compiled ruin and recreate over flat arrays, and recombination of the routes it finds.

Numba keeps what it compiles in a folder named after the files of the compiled modules, so that a change to any of them
is seen by all that call it (Numba itself looks at the file of the outermost function alone). It takes compiled code for
that of the same file only while path and time of change are the same, so both are part of the name: what the folder
holds can be used.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from numba import config

from optimizer.travel.cache import default_cache_dir

_COMPILED = (
    *("arrays", "bundle", "chance", "ways", "ties", "timing", "pricing", "coupled", "slack", "slots", "routes"),
    *("offers", "loadings", "insertion", "ruin", "recreate", "steps", "pool", "kernel"),
)


def _cache_dir() -> Path:
    digest = hashlib.sha256()
    for name in _COMPILED:
        path = Path(__file__).with_name(f"{name}.py")
        digest.update(f"{path} {path.stat().st_mtime_ns} ".encode() + path.read_bytes())
    folder = default_cache_dir() / "compiled" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="yizhan-"))  # compiled anew by every process, but it works
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="yizhan-"))


if "NUMBA_CACHE_DIR" not in os.environ:
    config.CACHE_DIR = str(_cache_dir())
