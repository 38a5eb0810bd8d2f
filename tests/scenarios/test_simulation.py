"""A day played out: without noise it goes as planned, with it the facts of the road hold under every policy."""

import csv
import json
import random
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from optimizer.judge import judged_plan
from optimizer.plan import StopKind
from optimizer.problem import Link, LinkKind, SupplyWave
from optimizer.redispatch.diff import services_of
from optimizer.redispatch.events import KitchenLate, VisitAdded, VisitCancelled, WorkerBack, WorkerIll, WorkerLate
from optimizer.redispatch.params import RedispatchParams, Tier
from optimizer.repair import drop_until_sound
from optimizer.start import insert_greedily
from scenarios.events import DayEvents, EventRates, draw_events
from scenarios.simulation.command import FILE_NAMES, add_commands
from scenarios.simulation.hindsight import hindsight_cents
from scenarios.simulation.morning import Morning, bent
from scenarios.simulation.noise import DrawnNoise, Noise
from scenarios.simulation.outcome import outcome_of
from scenarios.simulation.picture import day_svg
from scenarios.simulation.play import play
from scenarios.simulation.policy import Dispatching, Policy
from tests.builders import (
    HOUR,
    MINUTE,
    clock,
    make_elder,
    make_meal,
    make_plan,
    make_problem,
    make_route,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.worlds import nearest_sources, random_problem

QUIET = DrawnNoise(Noise(travel_cv=0, service_cv=0, loading_cv=0), "test", 0)
LOUD = DrawnNoise(Noise(), "test", 0)


def dispatching(policy=Policy.STABLE, **changes):
    """Insertions only: these do not watch the clock."""
    return Dispatching(policy=policy, tier=Tier.INSERTION, params=RedispatchParams(figures=False), **changes)


def morning_of(problem, *routes):
    return Morning(problem=problem, travel=make_travel(problem), plan=make_plan(problem, *routes))


def random_morning(seed):
    problem = random_problem(seed)
    travel = make_travel(problem)
    draft = insert_greedily(problem, travel, nearest_sources(problem))
    sound, _, _ = drop_until_sound(problem, travel, draft)
    return Morning(problem=problem, travel=travel, plan=judged_plan(problem, travel, sound))


def played(morning, *events, policy=Policy.STABLE, noise=QUIET, no_shows=(), **changes):
    happening = DayEvents(events=events, no_show_visit_ids=frozenset(no_shows))
    return play(morning, happening, noise, dispatching(policy, **changes))


def starts_of(plan):
    return {visit_id: service.start_s for visit_id, service in services_of(plan).items()}


def driven(plan):
    return {
        (route.worker_id, route.shift_id): [(s.kind, s.start_s, s.end_s) for s in route.stops] for route in plan.routes
    }


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("seed", range(6))
def test_without_noise_and_events_the_day_goes_as_planned(seed, policy):
    morning = random_morning(seed)
    day = play(morning, DayEvents(), QUIET, dispatching(policy))
    assert driven(day.plan) == driven(morning.plan)
    assert day.replans == ()
    outcome = outcome_of(day, morning.plan)
    assert (outcome.kept_share, outcome.num_served) == (1.0, len(services_of(morning.plan)))


def test_the_same_day_played_twice_is_the_same():
    morning = random_morning(1)
    events = draw_events(morning.problem, 1, EventRates().times(10))
    first, second = (play(morning, events, LOUD, dispatching()) for _ in range(2))
    assert first.plan == second.plan
    assert [replace(each, duration_s=0) for each in first.replans] == [
        replace(each, duration_s=0) for each in second.replans
    ]


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("seed", range(12))
def test_the_facts_of_the_road_hold_whatever_happens(seed, policy):
    morning = random_morning(seed)
    events = draw_events(morning.problem, seed, EventRates().times(random.Random(seed).choice((2, 8, 15))))
    day = play(morning, events, DrawnNoise(Noise(), "test", seed), dispatching(policy))
    visits = day.problem.visit_by_id
    for route in day.plan.routes:
        times = [time_s for stop in route.stops for time_s in (stop.arrival_s, stop.start_s, stop.end_s)]
        assert times == sorted(times)
        assert (route.stops[0].kind, route.stops[-1].kind) == (StopKind.START, StopKind.END)
    served = Counter(stop.visit_id for route in day.plan.routes for stop in route.visit_stops)
    for visit_id, num in served.items():
        assert num == visits[visit_id].num_workers
        start_s = services_of(day.plan)[visit_id].start_s
        assert any(each.start_s <= start_s <= each.end_s for each in visits[visit_id].windows)
    assert {item.visit_id for item in day.plan.unassigned} | served.keys() == visits.keys()


def test_every_policy_meets_the_same_noise():
    morning = random_morning(2)
    durations = []
    for policy in Policy:
        day = play(morning, DayEvents(), LOUD, dispatching(policy))
        stops = (stop for route in day.plan.routes for stop in route.visit_stops)
        durations.append({stop.visit_id: stop.end_s - stop.start_s for stop in stops})
    assert durations[0] == durations[1] == durations[2]


def test_noise_has_mean_one_and_the_variation_asked_for():
    drawn = DrawnNoise(Noise(service_cv=0.3), "test", 0)
    factors = [drawn.service(f"v{number}") for number in range(2000)]
    mean = sum(factors) / len(factors)
    deviation = (sum((factor - mean) ** 2 for factor in factors) / len(factors)) ** 0.5
    assert mean == pytest.approx(1.0, abs=0.03)
    assert deviation == pytest.approx(0.3, abs=0.03)


def test_a_negative_variation_is_refused():
    with pytest.raises(ValueError, match=r"travel_cv = -0\.1"):
        Noise(travel_cv=-0.1)


def two_worker_day():
    visits = [make_visit(f"v{i}", 10 * i, windows=(window("08:00", "17:00"),)) for i in (1, 2, 3)]
    problem = make_problem(visits, [make_worker("a"), make_worker("b")])
    return morning_of(problem, make_route("a", "v1", "v2"), make_route("b", "v3"))


def test_the_visits_of_who_falls_ill_go_to_others_unless_nothing_is_done():
    morning = two_worker_day()
    ill = WorkerIll(at_s=clock("07:00"), worker_id="a")
    assert starts_of(played(morning, ill).plan).keys() == {"v1", "v2", "v3"}
    assert starts_of(played(morning, ill, policy=Policy.NONE).plan).keys() == {"v3"}


def test_who_is_back_goes_on_where_the_shift_begins():
    morning = two_worker_day()
    ill = WorkerIll(at_s=clock("07:00"), worker_id="a")
    back = WorkerBack(at_s=clock("09:30"), worker_id="a", from_s=clock("10:00"))
    starts = starts_of(played(morning, ill, back, policy=Policy.NONE).plan)
    assert starts["v1"] == clock("10:10")


def test_doing_nothing_tells_nobody_anything_and_leaves_new_visits_out():
    morning = two_worker_day()
    added = VisitAdded(at_s=clock("08:05"), visit=make_visit("new", 10), urgent=True)
    nothing = played(morning, added, policy=Policy.NONE)
    assert nothing.replans == ()
    assert [item.visit_id for item in nothing.plan.unassigned] == ["new"]
    stable = outcome_of(played(morning, added), morning.plan)
    assert (stable.num_urgent, stable.num_urgent_served, stable.num_served) == (1, 1, 4)


def test_a_visit_called_off_is_not_wanted_any_more():
    day = played(two_worker_day(), VisitCancelled(at_s=clock("08:00"), visit_id="v2"), policy=Policy.NONE)
    assert day.problem.visit_by_id.keys() == {"v1", "v3"}
    assert day.missed == {"v2": "called off"}


def test_who_finds_nobody_waits_at_the_door_and_goes_on():
    visits = [make_visit("v1", place=None, elder_id="e1"), make_visit("v2", 20)]
    problem = make_problem(visits, elders=(make_elder("e1", 10),))
    morning = morning_of(problem, make_route("a", "v1", "v2"))
    day = played(morning, policy=Policy.NONE, no_shows=["v1"], door_s=5 * MINUTE)
    assert day.missed == {"v1": "nobody opens"}
    assert day.problem.visit_by_id.keys() == {"v2"}
    planned = starts_of(morning.plan)
    assert starts_of(day.plan)["v2"] == planned["v1"] + 5 * MINUTE + 10 * MINUTE


@pytest.mark.parametrize(("delay_min", "is_served"), [(30, True), (31, False)])
def test_a_visit_may_start_up_to_the_grace_after_its_window(delay_min, is_served):
    problem = make_problem([make_visit("v1", 10, windows=(window("08:10", "08:10"),))])
    late = WorkerLate(at_s=clock("07:50"), worker_id="a", delay_s=delay_min * MINUTE)
    day = played(morning_of(problem, make_route("a", "v1")), late, policy=Policy.NONE, grace_s=30 * MINUTE)
    outcome = outcome_of(day, make_plan(problem, make_route("a", "v1")))
    assert (outcome.num_served, outcome.num_wanted, outcome.on_time_share) == (int(is_served), 1, 0.0)
    assert day.missed == ({} if is_served else {"v1": "too late"})


def test_loading_waits_for_a_late_kitchen():
    waves = (SupplyWave(wave_id="w1", ready_s=clock("10:00"), portions={"lunch": 5}),)
    problem = make_problem([make_meal("m1")], stations=(make_station(waves=waves),))
    morning = morning_of(problem, make_route("a", "load:s1", "m1"))
    late = KitchenLate(at_s=clock("09:30"), station_id="s1", wave_id="w1", delay_s=45 * MINUTE)
    for policy in Policy:
        (route,) = played(morning, late, policy=policy).plan.routes
        assert route.stops[1].start_s == clock("10:45")


def test_without_portions_nothing_is_handed_over():
    waves = (SupplyWave(wave_id="w1", ready_s=clock("10:00"), portions={"lunch": 1}),)
    problem = make_problem([make_meal("m1")], stations=(make_station(waves=waves),))
    morning = morning_of(problem, make_route("a", "load:s1", "m1"))
    late = KitchenLate(at_s=clock("09:30"), station_id="s1", wave_id="w1", delay_s=4 * HOUR)
    assert played(morning, late, policy=Policy.NONE).missed == {"m1": "no portions"}


def test_a_visit_of_two_begins_when_both_are_there():
    problem = make_problem([make_visit("v1", 10, num_workers=2)], [make_worker("a"), make_worker("b")])
    morning = morning_of(problem, make_route("a", "v1"), make_route("b", "v1"))
    late = WorkerLate(at_s=clock("07:50"), worker_id="b", delay_s=20 * MINUTE)
    stops = [s for route in played(morning, late, policy=Policy.NONE).plan.routes for s in route.visit_stops]
    assert [stop.start_s for stop in stops] == [clock("08:30")] * 2


def test_a_gap_to_the_visit_before_is_waited_for():
    visits = [make_visit("v1", 10), make_visit("v2", 10)]
    link = Link(kind=LinkKind.GAP, first_visit_id="v1", second_visit_id="v2", min_gap_s=HOUR)
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], links=(link,))
    morning = morning_of(problem, make_route("a", "v1"), make_route("b", "v2"))
    late = WorkerLate(at_s=clock("07:30"), worker_id="a", delay_s=40 * MINUTE)
    starts = starts_of(played(morning, late, policy=Policy.NONE).plan)
    assert starts["v2"] == starts["v1"] + HOUR


