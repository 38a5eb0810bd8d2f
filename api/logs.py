"""Structured logs: one JSON object a line, with the request's id, and without secrets or personal data."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

_request_id: ContextVar[str] = ContextVar("request_id", default="")

PRIVATE_KEYS = frozenset(
    {"authorization", "token", "key", "api_key", "secret", "password", "body", "name", "phone", "address", "note"}
)
"""Fields that never reach a log, whoever writes them."""


def current_request_id() -> str:
    """Id of the request that is being answered; empty outside of one."""
    return _request_id.get()


def bind_request(request_id: str) -> None:
    """Let everything logged from here on carry `request_id`."""
    _request_id.set(request_id)


def configure_logs(level: str) -> None:
    """Send the service's own log and those of its libraries to standard error, as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        _without_private,
    ]
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(way_to_fault),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _StandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for library in ("alembic", "dbos", "httpx", "httpx2"):
        logging.getLogger(library).setLevel(logging.WARNING)


def way_to_fault(exc_info: structlog.typing.ExcInfo) -> str:
    """Where a fault happened and of what kind its errors are, causes first.

    What errors say is left out, but for those of the operating system: it may be a name, an address or a whole body.
    """
    errors = [*_causes(exc_info[1])][::-1]
    return "\n".join(line for error in errors for line in _told(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    yield f"{kind}: {error.strerror}" if isinstance(error, OSError) else kind


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


def _add_request_id(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := current_request_id():
        event.setdefault("request_id", request_id)
    return event


def _without_private(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key.lower() not in PRIVATE_KEYS}
