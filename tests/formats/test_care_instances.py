"""Home-care files become ordinary problems, to the last unit; everything wrong with one is told at once."""

import gzip

import pytest

from optimizer.errors import SourceError
from optimizer.formats.benchmark import looks_like_instance, read_instance
from optimizer.formats.json import problem_from_json, problem_to_json
from optimizer.formats.source import read_source
from optimizer.problem import LinkKind
from optimizer.validate import validate_problem
from tests.formats.care_texts import care_instance, hhcrsp_text, uhhc_text


@pytest.fixture
def hhcrsp(tmp_path):
    return care_instance(hhcrsp_text(), tmp_path)


@pytest.fixture
def uhhc(tmp_path):
    return care_instance(uhhc_text(), tmp_path)


def changed_uhhc(folder, change):
    return care_instance(uhhc_text(change), folder)


def faults_of(text, folder):
    """``path: message`` of every fault, the path inside the file."""
    with pytest.raises(SourceError) as caught:
        care_instance(text, folder)
    return [f"{issue.path.partition(':')[2]}: {issue.message}" for issue in caught.value.issues]


def links_of(instance, visit_id):
    return [
        (link.kind, link.second_visit_id, link.min_gap_s, link.max_gap_s)
        for link in instance.problem.links
        if link.first_visit_id == visit_id
    ]


def windows_of(instance, visit_id):
    windows = instance.problem.visit_by_id[visit_id].windows
    return [(window.start_s, window.soft_end_s, window.end_s) for window in windows]


# Both families


@pytest.mark.parametrize("text", [hhcrsp_text(), uhhc_text()], ids=["hhcrsp", "uhhc"])
def test_instances_are_sound_problems_that_can_be_written(text, tmp_path):
    instance = care_instance(text, tmp_path)
    assert validate_problem(instance.problem, instance.travel) == ()
    assert problem_from_json(problem_to_json(instance.problem)) == instance.problem


def test_family_is_told_by_content_packed_or_not(tmp_path):
    for name, pack in (("a.json", bytes), ("a.json.gz", gzip.compress)):
        path = tmp_path / name
        path.write_bytes(pack(uhhc_text().encode()))
        source = read_source(path)
        assert (source.instance.family, source.problem.name) == ("uhhc", "a")
        assert source.travel is source.instance.travel


def test_json_of_our_own_is_no_instance(hhcrsp, tmp_path):
    path = tmp_path / "own.json"
    path.write_bytes(problem_to_json(hhcrsp.problem))
    assert not looks_like_instance(path)
    assert read_source(path).problem == hhcrsp.problem


def test_the_second_service_of_a_patient_is_a_visit_of_its_own(hhcrsp):
    visits = {visit.visit_id: visit for visit in hhcrsp.problem.visits}
    assert list(visits) == ["p1/s1", "p2/s1", "p2/s2", "p3/s2", "p3/s1"]
    assert {visit.elder_id for visit in visits.values()} == {"p1", "p2", "p3"}
    assert visits["p2/s2"].skills == {"s2": 1}
    assert hhcrsp.problem.worker_by_id["c2"].skills == {"s1": 1, "s2": 1}


def test_two_services_are_bound_by_links(hhcrsp):
    assert links_of(hhcrsp, "p2/s1") == [
        (LinkKind.SAME_START, "p2/s2", 0, None),
        (LinkKind.DIFFERENT_WORKER, "p2/s2", 0, None),
    ]
    assert links_of(hhcrsp, "p3/s2") == [
        (LinkKind.GAP, "p3/s1", 1000, 1500),
        (LinkKind.DIFFERENT_WORKER, "p3/s1", 0, None),
    ]


def test_leaving_a_required_patient_out_costs_more_than_serving_last_of_all(uhhc, hhcrsp):
    for instance in (uhhc, hhcrsp):
        weights = instance.problem.weights
        per_second = weights.lateness_cents_per_hour + weights.highest_lateness_cents_per_hour
        far_s = instance.problem.visits[0].windows[-1].end_s
        assert weights.mandatory_cents > per_second // 3600 * far_s


