"""From what a home-care file states to a problem with its travel matrix.

Each service of a patient is a visit of its own (``p4/s2``), done by one worker with the skill of that name. Two
services of a patient are linked: at the same start, or so far apart, by different workers. Tardiness has no limit in
these families, nor has overtime: windows and shifts end far beyond any plan, and where they end in the file is their
soft end.

A unit of time in the file, mostly a minute, is one second here where all times are whole, else a power of ten of them.
Prices are such that ``plan.cost.total_cents / cost_divisor`` is the family's cost, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.formats.benchmark.care import (
    Component,
    StatedCare,
    StatedCarer,
    StatedPatient,
    StatedService,
    Sync,
)
from optimizer.formats.benchmark.instance import (
    FIRST_DATE,
    METRE_A_SECOND,
    MODE,
    SHIFT_ID,
    BenchmarkInstance,
    drawn_places,
)
from optimizer.formats.benchmark.stated import num_decimals
from optimizer.params import CostWeights
from optimizer.problem import (
    Break,
    Elder,
    Horizon,
    Link,
    LinkKind,
    Pay,
    Problem,
    Shift,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

LUNCH = "lunch"

LATEST_S = 9999 * SECONDS_PER_HOUR + 3599
"""The latest clock time that can be written."""


def visit_id_of(patient_id: str, service: str) -> str:
    """Name of the visit that gives a patient a service."""
    return f"{patient_id}/{service}"


def make_care_instance(stated: StatedCare) -> BenchmarkInstance:
    """The problem and the travel matrix of what a file states."""
    maker = _Maker(stated)
    return BenchmarkInstance(
        name=stated.name,
        family=stated.family,
        problem=maker.problem(),
        travel=TravelMatrix(
            places=maker.places,
            duration_s={MODE: maker.units},
            distance_m={MODE: maker.units},
            source=f"{stated.name}: the file's distances times {maker.scale}",
        ),
        scale=maker.scale,
        cost_divisor=float(maker.scale * maker.price_scale * stated.published_units),
        lists_unused=False,
    )


class _Maker:
    """One instance's facts.

    ``scale`` is how many seconds a unit of time in the file is, ``price_scale`` how many cents a unit of cost is for
    each of them; what is counted rather than timed is charged `scale` times as much, so that all terms share a unit.
    """

    def __init__(self, stated: StatedCare) -> None:
        self._stated, self._prices = stated, stated.prices
        self.scale: int = 10**stated.num_decimals
        self.price_scale: int = 10 ** max(map(num_decimals, stated.prices.by_component.values()), default=0)
        self.places = drawn_places([(place.place_id, place.location) for place in stated.places])
        self.units: NDArray[np.int32] = np.array(
            [[self._units(value) for value in row] for row in stated.distances], dtype=np.int32
        )
        self._far_s = self._latest_s()

    def problem(self) -> Problem:
        stated = self._stated
        return Problem(
            name=stated.name,
            description=f"Benchmark instance of the family {stated.family}.",
            horizon=Horizon(first_date=FIRST_DATE, num_days=self._far_s // SECONDS_PER_DAY + 1),
            elders=tuple(map(self._elder, stated.patients)),
            visits=tuple(visit for patient in stated.patients for visit in self._visits(patient)),
            workers=tuple(map(self._worker, stated.carers)),
            links=tuple(link for patient in stated.patients for link in self._links(patient)),
            modes=(METRE_A_SECOND,),
            weights=self._weights(),
        )

    def _units(self, value: Decimal) -> int:
        return int(value * self.scale)

    def _per_hour(self, *components: Component) -> int:
        """Cents per hour that make a second cost what it should."""
        return SECONDS_PER_HOUR * sum(int(self._prices.of(component) * self.price_scale) for component in components)

    def _each(self, component: Component) -> int:
        """Cents for one of what is counted."""
        return int(self._prices.of(component) * self.price_scale) * self.scale

    def _is_hard(self, *components: Component) -> bool:
        return not self._prices.hard.isdisjoint(components)

    def _latest_s(self) -> int:
        """Later than anything happens in a plan that wastes no time, whoever does all of it.

        After the last opening of any window or shift come at most all services, each with the longest way to it, the
        gaps between them, a lunch and the way home.
        """
        stated, longest = self._stated, int(self.units.max())
        opening = max(
            *(start for patient in stated.patients for start, _ in patient.windows),
            *(carer.shift[0] for carer in stated.carers if carer.shift is not None),
            Decimal(0) if stated.lunch is None else stated.lunch.span[1] + stated.lunch.duration,
            Decimal(0),
        )
        work = sum((need.duration for patient in stated.patients for need in patient.services), Decimal(0))
        gaps = sum((patient.gap[0] for patient in stated.patients), Decimal(0))
        num_ways = 1 + sum(len(patient.services) for patient in stated.patients)
        ends = max((carer.shift[1] for carer in stated.carers if carer.shift is not None), default=Decimal(0))
        lunch = Decimal(0) if stated.lunch is None else stated.lunch.duration
        latest_s: int = self._units(opening + work + gaps + lunch) + num_ways * longest
        return min(LATEST_S, max(latest_s, self._units(ends)))

    def _elder(self, patient: StatedPatient) -> Elder:
        preferred = patient.preferred or ()
        forbidden = patient.incompatible if self._is_hard(Component.INCOMPATIBILITIES) else ()
        if preferred and self._is_hard(Component.CAREGIVER_PREFERENCES):
            others = [carer.carer_id for carer in self._stated.carers if carer.carer_id not in preferred]
            preferred, forbidden = (), tuple(dict.fromkeys((*forbidden, *others)))
        return Elder(
            elder_id=patient.patient_id,
            place=self.places[patient.row],
            preferred_worker_ids=preferred,
            forbidden_worker_ids=forbidden,
        )

    def _visits(self, patient: StatedPatient) -> Iterator[Visit]:
        """The patient's price of being left out is that of the first visit: they are served together or not at all."""
        needs_skill = self._is_hard(Component.QUALIFICATION)
        is_mandatory = not patient.is_optional or self._is_hard(Component.OPTIONAL_PATIENTS)
        for number, need in enumerate(patient.services):
            yield Visit(
                visit_id=visit_id_of(patient.patient_id, need.service),
                service=need.service,
                elder_id=patient.patient_id,
                windows=tuple(self._windows(patient, need)),
                service_duration_s=self._units(need.duration),
                skills={need.service: 1} if needs_skill else {},
                mandatory=is_mandatory,
                unserved_cents=0 if is_mandatory or number else self._each(Component.OPTIONAL_PATIENTS),
            )

    def _windows(self, patient: StatedPatient, need: StatedService) -> Iterator[TimeWindow]:
        """Windows that follow each other: the one that applies is the last one whose start has come."""
        early_s = self._units(need.duration) if self._stated.met_at_end else 0
        is_hard = self._is_hard(Component.TOTAL_TARDINESS, Component.HIGHEST_TARDINESS)
        nexts = [self._units(start) for start, _ in patient.windows[1:]]
        for (start, end), next_s in zip(patient.windows, [*nexts, self._far_s + 1], strict=True):
            start_s, soft_end_s, end_s = self._units(start), self._units(end) - early_s, next_s - 1
            if is_hard:
                end_s = min(end_s, soft_end_s)
            if start_s <= end_s:
                is_soft = soft_end_s < end_s
                yield TimeWindow(start_s=start_s, end_s=end_s, soft_end_s=soft_end_s if is_soft else None)

    def _links(self, patient: StatedPatient) -> Iterator[Link]:
        """Independent services are bound only where both or neither are served."""
        ids = [visit_id_of(patient.patient_id, need.service) for need in patient.services]
        for first, second in pairwise(ids):
            if patient.sync is Sync.SIMULTANEOUS:
                yield Link(kind=LinkKind.SAME_START, first_visit_id=first, second_visit_id=second)
            elif patient.sync is Sync.SEQUENTIAL:
                least_s, most_s = map(self._units, patient.gap)
                yield _gap(first, second, (least_s, most_s))
            elif patient.is_optional and not self._is_hard(Component.OPTIONAL_PATIENTS):
                yield _gap(first, second, (-self._far_s, self._far_s))
            if patient.sync is not Sync.INDEPENDENT:
                yield Link(kind=LinkKind.DIFFERENT_WORKER, first_visit_id=first, second_visit_id=second)

    def _worker(self, carer: StatedCarer) -> Worker:
        soft_end_s = None if carer.shift is None else self._units(carer.shift[1])
        is_hard = soft_end_s is not None and self._is_hard(Component.WORKING_TIME)
        start_s = 0 if carer.shift is None else self._units(carer.shift[0])
        breaks, fixed_cents = self._breaks(carer, start_s)
        shift = Shift(
            shift_id=SHIFT_ID,
            start_s=start_s,
            end_s=soft_end_s if is_hard and soft_end_s is not None else self._far_s,
            soft_end_s=None if is_hard else soft_end_s,
            start_place=self.places[carer.departs_row],
            end_place=self.places[carer.returns_row],
            breaks=breaks,
        )
        return Worker(
            worker_id=carer.carer_id,
            shifts=(shift,),
            skills=dict.fromkeys(carer.abilities, 1),
            vehicle=Vehicle(mode=MODE),
            pay=Pay(fixed_cents=fixed_cents, overtime_cents_per_hour=self._per_hour(Component.TOTAL_EXTRA_TIME)),
        )

    def _breaks(self, carer: StatedCarer, start_s: int) -> tuple[tuple[Break, ...], int]:
        """The lunch break, and what the shift costs because it comes too late for one."""
        lunch, cents = self._stated.lunch, self._each(Component.MISSED_LUNCH_BREAK)
        is_hard = self._is_hard(Component.MISSED_LUNCH_BREAK)
        if lunch is None or not carer.has_lunch or not (is_hard or cents):
            return (), 0
        duration_s = self._units(lunch.duration)
        first_s, end_s = map(self._units, lunch.span)
        last_s = end_s - duration_s if self._stated.met_at_end else end_s
        if not is_hard and max(first_s, start_s) > last_s:
            return (), cents
        rest = Break(
            break_id=LUNCH,
            start_s=first_s,
            end_s=last_s,
            duration_s=duration_s,
            mandatory=is_hard,
            missed_cents=None if is_hard else cents,
        )
        return (rest,), 0

    def _weights(self) -> CostWeights:
        return CostWeights(
            mandatory_cents=self._mandatory_cents(),
            travel_cents_per_hour=self._per_hour(Component.TRAVEL_TIME),
            waiting_cents_per_hour=self._per_hour(Component.TOTAL_WAITING_TIME),
            highest_idle_cents_per_hour=self._per_hour(Component.MAX_IDLE_TIME),
            lateness_cents_per_hour=self._per_hour(Component.TOTAL_TARDINESS),
            highest_lateness_cents_per_hour=self._per_hour(Component.HIGHEST_TARDINESS),
            not_preferred_cents=self._each(Component.CAREGIVER_PREFERENCES),
            imbalance_cents_per_hour=self._per_hour(Component.WORKLOAD_BALANCE),
            food_age_cents_per_hour=0,
            new_worker_cents=0,
            missed_break_cents=0,
            promise_moved_cents_per_hour=0,
            promise_worker_cents=0,
        )

    def _mandatory_cents(self) -> int:
        """More than serving one more visit at the end of any route can cost, so that leaving one out never pays."""
        timed = (
            Component.TOTAL_TARDINESS,
            Component.HIGHEST_TARDINESS,
            Component.TOTAL_WAITING_TIME,
            Component.TOTAL_EXTRA_TIME,
            Component.MAX_IDLE_TIME,
        )
        per_second = self._per_hour(*timed) // SECONDS_PER_HOUR
        load = self._per_hour(Component.WORKLOAD_BALANCE) // SECONDS_PER_HOUR * 2 * len(self._stated.carers)
        ways = self._per_hour(Component.TRAVEL_TIME) // SECONDS_PER_HOUR * 2 * int(self.units.max())
        counted = self._each(Component.CAREGIVER_PREFERENCES) + self._each(Component.MISSED_LUNCH_BREAK)
        return (per_second + load) * self._far_s + ways + counted + 1


def _gap(first: str, second: str, gap_s: tuple[int, int]) -> Link:
    least_s, most_s = gap_s
    return Link(kind=LinkKind.GAP, first_visit_id=first, second_visit_id=second, min_gap_s=least_s, max_gap_s=most_s)
