"""API keys: ``yz_<id>_<secret>``. Only an argon2 hash of the secret is kept.

Verifying costs 0.1-0.2 s by design, so that a stolen table is of little use; a verified key is remembered for a
while by its SHA-256, so that requests are not slowed. Whether a key was revoked is looked up every time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict

from pwdlib import PasswordHash

from api.store.districts import KeyRecord
from api.store.engine import now
from api.store.records import Role

_TOKEN = re.compile(r"yz_([0-9a-f]{16})_([\w-]{43})")
_hasher = PasswordHash.recommended()


def make_key(
    role: Role, district_id: str, *, label: str = "", lifetime: dt.timedelta | None = None
) -> tuple[str, KeyRecord]:
    """A new key: the token that is shown once, and what is kept of it."""
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    record = KeyRecord(
        key_id=key_id,
        district_id=district_id,
        role=role,
        label=label,
        secret_hash=_hasher.hash(secret),
        created_at=now(),
        expires_at=None if lifetime is None else now() + lifetime,
        revoked_at=None,
    )
    return f"yz_{key_id}_{secret}", record


def key_id_of(token: str) -> str | None:
    """The id inside a key; None where `token` is no key."""
    match = _TOKEN.fullmatch(token)
    return None if match is None else match[1]


class KeyVerifier:
    """Compares keys with their hashes, and remembers those that fitted."""

    def __init__(self, *, keep_s: float = 300.0, max_kept: int = 10_000) -> None:
        self.keep_s, self.max_kept = keep_s, max_kept
        self._until_s: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def remembers(self, token: str, record: KeyRecord) -> bool:
        """Whether `token` has fitted `record` a short time ago."""
        with self._lock:
            return self._until_s.get(_digest(token, record), 0.0) > time.monotonic()

    def fits(self, token: str, record: KeyRecord) -> bool:
        """Whether the secret of `token` is the one whose hash is in `record`."""
        if self.remembers(token, record):
            return True
        match = _TOKEN.fullmatch(token)
        if match is None or not _hasher.verify(match[2], record.secret_hash):
            return False
        with self._lock:
            self._until_s[_digest(token, record)] = time.monotonic() + self.keep_s
            while len(self._until_s) > self.max_kept:
                self._until_s.popitem(last=False)
        return True


def _digest(token: str, record: KeyRecord) -> bytes:
    return hashlib.sha256(f"{record.secret_hash}\n{token}".encode()).digest()
