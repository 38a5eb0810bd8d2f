"""Every rule and every cost term, by name, with its sentence: the one table that code, judge and documents share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What a plan must keep. :data:`RULES` says each in one sentence."""

    REFERENCE = "reference"
    VISIT_ONCE = "visit-once"
    ACCOUNTED = "accounted"
    TIMES = "times"
    TRAVEL = "travel"
    SERVICE_DURATION = "service-duration"
    TIME_WINDOW = "time-window"
    SHIFT = "shift"
    WORKING_TIME = "working-time"
    BREAK = "break"
    RANGE = "range"
    TRIPS = "trips"
    SKILL = "skill"
    FORBIDDEN_WORKER = "forbidden-worker"
    DISTINCT_WORKERS = "distinct-workers"
    RELIABILITY = "reliability"
    PINNED_WORKER = "pinned-worker"
    PINNED_START = "pinned-start"
    LOADED = "loaded"
    CAPACITY = "capacity"
    SUPPLIER = "supplier"
    STOCK = "stock"
    OPENING = "opening"
    LOADING = "loading"
    READY_TIME = "ready-time"
    TIME_ON_BOARD = "time-on-board"
    SAME_START = "same-start"
    GAP = "gap"
    BEFORE = "before"
    SAME_WORKER = "same-worker"
    DIFFERENT_WORKER = "different-worker"
    NOT_CONSECUTIVE_DAYS = "not-consecutive-days"
    TOGETHER = "together"
    HARD_TERM = "hard-term"


