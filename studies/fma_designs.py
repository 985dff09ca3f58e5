"""Measure the processing elements of the `fma` family: `python -m studies.fma_designs`.

Area, delay and energy of the committed designs at the least area and at 1 GHz; energy is that of
columns of sums of products of normally distributed factors, every sum compared with the golden one.
It writes designs/measured/fma_designs.json; `studies.make` makes the table of docs/fma.md of it.
"""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console

from costmodel.energy.netlist_energy import energy
from costmodel.energy.power import mapped_again
from costmodel.flow.measure import Point, measure
from costmodel.fma.random_activity import random_activity
from costmodel.technologies import load_technology
from costmodel.work.worker import DEFAULT_LIMITS
from hw.fma import Fma
from macsmith.design import designs_folder, load_design
from sim.writing import atomic_write
from studies import pages

__all__ = ["measured", "table"]

_FILE = designs_folder() / "measured" / "fma_designs.json"
_FIRST = "pe-bf16-exact"  # what the others are compared with
_DESIGNS = (_FIRST, "pe-bf16-an-1-2", "pe-bf16-best")
_PLACES = (("nangate45", None), ("nangate45", 1000.0), ("asap7", None), ("asap7", 1000.0))
_FIGURES = ("area_um2", "delay_ps", "leakage_uw", "recipe", "flow")
_CYCLES = 4096  # that energy is counted over, all columns together

Row = dict[str, Any]


def main() -> None:
    """Measure what is not in the cache, and write all of it."""
    console = Console(stderr=True)
    rows = []
    for name, clock_ps in _PLACES:
        technology = load_technology(name)
        for design in _DESIGNS:
            unit = load_design(design).configuration
            assert isinstance(unit, Fma)
            with console.status(f"{design}, {name}, {clock_ps or 'least area'}"):
                point = Point(unit, technology, clock_ps)
                figures = measure(point)
                netlist = mapped_again(point, figures, DEFAULT_LIMITS).netlist
                activity, operations = random_activity(unit, netlist, cycles=_CYCLES, seed=1)
                work = energy(netlist, technology, activity, operations, clock_ps)
            row = {"design": design, "technology": name, "clock_ps": clock_ps}
            row |= {key: figures[key] for key in _FIGURES}
            rows.append(row | {"dynamic_fj": work.dynamic_fj_per_cycle})
            console.print(row)
    atomic_write(_FILE, json.dumps(rows, indent=1) + "\n", "")


def measured() -> list[Row]:
    """What `main` has written."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


def table() -> str:
    """Area, delay and energy of each design, and what they differ by from the exact one."""
    rows = {(row["design"], row["technology"], row["clock_ps"]): row for row in measured()}
    cells = []
    for name, clock_ps in _PLACES:
        first = rows[_FIRST, name, clock_ps]
        for design in _DESIGNS:
            row = rows[design, name, clock_ps]
            asked = "least area" if clock_ps is None else f"{clock_ps:,.0f} ps"
            line = [f"`{design}`", name, asked]
            for figure, digits in (("area_um2", 1), ("delay_ps", 0), ("dynamic_fj", 0)):
                change = 100 * (row[figure] / first[figure] - 1)
                told = "" if row is first else f" ({change:+.1f} %)"
                line.append(f"{row[figure]:,.{digits}f}{told}")
            cells.append(line)
    heads = ["design", "technology", "asked", "um2", "ps", "fJ a multiply-add"]
    return pages.table(heads, cells)


if __name__ == "__main__":
    main()
