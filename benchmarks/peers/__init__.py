"""Solvers that the quality tables compare, one adapter each, all with the same two methods.

An adapter translates :class:`~optimizer.problem.Problem` and :class:`~optimizer.travel.TravelMatrix` into its solver's
own model, solves it, and gives the answer back as a :class:`~optimizer.plan.Draft`, which the judge then times and
prices like anybody's. What a solver cannot state is refused with :class:`Unsupported`, never bent into something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix


class Unsupported(Exception):
    """The solver cannot state this problem; the text says which rule."""


class Peer(Protocol):
    """A solver behind the common signature."""

    def warm_up(self) -> None:
        """Import, compile and start whatever a service that runs all day has ready: outside the clock."""

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """An answer within `time_s` seconds, building the solver's own model included.

        Raises
        ------
        Unsupported
            If the solver cannot state the problem.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerInfo:
    """Where an adapter is, the package that it needs, and which cores it uses."""

    module: str
    package: str
    cores: str

    @property
    def is_installed(self) -> bool:
        """Whether the package that it needs is there."""
        return find_spec(self.package) is not None


PEERS: Mapping[str, PeerInfo] = {
    "yizhan": PeerInfo(module="benchmarks.peers.yizhan", package="optimizer", cores="a process per core"),
    "ortools": PeerInfo(module="benchmarks.peers.ortools", package="ortools", cores="one: its search has one thread"),
    "cpsat": PeerInfo(module="benchmarks.peers.cpsat", package="ortools", cores="a thread per core"),
    "pyvrp": PeerInfo(module="benchmarks.peers.pyvrp", package="pyvrp", cores="a seed per core, the best one counts"),
    "vroom": PeerInfo(module="benchmarks.peers.vroom", package="vroom", cores="a thread per core"),
}
"""Every solver by name."""


def make_peer(name: str) -> Peer:
    """The adapter of a solver; imports its package."""
    peer: Peer = import_module(PEERS[name].module).make()
    return peer
