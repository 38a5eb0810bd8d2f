"""What every call of the client needs: the connection, the key, pages, and the service's refusals as exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import TypeAdapter

from api.resources import Page
from optimizer.errors import Issue

_Resource = TypeVar("_Resource")
_PAGE = 200
"""Items that are asked for at once."""


class ApiError(Exception):
    """The service refused; the fields are those of its problem body."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status = status
        self.type = str(body.get("type", "about:blank"))
        self.detail = str(body.get("detail", ""))
        self.request_id = str(body.get("request_id", ""))
        self.issues = tuple(TypeAdapter(Issue).validate_python(issue) for issue in body.get("issues", ()))
        self.headers = dict(headers)
        super().__init__(f"{status} {self.type}: {self.detail}")

    @property
    def code(self) -> str:
        """The last part of the error's type."""
        return self.type.rpartition(":")[2]


class Connection:
    """One caller's connection to one service; closed by ``close`` or at the end of a ``with``.

    :class:`api.client.Client` says what it is made from.
    """

    def __init__(self, address: str, key: str, *, http: httpx.Client | None = None) -> None:
        self._http = httpx.Client(base_url=address, timeout=90.0) if http is None else http
        self._key = key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}

    def _get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._send("GET", path, None, headers or {})

    def _post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._send("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def _delete(self, path: str, headers: Mapping[str, str]) -> httpx.Response:
        return self._send("DELETE", path, None, headers)

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> httpx.Response:
        answer = self._http.request(method, path, content=body, headers={**self._headers(), **headers})
        if answer.status_code >= 400:
            raise error_of(answer)
        return answer

    def _items(self, path: str, model: type[_Resource], **filters: object) -> Iterator[_Resource]:
        """Everything on a list, newest first, asked for page by page as it is needed."""
        pages: TypeAdapter[Page[_Resource]] = TypeAdapter(Page[model])  # type: ignore[valid-type] # a type at run time
        before: str | None = None
        while True:
            page = pages.validate_json(self._get(path + query(limit=_PAGE, before=before, **filters)).content)
            yield from page.items
            if page.next is None:
                return
            before = page.next


def query(**given: object) -> str:
    """The query of what is given, with its question mark; ``None`` is left out, a list is repeated."""
    known = {name: value for name, value in given.items() if value is not None}
    return f"?{urlencode(known, doseq=True)}" if known else ""


def read(model: type[_Resource], answer: httpx.Response) -> _Resource:
    """The resource of an answer."""
    return TypeAdapter(model).validate_json(answer.content)


def error_of(answer: httpx.Response) -> ApiError:
    """The refusal that an answer is."""
    is_problem = "json" in answer.headers.get("Content-Type", "")
    return ApiError(answer.status_code, answer.json() if is_problem else {}, answer.headers)


def change_headers(reason: str, idempotency_key: str = "") -> dict[str, str]:
    """Headers that say why something is changed, and that make it once."""
    given = {"X-Reason": reason, "Idempotency-Key": idempotency_key}
    return {name: value for name, value in given.items() if value}


def if_match(revision: int | None) -> dict[str, str]:
    """The header that names the revision which is changed."""
    return {} if revision is None else {"If-Match": f'"{revision}"'}
