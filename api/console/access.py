"""Who looks at the console: a session kept in a cookie that scripts cannot read, renewed while a page is open."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.auth.pseudonyms import Pseudonyms, sees_persons
from api.console.texts import ScreenLanguage, Texts
from api.errors import Refusal
from api.plan_views import pseudonyms_for
from api.service import Service
from api.store.district import DistrictStore
from api.store.records import Caller, Change, Role

HOME = "/console"
SESSION_COOKIE = "yizhan_session"
LANGUAGE_COOKIE = "yizhan_language"
LARGE_COOKIE = "yizhan_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How somebody wants to see the console."""

    language: ScreenLanguage = "zh"
    is_large: bool = False


@dataclass(slots=True, kw_only=True)
class Visitor:
    """Somebody who is signed in, as long as their page is open."""

    service: Service
    caller: Caller
    token: str
    address: str
    look: Look

    @property
    def texts(self) -> Texts:
        """The sentences of the visitor's language."""
        return Texts(self.look.language)

    @property
    def store(self) -> DistrictStore:
        """What the visitor's district has."""
        return self.service.store_of(self.caller)

    @property
    def sees_persons(self) -> bool:
        """Whether names, addresses and phones are shown."""
        return sees_persons(self.caller.role)

    @property
    def pseudonyms(self) -> Pseudonyms | None:
        """What stands for names where those are not shown."""
        return pseudonyms_for(self.service, self.caller)

    def may(self, role: Role) -> bool:
        """Whether the visitor's role goes as far as `role`."""
        return self.caller.role.rank >= role.rank

    def change(self, reason: str) -> Change:
        """A change by the visitor for the audit log, after another look at whether the key still opens anything.

        Raises
        ------
        Refusal
            401 where the key was revoked or has run out.
        """
        self.caller = self.service.caller_of(self.token, self.address)
        return Change(actor=self.caller.key_id, reason=reason, request_id=f"console-{secrets.token_hex(6)}")

    def renew(self) -> None:
        """Begin the session anew."""
        self.caller = self.service.caller_of(self.token, self.address)
        self.token = self.service.sessions.open(self.caller, self.caller.role).access_token


def address_of(request: Request) -> str:
    """The address a request comes from."""
    return request.client.host if request.client else ""


def look_of(cookies: Mapping[str, str]) -> Look:
    """The look that was chosen last."""
    language: ScreenLanguage = "en" if cookies.get(LANGUAGE_COOKIE) == "en" else "zh"
    return Look(language=language, is_large=cookies.get(LARGE_COOKIE) == "1")


def visitor_of(service: Service, request: Request) -> Visitor | None:
    """Who sent `request`; None where nobody is signed in."""
    token, address = request.cookies.get(SESSION_COOKIE, ""), address_of(request)
    try:
        caller = service.caller_of(token, address)
    except Refusal as refusal:
        if refusal.status == 401:
            return None
        raise
    return Visitor(service=service, caller=caller, token=token, address=address, look=look_of(request.cookies))


def keep_session(response: Response, request: Request, service: Service, caller: Caller) -> None:
    """Give the browser a session of `caller`."""
    session = service.sessions.open(caller, caller.role)
    response.set_cookie(
        SESSION_COOKIE,
        session.access_token,
        max_age=service.sessions.lifetime_s,
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def sign_in_address(wanted: str) -> str:
    """Where one signs in on the way to `wanted`."""
    return f"{HOME}/sign-in?next={quote(wanted, safe='/')}"
