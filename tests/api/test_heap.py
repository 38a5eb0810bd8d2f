"""What lives long is left alone by the garbage collector, and what is garbage still goes."""

import gc
import weakref

import pytest

from api.heap import settle_heap, spare_heap


class Knot:
    """Refers to itself: only the garbage collector finds out that nobody else does."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def heap_as_it_was():
    yield
    gc.unfreeze()


def test_spared_objects_are_not_looked_at():
    knot = Knot()
    gone = weakref.ref(knot)
    spare_heap()
    del knot
    gc.collect()
    assert gone() is not None


def test_settling_drops_what_became_garbage_since():
    knot = Knot()
    gone = weakref.ref(knot)
    spare_heap()
    del knot
    settle_heap()
    assert gone() is None
