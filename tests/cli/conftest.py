"""Every test of the command line has a folder of its own, and none reads the public data or an old cache."""

import pytest
from numba import config

from optimizer.search.warmup import warm_up
from tests.cli.shell import done


@pytest.fixture(scope="session")
def compiled():
    """Where the compiled search lies: compiling it once is enough for all tests."""
    warm_up()
    return config.CACHE_DIR


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, compiled):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("YIZHAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", compiled)
    monkeypatch.delenv("YIZHAN_DATA", raising=False)
    return folder


@pytest.fixture(scope="session")
def tiny_outcome(tmp_path_factory):
    """The scenario tiny as a folder ``tiny`` and its plan in the folder ``out``; not to be changed."""
    folder = tmp_path_factory.mktemp("tiny")
    done("scenario", "tiny", "-o", folder / "tiny")
    done("solve", folder / "tiny", "-o", folder / "out", "--step-limit", 0)
    return folder
