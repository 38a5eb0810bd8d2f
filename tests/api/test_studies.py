"""Studies over the API: ordered, watched, stopped, resumed, reported; by planners, each in their own district."""

import copy
import time

import pytest

from api.client import ApiError
from api.store.records import Role
from api.store.studies import StudyState
from api.study_intake import EXAMPLE_STUDY
from tests.api.district import assert_refused

PATIENCE_S = 120
NOWHERE = {"change": "scale-demand", "percent": 90, "communities": ["Nowhere"]}


@pytest.fixture(scope="module")
def planner(site):
    return site.as_(site.east[Role.PLANNER])


@pytest.fixture(scope="module")
def done(planner):
    """A study that has come to its end."""
    answer = planner.post("/v1/studies", json=EXAMPLE_STUDY)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/studies/{answer.json()['id']}"
    return finished(planner, answer.json()["id"])


def finished(requests, study_id):
    """The study once nothing is being done for it any more."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        study = requests.get(f"/v1/studies/{study_id}").json()
        if StudyState(study["state"]).is_final:
            return study
        assert time.monotonic() < deadline_s, study
        time.sleep(0.1)


def study_with(**changes):
    return {**copy.deepcopy(EXAMPLE_STUDY), **changes}


def test_study_makes_every_plan_and_tells_what_differs(planner, done):
    assert (done["state"], done["num_done"], done["num_runs"], done["error"]) == ("done", 2, 2, None)
    results = planner.get(f"/v1/studies/{done['id']}/results").json()
    assert results["faults"] == []
    visits = {each["variant"]: each["mean"] for each in results["figures"] if each["figure"] == "num_visits"}
    assert visits["more elders"] > visits["as-is"] > 0


def test_report_is_a_page_that_forbids_itself_the_network(planner, done):
    answer = planner.get(f"/v1/studies/{done['id']}/report")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'unsafe-inline'" in policy, "the policy of the page is the stricter one"
    assert "default-src 'none'" in policy
    assert "A fifth more elders" in answer.text


def test_client_orders_reads_and_fetches(planner):
    client = planner.client()
    study = client.finished_study(
        client.order_study(EXAMPLE_STUDY, reason="budget").id, patience_s=PATIENCE_S, poll_s=0.1
    )
    assert (study.state, study.reason) == (StudyState.DONE, "budget")
    assert {each.variant for each in client.study_results(study.id).figures} == {"as-is", "more elders"}
    assert client.study_report(study.id).startswith(b"<!")
    assert client.stop_study(study.id).state is StudyState.DONE
    with pytest.raises(ApiError):
        client.resume_study(study.id)


def test_study_sent_again_under_its_key_is_ordered_once(planner):
    key = {"Idempotency-Key": "study-once"}
    ordered, again = (planner.post("/v1/studies", json=EXAMPLE_STUDY, headers=key) for _ in range(2))
    assert (again.status_code, again.json()["id"]) == (202, ordered.json()["id"])
    other = planner.post("/v1/studies", json=study_with(name="another"), headers=key)
    assert_refused(other, 422, "idempotency-mismatch")
    planner.delete(f"/v1/studies/{ordered.json()['id']}")


def test_study_is_resumed_once_under_one_key(planner):
    study_id = planner.post("/v1/studies", json=EXAMPLE_STUDY).json()["id"]
    planner.delete(f"/v1/studies/{study_id}")
    if finished(planner, study_id)["state"] != "stopped":
        pytest.skip("the study was done before it could be stopped")
    key = {"Idempotency-Key": "resume-once"}
    answers = [planner.post(f"/v1/studies/{study_id}/resume", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    finished(planner, study_id)


def test_list_has_newest_first(planner, done):
    items = planner.get("/v1/studies").json()["items"]
    assert done["id"] in [each["id"] for each in items]
    assert [each["id"] for each in items] == sorted((each["id"] for each in items), reverse=True)


def test_yaml_is_read_as_json_is(planner):
    text = "name: one\nbase: {scenario: tiny, seed: 1}\nsearch: {engine: ortools, step_limit: 1}\n"
    answer = planner.post("/v1/studies", content=text, headers={"Content-Type": "application/yaml"})
    assert (answer.status_code, answer.json()["num_runs"]) == (202, 1)
    assert finished(planner, answer.json()["id"])["state"] == "done"


def test_study_of_a_stored_problem_is_about_that_problem(planner):
    problem_id = planner.plan()["problem_id"]
    study = study_with(base={"problem": problem_id}, changes={}, grid={})
    answer = planner.post("/v1/studies", json=study)
    assert (answer.status_code, answer.json()["problem_id"]) == (202, problem_id)
    assert finished(planner, answer.json()["id"])["state"] == "done"


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"base": {"scenario": "tiney"}}, 422, "'tiny'"),
        ({"base": {"problem": "/etc/passwd"}}, 404, "problem"),
        ({"base": {"scenario": "tiny", "streets": "/etc"}}, 422, "base.streets"),
        ({"base": {}}, 422, "base"),
        ({"grid": {"demand": ["as-is", "mor elders"]}}, 422, "more elders"),
        ({"changes": {"more elders": [NOWHERE]}}, 422, "Nowhere"),
        ({"search": {"time_limit_s": 1e6}}, 422, "search.time_limit_s"),
        ({"seeds": list(range(1, 400))}, 413, "plans"),
        ({"seed": [1]}, 422, "seeds"),
    ],
)  # fmt: skip
def test_wrong_studies_are_refused_with_their_cure(planner, changes, status, told):
    answer = planner.post("/v1/studies", json=study_with(**changes))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.text


def test_other_media_types_are_not_read(planner):
    answer = planner.post("/v1/studies", content=b"x", headers={"Content-Type": "image/png"})
    assert answer.status_code == 415


def test_studies_take_the_role_of_planner(site, done):
    for role in (Role.VIEWER, Role.DISPATCHER):
        requests = site.as_(site.east[role])
        assert requests.post("/v1/studies", json=EXAMPLE_STUDY).status_code == 403
        assert requests.get(f"/v1/studies/{done['id']}").status_code == 403


def test_other_districts_have_no_such_study(site, done):
    west = site.as_(site.west[Role.ADMIN])
    for method, path in (("GET", ""), ("GET", "/results"), ("GET", "/report"), ("DELETE", ""), ("POST", "/resume")):
        assert west(method, f"/v1/studies/{done['id']}{path}").status_code == 404
    assert done["id"] not in west.get("/v1/studies").text


def test_stopped_study_keeps_its_plans_and_goes_on_when_resumed(planner):
    study = study_with(seeds=list(range(1, 41)))
    study_id = planner.post("/v1/studies", json=study).json()["id"]
    deadline_s = time.monotonic() + PATIENCE_S
    while planner.get(f"/v1/studies/{study_id}").json()["num_done"] < 2 and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert planner.delete(f"/v1/studies/{study_id}").status_code == 200
    stopped = finished(planner, study_id)
    assert stopped["state"] == "stopped"
    assert 2 <= stopped["num_done"] < stopped["num_runs"]
    assert planner.get(f"/v1/studies/{study_id}/report").status_code == 409
    assert planner.post(f"/v1/studies/{study_id}/resume").status_code == 202
    done = finished(planner, study_id)
    assert (done["state"], done["num_done"]) == ("done", 80)


def test_done_study_is_neither_stopped_nor_resumed(planner, done):
    assert planner.delete(f"/v1/studies/{done['id']}").json()["state"] == "done"
    assert planner.post(f"/v1/studies/{done['id']}/resume").status_code == 409
