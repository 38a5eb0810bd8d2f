"""The parts of ``docs/`` that repeat the code: tables and columns, issue codes, rules, cost terms, JSON Schema.

``python -m optimizer.formats.reference docs`` writes them anew; a test checks that they are current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from optimizer.formats.columns import TABLES, Column, Table
from optimizer.formats.issues import FORMAT_ISSUE_CODES
from optimizer.formats.json import write_schemas
from optimizer.rules import COST_TERMS, RULES
from optimizer.validate import DRAFT_ERROR_CODES, ERROR_CODES, WARNING_CODES


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def tables_part() -> str:
    """Every table with every column."""
    return "\n\n".join(_table(table) for table in TABLES)


def _table(table: Table) -> str:
    required = " Required." if table.required else ""
    names = ", ".join(table.names[1:])
    header = ("column", "also read as", "holds", "what it says", "example")
    columns = markdown_table(header, [_column(column) for column in table.columns])
    return f"### `{table.name}` ({names})\n\n{table.doc}{required}\n\n{columns}"


def _column(column: Column) -> tuple[str, ...]:
    name = f"**`{column.header}`**" if column.required else f"`{column.header}`"
    example = f"`{column.example}`" if column.example else ""
    return name, ", ".join(column.headers[1:]), column.kind.law[0], column.doc, example


def codes_part(codes: Mapping[str, str]) -> Callable[[], str]:
    """A table of issue codes."""
    return lambda: markdown_table(("code", "law"), [(f"`{code}`", law) for code, law in codes.items()])


def rules_part() -> str:
    """Every rule with its sentence and hint."""
    rows = [(f"`{rule}`", info.sentence, info.hint) for rule, info in RULES.items()]
    return markdown_table(("rule", "law", "where it is in the way"), rows)


def cost_terms_part() -> str:
    """Every cost term with its sentence, unit and price."""
    rows = [(f"`{term}`", info.sentence, info.unit, f"`{info.price}`") for term, info in COST_TERMS.items()]
    return markdown_table(("term", "what is charged", "per", "price in yuan cents"), rows)


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "formats.md": {
        "tables": tables_part,
        "file-issues": codes_part(FORMAT_ISSUE_CODES),
        "problem-errors": codes_part(ERROR_CODES),
        "draft-errors": codes_part(DRAFT_ERROR_CODES),
        "problem-warnings": codes_part(WARNING_CODES),
    },
    "rules.md": {"rules": rules_part, "cost-terms": cost_terms_part},
}
"""What makes each marked part of each page."""


def with_parts(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """`page` with everything between ``<!-- begin NAME -->`` and ``<!-- end NAME -->`` made anew."""
    for name, make in parts.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        text = f"{begin}\n\n{make()}\n\n{end}".replace("\\", r"\\")
        page, num_found = re.subn(f"{begin}.*?{end}", text, page, flags=re.DOTALL)
        if num_found != 1:
            raise ValueError(f"the page has {num_found} parts {name!r} between {begin!r} and {end!r}; it needs one.")
    return page


def write_reference(docs: Path) -> None:
    """Write every repeated part of the folder `docs` anew."""
    write_schemas(docs / "schema")
    for name, parts in PARTS.items():
        page = docs / name
        page.write_text(with_parts(page.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
