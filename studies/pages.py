"""Pages with parts that are made: tables between markers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["table", "with_tables", "wrapped", "write_tables"]

_TOGETHER = "\N{NO-BREAK SPACE}%"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def wrapped(text: str, width: int = 100, indent: str = "") -> str:
    """A paragraph in lines, all but the first one indented; a number stays with its per cent."""
    lines = textwrap.fill(
        text.replace(" %", _TOGETHER),
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{lines.replace(_TOGETHER, ' %')}\n"


def with_tables(text: str, tables: Mapping[str, str], by: str = "studies.make") -> str:
    """A page's text with each table put between the two markers of its name and maker."""
    for name, table in tables.items():
        begin, end = f"<!-- {name}: made by {by} -->\n", f"<!-- end of {name} -->\n"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n{table}\n{end}{after}"
    return text


def write_tables(page: Path, tables: Mapping[str, str]) -> Path:
    """Put tables into a page; returns it."""
    text = with_tables(page.read_text(encoding="utf-8"), tables)
    page.write_text(text, encoding="utf-8")
    return page
