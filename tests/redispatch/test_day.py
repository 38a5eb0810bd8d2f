"""What an event does to a day, and what is refused."""

from dataclasses import replace

import pytest

from optimizer.errors import InputError
from optimizer.redispatch.day import after, at, open_day, publish
from optimizer.redispatch.diff import Service
from optimizer.redispatch.events import (
    ElderAbsent,
    KitchenLate,
    StopDone,
    StopStarted,
    StreetClosed,
    VehicleDown,
    VisitAdded,
    VisitCancelled,
    WorkerBack,
    WorkerIll,
    WorkerLate,
)
from tests.builders import at as place_at
from tests.builders import (
    clock,
    make_elder,
    make_plan,
    make_problem,
    make_route,
    make_travel,
    make_visit,
)


def make_day(*visits, workers=None, **changes):
    visits = visits or (make_visit("v1", 10, elder_id="e1"), make_visit("v2", 20, elder_id="e2"))
    elders = tuple(make_elder(name) for name in sorted({v.elder_id for v in visits if v.elder_id}))
    problem = make_problem(visits, workers, elders=elders, **changes)
    plan = make_plan(problem, make_route("a", *(v.visit_id for v in visits)))
    return open_day(problem, make_travel(problem), plan, now_s=clock("08:00"))


def test_everybody_was_told_what_the_plan_says():
    day = make_day()
    stop = day.plan.routes[0].visit_stops[0]
    assert day.told["v1"] == Service(worker_ids=("a",), start_s=stop.start_s)


def test_a_new_visit_to_a_new_elder_joins_facts_and_travel():
    elder = make_elder("e9", place=place_at(33))
    event = VisitAdded(
        at_s=clock("09:00"), visit=make_visit("new", elder_id="e9", place=None), elder=elder, urgent=True
    )
    day = after(make_day(), event)
    assert day.now_s == clock("09:00")
    assert "new" in day.problem.visit_by_id
    assert elder.place in day.travel.idx_by_place
    assert day.urgent_visit_ids == {"new"}
    assert "new" not in day.told


def test_a_cancelled_visit_leaves_the_facts():
    day = after(make_day(), VisitCancelled(at_s=clock("08:30"), visit_id="v2"))
    assert list(day.problem.visit_by_id) == ["v1"]


def test_a_late_kitchen_moves_waves_that_are_still_to_come_once_delayed():
    day = replace(make_day(), now_s=0)
    moved = after(day, KitchenLate(at_s=clock("06:10"), station_id="s1", delay_s=1800))
    assert moved.problem.stations[0].waves[0].ready_s == clock("06:30")
    past = after(day, KitchenLate(at_s=clock("07:00"), station_id="s1", delay_s=1800))
    assert past.problem.stations[0].waves[0].ready_s == clock("06:00")


def test_a_worker_back_ends_absence_and_breakdown():
    day = after(make_day(), WorkerIll(at_s=clock("08:10"), worker_id="a"))
    assert day.absences["a"][0].until_s is None
    day = after(day, WorkerBack(at_s=clock("09:00"), worker_id="a", from_s=clock("12:00")))
    assert day.absences["a"][0].until_s == clock("12:00")


def test_a_broken_vehicle_without_another_mode_is_an_absence():
    event = VehicleDown(at_s=clock("08:10"), worker_id="a", from_s=clock("09:00"), until_s=clock("10:00"))
    assert after(make_day(), event).absences["a"][0].holds(clock("09:30"))


def test_a_fallback_mode_that_nobody_used_gets_ways():
    event = VehicleDown(at_s=clock("08:10"), worker_id="a", from_s=clock("09:00"), fallback_mode="bicycle")
    assert "bicycle" in after(make_day(), event).travel.duration_s


