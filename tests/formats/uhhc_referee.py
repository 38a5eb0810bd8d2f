"""A referee of the unified home health care problem that knows nothing of our model.

Plain Python over the JSON of an instance and of a solution, written from the family's rules alone: what a solution
costs by component, and everything that is wrong with it. It shares no line with the reader, the judge or the writer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any

LUNCH = "lunch_break"
HARD_IF_ABSENT = (
    "caregiver_preferences",
    "optional_patients",
    "missed_lunch_break",
    "qualification",
    "incompabilities",
)


@dataclass(frozen=True)
class Verdict:
    """Quantities by component, their weighted sum, and the errors."""

    quantities: dict[str, int]
    cost: float
    errors: list[str]


@dataclass
class Tour:
    """One carer's locations in order of time, with what follows from them."""

    carer: dict[str, Any]
    locations: list[dict[str, Any]]
    rows: list[int] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    departure: float = 0
    back: float = 0
    travel: float = 0

    @property
    def services(self) -> list[dict[str, Any]]:
        return [place for place in self.locations if place["service"] != LUNCH]


class Referee:
    """The facts of one instance and one solution, and what is wrong with the solution."""

    def __init__(self, instance: dict[str, Any], solution: dict[str, Any]) -> None:
        self.instance = instance
        self.weights = instance["metadata"]["cost_components"]
        self.at_end = instance["metadata"].get("time_window_met") == "at_service_end"
        self.patients = {patient["id"]: patient for patient in instance["patients"]}
        self.carers = {carer["id"]: carer for carer in instance["caregivers"]}
        self.row_of_point = {point["id"]: point["distance_matrix_index"] for point in instance["terminal_points"]}
        self.general = {service["id"]: service.get("default_duration") for service in instance["services"]}
        self.errors: list[str] = []
        self.tours = self._tours(solution)
        self.given: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for tour in self.tours:
            for place in tour.services:
                self.given[place["patient"], place["service"]].append((tour.carer["id"], place))
        self.served = {patient for patient, _ in self.given}
        for tour in self.tours:
            self._run(tour)

    def is_hard(self, component: str) -> bool:
        value = self.weights.get(component)
        return value == "HARD" or (value is None and component in HARD_IF_ABSENT)

    def check(self, is_right: bool, text: str) -> None:
        if not is_right:
            self.errors.append(text)

    def _tours(self, solution: dict[str, Any]) -> list[Tour]:
        names = [route["caregiver_id"] for route in solution["routes"]]
        self.check(len(names) == len(set(names)), "a carer has two routes")
        self.check(set(names) <= set(self.carers), "a route is of nobody")
        tours = []
        for route in solution["routes"]:
            places = sorted(route.get("locations") or [], key=lambda place: place["arrival_time"])
            if places and route["caregiver_id"] in self.carers:
                tours.append(Tour(self.carers[route["caregiver_id"]], places))
        return tours

    def _row(self, tour: Tour, place: dict[str, Any]) -> int:
        """Lunch is where a served patient is, or else where the carer sets out."""
        if place["service"] == LUNCH and place["patient"] not in self.served:
            return self.row_of_point[tour.carer["departing_point"]]
        return self.patients[place["patient"]]["distance_matrix_index"]

    def _run(self, tour: Tour) -> None:
        """Ways and times of a tour; the carer leaves just in time for the first location."""
        distances = self.instance["distances"]
        home = self.row_of_point[tour.carer["departing_point"]]
        end = self.row_of_point[tour.carer.get("arrival_point") or tour.carer["departing_point"]]
        tour.rows = [self._row(tour, place) for place in tour.locations]
        ways = [distances[here][there] for here, there in zip([home, *tour.rows], [*tour.rows, end], strict=True)]
        tour.travel = sum(ways)
        tour.departure = tour.locations[0]["arrival_time"] - ways[0]
        tour.arrivals = [tour.locations[0]["arrival_time"]]
        for before, way in zip(tour.locations[:-1], ways[1:-1], strict=True):
            tour.arrivals.append(before["departure_time"] + way)
        tour.back = tour.locations[-1]["departure_time"] + ways[-1]

    # What must be so

    def check_times(self) -> None:
        for tour in self.tours:
            name = tour.carer["id"]
            for place, arrival in zip(tour.locations, tour.arrivals, strict=True):
                start, end = place["arrival_time"], place["departure_time"]
                self.check(0 <= start < end, f"{name}: {place} does not last")
                self.check(arrival <= start, f"{name}: {place} begins before the carer is there at {arrival}")
            shift = tour.carer.get("working_shift")
            if shift is not None:
                self.check(tour.departure >= shift["start"], f"{name} leaves at {tour.departure}, before the shift")
                if self.is_hard("working_time"):
                    self.check(tour.back <= shift["end"], f"{name} is back at {tour.back}, after the shift")

    def check_services(self) -> None:
        for tour in self.tours:
            for place in tour.services:
                needs = {need["service"]: need for need in self.patients[place["patient"]]["required_services"]}
                self.check(place["service"] in needs, f"{place} is no service of the patient")
                duration = needs.get(place["service"], {}).get("duration") or self.general[place["service"]] or 0
                self.check(place["departure_time"] - place["arrival_time"] >= duration, f"{place} is too short")
                first = self.patients[place["patient"]]["time_windows"][0]["start"]
                self.check(place["arrival_time"] >= first, f"{place} begins before the first window")

    def check_patients(self) -> None:
        for name, patient in self.patients.items():
            may_wait = patient.get("optional") and not self.is_hard("optional_patients")
            self.check(name in self.served or bool(may_wait), f"{name} is required but not served")
            if name not in self.served:
                continue
            for need in patient["required_services"]:
                times = len(self.given[name, need["service"]])
                self.check(times == 1, f"{name} has {need['service']} {times} times")
            self._check_together(name, patient)

    def _check_together(self, name: str, patient: dict[str, Any]) -> None:
        sync = patient.get("synchronization") or {"type": "independent"}
        both = [self.given[name, need["service"]] for need in patient["required_services"]]
        if sync["type"] == "independent" or any(len(given) != 1 for given in both):
            return
        (carer, first), (other, second) = both[0][0], both[1][0]
        self.check(carer != other, f"{name} has both services from {carer}")
        apart = second["arrival_time"] - first["arrival_time"]
        if sync["type"] == "simultaneous":
            self.check(apart == 0, f"{name}'s services begin {apart} apart")
        else:
            span = sync["distance"]
            self.check(span["min"] <= apart <= span["max"], f"{name}'s services begin {apart} apart, not in {span}")

    def check_carers(self) -> None:
        for tour in self.tours:
            name = tour.carer["id"]
            for place in tour.services:
                patient = self.patients[place["patient"]]
                if self.is_hard("qualification"):
                    self.check(place["service"] in tour.carer["abilities"], f"{name} cannot give {place}")
                if self.is_hard("incompabilities"):
                    refused = patient.get("incompatible_caregivers") or []
                    self.check(name not in refused, f"{name} is incompatible with {place}")

    def check_lunch(self) -> None:
        spec = self.instance.get("lunch_breaks")
        for tour in self.tours:
            lunches = [place for place in tour.locations if place["service"] == LUNCH]
            self.check(len(lunches) <= 1, f"{tour.carer['id']} has lunch {len(lunches)} times")
            for place in lunches:
                self.check(bool(tour.carer.get("lunch_break")), f"{tour.carer['id']} has no lunch to take")
                met = place["departure_time"] if self.at_end else place["arrival_time"]
                self.check(
                    spec["start"] <= place["arrival_time"] and met <= spec["end"], f"{place} lies outside {spec}"
                )
                lasts = place["departure_time"] - place["arrival_time"]
                self.check(lasts >= spec["min_duration"], f"{place} is too short")
        if self.is_hard("missed_lunch_break"):
            self.check(self.missed_lunches() == 0, "somebody misses lunch")

    # What it costs

    def tardiness(self) -> list[float]:
        late = []
        for tour in self.tours:
            for place in tour.services:
                windows = self.patients[place["patient"]]["time_windows"]
                position = bisect_right([window["start"] for window in windows], place["arrival_time"]) - 1
                met = place["departure_time"] if self.at_end else place["arrival_time"]
                late.append(max(0, met - windows[max(0, position)]["end"]))
        return late

    def waits(self, tour: Tour) -> list[float]:
        return [place["arrival_time"] - arrival for place, arrival in zip(tour.locations, tour.arrivals, strict=True)]

    def waiting(self) -> float:
        """The wait after a lunch that is the very first location does not count."""
        total = 0
        for tour in self.tours:
            begins_with_lunch = tour.locations[0]["service"] == LUNCH
            total += sum(w for n, w in enumerate(self.waits(tour)) if not (n == 1 and begins_with_lunch))
        return total

    def idle(self) -> float:
        """The longest over all carers; who gives no service is idle throughout."""
        idle = {name: self._shift_length(carer) for name, carer in self.carers.items()}
        for tour in self.tours:
            shift = tour.carer.get("working_shift")
            if shift is not None and tour.services:
                before, after = tour.departure - shift["start"], shift["end"] - tour.back
                idle[tour.carer["id"]] = max(0, before) + sum(self.waits(tour)) + max(0, after)
        return max(idle.values())

    def _shift_length(self, carer: dict[str, Any]) -> float:
        shift = carer.get("working_shift")
        return 0 if shift is None else shift["end"] - shift["start"]

    def missed_lunches(self) -> int:
        eating = {tour.carer["id"] for tour in self.tours if any(p["service"] == LUNCH for p in tour.locations)}
        return sum(bool(carer.get("lunch_break")) and name not in eating for name, carer in self.carers.items())

    def imbalance(self) -> int:
        loads = dict.fromkeys(self.carers, Fraction(0))
        for tour in self.tours:
            lasts = sum(Fraction(p["departure_time"]) - Fraction(p["arrival_time"]) for p in tour.services)
            loads[tour.carer["id"]] = lasts + Fraction(tour.travel)
        mean = sum(loads.values(), Fraction(0)) / len(loads)
        return sum(ceil(abs(load - mean)) for load in loads.values())

    def not_preferred(self) -> int:
        count = 0
        for tour in self.tours:
            for place in tour.services:
                preferred = self.patients[place["patient"]].get("preferred_caregivers")
                count += preferred is not None and tour.carer["id"] not in preferred
        return count

    def overtime(self) -> float:
        over = 0
        for tour in self.tours:
            shift = tour.carer.get("working_shift")
            over += 0 if shift is None else max(0, tour.back - shift["end"])
        return over


def judge(instance: dict[str, Any], solution: dict[str, Any]) -> Verdict:
    """The referee's verdict on a solution."""
    referee = Referee(instance, solution)
    referee.check_times()
    referee.check_services()
    referee.check_patients()
    referee.check_carers()
    referee.check_lunch()
    late = referee.tardiness()
    quantities = {
        "travel_time": sum(tour.travel for tour in referee.tours),
        "total_tardiness": sum(late),
        "highest_tardiness": max(late, default=0),
        "total_waiting_time": referee.waiting(),
        "total_extra_time": referee.overtime(),
        "max_idle_time": referee.idle(),
        "caregiver_preferences": referee.not_preferred(),
        "optional_patients": len(referee.patients) - len(referee.served),
        "missed_lunch_break": referee.missed_lunches(),
        "workload_balance": referee.imbalance(),
    }
    for component in ("total_tardiness", "highest_tardiness", "caregiver_preferences"):
        if referee.is_hard(component):
            referee.check(quantities[component] == 0, f"{component} must be 0")
    weight = {name: 0 if value == "HARD" else value for name, value in referee.weights.items()}
    cost = sum(weight.get(name, 0) * quantity for name, quantity in quantities.items())
    return Verdict(quantities, cost, referee.errors)
