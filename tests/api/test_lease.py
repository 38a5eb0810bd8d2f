"""One process a name, on both databases."""

from __future__ import annotations

import pytest

from api.jobs.lease import Lease, NameTaken


def test_name_is_had_by_one_at_a_time(database):
    first, second = Lease(database, "a"), Lease(database, "a", patience_s=0.1)
    first.take()
    with pytest.raises(NameTaken, match="YIZHAN_EXECUTOR_ID"):
        second.take()
    first.give_back()
    second.take()
    second.take()
    second.give_back()


def test_other_names_are_free(database):
    first, second = Lease(database, "a"), Lease(database, "b", patience_s=0.1)
    first.take()
    second.take()
    first.give_back()
    second.give_back()
