"""Which benchmarks a run has: all where speed is measured, those of small work where it is only seen that they work."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "large: the same work in a larger size; only done where speed is measured")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave large work out where nothing is measured."""
    if not config.getoption("benchmark_disable"):
        return
    large = [item for item in items if item.get_closest_marker("large")]
    config.hook.pytest_deselected(items=large)
    items[:] = [item for item in items if item not in large]
