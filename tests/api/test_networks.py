"""Questions about the network over the API: answered with proof to planners, refused with a cure, and within limits."""

import pytest

from api.errors import Refusal
from api.network_intake import NetworkDesk
from api.network_resources import (
    EXAMPLE_BASKETS,
    EXAMPLE_ROLL_OUT,
    EXAMPLE_TERRITORIES,
    CoverageQuestion,
    RollOutQuestion,
)
from api.settings import Settings
from api.store.records import Role
from tests.api.district import assert_refused


@pytest.fixture(scope="module")
def planner(site):
    return site.as_(site.east[Role.PLANNER])


@pytest.fixture(scope="module")
def problem_id(planner):
    """A tiny district, kept."""
    answer = planner.post("/v1/scenarios/tiny/problems", json={})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def asked(planner, problem_id, topic, question=None):
    answer = planner.post(f"/v1/problems/{problem_id}/{topic}", json=question or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_circle_counts_every_elder(planner, problem_id):
    found = asked(planner, problem_id, "coverage")
    assert found["total"]["num_elders"] >= found["total"]["num_covered"] >= found["total"]["num_placed"]
    assert sum(each["num_elders"] for each in found["by_community"].values()) == found["total"]["num_elders"]


def test_territories_are_proven(planner, problem_id):
    found = asked(planner, problem_id, "territories", EXAMPLE_TERRITORIES)
    assert found["cost"] == found["bound"]
    assert sum(each["num_elders"] for each in found["stations"]) == len(found["elders"]) - found["num_left_out"]


def test_a_roll_out_says_what_opens_when_and_how_good_that_is(planner, problem_id):
    found = asked(planner, problem_id, "roll-out", EXAMPLE_ROLL_OUT)
    assert [each["year"] for each in found["years"]] == [1, 2]
    assert found["value"] <= found["bound"]
    assert {each["site_id"] for each in found["openings"]} <= {each["site_id"] for each in found["sites"]}


def test_baskets_are_within_the_allowances(planner):
    kept = planner.post("/v1/scenarios/yinchuan-month/problems", json={"size": 0.03}).json()["id"]
    found = asked(planner, kept, "baskets", {"num_days": 20})
    assert found["worth"] <= found["worth_bound"]
    assert found["spent_cents"] <= 15_000 * len(found["times_by_elder_id"])


@pytest.mark.parametrize(
    ("topic", "question", "said"),
    [
        ("territories", {"slack_procent": 5}, "Did you mean 'slack_percent'"),
        ("territories", {"mode": "wlk"}, "Did you mean 'walk'"),
        ("territories", {"capacity_by_station_id": {"station-99": 5}}, "station-99"),
        ("coverage", {"kinds": ["caravan-base"]}, "no station of kind"),
        ("roll-out", {}, "budget_cents"),
        ("roll-out", {"budget_cents": [1], "targets": [{"kind": "urban", "share": 2, "year": 1}]}, "no share"),
    ],
)
def test_wrong_questions_are_refused_with_a_cure(planner, problem_id, topic, question, said):
    answer = planner.post(f"/v1/problems/{problem_id}/{topic}", json=question)
    assert answer.status_code == 422
    assert said in answer.text


def test_baskets_take_a_catalogue_of_ones_own(planner, problem_id):
    found = asked(planner, problem_id, "baskets", EXAMPLE_BASKETS)
    assert {name for times in found["times_by_elder_id"].values() for name in times} <= {"bathing", "check"}
    assert found["spent_cents"] <= 100_000


def test_client_asks_with_types(planner, problem_id):
    client = planner.client()
    circle = client.coverage(problem_id, CoverageQuestion(minutes=10))
    assert circle.total.num_covered <= client.coverage(problem_id).total.num_covered
    assert client.territories(problem_id).num_left_out == 0
    found = client.roll_out(problem_id, RollOutQuestion(budget_cents=(100_000_000,), per_community=1, time_limit_s=5))
    assert found.value <= found.bound


def test_another_district_has_no_such_problem(site, problem_id):
    answer = site.as_(site.west[Role.PLANNER]).post(f"/v1/problems/{problem_id}/coverage", json={})
    assert_refused(answer, 404, "not-found")


def test_what_is_too_large_is_refused(site, problem_id):
    desk = NetworkDesk(Settings(max_network_ways=1))
    store = site.app.state.service.store_of(site.app.state.service.caller_of(site.east[Role.PLANNER], "local"))
    with pytest.raises(Refusal) as refusal:
        desk.answer(store, problem_id, CoverageQuestion, b"{}")
    assert (refusal.value.status, refusal.value.code) == (413, "too-large")


def test_no_more_are_answered_at_once_than_there_are_places(site, problem_id):
    desk = NetworkDesk(Settings(max_networks=1))
    store = site.app.state.service.store_of(site.app.state.service.caller_of(site.east[Role.PLANNER], "local"))
    desk._places.acquire()
    with pytest.raises(Refusal) as refusal:
        desk.answer(store, problem_id, CoverageQuestion, b"{}")
    assert refusal.value.status == 429
    desk._places.release()
