"""Measure what SIMD units cost: `python -m studies.simd_costs`; docs/simd.md shows it.

Area and delay at least area of the committed designs and, beside `simd-xr`, of four units that have
one of its pairs of formats each; and the energy of each mode on operands of a normal distribution,
every result compared with the golden one. It writes designs/measured/simd.json; `studies.make`
makes the tables of that file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console

from costmodel.energy.power import energy, mapped_again
from costmodel.flow.measure import Point, measure
from costmodel.library.expression import truth_table
from costmodel.library.technology import Technology
from costmodel.simd.random_activity import all_modes, random_activity
from costmodel.technologies import load_technology
from costmodel.work.worker import DEFAULT_LIMITS
from hw.simd import SimdMac
from macsmith.design import designs_folder, load_design
from sim.writing import atomic_write
from studies import pages

__all__ = ["measured", "tables", "write_tables"]

_FILE = designs_folder() / "measured" / "simd.json"
_PAGE = designs_folder().parent / "docs" / "simd.md"
_TECHNOLOGIES = ("nangate45", "asap7")
_DESIGNS = ("simd-int", "simd-mixed", "simd-fp", "simd-xr", "simd-all")
_DIVIDED = "simd-xr"  # beside units of one pair each
_FIGURES = ("area_um2", "delay_ps", "leakage_uw", "recipe", "flow")
_FASTEST, _MOST_STAGES = f"{_DIVIDED}, most stages", 10
#: The clocks that are asked of it: 1 GHz, and what XR-NPE claims at 28 nm, 1.72 GHz.
_CLOCKS_PS = {"nangate45": 1000.0, "asap7": 581.0}
_NAND = [True, True, True, False]  # of both inputs' four values
_CYCLES = 2048  # that a mode's energy is counted over, all streams together

Row = dict[str, Any]


def main() -> None:
    """Measure what is not in the cache, and write all of it."""
    console = Console()
    rows = []
    for name in _TECHNOLOGIES:
        technology = load_technology(name)
        for design, unit in _units():
            console.print(f"{design} on {name}")
            rows.append({"design": design, "technology": name} | _measured(unit, technology))
        console.print(f"the fastest {_DIVIDED} on {name}")
        fastest = Point(
            replace(_design(_DIVIDED), depth=_MOST_STAGES), technology, _CLOCKS_PS[name]
        )
        figures = {key: value for key, value in measure(fastest).items() if key in _FIGURES}
        rows.append(
            {"design": _FASTEST, "technology": name, "clock_ps": fastest.clock_ps} | figures
        )
    atomic_write(_FILE, json.dumps(rows, indent=1) + "\n", "")


def _units() -> list[tuple[str, SimdMac]]:
    """The designs, and the units of one pair."""
    designs = [(name, _design(name)) for name in _DESIGNS]
    whole = _design(_DIVIDED)
    single = [
        (f"{_DIVIDED}, {pair.name} alone", replace(whole, pairs=pair.name, accumulator_bits=0))
        for pair in whole.modes
    ]
    return designs + single


def _design(name: str) -> SimdMac:
    unit = load_design(name).configuration
    assert isinstance(unit, SimdMac)
    return unit


def _measured(unit: SimdMac, technology: Technology) -> Row:
    point = Point(unit, technology)
    figures = measure(point)
    netlist = mapped_again(point, figures, DEFAULT_LIMITS).netlist
    modes = {}
    for mode in all_modes(unit):
        number, dot = mode
        activity, operations = random_activity(unit, netlist, (mode,), cycles=_CYCLES, seed=1)
        work = energy(netlist, technology, activity, operations, None)
        pair = unit.modes[number]
        name = f"{pair.name}{' summed' if dot and unit.lanes(pair) > 1 else ''}"
        modes.setdefault(
            name,
            {
                "lanes": unit.lanes(pair),
                "dynamic_fj_per_cycle": work.dynamic_fj_per_cycle,
            },
        )
    row = {name: figures[name] for name in _FIGURES}
    return row | {"depth": unit.depth, "nand2_um2": _nand2_um2(technology), "modes": modes}


def _nand2_um2(technology: Technology) -> float:
    """Area of the smallest NAND of two inputs: areas are told in multiples of it, too."""
    areas = []
    for cell in technology.cells.values():
        if cell.flop is None and len(cell.inputs) == 2 and len(cell.outputs) == 1:
            (output,) = cell.outputs.values()
            if truth_table(output.function, list(cell.inputs)).ravel().tolist() == _NAND:
                areas.append(cell.area_um2)
    return min(areas)


def measured() -> list[Row]:
    """What `main` has written."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


