"""A clerk's folder of tables: three elders, three visits, one worker; tests change one file at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.errors import InputError, Issue
from optimizer.formats.source import read_source

GOOD = {
    "settings.csv": "setting,value\nname,Monday\nfirst_date,2026-03-02\n",
    "stations.csv": "station_id,lon,lat\nS1,116.39,39.91\n",
    "waves.csv": "station_id,wave_id,ready,portions\nS1,noon,10:30,lunch:20\n",
    "elders.csv": "elder_id,name,lon,lat\nE1,Wang,116.391,39.911\nE2,Li,116.392,39.912\nE3,Zhao,116.393,39.913\n",
    "visits.csv": (
        "visit_id,elder_id,service,windows,service_duration_min,demand,skills\n"
        "V1,E1,meal,11:00-12:00,5,lunch:1,\n"
        "V2,E2,meal,11:00-12:00,5,lunch:1,\n"
        "V3,E3,bathing,13:00-16:00,40,,bathing:2\n"
    ),
    "workers.csv": "worker_id,station_id,shift_hours,skills,capacities\nW1,S1,08:00-17:00,bathing:2,portions:20\n",
}
"""Tables by file name."""


def write_folder(folder: Path, changes: dict[str, str | bytes | None] | None = None) -> Path:
    """`GOOD` with some files changed, added or (``None``) left out."""
    folder.mkdir(exist_ok=True)
    for name, content in {**GOOD, **(changes or {})}.items():
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str | bytes | None]:
    """One change: `old` in the good file `name` becomes `new`."""
    assert old in GOOD[name], f"{old!r} is not in {name}"
    return {name: GOOD[name].replace(old, new)}


def issues_of(path: Path) -> tuple[Issue, ...]:
    """The issues for which `path` is refused."""
    with pytest.raises(InputError) as caught:
        read_source(path)
    return caught.value.issues