def test_a_closed_street_makes_ways_through_it_longer_until_it_opens():
    event = StreetClosed(
        at_s=clock("08:10"), place=place_at(5), radius_m=100, from_s=clock("08:10"), until_s=clock("10:00")
    )
    day = after(make_day(), event)
    before, around = (
        travel.travel_duration_s("walk", place_at(0), place_at(10), 0) for travel in (day.travel, day.ways)
    )
    assert around > before
    assert at(day, clock("10:00")).ways is day.travel


def test_reports_of_one_stop_are_joined():
    day = after(make_day(), StopStarted(at_s=clock("08:12"), worker_id="a", visit_id="v1", start_s=clock("08:12")))
    day = after(day, StopDone(at_s=clock("08:30"), worker_id="a", visit_id="v1", end_s=clock("08:29")))
    (record,) = day.records
    assert (record.start_s, record.end_s) == (clock("08:12"), clock("08:29"))


def test_publishing_tells_only_what_is_news():
    day = make_day()
    problem = day.problem
    shifted = make_plan(
        replace(problem, visits=(problem.visits[0], replace(problem.visits[1], pinned_start_s=clock("12:00")))),
        make_route("a", "v1", "v2"),
    )
    fresh = publish(day, shifted)
    assert fresh.told["v2"].start_s == clock("12:00")
    assert fresh.plan is shifted


@pytest.mark.parametrize(
    ("event", "code", "fragment"),
    [
        (WorkerLate(at_s=clock("07:00"), worker_id="a", delay_s=60), "event-past", "the day is at 08:00"),
        (WorkerIll(at_s=clock("09:00"), worker_id="aa"), "unknown-worker", "no worker 'aa'"),
        (VisitCancelled(at_s=clock("09:00"), visit_id="v22"), "unknown-visit", "Did you mean 'v2'?"),
        (ElderAbsent(at_s=clock("09:00"), elder_id="e11", from_s=0), "unknown-elder", "Did you mean 'e1'?"),
        (KitchenLate(at_s=clock("09:00"), station_id="s2", delay_s=1), "unknown-station", "no station 's2'"),
        (KitchenLate(at_s=clock("09:00"), station_id="s1", wave_id="w2", delay_s=1), "unknown-wave", "no wave 'w2'"),
        (
            VehicleDown(at_s=clock("09:00"), worker_id="a", from_s=0, fallback_mode="walks"),
            "unknown-mode",
            "Did you mean 'walk'?",
        ),
        (
            ElderAbsent(at_s=clock("09:00"), elder_id="e1", from_s=clock("10:00"), until_s=clock("09:00")),
            "span-reversed",
            "Swap",
        ),
        (VisitAdded(at_s=clock("09:00"), visit=make_visit("v1")), "id-duplicate", "Rename it."),
        (VisitAdded(at_s=clock("09:00"), visit=make_visit("x", elder_id="e77")), "unknown-elder", "'e77'"),
        (VisitAdded(at_s=clock("09:00"), visit=make_visit("x", windows=())), "visit-without-window", "visit"),
        (
            StopStarted(at_s=clock("09:00"), worker_id="a", visit_id="v1", start_s=clock("09:10")),
            "report-ahead",
            "still to come",
        ),
        (
            StopDone(at_s=clock("09:00"), worker_id="a", break_id="lunch", end_s=clock("09:00")),
            "not-in-plan",
            "no break 'lunch'",
        ),
    ],
)
def test_what_does_not_agree_with_the_day_is_refused(event, code, fragment):
    with pytest.raises(InputError) as caught:
        after(make_day(), event)
    assert code in {issue.code for issue in caught.value.issues}
    assert fragment in str(caught.value)


def test_a_visit_that_has_begun_cannot_be_cancelled():
    day = after(make_day(), StopStarted(at_s=clock("08:12"), worker_id="a", visit_id="v1", start_s=clock("08:12")))
    with pytest.raises(InputError, match="has begun"):
        after(day, VisitCancelled(at_s=clock("08:13"), visit_id="v1"))


def test_time_does_not_run_backwards():
    with pytest.raises(InputError, match="Go forwards"):
        at(make_day(), clock("07:59"))
