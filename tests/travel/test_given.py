import dataclasses

import numpy as np
import pytest

from optimizer.errors import SourceError
from optimizer.problem import SpeedSlice
from optimizer.travel import UNREACHABLE, TravelMatrix, read_matrix, write_matrix
from optimizer.travel.given import given_matrix
from tests.travel.town import VAN, WALK, place

HOME, SHOP, WARD = place(0), place(1), place(1, place_id="ward")
PLACES = (HOME, SHOP, WARD)
PEAK = SpeedSlice(start_s=0, end_s=3600, speed_percent=50)


def make_matrix(figures=((0, 60, 70), (61, 0, 5), (71, 5, 0)), *modes, **changes):
    array = np.array(figures, dtype=np.int32)
    return TravelMatrix(
        **{
            "places": PLACES,
            "duration_s": dict.fromkeys(modes or ("van",), array),
            "distance_m": dict.fromkeys(modes or ("van",), np.where(array < 0, array, array * 10)),
            "source": "counted",
            **changes,
        }
    )


def codes(caught):
    return [issue.code for issue in caught.value.issues]


def write_table(tmp_path, text):
    path = tmp_path / "travel.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_matrix_written_reads_back_equal(tmp_path):
    matrix = make_matrix(peaks={"van": (PEAK,)})
    write_matrix(matrix, tmp_path / "travel.npz")
    back = read_matrix(tmp_path / "travel.npz")
    assert back.content_hash == matrix.content_hash
    assert back.source == "counted"
    assert back.duration_s["van"].dtype == np.int32


def test_rows_follow_the_places_asked_for():
    travel = given_matrix(make_matrix(), (WARD, HOME), [VAN])
    assert travel.places == (WARD, HOME)
    assert travel.duration_s["van"].tolist() == [[0, 71], [70, 0]]


def test_places_that_share_coordinates_are_told_apart_by_their_id():
    travel = given_matrix(make_matrix(), PLACES, [VAN])
    assert travel.travel_duration_s("van", HOME, SHOP, 0) == 60
    assert travel.travel_duration_s("van", HOME, WARD, 0) == 70


def test_peaks_are_those_of_the_modes():
    assert given_matrix(make_matrix(), PLACES, [dataclasses.replace(VAN, peaks=(PEAK,))]).peaks == {"van": (PEAK,)}
    assert given_matrix(make_matrix(peaks={"van": (PEAK,)}), PLACES, [VAN]).peaks == {}


def test_walking_is_kept_where_given_and_other_surplus_modes_are_not():
    travel = given_matrix(make_matrix(((0, 1, 1), (1, 0, 1), (1, 1, 0)), "van", "walk", "ship"), PLACES, [VAN])
    assert set(travel.duration_s) == {"van", "walk"}


def test_missing_places_and_modes_are_all_reported():
    with pytest.raises(SourceError) as caught:
        given_matrix(make_matrix(), (HOME, place(7), place(8)), [VAN, WALK])
    assert codes(caught) == ["place-missing", "place-missing", "mode-missing"]


@pytest.mark.parametrize(
    ("duration_s", "distance_m", "code"),
    [
        (-2, -2, "matrix-negative"),
        (UNREACHABLE, 5, "matrix-one-sided"),
        (5, UNREACHABLE, "matrix-one-sided"),
    ],
)
def test_figures_that_make_no_sense_are_refused(duration_s, distance_m, code):
    durations, distances = np.zeros((2, 3, 3), dtype=np.int32)
    durations[0, 1], distances[0, 1] = duration_s, distance_m
    wrong = make_matrix(duration_s={"van": durations}, distance_m={"van": distances})
    with pytest.raises(SourceError, match="1 pairs") as caught:
        given_matrix(wrong, PLACES, [VAN])
    assert codes(caught) == [code]


def test_a_way_from_a_place_to_itself_is_refused():
    with pytest.raises(SourceError, match=r"1 pairs .* 0\.0,0\.0 -> 0\.0,0\.0") as caught:
        given_matrix(make_matrix(((5, 1, 1), (1, 0, 1), (1, 1, 0))), PLACES, [VAN])
    assert codes(caught) == ["matrix-diagonal"]


def test_an_archive_rounds_up_and_reads_nan_as_no_way(tmp_path):
    duration_s = np.array([[0, 1.2], [np.nan, 0]])
    np.savez(tmp_path / "a.npz", lon=[0.0, 1.0], lat=[0.0, 0.0], duration_s_van=duration_s, distance_m_van=duration_s)
    matrix = read_matrix(tmp_path / "a.npz")
    assert matrix.duration_s["van"].tolist() == [[0, 2], [UNREACHABLE, 0]]
    assert matrix.source == "given in a.npz"


