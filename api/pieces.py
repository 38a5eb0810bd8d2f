"""JSON of problems and plans made of pieces: a version differs from the one before in a few, the others are kept."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from typing import Any

import orjson

from optimizer.formats.json import facts_to_json
from optimizer.formats.wire import wire_defaults, wire_fields
from optimizer.plan import Plan
from optimizer.problem import Horizon, Problem


class Pieces:
    """Writes one problem or plan after the other; what is the same object as last time is not written again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, bytes]] = {}

    def json_of(self, facts: Problem | Plan, horizon: Horizon) -> bytes:
        """`facts` as compact JSON, the same as from :func:`~optimizer.formats.json.facts_to_json` without blanks."""
        model: Any = type(facts)
        defaults = wire_defaults(model)
        lists: dict[str, Any] = {field.name: getattr(facts, field.name) for field in wire_fields(model)}
        lists = {n: items for n, items in lists.items() if _is_list_of_facts(items) and items != defaults.get(n)}
        empty: dict[str, Any] = dict.fromkeys(lists, ())
        shell = _tree(replace(facts, **empty), horizon)
        known: dict[int, tuple[Any, bytes]] = {}
        tree: dict[str, Any] = {}
        for field in wire_fields(model):
            if field.name in lists:
                for item in lists[field.name]:
                    known[id(item)] = self._known.get(id(item)) or (item, orjson.dumps(_tree(item, horizon)))
                tree[field.wire_name] = [orjson.Fragment(known[id(item)][1]) for item in lists[field.name]]
            elif field.wire_name in shell:
                tree[field.wire_name] = shell[field.wire_name]
        self._known = known
        return orjson.dumps(tree)


def _is_list_of_facts(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])


def _tree(facts: Any, horizon: Horizon) -> Any:
    return orjson.loads(facts_to_json(facts, horizon))
