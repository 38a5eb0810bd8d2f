"""Public benchmark families as ordinary problems: Solomon's text format, PyVRP's dialect of VRPLIB, home care in JSON.

===========  ==========================================  =====================  ====================
family       what it asks                                one unit of length is  ``cost_divisor``
===========  ==========================================  =====================  ====================
vrptw        capacity and time windows (Solomon 1987)    10 m, 10 s, truncated  10
mdvrptw      several depots (Vidal et al. 2013)          1000 m, rounded        1
sdvrptw      who may serve whom (Cordeau & Laporte       1000 m, rounded        1
             2001)
mtvrptwr     reloading, release times (Yang 2023)        10 m, truncated        1
hhcrsp       two carers at once or apart, tardiness      1 or 1000 s, exact     3 or 3000
             (Mankowska 2014, Kummer 2022)
uhhc         shifts, lunch, preferences, idle time       1 s, exact             1
             (Ceschia et al. 2026)
===========  ==========================================  =====================  ====================

In the first four a metre is a second and a cent, so that the cost of a plan is its distance in the whole numbers in
which the family's results are published. :func:`read_instance` leads in, :func:`write_solution` out; between them
nothing is special.
"""

from optimizer.formats.benchmark.instance import BenchmarkInstance
from optimizer.formats.benchmark.published import published_cost, published_seconds
from optimizer.formats.benchmark.read import looks_like_instance, name_of, read_instance, read_text
from optimizer.formats.benchmark.solutions import (
    Solution,
    read_draft,
    read_solution,
    solution_draft,
    solution_routes,
    write_solution,
)

__all__ = [
    "BenchmarkInstance",
    "Solution",
    "looks_like_instance",
    "name_of",
    "published_cost",
    "published_seconds",
    "read_draft",
    "read_instance",
    "read_solution",
    "read_text",
    "solution_draft",
    "solution_routes",
    "write_solution",
]