def test_only_ends_give_way_on_the_day():
    (visit,) = bent(make_problem([make_visit(windows=(window("09:00", "10:00"),))]), 30 * MINUTE).visits
    assert visit.windows == (window("09:00", "10:30", soft_end_s=clock("10:00")),)


def test_a_window_does_not_grow_into_the_next_one():
    windows = (window("09:00", "10:00"), window("10:15", "11:00"))
    (visit,) = bent(make_problem([make_visit(windows=windows)]), 30 * MINUTE).visits
    assert visit.windows[0].end_s == clock("10:15") - 1


def test_hindsight_on_a_day_as_planned_costs_no_more_than_the_plan():
    morning = two_worker_day()
    params = RedispatchParams(figures=False, improve_s=0.2)
    quiet = outcome_of(played(morning), morning.plan)
    assert hindsight_cents(morning, DayEvents(), Dispatching(params=params)) <= quiet.cost_cents


def test_hindsight_knows_in_the_morning_who_calls_off_later():
    morning = two_worker_day()
    params = RedispatchParams(figures=False, improve_s=0.2)
    events = DayEvents(events=(VisitCancelled(at_s=clock("08:25"), visit_id="v3"),))
    late = outcome_of(played(morning, *events.events, policy=Policy.NONE), morning.plan)
    assert hindsight_cents(morning, events, Dispatching(params=params)) <= late.cost_cents


