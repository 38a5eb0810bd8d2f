"""What surrounds every view: heading, plan, views to go to, language, text size, and the way out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from nicegui import ui

from api.console.access import HOME, Visitor
from api.console.core_texts import fault_text
from api.console.dispatching import in_force
from api.console.texts import Texts
from api.errors import refusal_of
from api.store.records import PlanRecord

log = structlog.get_logger("yizhan.console")

NUM_PLANS = 30
"""So many plans are offered for choice, newest first."""


_SAY_SIGN_IN = """((message, label, address) => Quasar.Notify.create({
  type: "negative", timeout: 0, message,
  actions: [{ label, color: "white", noCaps: true, handler: () => {
    location.href = `${address}?next=${encodeURIComponent(location.pathname + location.search)}`;
  } }],
}))"""
"""Says that the session has ended, and leads back here through the door."""


_KEEP_IN_DIALOG = """document.addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
  const page = document.querySelector(".q-layout");
  if (page) page.inert = document.body.classList.contains("q-body--prevent-scroll");
}).observe(document.body, { attributeFilter: ["class"] }));"""
"""What is below a dialog has no focus while that is open."""
_NAME_POPUP = """((...words) => document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("#popup span").forEach((span, i) => { span.textContent = words[i]; });
}))"""
"""What is said while the server cannot be reached, in the visitor's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view to go to: its name in the texts, its icon, and its address (``{plan}``: the plan that is shown)."""

    name: str
    icon: str
    path: str

    def address(self, plan_id: str | None) -> str | None:
        """Where it is for a plan; None where it needs one and there is none."""
        if "{plan}" not in self.path:
            return f"{HOME}{self.path}"
        return None if plan_id is None else f"{HOME}{self.path.format(plan=plan_id)}"


VIEWS = (
    View(name="today", icon="map", path="/plans/{plan}"),
    View(name="unserved", icon="person_off", path="/plans/{plan}/unserved"),
    View(name="new", icon="add_circle_outline", path="/new"),
    View(name="plans", icon="format_list_bulleted", path="/plans"),
    View(name="calls", icon="call", path="/plans/{plan}/calls"),
    View(name="compare", icon="compare_arrows", path="/compare?plan={plan}"),
    View(name="sheets", icon="print", path="/plans/{plan}/sheets"),
    View(name="care", icon="location_city", path="/plans/{plan}/care"),
    View(name="studies", icon="insights", path="/studies"),
)


class Frame:
    """What surrounds one page of one visitor."""

    def __init__(self, visitor: Visitor, active: str) -> None:
        self.visitor, self.texts, self.active = visitor, visitor.texts, active
        self.look_up()

    def look_up(self) -> None:
        """Ask for the plans to choose among, and for those that are in force."""
        self.plans = self.visitor.store.plans(before=None, limit=NUM_PLANS)
        self.in_force_ids = set(in_force(self.visitor).values())

    def build(self) -> None:
        """Build the places of heading and views."""
        self.header = ui.header(fixed=True, bordered=True).classes("yz-header")
        self.drawer = ui.left_drawer(value=True, fixed=True, bordered=True).classes("yz-nav")
        self.drawer.props("width=92 breakpoint=0")

    def show(self, record: PlanRecord | None, here: str) -> None:
        """Show which plan is looked at, and lead from it to the other views; `here` is the address of the page."""
        texts = self.texts
        self.header.clear()
        with self.header:
            ui.html(f'<a class="yz-skip" href="#content">{texts["skip"]}</a>', sanitize=False)
            ui.html('<img src="/console/static/icon.svg" alt="" width="28" height="28">', sanitize=False)
            ui.label(texts["title"]).classes("yz-title").props("role=heading aria-level=1")
            ui.label(texts.text("district", name=self.visitor.caller.district_id)).classes("yz-soft")
            _plan_choice(texts, self.active, record, self.plans)
            if record is not None and record.plan_id in self.in_force_ids:
                ui.label(f"★ {texts['accepted']}").classes("yz-chip yz-strong")
            ui.space()
            if not self.visitor.sees_persons:
                ui.label(texts["pseudonyms"]).classes("yz-badge")
            _look_switches(self.visitor, texts, here)
        newest = next((plan for plan in self.plans if plan.status is not None), None)
        self.drawer.clear()
        with self.drawer:
            _navigation(texts, self.active, record or newest)


@contextmanager
def frame(visitor: Visitor, active: str, here: str, record: PlanRecord | None = None) -> Iterator[Frame]:
    """Build a page around what is built inside."""
    _head(visitor, visitor.texts)
    around = Frame(visitor, active)
    around.build()
    around.show(record, here)
    with ui.element("main").classes(f"yz-main yz-on-{active}").props("id=content tabindex=-1"):
        yield around
    ui.timer(visitor.service.sessions.lifetime_s / 3, lambda: _renew(visitor, visitor.texts), immediate=False)


