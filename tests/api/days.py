"""A published day and requests about it."""

from __future__ import annotations

import datetime as dt
from copy import deepcopy

from api.examples import EXAMPLE_PROBLEM, EXAMPLE_SLOT_QUESTION, EXAMPLE_VISIT


class Day:
    """A published day of its own date, and requests about it."""

    dates = iter(dt.date(2027, 1, 1) + dt.timedelta(days=n) for n in range(1000))

    def __init__(self, requests, **changes):
        self.requests, self.date = requests, next(self.dates).isoformat()
        problem = {**deepcopy(EXAMPLE_PROBLEM), "horizon": {"first_date": self.date}, **changes}
        self.plan = requests.plan(problem=problem)
        self.published = self.publish()
        assert self.published.status_code == 201, self.published.text

    def publish(self, plan_id=None, **headers):
        return self.requests.post(f"/v1/plans/{plan_id or self.plan['id']}/publish", headers=headers)

    def get(self, path=""):
        return self.requests.get(f"/v1/days/{self.date}{path}").json()

    def tell(self, events, query="", **headers):
        return self.requests.post(f"/v1/days/{self.date}/events{query}", json=events, headers=headers)

    def told(self, events, query="", **headers):
        answer = self.tell(events, query, **headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def ask(self, **question):
        return self.requests.post(f"/v1/days/{self.date}/recommendations", json={**EXAMPLE_SLOT_QUESTION, **question})


def added(visit_id="look-e2", at="09:20", **facts):
    """The event of a visit added."""
    return {"kind": "visit-added", "at": at, "visit": {**EXAMPLE_VISIT, "visit_id": visit_id, **facts}}
