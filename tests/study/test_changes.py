from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from optimizer.problem import ElderGroup, LinkKind, Location
from optimizer.rules import CostTerm, Rule
from optimizer.study.changes import CHANGES, Draw, changed
from optimizer.study.changes.announcement import Announcement, what_is_left, with_promises
from optimizer.study.changes.demand import ChangeElders, ChangeVisits, ScaleDemand
from optimizer.study.changes.prices import (
    RULES_OFF,
    WEIGHT_BY_TERM,
    ChangeWeights,
    SwitchOffRules,
    SwitchTerm,
    TermState,
)
from optimizer.study.changes.stations import AddStation, ChangeStations, MoveStation, RebaseWorkers, RemoveStation
from optimizer.study.changes.workers import ChangeShifts, ChangeSpeeds, ChangeWorkers, ScaleWorkers
from optimizer.validate import ERROR_CODES, validate_problem
from tests.builders import HOUR, MINUTE, at, clock, make_draft, make_route, make_visit
from tests.study.worlds import NUM_ELDERS, make_town

TOWN = make_town()

SOUND = [
    AddStation(station_id="s3", like="s1", place=at(12), moves_workers=1),
    RemoveStation(station_id="s2"),
    MoveStation(station_id="s2", place=at(30)),
    ChangeStations(kinds=(), station_ids=("s1",), seats=10, portions_percent=150, ready_later_s=600),
    RebaseWorkers(from_station_id="s1", to_station_id="s2", percent=50),
    ScaleDemand(percent=150),
    ScaleDemand(percent=50, communities=("West",)),
    ChangeVisits(services=("meal",), earlier_s=600, later_s=-600),
    ChangeElders(max_distinct_workers=2),
    ScaleWorkers(skills=("meal",), add=2),
    ScaleWorkers(skills=("meal",), percent=34),
    ChangeWorkers(modes=("e-bike",), mode="van", capacities_percent=200, pay_percent=110),
    ChangeShifts(ends_later_s=1800),
    ChangeSpeeds(percent=70),
    ChangeWeights(cents={"waiting_cents_per_hour": 100}),
    SwitchTerm(term=CostTerm.LATENESS, state=TermState.HARD),
    SwitchOffRules(rules=tuple(RULES_OFF)),
]
NAMES = [f"{number}-{change.word}" for number, change in enumerate(SOUND)]


def ids(things, name):
    return {getattr(thing, name) for thing in things}


@pytest.mark.parametrize("change", SOUND, ids=NAMES)
def test_changed_facts_are_sound(change):
    assert list(change.faults(TOWN)) == []
    after = changed(TOWN, [change], 1)
    assert [issue for issue in validate_problem(after) if issue.code in ERROR_CODES] == []
    assert after != TOWN


@pytest.mark.parametrize("change", SOUND, ids=NAMES)
def test_same_seed_changes_the_same(change):
    assert changed(TOWN, [change], 7) == changed(TOWN, [change], 7)


def test_every_change_of_the_vocabulary_is_tested():
    assert {change.word for change in SOUND} | {"announce-plan"} == set(CHANGES)


# Demand


def test_larger_demand_contains_the_smaller():
    demands = [changed(TOWN, [ScaleDemand(percent=percent)], 3) for percent in (60, 80, 100, 110, 120, 250)]
    elder_ids = [ids(problem.elders, "elder_id") for problem in demands]
    assert [len(names) for names in elder_ids] == [12, 16, 20, 22, 24, 50]
    assert all(small < large for small, large in pairwise(elder_ids))


def test_whom_demand_takes_depends_on_the_seed_alone():
    after_closing = changed(TOWN, [RemoveStation(station_id="s2"), ScaleDemand(percent=70)], 3)
    assert ids(after_closing.elders, "elder_id") == ids(changed(TOWN, [ScaleDemand(percent=70)], 3).elders, "elder_id")
    assert ids(changed(TOWN, [ScaleDemand(percent=70)], 4).elders, "elder_id") != ids(after_closing.elders, "elder_id")


def test_newcomer_lives_with_neighbours_and_knows_nobody():
    after = changed(TOWN, [ScaleDemand(percent=200, communities=("West",))], 1)
    newcomers = after.elders[NUM_ELDERS:]
    homes = {elder.place for elder in TOWN.elders if elder.community == "West"}
    assert len(newcomers) == NUM_ELDERS // 2
    for newcomer in newcomers:
        assert newcomer.place in homes
        assert (newcomer.worker_history, newcomer.preferred_worker_ids) == ({}, ())


def test_copied_visits_keep_the_links_between_them():
    after = changed(TOWN, [ScaleDemand(percent=200)], 1)
    (own, copied) = after.links
    assert (own.first_visit_id, own.second_visit_id) == ("me00", "check")
    assert (copied.first_visit_id, copied.second_visit_id) == ("me00+1", "check+1")


def test_links_leave_with_their_visits():
    after = changed(TOWN, [ScaleDemand(percent=1, services=("check",))], 1)
    assert (after.links, "check" in after.visit_by_id) == ((), False)
    assert "e00" in after.elder_by_id, "the elder still eats"


