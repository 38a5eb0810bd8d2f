"""What is written about a planned month: every day's plan, a workbook, and the month as a calendar page."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from pathlib import Path

from optimizer.cli.network_files import write_records
from optimizer.formats.json import plan_to_json
from optimizer.formats.words import Words
from optimizer.network.month_plan import DayFigures, MonthPlan


def write_month(folder: Path, name: str, month: MonthPlan, words: Words) -> list[str]:
    """Write the plans of all days, ``month.xlsx`` and ``month.html``; returns the names."""
    (folder / "plans").mkdir()
    for day, problem, plan in zip(month.days, month.problems, month.plans, strict=True):
        (folder / "plans" / f"{day.date}.json").write_bytes(plan_to_json(plan, problem.horizon))
    write_records(folder / "month.xlsx", {"days": month.days, "elders": month.elders, "workers": month.workers})
    (folder / "month.html").write_text(month_page(name, month, words), encoding="utf-8")
    return ["plans", "month.xlsx", "month.html"]


def month_note(month: MonthPlan, words: Words) -> str:
    """The month in a sentence."""
    return words.text(
        "month.note",
        visits=f"{month.num_visits:,}",
        served=_percent(month.num_served / month.num_visits if month.num_visits else None),
        on_time=_percent(month.on_time_share),
        usual=_percent(month.usual_worker_share),
        gini="-" if month.load_gini is None else f"{month.load_gini:.3f}",
        yuan=f"{sum(day.cost_yuan for day in month.days):,.0f}",
    )


def month_page(name: str, month: MonthPlan, words: Words) -> str:
    """A page with the month as a calendar: every day with its visits, how many are served on time, and known faces."""
    title = html.escape(words.text("month.title", name=name))
    head = "".join(f"<th>{words[f'month.weekday-{number}']}</th>" for number in range(1, 8))
    lang = "en" if words.language == "en" else "zh-CN"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{html.escape(month_note(month, words))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_weeks(month, words))}</tbody></table>"
        f"{_legend(words)}</body></html>"
    )


_STYLE = (
    "body{margin:24px;font:14px/1.4 'Noto Sans CJK SC','Noto Sans SC',sans-serif;color:#1f2927;background:#fff;"
    "max-width:1100px}h1{font-size:20px;margin:0 0 4px}p{margin:0 0 14px;color:#4b5a57}"
    "table{border-collapse:separate;border-spacing:6px;table-layout:fixed;width:100%}"
    "th{font-weight:600;color:#4b5a57;text-align:left;padding:0 4px}"
    "td{vertical-align:top;border:1px solid #d5dad8;border-radius:6px;padding:8px;height:104px}"
    "td.free{border-style:dashed;background:#fbfcfb}b{font-size:13px;color:#4b5a57;font-weight:600}"
    ".visits{font-size:19px;font-variant-numeric:tabular-nums}.unserved{color:#b3261e;font-weight:600}"
    ".bar{height:7px;border-radius:4px;background:#e5e9e7;margin:3px 0 1px;overflow:hidden}"
    ".bar i{display:block;height:100%}.time i{background:#0072b2}.known i{background:#e69f00}"
    "small{color:#4b5a57}ul{list-style:none;padding:0;display:flex;gap:22px;margin:14px 6px}"
    "li{display:flex;align-items:center;gap:8px}li .bar{width:34px;margin:0}"
)


def _weeks(month: MonthPlan, words: Words) -> Iterator[str]:
    by_date = {dt.date.fromisoformat(day.date): day for day in month.days}
    if not by_date:
        return
    monday = min(by_date) - dt.timedelta(days=min(by_date).weekday())
    while monday <= max(by_date):
        dates = [monday + dt.timedelta(days=number) for number in range(7)]
        yield f"<tr>{''.join(_cell(date, by_date.get(date), words) for date in dates)}</tr>"
        monday += dt.timedelta(days=7)


def _cell(date: dt.date, day: DayFigures | None, words: Words) -> str:
    label = f"<b>{date.month}/{date.day}</b>"
    if day is None:
        return f'<td class="free">{label}</td>'
    unserved = day.num_visits - day.num_served
    said = f' <span class="unserved">−{unserved}</span>' if unserved else ""
    hours = words.text("month.day", workers=day.num_workers, hours=f"{day.paid_hours:,.0f}")
    return (
        f'<td>{label}<div class="visits">{day.num_visits}{said}</div>'
        f"{_bar('time', day.on_time_share)}{_bar('known', day.known_worker_share)}<small>{hours}</small></td>"
    )


def _bar(name: str, share: float | None) -> str:
    width = 0.0 if share is None else 100 * share
    return f'<div class="bar {name}" title="{_percent(share)}"><i style="width:{width:.1f}%"></i></div>'


def _legend(words: Words) -> str:
    bars = "".join(f"<li>{_bar(name, 0.7)}{words[f'month.{name}']}</li>" for name in ("time", "known"))
    return f'<ul><li><span class="visits">42</span>{words["month.visits"]}</li>' + (
        f'<li><span class="unserved">−1</span>{words["month.unserved"]}</li>{bars}</ul>'
    )


def _percent(share: float | None) -> str:
    """One digit; 100.0 % only where nothing is missing."""
    if share is None:
        return "-"
    return f"{100 * share if share >= 1 else min(99.9, 100 * share):.1f} %"
