"""Persons to places: equal to trying everything, proven, and never worse for more room."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.network.transport import CLOSED, NOWHERE, Prices, TransportModel, lower_bound, solve_transport


def make_model(cost, *, skip=100, capacity=1, overflow_cost=0, centre=NOWHERE, centre_capacity=()):
    cost = np.array(cost, dtype=np.int64)
    num, num_places = cost.shape

    def row(value, size):
        return np.full(size, value, dtype=np.int64)

    return TransportModel(
        cost=cost,
        skip_cost=row(skip, num),
        capacity=row(capacity, num_places),
        overflow_cost=row(overflow_cost, num_places),
        centre=row(centre, num_places),
        centre_capacity=np.array(centre_capacity, dtype=np.int64),
    )


def cheapest_by_trying(model):
    choices = (np.array(each) for each in product(range(-1, model.num_places), repeat=model.num_persons))
    return min(model.cost_of(choice) for choice in choices if not model.faults(choice))


@st.composite
def models(draw, max_persons=5):
    num, num_places = draw(st.integers(1, max_persons)), draw(st.integers(1, 3))
    num_centres = draw(st.integers(0, 2))
    costs = st.integers(0, 20) | st.just(int(CLOSED))
    whole = st.integers(0, 3)
    return make_model(
        [[draw(costs) for _ in range(num_places)] for _ in range(num)],
        skip=[draw(st.integers(0, 60)) for _ in range(num)],
        capacity=[draw(whole) for _ in range(num_places)],
        overflow_cost=[draw(st.integers(0, 15)) for _ in range(num_places)],
        centre=[draw(st.integers(-1, num_centres - 1)) for _ in range(num_places)],
        centre_capacity=[draw(whole) for _ in range(num_centres)],
    )


@settings(max_examples=150, deadline=None)
@given(models())
def test_answer_is_that_of_trying_everything_and_is_proven(model):
    plan = solve_transport(model)
    assert plan.cost == model.cost_of(plan.choice) == cheapest_by_trying(model)
    assert plan.bound == plan.cost
    assert not model.faults(plan.choice)


@settings(max_examples=50, deadline=None)
@given(models(), st.data())
def test_more_room_never_costs_more(model, data):
    more = replace(model, capacity=model.capacity + np.array([data.draw(st.integers(0, 2)) for _ in model.capacity]))
    assert solve_transport(more).cost <= solve_transport(model).cost


@settings(max_examples=100, deadline=None)
@given(models(), st.data())
def test_any_prices_give_a_lower_bound(model, data):
    prices = st.integers(-5, 40)
    place, centre = (
        np.array([data.draw(prices) for _ in each], dtype=np.int64) for each in (model.capacity, model.centre_capacity)
    )
    assert lower_bound(model, Prices(place, centre)) <= cheapest_by_trying(model)


def test_many_persons_need_ways_beyond_the_nearest_places():
    """Everybody is nearest to the same few places, so more ways must be priced in, and the answer is still proven."""
    rng = np.random.default_rng(0)
    cost = rng.integers(0, 1000, (300, 60)) + np.arange(60) * 300
    plan = solve_transport(make_model(cost, skip=10**6, capacity=6))
    assert plan.num_rounds > 1
    assert plan.bound == plan.cost
    assert (plan.choice != NOWHERE).all()


def test_price_of_room_is_what_one_more_person_there_saves():
    model = make_model([[1, 50], [2, 50]], capacity=[1, 2])
    plan = solve_transport(model)
    more = solve_transport(replace(model, capacity=model.capacity + np.array([1, 0])))
    assert plan.prices.place[0] == plan.cost - more.cost == 48


@pytest.mark.parametrize(("capacity", "num_taken"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_a_centre_takes_what_is_above_the_room_up_to_its_own(capacity, num_taken):
    model = make_model([[1], [1], [1]], overflow_cost=5, centre=0, centre_capacity=[capacity])
    plan = solve_transport(model)
    assert model.overflow(plan.choice).tolist() == [num_taken]
    assert plan.cost == 1 + num_taken * 6 + (2 - num_taken) * 100


def test_the_dearest_to_leave_out_come_first():
    plan = solve_transport(make_model([[9], [1], [5]], skip=[400, 300, 200], capacity=2))
    assert plan.choice.tolist() == [0, 0, NOWHERE]


def test_faults_are_named():
    model = make_model([[1, CLOSED], [1, 1]], capacity=[1, 0], centre=[NOWHERE, 0], centre_capacity=[0])
    assert model.faults(np.array([1, 0])) == ["person 0 may not go to place 1.", "centre 0 takes 1 of 0."]
    assert model.faults(np.array([0, 0])) == ["place 0 is overfull and has no centre."]


def test_nobody_costs_nothing():
    plan = solve_transport(make_model(np.zeros((0, 2)), centre=0, centre_capacity=[1]))
    assert plan.cost == plan.bound == 0
