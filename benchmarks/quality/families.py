"""Families of instances by name: where they are, what an instance asks, and the class it counts in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.district import DistrictDay, district_days
from optimizer.errors import InputError, Issue
from optimizer.formats.issues import did_you_mean
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix

DATA_VARIABLE = "YIZHAN_DATA"
_PREFIX = re.compile(r"^(RC|R|C)(\d)", re.IGNORECASE)
_SIZES = (100, 200, 400, 1000)
_CARE_SIZES = (25, 100, 200, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What every solver is asked.

    Attributes
    ----------
    cost_divisor
        Cents over this are the published unit.
    best_known
        In that unit.
    left_out
        Rules that were taken out for everybody.
    """

    problem: Problem
    travel: TravelMatrix
    cost_divisor: float
    best_known: float | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An instance by name, not read yet.

    Attributes
    ----------
    group
        The class it counts in.
    published_s
        Mean seconds of the published runs; ``None`` where they are not known.
    """

    name: str
    file_name: str
    load: Callable[[], Instance]
    group: Callable[[Instance], str]
    published_s: float | None = None

    def matches(self, pattern: str) -> bool:
        """Whether a glob matches the name, with suffix or without."""
        return fnmatch(self.name, pattern) or fnmatch(self.file_name, pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family by name; ``suffix`` is that of its files, ``None`` means that it needs none."""

    name: str
    title: str
    unit: str
    suffix: str | None
    group: Callable[[Path, Instance], str] | None = None


def vrptw_group(path: Path, instance: Instance) -> str:
    """Folder and class, e.g. ``solomon R1``."""
    match = _PREFIX.match(path.stem)
    return f"{path.parent.name} {match[0].upper() if match else path.stem}"


def class_and_size_group(path: Path, instance: Instance) -> str:
    """Class and number of visits, e.g. ``RC2, up to 200 visits``."""
    match = _PREFIX.match(path.stem)
    return f"{match[0].upper()}, {size_group(path, instance)}" if match else size_group(path, instance)


def size_group(path: Path, instance: Instance) -> str:
    """Number of visits, in steps."""
    num_visits = len(instance.problem.visits)
    limit = next((size for size in _SIZES if num_visits <= size), None)
    return f"over {_SIZES[-1]} visits" if limit is None else f"up to {limit} visits"


def published_patients_group(path: Path, instance: Instance) -> str:
    """Folder and number of patients, e.g. ``kummer  50 patients``."""
    return f"{path.parent.name} {len(instance.problem.elders):>3} patients"


def patients_group(path: Path, instance: Instance) -> str:
    """Number of patients, in steps."""
    num_patients = len(instance.problem.elders)
    limit = next((size for size in _CARE_SIZES if num_patients <= size), None)
    return f"over {_CARE_SIZES[-1]} patients" if limit is None else f"up to {limit:>3} patients"


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(
            name="vrptw",
            title="capacity and time windows",
            unit="distance, truncated to a tenth",
            suffix=".txt",
            group=vrptw_group,
        ),
        Family(name="mdvrptw", title="several stations", unit="distance times 1000", suffix=".vrp", group=size_group),
        Family(name="sdvrptw", title="who may serve whom", unit="distance times 1000", suffix=".vrp", group=size_group),
        Family(
            name="mtvrptwr",
            title="reloading and release times",
            unit="distance times 10",
            suffix=".vrp",
            group=class_and_size_group,
        ),
        Family(
            name="hhcrsp",
            title="two carers at once or apart",
            unit="a third of travel, total and highest tardiness",
            suffix=".json.gz",
            group=published_patients_group,
        ),
        Family(
            name="uhhc",
            title="home care with shifts, lunch and preferences",
            unit="weighted cost, gaps to the mean of ten annealing runs",
            suffix=".json.gz",
            group=patients_group,
        ),
        Family(name="district", title="days of our scenarios", unit="yuan", suffix=None),
    )
}
"""Every family by name; one more is one more entry."""


