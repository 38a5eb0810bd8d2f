"""HTTP's own words: ``Accept``, ``Prefer: wait``, ``ETag`` with ``If-Match`` and ``If-None-Match``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from api.errors import Refusal, invalid

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?"(\d{1,9})(?:-[\w-]*)?"')


def chosen_type(accept: str, offered: Sequence[str]) -> str:
    """The media type of `offered` that `accept` likes best; of equals the first.

    Raises
    ------
    Refusal
        406 if it likes none.
    """
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    if _quality(best, ranges) <= 0:
        raise Refusal(406, "not-acceptable", f"{accept!r} asks for none of {', '.join(offered)}. Ask for one of them.")
    return best


def wait_s(prefer: str, max_wait_s: float) -> float:
    """Seconds that ``Prefer: wait=N`` asks for, as far as they are granted; 0 without it."""
    match = _WAIT.search(prefer)
    return 0.0 if match is None else min(float(match[1]), max_wait_s)


def entity_tag(revision: int, variant: str) -> str:
    """The tag of one representation of one revision."""
    return f'"{revision}-{variant}"'


def revision_of(if_match: str | None) -> int | None:
    """The revision that ``If-Match`` names; None for any (``*``, or no header).

    Raises
    ------
    Refusal
        422 if it names none.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    match = _TAG.fullmatch(if_match.strip())
    if match is None:
        raise invalid("header.If-Match", f"{if_match!r} is no ETag of a plan.", "Send the ETag of the answer as it is.")
    return int(match[1])


def is_known(tag: str, if_none_match: str | None) -> bool:
    """Whether the caller has this representation already."""
    if if_none_match is None:
        return False
    known = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in known or "*" in known


def _media_range(text: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q" and re.fullmatch(r"[01](?:\.\d{0,3})?", value.strip()):
            quality = float(value)
    return media_type.lower(), quality


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that `media_type` falls in."""
    patterns = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    for pattern in patterns:
        for name, quality in ranges:
            if name == pattern:
                return quality
    return 0.0
