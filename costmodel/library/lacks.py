"""What a technology lacks: figures that its library does not state, which count as nothing."""

from __future__ import annotations

from collections.abc import Callable

from costmodel.library.technology import Cell, Technology

__all__ = ["lacks"]

_NAMED = 3  # cells that a sentence names


def lacks(technology: Technology) -> list[str]:
    """A sentence for each kind of figure that usable cells do not have."""
    usable = [cell for cell in technology.cells.values() if not cell.excluded]
    sentences = []
    for figure, consequence, missing in _FIGURES:
        names = [cell.name for cell in usable if missing(cell)]
        concerned = [cell for cell in usable if cell.inputs]
        if names and len(names) >= len(concerned):
            sentences.append(f"no cell states {figure}: {consequence}")
        elif names:
            shown = ", ".join(names[:_NAMED])
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            sentences.append(f"cells without {figure}, which counts as 0: {shown}{more}")
    return sentences


def _no_leakage(cell: Cell) -> bool:
    return bool(cell.inputs) and cell.leakage_nw == 0.0


def _no_energy(cell: Cell) -> bool:
    pins = (*cell.inputs.values(), *cell.outputs.values())
    return bool(cell.inputs) and not any(any(pin.energy_fj) for pin in pins)


def _no_load(cell: Cell) -> bool:
    return any(pin.capacitance_ff == 0.0 for pin in cell.inputs.values())


def _no_transition(cell: Cell) -> bool:
    arcs = [arc for output in cell.outputs.values() for arc in output.arcs]
    rows = [row for arc in arcs for row in (*arc.rise_transition_ps, *arc.fall_transition_ps)]
    return bool(rows) and not any(map(any, rows))


_FIGURES: tuple[tuple[str, str, Callable[[Cell], bool]], ...] = (
    ("leakage", "leakage will be 0", _no_leakage),
    ("internal power", "energy will be that of charging nets alone", _no_energy),
    ("input capacitance", "delays and energies will be too small", _no_load),
    ("output transition", "delays will be those at inputs without one", _no_transition),
)
