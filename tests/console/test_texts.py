"""Both languages have every sentence, and every sentence that the code asks for is there."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from api.console import board
from api.console.data import Paper
from api.console.day import VisitState
from api.console.frame import VIEWS
from api.console.targets import FIGURES
from api.console.texts import TEXTS, Texts
from api.jobs.task import FAILURES
from api.store.days import StepKind
from api.store.records import Origin, PlanState, Role
from optimizer.errors import Severity
from optimizer.formats.words import load_words
from optimizer.plan import RemedyKind, SolveStatus
from optimizer.redispatch.diff import ChangeKind
from optimizer.redispatch.events import EVENT_BY_KIND
from optimizer.rules import CostTerm, Rule
from scenarios import SCENARIOS, STRESSES

CONSOLE = Path(board.__file__).parent
NAMED = {
    "state": VisitState,
    "plan_state": PlanState,
    "origin": Origin,
    "status": SolveStatus,
    "role": Role,
    "change": ChangeKind,
    "remedy_text": RemedyKind,
    "term": CostTerm,
    "paper": Paper,
    "paper_hint": Paper,
    "severity": Severity,
    "failure": FAILURES,
    "scenario": SCENARIOS,
    "stress": STRESSES,
    "kpi": [figure.name for figure in FIGURES],
    "event": EVENT_BY_KIND,
    "step": StepKind,
    "nav": [view.name for view in VIEWS],
}


def placeholders(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_it_with_the_same_values(key):
    zh, en = TEXTS[key]
    assert zh.strip() and en.strip()
    assert placeholders(zh) == placeholders(en) or "{" not in zh


@pytest.mark.parametrize("kind", NAMED)
def test_every_member_has_its_word(kind):
    assert [str(name) for name in NAMED[kind] if f"{kind}.{name}" not in TEXTS] == []


def test_every_rule_has_its_word():
    assert [rule for rule in Rule if f"rule.{rule}" not in load_words()] == []


def test_every_sentence_that_is_asked_for_is_there():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in CONSOLE.rglob("*.py"))
    asked = set(re.findall(r'texts(?:\.text\(|\[)"([a-z_.-]+)"', sources))
    assert len(asked) > 60
    assert sorted(asked - TEXTS.keys()) == []


def test_a_language_is_chosen_by_its_name():
    assert (Texts("zh")["nav.today"], Texts("en")["nav.today"]) == ("今日", "Today")
    assert Texts("en").of("rule", "skill") == "Skill"
    assert Texts("en").of("state", "no such state") == "no such state"
