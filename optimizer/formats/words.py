"""The words that printed sheets and the map use, in Chinese, in English or side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

_TEMPLATE_FOLDER = Path(__file__).parent / "templates"

Language = Literal["zh", "en", "both"]
"""Chinese, English, or Chinese followed by English."""


def template_path(name: str) -> str:
    """Where a template that ships with this package lies."""
    return str(_TEMPLATE_FOLDER / name)


def read_template(name: str) -> str:
    """The text of a template that ships with this package."""
    return (_TEMPLATE_FOLDER / name).read_text(encoding="utf-8")


@cache
def load_words() -> dict[str, tuple[str, str]]:
    """Chinese and English by key."""
    return {key: (zh, en) for key, (zh, en) in json.loads(read_template("words.json")).items()}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language by key."""

    language: Language

    def __post_init__(self) -> None:
        if self.language not in {"zh", "en", "both"}:
            raise ValueError(f'language = {self.language!r}: choose "zh", "en" or "both".')

    def __getitem__(self, key: str) -> str:
        zh, en = load_words()[key]
        return {"zh": zh, "en": en, "both": f"{zh} {en}"}[self.language]

    def of(self, kind: str, value: str) -> str:
        """The word for `value` of some `kind` (``"diet"``, ``"mode"``), or `value` itself where there is none."""
        key = f"{kind}.{value}"
        return self[key] if key in load_words() else value

    def text(self, key: str, **values: object) -> str:
        """The phrase for `key` with its ``{placeholders}`` filled in."""
        return self[key].format(**values)

    def by_key(self) -> dict[str, str]:
        """All words, for a template."""
        return {key: self[key] for key in load_words()}
