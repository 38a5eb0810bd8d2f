"""What the service refuses, and how it says so: the one place where exceptions become RFC 9457 problem bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.logs import current_request_id
from api.parameter_faults import parameter_issue
from optimizer.errors import InputError, Issue, TravelError

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 5

ERROR_CODES: dict[str, str] = {
    "bad-request": "The request is malformed.",
    "invalid-request": "A parameter, header or body breaks its law; every fault is listed in `issues`.",
    "invalid-problem": "The problem has faults; every one is listed in `issues`.",
    "invalid-event": "An event or a question about a day has faults, or does not agree with the day; see `issues`.",
    "travel": "Travel times cannot be had for the problem.",
    "not-authenticated": "The request has no valid key or session.",
    "not-allowed": "The role of the key does not go that far.",
    "not-found": "There is no such thing in this district.",
    "method-not-allowed": "The resource does not know this method; `Allow` lists those it knows.",
    "not-acceptable": "None of the media types asked for can be given.",
    "unsupported-media-type": "The body is of a media type that is not read here.",
    "too-large": "The body or the problem is larger than `/v1/limits` allows.",
    "not-ready": "The plan is not finished, or has nothing of the kind.",
    "changed-meanwhile": "The plan has changed since the `If-Match` version was read.",
    "name-taken": "There is one of this name already.",
    "precondition-required": "A change of a plan names the version it changes, by `If-Match`.",
    "idempotency-mismatch": "The idempotency key was used for another request.",
    "queue-full": "Too many plans are waiting; try again after `Retry-After` seconds.",
    "too-many-requests": "The rate limit is reached; try again after `Retry-After` seconds.",
    "busy": "The database did not answer in time; try again after `Retry-After` seconds.",
    "internal": "A fault of the service; its log has the request id.",
    "http": "Any other refusal; the status says which.",
}
"""Every code of an error body's ``type``, each with what it means."""

_CODE_BY_STATUS = {
    400: "bad-request",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media-type",
}

_UNROUTED = {
    404: "there is nothing at this path. `/openapi.json` lists what there is.",
    405: "this is not done here. `Allow` lists the methods that are.",
}
"""What is said of a path or a method that no route has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """An RFC 9457 problem body.

    Attributes
    ----------
    type
        ``urn:yizhan:error:`` and a code that never changes.
    issues
        Every fault found, each with its path and its cure.
    """

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    issues: tuple[Issue, ...] = field(default=())


class Refusal(Exception):
    """A request that is refused: status, code, what is wrong and the cure."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        issues: Sequence[Issue] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.issues, self.headers = tuple(issues), dict(headers or {})


def not_found(noun: str, name: str) -> Refusal:
    """There is no such thing in the caller's district."""
    return Refusal(404, "not-found", f"there is no {noun} {name!r}. Correct the id.")


def invalid(path: str, message: str, hint: str) -> Refusal:
    """One fault of a parameter, header or body."""
    issue = Issue(code="bad-value", path=path, message=message, hint=hint)
    return Refusal(422, "invalid-request", str(issue), issues=[issue])


def refusal_of(error: Exception) -> Refusal:
    """The refusal that `error` stands for; unknown errors are internal and say nothing of themselves."""
    match error:
        case Refusal():
            return error
        case InputError() | RequestValidationError():
            return _faulty(error)
        case HTTPException():
            code = _CODE_BY_STATUS.get(error.status_code, "http")
            return Refusal(
                error.status_code, code, _UNROUTED.get(error.status_code, error.detail), headers=error.headers
            )
        case TravelError():
            return Refusal(422, "travel", str(error))
        case OperationalError():
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            return Refusal(503, "busy", "the database does not answer. Try again.", headers=headers)
    return Refusal(500, "internal", "a fault of the service, not of the request. Report its request id.")


def _faulty(error: InputError | RequestValidationError) -> Refusal:
    if isinstance(error, InputError):
        code, issues = "invalid-problem", list(error.issues)
    else:
        code, issues = "invalid-request", [parameter_issue(fault) for fault in error.errors()]
    count = "1 fault" if len(issues) == 1 else f"{len(issues)} faults; the first"
    return Refusal(422, code, f"{count}: {issues[0]}", issues=issues)


def error_response(error: Exception) -> Response:
    """The problem body of `error`."""
    refusal = refusal_of(error)
    body = ErrorBody(
        type=f"urn:yizhan:error:{refusal.code}",
        title=ERROR_CODES[refusal.code],
        status=refusal.status,
        detail=refusal.detail,
        request_id=current_request_id(),
        issues=refusal.issues,
    )
    return Response(orjson.dumps(body), refusal.status, refusal.headers, PROBLEM_JSON)
