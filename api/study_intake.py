"""Taking studies in: read with every fault at once, within the limits, and for one's own problems only."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from api.bodies import JSON, XLSX, sound_problem
from api.errors import Refusal
from api.service import Service
from api.store.district import DistrictStore
from api.store.records import Change
from api.store.studies import StudyRecord, StudyStore
from optimizer.errors import InputError, Issue, SourceError
from optimizer.formats.issues import choice_hint
from scenarios import SCENARIOS

if TYPE_CHECKING:
    from optimizer.study.study import Study

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml")

EXAMPLE_STUDY: dict[str, Any] = {
    "name": "A fifth more elders",
    "base": {"scenario": "tiny", "seed": 1},
    "search": {"engine": "ortools", "step_limit": 5},
    "seeds": [1],
    "changes": {"more elders": [{"change": "scale-demand", "percent": 120}]},
    "grid": {"demand": ["as-is", "more elders"]},
}
"""A study of two plans; the tests send it."""


def order_study(service: Service, store: DistrictStore, data: bytes, content_type: str, change: Change) -> StudyRecord:
    """Keep and queue the study of a body.

    Raises
    ------
    InputError
        With every fault of the file, and every change that cannot be made.
    Refusal
        404 for a problem that the district does not have, 413 for a study that is too large, 415 for a media type that
        is not read, 429 where too many studies wait.
    """
    from optimizer.study.parse import num_runs, study_from_tree  # brings in the engines, which take seconds to load

    tree = _tree(data, content_type)
    study = study_from_tree(tree)
    _require_base(study)
    number = num_runs(study)
    if number > service.settings.max_study_runs:
        most = service.settings.max_study_runs
        detail = f"the study has {number:,} plans; {most:,} are allowed. Take levels or seeds away."
        raise Refusal(413, "too-large", detail)
    limit_s = study.search.time_limit_s
    if limit_s is not None and limit_s > service.settings.max_solve_s:
        message = f"{limit_s:g} s are more than the {service.settings.max_solve_s:g} s that a plan may take."
        raise _fault("search.time_limit_s", message, "Shorten it.")
    _require_applicable(service, store, study)
    record = StudyStore(service.database, store.district_id).add(
        study.name,
        orjson.dumps(tree),
        study.base.problem,
        number,
        change,
        max_pending=service.settings.max_studies_of_district,
    )
    service.jobs.enqueue_study(store.district_id, record.study_id, record.num_starts)
    return record


def resume_study(service: Service, district_id: str, study_id: str, change: Change) -> StudyRecord:
    """Queue a stopped or failed study again."""
    most = service.settings.max_studies_of_district
    record = StudyStore(service.database, district_id).resume(study_id, change, max_pending=most)
    service.jobs.enqueue_study(district_id, study_id, record.num_starts)
    return record


def _tree(data: bytes, content_type: str) -> Any:
    """The plain values of a body."""
    from optimizer.study.parse import MAX_BYTES, tree_of_json, tree_of_text, tree_of_workbook

    kind = content_type.partition(";")[0].strip().lower()
    if len(data) > MAX_BYTES:
        raise Refusal(413, "too-large", f"the study has {len(data):,} bytes; {MAX_BYTES:,} are read. Shorten it.")
    if kind == XLSX:
        with tempfile.TemporaryDirectory(prefix="yizhan-") as folder:
            path = Path(folder) / "study.xlsx"
            path.write_bytes(data)
            return tree_of_workbook(path)
    if kind not in {"", JSON, *YAML_TYPES}:
        types = f"{JSON}, {YAML_TYPES[0]}, {XLSX}"
        raise Refusal(
            415, "unsupported-media-type", f"{kind!r} is not read here. Send {types}.", headers={"Accept-Post": types}
        )
    if kind not in YAML_TYPES:
        return tree_of_json(data)
    try:
        return tree_of_text(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message, hint = f"it is no UTF-8: {error}.", "Save the file as UTF-8."
        raise SourceError([Issue(code="not-readable", path="study", message=message, hint=hint)]) from None


def _require_base(study: Study) -> None:
    """Refuse what a service cannot reach: files, and streets of its own machine."""
    base = study.base
    if base.streets is not None:
        raise _fault("base.streets", "streets come with the scenario or the stored problem.", "Leave it out.")
    if base.scenario is not None and base.scenario not in SCENARIOS:
        hint = choice_hint(base.scenario, SCENARIOS)
        raise _fault("base.scenario", f"there is no scenario {base.scenario!r}.", hint)


def _require_applicable(service: Service, store: DistrictStore, study: Study) -> None:
    """Make sure that every change can be made; the base is built for it as it will be for the plans."""
    from api.jobs.study import study_worlds
    from optimizer.study.runs import require_applicable

    problem, travel = _stored(store, study.base.problem)
    worlds = study_worlds(study, problem, travel, service.settings.streets)
    for world in worlds.values():
        sound_problem(world.problem, service.settings)
    require_applicable(study, worlds)


def _stored(store: DistrictStore, problem_id: str | None) -> tuple[bytes | None, Mapping[str, Any]]:
    """Content and ways of a stored problem."""
    if problem_id is None:
        return None, {}
    record = store.problem(problem_id)
    return store.problem_content(problem_id), record.travel


def _fault(path: str, message: str, hint: str) -> InputError:
    return SourceError([Issue(code="bad-value", path=path, message=message, hint=hint)])
