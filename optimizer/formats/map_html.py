"""A plan as one self-contained web page: map, time line and reasons, without a network.

The page carries its data as JSON in a ``<script type="application/json">`` in which every ``<`` is escaped, shows texts
only as text, and forbids itself any request and any foreign script by a content security policy.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from optimizer.formats.drawing import PathOf, Streets, straight_path
from optimizer.formats.map_data import map_data
from optimizer.formats.words import Language, Words, read_template
from optimizer.plan import Plan
from optimizer.problem import Problem

_SCRIPTS = ("model", "ground", "timeline", "panels")


def write_map(
    problem: Problem,
    plan: Plan,
    path: Path,
    *,
    streets: Streets | None = None,
    path_of: PathOf = straight_path,
    language: Language = "zh",
) -> None:
    """Write the page of :func:`map_html` to `path`; it opens by a double click."""
    page = map_html(problem, plan, streets=streets, path_of=path_of, language=language)
    path.write_text(page, encoding="utf-8")


def map_html(
    problem: Problem,
    plan: Plan,
    *,
    streets: Streets | None = None,
    path_of: PathOf = straight_path,
    language: Language = "zh",
) -> str:
    """The page that shows `plan`.

    Parameters
    ----------
    streets
        Streets to draw as the ground; ``None`` leaves it blank.
    path_of
        The way between two stops by a travel mode; straight lines by default.
    language
        The language shown first; the page can switch, and with ``"both"`` begins in Chinese.

    Raises
    ------
    ValueError
        If `language` is none of these.
    """
    style, script = read_template("map/style.css"), "\n".join(read_template(f"map/{name}.js") for name in _SCRIPTS)
    data = {"language": "en" if Words(language).language == "en" else "zh", **map_data(problem, plan, streets, path_of)}
    parts = {
        "{{policy}}": f"default-src 'none'; style-src {policy_hash(style)}; script-src {policy_hash(script)}; "
        "img-src data:",
        "{{style}}": style,
        "{{script}}": script,
        "{{data}}": json_for_html(data),
    }
    page = read_template("map/page.html")
    for mark, text in parts.items():
        page = page.replace(mark, text, 1)
    return page


def json_for_html(data: object) -> str:
    """JSON that no HTML parser can mistake for markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def policy_hash(text: str) -> str:
    """The hash by which a content security policy allows one inline style or script."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
