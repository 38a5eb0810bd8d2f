"""A small town for studies: two stations with territories, three couriers, a nurse, twenty elders with lunches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from optimizer.problem import (
    ElderGroup,
    Link,
    LinkKind,
    Pay,
    Problem,
    SupplyWave,
    Vehicle,
)
from optimizer.study.pool import Asked
from optimizer.study.runs import Run, World, carry_out
from optimizer.study.study import Base, Search, Study
from tests.builders import (
    MINUTE,
    at,
    clock,
    make_elder,
    make_meal,
    make_problem,
    make_shift,
    make_station,
    make_visit,
    make_worker,
)

NUM_ELDERS = 20


def make_town() -> Problem:
    """Elders e00 to e09 belong to station s1 at the line's start, the others to s2 at 20; even ones are disabled."""
    elders = [
        make_elder(
            f"e{number:02d}",
            number + 1,
            station_id="s1" if number < NUM_ELDERS // 2 else "s2",
            community="West" if number < NUM_ELDERS // 2 else "East",
            groups=(ElderGroup.DISABLED,) if number % 2 == 0 else (),
            worker_history={"a": 2},
            preferred_worker_ids=("a",) if number == 0 else (),
            allowance_cents=10_000,
        )
        for number in range(NUM_ELDERS)
    ]
    meals = [
        make_meal(
            f"m{elder.elder_id}", elder_id=elder.elder_id, place=None, max_on_board_s=90 * MINUTE, skills={"meal": 1}
        )
        for elder in elders
    ]
    check = make_visit("check", elder_id="e00", place=None, skills={"nurse": 1})
    return make_problem(
        [*meals, check],
        [*(_courier(name) for name in "abc"), make_worker("n", skills={"nurse": 1}, station_id="s1")],
        name="town",
        elders=tuple(elders),
        stations=(_station("s1", 0), _station("s2", 20)),
        links=(Link(kind=LinkKind.GAP, first_visit_id="me00", second_visit_id="check"),),
    )


def _station(station_id: str, minutes: float):
    wave = SupplyWave(wave_id="w1", ready_s=clock("09:00"), portions={"lunch": 20})
    return make_station(station_id, minutes, waves=(wave,))


def _courier(worker_id: str):
    return make_worker(
        worker_id,
        skills={"meal": 1},
        station_id="s1",
        vehicle=Vehicle(mode="e-bike", capacities={"portions": 8}),
        pay=Pay(cents_per_hour=3000),
        shifts=(make_shift("09:00", "13:00", start_place=at(0), end_place=at(0)),),
    )


def make_study(**facts) -> Study:
    """A study of the town with two seeds and plans as they are first found."""
    return Study(
        **{"name": "test", "base": Base(problem="town.json"), "search": Search(step_limit=0), "seeds": (1, 2), **facts}
    )


def make_worlds(study: Study) -> dict[int, World]:
    """The town for every seed."""
    return dict.fromkeys(study.seeds, World(problem=make_town()))


def here(asked: Sequence[Asked], worlds: Mapping[int, World]) -> Iterator[Run]:
    """A backend that carries out one job after the other in this process."""
    for job, announced in asked:
        yield carry_out(worlds[job.seed], job, announced)
