"""From a district's day to its month: what a catalogue and a staff allow, and the visits that baskets become."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import InputError, Issue
from optimizer.network.baskets import BasketRules, Offer
from optimizer.problem import Elder, ElderGroup, Horizon, Problem, Station, SupplyWave, Visit
from optimizer.units import SECONDS_PER_MINUTE, ceil_div

SERVICE_DAYS = 26
"""Days of a month on which there is service (assumed: six a week)."""

WAY_MINUTES = 8
"""Way to a visit that counts beside its duration (assumed)."""

USABLE_PERCENT = 80
"""Part of a shift that visits and ways can fill; breaks and gaps take the rest (assumed)."""

SPARE_PERCENT = 115
"""Portions that a kitchen brings in percent of those ordered (assumed)."""

_HEAVY = frozenset({ElderGroup.DISABLED, ElderGroup.SEVERELY_HANDICAPPED})
"""Groups that may need two workers, so that their visits are measured apart."""


def month_rules(problem: Problem, *, num_days: int = SERVICE_DAYS) -> BasketRules:
    """Catalogue and worker minutes of a month, read off one day of the district.

    Prices come from the problem's services, minutes from the mean of the day's visits (ways of :data:`WAY_MINUTES`
    added), worth is the price in yuan. A worker's time is shared among the worker's skills as the day's work is, and
    :data:`USABLE_PERCENT` of it count.

    Raises
    ------
    InputError
        If no service has a price and a visit.
    """
    visits = _plain_visits(problem)
    offers = [
        _offer(problem, service.service, service.price_cents, visits[service.service])
        for service in problem.services
        if service.price_cents and visits.get(service.service)
    ]
    if not offers:
        message = "no service has both a price and a visit of the day, so there is nothing to choose from."
        raise InputError([Issue(code="no-offers", path="services", message=message, hint="Price the services.")])
    return BasketRules(offers=tuple(offers), minutes_by_skill=_minutes_by_skill(problem, offers, visits, num_days))


def month_problems(
    problem: Problem,
    times_by_elder_id: Mapping[str, Mapping[str, int]],
    *,
    num_days: int = SERVICE_DAYS,
    first_date: dt.date | None = None,
) -> tuple[Problem, ...]:
    """One problem for each service day (Sundays off), in which the baskets' visits are spread evenly.

    Each visit is like one of the day's: of the elder's own, or else of an elder with the same diet who needs as many
    workers, as far as there is one. Kitchens bring what is ordered for the day.

    Raises
    ------
    InputError
        If a basket holds a service of which the day has no visit to take as a model.
    """
    dates = list(_service_dates(first_date or problem.horizon.first_date, num_days))
    models = _Models(problem)
    days: list[list[Visit]] = [[] for _ in dates]
    for elder, service, day, number in _spread(problem, times_by_elder_id, num_days, models):
        days[day].append(replace(models.of(elder, service), visit_id=f"{service}-{elder.elder_id}-{number}"))
    return tuple(
        replace(
            problem,
            name=f"{problem.name}-{date.isoformat()}",
            horizon=Horizon(first_date=date, time_zone=problem.horizon.time_zone),
            stations=_with_waves(problem, visits),
            visits=tuple(visits),
            links=(),
        )
        for date, visits in zip(dates, days, strict=True)
    )


def _plain_visits(problem: Problem) -> dict[str, list[Visit]]:
    """Visits at elders' homes without links, by service: what baskets can be made of."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in problem.visits:
        at_home = visit.elder_id is not None and visit.place is None and visit.end_place is None
        if at_home and visit.visit_id not in problem.links_by_visit_id:
            found[visit.service].append(visit)
    return found


