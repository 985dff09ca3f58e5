"""The tables of what units cost, and the sentences around them, for the pages about the units.

What `python -m studies.unit_costs` has measured; `studies.make` puts them into docs/loop_order.md,
complex.md, scales.md, bit_serial.md and packings.md. A sentence that says which of two figures is
the smaller one is an error where it is not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from macsmith.design import designs_folder
from studies import pages

__all__ = ["measured", "percent_less", "tables", "write_tables"]

_FILE = designs_folder() / "measured" / "units.json"
_DOCS = Path(__file__).parents[1] / "docs"
_LANES = 16 * 16  # of the tiles of docs/loop_order.md

Row = dict[str, Any]


def write_tables() -> str:
    """Put the tables into their pages; returns the pages' names."""
    made = tables()
    for page, parts in made.items():
        pages.write_tables(_DOCS / f"{page}.md", parts)
    return ", ".join(made)


def measured() -> list[Row]:
    """What `python -m studies.unit_costs` has written."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


def tables() -> dict[str, dict[str, str]]:
    """By page, and by the name that a part has in it: a table, or sentences."""
    by_page: dict[str, dict[str, Row]] = {}
    for row in measured():
        by_page.setdefault(row["page"], {})[row["row"]] = row
    loops, scales, words = (by_page[page] for page in ("loop_order", "scales", "packings"))
    return {
        "loop_order": {"cost": _loop_table(loops), "findings": _loop_findings(loops)},
        "complex": {"cost": _complex_table(by_page["complex"])},
        "scales": {"cost": _scales_table(scales), "unit": _scales_unit(scales)},
        "bit_serial": {"cost": _planes_table(by_page["bit_serial"])},
        "packings": {"circuits": _circuits_table(words), "cores": _packings_table(words)},
    }


def percent_less(small: float, large: float) -> float:
    """By how many percent one figure is smaller, as a sentence says.

    Raises:
        ValueError: it is not: the sentence must be written anew.
    """
    if not small < large:
        raise ValueError(f"a page says that {small} is less than {large}")
    return 100 * (1 - small / large)


def _loop_table(rows: dict[str, Row]) -> str:
    heads = ("mu, loop", "area (um2)", "delay (ps)", "fJ a weight", "table", "sums")
    cells = [
        (
            name,
            f"{row['area_um2']:,.0f}",
            f"{row['delay_ps']:,.0f}",
            f"{row['energy_fj_per_operation']:.1f}",
            f"{row['energy_by_part']['table']:,.0f}",
            f"{row['energy_by_part']['accumulate']:,.0f}",
            f"{row['clock_fj_per_cycle']:,.0f}",
        )
        for name, row in rows.items()
    ]
    return pages.table((*heads, "of all: clock"), cells)


def _loop_findings(rows: dict[str, Row]) -> str:
    energies = {name: row["energy_fj_per_operation"] for name, row in rows.items()}
    quiet = {
        name: energies[name] - row["clock_fj_per_cycle"] / _LANES for name, row in rows.items()
    }
    built, two, four = (
        rows[f"4, {name}"]["energy_by_part"]["table"]
        for name in ("reduction, table register", "table, M = 32 (2 blocks)", "table")
    )
    percent_less(four, two)
    percent_less(two, built)
    registered, held = "reduction, table register", "table"
    saved = percent_less(energies[f"4, {held}"], energies[f"4, {registered}"])
    percent_less(energies[f"2, {registered}"], energies[f"2, {held}"])
    more = 100 * (energies[f"2, {held}"] / energies[f"2, {registered}"] - 1)
    plain = "reduction, no table register"
    for mu in (2, 4):
        for other in (registered, held):
            percent_less(energies[f"{mu}, {plain}"], energies[f"{mu}, {other}"])
    percent_less(quiet[f"4, {held}"], quiet[f"4, {plain}"])
    percent_less(quiet[f"2, {plain}"], quiet[f"2, {held}"])
    holding = (
        "- **Holding saves what it should.** At mu = 4 (355 bits a table in its register) the"
        f" tables take {built:,.0f} fJ a cycle when they are built every cycle, {two:,.0f} with two"
        f" blocks and {four:,.0f} with four. A core that registers its tables for the sake of its"
        f" clock takes {saved:.0f} % less energy with `table`. At mu = 2 the sums cost more than"
        f" the tables save: {more:.0f} % more energy."
    )
    clocks = (
        "- **Flip-flops cost more than adders.** The library's registers take some 8 fJ of clock a"
        " bit and cycle, idle or not, and the generated Verilog has no clock gates. The core"
        f" without any table register takes the least: {energies[f'2, {plain}']:.0f} fJ and"
        f" {energies[f'4, {plain}']:.0f} fJ a weight. Counted without the clock, four blocks at"
        f" mu = 4 are ahead of it, {quiet[f'4, {held}']:.0f} against {quiet[f'4, {plain}']:.0f} fJ;"
        f" at mu = 2 they are not, {quiet[f'2, {held}']:.0f} against {quiet[f'2, {plain}']:.0f}."
    )
    return pages.wrapped(holding, indent="  ") + pages.wrapped(clocks, indent="  ")


def _complex_table(rows: dict[str, Row]) -> str:
    cells = [(name, f"{row['area_um2']:,.0f}") for name, row in rows.items()]
    return pages.table(("design", "area (um2)"), cells)


_PARTS = ("product", "rounding")
_WITH_EXIT = {"ternary-int8-bf16-column": "bf16", "ternary-int8-int8": "int8"}


def _scales_table(rows: dict[str, Row]) -> str:
    base = rows["ternary-int8-32x32"]
    cells = []
    for name in ("ternary-int8-32x32", *_WITH_EXIT):
        row = rows[name]
        more = row["area_um2"] - base["area_um2"]
        cells.append(
            (
                f"`{name}`",
                f"{row['area_um2']:,.0f}",
                f"{more:,.0f} ({100 * more / base['area_um2']:.1f} %)" if more else "",
                f"{row['leakage_uw']:,.0f}",
                f"{row['delay_ps']:,.0f}",
            )
        )
    heads = ("design", "area, um2", "more than without", "leakage, uW", "delay, ps")
    return pages.table(heads, cells)


def _scales_unit(rows: dict[str, Row]) -> str:
    base = rows["ternary-int8-32x32"]["area_um2"]
    units, cut = [], []
    for name, result in _WITH_EXIT.items():
        product, rounding = (rows[f"{result}: {part}"]["area_um2"] for part in _PARTS)
        percent_less(product + rounding, (rows[name]["area_um2"] - base) / 2)
        units.append(f"{product:,.0f} + {rounding:,.0f} um2")
        row = rows[f"{name} --set exit_register=true"]
        percent_less(row["delay_ps"], rows[name]["delay_ps"])
        cut.append(f"{row['delay_ps']:,.0f} ps for {row['area_um2']:,.0f} um2 with {result}")
    alone = (
        f"The unit is the smaller part of it: product and rounding alone take {units[0]} with a"
        f" bf16 scale and bf16 results, {units[1]} with a `u16.20` scale and int8 results. The rest"
        " is the buffer of 32 sums of 20 bits, with what chooses one of them. With `exits = 32`"
        " there is no buffer, and 32 units."
    )
    path = (
        "The path through product and rounding is the longest one of both designs."
        f" `--set exit_register=true` cuts it: {cut[0]}, {cut[1]}; what is left is the core's own."
    )
    return f"{pages.wrapped(alone)}\n{pages.wrapped(path)}"


def _planes_table(rows: dict[str, Row]) -> str:
    one, four = (rows[planes]["area_um2"] for planes in ("1", "4"))
    percent_less(one, four)
    heads = ("planes", "accumulator bits", "area (um2)", "cycles a sum")
    cells = [("1", "14", f"{one:,.0f}", "4"), ("4", "17 + 3", f"{four:,.0f}", "16")]
    text = (
        "Table, select and reduction are the same; the wider accumulator and the third input in"
        f" front of it are the difference, {100 * (four / one - 1):.0f} %."
    )
    return f"{pages.table(heads, cells)}\n{pages.wrapped(text)}"


def _circuits_table(rows: dict[str, Row]) -> str:
    circuits = {name: row for name, row in rows.items() if "request" not in row}
    areas = {name: row["area_um2"] for name, row in circuits.items()}
    cells = [
        (name, f"{row['area_um2']:.1f}", f"{row['delay_ps']:.0f}") for name, row in circuits.items()
    ]
    percent_less(
        areas["sparse34: table of int8, 20 adders"], areas["sparse34: table of int8, 18 adders"]
    )
    text = (
        "Five trits are two steps: 8 comparisons with multiples of 27 give the first two digits, a"
        " small table the other three. Where a byte holds just the weights of a group (mu = 5)"
        " nothing is divided: the key's index is P or 242 - P. So `trits5` costs"
        f" {areas['trits5: word to key of 5'] / 5:.1f} um2 a weight with mu = 5, and"
        f" {areas['trits5: word to five trits'] / 5:.0f} um2 with mu = 1; `tl2`"
        f" {areas['tl2: word to key of 3'] / 3:.1f} um2 with mu = 3; `codes`"
        f" {areas['codes: word to trit']:.1f} um2 with mu = 1."
    )
    return f"{pages.table(('circuit', 'area, um2', 'delay, ps'), cells)}\n{pages.wrapped(text)}"


def _packings_table(rows: dict[str, Row]) -> str:
    cells = []
    for name, lanes in (("sparse34", "16 x 16"), ("tl2", "18 x 16"), ("trits5", "20 x 16")):
        for head, size, packing, key in (
            (f"`ternary-int8-{name}`", lanes, name, ""),
            ("", "", "keys", " --set packing=keys"),
        ):
            row = rows[f"ternary-int8-{name}{key}"]
            decoders = row["parts"].get("unpack")
            decoders_area = "none" if decoders is None else f"{decoders:,.0f}"
            figures = (f"{row['area_um2']:,.0f}", decoders_area, f"{row['delay_ps']:,.0f}")
            cells.append((head, size, f"`{packing}`", *figures))
    heads = ("design", "weights a cycle", "packing", "area, um2", "of it decoders", "delay, ps")
    return pages.table(heads, cells)
