"""How many workers are hired, where they belong and whom the elders know."""

from optimizer.problem import ElderGroup, WorkerKind
from scenarios import build_scenario
from scenarios.staff import may_serve, num_needed, spread

SCENARIO = build_scenario("xicheng-day")
PROBLEM = SCENARIO.problem
WITH_HISTORY = [elder for elder in PROBLEM.elders if elder.worker_history]


def test_slack_comes_on_top_of_the_work_and_a_started_worker_counts_whole():
    assert num_needed(900, 100, slack_percent=0) == 9
    assert num_needed(901, 100, slack_percent=0) == 10
    assert num_needed(900, 100, slack_percent=12) == 11


def test_workers_are_spread_by_weight_to_the_last_one():
    assert spread(7, [1.0, 1.0, 2.0]) == [2, 2, 3]
    assert spread(2, [1.0, 0.0, 1.0]) == [1, 0, 1]


def test_employees_start_and_end_at_their_station_and_volunteers_at_home():
    stations = {station.station_id: station.place for station in PROBLEM.stations}
    for worker in PROBLEM.workers:
        ends = {place for shift in worker.shifts for place in (shift.start_place, shift.end_place)}
        assert len(ends) == 1
        assert (ends == {stations[worker.station_id]}) == (worker.kind is not WorkerKind.VOLUNTEER)


def test_elders_know_only_workers_who_may_serve_one_of_their_visits():
    visits = {elder.elder_id: [v for v in PROBLEM.visits if v.elder_id == elder.elder_id] for elder in WITH_HISTORY}
    for elder in WITH_HISTORY:
        known = [PROBLEM.worker_by_id[worker_id] for worker_id in elder.worker_history]
        assert all(any(may_serve(worker, visit) for visit in visits[elder.elder_id]) for worker in known)
        assert set(elder.preferred_worker_ids) <= set(elder.worker_history)
        assert not set(elder.forbidden_worker_ids) & set(elder.worker_history)


def test_who_is_bathed_by_two_knows_two_who_can():
    by_two = [visit for visit in PROBLEM.visits if visit.num_workers == 2]
    assert by_two
    for visit in by_two:
        known = [PROBLEM.worker_by_id[worker_id] for worker_id in PROBLEM.elder_of(visit).worker_history]
        assert sum(may_serve(worker, visit) for worker in known) >= 2


def test_the_disabled_want_at_most_one_new_face():
    for elder in WITH_HISTORY:
        limit = len(elder.worker_history) + 1 if ElderGroup.DISABLED in elder.groups else None
        assert elder.max_distinct_workers == limit


def test_some_elders_prefer_and_some_refuse_somebody():
    assert any(elder.preferred_worker_ids for elder in WITH_HISTORY)
    assert any(elder.forbidden_worker_ids for elder in WITH_HISTORY)


def test_volunteers_are_not_reliable_enough_for_baths_and_escorts():
    volunteers = [worker for worker in PROBLEM.workers if worker.kind is WorkerKind.VOLUNTEER]
    assert volunteers
    assert all(worker.reliability_share <= 0.95 for worker in volunteers)
    guarded = {visit.service for visit in PROBLEM.visits if visit.min_reliability_share >= 0.95}
    assert guarded == {"bathing", "escort"}
