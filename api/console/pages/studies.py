"""Studies: ask what if, or upload a study file; see how far each study has come; open its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi.concurrency import run_in_threadpool
from nicegui import ui
from nicegui.events import UploadEventArguments

from api.bodies import JSON, XLSX
from api.console.access import HOME, Visitor
from api.console.days import Sights
from api.console.frame import frame, say_fault
from api.console.study_form import StudyForm
from api.service import require_role
from api.store.records import Change, Role
from api.store.studies import StudyRecord, StudyState, StudyStore
from api.study_intake import YAML_TYPES, order_study, resume_study

CONTENT_TYPES = {".yaml": YAML_TYPES[0], ".yml": YAML_TYPES[0], ".json": JSON, ".xlsx": XLSX}
NUM_LISTED = 50
NUM_PROBLEMS = 20
"""So many of the district's problems are offered."""
_REFRESH_S = 1.5


async def build(visitor: Visitor, sights: Sights) -> None:
    """The studies of the district, for planners."""
    with frame(visitor, "studies", f"{HOME}/studies"), ui.column().classes("yz-page"):
        ui.label(visitor.texts["nav.studies"]).classes("yz-heading")
        if not visitor.may(Role.PLANNER):
            role = visitor.texts.of("role", Role.PLANNER)
            ui.label(visitor.texts.text("needs_role", role=role)).classes("yz-soft")
            return
        await _Studies(visitor).build()


class _Studies:
    """One planner's view of the studies."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.texts = visitor, visitor.texts
        self.store = StudyStore(visitor.service.database, visitor.caller.district_id)
        self.shown: Sequence[StudyRecord] = ()

    async def build(self) -> None:
        ui.label(self.texts["studies.hint"]).classes("yz-soft")
        problems = await run_in_threadpool(lambda: self.visitor.store.problems(before=None, limit=NUM_PROBLEMS))
        with ui.expansion(self.texts["studies.new"], icon="help_outline").classes("yz-study").mark("study-form"):
            await StudyForm(self.visitor, problems, self._ordered).build()
        limit = self.visitor.service.settings.max_body_bytes
        self.uploader = ui.upload(
            label=self.texts["studies.choose"], auto_upload=True, max_file_size=limit, on_upload=self._uploaded
        )
        self.uploader.props(f'accept="{",".join(CONTENT_TYPES)}" flat bordered').classes("yz-upload").mark("upload")
        self.list = ui.column().classes("yz-fill")
        await self._refresh()
        ui.timer(_REFRESH_S, self._refresh)

    async def _uploaded(self, event: UploadEventArguments) -> None:
        content_type = CONTENT_TYPES.get(Path(event.file.name).suffix.lower(), "application/octet-stream")
        data = await event.file.read()
        self.uploader.reset()
        await self._ordered(data, content_type, event.file.name)

    async def _ordered(self, data: bytes, content_type: str, reason: str = "") -> None:
        """Order the study of a file or of the form."""
        visitor = self.visitor
        await self._change(
            reason, lambda change: order_study(visitor.service, visitor.store, data, content_type, change)
        )

    async def _change(self, reason: str, make: Callable[[Change], StudyRecord]) -> None:
        """Change something, if the visitor still may, and show what has become of it."""

        def made() -> None:
            change = self.visitor.change(reason)
            require_role(self.visitor.caller, Role.PLANNER)
            make(change)

        try:
            await run_in_threadpool(made)
        except Exception as error:  # whatever it is, the visitor is told
            say_fault(self.texts, error)
        await self._refresh()

    async def _refresh(self) -> None:
        studies = await run_in_threadpool(lambda: self.store.list(before=None, limit=NUM_LISTED))
        if studies == self.shown and studies:
            return
        self.shown = studies
        self.list.clear()
        with self.list:
            if not studies:
                ui.label(self.texts["studies.none"]).classes("yz-soft")
            for study in studies:
                with ui.element("article").classes("yz-study"):
                    self._study(study)

    def _study(self, study: StudyRecord) -> None:
        with ui.row(wrap=False).classes("yz-line"):
            ui.label(study.name).classes("yz-strong yz-larger yz-cut")
            ui.space()
            ui.label(f"{study.created_at.astimezone():%m-%d %H:%M}").classes("yz-soft")
            ui.label(self.texts[f"study_state.{study.state}"]).classes("yz-chip")
        share = study.num_done / study.num_runs if study.num_runs else 1.0
        ui.linear_progress(share, show_value=False).props(f'aria-label="{self.texts["studies.progress"]}"')
        with ui.row(wrap=False).classes("yz-line"):
            ui.label(self.texts.text("studies.plans", done=study.num_done, all=study.num_runs))
            if study.error is not None:
                ui.label(str(study.error.get("message", ""))).classes("yz-alarm")
            ui.space()
            self._buttons(study)

    def _buttons(self, study: StudyRecord) -> None:
        study_id, service = study.study_id, self.visitor.service
        if study.state is StudyState.DONE:
            address = f"{HOME}/data/studies/{study_id}/report#{self.texts.language}"
            with ui.element("a").classes("yz-button").props(f'href="{address}" target="_blank"').mark("report"):
                ui.label(self.texts["studies.report"])
        elif not study.state.is_final:
            stop = ui.button(self.texts["studies.stop"]).props("outline dense no-caps").mark("stop-study")
            stop.on_click(lambda: self._change("", lambda change: self.store.request_stop(study_id, change)))
        else:
            resume = ui.button(self.texts["studies.resume"]).props("outline dense no-caps").mark("resume-study")
            district_id = self.visitor.caller.district_id
            resume.on_click(
                lambda: self._change("", lambda change: resume_study(service, district_id, study_id, change))
            )
