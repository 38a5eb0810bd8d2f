"""Links between visits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from optimizer.errors import Issue
from optimizer.problem import Link, LinkKind, Problem
from optimizer.validate.codes import issue


def link_issues(problem: Problem) -> Iterator[Issue]:
    """Links by themselves, links that contradict each other, and visits that come before themselves."""
    for i, link in enumerate(problem.links):
        path = f"links[{i}]"
        if link.first_visit_id == link.second_visit_id:
            message = f"the link binds visit {link.first_visit_id!r} to itself."
            yield issue("link-to-itself", path, message, "Name two visits.")
        if link.max_gap_s is not None and link.max_gap_s < link.min_gap_s:
            message = f"the gap's maximum {link.max_gap_s} s is below its minimum {link.min_gap_s} s."
            yield issue("gap-reversed", path, message, "Swap the two.")
    yield from _contradictions(problem)
    yield from _cycles(problem)


def _contradictions(problem: Problem) -> Iterator[Issue]:
    """Pairs of visits bound to the same and to different workers."""
    kinds_by_pair: dict[frozenset[str], set[LinkKind]] = defaultdict(set)
    contradiction = {LinkKind.SAME_WORKER, LinkKind.DIFFERENT_WORKER}
    for i, link in enumerate(problem.links):
        kinds = kinds_by_pair[frozenset((link.first_visit_id, link.second_visit_id))]
        is_new = link.kind in contradiction - kinds
        kinds.add(link.kind)
        if is_new and contradiction <= kinds:
            names = f"visits {link.first_visit_id!r} and {link.second_visit_id!r}"
            message = f"{names} are bound to the same worker and to different ones."
            yield issue("link-contradiction", f"links[{i}]", message, "Remove one of the two links.")


def _cycles(problem: Problem) -> Iterator[Issue]:
    """Links by which a visit comes before itself; the link of each cycle that closes it."""
    befores: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for i, link in enumerate(problem.links):
        if link.kind is LinkKind.BEFORE and link.first_visit_id != link.second_visit_id:
            befores[link.first_visit_id].append((i, link.second_visit_id))
    done: set[str] = set()
    for root in tuple(befores):
        for closing in _closing_links(root, befores, done):
            yield _cycle_issue(problem.links[closing], closing)


def _closing_links(root: str, befores: Mapping[str, list[tuple[int, str]]], done: set[str]) -> Iterator[int]:
    """Positions of links that lead back to a visit on the way from `root` (depth first, each visit once)."""
    on_way: dict[str, Iterator[tuple[int, str]]] = {} if root in done else {root: iter(befores.get(root, ()))}
    while on_way:
        visit_id, onward = next(reversed(on_way.items()))
        step = next(onward, None)
        if step is None:
            done.add(visit_id)
            del on_way[visit_id]
        elif step[1] in on_way:
            yield step[0]
        elif step[1] not in done:
            on_way[step[1]] = iter(befores.get(step[1], ()))


def _cycle_issue(link: Link, position: int) -> Issue:
    message = f"by this link visit {link.second_visit_id!r} comes before itself."
    return issue("link-cycle", f"links[{position}]", message, "Remove one link of the cycle.")