def test_demand_of_a_group_leaves_others_alone():
    after = changed(TOWN, [ScaleDemand(percent=150, groups=(ElderGroup.DISABLED,))], 1)
    assert len(after.elders) == NUM_ELDERS + 5
    assert all(ElderGroup.DISABLED in elder.groups for elder in after.elders[NUM_ELDERS:])


def test_kitchen_cooks_for_changed_demand():
    portions = [
        sum(s.waves[0].portions["lunch"] for s in changed(TOWN, [change], 1).stations)
        for change in (ScaleDemand(percent=150), ScaleDemand(percent=150, follows=False))
    ]
    assert portions == [60, 40]


def test_nobody_meant_is_a_fault():
    change = ScaleDemand(percent=120, communities=("West",), station_ids=("s2",))
    assert [fault.path for fault in change.faults(TOWN)] == ["percent"]


def test_windows_move_with_their_soft_limits():
    after = changed(TOWN, [ChangeVisits(services=("check",), earlier_s=HOUR, later_s=-HOUR)], 1)
    (window,) = after.visit_by_id["check"].windows
    assert (window.start_s, window.end_s) == (clock("07:00"), clock("17:00"))


def test_narrowed_window_keeps_a_moment():
    after = changed(TOWN, [ChangeVisits(earlier_s=-20 * HOUR, later_s=-20 * HOUR)], 1)
    (window,) = after.visit_by_id["check"].windows
    assert window.start_s == window.end_s == clock("13:00")


def test_time_on_board_concerns_portions_only():
    after = changed(TOWN, [ChangeVisits(max_on_board_s=30 * MINUTE)], 1)
    assert after.visit_by_id["me01"].max_on_board_s == 30 * MINUTE
    assert after.visit_by_id["check"].max_on_board_s is None


# Stations


def test_new_station_takes_the_nearest_elders_and_their_portions():
    after = changed(TOWN, [AddStation(station_id="s3", like="s1", place=at(10))], 1)
    territory = {elder.elder_id for elder in after.elders if elder.station_id == "s3"}
    assert territory == {f"e{number:02d}" for number in range(5, 14)}
    portions = {station.station_id: station.waves[0].portions["lunch"] for station in after.stations}
    assert portions == {"s1": 10, "s2": 12, "s3": 18}


def test_workers_move_to_the_new_station():
    after = changed(TOWN, [AddStation(station_id="s3", like="s1", place=at(10), moves_workers=2)], 1)
    moved = [worker for worker in after.workers if worker.station_id == "s3"]
    assert len(moved) == 2
    assert all(shift.start_place == shift.end_place == at(10) for worker in moved for shift in worker.shifts)


def test_supply_runs_come_to_the_new_station_and_leave_the_closed_one():
    run = make_visit("run", 20, demand={"lunch": 10}, delivers_to_station_id="s2")
    town = replace(TOWN, visits=(*TOWN.visits, run))
    opened = changed(town, [AddStation(station_id="s3", like="s2", place=at(16))], 1)
    portions = {visit.delivers_to_station_id: visit.demand["lunch"] for visit in opened.visits if not visit.elder_id}
    assert portions == {"s2": 3, "s3": 9}, "as many as eat there now"
    assert opened.visit_by_id["run+1"].place == at(16)
    assert "run" not in changed(town, [RemoveStation(station_id="s2")], 1).visit_by_id


def test_closed_station_leaves_elders_workers_and_portions_to_the_nearest():
    after = changed(TOWN, [RemoveStation(station_id="s1")], 1)
    assert {elder.station_id for elder in after.elders} == {"s2"}
    assert {worker.station_id for worker in after.workers} == {"s2"}
    assert after.stations[0].waves[0].portions == {"lunch": 40}


def test_last_station_cannot_be_closed():
    once = changed(TOWN, [RemoveStation(station_id="s1")], 1)
    assert [fault.path for fault in RemoveStation(station_id="s2").faults(once)] == ["station_id"]


def test_taken_id_is_a_fault():
    (fault,) = AddStation(station_id="s2", like="s1", place=Location(lon=1, lat=1)).faults(TOWN)
    assert "already" in fault.message


def test_kitchen_can_be_late():
    after = changed(TOWN, [ChangeStations(ready_later_s=30 * MINUTE)], 1)
    assert {station.waves[0].ready_s for station in after.stations} == {clock("09:30")}


# Workers


def test_larger_staff_contains_the_smaller():
    staffs = [
        ids(changed(TOWN, [ScaleWorkers(skills=("meal",), add=add)], 2).workers, "worker_id")
        for add in (-2, -1, 0, 1, 4)
    ]
    assert [len(names) for names in staffs] == [2, 3, 4, 5, 8]
    assert all(small < large for small, large in pairwise(staffs))


def test_nobody_prefers_a_worker_who_has_left():
    after = changed(TOWN, [ScaleWorkers(worker_ids=("a",), percent=0)], 1)
    assert after.elder_by_id["e00"].preferred_worker_ids == ()


