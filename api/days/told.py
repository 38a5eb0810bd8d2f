"""Who was told, as it is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from api.days.dispatch import faults_told
from api.store.days import Person
from optimizer.formats.json import facts_from_json
from optimizer.units import WIRE, Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Elders and workers who know what changed for them up to a step (``None``: up to the last)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    elder_ids: tuple[str, ...] = ()
    worker_ids: tuple[str, ...] = ()
    up_to_step: Count | None = None

    @property
    def person_ids(self) -> Mapping[Person, Collection[str]]:
        """Ids by kind of person."""
        return {Person.ELDER: self.elder_ids, Person.WORKER: self.worker_ids}


def read_told(data: bytes) -> Told:
    """Who was told.

    Raises
    ------
    Refusal
        422 with every fault of the text.
    """
    with faults_told():
        told: Told = facts_from_json(Told, data)
        return told
