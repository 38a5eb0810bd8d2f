from __future__ import annotations

from tests.cli.shell import done, run

TEXT = """
name: tiny what if
base: {scenario: tiny}
search: {step_limit: 0}
seeds: [1, 2]
changes:
  slow: [{change: change-speeds, percent: 50}]
variants:
  slow: [slow]
"""


def test_study_is_planned_reported_and_kept(here):
    (here / "study.yaml").write_text(TEXT, encoding="utf-8")
    told = done("study", "study.yaml", "-o", "out", "--workers", 1, "--language", "en")
    assert "slow" in told
    names = {path.name for path in (here / "out").iterdir()}
    assert {"report.html", "runs", "study_runs.csv", "study_variants.csv"} <= names
    again = run("study", "study.yaml", "-o", "out")
    assert (again.exit_code, "4 plans of 4 kept from before" in again.stderr) == (0, True)


def test_dry_run_lists_variants_and_writes_nothing(here):
    (here / "study.yaml").write_text(TEXT, encoding="utf-8")
    told = done("study", "study.yaml", "-o", "out", "--dry-run")
    assert "change-speeds {percent: 50}" in told
    assert "4 plans to be made" in told
    assert not (here / "out").exists()


def test_unknown_names_end_with_exit_code_2(here):
    (here / "study.yaml").write_text(TEXT.replace("percent: 50", "percent: 50, modes: [wlak]"), encoding="utf-8")
    result = run("study", "study.yaml", "-o", "out")
    assert result.exit_code == 2
    assert "Did you mean 'walk'?" in result.stderr


def test_problem_is_found_beside_the_study(here):
    done("convert", "tiny", "town.json")
    folder = here / "studies"
    folder.mkdir()
    (here / "town.json").rename(folder / "town.json")
    (folder / "study.yaml").write_text(TEXT.replace("scenario: tiny", "problem: town.json"), encoding="utf-8")
    assert "4 plans to be made" in done("study", folder / "study.yaml", "-o", "out", "--dry-run")