def find_family(name: str) -> Family:
    """The family of this name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in FAMILIES:
        hint = f"{did_you_mean(name, FAMILIES)} There are {', '.join(FAMILIES)}.".lstrip()
        raise InputError([Issue(code="family", path="FAMILY", message=f"{name!r} is not a family.", hint=hint)])
    return FAMILIES[name]


def find_cases(family: Family, data_dir: Path | None, pattern: str) -> list[Case]:
    """The instances of `family` that `pattern` matches, in order of names.

    Raises
    ------
    InputError
        If the data are missing, or nothing matches.
    """
    cases = list(_district_cases() if family.suffix is None else _file_cases(family, _folder(family, data_dir)))
    chosen = [case for case in cases if case.matches(pattern)]
    if not chosen:
        names = [case.name for case in cases]
        hint = f"{did_you_mean(pattern, names)} There are {len(names)}, e.g. {', '.join(names[:3])}.".lstrip()
        message = f"{pattern!r} matches no instance of {family.name}."
        raise InputError([Issue(code="instances", path="--instances", message=message, hint=hint)])
    return chosen


def _folder(family: Family, data_dir: Path | None) -> Path:
    """The family's folder: `data_dir` / its name, or `data_dir` itself where that holds its files."""
    text = os.environ.get(DATA_VARIABLE, "")
    path = data_dir or (Path(text) if text else None)
    if path is None:
        message = f"the data folder is not known: neither --data nor {DATA_VARIABLE} is set."
        raise InputError([Issue(code="data", path="--data", message=message, hint="Name the folder of public data.")])
    for folder in (path / family.name, path):
        if folder.is_dir() and next(_files(family, folder), None) is not None:
            return folder
    message = f"{str(path)!r} has no {family.suffix} file of {family.name}, nor has a folder {family.name!r} in it."
    raise InputError([Issue(code="data", path="--data", message=message, hint="Correct the folder.")])


def _files(family: Family, folder: Path) -> Iterator[Path]:
    """Files of instances in `folder`; what only shares the suffix (solutions, notes) is told by its first lines."""
    from optimizer.formats.benchmark import looks_like_instance

    return (path for path in sorted(folder.rglob(f"*{family.suffix}")) if looks_like_instance(path))


def _file_cases(family: Family, folder: Path) -> Iterator[Case]:
    from optimizer.formats.benchmark import name_of, published_seconds

    group = family.group
    assert group is not None, f"family {family.name!r} has files but no classes"
    for path in sorted(_files(family, folder), key=lambda path: (path.parent.name != "solomon", natural_key(path))):
        yield Case(
            name=name_of(path),
            file_name=path.name,
            load=lambda path=path: _read(family, path),  # type: ignore[misc]
            group=lambda instance, path=path: group(path, instance),  # type: ignore[misc]
            published_s=published_seconds(path),
        )


def natural_key(path: Path) -> tuple[object, ...]:
    """Sorts ``C1_2_9`` before ``C1_2_10``."""
    parts = re.split(r"(\d+)", path.stem)
    return path.parent.name, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _read(family: Family, path: Path) -> Instance:
    """The instance in a file.

    Raises
    ------
    InputError
        If it is broken, or of another family.
    """
    from optimizer.formats.benchmark import published_cost, read_instance

    instance = read_instance(path)
    if instance.family != family.name:
        message = f"it is an instance of {instance.family}, not of {family.name}."
        raise InputError([Issue(code="family", path=str(path), message=message, hint="Correct the folder.")])
    return Instance(
        problem=instance.problem,
        travel=instance.travel,
        cost_divisor=instance.cost_divisor,
        best_known=published_cost(path),
    )


def _district_cases() -> Iterator[Case]:
    for day in district_days():
        yield Case(
            name=day.name,
            file_name=day.name,
            load=lambda day=day: _district_instance(day),  # type: ignore[misc]
            group=lambda instance, day=day: f"{day.scenario}, {day.kind}",  # type: ignore[misc]
        )


def _district_instance(day: DistrictDay) -> Instance:
    problem, travel, left_out = day.build()
    return Instance(problem=problem, travel=travel, cost_divisor=100, left_out=left_out)
