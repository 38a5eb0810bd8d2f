"""How fast the console is: ``python -m benchmarks.console``.

A service in a process of its own publishes a plan of a whole district; a dispatcher looks at it in Debian's Chromium,
which draws everything in software. Measured are the seconds from asking for the page until map and time line are drawn,
the frames per second while the map is dragged and the time line is scrolled (by ``requestAnimationFrame``), and the
seconds from an event until figures, map, time line and panel show the version that came of it: one that is reported on
the page itself, and one that came in by the API.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from api.client import Client
from benchmarks.day import new_visits, published_day
from benchmarks.load import DISTRICT
from benchmarks.service import ServiceHome
from optimizer.problem import Problem
from optimizer.redispatch.events import VisitAdded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DRAWN = ".yz-map[data-ready]", ".yz-time-line[data-ready]"
_PATIENCE_MS = 60_000
_PAN_PX = 6
_EVERY_S = 300
_COUNT_FRAMES = """() => {
  const at = window.frames_at = [];
  const look = (now) => { at.push(now); requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""
_SHOWN = """before => {
  const [plan, ...others] = [...document.querySelectorAll("[data-plan]")].map(({ dataset }) => dataset.plan);
  const isTold = document.querySelector(".yz-last");
  return others.length === 2 && plan !== before && others.every((other) => other === plan) && isTold && plan;
}"""

_WATCH_PENDING = """() => {
  const line = document.querySelector(".yz-time-line"), isPending = () => line.hasAttribute("data-pending");
  const look = () => { if (isPending()) window.pending_at ??= performance.now(); };
  new MutationObserver(look).observe(line, { attributeFilter: ["data-pending"] });
  document.addEventListener("click", () => { window.pending_at = null; window.clicked_at = performance.now(); }, true);
}"""
_PENDING_S = "window.pending_at === null ? null : (window.pending_at - window.clicked_at) / 1000"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console(width=120)


@app.command()
def console(
    visits: Annotated[int, typer.Option(min=10, help="Visits of the published plan.")] = 1000,
    looks: Annotated[
        int, typer.Option(min=1, help="Looks at the page with an empty cache, and as many with a full one.")
    ] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of dragging and of scrolling.")] = 4.0,
    events: Annotated[
        int, typer.Option(min=1, max=50, help="Events reported on the page, and as many by the API.")
    ] = 8,
    pause_s: Annotated[float, typer.Option("--pause", min=0, help="Seconds of the clock before each event.")] = 1.5,
) -> None:
    """Measure page, panning and events of the console."""
    settings = {"YIZHAN_RATE_LIMIT": "10000000/minute", "YIZHAN_LOG_LEVEL": "ERROR"}
    with tempfile.TemporaryDirectory(prefix="yizhan-console-") as folder:
        home = ServiceHome(Path(folder), settings)
        key = home.make_key("planner", DISTRICT)
        service = home.start()
        try:
            problem = published_day(Client(service.address, key), service.address, key, visits)
        finally:
            service.end()
        service = home.start()
        try:
            with _chromium() as browser:
                desk = _Desk(browser=browser, address=service.address, key=key)
                out.print(_table(_measured(desk, problem, looks, seconds, events, pause_s)))
        finally:
            service.end()


@contextmanager
def _chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("Chromium is not installed. Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """A browser, a service, and the key of who sits there."""

    browser: Browser
    address: str
    key: str

    def page(self) -> Page:
        """A page without any cache, signed in in English."""
        page = self.browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(f"{self.address}/console/look?language=en&next=/console/sign-in")
        page.fill("#key", self.key)
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.press("#key", "Enter")
        page.wait_for_load_state("domcontentloaded")
        page.goto("about:blank")
        return page

    def first_look_s(self) -> float:
        """Seconds until today's view is drawn in a browser that has nothing yet."""
        page = self.page()
        try:
            return self.ready_s(page)
        finally:
            page.context.close()

    def ready_s(self, page: Page) -> float:
        """Seconds from asking for today's view until it is drawn."""
        began_s = time.perf_counter()
        page.goto(f"{self.address}/console/", wait_until="commit")
        for name in DRAWN:
            page.wait_for_selector(name)
        return time.perf_counter() - began_s


def _measured(  # noqa: PLR0917 - the options of the command
    desk: _Desk, problem: Problem, looks: int, seconds: float, events: int, pause_s: float
) -> dict[str, list[float]]:
    """Figures by what was measured."""
    found = {"page ready, the server just started, s": [desk.first_look_s()]}
    found["page ready, the browser's cache empty, s"] = [desk.first_look_s() for _ in range(looks)]
    page = desk.page()
    found["page ready again, s"] = [desk.ready_s(page) for _ in range(looks)]
    found["dragging the map, frames/s"] = _drag(page, seconds)
    found["scrolling the time line, frames/s"] = _scroll(page, seconds)
    page.get_by_role("tab", name="Change the day").click()
    late = [worker.name for worker in problem.workers if worker.shifts][:events]
    page.evaluate(_WATCH_PENDING)
    reports = [_report_s(page, name, pause_s) for name in late]
    found["late worker reported on the page to what that puts in question, s"] = [
        at_s for at_s, _ in reports if at_s is not None
    ]
    found["… to the new plan on the screen, s"] = [shown_s for _, shown_s in reports]
    client, date = Client(desk.address, desk.key), problem.horizon.first_date
    coming = [VisitAdded(at_s=at_s, visit=visit, urgent=True) for at_s, visit in new_visits(problem, events, _EVERY_S)]
    figures = [_told_s(page, partial(client.tell, date, event), pause_s) for event in coming]
    found["urgent visit by the API to screen, s"] = [shown_s for shown_s, _ in figures]
    found["of which until the service's answer, s"] = [answer_s for _, answer_s in figures]
    return found


def _drag(page: Page, seconds: float) -> list[float]:
    """Frames per second while the map is dragged to and fro."""
    x, y = _middle(page, ".yz-map")
    page.mouse.move(x, y)
    page.mouse.down()

    def step(number: int) -> None:
        swing = number % 60
        page.mouse.move(x + _PAN_PX * (swing if swing < 30 else 60 - swing), y + _PAN_PX // 2 * (number % 7))

    figures = _frames_while(page, seconds, step)
    page.mouse.up()
    return figures


def _scroll(page: Page, seconds: float) -> list[float]:
    """Frames per second while the time line is scrolled down and up."""
    page.mouse.move(*_middle(page, ".yz-time-line"))
    return _frames_while(page, seconds, lambda number: page.mouse.wheel(0, 40 if number // 20 % 2 == 0 else -40))


def _frames_while(page: Page, seconds: float, step: Callable[[int], None]) -> list[float]:
    """Frames in each whole second of going on step by step."""
    page.evaluate(_COUNT_FRAMES)
    end_s, number = time.perf_counter() + seconds, 0
    while time.perf_counter() < end_s:
        step(number)
        number += 1
    at_ms = np.array(page.evaluate("window.frames_at"))
    return list(np.histogram(at_ms, bins=np.arange(at_ms[0], at_ms[-1], 1000))[0].astype(float))


def _report_s(page: Page, name: str, pause_s: float) -> tuple[float | None, float]:
    """Seconds from reporting somebody late until the page shows the visits in question, and until all of the new plan.

    The first is None where no visit is in question.
    """
    time.sleep(pause_s)
    page.get_by_role("button", name="Worker late").click()
    page.get_by_label("Worker", exact=True).fill(name)
    page.get_by_role("option", name=name).first.click()
    shown_s = _shown_s(page, page.get_by_role("button", name="Report and re-plan").click)
    return page.evaluate(_PENDING_S), shown_s


def _shown_s(page: Page, act: Callable[[], object]) -> float:
    """Seconds from the beginning of `act` until everything shows the version that came of it."""
    before = page.evaluate("document.querySelector('.yz-map').dataset.plan")
    began_s = time.perf_counter()
    act()
    page.wait_for_function(_SHOWN, arg=before)
    return time.perf_counter() - began_s


def _told_s(page: Page, tell: Callable[[], object], pause_s: float) -> tuple[float, float]:
    """Seconds from telling the service until everything shows what came of it, and until the service has answered."""
    time.sleep(pause_s)
    answered_s = 0.0

    def act() -> None:
        nonlocal answered_s
        began_s = time.perf_counter()
        tell()
        answered_s = time.perf_counter() - began_s

    return _shown_s(page, act), answered_s


def _middle(page: Page, name: str) -> tuple[float, float]:
    box = page.locator(name).bounding_box()
    assert box is not None, f"{name} is not there"
    return box["x"] + box["width"] / 3, box["y"] + box["height"] / 2


def _table(found: dict[str, list[float]]) -> Table:
    table = Table("what", "number", "median", "worst", box=MARKDOWN)
    for name, figures in found.items():
        worst = min(figures) if "frames" in name else max(figures)
        table.add_row(name, str(len(figures)), f"{np.median(figures):.2f}", f"{worst:.2f}")
    return table


if __name__ == "__main__":
    app()
