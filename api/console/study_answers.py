"""What a planner answers in the form of a new study, and the study that it states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.console.texts import Texts
from api.errors import invalid
from optimizer.units import SECONDS_PER_MINUTE

PROMISE_VALUES: Mapping[str, tuple[int, ...]] = {
    "continuity": (0, 100, 400, 1600),
    "fairness": (0, 500, 2000, 6000),
    "hot-meal": (120, 60, 45, 30),
    "stability": (0, 100, 400),
}
"""Values at which the price of each promise is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStation:
    """A station to be opened: like which one, and where."""

    like: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyAnswers:
    """The answers: a kept problem, what is varied, and how thoroughly.

    Attributes
    ----------
    demand_percents, worker_percents, speed_percents
        Levels beside 100 %.
    skill
        Whose number `worker_percents` changes; ``None`` means everybody.
    closed_stations
        Names of stations by id, each closed in a level of its own.
    wider_min
        By how many minutes windows open earlier and close later.
    promises
        Promises whose price is asked for.
    """

    name: str
    problem_id: str
    demand_percents: tuple[int, ...] = ()
    worker_percents: tuple[int, ...] = ()
    skill: str | None = None
    closed_stations: Mapping[str, str] = field(default_factory=dict)
    new_station: NewStation | None = None
    speed_percents: tuple[int, ...] = ()
    wider_min: tuple[int, ...] = ()
    promises: tuple[str, ...] = ()
    num_seeds: int = 3
    time_limit_s: float = 10.0

    @property
    def num_plans(self) -> int:
        """Plans that the study makes."""
        num_stations = len(self.closed_stations) + (self.new_station is not None)
        counts = (len(self.demand_percents), len(self.speed_percents), num_stations)
        num_variants = 1
        for count in (*counts, len(self.worker_percents), len(self.wider_min)):
            num_variants *= 1 + count
        return (num_variants + sum(len(PROMISE_VALUES[promise]) for promise in self.promises)) * self.num_seeds


def tree_of(answers: StudyAnswers, texts: Texts) -> dict[str, Any]:
    """The study that `answers` state, as its file states it; names are in the planner's language.

    Raises
    ------
    Refusal
        422 where nothing is varied.
    """
    from optimizer.study.study import AS_IS  # brings in the engines, which take seconds to load

    axes = {name: changes for name, changes in _axes(answers, texts).items() if changes}
    if not axes and not answers.promises:
        raise invalid("grid", texts["studies.nothing"], texts["studies.vary"])
    circumstances = [texts[f"studies.{axis}"] for axis in ("demand", "speed")]
    return {
        "name": answers.name,
        "base": {"problem": answers.problem_id},
        "search": {"time_limit_s": answers.time_limit_s},
        "seeds": list(range(1, answers.num_seeds + 1)),
        "changes": {name: [change] for changes in axes.values() for name, change in changes.items()},
        "grid": {axis: [AS_IS, *changes] for axis, changes in axes.items()},
        "circumstances": [axis for axis in circumstances if axis in axes],
        "curves": {
            texts.of("promise", promise): {"promise": promise, "values": list(PROMISE_VALUES[promise])}
            for promise in answers.promises
        },
    }


def _axes(answers: StudyAnswers, texts: Texts) -> dict[str, dict[str, dict[str, Any]]]:
    """The change of each level but the first, by the names of axis and level."""

    def levels(axis: str, values: tuple[int, ...], change: str, **facts: Any) -> dict[str, dict[str, Any]]:
        word = texts[f"studies.{axis}"]
        return {f"{word} {value} %": {"change": change, "percent": value, **facts} for value in values}

    who = {} if answers.skill is None else {"skills": [answers.skill]}
    return {
        texts["studies.stations"]: _stations(answers, texts),
        texts["studies.workers"]: levels("workers", answers.worker_percents, "scale-workers", **who),
        texts["studies.windows"]: {
            texts.text("studies.wider", minutes=minutes): {
                "change": "change-visits",
                "earlier_s": minutes * SECONDS_PER_MINUTE,
                "later_s": minutes * SECONDS_PER_MINUTE,
            }
            for minutes in answers.wider_min
        },
        texts["studies.demand"]: levels("demand", answers.demand_percents, "scale-demand"),
        texts["studies.speed"]: levels("speed", answers.speed_percents, "change-speeds"),
    }


def _stations(answers: StudyAnswers, texts: Texts) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {
        texts.text("studies.without", station=name): {"change": "remove-station", "station_id": station_id}
        for station_id, name in answers.closed_stations.items()
    }
    new = answers.new_station
    if new is not None:
        changes[texts["studies.new_station"]] = {
            "change": "add-station",
            "station_id": "station-new",
            "name": texts["studies.new_station"],
            "like": new.like,
            "place": {"lon": new.lon, "lat": new.lat},
        }
    return changes


def read_place(text: str, texts: Texts) -> tuple[float, float] | None:
    """Longitude and latitude in ``116.37, 39.91``; None for blank text.

    Raises
    ------
    Refusal
        422 for text that is not two numbers.
    """
    if not text.strip():
        return None
    parts = text.replace("，", ",").split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        raise invalid("place", texts.text("studies.no_place", text=text), texts["studies.place_hint"]) from None
    return lon, lat
