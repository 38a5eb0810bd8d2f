"""The console in a real browser, from signing in to printing; nothing is asked of any other host."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.settings import Settings
from api.store.engine import Database
from api.store.migrate import migrate
from api.store.records import Role
from optimizer.formats.json import problem_to_json
from tests.api.test_commands import address_in
from tests.console.district import add_keys, add_small_plan, small_problem

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 60_000
SOLVE_PATIENCE_MS = 300_000
"""The first solve on a machine compiles the search."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)")


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server: its address, a planner's key, and the plan its district began with."""

    address: str
    key: str
    plan_id: str


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server with the small district."""
    folder = tmp_path_factory.mktemp("served")
    database = Database(Settings(data_dir=folder).store_url)
    migrate(database)
    keys = add_keys(database, "east")
    plan = add_small_plan(database)
    database.close()
    environment = {**os.environ, "YIZHAN_DATA_DIR": str(folder), "YIZHAN_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "optimizer", "serve", "--port", "0"]
    err = folder / "err"
    with err.open("w") as stderr:
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        yield Served(address=address_in(err, server), key=keys[Role.PLANNER], plan_id=plan.plan_id)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, served):
    """A signed-in page; in the end no request has left the host and no script has failed."""
    address = served.address
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    foreign, faults = [], []
    ours = (address, address.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(ours) else foreign.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/console/look?language=en&next=/console/sign-in")
    page.fill("#key", served.key)
    page.press("#key", "Enter")
    page.wait_for_url(f"{address}/console/plans/*")
    yield page
    context.close()
    assert foreign == []
    assert faults == []


def wait_until_drawn(page):
    page.wait_for_selector(".yz-map[data-ready]")
    page.wait_for_selector(".yz-time-line[data-ready]")


def show_small_plan(page, served):
    """Show today's view of the plan that the district began with."""
    page.goto(f"{served.address}/console/plans/{served.plan_id}")
    wait_until_drawn(page)


def test_map_time_line_and_list_are_one_selection(page, served):
    show_small_plan(page, served)
    page.locator(".yz-alert").nth(1).click()
    page.wait_for_selector(".yz-details >> text=010-5550-4321")
    page.click("text=Visits 7")
    page.wait_for_selector(".ag-row-selected >> text=李志强")
    page.fill(".yz-search input", "wxy")
    page.wait_for_function("document.querySelectorAll('.ag-center-cols-container .ag-row').length === 3")
    page.locator(".ag-center-cols-container .ag-row .ag-cell").first.click()
    page.wait_for_selector(".yz-details >> text=010-5550-1234")
    box = page.locator(".yz-time-line").bounding_box()
    page.mouse.click(box["x"] + 80, box["y"] + 34)
    page.wait_for_selector(".yz-details .yz-heading >> text=钱勇")


def test_a_plan_is_opened_from_the_list_of_plans(page, served):
    page.goto(f"{served.address}/console/plans")
    page.locator(f".ag-row[row-id='{served.plan_id}'] .ag-cell").first.click()
    page.wait_for_url(f"**/plans/{served.plan_id}")
    wait_until_drawn(page)


def test_a_dispatcher_gets_there_by_keyboard_alone(page, served):
    show_small_plan(page, served)
    page.keyboard.press("Tab")
    page.wait_for_selector(".yz-skip:focus")
    page.locator(".yz-alert").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".yz-details >> text=张桂兰")
    page.click("text=Visits 7")
    page.locator(".ag-center-cols-container .ag-row[row-index='0'] .ag-cell").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".ag-row[row-index='1'] .ag-cell:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".yz-details >> text=010-5550-1234")


def test_focus_is_seen_and_stays_in_a_dialog(page, served):
    show_small_plan(page, served)
    page.locator(".yz-alert").first.focus()
    page.keyboard.press("Enter")
    move = page.get_by_role("button", name="Move…")
    move.wait_for()
    move.focus()
    assert move.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector(".yz-dialog")
    page.wait_for_function("document.querySelector('.q-layout').inert")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.q-layout').inert")


def test_time_line_is_walked_by_arrow_keys(page, served):
    show_small_plan(page, served)
    page.locator(".yz-time-line").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".yz-details .yz-heading >> text=钱勇")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".yz-details .yz-heading >> text=张桂兰")
    page.keyboard.press("Escape")
    page.wait_for_selector(".yz-details >> text=Click anything")


def test_place_is_taken_by_keyboard(page, served):
    show_small_plan(page, served)
    put_in_force(page)
    page.get_by_role("button", name="Urgent visit").click()
    page.wait_for_selector(".yz-asks-place")
    page.locator(".yz-map").focus()
    page.keyboard.press("Enter")
    page.get_by_label("New elder's name").wait_for()


