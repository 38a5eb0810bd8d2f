"""Parts: every visit in one, every worker in one at most, and together what belongs together."""

import random
from dataclasses import replace

import pytest

from optimizer.assign import assign_supply, split_parts
from optimizer.problem import Link, LinkKind, Vehicle
from tests.builders import HOUR, make_elder, make_meal, make_problem, make_station, make_travel, make_visit, make_worker

ON_FOOT = Vehicle()


def parts_of(problem):
    travel = make_travel(problem)
    return split_parts(problem, travel, assign_supply(problem, travel))


def part_with(parts, visit_id):
    [part] = [part for part in parts if visit_id in part.problem.visit_by_id]
    return part


def district(*, num_stations=3, meals_per_station=70, **changes):
    """Stations an hour apart, each with two couriers and meals around it."""
    stations = tuple(make_station(f"s{i}", 60 * i) for i in range(num_stations))
    workers = [make_worker(f"w{i}-{k}", station_id=f"s{i}") for i in range(num_stations) for k in range(2)]
    meals = [make_meal(f"m{i}-{k:03}", 60 * i + k / 10) for i in range(num_stations) for k in range(meals_per_station)]
    extra = changes.pop("visits", [])
    staff = [*workers, *changes.pop("workers", [])]
    return make_problem([*meals, *extra], staff, **{"stations": stations, **changes})


def assert_sound(problem, parts):
    visit_ids = [visit.visit_id for part in parts for visit in part.problem.visits]
    assert sorted(visit_ids) == sorted(problem.visit_by_id)
    worker_ids = [worker.worker_id for part in parts for worker in part.problem.workers]
    assert len(worker_ids) == len(set(worker_ids))
    for part in parts:
        assert part.problem.visits
        assert part.problem.workers
        assert part.sources.keys() <= part.problem.visit_by_id.keys()
        assert all(link.second_visit_id in part.problem.visit_by_id for link in part.problem.links)
    assert sum(len(part.problem.links) for part in parts) == len(problem.links)
    assert len({part.name for part in parts}) == len(parts)


def test_a_small_problem_is_one_part():
    problem = district(meals_per_station=40)
    [part] = parts_of(problem)
    assert part.problem is problem


@pytest.mark.parametrize(("num_more", "num_parts"), [(29, 1), (30, 1), (31, 2)])
def test_small_territories_are_joined_up_to_a_good_size(num_more, num_parts):
    problem = district(meals_per_station=40, visits=[make_meal(f"x{k}", 1) for k in range(num_more)])
    parts = parts_of(problem)
    assert len(parts) == num_parts
    assert_sound(problem, parts)


def test_one_station_is_one_part():
    assert len(parts_of(district(num_stations=1, meals_per_station=130))) == 1


def test_meals_are_planned_with_the_couriers_of_their_station():
    problem = district()
    parts = parts_of(problem)
    assert [part.name for part in parts] == ["s0", "s1", "s2"]
    for part in parts:
        assert {source.station_id for source in part.sources.values()} == {part.name}
        assert {worker.station_id for worker in part.problem.workers} == {part.name}
    assert_sound(problem, parts)


def test_care_goes_to_the_nearest_crew_with_the_skill():
    nurse = make_worker("nurse", station_id="s2", skills={"nurse": 1}, vehicle=ON_FOOT)
    problem = district(visits=[make_visit("care", 1), make_visit("bath", 1, skills={"nurse": 1})], workers=[nurse])
    parts = parts_of(problem)
    assert part_with(parts, "care").name == "s0"
    assert part_with(parts, "bath").name == "s2"


def test_care_stays_in_the_elders_own_territory():
    elder = make_elder("e1", 55, station_id="s0")
    care = make_visit("care", elder_id="e1", place=None)
    assert part_with(parts_of(district(visits=[care], elders=(elder,))), "care").name == "s0"


def test_a_known_worker_attracts_the_visit():
    elder = make_elder("e1", 5, preferred_worker_ids=("w1-0",))
    care = make_visit("care", elder_id="e1", place=None)
    known = parts_of(district(visits=[care], elders=(elder,)))
    assert part_with(known, "care").name == "s0"
    near = replace(elder, place=make_elder("e1", 20).place)
    assert part_with(parts_of(district(visits=[care], elders=(near,))), "care").name == "s1"


def test_care_beyond_the_hours_of_a_crew_goes_to_the_neighbour():
    nurses = [make_worker(f"nurse{i}", station_id=f"s{i}", skills={"nurse": 1}, vehicle=ON_FOOT) for i in range(2)]
    baths = [make_visit(f"bath{i:02}", 5, skills={"nurse": 1}, service_duration_s=HOUR) for i in range(14)]
    parts = parts_of(district(visits=baths, workers=nurses))
    names = [part_with(parts, bath.visit_id).name for bath in baths]
    assert 7 <= names.count("s0") <= 10
    assert names.count("s0") + names.count("s1") == 14


