"""Passwords: kept as argon2 hashes, and compared as slowly for a name that nobody has as for one that somebody has."""

from __future__ import annotations

import secrets
from functools import cache

from pwdlib import PasswordHash

MIN_LENGTH = 10
MAX_LENGTH = 200

_hasher = PasswordHash.recommended()


def fault_of(name: str, password: str) -> str:
    """What is wrong with a new password; empty where nothing is."""
    if len(password) < MIN_LENGTH:
        return f"a password has {MIN_LENGTH} characters or more, not {len(password)}."
    if len(password) > MAX_LENGTH:
        return f"a password has {MAX_LENGTH} characters at most, not {len(password)}."
    if password.casefold() == name.casefold() or len(set(password)) < MIN_LENGTH // 2:
        return "the password is too easy to guess."
    return ""


def hash_of(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def fits(password: str, password_hash: str | None) -> bool:
    """Whether a password is the one whose hash this is; without one as slowly not."""
    is_same = _hasher.verify(password[:MAX_LENGTH], password_hash or _nobodys_hash())
    return is_same and password_hash is not None


@cache
def _nobodys_hash() -> str:
    """A hash that no password fits."""
    return _hasher.hash(secrets.token_urlsafe(32))
