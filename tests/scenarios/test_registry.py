"""Every scenario: found by name, the same for the same arguments, sound, and as large as it says."""

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.formats.json import problem_hash
from optimizer.travel import build_travel
from optimizer.validate import validate_problem
from scenarios import SCENARIOS, build_scenario, key_figures

NAMES = list(SCENARIOS)
SCALABLE = [name for name in NAMES if not SCENARIOS[name].has_one_size]


def codes(name, **arguments):
    with pytest.raises(InputError) as caught:
        build_scenario(name, **arguments)
    return [issue.code for issue in caught.value.issues]


@pytest.mark.parametrize("name", NAMES)
def test_same_arguments_give_the_same_bytes(name):
    first, second = build_scenario(name, seed=3), build_scenario(name, seed=3)
    assert problem_hash(first.problem) == problem_hash(second.problem)
    assert first.streets == second.streets


@pytest.mark.parametrize("name", SCALABLE)
def test_another_seed_gives_another_world(name):
    first, second = build_scenario(name, seed=1), build_scenario(name, seed=2)
    assert problem_hash(first.problem) != problem_hash(second.problem)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 7])
def test_a_base_case_has_neither_error_nor_warning(name, seed):
    scenario = build_scenario(name, seed=seed)
    travel = build_travel(scenario.problem, streets=scenario.streets)
    assert [str(issue) for issue in validate_problem(scenario.problem, travel)] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(5))
def test_key_figures_lie_in_their_expected_ranges(name, seed):
    scenario = build_scenario(name, seed=seed)
    figures = key_figures(scenario.problem)
    assert scenario.expected
    assert {key: figures[key] for key, expected in scenario.expected.items() if figures[key] not in expected} == {}


@pytest.mark.parametrize("name", SCALABLE)
@pytest.mark.parametrize("size", [0.5, 3.0])
def test_figures_grow_with_the_size(name, size):
    scenario = build_scenario(name, size=size)
    figures, at_one = key_figures(scenario.problem), key_figures(build_scenario(name).problem)
    for key in ("num_visits", "num_elders", "num_workers", "required_hours"):
        assert figures[key] == pytest.approx(size * at_one[key], rel=0.25), key


@pytest.mark.parametrize("name", NAMES)
def test_every_place_can_reach_every_other_by_every_mode(name):
    scenario = build_scenario(name)
    travel = build_travel(scenario.problem, streets=scenario.streets)
    assert all(np.all(duration_s >= 0) for duration_s in travel.duration_s.values())


def test_an_unknown_name_is_refused_with_a_guess():
    with pytest.raises(InputError, match="Did you mean 'xicheng-day'"):
        build_scenario("xicheng-dya")


def test_every_fault_of_a_call_is_reported_at_once():
    assert codes("tiny", stress=("sno",), size=0, seed=-1) == [
        "unknown-stress",
        "scenario-seed",
        "scenario-size",
        "scenario-size",
    ]


def test_a_scenario_of_one_size_refuses_others():
    assert codes("tiny", size=2) == ["scenario-size"]


def test_a_scenario_with_streets_of_its_own_refuses_others():
    streets = build_scenario("xicheng-day", size=0.25).streets
    assert codes("tiny", streets=streets) == ["scenario-streets"]
