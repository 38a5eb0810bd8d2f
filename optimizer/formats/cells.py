"""What a cell of a table may hold: one :class:`Kind` per sort of value, with its reader, its writer and its law.

Readers take what CSV and Excel give (text, numbers, dates, times, spans) and tolerate what clerks write: full-width
digits and colons, Chinese words, ``1.0`` for a whole number. Writers give the text or number that reads back the same.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from optimizer.formats.enum_words import CHINESE_WORDS
from optimizer.formats.issues import did_you_mean, shown
from optimizer.units import LARGEST, LARGEST_CENTS, LARGEST_PERCENT

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None
"""What CSV (text) and Excel (any of these) put into a cell."""

NOTHING = "none"
"""States an empty list where a blank cell would mean the default."""


class CellError(ValueError):
    """A cell does not hold what its column asks for; the message has the value and the law, `hint` the cure."""

    def __init__(self, message: str, hint: str) -> None:
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellContext:
    """What a cell needs to know of its table.

    Attributes
    ----------
    first_date
        First day of the horizon, ``None`` where the files do not say.
    day_s
        Start of the row's own day in seconds after 00:00 of the first day: clock times of the row count from there.
    dated
        Whether clock times are written as date-times.
    """

    first_date: dt.date | None = None
    day_s: int = 0
    dated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A sort of cell.

    Attributes
    ----------
    law
        What stands in such a cell, in English and in Chinese.
    read
        Value of a cell that is not blank; raises :class:`CellError`.
    write
        Cell of a value that is not ``None``.
    words, words_zh
        The only words allowed, where there are few, in English and Chinese; templates offer them in a drop-down list.
    """

    law: tuple[str, str]
    read: Callable[[Cell, CellContext], Any]
    write: Callable[[Any, CellContext], Cell]
    words: tuple[str, ...] = ()
    words_zh: tuple[str, ...] = ()


