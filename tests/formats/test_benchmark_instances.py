"""Every dialect of benchmark file becomes an ordinary problem, to the last unit; what is wrong with one is told."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.errors import SourceError
from optimizer.formats.benchmark import read_instance, solution_draft
from optimizer.formats.benchmark.distances import distance_matrix
from optimizer.formats.benchmark.stated import FAMILY_BY_TYPE
from optimizer.judge import judged_plan
from optimizer.plan import Draft, RouteDraft, load_step, visit_step
from optimizer.problem import missing_skills
from optimizer.rules import Rule
from optimizer.validate import validate_problem
from tests.formats.benchmark_texts import MDVRPTW, MTVRPTWR, SDVRPTW, SOLOMON, instance_of, write_instance

TEXTS = {"vrptw": SOLOMON, "mdvrptw": MDVRPTW, "sdvrptw": SDVRPTW, "mtvrptwr": MTVRPTWR}


def faults_of(text, folder):
    """``line: message`` of every fault of a file, the line being empty where the fault has none."""
    with pytest.raises(SourceError) as caught:
        read_instance(write_instance(text, folder))
    return [f"{issue.path.partition(':')[2]}: {issue.message}" for issue in caught.value.issues]


def broken(text, *replacements):
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def rules_broken_by(instance, routes):
    draft = routes if isinstance(routes, Draft) else solution_draft(instance, routes)
    plan = judged_plan(instance.problem, instance.travel, draft)
    return [violation.rule for violation in check_plan(instance.problem, instance.travel, plan)]


# Mapping


@pytest.mark.parametrize("family", TEXTS)
def test_every_dialect_is_a_sound_problem(family, tmp_path):
    instance = instance_of(TEXTS[family], tmp_path)
    assert instance.family == family
    assert validate_problem(instance.problem, instance.travel) == ()


def test_solomon_is_read_in_tenths(tmp_path):
    instance = instance_of(SOLOMON, tmp_path)
    visit, worker = instance.problem.visits[0], instance.problem.workers[1]
    assert (instance.name, instance.scale, instance.cost_divisor) == ("T1", 10, 10.0)
    assert (visit.visit_id, visit.windows[0].start_s, visit.windows[0].end_s) == ("1", 100, 200)
    assert (visit.service_duration_s, visit.demand, visit.ready_s) == (50, {"goods": 6}, None)
    assert (worker.worker_id, worker.vehicle.capacities) == ("vehicle-2", {"load": 10})
    assert (worker.shifts[0].start_s, worker.shifts[0].end_s, worker.shifts[0].max_trips) == (0, 1000, 1)


def test_windows_of_several_days_lie_in_the_horizon(tmp_path):
    instance = instance_of(broken(MDVRPTW, ("3\t10\t20", "3\t90\t95")), tmp_path)
    assert instance.problem.horizon.num_days == 2
    assert validate_problem(instance.problem) == ()


def test_vehicles_live_at_their_depots_for_their_duration(tmp_path):
    instance = instance_of(MDVRPTW, tmp_path)
    first, second = instance.problem.workers
    assert (first.station_id, second.station_id) == ("depot-0", "depot-1")
    assert second.shifts[0].start_place == second.shifts[0].end_place == instance.problem.stations[1].place
    assert second.shifts[0].max_work_s == 50_500
    assert [visit.service_duration_s for visit in instance.problem.visits] == [1500, 2000]


def test_only_listed_vehicles_have_the_skill_of_a_customer(tmp_path):
    instance = instance_of(SDVRPTW, tmp_path)
    able = {
        visit.visit_id: [w.worker_id for w in instance.problem.workers if not missing_skills(w, visit.skills)]
        for visit in instance.problem.visits
    }
    assert able == {
        "1": ["vehicle-1", "vehicle-2", "vehicle-3"],
        "2": ["vehicle-1"],
        "3": ["vehicle-2", "vehicle-3"],
    }
    assert [worker.vehicle.capacities["load"] for worker in instance.problem.workers] == [5, 10, 15]


def test_release_times_and_reloading_are_read(tmp_path):
    instance = instance_of(MTVRPTWR, tmp_path)
    assert [visit.ready_s for visit in instance.problem.visits] == [None, 300]
    assert [visit.service_duration_s for visit in instance.problem.visits] == [20, 20]
    assert instance.problem.workers[0].shifts[0].max_trips is None


def test_vrptw_in_vrplib_is_that_of_solomon(tmp_path):
    text = broken(MTVRPTWR, ("MTVRPTWR", "VRPTW"))
    instance = instance_of(text, tmp_path)
    assert (instance.family, instance.cost_divisor) == ("vrptw", 10.0)


# What a plan may do


def test_single_trips_may_not_reload(tmp_path):
    instance = instance_of(SOLOMON, tmp_path)
    assert rules_broken_by(instance, [[1, 2], [3]]) == []
    assert rules_broken_by(instance, [[1, 0, 2], [3]]) == [Rule.TRIPS]


def test_reloading_makes_room(tmp_path):
    instance = instance_of(MTVRPTWR, tmp_path)
    assert rules_broken_by(instance, [[1, 0, 2]]) == []
    assert rules_broken_by(instance, [[1, 2]]) == [Rule.CAPACITY]


@pytest.mark.parametrize(("end", "expected"), [("84.9", [Rule.TIME_WINDOW]), ("85", [])])
def test_a_trip_leaves_once_its_goods_are_released(end, expected, tmp_path):
    text = broken(MTVRPTWR, ("3\t30", "3\t80"), ("3\t0\t90", f"3\t0\t{end}"))
    assert rules_broken_by(instance_of(text, tmp_path), [[1, 0, 2]]) == expected


@pytest.mark.parametrize(("limit", "expected"), [("6.499", [Rule.WORKING_TIME]), ("6.5", [])])
def test_duration_counts_from_a_late_departure(limit, expected, tmp_path):
    instance = instance_of(broken(MDVRPTW, ("50.5", limit), ("4\t2\n", "4\t1.5\n")), tmp_path)
    assert rules_broken_by(instance, [[2], [3]]).count(Rule.WORKING_TIME) == 2 * len(expected)


def test_nobody_loads_at_another_depot(tmp_path):
    instance = instance_of(MDVRPTW, tmp_path)
    steps = (load_step("depot-1"), visit_step("2"))
    draft = Draft(routes=(RouteDraft(worker_id="vehicle-1", shift_id="day", steps=steps),))
    assert Rule.TRAVEL in rules_broken_by(instance, draft)


def test_customer_without_demand_takes_part_in_the_one_trip(tmp_path):
    instance = instance_of(broken(SOLOMON, ("1          4 ", "1          0 ")), tmp_path)
    assert instance.problem.visits[1].demand == {"call": 1}
    assert rules_broken_by(instance, [[1], [2, 3]]) == []
    assert Rule.LOADED in rules_broken_by(
        instance,
        Draft(routes=(RouteDraft(worker_id="vehicle-1", shift_id="day", steps=(visit_step("2"),)),)),
    )


def test_nothing_but_distance_costs_and_leaving_out_never_pays(tmp_path):
    instance = instance_of(SOLOMON, tmp_path)
    plan = judged_plan(instance.problem, instance.travel, solution_draft(instance, [[1, 2], [3]]))
    assert plan.cost.total_cents == 50 + 36 + 14 + 2 * 70
    assert plan.cost.cents_by_term.keys() == {"distance"}
    assert instance.problem.weights.mandatory_cents > plan.cost.total_cents


# Distances


def test_duration_and_distance_share_one_array(tmp_path):
    travel = instance_of(SOLOMON, tmp_path).travel
    assert travel.duration_s["van"] is travel.distance_m["van"]


def test_tenths_are_truncated(tmp_path):
    units = instance_of(SOLOMON, tmp_path).travel.distance_m["van"]
    assert units[0].tolist() == [0, 50, 14, 70]  # 5, 1.4142, 7.0711
    assert units[1, 3] == 50  # 5 exactly


def test_thousandths_are_rounded(tmp_path):
    units = instance_of(MDVRPTW, tmp_path).travel.distance_m["van"]
    assert units[0].tolist() == [0, -1, 2500, 10308]  # 10307.764
    assert units[1, 2] == 10307  # 10306.806...


@given(st.lists(st.tuples(st.integers(-(10**5), 10**5), st.integers(-(10**5), 10**5)), min_size=2, max_size=5))
def test_truncation_is_exact(points):
    x, y = zip(*((Decimal(a), Decimal(b)) for a, b in points), strict=True)
    units = distance_matrix(x, y, FAMILY_BY_TYPE["VRPTW"])
    for i, (a, b) in enumerate(points):
        expected = [math.isqrt(100 * ((a - c) ** 2 + (b - d) ** 2)) for c, d in points]
        assert units[i].tolist() == expected


@pytest.mark.parametrize(
    ("length", "expected"), [("0.0004", 0), ("0.0005", 1), ("0.001", 1), ("0.0014", 1), ("0.0015", 2), ("2.5005", 2501)]
)
def test_halves_are_rounded_up(length, expected):
    zero = Decimal(0)
    units = distance_matrix([zero, Decimal(length)], [zero, zero], FAMILY_BY_TYPE["MDVRPTW"])
    assert units[0, 1] == expected


def test_places_that_share_coordinates_are_told_apart(tmp_path):
    instance = instance_of(broken(SOLOMON, ("1          1  ", "3          4  ")), tmp_path)
    assert len(set(instance.travel.places)) == 4
    assert np.count_nonzero(instance.travel.distance_m["van"][1] == 0) == 2


# Faults


def test_every_fault_of_solomon_is_told(tmp_path):
    text = broken(
        SOLOMON, ("  2         10", "  2         ten"), ("3          4 ", "x          4 "), ("20          5", "")
    )
    text = broken(text, ("90          5\n    3", "90          -5\n    4"))
    assert (
        faults_of(text, tmp_path)
        == [
            "5: the capacity is 'ten'; it must be a number from 0 to 1000000.",
            "11: the row has 5 numbers; it needs 7.",
            "12: the service time is '-5'; it must be a number from 0 to 1000000.",
            "13: the customer's number is 4; after 3 rows it must be 3.",
            ": below CUSTOMER stand 2 sound rows; the depot and a customer are the least.",
        ][:4]
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  2         10\n", "", "below VEHICLE stands not one row of two numbers."),
        ("  2         10\n", "  0         10\n", "the number of vehicles is '0'; it must be a number from 1 to 10000."),
        ("6         10         20", "6         20         10", "the window 20-10 ends before it starts."),
        ("          6  ", "          6.5", "the demand is '6.5'; it must be a whole number."),
        ("    1      3", "    1      nan", "x is 'nan'; it must be a number from -100000 to 100000."),
        ("    1      3", "    1      .1234567", "x is '.1234567'; at most 6 digits after the point are read."),
    ],
)
def test_bad_solomon_is_refused(old, new, fault, tmp_path):
    (told,) = faults_of(broken(SOLOMON, (old, new)), tmp_path)
    assert fault in told


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("TYPE: MDVRPTW", "TYPE: PDPTW", "3: TYPE is PDPTW; how its figures are rounded is not known."),
        ("TYPE: MDVRPTW\n", "", ": TYPE is absent; how its figures are rounded is not known."),
        ("EUC_2D", "EXPLICIT", "4: EDGE_WEIGHT_TYPE is EXPLICIT; distances are read from coordinates, EUC_2D."),
        ("DIMENSION: 4\n", "", ": DIMENSION is absent."),
        ("DIMENSION: 4", "DIMENSION: 99999", "5: DIMENSION is '99999'; it must be a number from 1 to 10000."),
        ("DIMENSION: 4", "DIMENSION: 5", ": NODE_COORD_SECTION lacks rows of 5."),
        ("DIMENSION: 4", "DIMENSION: 3", "13: the id is '4'; it must be a number from 1 to 3."),
        ("VEHICLES: 2", "VEHICLES: 3", ": VEHICLES_DEPOT_SECTION lacks rows of 3."),
        ("VEHICLES: 2", "VEHICLES: two", "6: VEHICLES is 'two'; it must be a number from 1 to 10000."),
        ("CAPACITY: 9\n", "", ": there is neither CAPACITY nor CAPACITY_SECTION."),
        ("CAPACITY: 9\n", "CAPACITY: 9\nCAPACITY: 8\n", "8: CAPACITY is there twice."),
        ("CAPACITY: 9\n", "CAPACITY: 9\nRANGE: 8\n", "8: RANGE is not read, and may change what is asked."),
        ("DEMAND_SECTION", "BACKHAUL_SECTION", "14: BACKHAUL_SECTION is not read, and may change what is asked."),
        ("3\t5\n", "3\tmany\n", "17: the demand is 'many'; it must be a number from 0 to 1000000."),
        ("3\t5\n", "3\n", "17: the row has 1 numbers; DEMAND_SECTION needs 2."),
        ("3\t5\n", "4\t5\n", "18: DEMAND_SECTION has two rows of 4."),
        ("1\t0\n2\t0\n3\t5", "1\t1\n2\t0\n3\t5", ": depot 1 has a demand of 1."),
        ("3\t10\t20", "3\t20\t10", "27: the window 20-10 ends before it starts."),
        ("VEHICLES_DEPOT_SECTION\n1\t1\n2\t2\n", "", ": VEHICLES_DEPOT_SECTION is absent."),
        ("1\t1\n2\t2\nDEPOT", "1\t1\n2\t3\nDEPOT", ": vehicle 2 starts at node 3, which is no depot."),
        ("NODE_COORD_SECTION\n", "7 7\nNODE_COORD_SECTION\n", "9: the line belongs to no section."),
        ("1\n2\nEOF", "1\n2\n3\n4\nEOF", ": there is no customer beside the depots."),
        ("1\n2\nEOF", "1\n2\nVEHICLES_RELOAD_DEPOT_SECTION\n1\t2\n2\t2\nEOF", ": vehicle 1 loads again elsewhere"),
    ],
)
def test_bad_vrplib_is_refused(old, new, fault, tmp_path):
    assert any(told.startswith(fault) for told in faults_of(broken(MDVRPTW, (old, new)), tmp_path))


def test_every_fault_of_vrplib_is_told(tmp_path):
    text = broken(
        MDVRPTW, ("3\t0.001", "3\tfar"), ("3\t5\n", "3\t-5\n"), ("4\t10\t20", "4\t20\t10"), ("2\t2\nDEP", "2\t9\nDEP")
    )
    assert [told.partition(":")[0] for told in faults_of(text, tmp_path)] == ["12", "17", "28", "31"]


def test_misspelt_section_is_recognised(tmp_path):
    with pytest.raises(SourceError, match="Did you mean 'DEMAND'"):
        instance_of(broken(MDVRPTW, ("DEMAND_SECTION", "DEMANDS_SECTION")), tmp_path)


def test_coordinates_too_fine_to_be_exact_are_refused(tmp_path):
    text = broken(MDVRPTW, ("3\t0.001", "3\t0.000001"), ("2\t10\t0", "2\t99999\t0"))
    assert faults_of(text, tmp_path) == [": coordinates of 6 decimals over a spread of 99999 are too fine to be exact."]


def test_text_of_another_kind_is_refused(tmp_path):
    assert faults_of("hello\n", tmp_path) == [
        ": the text is no benchmark instance: it has neither the headings VEHICLE and CUSTOMER nor sections."
    ]


def test_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SourceError, match="it is no UTF-8 text"):
        read_instance(tmp_path / "bad.txt")


def test_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SourceError, match="it cannot be opened: No such file"):
        read_instance(tmp_path / "bad.txt")


def test_instance_without_a_name_has_that_of_its_file(tmp_path):
    assert instance_of(broken(SOLOMON, ("T1\n", "\n")), tmp_path).name == "bad"
