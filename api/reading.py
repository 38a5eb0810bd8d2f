"""Answers to those who read plans and problems: by media type, tagged, kept, and 304 for whoever knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from fastapi import Response

from api.auth.pseudonyms import Pseudonyms, sees_persons
from api.bodies import JSON, XLSX
from api.negotiation import chosen_type, entity_tag, is_known
from api.plan_views import plan_body, plan_view
from api.representations import GEOJSON, PDF, Sheet, rendered
from api.resources import dump, problem_facts
from api.service import Service
from api.store.district import DistrictStore
from api.store.districts import pseudonym_key
from api.store.records import Caller
from optimizer.formats.json import problem_from_json, problem_to_json
from optimizer.formats.words import Language

MEDIA_TYPES = (JSON, GEOJSON, PDF, XLSX)
_KIND_BY_TYPE = {JSON: "json", GEOJSON: "geojson", PDF: "pdf", XLSX: "xlsx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who reads what a district has; what they know already is not sent again."""

    service: Service
    caller: Caller
    if_none_match: str | None = None

    @property
    def store(self) -> DistrictStore:
        """What the reader's district has."""
        return self.service.store_of(self.caller)

    def plan(self, plan_id: str, accept: str, sheet: Sheet = Sheet.ROUTES, language: Language = "zh") -> Response:
        """A plan in the media type that `accept` likes best.

        Raises
        ------
        Refusal
            404 if there is no such plan, 406 if `accept` likes nothing, 409 if the plan has nothing of the kind.
        """
        media_type = chosen_type(accept, MEDIA_TYPES)
        headers = plan_headers(self.caller, self.store.revision(plan_id), media_type)

        def make() -> bytes:
            record = self.store.plan(plan_id)
            if media_type == JSON:
                return dump(plan_body(self.service, self.store, self.caller, record))
            return rendered(plan_view(self.service, self.store, self.caller, record), media_type, sheet, language)

        if is_known(headers["ETag"], self.if_none_match):
            return Response(status_code=304, headers=headers)
        name = (self.caller.district_id, plan_id, headers["ETag"], sheet, language)
        return Response(self.service.answers.get(name, make), headers=headers, media_type=media_type)

    def problem(self, problem_id: str) -> Response:
        """A problem with all its facts.

        Raises
        ------
        Refusal
            404 if there is no such problem.
        """
        self.store.require_problem(problem_id)
        tag = entity_tag(1, "full" if sees_persons(self.caller.role) else "pseudonyms")
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}

        def make() -> bytes:
            content = orjson.Fragment(self._problem_content(problem_id))
            return dump({**problem_facts(self.store.problem(problem_id)), "problem": content})

        if is_known(tag, self.if_none_match):
            return Response(status_code=304, headers=headers)
        name = (self.caller.district_id, problem_id, tag)
        return Response(self.service.answers.get(name, make), headers=headers, media_type=JSON)

    def _problem_content(self, problem_id: str) -> bytes:
        content = self.store.problem_content(problem_id)
        if sees_persons(self.caller.role):
            return content
        pseudonyms = Pseudonyms(pseudonym_key(self.service.database, self.caller.district_id))
        return problem_to_json(pseudonyms.problem(problem_from_json(content)))


def plan_headers(caller: Caller, revision: int, media_type: str) -> Mapping[str, str]:
    """Headers of one revision of a plan in one form."""
    kind = _KIND_BY_TYPE[media_type]
    variant = kind if sees_persons(caller.role) else f"{kind}-pseudonyms"
    return {
        "ETag": entity_tag(revision, variant),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Authorization",
    }
