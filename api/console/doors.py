"""Signing in and out, and choosing language and text size: plain pages and answers without any script."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api.console.access import (
    HOME,
    LANGUAGE_COOKIE,
    LARGE_COOKIE,
    SESSION_COOKIE,
    Look,
    address_of,
    keep_session,
    look_of,
)
from api.console.texts import ScreenLanguage, Texts
from api.deps import ServiceDep
from api.errors import Refusal

router = APIRouter(prefix=HOME, include_in_schema=False)

STATIC = Path(__file__).parent / "static"
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'"
_A_YEAR_S = 365 * 86_400

Next = Annotated[str, Query(alias="next", max_length=500)]


@router.get("/sign-in")
def sign_in_page(request: Request, wanted: Next = "") -> HTMLResponse:
    """The page that asks for name and password, or a key."""
    return _page(look_of(request.cookies), wanted, "")


class SignIn(BaseModel):
    """What is sent to sign in: a key, or a name and a password; and where one was going."""

    key: str = Field("", max_length=500)
    name: str = Field("", max_length=100)
    password: str = Field("", max_length=500)
    wanted: str = Field("", alias="next", max_length=500)


@router.post("/sign-in")
async def sign_in(request: Request, service: ServiceDep, given: Annotated[SignIn, Form()]) -> Response:
    """Exchange a key, or a name and a password, for a session cookie."""
    look, address = look_of(request.cookies), address_of(request)
    try:
        if given.key:
            caller = await run_in_threadpool(service.caller_of, given.key.strip(), address)
        else:
            caller = await run_in_threadpool(service.caller_of_user, given.name.strip(), given.password, address)
    except Refusal as refusal:
        wrong = "too_often" if refusal.status == 429 else "wrong" if given.key else "wrong_password"
        return _page(look, given.wanted, Texts(look.language).of("sign_in", wrong), refusal.status)
    response = RedirectResponse(_safe(given.wanted), 303)
    keep_session(response, request, service, caller)
    return response


@router.post("/sign-out")
def sign_out() -> RedirectResponse:
    """Forget the session."""
    response = RedirectResponse(f"{HOME}/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE, path=HOME)
    return response


@router.post("/renew", status_code=204)
def renew(request: Request, service: ServiceDep) -> Response:
    """Begin the session of an open page anew."""
    caller = service.caller_of(request.cookies.get(SESSION_COOKIE, ""), address_of(request))
    response = Response(status_code=204)
    keep_session(response, request, service, caller)
    return response


@router.get("/look")
def choose_look(
    request: Request,
    language: Annotated[ScreenLanguage | None, Query()] = None,
    large: Annotated[bool | None, Query()] = None,
    wanted: Next = "",
) -> RedirectResponse:
    """Keep what somebody chose, and go back."""
    look = look_of(request.cookies)
    response = RedirectResponse(_safe(wanted), 303)
    is_large = look.is_large if large is None else large
    response.set_cookie(LANGUAGE_COOKIE, language or look.language, max_age=_A_YEAR_S, path=HOME, samesite="lax")
    response.set_cookie(LARGE_COOKIE, "1" if is_large else "0", max_age=_A_YEAR_S, path=HOME, samesite="lax")
    return response


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """A style sheet or picture of the console."""
    path = STATIC / name
    if not path.resolve().is_relative_to(STATIC.resolve()) or not path.is_file():
        raise Refusal(404, "not-found", f"there is no file {name!r}. Correct the name.")
    return FileResponse(path, headers={"Cache-Control": "public, max-age=600"})


def _safe(wanted: str) -> str:
    """`wanted` if it is a page of the console, else the first page: nobody is sent elsewhere."""
    is_ours = wanted.startswith(f"{HOME}/") and "//" not in wanted and "\\" not in wanted
    return wanted if is_ours else f"{HOME}/"


def _page(look: Look, wanted: str, wrong: str, status: int = 200) -> HTMLResponse:
    texts = Texts(look.language)
    other: ScreenLanguage = "en" if look.language == "zh" else "zh"
    here = escape(f"{HOME}/sign-in")
    parts = {
        "lang": texts["html.lang"],
        "title": texts["title"],
        "claim": texts["claim"],
        "name": texts["sign_in.name"],
        "password": texts["sign_in.password"],
        "or": texts["sign_in.or"],
        "key": texts["sign_in.key"],
        "hint": texts["sign_in.hint"],
        "button": texts["sign_in.button"],
        "other": texts["language.other"],
        "other_href": f"{HOME}/look?language={other}&next={here}",
        "next": wanted,
        "wrong": wrong,
        "large": "large" if look.is_large else "",
    }
    html = (STATIC / "sign_in.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        html = html.replace("{{" + name + "}}", escape(text, quote=True))
    return HTMLResponse(html, status, {"Content-Security-Policy": _POLICY})
