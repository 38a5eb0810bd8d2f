"""Sessions: short-lived signed tokens for browsers, bought with a key and never stronger than it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

import jwt

from api.store.engine import now
from api.store.records import Caller, Role

_ALGORITHM = "HS256"
_AUDIENCE = "yizhan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session: what to send as ``Authorization: Bearer``, and until when."""

    access_token: str
    token_type: str
    role: Role
    expires_at: dt.datetime


class SessionSigner:
    """Signs and reads sessions."""

    def __init__(self, secret: bytes, lifetime_s: int) -> None:
        self._secret, self.lifetime_s = secret, lifetime_s

    def open(self, caller: Caller, role: Role) -> Session:
        """A session of `caller` in `role`."""
        issued_at = now().replace(microsecond=0)
        expires_at = issued_at + dt.timedelta(seconds=self.lifetime_s)
        claims = {
            "sub": caller.key_id,
            "district": caller.district_id,
            "role": role.value,
            "aud": _AUDIENCE,
            "iss": _AUDIENCE,
            "iat": issued_at,
            "exp": expires_at,
            "jti": secrets.token_hex(8),
        }
        token = jwt.encode(claims, self._secret, algorithm=_ALGORITHM)
        return Session(access_token=token, token_type="Bearer", role=role, expires_at=expires_at)

    def read(self, token: str) -> Caller | None:
        """Whose session `token` is; None where it is no session, was tampered with or has run out."""
        required = ["sub", "district", "role", "aud", "iss", "exp"]
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=_AUDIENCE,
                options={"require": required},
            )
            return Caller(key_id=claims["sub"], district_id=claims["district"], role=Role(claims["role"]))
        except (jwt.InvalidTokenError, ValueError):
            return None
