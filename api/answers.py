"""Answers kept in memory: what never changes under its name is made once, however many ask for it at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

Name = tuple[str, ...]


class Answers:
    """The bodies last asked for, up to a size.

    A name holds all that a body depends on (district, thing, revision, form), so nothing kept is ever stale. Who asks
    while a body is being made waits for it.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[Name, bytes] = OrderedDict()
        self._num_bytes = 0
        self._in_the_making: dict[Name, Future[bytes]] = {}
        self._lock = threading.Lock()

    def get(self, name: Name, make: Callable[[], bytes]) -> bytes:
        """The body called `name`, made by `make` where it is not kept."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
            future = self._in_the_making.get(name)
            is_maker = future is None
            if future is None:
                future = self._in_the_making[name] = Future()
        return self._made(name, make, future) if is_maker else future.result()

    def _made(self, name: Name, make: Callable[[], bytes], future: Future[bytes]) -> bytes:
        try:
            body = make()
            future.set_result(body)
        except BaseException as error:
            future.set_exception(error)
            raise
        else:
            self._keep(name, body)
        finally:
            with self._lock:
                del self._in_the_making[name]
        return body

    def _keep(self, name: Name, body: bytes) -> None:
        if len(body) > self.max_bytes:
            return
        with self._lock:
            self._kept[name] = body
            self._num_bytes += len(body)
            while self._num_bytes > self.max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._num_bytes -= len(oldest)
