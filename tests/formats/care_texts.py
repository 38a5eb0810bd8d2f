"""Home-care instances small enough to be read by eye, as the JSON of their families."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from optimizer.formats.benchmark import BenchmarkInstance, read_instance

HHCRSP: dict[str, Any] = {
    "patients": [
        {"id": "p1", "location": [3, 4], "time_window": [0, 60], "required_caregivers": [{"service": "s1"}]},
        {
            "id": "p2",
            "time_window": [10, 40],
            "required_caregivers": [{"service": "s1", "duration": 5}, {"service": "s2", "duration": 7}],
            "synchronization": {"type": "simultaneous"},
        },
        {
            "id": "p3",
            "time_window": [20, 50.5],
            "required_caregivers": [{"service": "s2", "duration": 5}, {"service": "s1", "duration": 7}],
            "synchronization": {"type": "sequential", "distance": [10, 15]},
        },
    ],
    "services": [{"id": "s1", "default_duration": 10}, {"id": "s2", "default_duration": 20}],
    "caregivers": [{"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s1", "s2"]}],
    "central_offices": [{"id": "d", "location": [0, 0]}],
    "distances": [[0, 5, 6, 7], [5, 0, 8, 9], [6, 8, 0, 4.25], [7, 9, 4.25, 0]],
}
"""Three patients, one of them with two carers at once and one with two carers 10 to 15 apart."""

UHHC: dict[str, Any] = {
    "metadata": {
        "time_window_met": "at_service_end",
        "origin": "generated",
        "cost_components": {
            "travel_time": 1,
            "total_tardiness": 3,
            "highest_tardiness": 2,
            "total_waiting_time": 5,
            "total_extra_time": 7,
            "max_idle_time": 11,
            "caregiver_preferences": 13,
            "optional_patients": 1000,
            "missed_lunch_break": 50,
        },
    },
    "terminal_points": [{"id": "d0", "distance_matrix_index": 0, "location": [9.1, 45.4]}],
    "services": [{"id": "s0", "type": "t0", "default_duration": 15}, {"id": "s1", "type": "t1"}],
    "caregivers": [
        {
            "id": "c1",
            "abilities": ["s0"],
            "departing_point": "d0",
            "arrival_point": "d0",
            "working_shift": {"start": 60, "end": 300},
            "lunch_break": True,
        },
        {
            "id": "c2",
            "abilities": ["s0", "s1"],
            "departing_point": "d0",
            "working_shift": {"start": 0, "end": 240},
            "lunch_break": False,
        },
    ],
    "patients": [
        {
            "id": "p0",
            "required_services": [{"service": "s0", "duration": 20}],
            "distance_matrix_index": 1,
            "time_windows": [{"start": 100, "end": 160}, {"start": 150, "end": 200}],
            "preferred_caregivers": ["c1"],
        },
        {
            "id": "p1",
            "required_services": [{"service": "s0"}, {"service": "s1", "duration": 30}],
            "distance_matrix_index": 3,
            "time_windows": [{"start": 50, "end": 120}],
            "synchronization": {"type": "independent"},
            "optional": True,
        },
        {
            "id": "p2",
            "required_services": [{"service": "s0", "duration": 10}],
            "distance_matrix_index": 2,
            "time_windows": [{"start": 30, "end": 90}],
            "incompatible_caregivers": ["c1"],
            "optional": False,
        },
        {
            "id": "p3",
            "required_services": [{"service": "s0", "duration": 10}, {"service": "s1", "duration": 12}],
            "distance_matrix_index": 4,
            "time_windows": [{"start": 195, "end": 250}],
            "synchronization": {"type": "simultaneous"},
        },
        {
            "id": "p4",
            "required_services": [{"service": "s1", "duration": 10}, {"service": "s0", "duration": 20}],
            "distance_matrix_index": 5,
            "time_windows": [{"start": 80, "end": 120}, {"start": 190, "end": 260}],
            "synchronization": {"type": "sequential", "distance": {"min": 15, "max": 25}},
            "optional": True,
        },
    ],
    "lunch_breaks": {"start": 120, "end": 180, "min_duration": 30},
    "distances": [
        [0, 10, 20, 30, 9, 15],
        [11, 0, 12, 13, 8, 6],
        [21, 12, 0, 14, 7, 9],
        [31, 13, 14, 0, 5, 12],
        [10, 8, 7, 5, 0, 4],
        [15, 6, 9, 12, 4, 0],
    ],
}
"""Two carers and five patients: optional or not, of one service or of two in each of three ways."""


def hhcrsp_text(change: Callable[[dict[str, Any]], object] = lambda facts: None) -> str:
    """The instance :data:`HHCRSP` after `change`."""
    return _text(HHCRSP, change)


def uhhc_text(change: Callable[[dict[str, Any]], object] = lambda facts: None) -> str:
    """The instance :data:`UHHC` after `change`."""
    return _text(UHHC, change)


def care_instance(text: str, folder: Path, name: str = "tiny") -> BenchmarkInstance:
    """The instance in `text`."""
    path = folder / f"{name}.json"
    path.write_text(text, encoding="utf-8")
    return read_instance(path)


def _text(facts: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> str:
    changed = copy.deepcopy(facts)
    change(changed)
    return json.dumps(changed, indent=1)