class CostTerm(StrEnum):
    """What a plan is charged for. :data:`COST_TERMS` says each in one sentence."""

    UNSERVED = "unserved"
    FIXED = "fixed"
    WORKED_TIME = "worked-time"
    OVERTIME = "overtime"
    DISTANCE = "distance"
    VISITS = "visits"
    MEALS = "meals"
    TRAVEL_TIME = "travel-time"
    WAITING = "waiting"
    IDLE = "idle"
    HIGHEST_IDLE = "highest-idle"
    LATENESS = "lateness"
    HIGHEST_LATENESS = "highest-lateness"
    EARLINESS = "earliness"
    FOOD_AGE = "food-age"
    NOT_PREFERRED = "not-preferred"
    NEW_WORKER = "new-worker"
    IMBALANCE = "imbalance"
    MISSED_BREAK = "missed-break"
    PROMISE_MOVED = "promise-moved"
    PROMISE_WORKER = "promise-worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """One rule in words: the law, and what to do where it is in the way."""

    sentence: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTermInfo:
    """One cost term in words: what is counted, in which unit, and where its price stands."""

    sentence: str
    unit: str
    price: str


RULES: dict[Rule, RuleInfo] = {
    Rule.REFERENCE: RuleInfo(
        sentence="Every stop names a worker, shift, visit, station or break of the problem, and lies where that is.",
        hint="Correct the id.",
    ),
    Rule.VISIT_ONCE: RuleInfo(
        sentence="A served visit is served exactly once, by exactly as many different workers as it needs.",
        hint="Remove the surplus stop, or add the missing worker.",
    ),
    Rule.ACCOUNTED: RuleInfo(
        sentence="Every visit is either served or listed as unassigned, never both and never neither.",
        hint="List the visit as unassigned, or take it off that list.",
    ),
    Rule.TIMES: RuleInfo(
        sentence="A route begins with a start stop and ends with an end stop; at every stop arrival, start, end and "
        "departure follow each other, and the travel and wait printed are those it takes.",
        hint="Put the stops and their times in order.",
    ),
    Rule.TRAVEL: RuleInfo(
        sentence="A stop is reached no sooner than the departure from the stop before plus the travel time from there.",
        hint="Start later, or change the order of the stops.",
    ),
    Rule.SERVICE_DURATION: RuleInfo(
        sentence="A visit lasts at least its service duration at the worker's pace.",
        hint="Give the visit its full duration.",
    ),
    Rule.TIME_WINDOW: RuleInfo(
        sentence="A visit starts inside one of its time windows, both ends included.",
        hint="Widen the window, or move the visit.",
    ),
    Rule.SHIFT: RuleInfo(
        sentence="A shift has at most one route, which leaves not before the shift starts, returns not after it "
        "ends, and keeps its places.",
        hint="Extend the shift, or give the visit to another worker.",
    ),
    Rule.WORKING_TIME: RuleInfo(
        sentence="The time from departure to return, breaks taken off, is at most the shift's working time.",
        hint="Shorten the route.",
    ),
    Rule.BREAK: RuleInfo(
        sentence="A shift with a visit takes each mandatory break; a break is taken at most once, starts in its "
        "window, lasts its full length and is at its place.",
        hint="Move or insert the break.",
    ),
    Rule.RANGE: RuleInfo(
        sentence="A route is not longer than its vehicle's range.",
        hint="Shorten the route, or use another vehicle.",
    ),
    Rule.TRIPS: RuleInfo(
        sentence="A route loads at most as often as its shift allows.",
        hint="Put more on each trip, use a larger vehicle, or allow another trip.",
    ),
    Rule.SKILL: RuleInfo(
        sentence="The worker has every skill the visit needs, at its level or above.",
        hint="Train a worker, or ask a provider who has the skill.",
    ),
    Rule.FORBIDDEN_WORKER: RuleInfo(
        sentence="No visit is given by a worker whom the elder refuses.",
        hint="Send somebody else.",
    ),
    Rule.DISTINCT_WORKERS: RuleInfo(
        sentence="An elder meets no new worker once the elder's largest number of different workers is reached, "
        "history included.",
        hint="Send somebody the elder knows.",
    ),
    Rule.RELIABILITY: RuleInfo(
        sentence="The worker is at least as reliable as the visit demands.",
        hint="Send an employee, or a more reliable volunteer.",
    ),
    Rule.PINNED_WORKER: RuleInfo(
        sentence="A visit pinned to workers is given by them; others join only where it needs more workers than are "
        "pinned.",
        hint="Give the visit to the pinned worker, or unpin it.",
    ),
    Rule.PINNED_START: RuleInfo(
        sentence="A visit pinned to a time starts at that time.",
        hint="Start at the pinned time, or unpin it.",
    ),
    Rule.LOADED: RuleInfo(
        sentence="Portions are handed over only from what the same trip loaded.",
        hint="Load before the visit, and enough.",
    ),
    Rule.CAPACITY: RuleInfo(
        sentence="What a trip loads fits the vehicle in each of its named capacities.",
        hint="Add a trip, or use a larger vehicle.",
    ),
    Rule.SUPPLIER: RuleInfo(
        sentence="A visit's portions come from a station that may supply it: named by the visit if it names any, and "
        "within its service radius (which does not bind supply runs).",
        hint="Let another station supply the visit, or widen the station's service radius.",
    ),
    Rule.STOCK: RuleInfo(
        sentence="At any time a station has handed out no more portions of a meal type than its waves and supply runs "
        "have brought by then.",
        hint="Cook more, cook earlier, or supply from another station.",
    ),
    Rule.OPENING: RuleInfo(
        sentence="Loading starts inside the station's opening hours.",
        hint="Load while the station is open, or open it longer.",
    ),
    Rule.LOADING: RuleInfo(
        sentence="Loading takes at least the station's loading time.",
        hint="Give the loading its full time.",
    ),
    Rule.READY_TIME: RuleInfo(
        sentence="A trip is loaded no sooner than the goods of each of its visits are ready.",
        hint="Load later, or put the visit on a later trip.",
    ),
    Rule.TIME_ON_BOARD: RuleInfo(
        sentence="Portions are handed over within the visit's time on board, counted from the end of loading.",
        hint="Serve the visit earlier on its trip, or add a trip.",
    ),
    Rule.SAME_START: RuleInfo(
        sentence="Visits linked by same start, and all workers of one visit, start at the same second.",
        hint="Start both at the later of the two times.",
    ),
    Rule.GAP: RuleInfo(
        sentence="The time between the starts of two visits linked by a gap lies between its minimum and maximum.",
        hint="Move one of the two visits.",
    ),
    Rule.BEFORE: RuleInfo(
        sentence="Of two visits linked by before, the second starts after the first has ended.",
        hint="Move the second visit later, or the first earlier.",
    ),
    Rule.SAME_WORKER: RuleInfo(
        sentence="Visits linked by same worker are given by the same worker.",
        hint="Give both visits to one worker.",
    ),
    Rule.DIFFERENT_WORKER: RuleInfo(
        sentence="Visits linked by different worker share no worker.",
        hint="Give one of the visits to another worker.",
    ),
    Rule.NOT_CONSECUTIVE_DAYS: RuleInfo(
        sentence="Visits so linked do not fall on the same day or on days that follow each other.",
        hint="Leave a day between the two visits.",
    ),
    Rule.TOGETHER: RuleInfo(
        sentence="Visits linked in time and marked together are served both or not at all.",
        hint="Serve the other visit too, or neither.",
    ),
    Rule.HARD_TERM: RuleInfo(
        sentence="The quantity of a cost term that the problem declares hard is zero, whatever its price.",
        hint="Remove the cause, or make the term a price again.",
    ),
}


COST_TERMS: dict[CostTerm, CostTermInfo] = {
    CostTerm.UNSERVED: CostTermInfo(
        sentence="Visits left unserved: a mandatory one at the general price times (1 + priority), others at theirs.",
        unit="visit",
        price="mandatory_cents, visit.unserved_cents",
    ),
    CostTerm.FIXED: CostTermInfo(
        sentence="Shifts used, each at the worker's fixed price; a shift without a visit is not used.",
        unit="shift",
        price="worker.pay.fixed_cents",
    ),
    CostTerm.WORKED_TIME: CostTermInfo(
        sentence="Time from a route's departure to its return.",
        unit="hour",
        price="worker.pay.cents_per_hour",
    ),
    CostTerm.OVERTIME: CostTermInfo(
        sentence="Time of the return after the shift's soft end.",
        unit="hour",
        price="worker.pay.overtime_cents_per_hour",
    ),
    CostTerm.DISTANCE: CostTermInfo(sentence="Distance travelled.", unit="km", price="worker.pay.cents_per_km"),
    CostTerm.VISITS: CostTermInfo(
        sentence="Visits given, each at the worker's price.", unit="visit", price="worker.pay.cents_per_visit"
    ),
    CostTerm.MEALS: CostTermInfo(
        sentence="Portions handed over, each at the price of the station they come from.",
        unit="portion",
        price="station.portion_price_cents",
    ),
    CostTerm.TRAVEL_TIME: CostTermInfo(
        sentence="Time under way between stops.", unit="hour", price="travel_cents_per_hour"
    ),
    CostTerm.WAITING: CostTermInfo(
        sentence="Time between arrival and start, summed over all stops.", unit="hour", price="waiting_cents_per_hour"
    ),
    CostTerm.IDLE: CostTermInfo(
        sentence="Time of all shifts, up to their soft end, spent before departure, after the return, or waiting.",
        unit="hour",
        price="idle_cents_per_hour",
    ),
    CostTerm.HIGHEST_IDLE: CostTermInfo(
        sentence="The largest idle time of any one shift, a shift without a visit being idle throughout.",
        unit="hour",
        price="highest_idle_cents_per_hour",
    ),
    CostTerm.LATENESS: CostTermInfo(
        sentence="Time by which visits start after the soft end of their window, times their lateness percentage.",
        unit="hour",
        price="lateness_cents_per_hour",
    ),
    CostTerm.HIGHEST_LATENESS: CostTermInfo(
        sentence="The largest lateness of any one visit.", unit="hour", price="highest_lateness_cents_per_hour"
    ),
    CostTerm.EARLINESS: CostTermInfo(
        sentence="Time by which visits start before the soft start of their window.",
        unit="hour",
        price="earliness_cents_per_hour",
    ),
    CostTerm.FOOD_AGE: CostTermInfo(
        sentence="Time by which visits hand over their portions older than their soft time on board; counted once "
        "per visit.",
        unit="hour",
        price="food_age_cents_per_hour",
    ),
    CostTerm.NOT_PREFERRED: CostTermInfo(
        sentence="Visits given by a worker whom the elder, who names preferred workers, does not name.",
        unit="visit and worker",
        price="not_preferred_cents",
    ),
    CostTerm.NEW_WORKER: CostTermInfo(
        sentence="Visits that count for continuity, given by a worker not in the elder's history, of elders who have "
        "one.",
        unit="visit and worker",
        price="new_worker_cents",
    ),
    CostTerm.IMBALANCE: CostTermInfo(
        sentence="Time by which each worker's load (travel, loading and service, carried-over load added) differs from "
        "the worker's fair share, or where none is given from the mean of all workers, rounded up per worker.",
        unit="hour",
        price="imbalance_cents_per_hour",
    ),
    CostTerm.MISSED_BREAK: CostTermInfo(
        sentence="Optional breaks of used shifts that are not taken.",
        unit="break",
        price="missed_break_cents, break.missed_cents",
    ),
    CostTerm.PROMISE_MOVED: CostTermInfo(
        sentence="Time by which announced starts are moved beyond the promise's tolerance.",
        unit="hour",
        price="promise_moved_cents_per_hour",
    ),
    CostTerm.PROMISE_WORKER: CostTermInfo(
        sentence="Announced workers who do not give the visit, although it is served.",
        unit="worker",
        price="promise_worker_cents",
    ),
}