def say_fault(texts: Texts, error: Exception) -> None:
    """Tell the visitor what was refused, in the words of the service."""
    refusal = refusal_of(error)
    if refusal.status == 401:
        words = json.dumps([texts["session.ended"], texts["sign_in.button"], f"{HOME}/sign-in"])
        ui.run_javascript(f"{_SAY_SIGN_IN}(...{words})")
        return
    if refusal.status == 500:
        log.error("fault on the console", exc_info=error)
    detail = fault_text(texts.language, refusal)
    ui.notify(texts.text("fault", detail=detail), type="negative", multi_line=True, timeout=12_000)


def _head(visitor: Visitor, texts: Texts) -> None:
    popup = json.dumps([texts["connection.lost"], texts["connection.again"]])
    large = "document.documentElement.classList.add('yz-large');" if visitor.look.is_large else ""
    ui.add_head_html(
        f'<link rel="stylesheet" href="{HOME}/static/console.css">'
        f"<script>document.documentElement.lang='{texts['html.lang']}';{large}</script>"
        f"<script>{_KEEP_IN_DIALOG}{_NAME_POPUP}(...{popup})</script>"
    )
    ui.colors(primary="#0b6e69", secondary="#0072b2", negative="#a8321b", warning="#b35900", positive="#00704f")


def _plan_choice(texts: Texts, active: str, record: PlanRecord | None, plans: Sequence[PlanRecord]) -> None:
    options = {plan.plan_id: plan_title(texts, plan) for plan in plans}
    if record is not None:
        options.setdefault(record.plan_id, plan_title(texts, record))
    if not options:
        return
    view = next((view for view in VIEWS if view.name == active and "{plan}" in view.path), VIEWS[0])
    select = ui.select(options, value=None if record is None else record.plan_id)
    select.classes("yz-plan-choice").props(f'dense outlined options-dense aria-label="{texts["plan"]}"')
    if record is None:
        select.props(f'label="{texts["plan.choose"]}"')
    select.on_value_change(lambda event: ui.navigate.to(view.path.format(plan=event.value)))


def plan_title(texts: Texts, plan: PlanRecord) -> str:
    """A plan in one line: day, when it was made, what it is, and what is open in it."""
    parts = [
        f"{plan.horizon.first_date:%m-%d}",
        f"{plan.created_at.astimezone():%H:%M:%S}",
        texts.of("origin", plan.origin),
    ]
    if plan.status is None:
        parts.append(texts.of("plan_state", plan.state))
    elif plan.num_unassigned:
        parts.append(f"{texts['state.unassigned']} {plan.num_unassigned}")
    return " · ".join(parts)


def _navigation(texts: Texts, active: str, record: PlanRecord | None) -> None:
    with ui.element("nav").props(f'aria-label="{texts["nav.label"]}"').classes("yz-views"):
        for view in VIEWS:
            address = view.address(None if record is None else record.plan_id)
            attributes = _attributes({"aria-current": "page" if view.name == active else None, "href": address})
            with ui.element("a").classes("yz-view").props(attributes).mark(f"nav-{view.name}"):
                ui.icon(view.icon).props("aria-hidden=true")
                ui.label(texts[f"nav.{view.name}"])
                if view.name == "unserved" and record is not None and record.num_unassigned:
                    ui.label(str(record.num_unassigned)).classes("yz-count")


def _look_switches(visitor: Visitor, texts: Texts, here: str) -> None:
    other = "en" if visitor.look.language == "zh" else "zh"
    back = quote(here, safe="/")
    large = "normal" if visitor.look.is_large else "large"
    for label, query in (
        (texts[f"look.{large}"], f"large={str(not visitor.look.is_large).lower()}"),
        (texts["language.other"], f"language={other}"),
    ):
        ui.html(f'<a class="yz-switch" href="{HOME}/look?{query}&amp;next={back}">{label}</a>', sanitize=False)
    role = texts.of("role", visitor.caller.role)
    ui.html(
        f'<form method="post" action="{HOME}/sign-out"><button class="yz-switch" title="{role} · '
        f'{visitor.caller.key_id}"><span class="yz-role">{role} · </span>{texts["sign_out"]}</button></form>',
        sanitize=False,
    )


def _attributes(values: Mapping[str, str | None]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in values.items() if value is not None)


def _renew(visitor: Visitor, texts: Texts) -> None:
    """Keep the session of an open page alive, here and in the browser; a revoked key ends it."""
    try:
        visitor.renew()
    except Exception as error:  # whatever it is, the visitor is told
        say_fault(texts, error)
        return
    ui.run_javascript(f"fetch('{HOME}/renew', {{method: 'POST'}})")
