"""Names of recommended slots: what a caller sends back to have a slot taken exactly as it was recommended."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from pydantic import TypeAdapter

from api.errors import invalid
from optimizer.redispatch.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotName:
    """A slot as it was recommended at a time: where it is, when service starts, its price, and how many it moves."""

    at_s: int
    worker_id: str
    shift_id: str
    position: int
    loads_at: str | None
    start_s: int
    extra_cents: int
    num_moved: int

    @property
    def text(self) -> str:
        """As it goes over the wire."""
        return base64.urlsafe_b64encode(_ADAPTER.dump_json(self)).decode().rstrip("=")

    def fits(self, slot: Slot) -> bool:
        """Whether `slot` is what was recommended."""
        return self == name_of(slot, self.at_s)


_ADAPTER = TypeAdapter(SlotName)


def name_of(slot: Slot, at_s: int) -> SlotName:
    """The name of `slot`, recommended at `at_s`."""
    return SlotName(
        at_s=at_s,
        worker_id=slot.worker_id,
        shift_id=slot.shift_id,
        position=slot.position,
        loads_at=slot.loads_at,
        start_s=slot.start_s,
        extra_cents=slot.extra_cents,
        num_moved=len(slot.moved),
    )


def read_name(text: str) -> SlotName:
    """The slot that `text` names.

    Raises
    ------
    Refusal
        422 if it names none.
    """
    try:
        return _ADAPTER.validate_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), strict=True)
    except ValueError:
        raise invalid("query.slot", f"{text!r} names no slot.", "Send the slot's name as it was recommended.") from None
