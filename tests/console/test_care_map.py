"""The care map: who reaches a station, alike in every layer, table and file; nobody's door is given away."""

import csv
import io
import json
from dataclasses import replace

import pytest
import shapely

from api.bodies import ReadProblem
from api.console.care import Care, Reach
from api.console.care_layers import CareLayer, CareLayers, community_table
from api.console.days import Sights
from api.console.texts import TEXTS
from api.console.widgets.elements import CareMap
from api.intake import keep_problem
from api.judging import outcome_of_judged
from api.outcomes import params_facts
from api.store.records import NewPlan, Origin, Role
from api.worlds import World, scenario_travel
from optimizer.judge import judge
from optimizer.params import SolveParams
from optimizer.plan import Draft
from optimizer.problem import ElderGroup, StationKind
from scenarios import build_scenario
from tests.builders import make_elder
from tests.console.district import CHANGE, add_small_plan, place, small_problem

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def cared(service, keys):
    """A plan of the east district with two communities, one of which is too far from the only two seats."""
    problem = small_problem()
    far = tuple(
        make_elder(f"f{number}", place=place(30 + number), name=f"远{number}", community="远社区", groups=groups)
        for number, groups in enumerate([(ElderGroup.VETERAN,), (), ()])
    )
    stations = tuple(replace(station, kind=StationKind.STATION, seats=1) for station in problem.stations)
    return add_small_plan(service.database, elders=(*problem.elders, *far), stations=stations)


@pytest.fixture
def care(cared, visitor):
    """The care map as a planner sees it."""
    return Care(Sights().get(visitor(), cared.plan_id).day)


def features(http, plan_id, layer):
    answer = http.get(f"/console/data/plans/{plan_id}/care/{layer}")
    assert answer.status_code == 200, answer.text
    return answer.json()["features"]


def test_far_community_is_beyond_reach_and_near_one_shares_two_places(care):
    near, far = (next(each for each in care.communities if each.name == name) for name in ("椿树社区", "远社区"))
    assert (near.num_reach[Reach.PLACED], near.num_reach[Reach.FULL], near.num_reach[Reach.BEYOND]) == (2, 1, 0)
    assert (far.num_covered, far.num_reach[Reach.BEYOND], far.places) == (0, 3, 0)
    assert near.places == pytest.approx(2)


def test_communities_add_up_to_the_district(care):
    assert sum(each.num_elders for each in care.communities) == care.total.num_elders == 6
    for reach in Reach:
        assert sum(each.num_reach[reach] for each in care.communities) == care.total.num_reach[reach]
    assert sum(each.places for each in care.communities) == pytest.approx(care.total.places)


def test_groups_are_counted_in_the_district_or_in_one_community(care):
    assert "veteran" in {each.name for each in care.groups()}
    assert [each.name for each in care.groups("远社区")] == ["veteran"]


def test_layers_agree_with_the_table(care):
    layers = CareLayers(care)
    elders = layers.features(CareLayer.ELDERS)
    assert [each["properties"]["reach"] for each in elders] == [str(reach) for reach in care.reach]
    assert sum(each["properties"]["elders"] for each in layers.features(CareLayer.DENSITY)) == 6
    rows = list(csv.DictReader(io.StringIO(community_table(care.communities).decode("utf-8-sig"))))
    assert [row["community"] for row in rows] == ["椿树社区", "远社区"]
    assert [row["beyond_reach"] for row in rows] == ["0", "3"]


def test_without_streets_no_areas_are_drawn(care):
    assert CareLayers(care).features(CareLayer.AREAS) == []


def test_walking_areas_follow_the_streets_and_grow(service, visitor, keys):
    store, built = visitor().store, build_scenario("xicheng-day", seed=1, size=0.1)
    travel = scenario_travel("xicheng-day", 1, 0.1, ())
    kept = keep_problem(store, ReadProblem(problem=built.problem, warnings=()), travel, CHANGE)
    judged = judge(built.problem, World(problem=built.problem, streets=built.streets).travel, Draft(routes=()))
    new = NewPlan(problem_id=kept.problem_id, origin=Origin.SOLVE, params=params_facts(SolveParams()))
    plan = store.add_finished(new, outcome_of_judged(judged), CHANGE)
    layers = Sights().get(visitor(), plan.plan_id).care_layers
    merged = {
        each["properties"]["minutes"]: each["geometry"]
        for each in layers.features(CareLayer.AREAS)
        if each["properties"]["station_id"] is None
    }
    sizes = [shapely.geometry.shape(merged[minutes]).area for minutes in (5, 10, 15)]
    assert 0 < sizes[0] < sizes[1] <= sizes[2]


def test_viewer_sees_pseudonyms_blurred_homes_and_coarse_walks(signed_in, cared):
    true = features(signed_in(Role.PLANNER), cared.plan_id, "elders")
    shown = features(signed_in(Role.VIEWER), cared.plan_id, "elders")
    assert true[0]["properties"]["name"] == "王秀英"
    assert "王秀英" not in json.dumps(shown, ensure_ascii=False)
    for each in shown:
        lon, lat = each["geometry"]["coordinates"]
        assert (lon, lat) == (round(lon, 3), round(lat, 3))
        assert each["properties"]["walk_min"] is None or each["properties"]["walk_min"] % 5 == 0
    assert [each["properties"]["reach"] for each in shown] == [each["properties"]["reach"] for each in true]


def test_files_hold_every_layer(signed_in, cared, tmp_path):
    http, address = signed_in(), f"/console/data/plans/{cared.plan_id}/care-files"
    collection = http.get(f"{address}/geojson").json()
    assert {each["properties"]["layer"] for each in collection["features"]} == set(CareLayer) - {"areas"}
    answer = http.get(f"{address}/gpkg")
    path = tmp_path / "care.gpkg"
    path.write_bytes(answer.content)
    geopandas = pytest.importorskip("geopandas")
    assert set(geopandas.list_layers(path)["name"]) == set(CareLayer) - {"areas"}
    assert geopandas.read_file(path, layer="communities")["beyond_reach"].tolist() == [0, 3]
    table = http.get(f"{address}/csv")
    assert table.headers["content-disposition"].endswith('care.csv"')


def test_other_districts_and_strangers_get_nothing(signed_in, http, cared):
    address = f"/console/data/plans/{cared.plan_id}/care/elders"
    assert http.get(address).status_code == 401
    assert signed_in(Role.ADMIN, "west").get(address).status_code == 404


async def test_page_shows_figures_tables_and_legend_in_both_languages(pages, visitor, cared):
    for language, index in (("zh", 0), ("en", 1)):
        user = pages(visitor(language=language))
        await user.open(f"/plans/{cared.plan_id}/care")
        for key in ("care.beyond", "reach.full", "care.supply", "care.no_streets"):
            await user.should_see(TEXTS[key][index])
        await user.should_see("50.0 %")


async def test_a_community_picked_on_the_map_tells_of_its_groups(pages, visitor, cared):
    user = pages(visitor(language="en"))
    await user.open(f"/plans/{cared.plan_id}/care")
    await user.should_see("By group: Whole district")
    user.find(CareMap).trigger("pick", {"kind": "community", "id": "远社区"})
    await user.should_see("By group: 远社区")
    user.find(marker="care-back").click()
    await user.should_see("By group: Whole district")


async def test_legend_follows_the_ground(pages, visitor, cared):
    user = pages(visitor(language="en"))
    await user.open(f"/plans/{cared.plan_id}/care")
    (ground,) = user.find(marker="care-ground").elements
    ground.set_value(CareLayer.COMMUNITIES)
    await user.should_see("places per 100 elders")
