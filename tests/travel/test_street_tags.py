import math

import pytest

from optimizer.problem import Network
from optimizer.travel.street_tags import parse_speed, way_of

FOOT, BICYCLE, CAR = Network.FOOT, Network.BICYCLE, Network.CAR
ALL = {FOOT, BICYCLE, CAR}


def users(**tags):
    way = way_of({key.replace("_of_", ":"): value for key, value in tags.items()})
    return set(way.forward), set(way.backward)


def test_a_street_without_tags_is_open_to_all_both_ways():
    assert users() == (ALL, ALL)


def test_a_street_of_unknown_class_is_open_to_nobody():
    assert users(highway="proposed") == (set(), set())


@pytest.mark.parametrize(
    ("highway", "expected"),
    [
        ("residential", ALL),
        ("footway", {FOOT}),
        ("steps", {FOOT}),
        ("cycleway", {FOOT, BICYCLE}),
        ("trunk", {CAR}),
    ],
)
def test_the_class_decides_who_may_use_a_street(highway, expected):
    assert users(highway=highway) == (expected, expected)


@pytest.mark.parametrize("oneway", ["yes", "1", "true", "True"])
def test_only_those_on_foot_go_against_a_oneway_street(oneway):
    assert users(highway="residential", oneway=oneway) == (ALL, {FOOT})


@pytest.mark.parametrize("oneway", ["-1", "reverse"])
def test_a_reversed_oneway_street_is_driven_against_its_drawing(oneway):
    assert users(highway="residential", oneway=oneway) == ({FOOT}, ALL)


def test_a_roundabout_is_one_way_unless_it_says_otherwise():
    assert users(highway="residential", junction="roundabout") == (ALL, {FOOT})
    assert users(highway="residential", junction="roundabout", oneway="no") == (ALL, ALL)


def test_a_motorway_is_one_way():
    assert users(highway="motorway") == ({CAR}, set())


def test_bicycles_may_be_let_through_a_oneway_street():
    assert users(highway="residential", oneway="yes", oneway_of_bicycle="no") == (ALL, {FOOT, BICYCLE})


def test_a_private_street_is_closed_except_to_those_named():
    assert users(highway="service", access="private") == (set(), set())
    assert users(highway="service", access="private", foot="yes") == ({FOOT}, {FOOT})


def test_the_more_special_access_tag_wins():
    assert users(highway="residential", vehicle="no")[0] == {FOOT}
    assert users(highway="residential", vehicle="no", bicycle="yes")[0] == {FOOT, BICYCLE}
    assert users(highway="residential", motor_vehicle="no", motorcar="yes")[0] == ALL


def test_dismounting_is_not_cycling():
    assert users(highway="path", bicycle="dismount")[0] == {FOOT}


def test_speed_is_the_limit_or_else_that_of_the_class():
    assert way_of({"highway": "primary", "maxspeed": "70"}).speed_kmh == 70
    assert way_of({"highway": "primary", "maxspeed": "signals"}).speed_kmh == 60
    assert way_of({}).speed_kmh == math.inf


@pytest.mark.parametrize(
    ("text", "speed_kmh"), [("50", 50), ("50 km/h", 50), ("30 mph", 48.28032), ("none", 0), ("", 0), ("0", 0)]
)
def test_parse_speed(text, speed_kmh):
    assert parse_speed(text) == pytest.approx(speed_kmh)
