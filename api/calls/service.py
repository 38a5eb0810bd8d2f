"""Calls about the service itself: who one is, what may be asked, what was done, and whether it is well."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from api.auth.sessions import Session
from api.calls.connection import Connection, query, read
from api.catalogue_resources import IssueTypes, Limits, Rules
from api.resources import Identity
from api.store.records import AuditRecord, Role


class ServiceCalls(Connection):
    """The key, the catalogues, the audit log and the service's health."""

    def me(self) -> Identity:
        """Who the key belongs to."""
        return read(Identity, self._get("/v1/me"))

    def open_session(self, role: Role | None = None) -> Session:
        """A token that runs out soon, of a lesser role than the key's where asked."""
        return read(Session, self._post(f"/v1/sessions{query(role=role)}", b""))

    def limits(self) -> Limits:
        """How much one may ask for."""
        return read(Limits, self._get("/v1/limits"))

    def rules(self) -> Rules:
        """Every rule that a plan keeps, and every term of its cost."""
        return read(Rules, self._get("/v1/rules"))

    def issue_types(self) -> IssueTypes:
        """Every kind of issue and error."""
        return read(IssueTypes, self._get("/v1/issue-types"))

    def audit(self, *, subject: str | None = None) -> Iterator[AuditRecord]:
        """The audit log, newest first; about one thing, by its id, where asked."""
        return self._items("/v1/audit", AuditRecord, subject=subject)

    def is_alive(self) -> bool:
        """Whether the process answers."""
        return self._is_well("/healthz")

    def is_ready(self) -> bool:
        """Whether the service takes requests."""
        return self._is_well("/readyz")

    def metrics(self) -> str:
        """The service's figures in Prometheus' text format."""
        return self._get("/metrics").text

    def _is_well(self, path: str) -> bool:
        try:
            return self._http.get(path).is_success
        except httpx.TransportError:
            return False
