"""A typed client, thin over HTTP: the core's own problems and plans go in and come out.

>>> client = Client("http://127.0.0.1:8080", key)          # doctest: +SKIP
>>> ordered = client.order_plan(problem, SolveParams(time_limit_s=10))  # doctest: +SKIP
>>> plan = client.finished_plan(ordered.id).plan           # doctest: +SKIP
"""

from __future__ import annotations

from api.calls.connection import ApiError
from api.calls.days import DayCalls
from api.calls.plans import PlanCalls, PlanEvent
from api.calls.problems import ProblemCalls
from api.calls.service import ServiceCalls
from api.calls.studies import NetworkCalls, StudyCalls
from api.store.records import PlanState

__all__ = ["ApiError", "Client", "PlanEvent", "PlanState"]


class Client(ServiceCalls, ProblemCalls, PlanCalls, DayCalls, StudyCalls, NetworkCalls):
    """One caller of one service, with a call for every route.

    Lists are iterators that ask for the next page when it is needed; whatever the service refuses is raised as
    :class:`ApiError`.

    Parameters
    ----------
    address
        Where the service is, e.g. ``http://127.0.0.1:8080``.
    key
        An API key, or the token of a session.
    http
        The connection to use; default: one of its own.
    """
