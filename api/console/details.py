"""What is known of the thing that is chosen: an elder with all visits, a visit, or a worker with the route."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nicegui import ui

from api.console.day import Choice, Day, VisitRow, VisitState
from api.console.texts import Texts
from optimizer.formats.stop_facts import clock_on, day_of, name_of_station, name_of_worker, portion_texts
from optimizer.formats.words import Words
from optimizer.plan import Route, Stop, StopKind
from optimizer.problem import Elder, Worker

Pick = Callable[[Choice, str], None]


def show_choice(
    texts: Texts, day: Day, kind: Choice, name: str, pick: Pick, *, actions: Callable[[Choice, str], None]
) -> None:
    """Build the details of what is chosen; `actions` builds what can be done about it, below its name."""
    if kind is Choice.WORKER:
        worker = day.problem.worker_by_id[name]
        ui.label(name_of_worker(worker)).classes("yz-heading")
        actions(kind, name)
        _worker(texts, day, worker, pick)
        return
    visit_ids = (name,) if kind is Choice.VISIT else day.visit_ids_by_elder_id[name]
    rows = [day.row_by_visit_id[visit_id] for visit_id in visit_ids]
    elder = day.problem.elder_of(rows[0].visit)
    with ui.row().classes("yz-line"):
        ui.label(rows[0].who).classes("yz-heading")
        for group in () if elder is None else elder.groups:
            ui.label(texts.of("group", group)).classes("yz-chip")
    actions(kind, name)
    if elder is not None:
        _elder(texts, elder)
        others = [each for each in day.visit_ids_by_elder_id[elder.elder_id] if each not in visit_ids]
        rows += [day.row_by_visit_id[visit_id] for visit_id in others]
    for row in rows:
        _visit(texts, day, row, pick, is_chosen=row.visit_id in visit_ids)


def _elder(texts: Texts, elder: Elder) -> None:
    lift = texts["detail.lift" if elder.has_lift else "detail.no_lift"]
    floor = texts.text("detail.floor", floor=elder.floor, lift=lift)
    address = " · ".join(part for part in (elder.community, elder.address, floor) if part)
    _facts({texts["detail.address"]: address, texts["detail.phone"]: elder.phone})


def _visit(texts: Texts, day: Day, row: VisitRow, pick: Pick, *, is_chosen: bool) -> None:
    with ui.element("div").classes(f"yz-visit {'yz-chosen' if is_chosen else ''} yz-edge-{row.state}"):
        with ui.row(wrap=False).classes("yz-line"):
            ui.label(_times(day, row)).classes("yz-strong")
            ui.label(row.service)
            ui.space()
            ui.label(texts.of("state", row.state)).classes(f"yz-state-{row.state}")
        window = "–".join(clock_on(row.day, time_s) for time_s in row.window)
        on_board = "" if row.food_age_s is None else texts.text("detail.on_board", minutes=row.food_age_s // 60)
        portions = "、".join(portion_texts(day.problem, row.visit.demand, Words(texts.language)))
        _facts(
            {
                texts["detail.window"]: window,
                texts["detail.portions"]: " · ".join(part for part in (portions, on_board) if part),
                texts["detail.note"]: row.visit.note,
            }
        )
        _people(texts, row, pick)
        _reasons(texts, day, row)
        if not is_chosen:
            ui.button(texts["detail.show"], on_click=lambda: pick(Choice.VISIT, row.visit_id)).props(
                "flat dense no-caps"
            )


def _people(texts: Texts, row: VisitRow, pick: Pick) -> None:
    if not row.worker_ids:
        return
    with ui.row().classes("yz-line"):
        ui.label(texts["detail.worker"]).classes("yz-soft")
        for worker_id, name in zip(row.worker_ids, row.workers, strict=True):
            button = ui.button(name, icon="person").props("flat dense no-caps")
            button.on_click(lambda worker_id=worker_id: pick(Choice.WORKER, worker_id))


def _reasons(texts: Texts, day: Day, row: VisitRow) -> None:
    item = day.unassigned_by_visit_id.get(row.visit_id)
    if row.state is not VisitState.UNASSIGNED or item is None or not item.reasons:
        return
    ui.label(texts["detail.why"]).classes("yz-soft")
    for reason in item.reasons[:3]:
        ui.label(f"{texts.of('rule', reason.rule)} · {texts.text('reason.workers', count=len(reason.worker_ids))}")


def _worker(texts: Texts, day: Day, worker: Worker, pick: Pick) -> None:
    skills = "、".join(texts.of("skill", skill) for skill in worker.skills)
    mode = texts.of("mode", worker.vehicle.mode)
    _facts(
        {
            texts["detail.phone"]: worker.phone,
            texts["detail.vehicle"]: " ".join(part for part in (mode, worker.vehicle.vehicle_id) if part),
            texts["detail.skills"]: skills,
        }
    )
    routes = [route for route in day.plan.routes if route.worker_id == worker.worker_id and route.stops]
    if not routes:
        ui.label(texts["detail.off"]).classes("yz-soft")
    for route in routes:
        _route(texts, day, route, pick)


def _route(texts: Texts, day: Day, route: Route, pick: Pick) -> None:
    number = day_of(day.problem, route)
    shift = day.problem.shift_by_id[route.worker_id, route.shift_id]
    _facts({texts["detail.shift"]: f"{clock_on(number, shift.start_s)}–{clock_on(number, shift.end_s)}"})
    figures = texts.text(
        "detail.figures",
        visits=len(route.visit_stops),
        km=f"{sum(stop.travel_distance_m for stop in route.stops) / 1000:.1f}",
        travel=sum(stop.travel_duration_s for stop in route.stops) // 60,
        wait=sum(stop.wait_duration_s for stop in route.stops) // 60,
    )
    ui.label(figures).classes("yz-soft")
    with ui.element("ol").classes("yz-stops"):
        for stop in route.stops:
            with ui.element("li").classes("yz-stop"):
                _stop(texts, day, stop, number, pick)


def _stop(texts: Texts, day: Day, stop: Stop, number: int, pick: Pick) -> None:
    time_s = stop.departure_s if stop.kind is StopKind.START else stop.start_s
    ui.label(clock_on(number, time_s)).classes("yz-stop-time")
    if stop.visit_id is None:
        ui.label(_word_of(texts, day, stop)).classes("yz-soft")
        return
    row = day.row_by_visit_id[stop.visit_id]
    button = ui.element("button").classes(f"yz-link yz-state-{row.state}").props("type=button")
    with button:
        ui.label(f"{row.who} · {row.service}")
    button.on("click", lambda: pick(Choice.VISIT, row.visit_id))


def _word_of(texts: Texts, day: Day, stop: Stop) -> str:
    if stop.kind is StopKind.LOAD and stop.station_id is not None:
        portions = "、".join(portion_texts(day.problem, stop.load, Words(texts.language)))
        return f"{texts.text('stop.load', station=name_of_station(day.problem, stop.station_id))} {portions}"
    return texts[f"stop.{stop.kind}"]


def _times(day: Day, row: VisitRow) -> str:
    if row.start_s is None or row.end_s is None:
        return "—"
    return f"{clock_on(row.day, row.start_s)}–{clock_on(row.day, row.end_s)}"


def _facts(facts: dict[str, str]) -> None:
    """Names and values; those without a value are left out."""
    stated: Iterator[tuple[str, str]] = ((name, value) for name, value in facts.items() if value)
    with ui.element("dl").classes("yz-facts"):
        for name, value in stated:
            with ui.element("dt"):
                ui.label(name)
            with ui.element("dd"):
                ui.label(value)
