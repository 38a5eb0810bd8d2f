"""The compiled search is kept in a folder that tells whether it can be used."""

import os
import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import optimizer.search


def folder_of(package):
    """Where the package in a folder keeps what it compiles."""
    spec = spec_from_file_location("copied_search", package / "__init__.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module._cache_dir()


def test_compiled_code_is_not_taken_for_that_of_another_place_or_time(tmp_path, monkeypatch):
    monkeypatch.setenv("YIZHAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    source = Path(optimizer.search.__file__).parent
    first, second = (shutil.copytree(source, tmp_path / name / "search") for name in ("first", "second"))
    before = folder_of(first)
    assert folder_of(first) == before
    assert folder_of(second) != before
    os.utime(first / "kernel.py", (1, 1))
    assert folder_of(first) != before