@pytest.mark.parametrize("facts", [{}, {"percent": 90, "add": 1}])
def test_staff_changes_in_one_way(facts):
    assert [fault.path for fault in ScaleWorkers(**facts).faults(TOWN)] == ["percent"]


def test_more_cannot_leave_than_are_there():
    (fault,) = ScaleWorkers(skills=("meal",), add=-4).faults(TOWN)
    assert "only 3" in fault.message


def test_vehicle_room_and_pay_scale():
    after = changed(TOWN, [ChangeWorkers(worker_ids=("a",), capacities_percent=150, pay_percent=110, mode="van")], 1)
    worker = after.worker_by_id["a"]
    assert (worker.vehicle.capacities, worker.vehicle.mode, worker.pay.cents_per_hour) == (
        {"portions": 12},
        "van",
        3300,
    )
    assert after.worker_by_id["b"] == TOWN.worker_by_id["b"]


def test_snow_slows_the_modes_named():
    speeds = {mode.mode: mode.speed_kmh for mode in changed(TOWN, [ChangeSpeeds(modes=("van",), percent=50)], 1).modes}
    assert (speeds["van"], speeds["walk"]) == (11.0, 4.7)


# Prices, terms, rules


def test_prices_are_set_or_scaled():
    change = ChangeWeights(cents={"waiting_cents_per_hour": 300}, percent={"lateness_cents_per_hour": 50})
    weights = changed(TOWN, [change], 1).weights
    assert (weights.waiting_cents_per_hour, weights.lateness_cents_per_hour) == (300, 3000)


@pytest.mark.parametrize("term", WEIGHT_BY_TERM)
def test_every_priced_term_can_be_switched(term):
    off = changed(TOWN, [SwitchTerm(term=term, state=TermState.OFF)], 1)
    hard = changed(off, [SwitchTerm(term=term, state=TermState.HARD)], 1)
    priced = changed(hard, [SwitchTerm(term=term, state=TermState.PRICED)], 1)
    prices = [getattr(problem.weights, WEIGHT_BY_TERM[term]) for problem in (off, hard, priced)]
    assert prices[:2] == [0, 0]
    assert prices[2] > 0
    assert [problem.hard_terms for problem in (off, hard, priced)] == [(), (term,), ()]


def test_term_of_the_workers_pay_cannot_be_switched_off():
    (fault,) = SwitchTerm(term=CostTerm.OVERTIME, state=TermState.OFF).faults(TOWN)
    assert "worker.pay" in fault.message
    assert list(SwitchTerm(term=CostTerm.OVERTIME, state=TermState.HARD).faults(TOWN)) == []


def test_rule_without_which_there_is_no_plan_cannot_be_switched_off():
    (fault,) = SwitchOffRules(rules=(Rule.GAP, Rule.VISIT_ONCE)).faults(TOWN)
    assert "visit-once" in fault.message


def test_rule_switched_off_has_no_facts_left():
    after = changed(TOWN, [SwitchOffRules(rules=(Rule.GAP, Rule.CAPACITY, Rule.TIME_ON_BOARD))], 1)
    assert [link for link in after.links if link.kind is LinkKind.GAP] == []
    assert after.worker_by_id["a"].vehicle.capacities == {"portions": 20}
    assert all(visit.max_on_board_s is None for visit in after.visits)


# Names


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (ScaleDemand(percent=120, communities=("Wst",)), "Did you mean 'West'?"),
        (ChangeWorkers(modes=("ebike",)), "Did you mean 'e-bike'?"),
        (ChangeWeights(cents={"waiting_cents_per_hr": 1}), "Did you mean 'waiting_cents_per_hour'?"),
        (RemoveStation(station_id="nowhere"), "There are s1, s2."),
    ],
)
def test_unknown_name_is_told_with_what_may_be_meant(change, hint):
    assert next(change.faults(TOWN)).hint == hint


def test_numbers_belong_to_names():
    draw = Draw(5)
    assert draw.share("demand", "e1") == Draw(5).share("demand", "e1")
    assert draw.share("demand", "e1") != draw.share("workers", "e1")
    shares = [draw.share("demand", f"e{number}") for number in range(1000)]
    assert 0.47 < sum(shares) / 1000 < 0.53


# Announcements


def test_announcement_loses_what_is_not_there_any_more():
    draft = make_draft(make_route("a", "load:s1", "me00", "gone", "load:s9", "break:tea"), make_route("z", "me01"))
    left = what_is_left(draft, TOWN)
    assert [(route.worker_id, len(route.steps)) for route in left.routes] == [("a", 2)]


def test_only_workers_who_are_there_are_promised():
    from optimizer.problem import Promise

    announced = Announcement(
        promises={"me00": Promise(worker_ids=("a", "z"), start_s=clock("11:00"))}, draft=make_draft()
    )
    promise = with_promises(TOWN, announced, 300).visit_by_id["me00"].promise
    assert (promise.worker_ids, promise.tolerance_s) == (("a",), 300)
