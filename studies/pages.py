"""Pages with parts that are made: tables between markers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["with_tables", "write_tables"]


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
