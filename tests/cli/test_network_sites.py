"""``yizhan coverage``, ``site`` and ``baskets``: what they print and write, and how they refuse."""

from pathlib import Path

import pytest

from optimizer.cli.network_sites import FILE_NAMES
from tests.cli.shell import done, run, sheets

BEIBEI = ("beibei-three-helps", "--size", "1")


def names_in(folder):
    return {path.name for path in Path(folder).iterdir()}


def test_coverage_writes_tables_map_picture_and_isochrones():
    said = done("coverage", *BEIBEI, "-o", "out")
    assert "within reach" in said
    assert names_in("out") == {
        *("coverage.xlsx", "coverage.html", "coverage.png", "isochrones.gpkg", "isochrones.geojson"),
    }
    assert Path("out/coverage.png").read_bytes().startswith(b"\x89PNG")
    page = Path("out/coverage.html").read_text(encoding="utf-8")
    assert "朝阳社区街道养老服务中心" in page
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_longer_walk_covers_more():
    shares = [done("coverage", *BEIBEI, "--minutes", m, "-o", f"out{m}").split("all")[1].split()[3] for m in (3, 30)]
    assert float(shares[0]) < float(shares[1])


def test_site_opens_within_budget_and_its_sites_can_be_given_back():
    options = ("--budget", "1500000", "--years", "2", "--pilot", "朝阳社区", "--village", "龙凤桥社区")
    said = done("site", *BEIBEI, "--from-nothing", *options, "--target", "urban=0.5", "-o", "out")
    assert "gap 0.00 %, optimal" in said
    assert names_in("out") == {"site.xlsx", "site.html", "site.png", "sites.csv"}
    again = done("site", *BEIBEI, "--sites", "out/sites.csv", *options, "--target", "urban=0.5", "-o", "again")
    assert again.split("cover: ")[1].split("(")[0] == said.split("cover: ")[1].split("(")[0]


def test_baskets_write_days_that_can_be_planned():
    said = done("baskets", "yinchuan-month", "--size", "0.05", "--days", "2", "-o", "out")
    assert "optimal" in said
    assert names_in("out") == {"baskets.xlsx", "rules.json", "days", "streets"}
    first, *_ = sorted(Path("out/days").iterdir())
    planned = done("solve", first, "--streets", "out/streets", "-o", "day", "--step-limit", 0, "--workers", 1)
    assert "no violation" in planned
    again = done("baskets", "yinchuan-month", "--size", "0.05", "--days", "2", "--rules", "out/rules.json", "-o", "b")
    assert again.split("worth")[1].split("(")[0] == said.split("worth")[1].split("(")[0]


def test_a_month_is_planned_day_by_day_in_one_go():
    said = done(
        "baskets", "yinchuan-month", "--size", "0.03", "--days", "3", "--plan-days", "0.2s", "--language", "en",
        "-o", "out",
    )  # fmt: skip
    assert "on average an elder's usual worker gives" in said
    assert {"plans", "month.xlsx", "month.html"} <= names_in("out")
    assert names_in("out/plans") == names_in("out/days")
    assert "a month planned" in Path("out/month.html").read_text()


def test_no_money_buys_nothing_and_is_written_all_the_same():
    done("baskets", *BEIBEI, "--budget", "0", "--days", "1", "-o", "out")
    assert sheets("out/baskets.xlsx") == {"baskets": [["(none)"]]}


@pytest.mark.parametrize(("language", "said"), [("zh", "分钟养老服务圈"), ("en", "15-minute circle")])
def test_pictures_speak_the_language_asked_for(language, said):
    done("coverage", *BEIBEI, "--language", language, "-o", "out")
    assert said in Path("out/coverage.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("site", *BEIBEI, "--budget", "1", "--pilot", "朝阳社去", "-o", "out"), "Did you mean '朝阳社区'"),
        (("site", *BEIBEI, "--budget", "1", "--target", "town=0.8", "-o", "out"), "Write it like urban=0.85"),
        (("site", *BEIBEI, "--budget", "1", "--pilot", "Nowhere", "-o", "out"), "There are "),
        (("site", *BEIBEI, "--budget", "1", "--target", "village=0.8", "-o", "out"), "which are villages"),
        (("site", *BEIBEI, "--budget", "1", "--goal", "covr", "-o", "out"), "Did you mean 'cover'"),
        (("coverage", *BEIBEI, "--minutes", "61", "-o", "out"), "less than or equal to 60"),
        (("site", *BEIBEI, "--budget", "1", "--budget", "2", "--years", "2", "-o", "out"), "has its budget already"),
        (("coverage", "beibei-three-helps", "--kind", "caravan-base", "-o", "out"), "no station of these kinds"),
        (("baskets", "beibei-three-helps", "--first-date", "3.2.", "-o", "out"), "Write it like 2026-03-02"),
        (("baskets", "yinchuan-month", "--rules", "none.json", "-o", "out"), "cannot be read"),
    ],
)
def test_wrong_input_is_refused_with_a_cure(arguments, said):
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not Path("out").exists()


def test_every_file_has_a_word_about_it():
    assert all(FILE_NAMES.values())
