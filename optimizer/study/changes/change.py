"""What every change shares: the names it may use, whom it is about, and the numbers it draws.

A change is a frozen dataclass with a ``word`` (its name in study files) and ``apply``, which returns the changed
problem. Fields that name things of the problem are annotated with a :class:`Noun`, so that one walk over the fields
finds every unknown name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, NamedTuple, get_args, get_type_hints

from optimizer.formats.issues import choice_hint
from optimizer.params import CostWeights
from optimizer.problem import Elder, ElderGroup, Problem, Station, StationKind, Visit, Worker, WorkerKind
from optimizer.units import WIRE


class Noun(Enum):
    """What a name in a change may be the name of."""

    STATION = "station"
    ELDER = "elder"
    WORKER = "worker"
    COMMUNITY = "community"
    SERVICE = "service"
    SKILL = "skill"
    MODE = "travel mode"
    SHIFT = "shift"
    WEIGHT = "weight"


StationId = Annotated[str, Noun.STATION]
StationIds = Annotated[tuple[str, ...], Noun.STATION]
ElderIds = Annotated[tuple[str, ...], Noun.ELDER]
WorkerIds = Annotated[tuple[str, ...], Noun.WORKER]
Communities = Annotated[tuple[str, ...], Noun.COMMUNITY]
Services = Annotated[tuple[str, ...], Noun.SERVICE]
Skills = Annotated[tuple[str, ...], Noun.SKILL]
Mode = Annotated[str, Noun.MODE]
Modes = Annotated[tuple[str, ...], Noun.MODE]
ShiftIds = Annotated[tuple[str, ...], Noun.SHIFT]


class Fault(NamedTuple):
    """What is wrong with a field of a change: where, the value and its law, the cure."""

    path: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """Random numbers of one seed that belong to names, not to an order of drawing.

    The same seed, purpose and name give the same number in every variant, whatever else a variant changes: variants are
    compared under common random numbers, and what 110 % adds is part of what 120 % adds.
    """

    seed: int

    def share(self, purpose: str, name: str) -> float:
        """A number from 0 up to but excluding 1."""
        digest = hashlib.blake2b(f"{self.seed}/{purpose}/{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64

    def order(self, purpose: str, names: Iterable[str]) -> list[str]:
        """`names` in random order."""
        return sorted(names, key=lambda name: (self.share(purpose, name), name))

    def choice(self, purpose: str, name: str, things: Sequence[Any]) -> Any:
        """One of `things`, for `name`."""
        return things[int(self.share(purpose, name) * len(things))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A named change of a problem."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE
    word: ClassVar[str]

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The changed problem; `draw` decides whatever is left to chance."""
        raise NotImplementedError

    def faults(self, problem: Problem) -> Iterator[Fault]:
        """Names that `problem` does not have, each with what may be meant."""
        own: Any = type(self)
        for name, noun in nouns_of(own).items():
            known = known_names(problem, noun)
            for value in _names_in(getattr(self, name)):
                if value not in known:
                    hint = choice_hint(value, known)
                    yield Fault(name, f"there is no {noun.value} {value!r}.", hint)

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the fields that are set, by name."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@cache
def nouns_of(change: Any) -> dict[str, Noun]:
    """Fields of `change` that name things of the problem."""
    hints = get_type_hints(change, include_extras=True)
    nouns = {each.name: _noun_in(hints[each.name]) for each in fields(change)}
    return {name: noun for name, noun in nouns.items() if noun is not None}


def _noun_in(hint: Any) -> Noun | None:
    marks = [*getattr(hint, "__metadata__", ()), *(_noun_in(part) for part in get_args(hint))]
    return next((mark for mark in marks if isinstance(mark, Noun)), None)


def _names_in(value: Any) -> Iterable[str]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def known_names(problem: Problem, noun: Noun) -> Collection[str]:
    """The names of this kind that `problem` has, in its order."""
    return _NAMES[noun](problem)


