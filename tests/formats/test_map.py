"""The map page: compact data, inert names, no request to anywhere, and a script that runs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from optimizer.formats.map_data import UNITS_PER_DEG, encode_lines, map_data, street_lines
from optimizer.formats.map_html import json_for_html, map_html, write_map
from optimizer.formats.words import load_words
from optimizer.plan import Plan, RemedyKind, SolveStatus
from optimizer.problem import ElderGroup, Link, LinkKind, StationKind
from optimizer.rules import Rule
from optimizer.timing import time_draft
from tests.builders import (
    at,
    clock,
    make_draft,
    make_elder,
    make_problem,
    make_route,
    make_shift,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.formats.sample_day import NASTY_NAMES, make_day, make_streets

EMPTY = Plan(status=SolveStatus.COMPLETE, routes=())


def make_plan(problem, *routes):
    return Plan(status=SolveStatus.COMPLETE, routes=time_draft(problem, make_travel(problem), make_draft(*routes)))


def data_of(problem, *routes, **options):
    options = {"streets": None, "path_of": lambda mode, origin, destination: (origin, destination), **options}
    return map_data(problem, make_plan(problem, *routes), **options)


def decode(text):
    """Points of every line, read the way the page's script does."""
    lines = []
    for word in text.split():
        numbers, number, shift = [], 0, 0
        for digit in (ord(letter) - 63 for letter in word):
            number |= (digit & 0x1F) << shift
            shift += 5
            if digit < 0x20:
                numbers.append(~(number >> 1) if number & 1 else number >> 1)
                number, shift = 0, 0
        lines.append(np.cumsum(np.array(numbers).reshape(-1, 2), axis=0))
    return lines


class Tags(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.raw = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] in {"script", "style"} and data.strip():
            self.raw.append((self.tags[-1], data))


@pytest.fixture(scope="module")
def day():
    return make_day()


@pytest.fixture(scope="module")
def page(day):
    return map_html(day.problem, day.plan, streets=day.streets)


# --- safety


def test_names_cannot_leave_the_data(page):
    tags = Tags(page)
    assert not any(tag == "img" for tag, _ in tags.tags)
    texts = [text for (tag, attributes), text in tags.raw if attributes.get("type") == "application/json"]
    names = {elder["name"] for elder in json.loads(texts[0])["elders"]}
    assert set(NASTY_NAMES) <= names


def test_json_carries_no_character_that_html_reads():
    text = json_for_html({"name": "</script><!--&amp;"})
    assert not set(text) & set("<>&")
    assert json.loads(text) == {"name": "</script><!--&amp;"}


def test_a_name_that_looks_like_a_mark_of_the_template_is_left_alone():
    problem = make_problem(elders=(make_elder(name="{{script}}{{data}}"),))
    assert "{{script}}{{data}}" in map_html(problem, EMPTY)


def test_the_page_refers_to_no_address(page):
    assert not re.search(r"""(src|href)\s*=|url\(|@import|https?://""", page.split('id="data"')[0])
    assert not any(
        {"src", "href", "onclick", "onerror", "style"} & attributes.keys() for _, attributes in Tags(page).tags
    )


