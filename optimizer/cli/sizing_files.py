"""What is written about a staff that was sized: a workbook, and the curve of service against workers as a page."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from pathlib import Path

from optimizer.cli.network_files import write_records
from optimizer.formats.words import Words
from optimizer.network.sizing import Sizing, SizingParams, Trial

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 860, 430, 60, 46, 24
_COLOURS = {"tried": "#aab4b0", "curve": "#0072b2", "found": "#d55e00", "asked": "#009e73", "impossible": "#f3e4dc"}


def write_sizing(folder: Path, name: str, found: Sizing, params: SizingParams, words: Words) -> list[str]:
    """Write ``sizing.xlsx`` and ``sizing.html``; returns the names."""
    sheets = {"types": found.types, "curve": found.curve, "fleets tried": found.trials}
    write_records(folder / "sizing.xlsx", sheets)
    (folder / "sizing.html").write_text(sizing_page(name, found, params, words), encoding="utf-8")
    return ["sizing.xlsx", "sizing.html"]


def sizing_page(name: str, found: Sizing, params: SizingParams, words: Words) -> str:
    """A page with service against workers for every fleet tried, what is proven, the curve's costs, and the types."""
    title = html.escape(words.text("sizing.title", name=name))
    lang = "en" if words.language == "en" else "zh-CN"
    note = words.text(
        "sizing.note",
        workers=found.found.num_workers,
        share=_percent(found.found.on_time_share),
        least="-" if found.least_workers is None else found.least_workers,
        asked=_percent(params.on_time_share),
        trials=len(found.trials),
    )
    types = [(each.type_name, str(each.num_now), str(each.num_found)) for each in found.types]
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1><p>{html.escape(note)}</p>"
        f"{_chart(found, params, words)}<ul>{''.join(_legend(words))}</ul>"
        f"{_table(_words(words, 'workers', 'on-time', 'served', 'pay', 'cost'), map(_curve_row, found.curve))}"
        f"{_table(_words(words, 'type', 'now', 'found'), types)}</body></html>"
    )


_STYLE = (
    "body{margin:24px;font:14px/1.45 'Noto Sans CJK SC','Noto Sans SC',sans-serif;color:#1f2927;background:#fff;"
    "max-width:900px}h1{font-size:20px;margin:0 0 4px}p{margin:0 0 10px;color:#4b5a57}svg{width:100%;display:block}"
    "text{font-size:12px;fill:#4b5a57}ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:18px;"
    "margin:4px 0 18px}"
    "li i{display:inline-block;width:11px;height:11px;border-radius:50%;margin-right:6px}"
    "table{border-collapse:collapse;margin:0 0 18px}th,td{padding:3px 14px 3px 0;border-bottom:1px solid #d5dad8;"
    "text-align:right;font-variant-numeric:tabular-nums}th:first-child,td:first-child{text-align:left}"
)


class _Scale:
    """From workers and shares to the chart: a little more than all fleets, and all shares down to the worst."""

    def __init__(self, trials: Sequence[Trial], least: int) -> None:
        numbers = [trial.num_workers for trial in trials]
        self.most = max(numbers) + 2
        self.fewest = max(0, min([*numbers, least]) - 2)
        self.low = int(20 * min(trial.on_time_share for trial in trials)) / 20

    def x(self, workers: float) -> float:
        """Across."""
        return _LEFT + (_WIDTH - _LEFT - 16) * (workers - self.fewest) / max(1, self.most - self.fewest)

    def y(self, share: float) -> float:
        """Down."""
        return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * (share - self.low) / max(0.05, 1 - self.low)


def _chart(found: Sizing, params: SizingParams, words: Words) -> str:
    trials = [*found.trials, *found.curve, found.found]
    least = found.least_workers or 0
    scale = _Scale(trials, least)
    curve = sorted({(trial.num_workers, trial.on_time_share) for trial in found.curve})
    line = "L".join(f"{scale.x(number):.1f} {scale.y(share):.1f}" for number, share in curve)
    asked_y, right = scale.y(params.on_time_share), scale.x(scale.most)
    parts = [
        *_impossible(scale, least),
        *_axes(scale, words),
        f'<path d="M{_LEFT} {asked_y:.1f}H{right:.1f}" stroke="{_COLOURS["asked"]}" stroke-dasharray="5 4"/>',
        f'<path d="M{line}" fill="none" stroke="{_COLOURS["curve"]}" stroke-width="1.5"/>' if curve else "",
        *(_dot(scale, trial, "tried", 3.5) for trial in found.trials),
        *(_dot(scale, trial, "curve", 4.5) for trial in found.curve),
        _dot(scale, found.found, "found", 6),
    ]
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(parts)}</svg>'


def _impossible(scale: _Scale, least: int) -> Iterator[str]:
    """The ground where no fleet reaches what is asked."""
    width = scale.x(least - 0.5) - _LEFT
    if width > 0:
        height = _HEIGHT - _BOTTOM - _TOP
        yield f'<rect x="{_LEFT}" y="{_TOP}" width="{width:.1f}" height="{height}" fill="{_COLOURS["impossible"]}"/>'


def _axes(scale: _Scale, words: Words) -> Iterator[str]:
    bottom = _HEIGHT - _BOTTOM
    step = next(size for size in (0.01, 0.02, 0.05, 0.1, 0.2) if (1 - scale.low) / size <= 10)
    for number in range(round((1 - scale.low) / step) + 1):
        share = 1 - number * step
        y = scale.y(share)
        yield f'<path d="M{_LEFT} {y:.1f}H{scale.x(scale.most):.1f}" stroke="#e5e9e7"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{100 * share:.0f} %</text>'
    gap = next(size for size in (1, 2, 5, 10, 20, 50, 100, 1000) if (scale.most - scale.fewest) / size <= 14)
    for number in range(-(-scale.fewest // gap) * gap, scale.most + 1, gap):
        yield f'<text x="{scale.x(number):.1f}" y="{bottom + 18}" text-anchor="middle">{number}</text>'
    yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{scale.x(scale.most):.1f}" fill="none" stroke="#7d8c88"/>'
    across, up = html.escape(words["sizing.workers"]), html.escape(words["sizing.on-time"])
    yield f'<text x="{_WIDTH / 2:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{across}</text>'
    yield f'<text x="{_LEFT}" y="14">{up}</text>'


def _dot(scale: _Scale, trial: Trial, kind: str, size: float) -> str:
    x, y = scale.x(trial.num_workers), scale.y(trial.on_time_share)
    told = html.escape(f"{trial.num_workers}: {_percent(trial.on_time_share)}; {trial.fleet}")
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="{_COLOURS[kind]}"><title>{told}</title></circle>'


def _legend(words: Words) -> Iterator[str]:
    for kind, colour in _COLOURS.items():
        yield f'<li><i style="background:{colour}"></i>{html.escape(words[f"sizing.is-{kind}"])}</li>'


def _curve_row(trial: Trial) -> tuple[str, ...]:
    shares = (_percent(share) for share in (trial.on_time_share, trial.served_share))
    money = (f"{cents / 100:,.0f}" for cents in (trial.pay_cents, trial.cost_cents))
    return (str(trial.num_workers), *shares, *money)


def _words(words: Words, *names: str) -> list[str]:
    return [words[f"sizing.{name}"] for name in names]


def _table(header: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
