"""What the judge and the readers say is said in Chinese, too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from api.console.core_texts import ISSUES, VIOLATIONS, fault_text, issue_texts, violation_text
from api.errors import Refusal, invalid
from optimizer import check
from optimizer.errors import Issue
from optimizer.plan import Rule, Violation
from optimizer.reading import violation
from optimizer.rules import RULES
from optimizer.validate.codes import DRAFT_ERROR_CODES, ISSUE_CODES
from tests.console.district import small_problem

PARTS = {
    "until": "by 10:00 station 's1' has handed out",
    "limit": "at most 2 different workers, 1 of them known",
    "needs": "needs a worker of reliability 0.9",
    "most": "",
    "times": "10:00, before its start at 11:00",
}
"""What stands for those parts of a sentence that are put together before."""


def sentences_of_the_judge():
    """Every sentence that a check may end with, with 7 for any value."""
    for path in sorted(Path(check.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                text = "".join(map(_part, node.values))
                text = re.sub("(?<=returns at 10:00, )before its start", "after its end", text)
                if text.endswith(".") and not text.startswith("7 is not"):
                    yield text


def _part(node):
    if isinstance(node, ast.Constant):
        return str(node.value)
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    return PARTS.get(name, "7")


@pytest.mark.parametrize("sentence", sorted(set(sentences_of_the_judge())))
def test_every_sentence_of_the_judge_has_a_chinese_one(sentence):
    said = violation_text("zh", small_problem(), Violation(rule=Rule.SHIFT, message=sentence))
    assert re.search(r"[一-鿿]", said), sentence


def test_sentence_has_names_for_ids_and_minutes_for_seconds():
    said = Violation(rule=Rule.SERVICE_DURATION, message="visit 'c1' lasts 600 s, but worker 'carer1' needs 1800 s.")
    assert violation_text("zh", small_problem(), said) == "写 10 分钟，钱勇 需要 30 分钟。"
    assert violation_text("en", small_problem(), said) == "lasts 10 min, but worker 钱勇 needs 30 min."


def test_long_times_are_told_in_hours():
    said = Violation(rule=Rule.WORKING_TIME, message="works 29700 s, more than the 28800 s allowed.")
    assert violation_text("en", small_problem(), said) == "works 8 h 15 min, more than the 8 h 00 min allowed."


def test_cure_that_follows_a_sentence_is_left_out():
    said = violation(Rule.TIME_WINDOW, "visit 'c1' starts at 11:00, outside 08:30-10:00.")
    assert said.message.endswith(RULES[Rule.TIME_WINDOW].hint)
    assert violation_text("zh", small_problem(), said) == "11:00 开始，不在 08:30-10:00 之内。"


def test_sentence_that_is_not_known_stays_as_it_is():
    assert violation_text("zh", small_problem(), Violation(rule=Rule.SHIFT, message="new.")) == "new."


def test_patterns_and_sentences_name_the_same_values():
    for english, chinese in VIOLATIONS.items():
        assert set(re.findall(r"\{\w+\}", english)) >= set(re.findall(r"\{\w+\}", chinese)), english


def codes_of_files():
    table = Path("docs/formats.md").read_text(encoding="utf-8").partition("<!-- begin file-issues -->")[2]
    return set(re.findall(r"^\| `([\w-]+)` \|", table.partition("<!-- end")[0], re.M))


def test_every_code_has_its_law_and_cure_in_chinese():
    assert codes_of_files() | ISSUE_CODES.keys() | DRAFT_ERROR_CODES.keys() == ISSUES.keys()


def test_refusal_is_told_in_chinese_with_its_faults():
    refusal = Refusal(412, "changed-meanwhile", "the day has gone on.")
    assert fault_text("zh", refusal) == "别人刚刚改过，请重新打开后再改。"
    assert fault_text("en", refusal) == "the day has gone on."
    own = invalid("at_s", "“x”不是时间。", "写成 10:15 这样。")
    assert fault_text("zh", own) == "“x”不是时间。 写成 10:15 这样。"


def test_of_many_faults_the_first_are_told():
    issues = [Issue(code="id-empty", path=str(number), message="an id is empty.") for number in range(9)]
    assert fault_text("zh", Refusal(422, "invalid-problem", "", issues=issues)).splitlines()[-1] == "+ 5"


def test_issue_keeps_its_values_and_the_guess():
    issue = Issue(
        code="unknown-elder", path="visits.csv:5:elder", message="there is no elder 'e9'.", hint="Did you mean 'e1'?"
    )
    assert issue_texts("zh", issue) == ("没有这位老人（e9）", "是不是 e1？")
    assert issue_texts("en", issue) == (issue.message, issue.hint)