def test_from_upload_to_printed_sheet(page, served, tmp_path):
    page.goto(f"{served.address}/console/new")
    file = tmp_path / "small.json"
    file.write_bytes(problem_to_json(small_problem()))
    page.set_input_files("input[type=file]", file)
    page.wait_for_selector("text=small: can be solved")
    page.get_by_label("Time limit (s)").fill("1")
    page.get_by_label("Reason").fill("Monday")
    page.get_by_role("button", name="Solve").click()
    page.wait_for_url("**/plans/plan-*")
    page.wait_for_selector(".yz-time-line[data-ready]", timeout=SOLVE_PATIENCE_MS)
    page.locator("nav >> text=Unserved").click()
    page.locator(".yz-remedy").first.click()
    page.wait_for_url("**/compare?*")
    page.wait_for_selector("text=Now served")
    page.get_by_role("button", name="Publish this plan").click()
    page.wait_for_url("**/plans/plan-*")
    page.wait_for_selector("text=In force")
    page.locator("nav >> text=Sheets").click()
    with page.expect_download() as download:
        page.locator(".yz-paper >> nth=0 >> text=English").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_from_publishing_to_the_call_list(page, served):
    show_small_plan(page, served)
    put_in_force(page)
    page.get_by_role("button", name="Urgent visit").click()
    page.get_by_label("Elder", exact=True).fill("4321")
    page.get_by_role("button", name="李志强").click()
    page.get_by_label("Not before").fill("13:00")
    page.get_by_label("Not after").fill("15:00")
    page.get_by_role("button", name="Recommend slots").click()
    page.locator(".yz-slots .yz-remedy").first.click()
    page.wait_for_selector("text=Last change")
    page.get_by_role("button", name="Call list").click()
    page.wait_for_selector("text=010-5550-4321")
    page.get_by_role("checkbox", name="Told: 李志强").click()
    page.wait_for_selector(".yz-told >> text=李志强")


def test_visit_is_dragged_to_another_worker(page, served):
    show_small_plan(page, served)
    put_in_force(page)
    (x, y), (_, row) = place_of(page, "c2"), place_of(page, "m1")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, row, steps=4)
    page.wait_for_selector(".yz-drag-ghost[data-text*='赵静']")
    page.mouse.up()
    page.wait_for_selector(".yz-verdict >> text=Sound")
    before = page.locator(".yz-map").get_attribute("data-plan")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(f".yz-map[data-plan]:not([data-plan='{before}'])")
    page.wait_for_selector(".yz-details >> text=赵静")


def test_drag_that_is_given_up_asks_nothing(page, served):
    show_small_plan(page, served)
    put_in_force(page)
    x, y = place_of(page, "c2")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=3)
    page.wait_for_selector(".yz-drag-ghost")
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_selector(".yz-drag-ghost", state="detached")
    page.get_by_role("tab", name="Details").click()
    page.wait_for_selector("text=Click anything")  # which comes after all that was asked before
    assert page.locator(".yz-dialog").count() == 0


def test_visit_is_dragged_onto_another_route_on_the_map(page, served):
    show_small_plan(page, served)
    put_in_force(page)
    x, y = place_of(page, "c1")
    page.mouse.click(x, y)
    page.wait_for_selector(".yz-map[data-chosen='e1']")
    home, stop = (home_of(page, elder_id) for elder_id in ("e1", "e2"))
    page.mouse.move(*home)
    page.mouse.down()
    page.mouse.move(*stop, steps=4)
    page.wait_for_selector(".yz-drag-ghost[data-text*=' · ']")
    page.mouse.up()
    page.wait_for_selector(".yz-dialog .yz-heading >> text=王秀英")
    page.get_by_text(re.compile("^[✓✕] ")).first.wait_for()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.wait_for_selector(".yz-dialog", state="hidden")


def put_in_force(page):
    """Let the day go by the plan that is shown, unless it does."""
    page.get_by_role("tab", name="Change the day").click()
    publish = page.get_by_role("button", name=re.compile("^Publish this (plan|version)$"))
    holds = page.get_by_text("In force · step")
    publish.or_(holds).wait_for()
    if publish.is_visible():
        publish.click()
    holds.wait_for()


def place_of(page, visit_id):
    """Where the middle of a visit's bar is on the screen, once it may be moved and stays where it is."""
    page.wait_for_selector(".yz-board.yz-changing .yz-time-line[data-movable]")
    page.wait_for_function("""() => {
      const line = document.querySelector(".yz-time-line"), plan_id = location.pathname.split("/").pop();
      return line.dataset.plan === plan_id && line.querySelector("canvas").clientHeight === line.clientHeight;
    }""")
    plan_id = page.locator(".yz-time-line").get_attribute("data-plan")
    facts = page.request.get(f"{page.url.partition('/plans')[0]}/data/plans/{plan_id}/time-line").json()
    bars = facts["bars"]
    from_s, to_s = min(bar[2] for bar in bars) // 3600 * 3600, -(-max(bar[3] for bar in bars) // 3600) * 3600
    row, _, start_s, end_s = next(bar for bar in bars if bar[1] == "visit" and bar[4] == visit_id)[:4]
    box = page.locator(".yz-time-line").bounding_box()
    left, top, width, height = box["x"] + 118, box["y"] + 24, box["width"] - 118 - 26, box["height"] - 24 - 22
    share = ((start_s + end_s) / 2 - from_s) / (to_s - from_s)
    return left + share * width, top + (row + 0.5) * height / len(facts["rows"])


def home_of(page, elder_id):
    """Where an elder's home is on the screen, once the map may be dragged from."""
    page.wait_for_selector(".yz-map[data-movable]")
    box = page.locator(".yz-map").bounding_box()
    x, y = page.evaluate(
        """(id) => {
          const map = getElement(Number(document.querySelector(".yz-map").id.slice(1)));
          const { x, y } = map.pixel(map.marks.get(`elder/${id}`).getLatLng());
          return [x, y];
        }""",
        elder_id,
    )
    return box["x"] + x, box["y"] + y


def test_large_text_and_language_are_kept(page, served):
    show_small_plan(page, served)
    page.click("text=Large text")
    page.wait_for_selector("html.yz-large")
    page.click("text=中文")
    page.wait_for_selector("html[lang='zh-CN'].yz-large")
    assert page.locator("#popup").text_content().split() == ["连接已断开。", "正在重新连接…"]
    page.wait_for_selector("text=标准字号")


def test_page_forbids_itself_every_other_host(page, served):
    answer = page.request.get(f"{served.address}/console/plans")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]
