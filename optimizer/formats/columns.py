"""Every table and every column a clerk may keep: the one registry that reads, writes, makes templates and documents.

The columns themselves stand in ``columns.csv`` beside this module, one a line. A column's ``field`` is the path of its
value in the table's dataclass (``vehicle.mode``); its English header is how the files written here name it; the Chinese
header and the aliases are read as well.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

from optimizer.formats import cells, time_cells
from optimizer.formats.cells import Cell, Kind, choice, choices
from optimizer.formats.enum_words import CoordinateSystem
from optimizer.params import CostWeights
from optimizer.problem import (
    Break,
    Elder,
    ElderGroup,
    Horizon,
    Link,
    LinkKind,
    Location,
    MealType,
    Network,
    Pay,
    Problem,
    Promise,
    Service,
    Shift,
    Station,
    StationKind,
    SupplierKind,
    SupplyWave,
    TravelMode,
    Vehicle,
    Visit,
    Worker,
    WorkerKind,
)
from optimizer.rules import CostTerm

KINDS: dict[str, Kind] = {
    "text": cells.TEXT,
    "id": cells.ID,
    "ids": cells.IDS,
    "count": cells.COUNT,
    "floor": cells.FLOOR,
    "metres": cells.METRES,
    "percent": cells.PERCENT,
    "degrees": cells.DEGREES,
    "number": cells.NUMBER,
    "share": cells.SHARE,
    "yuan": cells.YUAN,
    "bool": cells.BOOL,
    "portions": cells.PORTIONS,
    "levels": cells.LEVELS,
    "amounts": cells.AMOUNTS,
    "percents": cells.PERCENTS,
    "clock": time_cells.CLOCK,
    "date": time_cells.DATE,
    "day": time_cells.DAY,
    "windows": time_cells.WINDOWS,
    "peaks": time_cells.PEAKS,
    "duration": time_cells.DURATION,
    "balance": time_cells.BALANCE,
    "coordinate-system": choice(CoordinateSystem),
    "station-kind": choice(StationKind),
    "supplier-kind": choice(SupplierKind),
    "worker-kind": choice(WorkerKind),
    "network": choice(Network),
    "link-kind": choice(LinkKind),
    "elder-groups": choices(ElderGroup),
    "cost-terms": choices(CostTerm),
}
"""Kinds of cell by the name that ``columns.csv`` gives them."""

PARTS: dict[str, Any] = {
    "place": Location,
    "end_place": Location,
    "start_place": Location,
    "vehicle": Vehicle,
    "pay": Pay,
    "promise": Promise,
    "horizon": Horizon,
    "weights": CostWeights,
}
"""Dataclass of each part that columns fill field by field (``place.lon``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: what it is called, what it holds, and a sentence and an example for the clerk."""

    field: str
    header: str
    header_zh: str
    aliases: tuple[str, ...]
    kind: Kind
    required: bool
    example: str
    doc: str
    doc_zh: str

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header under which the column is read."""
        return (self.header, self.header_zh, *self.aliases)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: a CSV file or a sheet.

    Attributes
    ----------
    model
        What one row states.
    ids
        Fields that together must not occur twice.
    parent
        The table whose rows own these, and the fields that name the owner (they are no fields of `model`).
    extra
        Fields of columns that are read but are no fields of `model` as they stand.
    """

    name: str
    name_zh: str
    model: Any
    doc: str
    doc_zh: str
    required: bool = False
    ids: tuple[str, ...] = ()
    parent: tuple[str, tuple[str, ...]] | None = None
    extra: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which the table is read."""
        return (self.name, self.name_zh, *self.aliases)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the order in which they are written."""
        return tuple(_column(row) for row in _REGISTRY if row["table"] == self.name)

    @cached_property
    def column_by_header(self) -> dict[str, Column]:
        """Columns by every folded header."""
        return {fold(header): column for column in self.columns for header in column.headers}

    @cached_property
    def column_by_field(self) -> dict[str, Column]:
        """Columns by field."""
        return {column.field: column for column in self.columns}


def fold(header: Cell) -> str:
    """A header as it is compared: narrow characters, lower case, without blanks, underlines, hyphens and brackets."""
    text = unicodedata.normalize("NFKC", str(header)).lower()
    return re.sub(r"[\s_\-()\[\]*:]", "", text)


def _registry() -> list[dict[str, str]]:
    text = (resources.files(__package__) / "columns.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


_REGISTRY = _registry()


def _column(row: dict[str, str]) -> Column:
    return Column(
        field=row["field"],
        header=row["header"],
        header_zh=row["header_zh"],
        aliases=tuple(alias for alias in row["aliases"].split("; ") if alias),
        kind=KINDS[row["kind"]],
        required=row["required"] == "yes",
        example=row["example"],
        doc=row["doc"],
        doc_zh=row["doc_zh"],
    )


SETTINGS = Table(
    name="settings",
    name_zh="设置",
    aliases=("setting", "参数"),
    model=Problem,
    extra=("coordinates",),
    doc="One setting a row: its name in the column setting, its value in the column value.",
    doc_zh="每行一项设置：“设置”列写名称，“值”列写取值。",
)
STATIONS = Table(
    name="stations",
    name_zh="站点",
    aliases=("驿站", "station"),
    model=Station,
    ids=("station_id",),
    doc="Stations, canteens and kitchens that supply meals, seat diners or send out workers.",
    doc_zh="供餐、堂食或派出人员的驿站、食堂和厨房。",
)
WAVES = Table(
    name="waves",
    name_zh="出餐批次",
    aliases=("wave", "批次"),
    model=SupplyWave,
    ids=("station_id", "wave_id"),
    parent=("stations", ("station_id",)),
    doc="What a station has to give, and from when on.",
    doc_zh="站点从何时起有多少份餐。",
)
ELDERS = Table(
    name="elders",
    name_zh="老人",
    aliases=("elder", "老人信息", "老人名单"),
    model=Elder,
    required=True,
    ids=("elder_id",),
    doc="The people who are served.",
    doc_zh="接受服务的老人。",
)
VISITS = Table(
    name="visits",
    name_zh="服务需求",
    aliases=("visit", "需求", "订单", "服务"),
    model=Visit,
    required=True,
    ids=("visit_id",),
    extra=("date",),
    doc="What is to be done: a meal to hand over, a service to give, a supply run.",
    doc_zh="要做的事：送餐、上门服务、运餐。",
)
WORKERS = Table(
    name="workers",
    name_zh="服务人员",
    aliases=("worker", "人员", "员工"),
    model=Worker,
    required=True,
    ids=("worker_id",),
    extra=("shifts",),
    doc="Who serves.",
    doc_zh="提供服务的人员。",
)
SHIFTS = Table(
    name="shifts",
    name_zh="班次",
    aliases=("shift", "排班"),
    model=Shift,
    ids=("worker_id", "shift_id"),
    parent=("workers", ("worker_id",)),
    extra=("date", "start_station_id", "end_station_id"),
    doc="Who works when; a worker without rows here has the shift hours of the worker's own row.",
    doc_zh="谁在何时上班；此处没有行的人员用其本行的班次时间。",
)
BREAKS = Table(
    name="breaks",
    name_zh="休息",
    aliases=("break", "休息时间"),
    model=Break,
    ids=("worker_id", "shift_id", "break_id"),
    parent=("shifts", ("worker_id", "shift_id")),
    extra=("date",),
    doc="Rests inside shifts; shifts of a worker's own row are named shift-1, shift-2 and so on.",
    doc_zh="班次内的休息；人员本行的班次依次名为 shift-1、shift-2 等。",
)
LINKS = Table(
    name="links",
    name_zh="关联",
    aliases=("link", "服务关联"),
    model=Link,
    doc="Bonds between two visits.",
    doc_zh="两个需求之间的关系。",
)
MEAL_TYPES = Table(
    name="meal_types",
    name_zh="餐食种类",
    aliases=("meal_type", "meals", "餐食"),
    model=MealType,
    ids=("meal_type",),
    doc="Kinds of portion; without this table each one that a visit or wave names takes one of the capacity portions.",
    doc_zh="餐食的种类；没有此表时，需求和批次提到的每种餐各占一份装载量（portions）。",
)
SERVICES = Table(
    name="services",
    name_zh="服务项目",
    aliases=("service", "项目"),
    model=Service,
    ids=("service",),
    doc="The catalogue of services.",
    doc_zh="服务项目目录。",
)
MODES = Table(
    name="modes",
    name_zh="出行方式",
    aliases=("mode", "交通方式"),
    model=TravelMode,
    ids=("mode",),
    doc="Ways of moving; without this table walk, bicycle, e-bike and van with their usual speeds.",
    doc_zh="出行方式；没有此表时为步行、自行车、电动车和面包车，速度取常用值。",
)

TABLES: tuple[Table, ...] = (
    SETTINGS,
    STATIONS,
    WAVES,
    ELDERS,
    VISITS,
    WORKERS,
    SHIFTS,
    BREAKS,
    LINKS,
    MEAL_TYPES,
    SERVICES,
    MODES,
)
"""Every table, in the order in which they are written and documented."""

TABLE_BY_NAME: dict[str, Table] = {fold(name): table for table in TABLES for name in table.names}
"""Tables by every folded name."""
