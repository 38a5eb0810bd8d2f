"""A map of a network as one web page: dots, lines and areas over the streets, with a legend and a scale.

The page holds one SVG and nothing that runs: it opens by double click, prints, and needs no network. Whatever lies
under the pointer shows its text.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from optimizer.formats.drawing import Frame, Streets
from optimizer.formats.map_data import street_lines
from optimizer.formats.words import Language
from optimizer.problem import Location

WIDTH, HEIGHT = 1100.0, 760.0
"""Size of the map in pixels; it scales with the window."""

_MARGIN = 30.0
_SMALLEST_EXTENT_DEG = 0.004
_METRES_PER_DEGREE = 111_195.0
_GOLDEN_ANGLE = 137.508
_PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#7a5195", "#8a8d00")

Shape = Literal["circle", "square", "diamond"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """Places drawn alike; ``texts`` (one a place, or none) show under the pointer, ``labels`` stand beside them."""

    name: str
    places: Sequence[Location]
    colour: str
    size: float = 3.0
    shape: Shape = "circle"
    texts: Sequence[str] = ()
    labels: Sequence[str] = ()
    is_in_legend: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines drawn alike."""

    name: str
    lines: Sequence[Sequence[Location]]
    colour: str
    width: float = 1.0
    texts: Sequence[str] = ()
    is_dashed: bool = False
    is_in_legend: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Areas drawn alike, each a sequence of rings (the outer one, then its holes)."""

    name: str
    areas: Sequence[Sequence[Sequence[Location]]]
    colour: str
    opacity: float = 0.25
    texts: Sequence[str] = ()
    is_in_legend: bool = True


Layer = Dots | Lines | Areas


class Written(NamedTuple):
    """A text on the map; its base line begins at ``x``, ``y`` (pixels from the upper left corner)."""

    x: float
    y: float
    text: str


def colour_of(number: int) -> str:
    """A colour for the `number`-th thing; the first eight are told apart by colour-blind eyes (Okabe & Ito 2008)."""
    if number < len(_PALETTE):
        return _PALETTE[number]
    return f"hsl({number * _GOLDEN_ANGLE % 360:.0f},60%,{38 + 10 * (number % 3)}%)"


def write_picture(
    path: Path,
    title: str,
    layers: Sequence[Layer],
    *,
    streets: Streets | None = None,
    notes: Iterable[str] = (),
    language: Language = "en",
) -> None:
    """Write the page of :func:`picture_html` to `path`."""
    page = picture_html(title, layers, streets=streets, notes=notes, language=language)
    path.write_text(page, encoding="utf-8")


def picture_html(
    title: str,
    layers: Sequence[Layer],
    *,
    streets: Streets | None = None,
    notes: Iterable[str] = (),
    language: Language = "en",
) -> str:
    """A page with the map of `layers` (the first lies lowest), its legend, and `notes` under the title."""
    lang = "en" if language == "en" else "zh-CN"
    svg = picture_svg(layers, streets=streets)
    said = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><header><h1>{html.escape(title)}</h1>"
        f"{said}</header><main>{svg}<ul>{''.join(_legend(layers))}</ul></main></body></html>"
    )


def picture_svg(layers: Sequence[Layer], *, streets: Streets | None = None, has_texts: bool = True) -> str:
    """The map alone; without its texts for whoever sets :func:`picture_texts` in type of their own."""
    frame = _frame_of(layers)
    parts = [] if streets is None else [_ground(frame, streets)]
    parts += [f"<g>{''.join(_drawn(frame, layer))}</g>" for layer in layers]
    parts.append(_scale_bar(frame))
    if has_texts:
        parts += map(_set, picture_texts(layers))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'font-family="sans-serif" font-size="11">{"".join(parts)}</svg>'
    )


def picture_texts(layers: Sequence[Layer]) -> list[Written]:
    """Every text on the map: labels of dots and the length of the scale's bar."""
    frame = _frame_of(layers)
    dots = [layer for layer in layers if isinstance(layer, Dots)]
    return [*(text for layer in dots for text in _labels(frame, layer)), _scale_text(frame)]


_STYLE = (
    "body{margin:0;font:14px/1.45 'Noto Sans CJK SC','Noto Sans SC',sans-serif;color:#1f2927;background:#fff}"
    "header{padding:14px 24px 6px}h1{font-size:19px;margin:0 0 4px}p{margin:0;color:#4b5a57}"
    "main{display:flex;flex-wrap:wrap;gap:12px;padding:0 24px 20px}svg{flex:1 1 700px;max-height:88vh;"
    "border:1px solid #d5dad8;background:#fbfcfb}ul{flex:0 1 230px;list-style:none;margin:0;padding:0;columns:1;"
    "max-height:88vh;overflow:auto}li{display:flex;gap:8px;align-items:center;padding:1px 0}"
    "li svg{flex:none;border:0;width:22px;height:14px;background:none}"
)


def _places(layer: Layer) -> Iterator[Location]:
    if isinstance(layer, Dots):
        yield from layer.places
    elif isinstance(layer, Lines):
        yield from (place for line in layer.lines for place in line)
    else:
        yield from (place for area in layer.areas for ring in area[:1] for place in ring)


