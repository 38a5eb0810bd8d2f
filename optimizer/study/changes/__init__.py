"""The vocabulary of studies: what can be changed in a problem, each by a word.

:data:`CHANGES` is the list; ``docs/planning.md`` describes every change with its keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optimizer.problem import Problem
from optimizer.study.changes.announcement import AnnouncePlan
from optimizer.study.changes.change import Change, Draw
from optimizer.study.changes.demand import ChangeElders, ChangeVisits, ScaleDemand
from optimizer.study.changes.prices import ChangeWeights, SwitchOffRules, SwitchTerm
from optimizer.study.changes.stations import AddStation, ChangeStations, MoveStation, RebaseWorkers, RemoveStation
from optimizer.study.changes.workers import ChangeShifts, ChangeSpeeds, ChangeWorkers, ScaleWorkers

__all__ = ["CHANGES", "AnnouncePlan", "Change", "ChangeVisits", "ChangeWeights", "Draw", "changed"]

CHANGES: Mapping[str, type[Change]] = {
    change.word: change
    for change in (
        AddStation,
        RemoveStation,
        MoveStation,
        ChangeStations,
        RebaseWorkers,
        ScaleDemand,
        ChangeVisits,
        ChangeElders,
        ScaleWorkers,
        ChangeWorkers,
        ChangeShifts,
        ChangeSpeeds,
        ChangeWeights,
        SwitchTerm,
        SwitchOffRules,
        AnnouncePlan,
    )
}
"""Every change by its word."""


def changed(problem: Problem, changes: Iterable[Change], seed: int) -> Problem:
    """`problem` after `changes`, one after the other; the same seed draws the same in every variant."""
    draw = Draw(seed)
    for change in changes:
        problem = change.apply(problem, draw)
    return problem
