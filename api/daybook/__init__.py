"""How a step of a published day is written down, and read again: its state, what was answered, who gets news.

Pure translation between the core's :class:`~optimizer.redispatch.day.Day` and bytes: what is done with days is in
:mod:`api.days`, the rows are in :mod:`api.store.days`. Solves that improve a day use it in their own process, too.
"""
