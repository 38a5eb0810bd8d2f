"""Calls about published days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import orjson

from api.calls.connection import Connection, change_headers, if_match, query, read
from api.days.resources import DayResource, DayStep, DaySummary, Recommendations, RecommendedSlot, SlotQuestion, Told
from optimizer.formats.json import facts_to_json
from optimizer.redispatch.events import Event, event_to_json


class DayCalls(Connection):
    """The day: a published plan, what happens to it, where one more visit fits, and who knows."""

    def publish_plan(
        self, plan_id: str, *, revision: int | None = None, reason: str = "", idempotency_key: str = ""
    ) -> DayStep:
        """Let the plan's day go by it; a day that has a plan is changed at its `revision`.

        Raises
        ------
        ApiError
            428 if the day has a plan and no `revision` is given, 412 if it is at another one.
        """
        headers = {**change_headers(reason, idempotency_key), **if_match(revision)}
        return read(DayStep, self._post(f"/v1/plans/{plan_id}/publish", b"", headers))

    def days(self, *, since: dt.date | None = None) -> Iterator[DaySummary]:
        """Published days, the latest first; from one day on where asked."""
        return self._items("/v1/days", DaySummary, since=since)

    def day(self, date: dt.date) -> DayResource:
        """A published day: the version that holds, what has happened, and who must be told."""
        return read(DayResource, self._get(f"/v1/days/{date}"))

    def steps(self, date: dt.date) -> Iterator[DayStep]:
        """Every step of a published day, the latest first."""
        return self._items(f"/v1/days/{date}/steps", DayStep)

    def tell(
        self,
        date: dt.date,
        *events: Event,
        slot: RecommendedSlot | None = None,
        max_elders_told: int | None = None,
        max_workers_told: int | None = None,
        improve: bool = False,
        revision: int | None = None,
        reason: str = "",
        idempotency_key: str = "",
    ) -> DayStep:
        """Tell what has happened, and get the next version with its diff; `slot` is taken for one new visit."""
        given = query(
            max_elders_told=max_elders_told,
            max_workers_told=max_workers_told,
            slot=None if slot is None else slot.name,
            improve="true" if improve else None,
        )
        headers = {**change_headers(reason, idempotency_key), **if_match(revision)}
        body = orjson.dumps([orjson.Fragment(event_to_json(event)) for event in events])
        return read(DayStep, self._post(f"/v1/days/{date}/events{given}", body, headers))

    def recommend(self, date: dt.date, question: SlotQuestion) -> Recommendations:
        """The best slots for one more visit."""
        return read(Recommendations, self._post(f"/v1/days/{date}/recommendations", facts_to_json(question)))

    def acknowledge(self, date: dt.date, told: Told, *, revision: int | None = None, reason: str = "") -> DaySummary:
        """Note that people know what changed for them."""
        headers = {**change_headers(reason), **if_match(revision)}
        return read(DaySummary, self._post(f"/v1/days/{date}/acknowledgements", facts_to_json(told), headers))
