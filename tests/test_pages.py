"""Pages for readers: links lead somewhere, commands and options that are named exist, the first example runs."""

from __future__ import annotations

import re
import runpy
from functools import cache
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from optimizer.__main__ import app, load_commands

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for folder, pattern in ((".", "*.md"), ("docs", "*.md"), ("scenarios", "*.md"), ("benchmarks", "*.md"))
    for path in (ROOT / folder).glob(pattern)
)


@cache
def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def anchors_of(page: Path) -> set[str]:
    """What headings of a page can be linked by, as on GitHub."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@cache
def commands() -> dict[str, dict[str, set[str]]]:
    """Options of every command, and of the commands below it under their own names."""
    load_commands()
    top = typer.main.get_command(app)
    below = {name: getattr(command, "commands", {"": command}) for name, command in top.commands.items()}
    return {
        name: {sub: {option for each in command.params for option in each.opts} for sub, command in subs.items()}
        for name, subs in below.items()
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    folder = (ROOT / page).parent
    broken = []
    for target, _, anchor in re.findall(r"\]\(([^)#\s]*)(#([^)\s]+))?\)", text_of(page)):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path = folder / target if target else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors_of(path)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_that_is_named_exists(page):
    unknown = []
    for name, sub, rest in re.findall(r"yizhan ([a-z][a-z-]*)(?: ([a-z]+))?([^\n|`]*(?:\\\n[^\n|`]*)*)", text_of(page)):
        if name not in commands():
            unknown.append(name)
            continue
        subs = commands()[name]
        options = subs.get(sub, set().union(*subs.values()))
        unknown += [
            f"{name} {option}" for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", rest) if option not in options
        ]
    assert unknown == []


def test_every_command_has_a_row_in_the_readme():
    rows = re.findall(r"^\| `yizhan ([a-z-]+)[^|]*\|([^|]*)\|", text_of("README.md"), re.MULTILINE)
    assert {name for name, _ in rows} == commands().keys() - {"demo"}
    for name, words in rows:
        options = {"--help"}.union(*commands()[name].values())
        assert set(re.findall(r"`(--[a-z-]+)", words)) <= options, name


def test_the_first_program_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    (program,) = re.findall(r"```python\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert "time_limit_s=30" in program
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["convert", "tiny", "district.xlsx"])
    assert done.exit_code == 0, done.output
    Path("first.py").write_text(program.replace("time_limit_s=30", "step_limit=0"), encoding="utf-8")
    runpy.run_path("first.py", run_name="__main__")
    assert capsys.readouterr().out.startswith("complete ")
