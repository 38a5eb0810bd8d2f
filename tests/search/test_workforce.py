"""Which shifts are alike, and what is known of each."""

import pytest

from optimizer.problem import Break, Pay, Promise, Vehicle
from optimizer.search.places import Places, ways_of
from optimizer.search.tariff import Tariff
from optimizer.search.tokens import Tokens
from optimizer.search.workforce import kinds_of, paces_of, shifts_of
from tests.builders import HOUR, at, clock, make_elder, make_problem, make_shift, make_travel, make_visit, make_worker


def kinds(*workers, by_worker=False, **facts):
    problem = make_problem(facts.pop("visits", ()), workers, **facts)
    return kinds_of(problem, Tokens(problem), by_worker=by_worker)


def rest(break_id):
    return Break(break_id=break_id, start_s=clock("11:00"), end_s=clock("12:00"), duration_s=HOUR)


def test_workers_who_differ_in_names_alone_are_of_one_kind():
    ann = make_worker("a", vehicle=Vehicle(vehicle_id="bike 1"), shifts=(make_shift(breaks=(rest("a"),)),))
    bob = make_worker(
        "b", vehicle=Vehicle(vehicle_id="bike 2"), shifts=(make_shift(shift_id="all day", breaks=(rest("b"),)),)
    )
    assert kinds(ann, bob).numbers == (0, 0)
    assert kinds(ann, bob).workers == (ann,)


@pytest.mark.parametrize(
    "facts",
    [
        {"skills": {"bath": 1}},
        {"pay": Pay(fixed_cents=1)},
        {"shifts": (make_shift(end="17:00"),)},
        {"vehicle": Vehicle(capacities={"portions": 10})},
        {"duration_percent": 90},
        {"reliability_share": 0.5},
        {"carried_load_s": 60},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_what_the_search_can_tell_apart_makes_another_kind(facts):
    assert kinds(make_worker("a"), make_worker("b", **facts)).numbers == (0, 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"elders": (make_elder(preferred_worker_ids=("b",)),)},
        {"elders": (make_elder(forbidden_worker_ids=("b",)),)},
        {"elders": (make_elder(worker_history={"b": 2}),)},
        {"visits": [make_visit(pinned_worker_ids=("b",))]},
        {"visits": [make_visit(promise=Promise(worker_ids=("b",)))]},
        {"by_worker": True},
    ],
    ids=["preferred", "refused", "known", "pinned", "promised", "counted"],
)
def test_a_worker_whom_somebody_names_is_of_a_kind_of_their_own(facts):
    assert kinds(make_worker("a"), make_worker("b"), **facts).numbers == (0, 1)


def test_two_shifts_of_a_worker_are_alike_only_in_their_own_kind():
    twice = (make_shift(shift_id="one"), make_shift(shift_id="two"))
    assert kinds(make_worker("a", shifts=twice), make_worker("b", shifts=twice)).numbers == (0, 0, 1, 1)


def test_a_pace_is_the_percentages_of_a_worker():
    slow = make_worker("b", duration_percent_by_service={"bath": 120})
    paces = paces_of([make_worker("a"), slow, make_worker("c")])
    assert paces.numbers == (0, 1, 0)
    assert paces.workers[1] is slow


def test_every_shift_knows_the_tokens_of_its_breaks_and_the_number_of_its_places():
    problem = make_problem(
        [make_visit()],
        [
            make_worker("a", shifts=(make_shift(breaks=(rest("a"),)),)),
            make_worker("b"),
            make_worker("c", shifts=(make_shift(end_place=None, start_place=at(20), breaks=(rest("c"), rest("d"))),)),
        ],
    )
    tokens, travel = Tokens(problem), make_travel(problem)
    places = Places(problem, travel)
    shifts = shifts_of(
        problem,
        tokens,
        places,
        ways_of(travel, places),
        Tariff.of(problem),
        kinds=kinds_of(problem, tokens, by_worker=False),
        paces=paces_of(problem.workers),
    )
    assert shifts[["break_from", "break_to"]].tolist() == [(2, 3), (3, 3), (3, 5)]
    assert shifts["worker"].tolist() == [0, 1, 2]
    assert shifts["start_place"].tolist() == [places.number(at(0))] * 2 + [places.number(at(20))]
    assert shifts["end_place"].tolist()[2] == -1