# Mankowska and Kummer


def test_as_many_decimals_are_kept_as_the_file_has(hhcrsp, tmp_path):
    assert (hhcrsp.scale, hhcrsp.cost_divisor) == (100, 300)
    assert hhcrsp.travel.duration_s["van"][2].tolist() == [600, 800, 0, 425]
    whole = care_instance(hhcrsp_text(_without_fractions), tmp_path)
    assert (whole.scale, whole.cost_divisor) == (1, 3)


def _without_fractions(facts):
    facts["distances"][2][3] = facts["distances"][3][2] = 4
    facts["patients"][2]["time_window"] = [20, 50.0]


def test_window_start_is_hard_and_its_end_soft_without_limit(hhcrsp):
    ((start_s, soft_end_s, end_s),) = windows_of(hhcrsp, "p2/s2")
    assert (start_s, soft_end_s) == (1000, 4000)
    assert end_s >= 100 * (20 + 10 + 5 + 7 + 5 + 7 + 5 * 9)


def test_carers_leave_the_office_from_0_on(hhcrsp):
    (shift,) = hhcrsp.problem.worker_by_id["c1"].shifts
    assert (shift.start_s, shift.soft_end_s, shift.start_place.place_id) == (0, None, "d")
    assert shift.start_place == shift.end_place


def test_default_duration_is_taken_where_a_patient_states_none(hhcrsp):
    durations = [visit.service_duration_s for visit in hhcrsp.problem.visits]
    assert durations == [1000, 500, 700, 500, 700]


def test_travel_and_tardiness_weigh_the_same(hhcrsp):
    weights = hhcrsp.problem.weights
    priced = {name: value for name in weights.__slots__ if (value := getattr(weights, name))}
    assert priced.pop("mandatory_cents") > 0
    assert priced == {
        "travel_cents_per_hour": 3600,
        "lateness_cents_per_hour": 3600,
        "highest_lateness_cents_per_hour": 3600,
    }


def _set(*path_and_value):
    """A change of one value, the path being keys and positions."""
    *path, last, value = path_and_value

    def change(facts):
        for key in path:
            facts = facts[key]
        facts[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_set("patient", []), "patient: 'patient' is not read, and may change what is asked."),
        (_set("caregivers", []), "caregivers: the list has 0 items; it needs 1 or more."),
        (
            _set("central_offices", [{"id": "d"}, {"id": "e"}]),
            "central_offices: there are 2 central offices; one is read.",
        ),
        (_set("central_offices", 0, {"id": "p1"}), "central_offices: 'p1' is a patient too."),
        (_set("patients", 1, "id", "p1"), "patients[1]: patient 'p1' is there twice."),
        (_set("patients", 0, "required_caregivers", 0, "service", "s9"), "the instance has no service 's9'."),
        (_set("patients", 0, "required_caregivers", 0, "duration", -1), "-1 is not a number from 0 to 1000000."),
        (_set("patients", 0, "required_caregivers", 0, "duration", 0.1234), "0.1234 has more than 3 digits after"),
        (_set("patients", 0, "time_window", [60, 0]), "patients[0].time_window: start 60 lies above end 0."),
        (_set("patients", 0, "time_window", [60]), "patients[0].time_window: [60] is not a pair."),
        (_set("patients", 1, "synchronization", None), "patients[1]: it is not said how the 2 services are bound."),
        (_set("patients", 1, "synchronization", "type", "parallel"), "'parallel' is none of the words allowed here."),
        (_set("patients", 1, "synchronization", "type", "independent"), "services are not independent in this family."),
        (_set("patients", 2, "synchronization", "distance", [15, 10]), "min 15 lies above max 10."),
        (_set("patients", 2, "synchronization", {"type": "sequential"}), "the key 'distance' is missing."),
        (_set("caregivers", 0, "abilities", ["s3"]), "caregivers[0].abilities[0]: the instance has no service 's3'."),
        (_set("distances", 1, [5, 0, 8]), "distances[1]: the row has 3 numbers; there are 4 places."),
        (_set("distances", 1, 1, 2), "distances[1][1]: a place lies at no distance from itself."),
        (_set("services", 0, {"id": "s1"}), "service 's1' has a duration neither here nor in general."),
    ],
)
def test_bad_hhcrsp_is_refused(change, fault, tmp_path):
    assert any(fault in told for told in faults_of(hhcrsp_text(change), tmp_path))


