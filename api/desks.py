"""Published days in memory: as they stand, and ready for one more visit from the present quarter of an hour on."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from api.heap import settle_heap, spare_heap
from api.pieces import Pieces
from api.store.days import DayRecord
from optimizer.redispatch.day import Day
from optimizer.redispatch.ready import ReadyDay
from optimizer.units import SECONDS_PER_DAY

READY_FOR_S = 300
"""A day is made ready for all questions up to the next multiple of so many seconds."""
_SOON_S = 120
"""So many seconds before that time, what comes after it is made ready at once; sooner only where nothing happens."""
_ANSWER_S, _IDLE_S, _LONG_IDLE_S = 0.05, 0.3, 5.0
"""Seconds that a change has for its answer before its day is made ready for the next one, and seconds without a request
after which something is made ready ahead, at once and otherwise: whatever runs beside a request slows it down."""
_SHOW_S, _WATCHED_S = 0.25, 10.0
"""The first of these where somebody looks at the day, which is drawn anew for them; looks count for so many seconds."""
_LARGE = 300
"""From so many visits on a day is kept from the garbage collector."""
_MANY_SPARED = 50
"""After so many steps the heap is settled once more, when nothing happens."""
_MAX_KEPT = 8

Name = tuple[str, str]
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A day as it stands after the step of `record`; `travel` says by which ways one travels."""

    record: DayRecord
    day: Day
    travel: Mapping[str, Any]


class Making(Generic[_Made]):
    """Something made once, by whoever asks for it first."""

    def __init__(self, make: Callable[[], _Made]) -> None:
        self._make: Callable[[], _Made] | None = make
        self._made: _Made | None = None
        self._lock = threading.Lock()

    def get(self) -> _Made:
        """What is made; who asks meanwhile waits for it."""
        with self._lock:
            if self._make is not None:
                self._made = self._make()
                self._make = None  # what it was made from may go
            assert self._made is not None
            return self._made


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A day with what is made or being made of it, by the time up to which it is ready."""

    held: Held
    ready: dict[int, Making[ReadyDay]]


class Desk:
    """One published day of this process. Who changes it holds `lock`; what is `held` may be read at any time."""

    def __init__(self, background: ThreadPoolExecutor) -> None:
        self.lock = threading.Lock()
        self.problem_pieces, self.plan_pieces = Pieces(), Pieces()
        self._shelf: _Shelf | None = None
        self._background = background
        self._timer: threading.Timer | None = None
        self._timing = threading.Lock()
        self._is_closed = False
        self._num_spared: int | None = None  # since the heap was settled, if it was
        self._seen_at_s = -_WATCHED_S

    @property
    def held(self) -> Held | None:
        """The day as this process has seen it last."""
        return None if self._shelf is None else self._shelf.held

    def hold(self, held: Held, follow: Callable[[], ReadyDay] | None = None) -> None:
        """Go on to another step; what makes its day ready (`follow`: from the one before) runs in the background."""
        until_s = _until_s(held.day.now_s)
        self._shelf = _Shelf(held, {until_s: Making(follow or partial(ReadyDay, held.day, until_s))})
        is_watched = time.monotonic() - self._seen_at_s < _WATCHED_S
        self._later(_SHOW_S if is_watched else _ANSWER_S, self._prepare_now, self._shelf, until_s)

    def watch(self) -> Held | None:
        """What is held, for somebody who looks at it all the time and draws what comes next."""
        self._seen_at_s = time.monotonic()
        return self.held

    def ready(self, held: Held, at_s: int) -> ReadyDay:
        """The day of `held` ready for questions at `at_s`."""
        shelf, until_s = self._shelf, _until_s(max(at_s, held.day.now_s))
        if shelf is None or shelf.held is not held:
            return ReadyDay(held.day, until_s)
        making = shelf.ready.setdefault(until_s, Making(partial(ReadyDay, held.day, until_s)))
        self._prepare_later(shelf, until_s + READY_FOR_S, at_s)
        return making.get()

    def _prepare_now(self, shelf: _Shelf, until_s: int) -> None:
        """Make what the next request needs, unless the day has gone on."""
        if self._shelf is not shelf:
            return
        shelf.ready[until_s].get()
        self._prepare_later(shelf, until_s + READY_FOR_S, shelf.held.day.now_s)
        day = shelf.held.day
        self.problem_pieces.json_of(day.problem, day.problem.horizon)
        self.plan_pieces.json_of(day.plan, day.problem.horizon)
        if len(day.problem.visits) >= _LARGE:
            if self._num_spared is None:
                settle_heap()
                self._num_spared = 0
            else:
                spare_heap()
                self._num_spared += 1

    def _prepare_later(self, shelf: _Shelf, until_s: int, at_s: int) -> None:
        """Make what requests need later than at `at_s`, once nothing has happened for a moment."""
        if self._shelf is shelf and until_s not in shelf.ready:
            is_soon = until_s - READY_FOR_S - at_s <= _SOON_S
            self._later(_IDLE_S if is_soon else _LONG_IDLE_S, self._prepare, shelf, until_s)

    def _prepare(self, shelf: _Shelf, until_s: int) -> None:
        """Make what requests need up to `until_s`, and what comes after that when its time has come.

        The day's clock is taken to go on with the wall's, so that whoever comes after an hour finds the day ready.
        """
        if self._shelf is not shelf:
            return
        shelf.ready.setdefault(until_s, Making(partial(ReadyDay, shelf.held.day, until_s))).get()
        for past_s in [made_s for made_s in shelf.ready if made_s < until_s - READY_FOR_S]:
            shelf.ready.pop(past_s, None)
        if (self._num_spared or 0) >= _MANY_SPARED:
            settle_heap()
            self._num_spared = 0
        if until_s < shelf.held.day.problem.horizon.num_days * SECONDS_PER_DAY:
            self._later(READY_FOR_S, self._prepare, shelf, until_s + READY_FOR_S)

    def _later(self, seconds: float, work: Callable[[_Shelf, int], None], shelf: _Shelf, until_s: int) -> None:
        """Do `work` in the background after a while, instead of what was to be done there so far."""
        with self._timing:
            if self._is_closed:
                return
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(seconds, self._begin, (work, shelf, until_s))
            self._timer.daemon = True
            self._timer.start()

    def _begin(self, work: Callable[[_Shelf, int], None], shelf: _Shelf, until_s: int) -> None:
        with self._timing:
            if not self._is_closed:
                self._background.submit(work, shelf, until_s)

    def close(self) -> None:
        """Begin nothing more in the background, and hold nothing any more."""
        with self._timing:
            self._is_closed, self._shelf = True, None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None


class Desks:
    """The days last asked for, by district and date."""

    def __init__(self) -> None:
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="yizhan-days")
        self._kept: OrderedDict[Name, Desk] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: Name) -> Desk:
        """The desk of a day; a new one holds nothing yet."""
        with self._lock:
            if not self._kept:
                self._background.submit(_warm_up)
            desk = self._kept.setdefault(name, Desk(self._background))
            self._kept.move_to_end(name)
            while len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)[1].close()
            return desk

    def close(self) -> None:
        """End the work in the background."""
        with self._lock:
            for desk in self._kept.values():
                desk.close()
        self._background.shutdown(wait=True, cancel_futures=True)


def _until_s(at_s: int) -> int:
    return -(-at_s // READY_FOR_S) * READY_FOR_S


def _warm_up() -> None:
    """Load the search now rather than in the first re-plan that needs it."""
    from optimizer.search.warmup import warm_up

    warm_up()
