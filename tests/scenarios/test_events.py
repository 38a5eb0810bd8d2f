"""What goes otherwise on a day: seeded, at the rates asked for, and in agreement with the day."""

from collections import Counter
from dataclasses import replace

import pytest

from optimizer.judge import judged_plan
from optimizer.plan import Draft
from optimizer.redispatch.day import after, open_day
from optimizer.redispatch.events import EVENT_BY_KIND, VisitAdded, WorkerIll
from scenarios import build_scenario
from scenarios.events import EventRates, draw_events
from tests.builders import HOUR, MINUTE, make_elder, make_problem, make_travel, make_visit

PROBLEM = build_scenario("xicheng-day", size=0.2).problem
NOTHING = EventRates().times(0)
STOPS = {"stop-started", "stop-done"}


def test_the_same_seed_gives_the_same_events_and_another_one_others():
    rates = EventRates().times(5)
    assert draw_events(PROBLEM, 1, rates) == draw_events(PROBLEM, 1, rates)
    assert draw_events(PROBLEM, 1, rates) != draw_events(PROBLEM, 2, rates)


def test_nothing_happens_at_rates_of_zero():
    drawn = draw_events(PROBLEM, 0, NOTHING)
    assert drawn.events == ()
    assert drawn.no_show_visit_ids == frozenset()


def test_nothing_happens_to_a_problem_without_visits():
    assert draw_events(make_problem(), 0, EventRates().times(50)).events == ()


def test_events_are_in_the_order_in_which_they_become_known():
    times = [event.at_s for event in draw_events(PROBLEM, 0, EventRates().times(10)).events]
    assert times == sorted(times)


def test_every_kind_beside_the_stops_can_happen():
    kinds = {event.kind for seed in range(5) for event in draw_events(PROBLEM, seed, EventRates().times(20)).events}
    assert kinds == EVENT_BY_KIND.keys() - STOPS


def test_every_event_alone_agrees_with_the_day():
    travel = make_travel(PROBLEM)
    day = open_day(PROBLEM, travel, judged_plan(PROBLEM, travel, Draft()))
    for event in draw_events(PROBLEM, 3, EventRates().times(20)).events:
        assert after(day, event).now_s == event.at_s


@pytest.mark.parametrize(
    ("rate", "kinds"),
    [
        ("ill_share", {"worker-ill", "worker-back"}),
        ("late_share", {"worker-late"}),
        ("breakdown_share", {"vehicle-down"}),
        ("kitchen_late_share", {"kitchen-late"}),
        ("street_closures", {"street-closed"}),
    ],
)
def test_a_rate_changes_its_own_kind_of_event_alone(rate, kinds):
    rates = EventRates().times(5)
    before = draw_events(PROBLEM, 0, rates).events
    after_change = draw_events(PROBLEM, 0, replace(rates, **{rate: 0})).events
    assert not any(event.kind in kinds for event in after_change)
    assert after_change == tuple(event for event in before if event.kind not in kinds)


def test_as_many_fall_ill_as_the_rate_says():
    rates = replace(NOTHING, ill_share=0.1)
    days = [draw_events(PROBLEM, seed, rates).events for seed in range(100)]
    num_ill = sum(isinstance(event, WorkerIll) for events in days for event in events)
    assert num_ill / (100 * len(PROBLEM.workers)) == pytest.approx(0.1, abs=0.02)


def test_help_is_called_for_more_often_in_peak_hours():
    rates = replace(NOTHING, help_calls_per_elder=2, help_visit_share=1)
    calls = [event for seed in range(5) for event in draw_events(PROBLEM, seed, rates).events]
    by_hour = Counter(event.at_s // HOUR for event in calls)
    assert by_hour[9] == pytest.approx(2 * by_hour[11], rel=0.35)


def test_who_calls_for_help_waits_half_an_hour_at_most_where_that_can_be():
    rates = replace(NOTHING, help_calls_per_elder=0.2, help_visit_share=1)
    calls = draw_events(PROBLEM, 0, rates).events
    assert calls
    for event in calls:
        assert isinstance(event, VisitAdded)
        assert event.urgent
        (window,) = event.visit.windows
        assert (window.start_s, window.soft_end_s) == (event.at_s, event.at_s + 30 * MINUTE)


def test_who_calls_off_one_of_several_visits_is_away():
    certain = replace(NOTHING, care_cancelled_share=1)
    one, two = make_visit("v1", elder_id="e1", place=None), make_visit("v2", elder_id="e1", place=None)
    alone = draw_events(make_problem([one], elders=(make_elder(),)), 0, certain).events
    both = draw_events(make_problem([one, two], elders=(make_elder(),)), 0, certain).events
    assert {event.kind for event in alone} == {"visit-cancelled"}
    assert {event.kind for event in both} == {"elder-absent"}


def test_shares_never_exceed_one_and_proportions_stay():
    rates = EventRates().times(1000)
    assert rates.ill_share == 1.0
    assert rates.back_share == EventRates().back_share
    assert rates.street_closures == 200