def test_every_fault_of_a_file_is_told(tmp_path):
    def change(facts):
        facts["patients"][0]["time_window"] = [9, 1]
        facts["patients"][1]["required_caregivers"][0]["service"] = "s7"
        facts["caregivers"][1]["abilities"] = "s1"
        facts["distances"].pop()

    assert [told.partition(":")[0] for told in faults_of(hhcrsp_text(change), tmp_path)] == [
        "patients[0].time_window",
        "patients[1].required_caregivers[0].service",
        "caregivers[1].abilities",
        "distances",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"patients": 1, "caregivers": 2, "distances": 3,}', "1: this is not JSON: "),
        ('{"patients": NaN, "caregivers": 2, "distances": 3}', ": NaN is no finite number."),
        ('{"patients": 1, "patients": 1, "caregivers": 2, "distances": 3}', "patients: the key 'patients' is there"),
        ('{"visits": []}', ": the text is no benchmark instance: it has not the keys patients, caregivers, distances."),
    ],
)
def test_json_that_is_none_is_refused(text, fault, tmp_path):
    assert any(told.startswith(fault) for told in faults_of(text, tmp_path))


def test_file_that_is_not_packed_is_told(tmp_path):
    path = tmp_path / "a.json.gz"
    path.write_text(uhhc_text())
    assert looks_like_instance(path)
    with pytest.raises(SourceError, match="it is not packed by gzip"):
        read_instance(path)


# Ceschia et al.


def test_a_minute_is_a_second_and_a_unit_of_cost_a_cent(uhhc):
    weights = uhhc.problem.weights
    assert (uhhc.scale, uhhc.cost_divisor) == (1, 1)
    assert weights.travel_cents_per_hour == 3600
    assert weights.lateness_cents_per_hour == 3 * 3600
    assert weights.highest_lateness_cents_per_hour == 2 * 3600
    assert weights.waiting_cents_per_hour == 5 * 3600
    assert weights.highest_idle_cents_per_hour == 11 * 3600
    assert weights.not_preferred_cents == 13
    assert uhhc.problem.workers[0].pay.overtime_cents_per_hour == 7 * 3600
    assert uhhc.problem.hard_terms == ()


def test_fractions_of_prices_and_times_become_whole(tmp_path):
    def change(facts):
        facts["metadata"]["cost_components"]["travel_time"] = 0.25
        facts["patients"][0]["required_services"][0]["duration"] = 20.5

    instance = changed_uhhc(tmp_path, change)
    assert (instance.scale, instance.cost_divisor) == (10, 1000)
    assert instance.problem.weights.travel_cents_per_hour == 25 * 3600
    assert instance.problem.weights.not_preferred_cents == 13 * 1000


def test_window_that_applies_is_the_last_one_that_has_started(uhhc):
    """Ends are about the end of service: 20 minutes before them is the latest start in time."""
    (first, second) = windows_of(uhhc, "p0/s0")
    assert first == (100, 140, 149)
    assert second[:2] == (150, 180)


def test_windows_about_the_start_are_taken_as_they_are(tmp_path):
    instance = changed_uhhc(tmp_path, _set("metadata", "time_window_met", "at_service_start"))
    (first, second) = windows_of(instance, "p0/s0")
    assert first == (100, None, 149)  # ends at 160, when the second has long applied
    assert second[:2] == (150, 200)
    assert instance.problem.workers[0].shifts[0].breaks[0].end_s == 180


def test_window_of_the_same_start_as_the_next_never_applies(tmp_path):
    windows = [{"start": 100, "end": 160}, {"start": 100, "end": 200}]
    instance = changed_uhhc(tmp_path, _set("patients", 0, "time_windows", windows))
    ((start_s, soft_end_s, _),) = windows_of(instance, "p0/s0")
    assert (start_s, soft_end_s) == (100, 180)