def _offer(problem: Problem, service: str, price_cents: int, visits: Sequence[Visit]) -> Offer:
    heavy: list[int] = []
    light: list[int] = []
    for visit in visits:
        elder = problem.elder_of(visit)
        (heavy if elder is not None and _HEAVY & set(elder.groups) else light).append(_minutes(visit))
    mean = ceil_div(sum(light or heavy), len(light or heavy))
    longer = ceil_div(sum(heavy), len(heavy)) if heavy else mean
    return Offer(
        service=service,
        price_cents=price_cents,
        skill=next(iter(visits[0].skills), ""),
        minutes=mean,
        minutes_by_group=dict.fromkeys(sorted(_HEAVY), longer) if longer > mean else {},
        max_times=12 if visits[0].demand else 4,
        worth=max(1, price_cents // 100),
    )


def _minutes(visit: Visit) -> int:
    """Worker minutes of a visit with its way."""
    way_minutes = 2 if visit.demand else WAY_MINUTES
    return visit.num_workers * (ceil_div(visit.service_duration_s, SECONDS_PER_MINUTE) + way_minutes)


def _minutes_by_skill(
    problem: Problem, offers: Sequence[Offer], visits: Mapping[str, Sequence[Visit]], num_days: int
) -> dict[str, int]:
    work: Counter[str] = Counter()
    for offer in offers:
        work[offer.skill] += sum(_minutes(visit) for visit in visits[offer.service])
    minutes: dict[str, float] = {offer.skill: 0.0 for offer in offers if offer.skill}
    for worker in problem.workers:
        shift_minutes = sum(shift.end_s - shift.start_s for shift in worker.shifts) / SECONDS_PER_MINUTE
        all_work = sum(work[skill] for skill in worker.skills if skill in minutes)
        for skill in worker.skills:
            if skill in minutes and all_work:
                minutes[skill] += shift_minutes * work[skill] / all_work
    usable = num_days / problem.horizon.num_days * USABLE_PERCENT / 100
    return {skill: int(number * usable) for skill, number in sorted(minutes.items())}


class _Models:
    """The day's visits as models of the month's, by who they are for."""

    def __init__(self, problem: Problem) -> None:
        self._meal_types = problem.meal_types
        self._by_elder: dict[tuple[str, str], Visit] = {}
        self._by_kind: dict[tuple[str, str, bool], list[Visit]] = defaultdict(list)
        for service, visits in _plain_visits(problem).items():
            for visit in visits:
                elder = problem.elder_by_id[str(visit.elder_id)]
                self._by_elder.setdefault((elder.elder_id, service), visit)
                self._by_kind[service, elder.diet if visit.demand else "", _is_heavy(elder)].append(visit)
        self._num_used: Counter[tuple[str, str, bool]] = Counter()
        self._chosen: dict[tuple[str, str], Visit] = {}

    def of(self, elder: Elder, service: str) -> Visit:
        """The model for one elder and service, the same all month; models of one kind take turns."""
        key = elder.elder_id, service
        if key not in self._chosen:
            self._chosen[key] = replace(self._by_elder.get(key) or self._next(elder, service), elder_id=elder.elder_id)
        return self._chosen[key]

    def _next(self, elder: Elder, service: str) -> Visit:
        kind = min((each for each in self._by_kind if each[0] == service), key=partial(_unlike, elder), default=None)
        if kind is None:
            raise _no_model(elder, service, "Add one to the visits.")
        self._num_used[kind] += 1
        models = self._by_kind[kind]
        model = models[self._num_used[kind] % len(models)]
        return model if kind[1] in {"", elder.diet} else replace(model, demand=self._in_diet(model, elder))

    def _in_diet(self, model: Visit, elder: Elder) -> dict[str, int]:
        """The model's meals in the elder's diet: lunch becomes the lunch of that diet."""
        demand = {}
        for meal_type, portions in model.demand.items():
            meal = meal_type.split("-")[0]
            fitting = [each.meal_type for each in self._meal_types if each.diet == elder.diet]
            found = next((each for each in fitting if each.split("-")[0] == meal), next(iter(fitting), None))
            if found is None:
                raise _no_model(elder, model.service, f"Add a meal type of the diet {elder.diet!r}.")
            demand[found] = portions
        return demand


def _unlike(elder: Elder, kind: tuple[str, str, bool]) -> tuple[bool, bool]:
    """Whether visits of a kind (service, diet, heavy) are for another diet, or for another need of help."""
    return kind[1] not in {"", elder.diet}, kind[2] != _is_heavy(elder)


def _no_model(elder: Elder, service: str, hint: str) -> InputError:
    message = f"the day has no visit of {service!r} that one for elder {elder.elder_id!r} could be like."
    return InputError([Issue(code="no-model", path="visits", message=message, hint=hint)])


def _is_heavy(elder: Elder) -> bool:
    return bool(_HEAVY & set(elder.groups))


def _spread(
    problem: Problem, times_by_elder_id: Mapping[str, Mapping[str, int]], num_days: int, models: _Models
) -> Iterator[tuple[Elder, str, int, int]]:
    """Elder, service, day and number of every visit: evenly over the days, begun where work is least so far."""
    load: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(num_days))
    for elder in problem.elders:
        for service, times in times_by_elder_id.get(elder.elder_id, {}).items():
            if times == 0:
                continue
            model = models.of(elder, service)
            work = load[next(iter(model.skills), "")]
            steps = np.arange(times) * num_days // times
            starts = np.arange(max(1, num_days // times))
            days = (starts[:, None] + steps) % num_days
            best = days[work[days].sum(axis=1).argmin()]
            np.add.at(work, best, _minutes(model))
            yield from ((elder, service, int(day), number) for number, day in enumerate(sorted(best.tolist()), start=1))


def _service_dates(first: dt.date, num_days: int) -> Iterator[dt.date]:
    date, found = first, 0
    while found < num_days:
        if date.isoweekday() != 7:
            found += 1
            yield date
        date += dt.timedelta(days=1)


def _with_waves(problem: Problem, visits: Sequence[Visit]) -> tuple[Station, ...]:
    """Stations whose waves bring what their territories ordered, in the shares in which they did on the model day."""
    ordered: dict[str, Counter[str]] = defaultdict(Counter)
    fallback = next((station.station_id for station in problem.stations if station.waves), "")
    for visit in visits:
        elder = problem.elder_of(visit)
        station_id = fallback if elder is None or elder.station_id is None else elder.station_id
        ordered[station_id].update(visit.demand)
    return tuple(
        replace(station, waves=tuple(_wave(station, wave, ordered[station.station_id]) for wave in station.waves))
        for station in problem.stations
    )


def _wave(station: Station, wave: SupplyWave, ordered: Mapping[str, int]) -> SupplyWave:
    total = sum(sum(each.portions.values()) for each in station.waves)
    portions = {}
    for meal_type, count in sorted(ordered.items()):
        of_type = sum(each.portions.get(meal_type, 0) for each in station.waves)
        own, everything = (
            (wave.portions.get(meal_type, 0), of_type) if of_type else (sum(wave.portions.values()), total)
        )
        share = own / everything if everything else 1 / len(station.waves)
        portions[meal_type] = int(np.ceil(count * share * SPARE_PERCENT / 100))
    return replace(wave, portions=portions)