def test_the_picture_has_a_row_for_every_worker_and_says_what_was_not_served():
    morning = two_worker_day()
    days = {
        policy: played(morning, WorkerIll(at_s=clock("07:00"), worker_id="a"), policy=policy)
        for policy in (Policy.NONE, Policy.STABLE)
    }
    svg = ET.fromstring(day_svg(morning.plan, days, shown=Policy.NONE))
    texts = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")}
    titles = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}title")}
    assert {"a", "b", "none 33 %", "stable 100 %"} <= texts
    assert {"not served: v1 (nobody came)", "07:00 worker ill: a"} <= titles


def run(*arguments):
    app = typer.Typer()
    add_commands(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "80"})


def test_the_command_writes_figures_and_a_picture(tmp_path):
    folder = tmp_path / "out"
    result = run("tiny", "-o", folder, "--time-limit", "0s", "--days", 2, "--tier", "insertion", "--improve", "0s")
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == FILE_NAMES.keys()
    with (folder / "days.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(row["seed"], row["policy"]) for row in rows] == [(s, p) for s in "01" for p in ("stable", "free", "none")]
    summary = json.loads((folder / "simulation.json").read_text(encoding="utf-8"))
    assert len(summary["days"]) == 6
    assert "<script" not in (folder / "day.html").read_text(encoding="utf-8")


def test_an_unknown_scenario_is_refused(tmp_path):
    result = run("tinny", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "Did you mean 'tiny'?" in result.output
