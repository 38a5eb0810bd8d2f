"""The form of a new study: a kept problem, what is varied, and how thoroughly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
import yaml
from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from api.bodies import JSON
from api.console.access import Visitor
from api.console.frame import say_fault
from api.console.study_answers import PROMISE_VALUES, NewStation, StudyAnswers, read_place, tree_of
from api.store.records import ProblemRecord
from optimizer.formats.json import problem_from_json
from optimizer.problem import Problem
from optimizer.units import SECONDS_PER_MINUTE

DEMAND_PERCENTS = (80, 90, 110, 120, 130, 150)
WORKER_PERCENTS = (70, 80, 85, 90, 110, 115, 120)
SPEED_PERCENTS = (50, 60, 70, 80, 90)
WIDER_MIN = (10, 15, 20, 30)
MAX_SEEDS = 10
_FILE_NAME = "study.yaml"


class StudyForm:
    """The form of one planner; `order` is told the study and its media type."""

    def __init__(
        self, visitor: Visitor, problems: Sequence[ProblemRecord], order: Callable[[bytes, str], Awaitable[None]]
    ) -> None:
        self.visitor, self.texts, self.order = visitor, visitor.texts, order
        self.problems = {problem.problem_id: problem for problem in problems}

    async def build(self) -> None:
        """Build the form, about the newest problem."""
        texts = self.texts
        if not self.problems:
            ui.label(texts["studies.no_problem"]).classes("yz-soft")
            return
        with ui.row().classes("yz-line"):
            titles = {name: f"{each.name} · {each.first_date}" for name, each in self.problems.items()}
            self.problem_id = _choice(texts["studies.problem"], titles, value=next(iter(titles))).mark("study-problem")
            self.name = ui.input(texts["studies.name"]).props("dense outlined maxlength=120").classes("yz-fill")
        ui.label(texts["studies.every"]).classes("yz-soft")
        with ui.element("div").classes("yz-papers"):
            self._fields()
        with ui.row().classes("yz-line"):
            self.num_seeds = ui.number(texts["studies.seeds"], value=3, min=1, max=MAX_SEEDS, precision=0)
            most_s = self.visitor.service.settings.max_solve_s
            self.time_limit = ui.number(texts["studies.seconds"], value=10, min=1, max=most_s, step=5)
            for field in (self.num_seeds, self.time_limit):
                field.props("dense outlined").style("width: 9.5em").on_value_change(self._tell_size)
            self.size = ui.label().classes("yz-soft").props("role=status")
            ui.space()
            ui.button(texts["studies.save"], on_click=self._save).props("outline no-caps").mark("save-study")
            ui.button(texts["studies.order"], on_click=self._order).props("no-caps").mark("order-study")
        await self._problem_chosen()
        self.problem_id.on_value_change(self._problem_chosen)

    def _fields(self) -> None:
        texts = self.texts
        self.demand = self._percents("demand", DEMAND_PERCENTS)
        self.workers = self._percents("workers", WORKER_PERCENTS)
        self.skill = _choice(texts["studies.who"], {"": texts["studies.everybody"]}, value="").classes("yz-fill")
        self.closed = self._levels("close", {})
        self.place = ui.input(texts["studies.place"]).props("dense outlined").classes("yz-fill").mark("study-place")
        self.place.on_value_change(self._tell_size)
        self.like = _choice(texts["studies.like"], {}).classes("yz-fill")
        self.speed = self._percents("speed", SPEED_PERCENTS)
        self.wider = self._levels("windows", {each: texts.text("studies.wider", minutes=each) for each in WIDER_MIN})
        self.promises = self._levels("promises", {each: texts.of("promise", each) for each in PROMISE_VALUES})

    def _percents(self, name: str, percents: Sequence[int]) -> ui.select:
        return self._levels(name, {percent: f"{percent} %" for percent in percents}, unit=" (%)")

    def _levels(self, name: str, options: Mapping[Any, str], unit: str = "") -> ui.select:
        field = _choice(self.texts[f"studies.{name}"] + unit, options, value=[], multiple=True)
        field.props("use-chips").classes("yz-fill").mark(f"study-{name}").on_value_change(self._tell_size)
        return field

    async def _problem_chosen(self) -> None:
        """Offer the stations and skills of the problem that is chosen."""
        record = self.problems[self.problem_id.value]
        store = self.visitor.store
        problem = await run_in_threadpool(lambda: problem_from_json(store.problem_content(record.problem_id)))
        stations = {station.station_id: station.name or station.station_id for station in problem.stations}
        self.closed.set_options(stations, value=[])
        self.like.set_options(stations, value=next(iter(stations), None))
        skills = {skill: self.texts.of("skill", skill) for skill in _skills(problem)}
        self.skill.set_options({"": self.texts["studies.everybody"], **skills}, value="")
        self.name.set_value(self.texts.text("studies.of", problem=record.name))
        self._tell_size()

    def answers(self) -> StudyAnswers:
        """What is answered.

        Raises
        ------
        Refusal
            422 where the place of a new station cannot be read.
        """
        place = read_place(self.place.value or "", self.texts)
        closed = {name: self.closed.options[name] for name in self.closed.value}
        return StudyAnswers(
            name=self.name.value or self.texts["studies.new"],
            problem_id=self.problem_id.value,
            demand_percents=tuple(sorted(self.demand.value)),
            worker_percents=tuple(sorted(self.workers.value)),
            skill=self.skill.value or None,
            closed_stations=closed,
            new_station=None if place is None else NewStation(like=self.like.value, lon=place[0], lat=place[1]),
            speed_percents=tuple(sorted(self.speed.value)),
            wider_min=tuple(sorted(self.wider.value)),
            promises=tuple(self.promises.value),
            num_seeds=int(self.num_seeds.value or 1),
            time_limit_s=float(self.time_limit.value or 1),
        )

    def _tell_size(self) -> None:
        try:
            answers = self.answers()
        except Exception:  # a place that is still being written; ordering says what is wrong with it
            self.size.set_text("")
            return
        minutes = -(-answers.num_plans * answers.time_limit_s // SECONDS_PER_MINUTE)
        self.size.set_text(self.texts.text("studies.size", plans=answers.num_plans, minutes=f"{minutes:.0f}"))

    async def _order(self) -> None:
        tree = self._tree()
        if tree is not None:
            await self.order(orjson.dumps(tree), JSON)

    def _save(self) -> None:
        tree = self._tree()
        if tree is not None:
            text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
            ui.download.content(text, _FILE_NAME, "application/yaml")

    def _tree(self) -> dict[str, Any] | None:
        try:
            return tree_of(self.answers(), self.texts)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return None


def _choice(label: str, options: Mapping[Any, str], **facts: Any) -> ui.select:
    return ui.select(dict(options), label=label, **facts).props("dense outlined")


def _skills(problem: Problem) -> list[str]:
    return sorted({skill for worker in problem.workers for skill in worker.skills})
