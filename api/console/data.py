"""What the console's pages load beside themselves: map layers, time line and sheets, for those who are signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from api.bodies import JSON, XLSX
from api.console.access import HOME, Visitor, sign_in_address, visitor_of
from api.console.care_layers import CareFile, CareLayer
from api.console.days import Sights
from api.console.layers import Layers, packed, streets_layer
from api.console.sketch import homes_of
from api.deps import ID, IfNoneMatch, ServiceDep
from api.errors import Refusal
from api.intake import world_of
from api.negotiation import is_known
from api.representations import GEOJSON, PDF, Sheet, rendered
from api.service import require_role
from api.store.records import Role
from api.store.studies import StudyStore
from api.study_resources import REPORT_HEADERS
from optimizer.formats.json import plan_to_json
from optimizer.formats.words import Language

router = APIRouter(prefix=f"{HOME}/data", include_in_schema=False)


class Layer(StrEnum):
    """What can be drawn of a plan."""

    STREETS = "streets"
    PLACES = "places"
    ROUTES = "routes"
    TIME_LINE = "time-line"


_MAKERS: dict[Layer, Callable[[Layers], bytes]] = {
    Layer.STREETS: lambda layers: layers.streets,
    Layer.PLACES: lambda layers: layers.places,
    Layer.ROUTES: lambda layers: layers.routes,
    Layer.TIME_LINE: lambda layers: layers.time_line,
}


class Paper(StrEnum):
    """What can be printed or taken along of a plan."""

    ROUTES = "routes"
    KITCHEN = "kitchen"
    LABELS = "labels"
    WORKBOOK = "workbook"
    GEOJSON = "geojson"
    JSON = "json"


_FORM_BY_PAPER = {
    Paper.ROUTES: (PDF, Sheet.ROUTES, "pdf"),
    Paper.KITCHEN: (PDF, Sheet.KITCHEN, "pdf"),
    Paper.LABELS: (PDF, Sheet.LABELS, "pdf"),
    Paper.WORKBOOK: (XLSX, Sheet.ROUTES, "xlsx"),
    Paper.GEOJSON: (GEOJSON, Sheet.ROUTES, "geojson"),
    Paper.JSON: (JSON, Sheet.ROUTES, "json"),
}


_TYPE_BY_CARE_FILE = {
    CareFile.GEOPACKAGE: "application/geopackage+sqlite3",
    CareFile.GEOJSON: GEOJSON,
    CareFile.TABLE: "text/csv; charset=utf-8",
}


def signed_in(request: Request, service: ServiceDep) -> Visitor:
    """Who asks, by the session cookie."""
    visitor = visitor_of(service, request)
    if visitor is None:
        raise Refusal(401, "not-authenticated", f"nobody is signed in. Sign in at {sign_in_address('')}.")
    request.state.caller = visitor.caller
    return visitor


def sights_of(request: Request) -> Sights:
    """The sights of this process."""
    sights: Sights = request.app.state.console_sights
    return sights


VisitorDep = Annotated[Visitor, Depends(signed_in)]
SightsDep = Annotated[Sights, Depends(sights_of)]
PlanId = Annotated[str, Path(pattern=ID)]


@router.get("/plans/{plan_id}/{layer}")
def layer_of(
    visitor: VisitorDep, sights: SightsDep, plan_id: PlanId, layer: Layer, if_none_match: IfNoneMatch = None
) -> Response:
    """One layer of a plan; it never changes for those who see the same of it."""
    tag = f'"{plan_id}-{layer}-{"full" if visitor.sees_persons else "pseudonyms"}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if is_known(tag, if_none_match):
        return Response(status_code=304, headers=headers)
    content = _MAKERS[layer](sights.get(visitor, plan_id).layers)
    return Response(content, headers={**headers, "Content-Encoding": "gzip"}, media_type=JSON)


@router.get("/plans/{plan_id}/sketch/{layer}")
def sketch_layer_of(
    visitor: VisitorDep, plan_id: PlanId, layer: Literal[Layer.STREETS, Layer.PLACES, Layer.ROUTES]
) -> Response:
    """One layer of the map of a plan that is being made: streets, homes nobody visits yet, and no routes."""
    record = visitor.store.plan(plan_id)
    match layer:
        case Layer.STREETS:
            content = streets_layer(world_of(visitor.service, visitor.store, record.problem_id).streets)
        case Layer.PLACES:
            content = homes_of(visitor, record).places()
        case Layer.ROUTES:
            content = packed([])
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie", "Content-Encoding": "gzip"}
    return Response(content, headers=headers, media_type=JSON)


@router.get("/plans/{plan_id}/care/{layer}")
def care_layer_of(visitor: VisitorDep, sights: SightsDep, plan_id: PlanId, layer: CareLayer) -> Response:
    """One layer of the care map of a plan's problem."""
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie", "Content-Encoding": "gzip"}
    layers = sights.get(visitor, plan_id).care_layers
    layers.care.prepare()
    return Response(layers.packed(layer), headers=headers, media_type=JSON)


@router.get("/plans/{plan_id}/care-files/{kind}")
def care_file_of(visitor: VisitorDep, sights: SightsDep, plan_id: PlanId, kind: CareFile) -> Response:
    """The care map as a file, as a download."""
    sight = sights.get(visitor, plan_id)
    sight.care_layers.care.prepare()
    name = f"{sight.day.record.horizon.first_date}-care.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(sight.care_layers.file(kind), headers=headers, media_type=_TYPE_BY_CARE_FILE[kind])


@router.get("/studies/{study_id}/report")
def study_report(visitor: VisitorDep, study_id: Annotated[str, Path(pattern=ID)]) -> Response:
    """The report of a study, for planners."""
    require_role(visitor.caller, Role.PLANNER)
    report = StudyStore(visitor.service.database, visitor.caller.district_id).output(study_id, "report")
    return Response(report, headers=REPORT_HEADERS, media_type="text/html")


@router.get("/plans/{plan_id}/papers/{paper}")
def paper_of(
    visitor: VisitorDep,
    sights: SightsDep,
    plan_id: PlanId,
    paper: Paper,
    language: Annotated[Language, Query()] = "zh",
) -> Response:
    """A sheet or file of a plan, as a download."""
    day = sights.get(visitor, plan_id).day
    media_type, sheet, suffix = _FORM_BY_PAPER[paper]
    view = replace(day.view, plan=replace(day.plan, kpis=day.measured_plan.kpis))
    is_json = media_type == JSON
    content = plan_to_json(view.plan, day.problem.horizon) if is_json else rendered(view, media_type, sheet, language)
    name = f"{day.record.horizon.first_date}-{paper}.{suffix}"
    return Response(content, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media_type=media_type)
