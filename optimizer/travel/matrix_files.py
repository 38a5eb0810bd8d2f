"""Travel matrices on disk: NumPy archives that keep everything a matrix holds."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.errors import Issue, SourceError
from optimizer.problem import Location, SpeedSlice
from optimizer.travel.matrix import TravelMatrix, round_up

_DURATION, _DISTANCE = "duration_s_", "distance_m_"

_BROKEN_ARCHIVE = (OSError, EOFError, ValueError, RuntimeError, OverflowError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged archive may raise."""


def write_matrix(travel: TravelMatrix, path: Path) -> None:
    """Write `travel` to `path` as the archive that :func:`read_matrix` reads back equal."""
    arrays: dict[str, Any] = {
        "lon": np.array([place.lon for place in travel.places], dtype=np.float64),
        "lat": np.array([place.lat for place in travel.places], dtype=np.float64),
        "place_id": np.array([place.place_id for place in travel.places], dtype=np.str_),
        "peaks": np.array(json.dumps({mode: [asdict(part) for part in parts] for mode, parts in travel.peaks.items()})),
        "source": np.array(travel.source),
    }
    arrays |= {_DURATION + mode: duration_s for mode, duration_s in travel.duration_s.items()}
    arrays |= {_DISTANCE + mode: distance_m for mode, distance_m in travel.distance_m.items()}
    with path.open("wb") as file:
        np.savez(file, **arrays)


def read_matrix(path: Path) -> TravelMatrix:
    """Matrix from a ``.npz`` archive.

    It holds ``lon`` and ``lat`` of shape ``(n,)``, and by mode (say ``van``) ``duration_s_van`` and ``distance_m_van``
    of shape ``(n, n)``, -1 (or NaN) where there is no way; fractions are rounded up. ``place_id``, ``peaks`` and
    ``source`` are optional.

    Raises
    ------
    SourceError
        If the file is broken, or an array is missing or of the wrong shape or type.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
    except _BROKEN_ARCHIVE as error:
        issue = Issue(code="file-broken", path=str(path), message=f"is not a NumPy archive: {error}.")
        raise SourceError([issue]) from error
    issues = _issues(path, arrays)
    if issues:
        raise SourceError(issues)
    peaks = json.loads(str(arrays.get("peaks", "{}")))
    return TravelMatrix(
        places=_places(arrays),
        duration_s={mode: _whole(arrays[_DURATION + mode]) for mode in _modes(arrays)},
        distance_m={mode: _whole(arrays[_DISTANCE + mode]) for mode in _modes(arrays)},
        peaks={mode: tuple(SpeedSlice(**part) for part in parts) for mode, parts in peaks.items()},
        source=str(arrays.get("source", f"given in {path.name}")),
    )


def _issues(path: Path, arrays: dict[str, Any]) -> list[Issue]:
    num_places = len(np.atleast_1d(arrays["lon"])) if "lon" in arrays else 0
    shape_by_name: dict[str, tuple[int, ...]] = {"lon": (num_places,), "lat": (num_places,)}
    for mode in _modes(arrays):
        shape_by_name |= {_DURATION + mode: (num_places,) * 2, _DISTANCE + mode: (num_places,) * 2}
    issues = [_issue(path, name, "is missing.") for name in shape_by_name if name not in arrays]
    if not _modes(arrays):
        issues.append(_issue(path, _DURATION + "<mode>", "is missing: the archive has no durations of any mode."))
    for name, shape in shape_by_name.items():
        if name in arrays and (arrays[name].shape != shape or arrays[name].dtype.kind not in "iuf"):
            found = f"{arrays[name].dtype} of shape {arrays[name].shape}"
            issues.append(_issue(path, name, f"is {found}, not numbers of shape {shape}."))
    return issues


def _issue(path: Path, name: str, message: str) -> Issue:
    return Issue(code="array-wrong", path=f"{path.name}:{name}", message=message, hint="Save the array anew.")


def _modes(arrays: dict[str, Any]) -> list[str]:
    names = (
        name.removeprefix(prefix) for prefix in (_DURATION, _DISTANCE) for name in arrays if name.startswith(prefix)
    )
    return list(dict.fromkeys(names))


def _places(arrays: dict[str, Any]) -> tuple[Location, ...]:
    place_ids = arrays.get("place_id", np.full(len(arrays["lon"]), "")).tolist()
    rows = zip(arrays["lon"].tolist(), arrays["lat"].tolist(), place_ids, strict=True)
    return tuple(Location(lon=float(lon), lat=float(lat), place_id=str(place_id)) for lon, lat, place_id in rows)


def _whole(array: Any) -> Any:
    return round_up(np.nan_to_num(np.asarray(array, dtype=np.float64), nan=-1.0))
