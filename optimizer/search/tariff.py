"""Prices in the units of the search: what a second, a metre or a piece costs, also where its term must be zero."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.problem import Problem
from optimizer.rules import CostTerm
from optimizer.search.arrays import HARD_CENTS
from optimizer.units import SECONDS_PER_HOUR

NEVER_CENTS = 1e9
"""Price of what no kept plan has: a mandatory break missed, a locked visit left out."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices as ``float`` cents; a unit of a term in `hard_terms` costs :data:`optimizer.search.arrays.HARD_CENTS`."""

    hard_terms: frozenset[CostTerm]

    @classmethod
    def of(cls, problem: Problem) -> Tariff:
        """The tariff of a problem."""
        return cls(frozenset(problem.hard_terms))

    def per_s(self, cents_per_hour: float, term: CostTerm) -> float:
        """Cents per second."""
        return HARD_CENTS if term in self.hard_terms else cents_per_hour / SECONDS_PER_HOUR

    def per_m(self, cents_per_km: float, term: CostTerm) -> float:
        """Cents per metre."""
        return HARD_CENTS if term in self.hard_terms else cents_per_km / 1000

    def each(self, cents: float, term: CostTerm) -> float:
        """Cents a piece."""
        return HARD_CENTS if term in self.hard_terms else float(cents)

    def missed_break(self, cents: float, *, mandatory: bool) -> float:
        """Cents for a break not taken."""
        is_hard = mandatory or CostTerm.MISSED_BREAK in self.hard_terms
        return NEVER_CENTS if is_hard else float(cents)
