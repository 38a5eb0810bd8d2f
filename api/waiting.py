"""Waiting for plans: in one answer, or as a stream of events. The store is asked, so any process may answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import orjson
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import ServerSentEvent

from api.resources import dump, plan_facts
from api.store.district import DistrictStore
from api.store.records import PlanRecord

_POLL_S = 0.1
_STREAM_POLL_S = 0.25


async def finished(
    store: DistrictStore, plan_id: str, patience_s: float, *, known: PlanRecord | None = None
) -> PlanRecord:
    """The plan once it is finished, or as it is when patience ends."""
    deadline_s = time.monotonic() + patience_s
    record = await run_in_threadpool(store.plan, plan_id) if known is None else known
    while not record.state.is_final and time.monotonic() < deadline_s:
        await asyncio.sleep(_POLL_S)
        record = await run_in_threadpool(store.plan, plan_id)
    return record


async def events(store: DistrictStore, plan_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    """Steps of progress after number `after` as they come, and in the end the plan's summary.

    The last event is called by the plan's final state: ``done``, ``failed`` or ``cancelled``.
    """
    while True:
        record = await run_in_threadpool(store.plan, plan_id)
        for step in await run_in_threadpool(store.events, plan_id, after):
            after = step.seq
            yield ServerSentEvent(event="progress", id=str(step.seq), raw_data=orjson.dumps(dict(step.event)).decode())
        if record.state.is_final:
            yield ServerSentEvent(event=record.state.value, raw_data=dump(plan_facts(record)).decode())
            return
        await asyncio.sleep(_STREAM_POLL_S)