def test_shift_start_is_hard_and_its_end_soft(uhhc):
    (shift,) = uhhc.problem.worker_by_id["c2"].shifts
    assert (shift.start_s, shift.soft_end_s) == (0, 240)
    assert shift.end_s > 240 + 9 * 31
    assert shift.end_place == shift.start_place


def test_lunch_may_be_missed_at_its_price(uhhc):
    (rest,) = uhhc.problem.worker_by_id["c1"].shifts[0].breaks
    assert (rest.start_s, rest.end_s, rest.duration_s) == (120, 150, 30)
    assert (rest.mandatory, rest.missed_cents, rest.place) == (False, 50, None)
    assert uhhc.problem.worker_by_id["c2"].shifts[0].breaks == ()


def test_shift_too_late_for_lunch_pays_for_it_when_used(tmp_path):
    instance = changed_uhhc(tmp_path, _set("caregivers", 0, "working_shift", {"start": 151, "end": 300}))
    worker = instance.problem.worker_by_id["c1"]
    assert (worker.shifts[0].breaks, worker.pay.fixed_cents) == ((), 50)


def test_optional_patient_is_left_out_as_a_whole_at_one_price(uhhc):
    prices = {visit.visit_id: (visit.mandatory, visit.unserved_cents) for visit in uhhc.problem.visits}
    assert prices["p1/s0"] == (False, 1000)
    assert prices["p1/s1"] == (False, 0)
    assert prices["p4/s1"] == (False, 1000)
    assert prices["p4/s0"] == (False, 0)
    assert prices["p0/s0"][0]


def test_independent_services_are_bound_in_neither_time_nor_carer(uhhc):
    ((kind, second, least_s, most_s),) = links_of(uhhc, "p1/s0")
    assert (kind, second) == (LinkKind.GAP, "p1/s1")
    assert -least_s == most_s > 240 + 9 * 31  # no bond in time, but both or neither


def test_preferred_carers_are_named_and_incompatible_ones_refused(uhhc):
    elders = uhhc.problem.elder_by_id
    assert elders["p0"].preferred_worker_ids == ("c1",)
    assert elders["p2"].forbidden_worker_ids == ("c1",)


def _rename_office(name):
    def change(facts):
        facts["terminal_points"][0]["id"] = name
        for carer in facts["caregivers"]:
            carer["departing_point"] = name
            carer.pop("arrival_point", None)

    return change


def components(**changes):
    """A change of cost components; ``None`` takes one out."""

    def change(facts):
        stated = facts["metadata"]["cost_components"]
        stated |= changes
        for name in [name for name, value in changes.items() if value is None]:
            del stated[name]

    return change


@pytest.mark.parametrize("value", [None, "HARD"])
def test_absent_components_are_hard_where_they_can_be(value, tmp_path):
    names = ("caregiver_preferences", "optional_patients", "missed_lunch_break", "qualification", "incompabilities")
    problem = changed_uhhc(tmp_path, components(**dict.fromkeys(names[:3], value))).problem
    assert problem.elder_by_id["p0"].preferred_worker_ids == ()
    assert problem.elder_by_id["p0"].forbidden_worker_ids == ("c2",)
    assert all(visit.mandatory for visit in problem.visits)
    assert links_of(changed_uhhc(tmp_path, components(optional_patients=value)), "p1/s0") == []
    assert problem.worker_by_id["c1"].shifts[0].breaks[0].mandatory


def test_absent_components_without_a_hard_reading_cost_nothing(tmp_path):
    names = ("travel_time", "total_tardiness", "highest_tardiness", "total_waiting_time", "max_idle_time")
    weights = changed_uhhc(tmp_path, components(**dict.fromkeys(names))).problem.weights
    assert weights.travel_cents_per_hour == weights.lateness_cents_per_hour == weights.waiting_cents_per_hour == 0
    assert weights.highest_lateness_cents_per_hour == weights.highest_idle_cents_per_hour == 0