def test_linked_visits_are_in_one_part():
    visits = [make_visit("first", 5), make_visit("second", 115)]
    link = Link(kind=LinkKind.BEFORE, first_visit_id="first", second_visit_id="second")
    problem = district(visits=visits, links=(link,))
    parts = parts_of(problem)
    assert part_with(parts, "first") is part_with(parts, "second")
    assert_sound(problem, parts)


def test_a_pinned_visit_is_with_its_worker():
    parts = parts_of(district(visits=[make_visit("pinned", 5, pinned_worker_ids=("w2-1",))]))
    assert "w2-1" in part_with(parts, "pinned").problem.worker_by_id


def test_crews_that_a_visit_needs_both_of_are_joined():
    lifters = [make_worker(f"lift{i}", station_id=f"s{i}", skills={"lift": 1}, vehicle=ON_FOOT) for i in (0, 2)]
    problem = district(visits=[make_visit("bath", 5, skills={"lift": 1}, num_workers=2)], workers=lifters)
    parts = parts_of(problem)
    assert {"lift0", "lift2"} <= part_with(parts, "bath").problem.worker_by_id.keys()
    assert_sound(problem, parts)


def test_a_visit_beyond_everybody_is_still_in_a_part():
    problem = district(visits=[make_visit("surgery", skills={"surgeon": 1})])
    assert_sound(problem, parts_of(problem))


def test_a_station_without_workers_is_served_by_its_centre():
    stations = tuple(make_station(f"s{i}", 60 * i, parent_station_id="s0" if i == 2 else None) for i in range(3))
    problem = district(stations=stations)
    problem = replace(problem, workers=tuple(w for w in problem.workers if w.station_id != "s2"))
    parts = parts_of(problem)
    assert {w.station_id for w in part_with(parts, "m2-000").problem.workers} == {"s0"}
    assert_sound(problem, parts)


def test_small_territories_are_joined_under_their_own_centre_first():
    centres = {"s0": None, "s1": "s3", "s2": "s0", "s3": None}
    stations = tuple(make_station(f"s{i}", 60 * i, parent_station_id=centres[f"s{i}"]) for i in range(4))
    problem = district(num_stations=4, meals_per_station=40, stations=stations)
    parts = parts_of(problem)
    groups = {frozenset(worker.station_id for worker in part.problem.workers) for part in parts}
    assert groups == {frozenset({"s0", "s2"}), frozenset({"s1", "s3"})}


@pytest.mark.parametrize(("num_meals", "num_parts"), [(199, 2), (200, 2), (201, 3)])
def test_a_territory_of_more_than_two_hundred_visits_is_halved(num_meals, num_parts):
    problem = district(num_stations=2, meals_per_station=80)
    extra = [make_meal(f"x{k:03}", k / 10) for k in range(num_meals - 80)]
    problem = replace(problem, visits=(*problem.visits, *extra))
    parts = parts_of(problem)
    assert len(parts) == num_parts
    assert_sound(problem, parts)
    if num_parts == 3:
        assert sorted(len(part.problem.workers) for part in parts) == [1, 1, 2]


@pytest.mark.parametrize("seed", range(6))
def test_any_problem_is_divided_soundly(seed):
    problem = random_district(random.Random(seed))
    assert_sound(problem, parts_of(problem))


def random_district(rng):
    names = [f"s{i}" for i in range(5)]
    stations = tuple(
        make_station(name, 20 * i, parent_station_id=rng.choice([None, "s0"]) if i else None)
        for i, name in enumerate(names)
    )
    workers = [
        make_worker(f"w{i}", station_id=rng.choice([*names, None]), skills={"nurse": 1} if rng.random() < 0.4 else {})
        for i in range(12)
    ]
    elders = tuple(
        make_elder(
            f"e{i}",
            80 * rng.random(),
            station_id=rng.choice([None, *names]),
            max_distinct_workers=rng.choice([None, 2]),
        )
        for i in range(80)
    )
    visits = [make_meal(f"m{i}", elder_id=f"e{i % 80}", place=None) for i in range(150)]
    for i in range(60):
        care = make_visit(f"c{i}", elder_id=f"e{rng.randrange(80)}", place=None, num_workers=rng.choice([1, 1, 2]))
        skills = {"nurse": 1} if rng.random() < 0.5 else {}
        pins = (f"w{rng.randrange(12)}",) if rng.random() < 0.1 else ()
        visits.append(replace(care, skills=skills, pinned_worker_ids=pins))
    pairs = [rng.sample(range(60), 2) for _ in range(6)]
    links = tuple(
        Link(kind=LinkKind.DIFFERENT_WORKER, first_visit_id=f"c{a}", second_visit_id=f"c{b}") for a, b in pairs
    )
    return make_problem(visits, workers, stations=stations, elders=elders, links=links)
