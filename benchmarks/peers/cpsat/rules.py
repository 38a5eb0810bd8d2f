"""The rules, one function each."""

from __future__ import annotations

from ortools.sat.python import cp_model

from benchmarks.peers.cpsat.variables import HOME, Linear, Round, Variables, Way
from optimizer.problem import Link, LinkKind, Problem


def add_rules(model: cp_model.CpModel, problem: Problem, variables: Variables) -> None:
    """Everything that a sound plan keeps."""
    _serve_once(model, variables)
    for circuit in variables.rounds:
        _make_one_round(model, circuit)
        for way in circuit.ways:
            _follow(model, problem, variables, circuit, way)
        model.add(circuit.departure_s == circuit.back_s).only_enforce_if(~circuit.is_used)
        _take_break(model, circuit)
    position = {visit.visit_id: number for number, visit in enumerate(problem.visits)}
    for link in problem.links:
        ends = position[link.first_visit_id], position[link.second_visit_id]
        if link.kind.is_timed:
            _link_starts(model, problem, variables, link, ends)
        else:
            _link_workers(model, variables, link.kind, ends)


def _serve_once(model: cp_model.CpModel, variables: Variables) -> None:
    """A served visit is in one round."""
    for number, is_served in enumerate(variables.is_served):
        able = [circuit.serves[number] for circuit in variables.rounds if number in circuit.serves]
        model.add(sum(able) == is_served)


def _make_one_round(model: cp_model.CpModel, circuit: Round) -> None:
    """One round through all that is served."""
    stays = [(number, number, ~circuit.serves[visit]) for number, visit in enumerate(circuit.visits, start=1)]
    ways = [(way.origin, way.target, way.is_taken) for way in circuit.ways]
    model.add_circuit([(HOME, HOME, ~circuit.is_used), *stays, *ways])


def _follow(model: cp_model.CpModel, problem: Problem, variables: Variables, circuit: Round, way: Way) -> None:
    """Arrival is not before departure, the way, and the break before it."""
    left_s, arrival_s = _left_s(problem, variables, circuit, way.origin), _arrival_s(variables, circuit, way.target)
    rest = circuit.one_break if way.after_break else None
    if rest is None:
        model.add(arrival_s >= left_s + way.duration_s).only_enforce_if(way.is_taken)
        return
    model.add(circuit.break_start_s >= left_s).only_enforce_if(way.is_taken)
    rested_s = circuit.break_start_s + rest.duration_s
    model.add(arrival_s >= rested_s + way.duration_s).only_enforce_if(way.is_taken)


def _left_s(problem: Problem, variables: Variables, circuit: Round, number: int) -> Linear:
    if number == HOME:
        return circuit.departure_s
    visit = circuit.visits[number - 1]
    return variables.starts_s[visit] + problem.visits[visit].service_duration_s


def _arrival_s(variables: Variables, circuit: Round, number: int) -> Linear:
    return circuit.back_s if number == HOME else variables.starts_s[circuit.visits[number - 1]]


def _take_break(model: cp_model.CpModel, circuit: Round) -> None:
    """A mandatory break is taken in every shift that is used, another one at most once."""
    if circuit.one_break is None:
        return
    if circuit.one_break.mandatory:
        model.add(circuit.num_breaks == circuit.is_used)
    else:
        model.add(circuit.num_breaks <= circuit.is_used)


def _link_starts(
    model: cp_model.CpModel, problem: Problem, variables: Variables, link: Link, ends: tuple[int, int]
) -> None:
    """What the starts of two visits have to do with each other, where both are served."""
    first, second = ends
    both = [variables.is_served[end] for end in ends]
    apart_s = variables.starts_s[second] - variables.starts_s[first]
    if link.together:
        model.add(both[0] == both[1])
    if link.kind is LinkKind.SAME_START:
        model.add(apart_s == 0).only_enforce_if(both)
    elif link.kind is LinkKind.GAP:
        model.add(apart_s >= link.min_gap_s).only_enforce_if(both)
        if link.max_gap_s is not None:
            model.add(apart_s <= link.max_gap_s).only_enforce_if(both)
    elif link.kind is LinkKind.BEFORE:
        model.add(apart_s >= problem.visits[first].service_duration_s).only_enforce_if(both)


def _link_workers(model: cp_model.CpModel, variables: Variables, kind: LinkKind, ends: tuple[int, int]) -> None:
    """Two visits by one worker, or by two, where both are served."""
    both = [variables.is_served[end] for end in ends]
    for circuit in variables.rounds:
        serves = [circuit.serves.get(visit, 0) for visit in ends]
        if kind is LinkKind.DIFFERENT_WORKER:
            model.add(serves[0] + serves[1] <= 1)
        else:
            model.add(serves[0] == serves[1]).only_enforce_if(both)
