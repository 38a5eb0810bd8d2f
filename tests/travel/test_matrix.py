import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import TravelError
from optimizer.problem import SpeedSlice
from optimizer.travel import UNREACHABLE, TravelMatrix
from optimizer.units import SECONDS_PER_DAY
from tests.builders import HOUR, at, clock

DAY = SECONDS_PER_DAY


def two_places(duration_s=600, distance_m=700, mode="van", peaks=()):
    return TravelMatrix(
        places=(at(0), at(1)),
        duration_s={mode: np.array([[0, duration_s], [duration_s, 0]], dtype=np.int32)},
        distance_m={mode: np.array([[0, distance_m], [distance_m, 0]], dtype=np.int32)},
        peaks={mode: tuple(peaks)},
    )


def slice_of(start, end, percent):
    return SpeedSlice(start_s=clock(start), end_s=clock(end), speed_percent=percent)


def travel_s(travel, departure_s):
    return travel.travel_duration_s("van", at(0), at(1), departure_s)


@st.composite
def day_profiles(draw):
    """Disjoint slices within a day."""
    cuts = sorted(draw(st.lists(st.integers(0, DAY), min_size=2, max_size=8, unique=True)))
    return [
        SpeedSlice(start_s=start, end_s=end, speed_percent=draw(st.integers(5, 200)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]


def second_by_second(base_s, departure_s, peaks):
    """Whole seconds until `base_s` seconds' worth of way is covered, adding up what each second covers."""
    percent_of_clock = np.full(DAY, 100)
    for part in peaks:
        percent_of_clock[part.start_s : part.end_s] = part.speed_percent
    longest_s = base_s * 100 // min(percent_of_clock) + 1
    covered = np.cumsum(percent_of_clock[np.arange(departure_s, departure_s + longest_s) % DAY])
    return 0 if base_s == 0 else int(np.argmax(covered >= base_s * 100)) + 1


@settings(deadline=None)
@given(base_s=st.integers(0, 3 * HOUR), departure_s=st.integers(0, 2 * DAY), peaks=day_profiles())
def test_peaks_equal_a_walk_through_every_second(base_s, departure_s, peaks):
    expected_s = second_by_second(base_s, departure_s, peaks)
    assert travel_s(two_places(base_s, peaks=peaks), departure_s) == expected_s


@settings(deadline=None)
@given(
    base_s=st.integers(0, 6 * HOUR),
    departure_s=st.integers(0, 2 * DAY),
    later_s=st.integers(0, 2 * HOUR),
    peaks=day_profiles(),
)
def test_nobody_arrives_earlier_by_leaving_later(base_s, departure_s, later_s, peaks):
    travel = two_places(base_s, peaks=peaks)
    arrival_s = departure_s + travel_s(travel, departure_s)
    assert departure_s + later_s + travel_s(travel, departure_s + later_s) >= arrival_s


@settings(deadline=None)
@given(base_s=st.integers(0, 6 * HOUR), departure_s=st.integers(0, 2 * DAY), peaks=day_profiles())
def test_the_longest_duration_bounds_every_departure(base_s, departure_s, peaks):
    travel = two_places(base_s, peaks=peaks)
    assert travel_s(travel, departure_s) <= travel.longest_duration_s("van")[0, 1]


@pytest.mark.parametrize(
    ("departure", "expected_s"), [("06:50", 600), ("06:50:01", 601), ("06:55", 900), ("07:00", 1200), ("08:00", 600)]
)
def test_a_peak_slows_only_the_part_of_the_way_inside_it(departure, expected_s):
    assert travel_s(two_places(600, peaks=[slice_of("07:00", "08:00", 50)]), clock(departure)) == expected_s


def test_a_peak_that_follows_another_takes_over_at_once():
    peaks = [slice_of("07:00", "07:10", 50), slice_of("07:10", "08:00", 25)]
    assert travel_s(two_places(600, peaks=peaks), clock("07:00")) == 600 + 1200


def test_peaks_repeat_every_day():
    travel = two_places(600, peaks=[slice_of("07:00", "08:00", 50)])
    assert travel_s(travel, DAY + clock("07:00")) == 1200


def test_the_longest_duration_keeps_unreachable_pairs():
    travel = two_places(UNREACHABLE, UNREACHABLE, peaks=[slice_of("07:00", "08:00", 50)])
    assert travel.longest_duration_s("van")[0, 1] == UNREACHABLE


def test_where_there_is_no_way_asking_for_it_is_an_error():
    travel = two_places(UNREACHABLE, UNREACHABLE)
    assert travel.way("van", at(0), at(1), 0) is None
    with pytest.raises(TravelError, match="no way"):
        travel_s(travel, 0)


def test_a_way_has_its_seconds_at_the_time_of_day_and_its_metres():
    travel = two_places(600, peaks=[slice_of("07:00", "08:00", 50)])
    metres = int(travel.distance_m["van"][0, 1])
    assert travel.way("van", at(0), at(1), clock("06:00")) == (600, metres)
    assert travel.way("van", at(0), at(1), clock("07:00")) == (1200, metres)


def test_there_is_no_way_to_a_place_that_the_matrix_does_not_know():
    travel = two_places(600)
    assert travel.way("van", at(0), at(99), 0) is None
    assert travel.way("van", at(99), at(0), 0) is None


def test_walking_distance_is_the_matrixs_own():
    assert two_places(distance_m=700, mode="walk").walking_distance_m(at(0), at(1)) == 700


@pytest.mark.parametrize("travel", [two_places(mode="van"), two_places(UNREACHABLE, UNREACHABLE, mode="walk")])
def test_walking_distance_is_the_great_circle_rounded_up_where_the_matrix_has_none(travel):
    assert travel.walking_distance_m(at(0), at(1)) == 86  # 0.001 degrees of longitude at 40 degrees north: 85.18 m


def test_equal_matrices_have_equal_hashes():
    assert two_places().content_hash == two_places().content_hash
    assert two_places(600).content_hash != two_places(601).content_hash
    assert two_places().content_hash != two_places(peaks=[slice_of("07:00", "08:00", 50)]).content_hash


@settings(deadline=None)
@given(base_s=st.integers(0, 6 * HOUR), departure_s=st.integers(0, 2 * DAY), peaks=day_profiles())
def test_no_departure_is_quicker_than_the_shortest_duration(base_s, departure_s, peaks):
    travel = two_places(base_s, peaks=peaks)
    assert travel_s(travel, departure_s) >= travel.shortest_duration_s("van", no_way_s=10**9)[0, 1]


def test_the_shortest_duration_says_where_there_is_no_way():
    assert two_places(UNREACHABLE, UNREACHABLE).shortest_duration_s("van", no_way_s=10**9)[0, 1] == 10**9