def test_the_policy_admits_only_the_page_own_script_and_style(page):
    tags = Tags(page)
    policy = next(attributes["content"] for tag, attributes in tags.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")
    for (tag, attributes), text in tags.raw:
        if attributes.get("type") != "application/json":
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_scripts_never_parse_text_as_markup(page):
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", page)


# --- data


def test_a_served_visit_points_to_its_elder_and_a_late_one_says_how_late():
    visit = make_visit(place=None, elder_id="e1", windows=(window("08:00", "09:00", soft_end_s=clock("08:05")),))
    data = data_of(make_problem([visit], elders=(make_elder(),)), make_route("a", "v1"))
    assert (data["visits"][0]["elder"], data["visits"][0]["state"], data["visits"][0]["late_s"]) == (0, "late", 300)


@pytest.mark.parametrize(("soft_end", "state"), [("08:09", "late"), ("08:10", "served"), ("08:11", "served")])
def test_a_start_at_the_soft_end_is_on_time(soft_end, state):
    visit = make_visit(windows=(window("08:00", "09:00", soft_end_s=clock(soft_end)),))
    assert data_of(make_problem([visit]), make_route("a", "v1"))["visits"][0]["state"] == state


def test_an_unassigned_visit_belongs_to_the_day_of_its_first_window():
    problem = make_problem([make_visit(windows=(window("57:00", "58:00"), window("33:00", "34:00")))])
    visit = data_of(problem)["visits"][0]
    assert (visit["state"], visit["day"]) == ("unassigned", 1)


def test_a_route_over_midnight_belongs_to_the_day_it_begins():
    worker = make_worker(shifts=(make_shift("22:00", "30:00"),))
    problem = make_problem([make_visit(windows=(window("24:30", "25:00"),))], [worker])
    assert data_of(problem, make_route("a", "v1"))["routes"][0]["day"] == 0


def test_links_are_pairs_of_positions():
    link = Link(kind=LinkKind.GAP, first_visit_id="v2", second_visit_id="v1")
    assert data_of(make_problem([make_visit("v1"), make_visit("v2")], links=(link,)))["links"] == [[1, 0]]


def test_legs_follow_the_given_paths():
    problem = make_problem([make_visit("v1", 10)])
    data = data_of(
        problem, make_route("a", "v1"), path_of=lambda mode, origin, destination: (origin, at(40), destination)
    )
    legs = [decode(stop["leg"])[0][:, 0].tolist() for stop in data["routes"][0]["stops"] if stop["leg"]]
    assert legs == [[11_600_000, 11_604_000, 11_601_000], [11_601_000, 11_604_000, 11_600_000]]


def test_the_way_of_an_escort_is_part_of_the_next_leg():
    problem = make_problem([make_visit("v1", 10, end_place=at(30))])
    last = data_of(problem, make_route("a", "v1"))["routes"][0]["stops"][-1]
    assert decode(last["leg"])[0][:, 0].tolist() == [11_601_000, 11_603_000, 11_600_000]


def test_every_enum_shown_has_words():
    for kind, members in (("rule", Rule), ("remedy", RemedyKind), ("group", ElderGroup), ("kind", StationKind)):
        assert {f"{kind}.{member}" for member in members} <= load_words().keys()
    assert {f"map.status.{status}" for status in SolveStatus} <= load_words().keys()


def test_every_word_the_scripts_ask_for_exists(page):
    asked = set(re.findall(r"""\bsay\("([^"]+)\"""", page))
    assert len(asked) > 30
    assert asked <= load_words().keys()


# --- streets


def test_lines_survive_encoding_to_a_hundred_thousandth_of_a_degree():
    lines = [np.array([[116.36211, 39.91], [-0.5, -89.99999]]), np.array([[0.0, 0.0], [0.00001, 180.0]])]
    decoded = decode(encode_lines(lines))
    for line, points in zip(lines, decoded, strict=True):
        np.testing.assert_allclose(points / UNITS_PER_DEG, line, atol=0.5 / UNITS_PER_DEG)


def test_both_directions_of_a_street_are_drawn_once():
    there = [116.0, 40.0, 116.01, 40.0]
    back = [116.01, 40.0, 116.0, 40.0]
    (line,) = street_lines(np.array([there, back]))
    assert sorted(line[:, 0].tolist()) == [116.0, 116.01]


def test_segments_between_crossings_become_one_line():
    straight = np.array([[116.0, 40.0, 116.01, 40.0], [116.01, 40.0, 116.02, 40.0]])
    (line,) = street_lines(straight)
    assert len(line) == 2


def test_streets_keep_their_length():
    streets = make_streets(10)
    drawn = sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in street_lines(streets))
    given = np.hypot(streets[:, 2] - streets[:, 0], streets[:, 3] - streets[:, 1]).sum()
    assert drawn == pytest.approx(given, rel=0.01)


def test_no_streets_at_all_are_no_lines():
    assert street_lines(np.zeros((0, 4))) == []


def test_a_large_page_stays_below_five_megabytes():
    day = make_day(num_meals=650, num_care=100, num_couriers=45, num_carers=14)
    assert len(map_html(day.problem, day.plan, streets=make_streets(105))) < 5_000_000


# --- the page


def test_the_same_plan_gives_the_same_page(day, page, tmp_path):
    write_map(day.problem, day.plan, tmp_path / "map.html", streets=day.streets)
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == page


def test_an_unknown_language_is_refused(day):
    with pytest.raises(ValueError, match='language = \'fr\': choose "zh", "en" or "both"'):
        map_html(day.problem, day.plan, language="fr")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def dom_of(path, folder, awaited):
    """The page's document after its script has run: on a slow machine a short time may pass before it begins."""
    for budget_ms in (5_000, 20_000, 60_000):
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--virtual-time-budget={budget_ms}"]
        command = [CHROMIUM, *flags, f"--user-data-dir={folder}", "--dump-dom", path.as_uri()]
        result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        dom = result.stdout.split('id="data"')[0]
        if awaited in dom:
            break
    return dom


@needs_chromium
@pytest.mark.parametrize(("language", "tab"), [("zh", "未安排"), ("en", "Unassigned"), ("both", "未安排")])
def test_the_script_fills_the_page_in_its_language(day, tmp_path, language, tab):
    write_map(day.problem, day.plan, tmp_path / "map.html", streets=day.streets, language=language)
    dom = dom_of(tmp_path / "map.html", tmp_path / "profile", f"{tab} <span")
    assert f"{tab} <span" in dom
    assert dom.count('class="swatch"') == len(day.plan.routes)
    assert dom.count('class="case"') == len(day.plan.unassigned)


@needs_chromium
def test_a_problem_without_anything_gives_a_page_that_runs(tmp_path):
    write_map(make_problem(stations=(), workers=()), EMPTY, tmp_path / "map.html", language="en")
    awaited = "Everybody is served"
    assert awaited in dom_of(tmp_path / "map.html", tmp_path / "profile", awaited)
