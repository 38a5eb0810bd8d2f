import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from optimizer.travel.cache import cached_matrix, default_cache_dir
from optimizer.travel.straight import straight_matrix
from tests.travel.town import WALK, place

SMALL, OTHER = (straight_matrix([place(0), place(km)], [WALK]) for km in (1, 2))


class Counted:
    """Computes a matrix and counts how often."""

    def __init__(self, matrix=SMALL):
        self.matrix, self.num_calls = matrix, 0

    def __call__(self):
        self.num_calls += 1
        return self.matrix


def test_the_same_question_is_computed_once(tmp_path):
    compute = Counted()
    answers = [cached_matrix("question", compute, tmp_path) for _ in range(3)]
    assert compute.num_calls == 1
    assert {answer.content_hash for answer in answers} == {SMALL.content_hash}


def test_another_question_is_computed_anew(tmp_path):
    cached_matrix("question", Counted(), tmp_path)
    assert cached_matrix("other question", Counted(OTHER), tmp_path).content_hash == OTHER.content_hash


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _data: b"", id="empty"),
        pytest.param(lambda data: data[: len(data) // 2], id="cut off"),
        pytest.param(lambda data: data[::-1], id="reversed"),
    ],
)
def test_a_damaged_file_is_made_anew(tmp_path, damage):
    cached_matrix("question", Counted(), tmp_path)
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(damage(file.read_bytes()))
    compute = Counted()
    assert cached_matrix("question", compute, tmp_path).content_hash == SMALL.content_hash
    assert cached_matrix("question", compute, tmp_path).content_hash == SMALL.content_hash
    assert compute.num_calls == 1


def test_a_flipped_byte_is_noticed(tmp_path):
    cached_matrix("question", Counted(), tmp_path)
    (file,) = tmp_path.glob("*.npz")
    data = file.read_bytes()
    for position in range(0, len(data), 7):
        file.write_bytes(data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :])
        assert cached_matrix("question", Counted(), tmp_path).content_hash == SMALL.content_hash


def test_writers_may_share_a_folder(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda idx: cached_matrix(idx % 3, Counted(), tmp_path), range(100))
    assert {answer.content_hash for answer in answers} == {SMALL.content_hash}
    assert len(list(tmp_path.iterdir())) == 3


def test_the_matrix_longest_unused_is_dropped_first(tmp_path):
    cached_matrix("a", Counted(), tmp_path)
    (file,) = tmp_path.glob("*.npz")
    size = file.stat().st_size
    cached_matrix("b", Counted(), tmp_path)
    for age, path in enumerate(tmp_path.glob("*.npz")):
        os.utime(path, (10**9 - age, 10**9 - age))
    cached_matrix("a", Counted(), tmp_path)
    cached_matrix("c", Counted(), tmp_path, max_bytes=2 * size)
    a, b = Counted(), Counted()
    cached_matrix("a", a, tmp_path)
    cached_matrix("b", b, tmp_path)
    assert (a.num_calls, b.num_calls) == (0, 1)


@pytest.mark.parametrize(("spare", "num_kept"), [(-1, 1), (0, 2), (1, 2)])
def test_the_size_limit_is_kept(tmp_path, spare, num_kept):
    cached_matrix("a", Counted(), tmp_path)
    (file,) = tmp_path.glob("*.npz")
    cached_matrix("b", Counted(), tmp_path, max_bytes=2 * file.stat().st_size + spare)
    assert len(list(tmp_path.glob("*.npz"))) == num_kept


def test_a_folder_that_cannot_be_written_to_costs_time_not_the_answer(tmp_path, caplog):
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert cached_matrix("question", Counted(), occupied / "cache").content_hash == SMALL.content_hash
    assert "not kept" in caplog.text


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("YIZHAN_CACHE", str(tmp_path))
    assert default_cache_dir() == tmp_path
    monkeypatch.delenv("YIZHAN_CACHE")
    assert default_cache_dir().parts[-2:] == (".cache", "yizhan")
