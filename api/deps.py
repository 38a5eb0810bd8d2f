"""What routes ask for: the service, who calls, and what came along with the request."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.types import Scope

from api.errors import Refusal, invalid
from api.logs import current_request_id
from api.service import Service, require_role
from api.store.district import DistrictStore
from api.store.records import Caller, Change, Role
from optimizer.formats.issues import did_you_mean

_JSON = "application/json"
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="An API key, or the token of a session.")

ID = r"^[a-z]+-[0-9a-f]{12,32}$"
"""What ids of problems and plans look like."""


# What asks no database is `async`, and so takes no turn in the thread pool.


async def service_of(request: Request) -> Service:
    """The service of this process."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]


def token_of(headers: Headers) -> str:
    """The key or session of a request that goes past the framework; empty where it has none."""
    scheme, token = get_authorization_scheme_param(headers.get("Authorization"))
    return token if scheme.lower() == "bearer" else ""


def address_of(scope: Scope) -> str:
    """Where a request comes from."""
    return scope["client"][0] if scope.get("client") else ""


def caller_of(
    request: Request, service: ServiceDep, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Who asks; 401 where that is not known."""
    caller = service.caller_of("" if given is None else given.credentials, address_of(request.scope))
    request.state.caller = caller
    return caller


def at_least(role: Role) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that refuses callers of lesser roles."""

    async def caller_of_role(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        require_role(caller, role)
        return caller

    return caller_of_role


Viewer = Annotated[Caller, Depends(at_least(Role.VIEWER))]
Dispatcher = Annotated[Caller, Depends(at_least(Role.DISPATCHER))]
Planner = Annotated[Caller, Depends(at_least(Role.PLANNER))]
Admin = Annotated[Caller, Depends(at_least(Role.ADMIN))]


async def store_of(service: ServiceDep, caller: Annotated[Caller, Depends(caller_of)]) -> DistrictStore:
    """What the caller's district has."""
    return service.store_of(caller)


Store = Annotated[DistrictStore, Depends(store_of)]


async def body_of(request: Request) -> bytes:
    """The body, whatever it is, unless it is compressed."""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        detail = f"a body in {coding!r} is not read here. Send it as it is, without Content-Encoding."
        raise Refusal(415, "unsupported-media-type", detail, headers={"Accept-Encoding": "identity"})
    return await request.body()


Body = Annotated[bytes, Depends(body_of)]


async def json_of(body: Body, content_type: Annotated[str, Header(include_in_schema=False)] = "") -> bytes:
    """The body of a request that takes JSON and nothing else; what does not say what it is, is read as that."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in {"", _JSON}:
        detail = f"{kind!r} is not read here. Send {_JSON}."
        raise Refusal(415, "unsupported-media-type", detail, headers={"Accept-Post": _JSON})
    return body


JsonBody = Annotated[bytes, Depends(json_of)]


async def known_query(request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> None:
    """Refuse parameters that a route does not have: a misspelt budget would be none at all."""
    if not request.query_params:
        return
    known = list(_query_names(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            hint = did_you_mean(name, known) or "Leave it out."
            raise invalid(f"query.{name}", f"{name!r} is no parameter of this request.", hint)


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The query parameters of a route and of all that it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _query_names(below)


def change_of(
    request: Request,
    caller: Annotated[Caller, Depends(caller_of)],
    body: Body,
    reason: Annotated[str, Header(alias="X-Reason", max_length=500, description="Why; kept in the audit log.")] = "",
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            max_length=100,
            description="A request that is sent again with the same key makes nothing new: its answer is about what "
            "the first one made.",
        ),
    ] = "",
) -> Change:
    """Who changes something, and why."""
    for name, value in (("X-Reason", reason), ("Idempotency-Key", idempotency_key)):
        if "\x00" in value:
            raise invalid(f"header.{name}", "it holds a zero byte.", "Leave it out.")
    question = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    return Change(
        actor=caller.key_id,
        reason=reason,
        request_id=current_request_id(),
        idempotency_key=idempotency_key,
        fingerprint=hashlib.sha256(question).hexdigest(),
    )


ChangeDep = Annotated[Change, Depends(change_of)]

Before = Annotated[str | None, Query(pattern=ID, description="Goes on after this item.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Most items to give.")]
FirstDate = Annotated[dt.date | None, Query(description="What begins on this day only.")]
IfNoneMatch = Annotated[str | None, Header(description="An `ETag`; answers 304 where nothing has changed since.")]
IfMatch = Annotated[str | None, Header(description="The `ETag` of the version that is changed.")]
Prefer = Annotated[str, Header(description="`wait=N` waits up to N seconds for the plan.")]
Accept = Annotated[str, Header(include_in_schema=False)]
