"""The map of a picture page as a PNG for reports and slides, with its legend and tables beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import typst

from optimizer.formats.drawing import Streets
from optimizer.formats.picture import WIDTH, Layer, picture_svg, picture_texts
from optimizer.formats.sheets import FONT_FOLDER
from optimizer.formats.words import template_path

PIXELS_PER_INCH = 130.0


def write_png(
    path: Path,
    title: str,
    layers: Sequence[Layer],
    *,
    streets: Streets | None = None,
    notes: Iterable[str] = (),
    tables: Sequence[Sequence[Sequence[str]]] = (),
) -> None:
    """Write the map of `layers` (the first lies lowest) to the PNG file `path`; a table's first row is its header.

    Texts are set by Typst: what draws SVG knows only the thinnest strokes of a variable font.
    """
    data = {
        "title": title,
        "notes": list(notes),
        "map": picture_svg(layers, streets=streets, has_texts=False),
        "width": WIDTH,
        "texts": picture_texts(layers),
        "legend": [[layer.colour, layer.name] for layer in reversed(layers) if layer.is_in_legend],
        "tables": tables,
    }
    picture = typst.compile(
        template_path("picture.typ"),
        font_paths=[FONT_FOLDER],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="png",
        ppi=PIXELS_PER_INCH,
    )
    path.write_bytes(picture)
