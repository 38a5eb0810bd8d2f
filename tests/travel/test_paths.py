"""The course of a way along the streets is that of the fastest way."""

from __future__ import annotations

from itertools import pairwise

import pytest

from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.paths import StreetPaths
from optimizer.travel.street_matrix import street_matrix
from tests.travel.town import VAN, WALK, line_streets, make_streets, place

ROAD = {"highway": "residential"}


def paths_between(streets, places, modes=(WALK, VAN)):
    return StreetPaths(streets, street_matrix(streets, places, modes), modes)


def length_m(course):
    hops = pairwise(course)
    return sum(float(great_circle_m(a.lon, a.lat, b.lon, b.lat)) for a, b in hops)


def test_a_course_passes_the_corners_between_its_ends():
    streets = make_streets([(0, 0), (1, 0), (1, 1)], [(0, 1, ROAD), (1, 2, ROAD)])
    start, end = place(0, 0), place(1, 1)
    course = paths_between(streets, (start, end))("walk", start, end)
    assert (course[0], course[-1]) == (start, end)
    assert length_m(course) == pytest.approx(2000, rel=0.01)


def test_a_course_is_as_long_as_the_matrix_says():
    streets = line_streets(6, **ROAD)
    places = tuple(place(km) for km in (0.3, 2.5, 4.9))
    travel = street_matrix(streets, places, (WALK,))
    course_of = StreetPaths(streets, travel, (WALK,))
    for origin in places:
        for destination in places:
            _, known_m = travel.way("walk", origin, destination, 0)
            assert length_m(course_of("walk", origin, destination)) == pytest.approx(known_m, abs=2)


def test_a_van_goes_round_where_the_street_is_one_way():
    streets = make_streets(
        [(0, 0), (1, 0), (1, 1), (0, 1)],
        [(0, 1, {**ROAD, "oneway": "yes"}), (1, 2, ROAD), (2, 3, ROAD), (3, 0, ROAD)],
    )
    west, east = place(0, 0), place(1, 0)
    course_of = paths_between(streets, (west, east))
    assert length_m(course_of("van", west, east)) == pytest.approx(1000, rel=0.01)
    assert length_m(course_of("van", east, west)) == pytest.approx(3000, rel=0.01)
    assert length_m(course_of("walk", east, west)) == pytest.approx(1000, rel=0.01)


def test_where_there_is_no_way_only_the_ends_are_given():
    near, far = place(0), place(2, 60)
    course = paths_between(line_streets(4, **ROAD), (near, far))("walk", near, far)
    assert course == (near, far)


def test_from_a_place_to_itself_is_nowhere_between():
    here = place(1)
    assert paths_between(line_streets(4, **ROAD), (here,))("walk", here, here) == (here, here)
