"""``yizhan anonymize``: what is written, and what it is good for."""

from __future__ import annotations

import json

from tests.cli.shell import done, run


def total(text: str) -> str:
    """The total cost that `check` shows."""
    (line,) = [line for line in text.splitlines() if line.startswith("│ total")]
    return line


def test_plan_costs_the_same_for_the_problem_that_is_shared(here, tiny_outcome):
    src, plan = tiny_outcome / "tiny", tiny_outcome / "out" / "plan.json"
    done("anonymize", src, "-o", "shared.json", "--replace-ids", "--plan", plan)
    assert {path.name for path in here.iterdir()} == {"shared.json", "shared.npz", "shared.plan.json"}
    assert total(done("check", "shared.json", "shared.plan.json")) == total(done("check", src, plan))
    original = (tiny_outcome / "out" / "problem.json").read_text(encoding="utf-8")
    shared = (here / "shared.json").read_text(encoding="utf-8")
    names = [elder["name"] for elder in json.loads(original)["elders"] if elder.get("name")]
    ids = [elder["elder_id"] for elder in json.loads(original)["elders"]]
    assert names
    assert [text for text in (*names, *ids) if f'"{text}"' in shared] == []


def test_secret_makes_it_repeatable_and_nothing_else_does(here):
    for name, options in {"a": ["--secret", "s"], "b": ["--secret", "s"], "c": [], "d": []}.items():
        done("anonymize", "tiny", "-o", f"{name}.json", *options)
    texts = {name: (here / f"{name}.json").read_text("utf-8") for name in "abcd"}
    assert texts["a"] == texts["b"]
    assert len({texts["a"], texts["c"], texts["d"]}) == 3


def test_matrix_beside_a_problem_is_used_unless_another_is_named(here):
    done("anonymize", "tiny", "-o", "day.json")
    (here / "day.npz").write_bytes(b"broken")
    assert run("validate", "day.json").exit_code == 2
    (here / "day.npz").unlink()
    assert run("validate", "day.json").exit_code == 0


def test_shared_problem_is_written_as_tables_too(here):
    done("anonymize", "tiny", "-o", "day.xlsx")
    assert "valid" in done("validate", "day.xlsx")
    assert run("anonymize", "tiny", "-o", "day.xlsx").exit_code == 2
