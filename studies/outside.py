"""Published designs of others by this flow: the tables of docs/own_verilog.md and ternary_lut.md.

designs/measured/outside.csv has them, one a row, with source and version: what `macsmith synthesize
--verilog FILE --top TOP` answered, and beside it the area by Yosys' plain script (`synth -flatten`,
`dfflibmap`, `abc`, the same cells): as it is, and made to keep the cells' limits of load, which is
how the flow has it among its recipes (`synth` in `tried`). What SystemVerilog reads slang, for the
plain script as well; rows that tell the reader were made by `--effort quick`. Their sources are not
here, so no command measures them anew.
"""

from __future__ import annotations

import csv
from pathlib import Path

from macsmith.design import designs_folder
from studies import pages, unit_tables

__all__ = ["measured", "tables", "write_tables"]

_FILE = designs_folder() / "measured" / "outside.csv"
_DOCS = Path(__file__).parents[1] / "docs"
_TABLE = "ternary-lut-dse"  # whose tables of sums stand beside the ones here
_BY = ", by "  # in what tells how a design was read, of those made by --effort quick
_PAGE, _MUS = "ternary_lut", ("3", "4")


def measured() -> list[dict[str, str]]:
    """The rows; what was refused has no figures, but the sentence."""
    with _FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_tables() -> str:
    """Put the tables into their pages; returns the pages' names."""
    made = tables()
    for page, parts in made.items():
        pages.write_tables(_DOCS / f"{page}.md", parts)
    return ", ".join(made)


def tables() -> dict[str, dict[str, str]]:
    """By page, and by the name that a table has in it."""
    rows = measured()
    others = [row for row in rows if row["name"] != _TABLE]
    return {
        "own_verilog": {
            "outside": _designs([row for row in others if _BY not in row["read"]]),
            "quick": _designs([row for row in others if _BY in row["read"]]),
        },
        _PAGE: {"published": _lookups([row for row in rows if row["name"] == _TABLE])},
    }


def _designs(rows: list[dict[str, str]]) -> str:
    heads = (
        *("design", "version", "read as", "area (um2)", "plain Yosys", "limits kept"),
        *("delay (ps)", "time", "proof"),
    )
    cells = []
    for row in rows:
        name = f"`{row['repository']}`: `{row['top']}`"
        if row["refusal"]:
            cells.append(
                (name, row["version"], row["read"], f"refused: {row['refusal']}", *[""] * 5)
            )
            continue
        area, plain = float(row["area_um2"]), float(row["plain_area_um2"])
        cells.append(
            (
                name,
                row["version"],
                row["read"],
                f"{area:,.0f} ({100 * (area / plain - 1):+.1f} %)",
                f"{plain:,.0f}",
                f"{float(row['plain_kept_area_um2']):,.0f}",
                f"{float(row['delay_ps']):,.0f}",
                f"{float(row['seconds']) / float(row['plain_seconds']):.0f} x",
                row["proof"],
            )
        )
    flows = " and ".join(f"`{flow}`" for flow in dict.fromkeys(row["flow"] for row in rows) if flow)
    return f"{pages.table(heads, cells)}\nBy flow {flows}.\n"


def _lookups(rows: list[dict[str, str]]) -> str:
    """Tables of sums, theirs and the ones here."""
    own = {row["row"]: row["area_um2"] for row in unit_tables.measured() if row["page"] == _PAGE}
    areas = {(row["read"], row["top"]): float(row["area_um2"]) for row in rows}
    cells = [("here", *(f"{own[mu]:,.0f}" for mu in _MUS))]
    for way in dict.fromkeys(row["read"] for row in rows):
        by_mu = {mu: areas[way, f"mu = {mu}"] for mu in _MUS}
        cells.append((way, *(f"{by_mu[mu]:,.0f} ({by_mu[mu] / own[mu]:.2f} x)" for mu in _MUS)))
    heads = ("table of sums, INT8", *(f"mu = {mu} (um2)" for mu in _MUS))
    (flow,) = {row["flow"] for row in rows}
    return f"{pages.table(heads, cells)}\nBy flow `{flow}`, theirs at {rows[0]['version']}.\n"
