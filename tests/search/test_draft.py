"""Drafts and rows of tokens stand for each other."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.plan import Draft, RouteDraft, Source, StopKind, break_step, load_step, visit_step
from optimizer.problem import Break, SupplyWave
from optimizer.search.build import make_instance
from optimizer.search.draft import breaks_of, draft_of_rows, rows_of_draft
from optimizer.search.tokens import Tokens
from tests.builders import (
    MINUTE,
    clock,
    make_meal,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
)
from tests.search.laying import Layout
from tests.search.worlds import random_travel, rich_problem


def rest(break_id, start):
    return Break(break_id=break_id, start_s=clock(start), end_s=clock(start) + 3600, duration_s=10 * MINUTE)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_rows_come_back_from_their_draft(seed):
    problem = rich_problem(seed)
    layout = Layout(problem, random_travel(problem, seed))
    rows = layout.random_rows(random.Random(seed))
    back = rows_of_draft(layout.tokens, draft_of_rows(layout.tokens, layout.instance, rows))
    for route, (row, other) in enumerate(zip(rows, back, strict=True)):
        is_used = any(token < layout.tokens.num_visits for token in row)
        assert other == (row if is_used else breaks_of(layout.tokens, route))


def test_a_shift_without_visits_has_its_breaks_in_order_of_time():
    shift = make_shift(breaks=(rest("late", "15:00"), rest("early", "12:00")))
    tokens = Tokens(make_problem([make_visit()], [make_worker(shifts=(shift,))]))
    late, early = tokens.first_break, tokens.first_break + 1
    assert rows_of_draft(tokens, Draft()) == [[early, late]]
    assert rows_of_draft(tokens, Draft(routes=(make_route("a", "load:s1"),))) == [[early, late]]


def test_breaks_of_one_name_in_two_shifts_are_told_apart():
    shifts = tuple(make_shift(shift_id=name, breaks=(rest("tea", "12:00"),)) for name in ("one", "two"))
    problem = make_problem([make_visit()], [make_worker(shifts=shifts)])
    tokens = Tokens(problem)
    draft = Draft(routes=(RouteDraft(worker_id="a", shift_id="two", steps=(visit_step("v1"), break_step("tea"))),))
    first, second = tokens.first_break, tokens.first_break + 1
    assert rows_of_draft(tokens, draft) == [[first], [0, second]]
    assert draft_of_rows(tokens, make_instance(problem, make_travel(problem), {}), [[first], [0, second]]) == draft


def test_a_loading_waits_for_the_goods_of_its_own_trip():
    visits = [make_meal("m1"), make_meal("m2", ready_s=clock("10:00")), make_meal("m3", ready_s=clock("11:00"))]
    problem = make_problem([*visits, make_visit("care")])
    tokens = Tokens(problem)
    load = tokens.num_visits
    draft = draft_of_rows(tokens, make_instance(problem, make_travel(problem), {}), [[load, 0, 1, 3, load, 2]])
    loads = [step for step in draft.routes[0].steps if step.kind is StopKind.LOAD]
    assert loads == [load_step("s1", clock("10:00")), load_step("s1", clock("11:00"))]


def test_a_loading_waits_for_the_wave_that_suffices_unless_an_earlier_one_is_the_visits_own():
    waves = tuple(
        SupplyWave(wave_id=ready, ready_s=clock(ready), portions={"lunch": 2}) for ready in ("07:00", "09:00")
    )
    problem = make_problem(
        [make_meal("m1", portions=2), make_meal("m2", portions=2)], stations=(make_station(waves=waves),)
    )
    sources = {"m1": Source(station_id="s1", ready_s=clock("07:00"))}
    instance = make_instance(problem, make_travel(problem), sources)
    draft = draft_of_rows(Tokens(problem), instance, [[2, 0, 2, 1]])
    loads = [step for step in draft.routes[0].steps if step.kind is StopKind.LOAD]
    assert loads == [load_step("s1", clock("07:00")), load_step("s1", clock("09:00"))]
