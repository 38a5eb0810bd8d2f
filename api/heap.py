"""What lives long in this process is not looked at by the garbage collector over and over.

A published day of 1,000 visits and what is kept ready of it are some hundred thousand objects. A full collection looks
at all of them while every request waits, half a second each time; in the permanent generation they are left alone.
"""

from __future__ import annotations

import gc


def spare_heap() -> None:
    """Leave alone what there is now, without looking at it: where an event has made a day anew, little is garbage.

    What of it becomes garbage in cycles stays until the heap is settled.
    """
    gc.freeze()


def settle_heap() -> None:
    """Drop what is garbage now, and leave everything else alone from now on; what nothing refers to still goes."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
