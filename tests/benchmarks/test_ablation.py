"""Settings of the search from text."""

import pytest
import typer

from benchmarks.ablation import _changed
from optimizer.search.settings import Settings


def test_several_numbers_are_joined_by_slashes():
    assert _changed("cycle_ends=0.5/1.0,hot=2.0") == Settings(cycle_ends=(0.5, 1.0), hot=2.0)
    assert _changed("cycle_ends=1.0/").cycle_ends == (1.0,)


@pytest.mark.parametrize("text", ["heat=1.0", "hot=warm", "hot="])
def test_what_is_no_setting_is_refused(text):
    with pytest.raises(typer.BadParameter):
        _changed(text)
