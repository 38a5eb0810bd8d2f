"""The key figures on the cards, each with the value it should have.

Targets are those that contracts and food rules of the field name: 95 % on time, 95 % of meals within 75 minutes of
loading and none over two hours, a Gini coefficient of paid time up to 0.10, five minutes of waiting for a partner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.console.texts import Texts
from optimizer.plan import Plan

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A key figure: its name in the texts, where it stands, how it is written, and its target.

    ``at_least`` or ``at_most`` is the target, in the unit of the value; neither where there is none. ``more_is_better``
    says which of two values is the better one; ``None`` where neither is.
    """

    name: str
    key: str
    written: Callable[[Texts, float], str]
    at_least: float | None = None
    at_most: float | None = None
    more_is_better: bool | None = None

    @property
    def target(self) -> float | None:
        """The value it should have."""
        return self.at_most if self.at_least is None else self.at_least

    def is_met(self, value: float) -> bool | None:
        """Whether `value` reaches the target; None without one."""
        if self.at_least is not None:
            return value >= self.at_least
        return None if self.at_most is None else value <= self.at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A figure of one plan, written out."""

    name: str
    value: str
    target: str
    is_met: bool | None


def _percent(texts: Texts, value: float) -> str:
    return f"{100 * value:.1f} %"


def _minutes(texts: Texts, value: float) -> str:
    return texts.text("unit.minutes", value=f"{value / 60:.0f}")


def _hours(texts: Texts, value: float) -> str:
    return texts.text("unit.hours", value=f"{value / 3600:.1f}")


def _km(texts: Texts, value: float) -> str:
    return texts.text("unit.km", value=f"{value / 1000:,.0f}")


def _plain(texts: Texts, value: float) -> str:
    return f"{value:.2f}"


def _count(texts: Texts, value: float) -> str:
    return f"{value:,.0f}"


def yuan(cents: float, *, signed: bool = False) -> str:
    """Money in yuan, e.g. ``"¥23,670"``; with a sign where it is a change."""
    sign = ("+" if cents > 0 else "−" if cents < 0 else "±") if signed else ("−" if cents < 0 else "")
    amount = abs(cents) / 100
    return f"{sign}¥{amount:,.0f}" if amount >= 1000 or amount == round(amount) else f"{sign}¥{amount:,.1f}"


def _yuan(texts: Texts, value: float) -> str:
    return yuan(value)


FIGURES = (
    Figure(name="served", key="served_share", written=_percent, at_least=1.0, more_is_better=True),
    Figure(name="on_time", key="on_time_share", written=_percent, at_least=0.95, more_is_better=True),
    Figure(name="food_age", key="food_age_p95_s", written=_minutes, at_most=75 * 60, more_is_better=False),
    Figure(name="food_over", key="food_over_120_min_share", written=_percent, at_most=0.0, more_is_better=False),
    Figure(name="gini", key="workload_gini", written=_plain, at_most=0.10, more_is_better=False),
    Figure(name="sync", key="sync_wait_mean_s", written=_minutes, at_most=5 * 60, more_is_better=False),
    Figure(name="known", key="known_worker_share", written=_percent, more_is_better=True),
    Figure(name="travel", key="travel_share", written=_percent, more_is_better=False),
    Figure(name="cost", key="cost_cents", written=_yuan, more_is_better=False),
    Figure(name="gap", key="gap_share", written=_percent, more_is_better=False),
    Figure(name="unmet", key="unmet_priority_share", written=_percent, at_most=0.0, more_is_better=False),
    Figure(name="workers", key="num_workers_used", written=_count),
    Figure(name="portions", key="num_portions", written=_count),
    Figure(name="distance", key="travel_distance_m", written=_km, more_is_better=False),
    Figure(name="overtime", key="overtime_s", written=_hours, more_is_better=False),
    Figure(name="per_visit", key="cents_per_visit", written=_yuan, more_is_better=False),
)
"""Every figure that is shown or compared, the most asked for first."""

NUM_CARDS, NUM_LARGE_CARDS = 10, 7
"""So many of them stand on cards, in normal and in large text; all are compared."""


def figures_of(plan: Plan) -> Figures:
    """The plan's key figures, with its cost, the share served and the gap to the lower bound."""
    kpis = dict(plan.kpis)
    cost_cents, bound_cents = plan.cost.total_cents, plan.provenance.lower_bound_cents
    kpis["cost_cents"] = cost_cents
    kpis["served_share"] = kpis["num_served"] / kpis["num_visits"] if kpis.get("num_visits") else None
    kpis["gap_share"] = None if not bound_cents else (cost_cents - bound_cents) / bound_cents
    return kpis


def cards_of(texts: Texts, plan: Plan, num_cards: int = NUM_CARDS) -> list[Card]:
    """The first cards of a plan; figures without anything to measure are left out."""
    figures = figures_of(plan)
    known = [(figure, figures.get(figure.key)) for figure in FIGURES]
    return [_card(texts, figure, value) for figure, value in known if value is not None][:num_cards]


def _card(texts: Texts, figure: Figure, value: float) -> Card:
    target = figure.target
    sign = "≥" if figure.at_least is not None else "≤"
    told = "" if target is None else texts.text("kpi.target", target=f"{sign} {figure.written(texts, target)}")
    return Card(
        name=texts[f"kpi.{figure.name}"],
        value=figure.written(texts, value),
        target=told,
        is_met=figure.is_met(value),
    )
