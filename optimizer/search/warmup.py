"""Compiling the search ahead of time: once for every version of it on a machine, kept on disk from then on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from numba import config

from optimizer.problem import Horizon, Location, Problem, Shift, TimeWindow, Visit, Worker
from optimizer.search.engine import Search
from optimizer.travel import TravelMatrix


def is_warm() -> bool:
    """Whether this version of the search has been compiled on this machine."""
    return any(Path(config.CACHE_DIR).rglob("kernel.search-*.nbi"))


def warm_up() -> None:
    """Compile whatever is not compiled yet, by planning one visit (a minute or two on a machine where nothing is)."""
    here = Location(lon=116.0, lat=40.0)
    visit = Visit(
        visit_id="v", service="s", place=here, windows=(TimeWindow(start_s=0, end_s=3600),), service_duration_s=60
    )
    shift = Shift(shift_id="s", start_s=0, end_s=7200, start_place=here, end_place=here)
    zero = np.zeros((1, 1), dtype=np.int32)
    problem = Problem(
        name="warm-up",
        horizon=Horizon(first_date=dt.date(2024, 1, 1)),
        visits=(visit,),
        workers=(Worker(worker_id="w", shifts=(shift,)),),
    )
    search = Search(
        problem, TravelMatrix(places=(here,), duration_s={"walk": zero}, distance_m={"walk": zero}), {}, num_threads=1
    )
    search.start()
    search.improve(step_limit=1)