def _frame_of(layers: Iterable[Layer]) -> Frame:
    """A window around all places of `layers`, north up."""
    places = [place for layer in layers for place in _places(layer)]
    if not places:
        return Frame(west=0.0, north=0.0, mm_per_deg_lon=1.0, mm_per_deg_lat=1.0)
    lon, lat = np.array([(place.lon, place.lat) for place in places]).T
    middle_lon, middle_lat = (lon.min() + lon.max()) / 2, (lat.min() + lat.max()) / 2
    squeeze = math.cos(math.radians(middle_lat))
    width_deg = max(float(np.ptp(lon)) * squeeze, _SMALLEST_EXTENT_DEG)
    height_deg = max(float(np.ptp(lat)), _SMALLEST_EXTENT_DEG)
    scale = min((WIDTH - 2 * _MARGIN) / width_deg, (HEIGHT - 2 * _MARGIN) / height_deg)
    return Frame(
        west=float(middle_lon) - WIDTH / 2 / (scale * squeeze),
        north=float(middle_lat) + HEIGHT / 2 / scale,
        mm_per_deg_lon=scale * squeeze,
        mm_per_deg_lat=scale,
    )


def _ground(frame: Frame, streets: Streets) -> str:
    """The streets inside the frame as one path."""
    x, y = frame.to_mm(streets[:, [0, 2]], streets[:, [1, 3]])
    is_inside = (x.max(axis=1) > 0) & (x.min(axis=1) < WIDTH) & (y.max(axis=1) > 0) & (y.min(axis=1) < HEIGHT)
    lines = street_lines(streets[is_inside]) if is_inside.any() else []
    data = "".join(_path(np.stack(frame.to_mm(line[:, 0], line[:, 1]), axis=1).tolist()) for line in lines)
    return f'<path d="{data}" fill="none" stroke="#dfe4e2" stroke-width="1"/>'


def _path(points: Iterable[Sequence[float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _drawn(frame: Frame, layer: Layer) -> Iterator[str]:
    if isinstance(layer, Dots):
        yield from _dots(frame, layer)
        return
    texts = iter(layer.texts)
    if isinstance(layer, Lines):
        dash = ' stroke-dasharray="5 4"' if layer.is_dashed else ""
        stroke = f'fill="none" stroke="{layer.colour}" stroke-width="{layer.width:g}" stroke-linejoin="round"{dash}'
        for line in layer.lines:
            yield _element("path", f'd="{_path(_points(frame, line))}" {stroke}', next(texts, ""))
        return
    fill = f'fill="{layer.colour}" fill-opacity="{layer.opacity:g}" fill-rule="evenodd" stroke="{layer.colour}"'
    for area in layer.areas:
        rings = "".join(f"{_path(_points(frame, ring))}Z" for ring in area)
        yield _element("path", f'd="{rings}" {fill} stroke-width="0.8"', next(texts, ""))


def _dots(frame: Frame, layer: Dots) -> Iterator[str]:
    texts = iter(layer.texts)
    for x, y in _points(frame, layer.places):
        yield _symbol(layer, x, y, next(texts, ""))


def _labels(frame: Frame, layer: Dots) -> Iterator[Written]:
    for (x, y), label in zip(_points(frame, layer.places), layer.labels, strict=False):
        if label:
            yield Written(x + layer.size + 3, y + 4, label)


def _set(written: Written) -> str:
    """Text on a white rim: drawn twice, as not everything that draws SVG knows ``paint-order``."""
    place, said = f'x="{written.x:.1f}" y="{written.y:.1f}"', html.escape(written.text)
    rim = f'<text {place} stroke="#fff" stroke-width="3" stroke-linejoin="round" aria-hidden="true">{said}</text>'
    return f"{rim}<text {place}>{said}</text>"


def _symbol(layer: Dots, x: float, y: float, text: str) -> str:
    size, rim = layer.size, "" if layer.shape == "circle" else ' stroke="#1f2927" stroke-width="1.2"'
    fill = f'fill="{layer.colour}"{rim}'
    if layer.shape == "circle":
        return _element("circle", f'cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" {fill}', text)
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if layer.shape == "diamond" else ""
    corner = f'x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size:g}" height="{2 * size:g}"'
    return _element("rect", f"{corner} {fill}{turn}", text)


def _element(tag: str, attributes: str, text: str) -> str:
    return f"<{tag} {attributes}><title>{html.escape(text)}</title></{tag}>" if text else f"<{tag} {attributes}/>"


def _points(frame: Frame, places: Iterable[Location]) -> list[tuple[float, float]]:
    return [frame.to_mm(place.lon, place.lat) for place in places]


def _scale_bar(frame: Frame) -> str:
    """A bar of a round number of metres in the lower left corner."""
    _, end = _scale(frame)
    y = HEIGHT - 16
    return f'<path d="M20 {y - 5}V{y}H{end:.1f}V{y - 5}" fill="none" stroke="#1f2927"/>'


def _scale_text(frame: Frame) -> Written:
    metres, end = _scale(frame)
    return Written(end + 6, HEIGHT - 16, f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m")


def _scale(frame: Frame) -> tuple[float, float]:
    """A round number of metres, and where its bar ends."""
    pixels_per_m = frame.mm_per_deg_lat / _METRES_PER_DEGREE
    rough_m = 140 / pixels_per_m
    unit_m = 10 ** math.floor(math.log10(rough_m))
    metres = max(unit_m * step for step in (1, 2, 5) if unit_m * step <= rough_m)
    return metres, 20 + metres * pixels_per_m


def _legend(layers: Iterable[Layer]) -> Iterator[str]:
    """A line for each layer that wants one, topmost first."""
    for layer in reversed([layer for layer in layers if layer.is_in_legend]):
        if isinstance(layer, Dots):
            sign = _symbol(layer, 11, 7, "")
        elif isinstance(layer, Lines):
            sign = f'<path d="M1 7H21" stroke="{layer.colour}" stroke-width="{max(layer.width, 1.5):g}"/>'
        else:
            sign = f'<rect width="22" height="14" fill="{layer.colour}" fill-opacity="{max(layer.opacity, 0.3):g}"/>'
        yield f'<li><svg viewBox="0 0 22 14">{sign}</svg>{html.escape(layer.name)}</li>'
