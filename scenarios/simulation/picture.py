"""The picture of a day as one web page: plan and reality of every worker, events, and punctuality over the day.

The page holds one SVG and nothing that runs: it opens by double click, prints, and needs no network. Whatever lies
under the pointer shows its text.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from optimizer.formats.picture import colour_of
from optimizer.plan import Plan, Route, Stop, StopKind
from optimizer.redispatch.diff import services_of
from optimizer.redispatch.events import Event, VisitAdded
from optimizer.redispatch.timeline import name_of
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, format_clock
from scenarios.simulation.outcome import due_s, lateness_by_visit
from scenarios.simulation.over import Played
from scenarios.simulation.policy import Policy

WIDTH = 1400.0
_LEFT, _RIGHT = 118.0, 74.0
_CHART, _LANE, _ROW = 132.0, 46.0, 25.0

PLANNED, ON_TIME, LATE, VERY_LATE = "#b9c6c2", "#1f7a5c", "#e69f00", "#c8402a"
NEW, LOADING, BREAK, CALLED_OFF = "#0072b2", "#5b6b67", "#d7deef", "#8a9692"
_INK, _GRID = "#1f2927", "#e4e9e7"
_LETTER = 'text-anchor="middle" font-size="8.5" font-weight="700" fill="#fff"'
_LEAST_SHARE = 0.05
_VERY_LATE_S = 10 * SECONDS_PER_MINUTE

SIGNS: Mapping[str, tuple[str, str]] = {
    "urgent": ("!", "urgent call"),
    "visit-added": ("+", "visit asked for"),
    "visit-cancelled": ("−", "visit called off or lost"),
    "elder-absent": ("A", "elder away"),
    "worker-ill": ("I", "worker ill"),
    "worker-late": ("L", "worker late"),
    "worker-back": ("B", "worker back"),
    "vehicle-down": ("V", "vehicle down"),
    "kitchen-late": ("K", "kitchen late"),
    "street-closed": ("S", "street closed"),
}
"""The sign of every kind of event and what it means."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Time from left to right; what lies outside is drawn at the edge."""

    first_s: int
    last_s: int

    def x(self, time_s: float) -> float:
        time_s = min(max(time_s, self.first_s), self.last_s)
        return _LEFT + (time_s - self.first_s) / (self.last_s - self.first_s) * (WIDTH - _LEFT - _RIGHT)


def day_html(
    title: str, plan: Plan, played: Mapping[Policy, Played], *, shown: Policy, rows: Sequence[Sequence[str]]
) -> str:
    """The page of a day played under some policies.

    Parameters
    ----------
    plan
        As it was published in the morning.
    shown
        The policy whose day is drawn; of the others only the punctuality is.
    rows
        A table of figures; its first row is the header.
    """
    svg = day_svg(plan, played, shown=shown)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1>"
        f"{_table(rows)}{svg}<footer>{''.join(_legend(played[shown].events))}</footer></body></html>"
    )


def day_svg(plan: Plan, played: Mapping[Policy, Played], *, shown: Policy) -> str:
    """The picture alone: punctuality, events, then a row for every worker."""
    day = played[shown]
    worker_ids = _worker_ids(plan, day.plan)
    scale = _scale([*plan.routes, *day.plan.routes])
    top = _CHART + _LANE + 16
    height = top + _ROW * len(worker_ids) + 10
    parts = [
        *_hours(scale, height),
        *_punctuality(scale, played),
        *_event_lane(scale, day, _CHART + 22),
        *(p for i, worker_id in enumerate(worker_ids) for p in _row(scale, plan, day, worker_id, top + i * _ROW)),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" font-family="sans-serif" '
        f'font-size="11" fill="{_INK}">{"".join(parts)}</svg>'
    )


_STYLE = (
    "body{margin:0 24px 24px;font:14px/1.45 'Noto Sans CJK SC','Noto Sans SC',sans-serif;color:#1f2927;background:#fff}"
    "h1{font-size:19px;margin:16px 0 8px}table{border-collapse:collapse;margin:0 0 14px}"
    "th,td{padding:2px 14px 2px 0;text-align:right;border-bottom:1px solid #e4e9e7}"
    "td{white-space:nowrap}th:first-child,td:first-child"
    "{text-align:left}th{font-weight:600;color:#4b5a57}svg.day,body>svg{width:100%;min-width:1000px;height:auto}"
    "footer{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:10px;color:#4b5a57;font-size:13px}"
    "footer span{display:inline-flex;align-items:center;gap:6px}footer svg{width:20px;height:16px;flex:none}"
)


