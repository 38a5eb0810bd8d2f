"""What the OpenAPI document says beyond the routes' own types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import Field, TypeAdapter

from api.days.resources import SlotQuestion, Told
from api.errors import ERROR_CODES, PROBLEM_JSON, ErrorBody
from api.examples import EXAMPLE_CHECK, EXAMPLE_CHILD, EXAMPLE_EVENT, EXAMPLE_ORDER, EXAMPLE_PROBLEM
from api.network_resources import BasketsQuestion, CoverageQuestion, RollOutQuestion, TerritoriesQuestion
from optimizer.params import SolveParams
from optimizer.plan import Draft, Plan
from optimizer.problem import Problem
from optimizer.redispatch.events import Event

DESCRIPTION = """Plans meal deliveries and home visits of elder-care districts.

Clock times are local texts such as `"11:00"` (`"25:30"` is in the night after); in problems of several days they are
local date-times. Durations end in `_s` (seconds), distances in `_m`, money in `_cents` of a yuan. Places are WGS 84.
Unknown keys are refused. Every error is an RFC 9457 problem body that lists every fault with its path and its cure.
"""

_STATUSES = {
    400: "The request is malformed.",
    401: "No valid key.",
    403: "The role does not go that far.",
    404: "No such thing in this district.",
    406: "No such media type.",
    409: "Not in this state.",
    412: "Changed meanwhile.",
    413: "Too large.",
    415: "Media type not read.",
    422: "Faults, all of them listed.",
    428: "`If-Match` is needed.",
    429: "Too much at once; see `Retry-After`.",
    503: "Try again.",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route: those that any route has, and `statuses`."""
    wanted = sorted({400, 401, 403, 413, 422, 429, 503, *statuses})
    return {status: {"description": _STATUSES[status], **_PROBLEM_CONTENT} for status in wanted}


_PROBLEM_CONTENT = {"content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}}


def body(content: Mapping[str, Mapping[str, Any]], *, required: bool = True) -> dict[str, Any]:
    """A route's ``requestBody``, by media type."""
    return {"requestBody": {"required": required, "content": dict(content)}}


def json_body(schema: str, example: Any) -> dict[str, Mapping[str, Any]]:
    """A JSON body of a component schema, with an example that the tests send."""
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}}


def binary(media_type: str) -> dict[str, Any]:
    """A body of bytes."""
    return {media_type: {"schema": {"type": "string", "format": "binary"}}}


_REF: dict[str, Any] = {"$ref": "#/components/schemas/Problem"}
_ID: dict[str, Any] = {"type": "string", "minLength": 1}


def _object(properties: dict[str, Any], description: str, example: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "description": description,
        "properties": properties,
        "example": example,
    }


_PROBLEM_OR_ID = {"problem": _REF, "problem_id": _ID}
_DRAFT: dict[str, Any] = {"$ref": "#/components/schemas/Draft"}
_PARAMS: dict[str, Any] = {"$ref": "#/components/schemas/SolveParams"}
_PLAN: dict[str, Any] = {"$ref": "#/components/schemas/Plan"}
_EVENT: dict[str, Any] = {"$ref": "#/components/schemas/Event"}

BODY_SCHEMAS: dict[str, Any] = {
    "PlanOrder": _object(
        {**_PROBLEM_OR_ID, "params": _PARAMS}, "A problem, or the id of one, and how to solve it.", EXAMPLE_ORDER
    ),
    "ChildOrder": _object(
        {**_PROBLEM_OR_ID, "params": _PARAMS, "draft": _DRAFT},
        "Other routes (`draft`), or other facts or parameters to solve with.",
        EXAMPLE_CHILD,
    ),
    "CheckOrder": _object(
        {**_PROBLEM_OR_ID, "plan": _PLAN, "draft": _DRAFT},
        "A problem, or the id of one, and a plan or its bare routes.",
        EXAMPLE_CHECK,
    ),
    "DayEvents": {
        "description": "One event, or a list of them in the order in which they became known.",
        "anyOf": [_EVENT, {"type": "array", "minItems": 1, "items": _EVENT}],
        "example": EXAMPLE_EVENT,
    },
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        schemas = document["components"]["schemas"]
        schemas.update(BODY_SCHEMAS)
        schemas.update(_core_schemas())
        schemas["Problem"]["example"] = EXAMPLE_PROBLEM
        document["x-error-types"] = {f"urn:yizhan:error:{code}": text for code, text in ERROR_CODES.items()}
        app.openapi_schema = document
    return app.openapi_schema


def _core_schemas() -> dict[str, Any]:
    """Schemas of the core's types and of error bodies, as they read; whatever they need comes along."""
    questions = (CoverageQuestion, TerritoriesQuestion, RollOutQuestion, BasketsQuestion)
    models = (Problem, Plan, Draft, SolveParams, ErrorBody, SlotQuestion, Told, *questions)
    adapters: list[tuple[str, Literal["validation"], TypeAdapter[Any]]] = [
        (model.__name__, "validation", TypeAdapter(model)) for model in models
    ]
    event: Any = Annotated[Event, Field(discriminator="kind")]
    adapters.append(("Event", "validation", TypeAdapter(event)))
    refs, shared = TypeAdapter.json_schemas(adapters, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = shared.get("$defs", {})
    return {**{key[0]: schema for key, schema in refs.items() if "$ref" not in schema}, **schemas}