_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_SEPARATOR = re.compile(r"[;,、\n]")
_YES = {"是", "有", "对", "yes", "y", "true", "t", "1", "√", "✓"}
_NO = {"否", "无", "没有", "错", "no", "n", "false", "f", "0", "×", "✗"}
_EMPTY_WORDS = {NOTHING, "无", "-"}


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing, or only blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def plain(cell: Cell) -> str:
    """The text of a cell, trimmed, full-width characters made narrow and whole floats written without ``.0``."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).translate(_NARROW).strip()


def parts_of(cell: Cell) -> list[str]:
    """The parts of a cell that lists several things; none where it says so."""
    text = plain(cell)
    if text.lower() in _EMPTY_WORDS:
        return []
    return [part.strip() for part in _SEPARATOR.split(text) if part.strip()]


def bad_cell(cell: Cell, law: str, hint: str) -> CellError:
    """The error of a cell that is not what `law` says."""
    return CellError(f"{_shown(cell)} is not {law}.", hint)


def _shown(cell: Cell) -> str:
    return shown(cell if isinstance(cell, str) else plain(cell))


# Text and ids


def _read_text(cell: Cell, context: CellContext) -> str:
    del context
    return cell.strip().replace("\r\n", "\n").replace("\r", "\n") if isinstance(cell, str) else plain(cell)


def _read_id(cell: Cell, context: CellContext) -> str:
    del context
    return plain(cell)


def _read_ids(cell: Cell, context: CellContext) -> tuple[str, ...]:
    del context
    return tuple(parts_of(cell))


def _write_plain(value: Any, context: CellContext) -> Cell:
    del context
    return str(value)


def _write_ids(value: tuple[str, ...], context: CellContext) -> Cell:
    del context
    return "; ".join(value) or NOTHING


# Numbers


def decimal_of(cell: Cell, law: str, hint: str, most: int = LARGEST) -> Decimal:
    """The exact number in a cell.

    Raises
    ------
    CellError
        If it holds none, or one that is not finite or beyond `most` in either direction.
    """
    text = plain(cell)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise bad_cell(cell, law, hint) from None
    if isinstance(cell, bool) or not number.is_finite():
        raise bad_cell(cell, law, hint)
    if abs(number) > most:
        raise CellError(f"{_shown(cell)} is beyond {most:,}.", "Correct it.")
    return number


def _whole(law: str, minimum: int, maximum: int = LARGEST) -> Callable[[Cell, CellContext], int]:
    hint = f"Write a whole number, {minimum} or more."

    def read(cell: Cell, context: CellContext) -> int:
        del context
        number = decimal_of(cell, law, hint, maximum)
        if number < minimum or number != number.to_integral_value():
            raise bad_cell(cell, law, hint)
        return int(number)

    return read


def _read_float(cell: Cell, context: CellContext) -> float:
    del context
    number = float(decimal_of(cell, "a number", 'Write it with a decimal point, like "116.4".'))
    if not math.isfinite(number):
        raise bad_cell(cell, "a number that can be stored", "Correct it.")
    return number


def _read_share(cell: Cell, context: CellContext) -> float:
    text = plain(cell)
    if text.endswith("%"):
        return _read_float(text[:-1], context) / 100
    return _read_float(cell, context)


def _write_number(value: float, context: CellContext) -> Cell:
    del context
    return value


def _write_whole(value: int, context: CellContext) -> Cell:
    del context
    return value


def _read_yuan(cell: Cell, context: CellContext) -> int:
    del context
    text = plain(cell).removeprefix("¥").removesuffix("元").strip()
    law, hint = "a sum of money", 'Write yuan with at most two decimals, like "12.50".'
    cents = decimal_of(text, law, hint, LARGEST_CENTS // 100) * 100
    if cents < 0 or cents != cents.to_integral_value():
        raise bad_cell(cell, law, hint)
    return int(cents)


def _write_yuan(value: int, context: CellContext) -> Cell:
    del context
    return value // 100 if value % 100 == 0 else f"{value // 100}.{value % 100:02d}"


def _read_bool(cell: Cell, context: CellContext) -> bool:
    del context
    word = plain(cell).lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise bad_cell(cell, "yes or no", "Write yes or no (是 or 否).")


def _write_bool(value: bool, context: CellContext) -> Cell:
    del context
    return "yes" if value else "no"


# Amounts by name


def _amounts(law: str, example: str, *, minimum: int = 0, maximum: int = LARGEST, bare: bool = False) -> Kind:
    hint = f'Write it like "{example}".'

    def entry(part: str) -> tuple[str, int]:
        name, colon, amount = part.rpartition(":")
        if not colon and bare:
            return part, 1
        match = re.fullmatch(r"\s*(\d+)(\.0*)?\s*", amount)
        if not name.strip() or match is None:
            raise bad_cell(part, law, hint)
        number = decimal_of(match[1], law, hint, maximum)
        if number < minimum:
            raise bad_cell(part, law, hint)
        return name.strip(), int(number)

    def read(cell: Cell, context: CellContext) -> dict[str, int]:
        del context
        entries = [entry(part) for part in parts_of(cell)]
        if len(dict(entries)) < len(entries):
            raise CellError(f"{shown(plain(cell))} names something twice.", "State each name once.")
        return dict(entries)

    def write(value: Mapping[str, int], context: CellContext) -> Cell:
        del context
        return "; ".join(f"{name}:{value[name]}" for name in sorted(value)) or NOTHING

    return Kind(law=(f'{law}, like "{example}"', f"形如“{example}”，多项用分号隔开"), read=read, write=write)


# Words


def _word(words: type[StrEnum], text: str) -> Any:
    wanted = re.sub(r"[\s_]+", "-", plain(text).lower())
    for word in words:
        if wanted in {word.value, CHINESE_WORDS.get(word)} or wanted.replace("-", "") == word.value.replace("-", ""):
            return word
    allowed = [word.value for word in words]
    cure = did_you_mean(wanted, allowed) or f"Write one of: {', '.join(allowed)}."
    raise CellError(f"{shown(text)} is none of the words allowed here.", cure)


def choice(words: type[StrEnum]) -> Kind:
    """One word of an enum, in English or Chinese."""
    return Kind(
        law=(f"one of: {', '.join(words)}", _chinese_list(words)),
        read=lambda cell, context: _word(words, plain(cell)),
        write=_write_plain,
        words=tuple(word.value for word in words),
        words_zh=tuple(CHINESE_WORDS[word] for word in words),
    )


def choices(words: type[StrEnum]) -> Kind:
    """Several words of an enum, in English or Chinese, with ``;`` between them."""
    return Kind(
        law=(f"any of: {', '.join(words)}", _chinese_list(words)),
        read=lambda cell, context: tuple(_word(words, part) for part in parts_of(cell)),
        write=_write_ids,
    )


def _chinese_list(words: type[StrEnum]) -> str:
    return "、".join(CHINESE_WORDS.get(word, word.value) for word in words)


TEXT = Kind(law=("text", "文字"), read=_read_text, write=_write_plain)
ID = Kind(law=("an id", "编号"), read=_read_id, write=_write_plain)
IDS = Kind(law=('ids with ";" between them', "编号，用分号隔开"), read=_read_ids, write=_write_ids)
COUNT = Kind(law=("a whole number, 0 or more", "不小于0的整数"), read=_whole("a count", 0), write=_write_whole)
FLOOR = Kind(law=("a whole number", "整数"), read=_whole("a floor", -99), write=_write_whole)
METRES = Kind(law=("whole metres", "整数米"), read=_whole("a distance in whole metres", 0), write=_write_whole)
PERCENT = Kind(
    law=("a whole percentage, 1 or more", "整数百分比"),
    read=_whole("a percentage", 1, LARGEST_PERCENT),
    write=_write_whole,
)
DEGREES = Kind(law=("degrees with decimals", "十进制度数"), read=_read_float, write=_write_number)
NUMBER = Kind(law=("a number", "数字"), read=_read_float, write=_write_number)
SHARE = Kind(law=('a share from 0 to 1, or "80%"', "0到1之间，或“80%”"), read=_read_share, write=_write_number)
YUAN = Kind(law=("yuan, at most two decimals", "元，最多两位小数"), read=_read_yuan, write=_write_yuan)
BOOL = Kind(law=("yes or no", "是或否"), read=_read_bool, write=_write_bool, words=("yes", "no"), words_zh=("是", "否"))
PORTIONS = _amounts("an amount by meal type", "lunch-normal:1; lunch-soft:1", bare=True)
LEVELS = _amounts("a level by skill", "bathing:2; catheter:1", bare=True)
AMOUNTS = _amounts("an amount by name", "portions:20; hot-box:2")
PERCENTS = _amounts("a percentage by service", "bathing:120; meal:90", minimum=1, maximum=LARGEST_PERCENT)
