"""New plan: bring a problem in, see everything that is wrong with it, and let it be solved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
from fastapi.concurrency import run_in_threadpool
from nicegui import ui
from nicegui.events import UploadEventArguments

from api.bodies import JSON, XLSX, ZIP, ReadProblem, read_problem, sound_problem
from api.console.access import Visitor
from api.console.core_texts import issue_texts
from api.console.days import Sights
from api.console.frame import frame, say_fault
from api.console.texts import Texts
from api.errors import Refusal
from api.intake import Intake, default_travel, keep_problem
from api.service import require_role
from api.store.records import PlanRecord, ProblemRecord, Role
from api.worlds import scenario_travel
from optimizer.errors import InputError, Issue, Severity
from scenarios import SCENARIOS, STRESSES, build_scenario

CONTENT_TYPES = {".json": JSON, ".xlsx": XLSX, ".zip": ZIP}
DEFAULT_TIME_LIMIT_S = 30
NUM_KEPT = 20
"""So many of the district's problems are offered."""


async def build(visitor: Visitor, sights: Sights) -> None:
    """The three steps."""
    with frame(visitor, "new", "/console/new"):
        if not visitor.may(Role.DISPATCHER):
            role = visitor.texts.of("role", Role.DISPATCHER)
            ui.label(visitor.texts.text("needs_role", role=role)).classes("yz-empty")
            return
        with ui.column().classes("yz-page"):
            await _NewPlan(visitor).build()