def test_every_array_that_is_wrong_is_reported(tmp_path):
    np.savez(tmp_path / "a.npz", lon=[0.0, 1.0], lat=[0.0], duration_s_van=np.zeros((2, 3)))
    with pytest.raises(SourceError) as caught:
        read_matrix(tmp_path / "a.npz")
    assert {issue.path for issue in caught.value.issues} == {
        "a.npz:lat",
        "a.npz:duration_s_van",
        "a.npz:distance_m_van",
    }


def test_an_archive_without_durations_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", lon=[0.0], lat=[0.0])
    with pytest.raises(SourceError, match="no durations"):
        read_matrix(tmp_path / "a.npz")


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(SourceError, match="not a NumPy archive"):
        read_matrix(tmp_path / "a.npz")


FULL = f"""from,to,duration_s,distance_m
"{HOME.lon},{HOME.lat}",ward,60,600
ward,"{HOME.lon},{HOME.lat}",,
ward,elsewhere,5,50
"""


def test_a_long_table_names_places_by_id_or_coordinates(tmp_path):
    travel = given_matrix(write_table(tmp_path, FULL), (HOME, WARD), [VAN])
    assert travel.duration_s["van"].tolist() == [[0, 60], [UNREACHABLE, 0]]
    assert travel.distance_m["van"].tolist() == [[0, 600], [UNREACHABLE, 0]]
    assert set(travel.duration_s) == {"van"}


def test_a_long_table_without_modes_holds_for_all_that_are_used(tmp_path):
    travel = given_matrix(write_table(tmp_path, FULL), (HOME, WARD), [VAN, WALK])
    assert travel.duration_s["walk"].tolist() == travel.duration_s["van"].tolist()


def test_a_long_table_may_have_modes(tmp_path):
    home = f'"{HOME.lon},{HOME.lat}"'
    rows = [f"{home},ward,6,60,van", f"ward,{home},7,60,van", f"{home},ward,60,60,walk", f"ward,{home},70,60,walk"]
    path = write_table(tmp_path, "\n".join(["from,to,duration_s,distance_m,mode", *rows, f"{home},ward,1,1,ship"]))
    travel = given_matrix(path, (HOME, WARD), [VAN])
    assert travel.duration_s["van"].tolist() == [[0, 6], [7, 0]]
    assert travel.duration_s["walk"].tolist() == [[0, 60], [70, 0]]


def test_missing_pairs_of_a_long_table_are_counted_and_named(tmp_path):
    path = write_table(tmp_path, FULL)
    with pytest.raises(SourceError, match="4 pairs are missing for mode 'van'") as caught:
        given_matrix(path, PLACES, [VAN])
    assert codes(caught) == ["pair-missing"]


def test_every_wrong_row_of_a_long_table_is_reported(tmp_path):
    text = "from,to,duration_s,distance_m\nward,home,1.5,10\nward,home,5,far\nward,home,5,\nward,home,-3,1\n"
    with pytest.raises(SourceError) as caught:
        given_matrix(write_table(tmp_path, text), (place(0, place_id="home"), WARD), [VAN])
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [
        ("number-wrong", "travel.csv:2:duration_s"),
        ("number-wrong", "travel.csv:3:distance_m"),
        ("pair-repeated", "travel.csv:3"),
        ("pair-repeated", "travel.csv:4"),
        ("number-wrong", "travel.csv:5:duration_s"),
        ("pair-repeated", "travel.csv:5"),
    ]


def test_missing_columns_of_a_long_table_are_named(tmp_path):
    with pytest.raises(SourceError) as caught:
        given_matrix(write_table(tmp_path, "from,to,minutes\n"), (HOME, WARD), [VAN])
    assert [issue.path for issue in caught.value.issues] == ["travel.csv:1:distance_m", "travel.csv:1:duration_s"]


@pytest.mark.parametrize("data", [b"from,to,duration_s,distance_m\n\xff\xfe,b,1,1\n", None])
def test_a_long_table_that_cannot_be_read_is_refused(tmp_path, data):
    if data is not None:
        (tmp_path / "travel.csv").write_bytes(data)
    with pytest.raises(SourceError, match="cannot be read"):
        given_matrix(tmp_path / "travel.csv", PLACES, [VAN])
