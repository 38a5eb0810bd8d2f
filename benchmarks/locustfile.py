"""Readers and desks for locust: ``locust -f benchmarks/locustfile.py --host http://127.0.0.1:8080``.

``YIZHAN_KEY`` is a dispatcher's key; the district has at least one finished plan. Readers look again every few
seconds and mostly know what they see; a desk looks at lists, figures and unserved visits.
"""

from __future__ import annotations

import os

from locust import HttpUser, between, task


class _Caller(HttpUser):
    """Somebody with a key, who looks at the newest plan that is done."""

    abstract = True

    def on_start(self) -> None:
        """Find the plan."""
        self.client.headers["Authorization"] = f"Bearer {os.environ['YIZHAN_KEY']}"
        plans = self.client.get("/v1/plans").json()["items"]
        self.plan_id = next(plan["id"] for plan in plans if plan["state"] == "done")
        self.tag = ""


class Reader(_Caller):
    """Keeps a plan on the screen."""

    weight = 9
    wait_time = between(0.3, 0.9)

    @task(9)
    def look_again(self) -> None:
        """Ask whether the plan has changed."""
        answer = self.client.get(
            f"/v1/plans/{self.plan_id}", headers={"If-None-Match": self.tag}, name="/v1/plans/{plan_id} again"
        )
        self.tag = answer.headers.get("ETag", self.tag)

    @task(1)
    def open_anew(self) -> None:
        """Read the whole plan."""
        self.client.get(f"/v1/plans/{self.plan_id}", name="/v1/plans/{plan_id}")


class Desk(_Caller):
    """Works with a plan."""

    weight = 1
    wait_time = between(1, 3)

    @task(3)
    def list_plans(self) -> None:
        """Look at the newest plans."""
        self.client.get("/v1/plans?limit=20", name="/v1/plans")

    @task(2)
    def read_figures(self) -> None:
        """Look at the key figures."""
        self.client.get(f"/v1/plans/{self.plan_id}/kpis", name="/v1/plans/{plan_id}/kpis")

    @task(1)
    def read_unserved(self) -> None:
        """Look at who is not served."""
        self.client.get(f"/v1/plans/{self.plan_id}/unassigned", name="/v1/plans/{plan_id}/unassigned")
