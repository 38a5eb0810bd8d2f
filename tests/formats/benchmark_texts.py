"""Benchmark instances small enough to be read by eye, one for each dialect."""

from __future__ import annotations

from pathlib import Path

from optimizer.formats.benchmark import BenchmarkInstance, read_instance

SOLOMON = """T1

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0        100          0
    1      3          4          6         10         20          5
    2      1          1          4          0         90          5
    3      7          1          5          0         90          5
"""

MDVRPTW = """NAME: M1
COMMENT: two depots, two vehicles
TYPE: MDVRPTW
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 4
VEHICLES: 2
CAPACITY: 9
VEHICLES_MAX_DURATION: 50.5
NODE_COORD_SECTION
1	0	0
2	10	0
3	0.001	2.5
4	10	-2.5
DEMAND_SECTION
1	0
2	0
3	5
4	5
SERVICE_TIME_SECTION
1	0
2	0
3	1.5
4	2
TIME_WINDOW_SECTION
1	0	100
2	0	100
3	10	20
4	10	20
VEHICLES_DEPOT_SECTION
1	1
2	2
DEPOT_SECTION
1
2
EOF
"""

SDVRPTW = """NAME: S1
TYPE: SDVRPTW
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 4
VEHICLES: 3
VEHICLES_MAX_DURATION: 50
NODE_COORD_SECTION
1	0	0
2	3	4
3	6	8
4	9	12
DEMAND_SECTION
1	0
2	5
3	5
4	5
TIME_WINDOW_SECTION
1	0	100
2	0	100
3	0	100
4	0	100
SERVICE_TIME_SECTION
1	0
2	1
3	1
4	1
CAPACITY_SECTION
1	5
2	10
3	15
VEHICLES_ALLOWED_CLIENTS_SECTION
1	2	3
2	2	4
3	2	4
EOF
"""

MTVRPTWR = """NAME: R1
TYPE: MTVRPTWR
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 3
VEHICLES: 1
CAPACITY: 5
SERVICE_TIME: 2
NODE_COORD_SECTION
1	0	0
2	3	4
3	-3	4
DEMAND_SECTION
1	0
2	5
3	5
TIME_WINDOW_SECTION
1	0	100
2	0	90
3	0	90
RELEASE_TIME_SECTION
1	0
2	0
3	30
VEHICLES_RELOAD_DEPOT_SECTION
1	1
DEPOT_SECTION
1
-1
EOF
"""

FILE_NAME = {SOLOMON: "T1.txt", MDVRPTW: "M1.vrp", SDVRPTW: "S1.vrp", MTVRPTWR: "R1.vrp"}


def write_instance(text: str, folder: Path, name: str | None = None) -> Path:
    """A file with `text`, named like an instance of its format."""
    path = folder / (name or FILE_NAME.get(text) or ("bad.vrp" if "SECTION" in text else "bad.txt"))
    path.write_text(text, encoding="utf-8")
    return path


def instance_of(text: str, folder: Path) -> BenchmarkInstance:
    """The instance in `text`."""
    return read_instance(write_instance(text, folder))