class _NewPlan:
    """One visitor on the way to a plan."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.texts = visitor, visitor.texts
        self.problem: ProblemRecord | None = None

    async def build(self) -> None:
        ui.label(self.texts["new.title"]).classes("yz-heading")
        with ui.element("div").classes("yz-steps"):
            with ui.element("section").classes("yz-step"):
                ui.label(self.texts["new.upload"]).classes("yz-strong yz-larger")
                ui.label(self.texts["new.upload_hint"]).classes("yz-soft")
                self._upload()
            with ui.element("section").classes("yz-step"):
                ui.label(self.texts["new.scenario"]).classes("yz-strong yz-larger")
                self._scenario()
            with ui.element("section").classes("yz-step"):
                ui.label(self.texts["new.kept"]).classes("yz-strong yz-larger")
                await self._kept()
        with ui.element("section").classes("yz-step yz-order") as self.order:
            self._order()
        self.order.set_visibility(False)
        self.issues = ui.column().classes("yz-issues").props("role=status")

    def _upload(self) -> None:
        limit = self.visitor.service.settings.max_body_bytes
        rejected = self.texts.text("new.rejected", size=limit >> 20)
        self.uploader = ui.upload(
            label=self.texts["new.choose"],
            auto_upload=True,
            max_file_size=limit,
            on_upload=self._uploaded,
            on_rejected=lambda: ui.notify(rejected, type="negative"),
        )
        self.uploader.props(f'accept="{",".join(CONTENT_TYPES)}" flat bordered').classes("yz-upload").mark("upload")

    async def _uploaded(self, event: UploadEventArguments) -> None:
        content_type = CONTENT_TYPES.get(Path(event.file.name).suffix.lower(), "application/octet-stream")
        data = await event.file.read()
        settings = self.visitor.service.settings
        self.uploader.reset()
        await self._keep(
            event.file.name,
            lambda: read_problem(data, content_type, settings),
            lambda read: keep_problem(
                self.visitor.store, read, default_travel(self.visitor.service), self.visitor.change(event.file.name)
            ),
        )

    def _scenario(self) -> None:
        if not self.visitor.may(Role.PLANNER):
            ui.label(self.texts.text("needs_role", role=self.texts.of("role", Role.PLANNER))).classes("yz-soft")
            return
        purposes = {name: self.texts[f"scenario.{name}"] for name in SCENARIOS}
        name = ui.select(purposes, value=next(iter(SCENARIOS)), label=self.texts["new.scenario"]).props(
            "dense outlined"
        )
        with ui.row(wrap=False).classes("yz-line"):
            size = ui.number(self.texts["new.size"], value=1.0, min=0.05, max=20, step=0.1).props("dense outlined")
            seed = ui.number(self.texts["new.seed"], value=0, min=0, max=2**31, precision=0).props("dense outlined")
        stress = ui.select(
            {each: self.texts[f"stress.{each}"] for each in STRESSES},
            multiple=True,
            value=[],
            label=self.texts["new.stress"],
        ).props("dense outlined")
        for field in (name, stress):
            field.classes("yz-fill")

        async def load() -> None:
            await self._keep_scenario(
                str(name.value), seed=int(seed.value or 0), size=float(size.value or 1), stress=list(stress.value or [])
            )

        ui.button(self.texts["new.load"], on_click=load).props("outline no-caps").mark("load-scenario")

    async def _keep_scenario(self, name: str, *, seed: int, size: float, stress: list[str]) -> None:
        def read() -> ReadProblem:
            require_role(self.visitor.caller, Role.PLANNER)
            problem = build_scenario(name, seed=seed, size=size, stress=stress).problem
            return sound_problem(problem, self.visitor.service.settings)

        def keep(found: ReadProblem) -> ProblemRecord:
            travel = scenario_travel(name, seed, size, tuple(stress))
            return keep_problem(self.visitor.store, found, travel, self.visitor.change(f"scenario {name}"))

        await self._keep(name, read, keep)

    async def _kept(self) -> None:
        problems = await run_in_threadpool(lambda: self.visitor.store.problems(before=None, limit=NUM_KEPT))
        if not problems:
            ui.label(self.texts["new.none_kept"]).classes("yz-soft")
        with ui.element("ul").classes("yz-kept"):
            for problem in problems:
                with ui.element("li"):
                    button = (
                        ui.button(_title(self.texts, problem))
                        .props("flat dense no-caps align=left")
                        .mark("kept-problem")
                    )
                    button.on_click(lambda problem=problem: self._chosen(problem, problem.warnings))

    async def _keep(
        self, name: str, read: Callable[[], ReadProblem], keep: Callable[[ReadProblem], ProblemRecord]
    ) -> None:
        """Read and keep a problem, or show everything that is wrong with it."""
        self._show_issues(name, (), is_busy=True)
        try:
            found = await run_in_threadpool(read)
            self._chosen(await run_in_threadpool(keep, found), found.warnings)
        except InputError as error:
            self.order.set_visibility(False)
            self._show_issues(name, error.issues)
        except Exception as error:  # whatever it is, the visitor is told
            self.issues.clear()
            say_fault(self.texts, error)

    def _chosen(self, problem: ProblemRecord, warnings: tuple[Issue, ...]) -> None:
        self.problem = problem
        self.chosen.set_text(_title(self.texts, problem))
        self.order.set_visibility(True)
        self._show_issues(problem.name, warnings)

    def _show_issues(self, name: str, issues: tuple[Issue, ...], *, is_busy: bool = False) -> None:
        """The issues as a table: how grave, where, what, and the cure."""
        self.issues.clear()
        with self.issues:
            if is_busy:
                with ui.row().classes("yz-line"):
                    ui.spinner()
                    ui.label(self.texts.text("new.reading", name=name))
                return
            num_errors = sum(issue.severity is Severity.ERROR for issue in issues)
            key = "new.errors" if num_errors else "new.warnings" if issues else "new.sound"
            ui.label(self.texts.text(key, name=name, count=num_errors or len(issues))).classes(
                "yz-alarm" if num_errors else "yz-strong"
            )
            if issues:
                _issue_table(self.texts, issues)

    def _order(self) -> None:
        self.chosen = ui.label().classes("yz-strong yz-larger")
        with ui.row().classes("yz-line"):
            self.time_limit = ui.number(
                self.texts["new.time_limit"],
                value=DEFAULT_TIME_LIMIT_S,
                min=0,
                max=self.visitor.service.settings.max_solve_s,
                step=10,
            ).props("dense outlined")
            self.reason = ui.input(self.texts["new.reason"]).props("dense outlined maxlength=500").classes("yz-fill")
            ui.button(self.texts["new.solve"], icon="play_arrow", on_click=self._solve).props("no-caps").mark("solve")

    async def _solve(self) -> None:
        try:
            record = await run_in_threadpool(self._ordered)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
            return
        ui.navigate.to(f"/plans/{record.plan_id}")

    def _ordered(self) -> PlanRecord:
        if self.problem is None:
            raise Refusal(409, "not-ready", "no problem is chosen. Choose one first.")
        change = self.visitor.change(self.reason.value or "")
        require_role(self.visitor.caller, Role.DISPATCHER)
        intake = Intake(
            service=self.visitor.service, store=self.visitor.store, caller=self.visitor.caller, change=change
        )
        params = {"time_limit_s": float(self.time_limit.value or 0)}
        return intake.order_plan(orjson.dumps({"problem_id": self.problem.problem_id, "params": params}))


def _title(texts: Texts, problem: ProblemRecord) -> str:
    made = f"{problem.created_at.astimezone():%m-%d %H:%M}"
    visits = texts.text("new.visits", count=problem.num_visits)
    return f"{problem.name} · {problem.first_date} · {visits} · {made}"


def _issue_table(texts: Texts, issues: tuple[Issue, ...]) -> None:
    columns = [
        {"field": "severity", "headerName": texts["issue.severity"], "width": 90},
        {"field": "path", "headerName": texts["issue.path"], "width": 200},
        {"field": "message", "headerName": texts["issue.message"], "flex": 2, "wrapText": True, "autoHeight": True},
        {"field": "hint", "headerName": texts["issue.hint"], "flex": 2, "wrapText": True, "autoHeight": True},
    ]
    rows = []
    for issue in issues:
        message, hint = issue_texts(texts.language, issue)
        severity = texts[f"severity.{issue.severity}"]
        rows.append({"severity": severity, "path": issue.path, "message": message, "hint": hint})
    options = {"columnDefs": columns, "rowData": rows, "defaultColDef": {"sortable": True, "resizable": True}}
    ui.aggrid(options, theme="balham").classes("yz-issue-grid")
