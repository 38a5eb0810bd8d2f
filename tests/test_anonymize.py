"""Problems for others to see: nobody is named, places move, and every plan costs what it did."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.anonymize import NAME, Disguise, pseudonym
from optimizer.errors import InputError
from optimizer.formats.json import problem_from_json, problem_to_json
from optimizer.judge import judge
from optimizer.plan import Draft, RouteDraft, Step, load_step, visit_step
from optimizer.problem import Location, Problem
from optimizer.travel import build_travel, read_matrix, write_matrix
from optimizer.travel.coordinates import great_circle_m
from optimizer.validate import validate_problem
from tests.builders import make_elder, make_problem, make_travel, make_visit
from tests.worlds import random_problem

KEY = b"key"
WORDS = st.text("王李张赵秀英建国abc019 -", min_size=1, max_size=6)


def personal(problem: Problem, words: list[str]) -> Problem:
    """`problem` whose persons have names, phones, addresses, notes and plates made of `words`."""
    rng = random.Random(len(words))

    def word(kind: str) -> str:
        return f"{kind}{rng.choice(words)}{rng.randrange(10**6)}"

    return replace(
        problem,
        name=word("日"),
        description=word("述"),
        elders=tuple(
            replace(each, name=word("名"), phone=word("话"), address=word("址"), community=word("社"))
            for each in problem.elders
        ),
        visits=tuple(replace(each, note=word("注")) for each in problem.visits),
        workers=tuple(
            replace(each, name=word("员"), phone=word("机"), vehicle=replace(each.vehicle, vehicle_id=word("牌")))
            for each in problem.workers
        ),
        stations=tuple(replace(each, name=word("站")) for each in problem.stations),
    )


def personal_texts(problem: Problem) -> set[str]:
    persons = [(each.name, each.phone, each.address, each.community) for each in problem.elders]
    staff = [(each.name, each.phone, each.vehicle.vehicle_id) for each in problem.workers]
    notes = [(each.note,) for each in problem.visits]
    stations = [(each.name,) for each in problem.stations]
    return {text for texts in (persons, staff, notes, stations) for each in texts for text in each} | {
        problem.name,
        problem.description,
    }


def random_draft(problem: Problem, seed: int) -> Draft:
    """Who does what by chance, good or bad."""
    rng = random.Random(seed)
    steps: dict[str, list[Step]] = {worker.worker_id: [load_step("s1")] for worker in problem.workers}
    for visit in problem.visits:
        steps[rng.choice(list(steps))].append(visit_step(visit.visit_id))
    shifts = {worker.worker_id: worker.shifts[0].shift_id for worker in problem.workers}
    return Draft(
        routes=tuple(
            RouteDraft(worker_id=name, shift_id=shifts[name], steps=tuple(each)) for name, each in steps.items()
        )
    )


disguises = st.builds(
    Disguise, key=st.binary(min_size=1, max_size=40), radius_m=st.floats(0, 2000), replaces_ids=st.booleans()
)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6), st.lists(st.text("王李张赵秀英建国abc019 -", min_size=1, max_size=6), min_size=1), disguises
)
def test_no_personal_text_is_left_anywhere(tmp_path_factory, seed, words, disguise):
    problem = personal(random_problem(seed), words)
    path = tmp_path_factory.mktemp("out") / "day.npz"
    write_matrix(disguise.travel(make_travel(problem)), path)
    shown = problem_to_json(disguise.problem(problem)).decode()
    archived = path.read_bytes().decode("latin-1") + str(read_matrix(path))
    assert [text for text in personal_texts(problem) if text in shown or text in archived] == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), disguises)
def test_same_plan_costs_the_same_and_breaks_the_same_rules(seed, disguise):
    problem = random_problem(seed)
    travel, draft = make_travel(problem), random_draft(problem, seed)
    shown = problem_from_json(problem_to_json(disguise.problem(problem)))
    brought = build_travel(shown, given=disguise.travel(travel))
    before, after = judge(problem, travel, draft), judge(shown, brought, disguise.draft(draft))
    assert after.plan.cost == before.plan.cost
    assert [found.rule for found in after.violations] == [found.rule for found in before.violations]
    assert after.plan.kpis == before.plan.kpis


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), disguises)
def test_sound_problem_stays_sound(seed, disguise):
    problem = random_problem(seed)
    codes = [issue.code for issue in validate_problem(problem, make_travel(problem))]
    shown = disguise.problem(problem)
    assert [issue.code for issue in validate_problem(shown, disguise.travel(make_travel(problem)))] == codes


def test_places_spread_evenly_over_the_disc():
    disguise = Disguise(key=KEY, radius_m=500)
    places = [Location(lon=116.3 + number / 1000, lat=39.9) for number in range(4000)]
    shown = [disguise.place_of(place) for place in places]
    distance_m = great_circle_m(
        [each.lon for each in places],
        [each.lat for each in places],
        [each.lon for each in shown],
        [each.lat for each in shown],
    )
    assert distance_m.max() <= 500.1
    assert np.mean(distance_m <= 250) == pytest.approx(0.25, abs=0.03)  # a quarter of the area
    assert np.mean([each.lat > 39.9 for each in shown]) == pytest.approx(0.5, abs=0.03)


def test_place_named_twice_moves_once():
    problem = make_problem([make_visit("v1", 10), make_visit("v2", 10)], elders=(make_elder("e1", 10),))
    shown = Disguise(key=KEY).problem(problem)
    assert shown.visits[0].place == shown.visits[1].place == shown.elders[0].place != problem.visits[0].place
    assert len(shown.places) == len(problem.places)


def test_same_key_gives_the_same_pseudonyms_and_another_gives_others():
    problem = make_problem(elders=(make_elder("e1", name="王秀英"), make_elder("e2", name="王秀英")))
    one, again, other = (Disguise(key=key).problem(problem) for key in (b"a", b"a", b"b"))
    assert one == again
    assert one.elders[0].name == pseudonym(b"a", "elder", "e1")
    assert len({one.elders[0].name, one.elders[1].name, other.elders[0].name}) == 3
    assert one.name == NAME


def test_id_that_names_somebody_is_refused_unless_ids_are_replaced():
    problem = make_problem([make_visit("v1", elder_id="王秀英-301")], elders=(make_elder("王秀英-301", name="王秀英"),))
    with pytest.raises(InputError) as caught:
        Disguise(key=KEY).problem(problem)
    assert [issue.path for issue in caught.value.issues] == ["elders[0].elder_id", "visits[0].elder_id"]
    shown = Disguise(key=KEY, replaces_ids=True).problem(problem)
    assert shown.visits[0].elder_id == shown.elders[0].elder_id != "王秀英-301"


def test_facts_that_decide_a_plan_stay():
    problem = random_problem(3)
    shown = Disguise(key=KEY).problem(problem)
    for before, after in zip(problem.visits, shown.visits, strict=True):
        assert replace(after, place=before.place, end_place=before.end_place, note=before.note) == before
    assert (shown.links, shown.weights, shown.modes) == (problem.links, problem.weights, problem.modes)