def _table(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head, *body = rows
    lines = [f"<tr>{''.join(f'<th>{html.escape(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in body]
    return f"<table>{''.join(lines)}</table>"


def _worker_ids(plan: Plan, driven: Plan) -> list[str]:
    """Workers with something planned or done, by the start of their first route."""
    starts: dict[str, int] = {}
    for route in (*plan.routes, *driven.routes):
        start_s = route.stops[0].departure_s
        starts[route.worker_id] = min(start_s, starts.get(route.worker_id, start_s))
    return sorted(starts, key=lambda worker_id: (worker_id.rstrip("0123456789-"), worker_id))


def _scale(routes: Iterable[Route]) -> _Scale:
    """Whole hours around everything that happens."""
    times_s = [time_s for route in routes for time_s in (route.stops[0].start_s, route.stops[-1].end_s)]
    first_s, last_s = min(times_s, default=0), max(times_s, default=SECONDS_PER_HOUR)
    return _Scale(first_s // SECONDS_PER_HOUR * SECONDS_PER_HOUR, -(-last_s // SECONDS_PER_HOUR) * SECONDS_PER_HOUR)


def _hours(scale: _Scale, height: float) -> Iterator[str]:
    for time_s in range(scale.first_s, scale.last_s + 1, SECONDS_PER_HOUR):
        x = scale.x(time_s)
        yield f'<path d="M{x:.1f} 8V{height - 8:g}" stroke="{_GRID}"/>'
        yield f'<text x="{x:.1f}" y="{_CHART + 16:g}" text-anchor="middle" fill="#6b7875">{format_clock(time_s)}</text>'


# Punctuality


def _punctuality(scale: _Scale, played: Mapping[Policy, Played]) -> Iterator[str]:
    """Share of the visits due so far that began in time, for every policy."""
    curves = {policy: _on_time_curve(day) for policy, day in played.items()}
    lowest = min((share for curve in curves.values() for _, share in curve), default=0.0)
    floor = min(0.9, int(lowest * 10) / 10)

    def y(share: float) -> float:
        return 14 + (1 - max(share, floor)) / (1 - floor) * (_CHART - 24)

    yield f'<text x="0" y="{y(1.0) + 4:.1f}" font-weight="600">on time so far</text>'
    for step in range(round(floor * 10), 11):
        if (10 - step) % (2 if floor < 0.5 else 1) == 0:
            yield f'<path d="M{_LEFT:g} {y(step / 10):.1f}H{WIDTH - _RIGHT:g}" stroke="{_GRID}"/>'
            at = f'x="{_LEFT - 6:g}" y="{y(step / 10) + 4:.1f}" text-anchor="end" fill="#6b7875"'
            yield f"<text {at}>{10 * step} %</text>"
    labels = []
    for number, (policy, curve) in enumerate(curves.items()):
        if curve:
            path = f"M{scale.x(curve[0][0]):.1f} {y(curve[0][1]):.1f}"
            path += "".join(f"H{scale.x(time_s):.1f}V{y(share):.1f}" for time_s, share in curve)
            end_s, share = curve[-1]
            colour = colour_of(number)
            yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>'
            labels.append((y(share) + 4, scale.x(end_s) + 6, colour, f"{policy} {100 * share:.0f} %"))
    yield from _spread_labels(labels)


def _spread_labels(labels: list[tuple[float, float, str, str]]) -> Iterator[str]:
    """Labels at the ends of lines, moved apart where they would touch; all at the same place from left to right."""
    x = max((label[1] for label in labels), default=0.0)
    last_y = 0.0
    for label_y, _, colour, text in sorted(labels):
        last_y = max(label_y, last_y + 13)
        yield f'<text x="{x:.1f}" y="{last_y:.1f}" fill="{colour}" font-weight="600">{html.escape(text)}</text>'


def _on_time_curve(day: Played) -> list[tuple[int, float]]:
    """``(time, share)`` whenever visits fall due, once there are enough of them for a share to say something."""
    late_s = lateness_by_visit(day.problem, day.plan)
    curve: list[tuple[int, float]] = []
    num_on_time = 0
    for number, visit in enumerate(sorted(day.problem.visits, key=due_s), start=1):
        num_on_time += late_s.get(visit.visit_id) == 0
        if number < _LEAST_SHARE * len(day.problem.visits):
            continue
        point = due_s(visit), num_on_time / number
        if curve and curve[-1][0] == point[0]:
            curve.pop()
        curve.append(point)
    return curve


# Events


def _event_lane(scale: _Scale, day: Played, y: float) -> Iterator[str]:
    """Signs of what became known, and under each how many elders the re-plan told something new."""
    yield f'<text x="0" y="{y + 13:.1f}" font-weight="600">events</text>'
    yield f'<text x="0" y="{y + 28:.1f}" fill="#6b7875">elders told</text>'
    free_from = 0.0
    served = services_of(day.plan)
    for event in day.events:
        x = max(scale.x(event.at_s), free_from)
        free_from = x + 12
        yield _sign(x, y + 9, event, is_in_vain=isinstance(event, VisitAdded) and event.visit.visit_id not in served)
    for replan in day.replans:
        if replan.elder_ids:
            x, size = scale.x(replan.at_s), min(14.0, 3 + 0.5 * len(replan.elder_ids))
            people = f"{len(replan.elder_ids)} elders, {len(replan.worker_ids)} workers told"
            text = f"{format_clock(replan.at_s)} {replan.cause}: {people}"
            bar = f'x="{x - 1.5:.1f}" y="{y + 20:.1f}" width="3" height="{size:.1f}" fill="{NEW}"'
            yield f"<rect {bar}><title>{html.escape(text)}</title></rect>"


def _sign(x: float, y: float, event: Event, *, is_in_vain: bool) -> str:
    """The sign of `event`; a ring around it says that what was asked for was not served."""
    kind = "urgent" if isinstance(event, VisitAdded) and event.urgent else event.kind
    sign, meaning = SIGNS[kind]
    about = next((str(value) for name in _SUBJECTS if (value := getattr(event, name, None)) is not None), "")
    if isinstance(event, VisitAdded):
        about = event.visit.visit_id
    delay_s = getattr(event, "delay_s", 0)
    delay = f", {round(delay_s / SECONDS_PER_MINUTE)} min" if delay_s else ""
    text = f"{format_clock(event.at_s)} {meaning}: {about}{delay}" if about else f"{format_clock(event.at_s)} {meaning}"
    text += " (not served)" if is_in_vain else ""
    ring = f' stroke="{VERY_LATE}" stroke-width="2"' if is_in_vain else ""
    return (
        f'<g><title>{html.escape(text)}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{_sign_colour(kind)}"'
        f"{ring}/>"
        f'<text x="{x:.1f}" y="{y + 3:.1f}" {_LETTER}>{sign}</text></g>'
    )


def _sign_colour(kind: str) -> str:
    if kind in {"urgent", "visit-added"}:
        return NEW
    if kind in {"visit-cancelled", "elder-absent"}:
        return CALLED_OFF
    return ON_TIME if kind == "worker-back" else VERY_LATE


_SUBJECTS = ("visit_id", "worker_id", "elder_id", "station_id")


# Workers


def _row(scale: _Scale, plan: Plan, day: Played, worker_id: str, y: float) -> Iterator[str]:
    """Above what was planned, below what happened."""
    yield f'<path d="M0 {y + _ROW - 2:.1f}H{WIDTH - _RIGHT:g}" stroke="{_GRID}" stroke-width="0.7"/>'
    yield f'<text x="0" y="{y + 14:.1f}">{html.escape(worker_id)}</text>'
    served = services_of(day.plan)
    late_s = lateness_by_visit(day.problem, day.plan)
    for stop in _inner_stops(plan, worker_id):
        text = f"planned: {_what(stop)}"
        yield _bar(scale, stop, (y + 3, 5), BREAK if stop.kind is StopKind.BREAK else PLANNED, text)
    planned_ids = {stop.visit_id for route in plan.routes for stop in route.visit_stops}
    for route in (route for route in day.plan.routes if route.worker_id == worker_id):
        yield from _ways(scale, route, y + 15)
    for stop in _inner_stops(day.plan, worker_id):
        colour, text = _colour(stop, late_s), _said(stop, late_s)
        rim = f' stroke="{NEW}" stroke-width="1.6"' if stop.visit_id and stop.visit_id not in planned_ids else ""
        yield _bar(scale, stop, (y + 10, 10), colour, text, rim=rim)
    for stop in _inner_stops(plan, worker_id):
        if stop.visit_id is not None and stop.visit_id not in served:
            yield _cross(scale.x(stop.start_s), y + 15, stop.visit_id, day)
    for event in day.events:
        if getattr(event, "worker_id", None) == worker_id:
            x = scale.x(event.at_s)
            yield f'<path d="M{x:.1f} {y + 9:.1f}l3.5 -6h-7z" fill="{_sign_colour(event.kind)}"/>'


def _inner_stops(plan: Plan, worker_id: str) -> Iterator[Stop]:
    for route in plan.routes:
        if route.worker_id == worker_id:
            yield from route.stops[1:-1]


def _ways(scale: _Scale, route: Route, y: float) -> Iterator[str]:
    for before, stop in pairwise(route.stops):
        if stop.arrival_s > before.departure_s:
            ends = f"M{scale.x(before.departure_s):.1f} {y:.1f}H{scale.x(stop.arrival_s):.1f}"
            yield f'<path d="{ends}" stroke="#9aa7a3" stroke-width="1.4"/>'


def _bar(scale: _Scale, stop: Stop, lane: tuple[float, float], colour: str, text: str, *, rim: str = "") -> str:
    """A bar from start to end of `stop` in a lane (its upper edge and its height)."""
    y, height = lane
    x = scale.x(stop.start_s)
    width = max(scale.x(stop.end_s) - x - 0.4, 1.2)
    box = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:g}" rx="1.2" fill="{colour}"{rim}'
    return f"<rect {box}><title>{html.escape(text)}</title></rect>"


def _cross(x: float, y: float, visit_id: str, day: Played) -> str:
    """A visit planned and not served: the elder called it off, or nobody came."""
    is_wanted = visit_id in day.problem.visit_by_id
    colour = VERY_LATE if is_wanted else CALLED_OFF
    why = day.missed.get(visit_id, "nobody came") if is_wanted else "called off"
    mark = f'd="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6" fill="none"'
    title = html.escape(f"not served: {visit_id} ({why})")
    halo = f'<path {mark} stroke="#fff" stroke-width="4"/>'
    return f'{halo}<path {mark} stroke="{colour}" stroke-width="1.8"><title>{title}</title></path>'


def _colour(stop: Stop, late_s: Mapping[str, int]) -> str:
    if stop.kind is StopKind.LOAD:
        return LOADING
    if stop.kind is StopKind.BREAK:
        return BREAK
    late = late_s.get(stop.visit_id or "", 0)
    if late > _VERY_LATE_S:
        return VERY_LATE
    return LATE if late else ON_TIME


def _said(stop: Stop, late_s: Mapping[str, int]) -> str:
    late = late_s.get(stop.visit_id or "", 0)
    return f"{_what(stop)}, {-(-late // SECONDS_PER_MINUTE)} min late" if late else _what(stop)


def _what(stop: Stop) -> str:
    return f"{stop.kind} {name_of(stop)} {format_clock(stop.start_s)}-{format_clock(stop.end_s)}"


def _legend(events: Sequence[Event]) -> Iterator[str]:
    boxes = {
        "planned": PLANNED,
        "on time": ON_TIME,
        "up to 10 min late": LATE,
        "later": VERY_LATE,
        "loading": LOADING,
        "break": BREAK,
    }
    for name, colour in boxes.items():
        size = 'y="5" height="5"' if name == "planned" else 'y="3" height="10"'
        yield _entry(f'<rect x="1" {size} width="18" rx="1.2" fill="{colour}"/>', name)
    rim = f'<rect x="2" y="3" width="16" height="10" rx="1.2" fill="{ON_TIME}" stroke="{NEW}" stroke-width="1.6"/>'
    yield _entry(rim, "asked for on the day")
    for colour, name in ((VERY_LATE, "not served"), (CALLED_OFF, "called off")):
        yield _entry(f'<path d="M7 5l6 6m0 -6l-6 6" stroke="{colour}" stroke-width="1.8"/>', name)
    yield _entry(f'<rect x="8" y="1" width="3" height="13" fill="{NEW}"/>', "elders told something new")
    seen = {"urgent" if isinstance(event, VisitAdded) and event.urgent else event.kind for event in events}
    for kind, (sign, meaning) in SIGNS.items():
        if kind in seen:
            mark = f'<circle cx="10" cy="8" r="6" fill="{_sign_colour(kind)}"/>'
            letter = (
                f'<text x="10" y="11" text-anchor="middle" font-size="8.5" font-weight="700" fill="#fff">{sign}</text>'
            )
            yield _entry(mark + letter, meaning)
    if seen & {"urgent", "visit-added"}:
        ring = f'<circle cx="10" cy="8" r="5.5" fill="{NEW}" stroke="{VERY_LATE}" stroke-width="2"/>'
        yield _entry(ring, "asked for, not served")


def _entry(mark: str, name: str) -> str:
    return f'<span><svg viewBox="0 0 20 16" font-family="sans-serif">{mark}</svg>{html.escape(name)}</span>'