@pytest.mark.parametrize("name", ["total_tardiness", "highest_tardiness"])
def test_hard_tardiness_ends_windows(name, tmp_path):
    instance = changed_uhhc(tmp_path, components(**{name: "HARD"}))
    assert windows_of(instance, "p0/s0") == [(100, None, 140), (150, None, 180)]


def test_hard_working_time_ends_shifts(tmp_path):
    problem = changed_uhhc(tmp_path, components(working_time="HARD")).problem
    assert [(worker.shifts[0].end_s, worker.shifts[0].soft_end_s) for worker in problem.workers] == [
        (300, None),
        (240, None),
    ]


def test_qualification_and_incompatibility_of_price_0_bind_nobody(tmp_path):
    problem = changed_uhhc(tmp_path, components(qualification=0, incompabilities=0)).problem
    assert all(visit.skills == {} for visit in problem.visits)
    assert problem.elder_by_id["p2"].forbidden_worker_ids == ()


def test_lunch_of_price_0_is_left_out(tmp_path):
    problem = changed_uhhc(tmp_path, components(missed_lunch_break=0)).problem
    assert problem.worker_by_id["c1"].shifts[0].breaks == ()


def test_workload_balance_is_the_imbalance_of_all_carers(tmp_path):
    weights = changed_uhhc(tmp_path, components(workload_balance=4)).problem.weights
    assert weights.imbalance_cents_per_hour == 4 * 3600


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (components(travel_time="HARD"), "metadata.cost_components.travel_time: travel_time cannot be HARD."),
        (components(qualification=3), "qualification cannot have a price."),
        (components(max_waiting_time=3), "'max_waiting_time' is not read, and may change what is asked."),
        (components(total_tardiness="hard"), "'hard' is not a number from 0 to 1000000."),
        (_set("metadata", "time_window_met", "at_arrival"), "'at_arrival' is none of the words allowed here."),
        (_set("metadata", "origin", "bazirha"), "carers of 'bazirha' leave when their shift starts"),
        (_set("caregivers", 0, "departing_point", "p0"), "the instance has no terminal point 'p0'."),
        (_set("caregivers", 0, "working_shift", None), "without a shift nobody can be idle"),
        (_set("caregivers", 0, "lunch_break", 1), "caregivers[0].lunch_break: 1 is neither true nor false."),
        (_set("lunch_breaks", None), ": the key 'lunch_breaks' is missing."),
        (_set("lunch_breaks", {"start": 9, "end": 5, "min_duration": 1}), "lunch ends at 5, before it starts at 9."),
        (_set("patients", 0, "preferred_caregivers", ["c9"]), "the instance has no caregiver 'c9'."),
        (_set("patients", 0, "preferred_caregivers", []), "nobody is preferred, so that everybody would cost."),
        (_set("patients", 0, "distance_matrix_index", 2), "row 2 of the distances is that of 'p0', 'p2'."),
        (_set("patients", 0, "distance_matrix_index", 6), "6 is not a number from 0 to 5."),
        (_rename_office("p1"), "'p1' is a terminal point and a patient."),
        (_set("patients", 0, "time_windows", 1, "start", 90), "the windows are not in order of their starts."),
        (_set("patients", 0, "time_windows", 1, "end", 165), "has a window 150-165, but a service of 20."),
        (_set("patients", 1, "synchronization", {"type": "sequential"}), "the key 'distance' is missing."),
        (_set("patients", 0, "preferred_start_time", 5), "'preferred_start_time' is not read"),
    ],
)
def test_bad_uhhc_is_refused(change, fault, tmp_path):
    assert any(fault in told for told in faults_of(uhhc_text(change), tmp_path))


def test_keys_that_are_null_are_as_if_absent(tmp_path):
    changed_uhhc(tmp_path, _set("patients", 0, "preferred_start_time", None))


def test_rounded_balance_needs_whole_times(tmp_path):
    def change(facts):
        components(workload_balance=4)(facts)
        facts["distances"][0][1] = 10.5

    assert any("workload_balance is rounded" in told for told in faults_of(uhhc_text(change), tmp_path))
