"""Finding somebody as dispatchers do: by name, pinyin, initials, or the last digits of the phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from optimizer.problem import Elder

_NUM_DIGITS = 4


@lru_cache(maxsize=50_000)
def keys_of_name(name: str) -> str:
    """The name, its pinyin, and the initials of that: ``"王秀英 wangxiuying wxy"``."""
    syllables = lazy_pinyin(name, errors="ignore")
    initials = lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore")
    return " ".join(part for part in (name, "".join(syllables), "".join(initials)) if part)


def keys_of_elder(elder: Elder) -> str:
    """What an elder is found by."""
    digits = re.sub(r"\D", "", elder.phone)[-_NUM_DIGITS:]
    parts = (keys_of_name(elder.name or elder.elder_id), elder.elder_id, digits, elder.address)
    return " ".join(part for part in parts if part).lower()


def found_in(keys_by_id: Mapping[str, str], text: str, limit: int) -> list[str]:
    """Ids of the first things in whose keys every word of `text` stands; none for an empty text."""
    words = text.lower().split()
    found = (name for name, keys in keys_by_id.items() if all(word in keys for word in words))
    return [name for name, _ in zip(found, range(limit), strict=False)] if words else []