def write_tables() -> str:
    """Put the tables into the page; returns its name."""
    return pages.write_tables(_PAGE, tables()).name


def tables() -> dict[str, str]:
    """The tables of the page by their names."""
    rows = {(row["design"], row["technology"]): row for row in measured()}
    return {
        "cost": _cost_table(rows),
        "one pair": _divided(rows),
        "modes": _modes_table(rows),
        "clock": _fastest(rows),
    }


def _gates(row: Row) -> float:
    """Area in thousands of NAND2 gates."""
    return row["area_um2"] / row["nand2_um2"] / 1000


def _cost_table(rows: dict[tuple[str, str], Row]) -> str:
    heads = ["design", "stages"]
    for name in _TECHNOLOGIES:
        heads += [f"{name} (um2)", "kGE", "delay (ps)"]
    cells = []
    for design in _DESIGNS:
        line = [f"`{design}`", str(rows[design, _TECHNOLOGIES[0]]["depth"])]
        for name in _TECHNOLOGIES:
            row = rows[design, name]
            line += [f"{row['area_um2']:,.0f}", f"{_gates(row):.2f}", f"{row['delay_ps']:,.0f}"]
        cells.append(line)
    return pages.table(heads, cells)


def _divided(rows: dict[tuple[str, str], Row]) -> str:
    """What the one unit takes, of what units of one pair each take together."""
    alone = list(dict.fromkeys(design for design, _ in rows if design.endswith(" alone")))
    sentences = []
    for name in _TECHNOLOGIES:
        together = sum(rows[design, name]["area_um2"] for design in alone)
        share = rows[_DIVIDED, name]["area_um2"] / together
        sentences.append(f"{share:.2f} of {together:,.0f} um2 on {name}")
    text = (
        f"`{_DIVIDED}` takes {' and '.join(sentences)}: what {len(alone)} units of one of its pairs"
        " each take together, with the same port, sums, results and stages."
    )
    return pages.wrapped(text)


def _fastest(rows: dict[tuple[str, str], Row]) -> str:
    """What the unit reaches with all its registers."""
    sentences = []
    for name in _TECHNOLOGIES:
        row = rows[_FASTEST, name]
        sentences.append(
            f"{row['delay_ps']:,.0f} ps with {row['area_um2']:,.0f} um2 on {name} where"
            f" {row['clock_ps']:,.0f} ps were asked"
        )
    text = f"With all {_MOST_STAGES} stages `{_DIVIDED}` reaches {' and '.join(sentences)}."
    return pages.wrapped(text)


def _modes_table(rows: dict[tuple[str, str], Row]) -> str:
    heads = ("design", "mode", "products", *(f"{name} (fJ a product)" for name in _TECHNOLOGIES))
    cells: list[Sequence[str]] = []
    for design in _DESIGNS:
        first = rows[design, _TECHNOLOGIES[0]]["modes"]
        for mode, content in first.items():
            energies = (
                rows[design, name]["modes"][mode]["dynamic_fj_per_cycle"] / content["lanes"]
                for name in _TECHNOLOGIES
            )
            cells.append(
                (f"`{design}`", mode, str(content["lanes"]), *(f"{fj:,.1f}" for fj in energies))
            )
    return pages.table(heads, cells)


if __name__ == "__main__":
    main()
