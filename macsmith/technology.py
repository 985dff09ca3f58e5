"""Technologies on the screen: what one holds, as a table and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from costmodel.library.lacks import lacks
from costmodel.library.technology import Cell, Technology

__all__ = ["print_cells", "print_import", "print_overview", "summary"]

_NAMED = 4  # cells of a reason that a line names

_UNITS = {
    "area": "um2",
    "capacitance": "fF",
    "time": "ps",
    "energy": "fJ",
    "leakage": "nW",
    "voltage": "V",
}


def summary(technology: Technology, *, cells: bool = False) -> dict[str, Any]:
    """What a program is told of a technology; of each of its cells if asked."""
    usable = [cell for cell in technology.cells.values() if not cell.excluded]
    answer: dict[str, Any] = {
        "name": technology.name,
        "description": technology.description,
        "source": technology.source,
        "licence": technology.licence,
        "files": technology.files,
        "digest": technology.digest,
        "units": _UNITS,
        "voltage_v": technology.voltage_v,
        "temperature_c": technology.temperature_c,
        "typical_transition_ps": technology.typical_transition_ps,
        "driver": technology.driver,
        "output_load_ff": technology.output_load_ff,
        "usable": len(usable),
        "flip_flops": sum(cell.flop is not None for cell in usable),
        "excluded": len(technology.cells) - len(usable),
        "left_out": {reason: len(names) for reason, names in technology.left_out.items()},
        "lacks": lacks(technology),
    }
    if cells:
        answer["cells"] = {name: _cell(cell) for name, cell in technology.cells.items()}
    return answer


def print_import(path: Path, technology: Technology, warnings: Sequence[str]) -> None:
    """What became of the cells of a library, and what is to be known of it, a line each."""
    console, facts = _console(), summary(technology)
    cells = f"{facts['usable']} cells ({facts['flip_flops']} of them flip-flops)"
    rest = f"{facts['excluded']} excluded, {sum(facts['left_out'].values())} left out"
    doubts = [f"warning: {sentence}" for sentence in (*warnings, *facts["lacks"])]
    for line in (f"wrote {path}: {cells}, {rest}", *_left_out(technology), *doubts):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def print_overview(technologies: Iterable[Technology]) -> None:
    """A line a technology."""
    table = Table(
        "technology", "cells", "flip-flops", "excluded", "V", "licence", "library", box=None
    )
    for technology in technologies:
        facts = summary(technology)
        counts = (str(facts[key]) for key in ("usable", "flip_flops", "excluded"))
        table.add_row(
            technology.name,
            *counts,
            f"{technology.voltage_v:g}",
            technology.licence,
            technology.description,
        )
    _console().print(table)


def print_cells(technology: Technology) -> None:
    """Where a technology comes from, and a line a cell."""
    console = _console()
    for key, value in (
        ("library", technology.description),
        ("source", technology.source),
        ("licence", technology.licence),
        ("files", ", ".join(technology.files)),
        ("corner", f"{technology.voltage_v:g} V, {technology.temperature_c:g} C"),
        ("driver", f"{technology.driver}; outputs drive {technology.output_load_ff:g} fF"),
        ("typical", f"transitions of {technology.typical_transition_ps:g} ps"),
    ):
        console.print(f"{key:<8} {value or 'not stated'}", highlight=False, markup=False)
    table = Table(box=None)
    table.add_column("cell", no_wrap=True)
    table.add_column("function")
    for title in ("area um2", "inputs fF", "leakage nW", "energy fJ"):
        table.add_column(title, justify="right")
    table.add_column("excluded")
    for cell in technology.cells.values():
        facts = _cell(cell)
        loads = facts["inputs_ff"].values()
        energies = [sum(pair) / 2 for pair in facts["energy_fj"].values()]
        table.add_row(
            cell.name,
            facts["function"],
            f"{cell.area_um2:g}",
            f"{min(loads, default=0):g}-{max(loads, default=0):g}",
            f"{cell.leakage_nw:g}",
            f"{max(energies, default=0):.3g}",
            cell.excluded,
        )
    console.print(table)
    for line in (*_left_out(technology), *(f"lacks: {text}" for text in lacks(technology))):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _left_out(technology: Technology) -> Iterator[str]:
    """A line a reason."""
    for reason, names in technology.left_out.items():
        more = ", ..." if len(names) > _NAMED else ""
        yield f"left out ({reason}): {len(names)} ({', '.join(names[:_NAMED])}{more})"


def _console() -> Console:
    """As wide as the terminal; in a pipe, which has no width, wide enough for a cell a line."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def _cell(cell: Cell) -> dict[str, Any]:
    functions = {pin: output.function for pin, output in cell.outputs.items()}
    text = "; ".join(f"{pin} = {function}" for pin, function in functions.items())
    flop = cell.flop
    if flop:
        text += f" ({'rising' if flop.rising else 'falling'} {flop.clock}"
        text += f", clear {flop.clear[0]}" if flop.clear else ""
        text += f", preset {flop.preset[0]}" if flop.preset else ""
        text += ")"
    return {
        "function": text,
        "area_um2": cell.area_um2,
        "leakage_nw": cell.leakage_nw,
        "inputs_ff": {pin: pin_input.capacitance_ff for pin, pin_input in cell.inputs.items()},
        "energy_fj": {pin: list(output.energy_fj) for pin, output in cell.outputs.items()},
        "flip_flop": flop is not None,
        "excluded": cell.excluded,
    }
