"""The examples of the OpenAPI document and the guide; the tests send every one of them."""

from __future__ import annotations

from typing import Any

EXAMPLE_PROBLEM: dict[str, Any] = {
    "schema_version": 1,
    "name": "Two lunches and a bath",
    "horizon": {"first_date": "2026-03-02"},
    "stations": [
        {
            "station_id": "station-1",
            "place": {"lon": 116.36, "lat": 39.91},
            "waves": [{"wave_id": "lunch", "ready": "10:30", "portions": {"lunch": 40}}],
            "loading_duration_s": 300,
        }
    ],
    "elders": [
        {
            "elder_id": "e1",
            "name": "王秀英",
            "phone": "010-5550-0101",
            "address": "1 号楼 301",
            "place": {"lon": 116.364, "lat": 39.913},
        },
        {"elder_id": "e2", "name": "李建国", "place": {"lon": 116.357, "lat": 39.908}},
    ],
    "meal_types": [{"meal_type": "lunch", "uses": {"portions": 1}}],
    "visits": [
        {
            "visit_id": "meal-e1",
            "service": "meal",
            "elder_id": "e1",
            "windows": [{"start": "11:00", "end": "12:30"}],
            "service_duration_s": 180,
            "demand": {"lunch": 1},
        },
        {
            "visit_id": "meal-e2",
            "service": "meal",
            "elder_id": "e2",
            "windows": [{"start": "11:00", "end": "12:30"}],
            "service_duration_s": 180,
            "demand": {"lunch": 1},
        },
        {
            "visit_id": "bath-e1",
            "service": "bathing",
            "elder_id": "e1",
            "windows": [{"start": "14:00", "end": "16:00"}],
            "service_duration_s": 2700,
            "skills": {"bathing": 1},
        },
    ],
    "workers": [
        {
            "worker_id": "zhang",
            "skills": {"bathing": 1},
            "vehicle": {"mode": "e-bike", "capacities": {"portions": 20}},
            "shifts": [
                {
                    "shift_id": "day",
                    "start": "09:00",
                    "end": "17:00",
                    "start_place": {"lon": 116.36, "lat": 39.91},
                    "end_place": {"lon": 116.36, "lat": 39.91},
                }
            ],
        }
    ],
}
"""A problem small enough to read."""

EXAMPLE_PARAMS: dict[str, Any] = {"engine": "ortools", "step_limit": 20, "seed": 1, "num_workers": 1}

EXAMPLE_DRAFT: dict[str, Any] = {
    "routes": [
        {
            "worker_id": "zhang",
            "shift_id": "day",
            "steps": [
                {"kind": "load", "station_id": "station-1"},
                {"kind": "visit", "visit_id": "meal-e2"},
                {"kind": "visit", "visit_id": "meal-e1"},
                {"kind": "visit", "visit_id": "bath-e1"},
            ],
        }
    ]
}
"""Routes for it, made by hand."""

EXAMPLE_ORDER: dict[str, Any] = {"problem": EXAMPLE_PROBLEM, "params": EXAMPLE_PARAMS}
EXAMPLE_CHILD: dict[str, Any] = {"draft": EXAMPLE_DRAFT}
EXAMPLE_CHECK: dict[str, Any] = {"problem": EXAMPLE_PROBLEM, "draft": EXAMPLE_DRAFT}
EXAMPLE_VISIT: dict[str, Any] = {
    "visit_id": "look-in-e2",
    "service": "look-in",
    "elder_id": "e2",
    "windows": [{"start": "12:30", "end": "15:00"}],
    "service_duration_s": 900,
    "mandatory": True,
}
"""One visit more."""

EXAMPLE_EVENT: dict[str, Any] = {
    "kind": "worker-late",
    "at": "09:20",
    "worker_id": "zhang",
    "delay_s": 600,
    "note": "a flat tyre",
}
"""Something that happens to its day."""

EXAMPLE_SLOT_QUESTION: dict[str, Any] = {"visit": EXAMPLE_VISIT, "at": "09:30", "n": 3}
EXAMPLE_TOLD: dict[str, Any] = {"elder_ids": ["e2"], "worker_ids": ["zhang"]}
