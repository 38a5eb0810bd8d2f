"""The tiny world as its readers know it."""

from optimizer.problem import LinkKind
from optimizer.units import format_clock
from scenarios import build_scenario

PROBLEM = build_scenario("tiny").problem


def test_tiny_is_what_it_says():
    assert [visit.visit_id for visit in PROBLEM.visits] == [
        "lunch-wang",
        "lunch-li",
        "lunch-zhang",
        "lunch-ma",
        "bath-li",
        "check-zhang",
        "nurse-wang",
    ]
    assert [worker.worker_id for worker in PROBLEM.workers] == ["courier", "carer", "nurse"]
    assert [elder.elder_id for elder in PROBLEM.elders] == ["wang", "li", "zhang", "ma"]


def test_everybody_gets_lunch_in_their_diet_between_half_past_ten_and_noon():
    lunches = [visit for visit in PROBLEM.visits if visit.service == "meal"]
    assert [dict(visit.demand) for visit in lunches] == [
        {"lunch-diabetic": 1},
        {"lunch": 1},
        {"lunch": 1},
        {"lunch-halal": 1},
    ]
    times = {
        (format_clock(window.start_s), format_clock(window.end_s)) for visit in lunches for window in visit.windows
    }
    assert times == {("10:30", "12:00")}


def test_the_bath_takes_two_workers_who_can_bathe():
    bath = PROBLEM.visit_by_id["bath-li"]
    able = [worker.worker_id for worker in PROBLEM.workers if "bathing" in worker.skills]
    assert (bath.num_workers, able) == (2, ["carer", "nurse"])


def test_the_nurse_comes_30_to_60_minutes_after_lunch():
    (link,) = PROBLEM.links
    assert (link.kind, link.first_visit_id, link.second_visit_id) == (LinkKind.GAP, "lunch-wang", "nurse-wang")
    assert (link.min_gap_s, link.max_gap_s) == (1800, 3600)
