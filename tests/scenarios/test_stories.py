"""What each district story promises."""

from collections import Counter

import pytest

from optimizer.problem import ElderGroup, LinkKind, WorkerKind
from scenarios import build_scenario, xicheng_day
from scenarios.yinchuan_month import BASKETS

XICHENG = build_scenario("xicheng-day").problem
MIYUN = build_scenario("miyun-kitchen").problem
BEIBEI = build_scenario("beibei-three-helps").problem
YINCHUAN = build_scenario("yinchuan-month").problem


def visits_of(problem, service):
    return [visit for visit in problem.visits if visit.service == service]


def portions_of(visits):
    total = Counter()
    for visit in visits:
        total.update(visit.demand)
    return total


def test_xicheng_has_600_meals_and_150_home_visits():
    assert len(visits_of(XICHENG, "meal")) == 600
    assert len(XICHENG.visits) == 750


def test_xicheng_cooks_5_to_35_percent_more_than_is_eaten():
    eaten = portions_of(XICHENG.visits)
    cooked = Counter()
    for station in XICHENG.stations:
        for wave in station.waves:
            cooked.update(wave.portions)
    assert {meal_type for meal_type in eaten if cooked[meal_type] < 1.05 * eaten[meal_type]} == set()
    assert cooked.total() < 1.35 * eaten.total()


def test_xicheng_brings_everybody_the_diet_they_need():
    diets = {meal_type.meal_type: meal_type.diet for meal_type in XICHENG.meal_types}
    for visit in visits_of(XICHENG, "meal"):
        (meal_type,) = visit.demand
        assert diets[meal_type] == XICHENG.elder_of(visit).diet


def test_xicheng_bathes_the_disabled_by_two():
    baths = visits_of(XICHENG, "bathing")
    by_two = [visit for visit in baths if ElderGroup.DISABLED in XICHENG.elder_of(visit).groups]
    assert [visit.num_workers for visit in by_two] == [2] * len(by_two)
    assert 0 < len(by_two) < len(baths)


def test_xicheng_escorts_end_at_a_hospital_and_begin_there_again():
    legs = [
        (XICHENG.visit_by_id[link.first_visit_id], XICHENG.visit_by_id[link.second_visit_id]) for link in XICHENG.links
    ]
    escorts = [(out, home) for out, home in legs if out.service == "escort"]
    assert len(escorts) == 3
    for out, home in escorts:
        elder = XICHENG.elder_of(out)
        assert XICHENG.place_of(out) == XICHENG.end_place_of(home) == elder.place
        assert XICHENG.end_place_of(out) == XICHENG.place_of(home) != elder.place


def test_xicheng_nurses_come_30_to_60_minutes_after_a_diabetic_lunch():
    links = [link for link in XICHENG.links if link.second_visit_id.startswith("glucose")]
    assert len(links) == 10
    for link in links:
        assert (link.kind, link.min_gap_s, link.max_gap_s) == (LinkKind.GAP, 1800, 3600)
        assert "lunch-diabetic" in XICHENG.visit_by_id[link.first_visit_id].demand


def test_more_dinners_leave_lunches_and_home_visits_alone(monkeypatch):
    monkeypatch.setattr(xicheng_day, "NUM_DINNERS", 150)
    changed = build_scenario("xicheng-day").problem
    assert len(changed.visits) == 790
    assert [visit for visit in changed.visits if "dinner" not in visit.visit_id] == [
        visit for visit in XICHENG.visits if "dinner" not in visit.visit_id
    ]


def test_ten_districts_have_6000_meals():
    assert len(visits_of(build_scenario("xicheng-day", size=10).problem, "meal")) == 6000


def test_miyun_supplies_every_point_once_with_what_its_lunches_need():
    runs = {visit.delivers_to_station_id: visit for visit in visits_of(MIYUN, "supply")}
    points = [station for station in MIYUN.stations if station.kind == "dining-point"]
    assert len(visits_of(MIYUN, "supply")) == len(points) == 12
    for point in points:
        needed = portions_of(visit for visit in visits_of(MIYUN, "meal") if visit.station_ids == (point.station_id,))
        supplied = runs[point.station_id].demand
        assert all(supplied[meal_type] >= count for meal_type, count in needed.items())
        assert sum(supplied.values()) - needed.total() in range(15, 31)
        assert not point.waves


def test_miyun_meals_are_two_hours_under_way_at_most_van_included():
    (van_limit,) = {visit.max_on_board_s for visit in visits_of(MIYUN, "supply")}
    at_points = {visit.max_on_board_s for visit in visits_of(MIYUN, "meal") if visit.station_ids != ("kitchen",)}
    from_kitchen = {visit.max_on_board_s for visit in visits_of(MIYUN, "meal") if visit.station_ids == ("kitchen",)}
    assert {van_limit + limit for limit in at_points} == from_kitchen == {7200}


def test_miyun_sends_the_caravan_to_villages_without_a_point():
    stops = visits_of(MIYUN, "caravan")
    served = {elder.community for elder in MIYUN.elders}
    assert len(stops) == 3
    assert all(stop.elder_id is None and stop.note.removesuffix("大篷车服务点") not in served for stop in stops)


def test_beibei_providers_bid_different_prices():
    bids = [worker.pay.cents_per_visit for worker in BEIBEI.workers if worker.kind is WorkerKind.PROVIDER]
    assert set(bids) == {8910, 9900, 11385, 12870}


def test_beibei_volunteers_give_two_hours_and_are_not_certain():
    volunteers = [worker for worker in BEIBEI.workers if worker.kind is WorkerKind.VOLUNTEER]
    assert {shift.shift_id for worker in volunteers for shift in worker.shifts} == {"morning", "afternoon"}
    assert all(shift.end_s - shift.start_s == 7200 for worker in volunteers for shift in worker.shifts)
    assert all(0.8 <= worker.reliability_share <= 0.95 for worker in volunteers)


@pytest.mark.parametrize("basket", BASKETS)
def test_yinchuan_baskets_use_the_allowance_up_but_for_a_little(basket):
    assert 14_000 <= basket.price_cents <= 15_000


def test_yinchuan_elders_have_150_yuan_each_and_every_service_a_price():
    assert {elder.allowance_cents for elder in YINCHUAN.elders} == {15_000}
    assert len(YINCHUAN.elders) == 2000
    assert {visit.service for visit in YINCHUAN.visits} == {service.service for service in YINCHUAN.services}
    assert all(service.price_cents > 0 for service in YINCHUAN.services)
