import dataclasses

import numpy as np
import pytest

from optimizer.errors import TravelError
from optimizer.problem import SpeedSlice
from optimizer.travel.straight import straight_matrix
from tests.travel.town import VAN, WALK, place

DIRECT = dataclasses.replace(WALK, detour_percent=100)


def test_a_kilometre_at_one_metre_per_second_takes_a_thousand_seconds():
    travel = straight_matrix([place(0), place(1)], [DIRECT])
    assert travel.duration_s["walk"].tolist() == [[0, 1000], [1000, 0]]
    assert travel.distance_m["walk"].tolist() == [[0, 1000], [1000, 0]]


def test_the_detour_lengthens_distance_and_duration():
    travel = straight_matrix([place(0), place(1)], [dataclasses.replace(WALK, detour_percent=130)])
    assert travel.duration_s["walk"][0, 1] == 1300
    assert travel.distance_m["walk"][0, 1] == 1300


def test_fractions_are_rounded_up():
    travel = straight_matrix([place(0), place(0.0001)], [DIRECT])
    assert travel.duration_s["walk"][0, 1] == 1
    assert travel.distance_m["walk"][0, 1] == 1


def test_each_mode_has_its_speed_and_peaks():
    peak = SpeedSlice(start_s=0, end_s=3600, speed_percent=50)
    travel = straight_matrix([place(0), place(1)], [WALK, dataclasses.replace(VAN, detour_percent=100, peaks=(peak,))])
    assert travel.duration_s["van"][0, 1] == 100
    assert travel.travel_duration_s("van", place(0), place(1), 0) == 200
    assert travel.peaks == {"van": (peak,)}


def test_matrices_are_int32_and_symmetric():
    places = [place(km, km % 3) for km in range(20)]
    travel = straight_matrix(places, [WALK])
    assert travel.duration_s["walk"].dtype == np.int32
    assert (travel.duration_s["walk"] == travel.duration_s["walk"].T).all()


def test_a_way_beyond_all_numbers_is_told():
    with pytest.raises(TravelError, match="beyond 1,000,000,000; correct the places, or the speed"):
        straight_matrix([place(0), place(1)], [dataclasses.replace(WALK, speed_kmh=1e-9)])


def test_no_places_make_an_empty_matrix():
    assert straight_matrix([], [WALK]).duration_s["walk"].shape == (0, 0)
