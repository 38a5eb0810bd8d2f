"""Study files: YAML, JSON or a workbook, read with every fault at once.

All three become one tree of plain values, which is then read strictly. In YAML a clock time stays text and only
``true`` and ``false`` are truth values (YAML 1.2's core schema), so that a study means the same in YAML and JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from optimizer.errors import Issue, SourceError
from optimizer.formats.issues import choice_hint
from optimizer.formats.json import tree_from_json
from optimizer.formats.json_faults import faults_of
from optimizer.formats.wire import join_path, natural_order
from optimizer.study.changes import CHANGES, Change
from optimizer.study.sheets import plain_workbook
from optimizer.study.study import AS_IS, MAX_RUNS, Study, variants_of

_SUFFIXES = (".yaml", ".yml", ".json", ".xlsx")
MAX_BYTES = 8 * 2**20
"""Bytes of a study file that are read."""


def read_study(path: Path) -> Study:
    """The study in a file.

    Raises
    ------
    SourceError
        With every fault of the file.
    """
    if path.suffix.lower() not in _SUFFIXES:
        hint = f"Give a file that ends in {', '.join(_SUFFIXES)}."
        raise SourceError([Issue(code="not-a-study", path=str(path), message="this is no study file.", hint=hint)])
    if path.suffix.lower() == ".xlsx":
        return study_from_tree(tree_of_workbook(path))
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"it cannot be read: {getattr(error, 'strerror', None) or error}."
        raise SourceError([Issue(code="not-readable", path=str(path), message=message)]) from None
    if len(data) > MAX_BYTES:
        message = f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read."
        raise SourceError([Issue(code="too-large", path=str(path), message=message)])
    is_json = path.suffix.lower() == ".json"
    return study_from_tree(tree_of_json(text) if is_json else tree_of_text(text, path.name))


def tree_of_json(text: bytes | str) -> Any:
    """The plain values of a study in JSON.

    Raises
    ------
    SourceError
        If `text` is no JSON; with every key that it has twice in one place and every number that is not finite.
    """
    tree, flaws = tree_from_json(text)
    if flaws:
        raise SourceError(flaws)
    return tree


def tree_of_workbook(path: Path) -> dict[str, Any]:
    """The plain values of a study in a workbook.

    Raises
    ------
    SourceError
        With every fault of the sheets; where only cells or names of sheets are wrong, of what they state as well.
    """
    tree, issues = plain_workbook(path)
    if not issues:
        return tree
    if not any(issue.code in {"missing-table", "missing-column"} for issue in issues):
        try:
            study_from_tree(tree)
        except SourceError as error:
            issues += error.issues
    raise SourceError(issues)


def tree_of_text(text: str, name: str = "study") -> Any:
    """The plain values of a study in YAML.

    Raises
    ------
    SourceError
        If `text` is no YAML, or has a key twice in one place.
    """
    try:
        tree = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        message = f"this cannot be read as YAML: {where}{error.problem}."
        raise SourceError(
            [Issue(code="not-yaml", path=name, message=message, hint="Correct the text there.")]
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        message = f"this cannot be read as YAML: {error}."
        raise SourceError([Issue(code="not-yaml", path=name, message=message, hint="Correct the text.")]) from None
    _require_whole_characters(tree, name)
    return tree


def _require_whole_characters(tree: Any, name: str) -> None:
    """Refuse half a pair of surrogates, which YAML can escape and no text can be written with."""
    try:
        json.dumps(tree, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        message = f"this cannot be read as YAML: {error.object[error.start]!r} is half a character."
        hint = "Write the character itself."
        raise SourceError([Issue(code="not-yaml", path=name, message=message, hint=hint)]) from None


def study_from_tree(tree: Any) -> Study:
    """The study that plain values state.

    Raises
    ------
    SourceError
        With every fault: unknown keys and words (with what may be meant), wrong values, names that nothing has.
    """
    if not isinstance(tree, Mapping):
        hint = "Begin it with name, base and changes."
        raise SourceError([Issue(code="bad-value", path="$", message="a study is an object.", hint=hint)])
    issues: list[Issue] = []
    changes = _changes(tree.get("changes", {}), issues)
    plain = {key: value for key, value in tree.items() if key != "changes"}
    study: Study | None = _read(Study, plain, "$", issues)
    rest: Study | None = study or _read(Study, _without_faults(plain, issues), "$", [])
    if rest is not None:
        issues += _contradictions(replace(rest, changes=changes), tree.get("changes") or {})
    if study is None or issues:
        raise SourceError(sorted(issues, key=lambda issue: natural_order(issue.path)))
    return replace(study, changes=changes)


def _without_faults(plain: Mapping[str, Any], issues: Sequence[Issue]) -> dict[str, Any]:
    """What is left of a study without the keys that have faults, so that the others are looked at too."""
    faulty = {re.split(r"[.\[]", issue.path, maxsplit=1)[0] for issue in issues}
    sound = {key: value for key, value in plain.items() if key not in faulty}
    return {"name": "", "base": {"scenario": ""}, **sound}


def _changes(tree: Any, issues: list[Issue]) -> dict[str, tuple[Change, ...]]:
    if not isinstance(tree, Mapping):
        hint = "Write names of your own, each with a list of changes."
        issues.append(Issue(code="bad-value", path="changes", message="changes is not an object.", hint=hint))
        return {}
    return {str(name): tuple(_named_changes(name, items, issues)) for name, items in tree.items()}


def _named_changes(name: object, items: Any, issues: list[Issue]) -> Iterator[Change]:
    path = join_path("changes", str(name))
    if name == AS_IS:
        message = f"{AS_IS!r} is the name of what changes nothing."
        issues.append(Issue(code="name-taken", path=path, message=message, hint="Choose another name."))
    if not isinstance(items, Sequence) or isinstance(items, str):
        issues.append(
            Issue(code="bad-value", path=path, message="this is not a list of changes.", hint="Begin each with a dash.")
        )
        return
    for position, item in enumerate(items):
        change = _change(item, f"{path}[{position}]", issues)
        if change is not None:
            yield change


def _change(item: Any, path: str, issues: list[Issue]) -> Change | None:
    word = item.get("change") if isinstance(item, Mapping) else None
    if not isinstance(word, str) or word not in CHANGES:
        message = f"{word!r} is no change." if word is not None else "the key 'change' says what to do; it is missing."
        hint = choice_hint(str(word), CHANGES, most=len(CHANGES))
        issues.append(Issue(code="unknown-change", path=path, message=message, hint=hint))
        return None
    plain = {key: value for key, value in item.items() if key != "change"}
    change: Change | None = _read(CHANGES[word], plain, path, issues)
    return change


def _read(model: Any, plain: Mapping[str, Any], path: str, issues: list[Issue]) -> Any:
    """`plain` as a `model`, or ``None`` with the faults added to `issues`."""
    try:
        text = json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        issues.append(Issue(code="bad-value", path=path, message=f"a value has no place in a study: {error}."))
        return None
    try:
        return _adapter_of(model).validate_json(text, strict=True)
    except ValidationError as error:
        issues += [replace(fault, path=_below(path, fault.path)) for fault in faults_of(model, error)]
        return None


@cache
def _adapter_of(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _below(path: str, inner: str) -> str:
    if path == "$" or inner == "$":
        return inner if path == "$" else path
    return f"{path}{inner}" if inner.startswith("[") else f"{path}.{inner}"


def _contradictions(study: Study, known: Mapping[str, Any]) -> Iterator[Issue]:
    """What a study with sound values can still be wrong about."""
    yield from _of_base(study)
    yield from _unknown_names(study, [AS_IS, *map(str, known)])
    if not study.seeds or len(set(study.seeds)) < len(study.seeds):
        message = f"seeds are {list(study.seeds)}: give at least one, and each once."
        yield Issue(code="bad-value", path="seeds", message=message, hint="Write for example [1, 2, 3].")
    yield from _empty_lists(study)
    for name in study.circumstances:
        if name not in study.grid:
            message = f"the grid has no axis {name!r}."
            hint = choice_hint(name, study.grid)
            yield Issue(code="unknown-axis", path="circumstances", message=message, hint=hint)
    num_runs = _num_runs(study)
    if num_runs > MAX_RUNS:
        message = f"{num_runs:,} runs are more than {MAX_RUNS:,}."
        yield Issue(code="too-large", path="grid", message=message, hint="Take levels or seeds away.")


def _of_base(study: Study) -> Iterator[Issue]:
    base = study.base
    if (base.scenario is None) == (base.problem is None):
        message = "a base is a scenario or a problem file."
        yield Issue(code="bad-value", path="base", message=message, hint="Give exactly one of scenario and problem.")
    if base.problem is not None and (base.seed is not None or base.size != 1.0 or base.stress):
        message = "only scenarios have a seed, a size and stress."
        yield Issue(code="bad-value", path="base", message=message, hint="Leave them out.")


def _unknown_names(study: Study, known: Sequence[str]) -> Iterator[Issue]:
    lists = {f"grid.{axis}": levels for axis, levels in study.grid.items()}
    lists |= {f"variants.{name}": names for name, names in study.variants.items()}
    lists |= {f"curves.{name}.under": curve.under for name, curve in study.curves.items()}
    for path, names in lists.items():
        for position, name in enumerate(names):
            if name not in known:
                hint = choice_hint(name, known)
                message = f"there is no change named {name!r}."
                yield Issue(code="unknown-name", path=f"{path}[{position}]", message=message, hint=hint)


def _empty_lists(study: Study) -> Iterator[Issue]:
    for axis, levels in study.grid.items():
        if not levels or len(set(levels)) < len(levels):
            message = f"levels are {list(levels)}: give at least one, and each once."
            yield Issue(code="bad-value", path=f"grid.{axis}", message=message, hint=f"{AS_IS!r} is the base's level.")
    for name, curve in study.curves.items():
        if not curve.values or len(set(curve.values)) < len(curve.values):
            message = f"values are {list(curve.values)}: give at least one, and each once."
            yield Issue(code="bad-value", path=f"curves.{name}.values", message=message, hint="Write [0, 100, 1000].")


def _num_runs(study: Study) -> int:
    """An upper bound, found without making the variants."""
    num_grid = 1
    for levels in study.grid.values():
        num_grid *= max(1, len(levels))
    num_points = sum(len(curve.values) for curve in study.curves.values())
    return (1 + num_grid + len(study.variants) + num_points) * len(study.seeds)


def num_runs(study: Study) -> int:
    """Variants times seeds."""
    return len(variants_of(study)) * len(study.seeds)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema: no dates, no numbers to base 60, no key twice, and no aliases.

    An alias costs a few bytes whatever it stands for: ten lines of them can stand for more than any memory holds.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call] # untyped in the stubs
            message = f"the alias '*{event.anchor}' is not read; write out what it stands for"
            raise yaml.composer.ComposerError(None, None, message, event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is not text", key.start_mark)
            if key.value in keys:
                message = f"the key {key.value!r} occurs twice in one object"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            keys.add(key.value)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)
