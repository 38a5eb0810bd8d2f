"""Each stress changes exactly what it says."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.formats.json import problem_hash
from scenarios import STRESSES, build_scenario

BASE = build_scenario("xicheng-day", size=0.25)


def stressed(*stress):
    return build_scenario("xicheng-day", size=0.25, stress=stress)


def test_absent_workers_have_no_shift_and_are_a_fifth_of_all():
    workers = stressed("staff-absent-20").problem.workers
    absent = [worker for worker in workers if not worker.shifts]
    assert len(absent) == round(len(workers) / 5) > 0
    assert all(worker in BASE.problem.workers for worker in workers if worker.shifts)


def test_absence_changes_nothing_but_shifts():
    scenario = stressed("staff-absent-20")
    assert replace(scenario.problem, workers=BASE.problem.workers) == BASE.problem
    assert scenario.streets == BASE.streets
    shifts_back = zip(scenario.problem.workers, BASE.problem.workers, strict=True)
    assert all(replace(worker, shifts=before.shifts) == before for worker, before in shifts_back)


def test_snow_slows_modes_and_cars_by_30_percent():
    scenario = stressed("snow")
    assert [mode.speed_kmh for mode in scenario.problem.modes] == pytest.approx(
        [0.7 * mode.speed_kmh for mode in BASE.problem.modes]
    )
    np.testing.assert_allclose(scenario.streets.speed_kmh, 0.7 * BASE.streets.speed_kmh)


def test_snow_changes_nothing_but_speeds():
    scenario = stressed("snow")
    speeds_back = tuple(
        replace(mode, speed_kmh=before.speed_kmh)
        for mode, before in zip(scenario.problem.modes, BASE.problem.modes, strict=True)
    )
    assert replace(scenario.problem, modes=speeds_back) == BASE.problem
    assert replace(scenario.streets, speed_kmh=BASE.streets.speed_kmh) == BASE.streets


def test_a_late_kitchen_moves_every_wave_by_30_minutes_and_nothing_else():
    problem = stressed("kitchen-late-30").problem
    stations = tuple(
        replace(station, waves=tuple(replace(wave, ready_s=wave.ready_s - 1800) for wave in station.waves))
        for station in problem.stations
    )
    assert problem.stations != BASE.problem.stations
    assert replace(problem, stations=stations) == BASE.problem


def test_stresses_combine_in_any_order():
    every = tuple(STRESSES)
    forward, backward = stressed(*every), stressed(*reversed(every))
    assert forward.stress == backward.stress == every
    assert problem_hash(forward.problem) == problem_hash(backward.problem)
    assert not all(worker.shifts for worker in forward.problem.workers)
    assert forward.problem.modes == stressed("snow").problem.modes
    assert forward.problem.stations == stressed("kitchen-late-30").problem.stations
