"""Drafts as rows of tokens, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.plan import Draft, RouteDraft, Step, break_step, load_step, visit_step
from optimizer.search.arrays import Instance
from optimizer.search.tokens import Tokens

Rows = Sequence[Sequence[int]]
"""Tokens of every shift's route, start and end left out; a shift not used has its breaks alone."""


def rows_of_draft(tokens: Tokens, draft: Draft) -> list[list[int]]:
    """Tokens of every shift; what else a draft says (earliest starts) is left to the search.

    A visit that the draft serves more often than it needs workers is taken over as often as it needs them.
    """
    rows: list[list[int]] = [[] for _ in tokens.shifts]
    left = {visit_id: list(copies) for visit_id, copies in tokens.copies.items()}
    for route in draft.routes:
        number = tokens.route_idx[route.worker_id, route.shift_id]
        rows[number] = [token for step in route.steps for token in _tokens_of(tokens, number, step, left)]
    return [
        row if any(token < tokens.num_visits for token in row) else breaks_of(tokens, route)
        for route, row in enumerate(rows)
    ]


def breaks_of(tokens: Tokens, route: int) -> list[int]:
    """The breaks of a shift, in order."""
    rests = [
        (rest.start_s, token)
        for (of, name), token in tokens.break_token.items()
        if of == route
        for rest in (tokens.breaks[token - tokens.first_break][1],)
    ]
    return [token for _, token in sorted(rests)]


def _tokens_of(tokens: Tokens, route: int, step: Step, left: Mapping[str, list[int]]) -> list[int]:
    """The token of a step, none for a visit of which none is left."""
    if step.visit_id is not None:
        return [left[step.visit_id].pop(0)] if left[step.visit_id] else []
    if step.station_id is not None:
        return [tokens.station_token[step.station_id]]
    assert step.break_id is not None
    return [tokens.break_token[route, step.break_id]]


def draft_of_rows(tokens: Tokens, instance: Instance, rows: Rows) -> Draft:
    """The draft of the rows that serve a visit; every loading waits for the goods of its trip."""
    routes = []
    for (worker, shift), row in zip(tokens.shifts, rows, strict=True):
        if any(token < tokens.num_visits for token in row):
            steps = tuple(_steps(tokens, instance, row))
            routes.append(RouteDraft(worker_id=worker.worker_id, shift_id=shift.shift_id, steps=steps))
    return Draft(routes=tuple(routes))


def _steps(tokens: Tokens, instance: Instance, row: Sequence[int]) -> list[Step]:
    steps: list[Step] = []
    load_at, station, ready_s = -1, -1, 0
    for token in row:
        if token < tokens.num_visits:
            steps.append(visit_step(tokens.visits[token].visit_id))
            if load_at >= 0 and instance.nodes[token]["has_demand"]:
                ready_s = max(ready_s, int(instance.ready_s[token, station]))
                steps[load_at] = load_step(tokens.station_ids[station], ready_s)
        elif token < tokens.first_break:
            load_at, station, ready_s = len(steps), token - tokens.num_visits, 0
            steps.append(load_step(tokens.station_ids[station], 0))
        else:
            steps.append(break_step(tokens.breaks[token - tokens.first_break][1].break_id))
    return steps