def _skills(problem: Problem) -> dict[str, None]:
    wanted = (skill for visit in problem.visits for skill in visit.skills)
    return dict.fromkeys([*wanted, *(skill for worker in problem.workers for skill in worker.skills)])


_NAMES: Mapping[Noun, Callable[[Problem], Collection[str]]] = {
    Noun.STATION: lambda problem: problem.station_by_id,
    Noun.ELDER: lambda problem: problem.elder_by_id,
    Noun.WORKER: lambda problem: problem.worker_by_id,
    Noun.COMMUNITY: lambda problem: dict.fromkeys(elder.community for elder in problem.elders if elder.community),
    Noun.SERVICE: lambda problem: dict.fromkeys(visit.service for visit in problem.visits),
    Noun.SKILL: _skills,
    Noun.MODE: lambda problem: dict.fromkeys(mode.mode for mode in problem.modes),
    Noun.SHIFT: lambda problem: dict.fromkeys(shift.shift_id for worker in problem.workers for shift in worker.shifts),
    Noun.WEIGHT: lambda problem: [each.name for each in fields(CostWeights)],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFilter(Change):
    """Which stations: those that agree with every list given (an empty list asks for nothing)."""

    station_ids: StationIds = ()
    kinds: tuple[StationKind, ...] = ()

    def covers_station(self, station: Station) -> bool:
        """Whether `station` is meant."""
        return _in(station.station_id, self.station_ids) and _in(station.kind, self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderFilter(Change):
    """Which elders: those that agree with every list given (an empty list asks for nothing)."""

    elder_ids: ElderIds = ()
    communities: Communities = ()
    groups: tuple[ElderGroup, ...] = ()
    station_ids: StationIds = ()

    def covers_elder(self, elder: Elder) -> bool:
        """Whether `elder` is meant; of several groups one is enough."""
        return (
            _in(elder.elder_id, self.elder_ids)
            and _in(elder.community, self.communities)
            and (not self.groups or not set(self.groups).isdisjoint(elder.groups))
            and _in(elder.station_id, self.station_ids)
        )

    @property
    def is_for_all(self) -> bool:
        """Whether no list is given."""
        return not (self.elder_ids or self.communities or self.groups or self.station_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFilter(ElderFilter):
    """Which visits: those of the services named, of the elders who agree with every list."""

    services: Services = ()

    def covers_visit(self, problem: Problem, visit: Visit) -> bool:
        """Whether `visit` is meant; one without an elder is, unless elders are named."""
        elder = problem.elder_of(visit)
        is_covered = self.is_for_all if elder is None else self.covers_elder(elder)
        return is_covered and _in(visit.service, self.services)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFilter(Change):
    """Which workers: those that agree with every list given (an empty list asks for nothing)."""

    worker_ids: WorkerIds = ()
    kinds: tuple[WorkerKind, ...] = ()
    modes: Modes = ()
    skills: Skills = ()
    station_ids: StationIds = ()

    def covers_worker(self, worker: Worker) -> bool:
        """Whether `worker` is meant; of several skills one is enough."""
        return (
            _in(worker.worker_id, self.worker_ids)
            and _in(worker.kind, self.kinds)
            and _in(worker.vehicle.mode, self.modes)
            and (not self.skills or any(worker.skills.get(skill, 0) for skill in self.skills))
            and _in(worker.station_id, self.station_ids)
        )


def _in(value: object, listed: Collection[object]) -> bool:
    return not listed or value in listed


def share_of(count: int, percent: int) -> int:
    """`percent` of `count`, rounded half up."""
    return (2 * count * percent + 100) // 200


def fresh_id(name: str, taken: Collection[str] | Mapping[str, Any]) -> str:
    """An id for a copy of `name`: ``e1+1``, or the next number that is free."""
    number = 1
    while f"{name}+{number}" in taken:
        number += 1
    return f"{name}+{number}"
