"""From one technology to another: what becomes of a figure that is known for one node only.

Area and energy: the factors of A. Stillmaker and B. Baas, "Scaling equations for the accurate
prediction of CMOS device performance from 180 nm to 7 nm", Integration 58:74-81, 2017. Area goes by
a table of nodes, energy by a polynomial in the supply voltage for each node.

Delay and leakage: the libraries' own gates. The ratio of the delays of their smallest inverters,
each loaded with four of its kind, and of the leakage of their smallest two-input NAND gates.

A node is a name: on three pairs of libraries whose logic was synthesized alike the area factors
were off by 23 to 42 %, and two libraries of "130 nm" differed by a factor of 1.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from costmodel.library.expression import truth_table
from costmodel.library.technology import Arc, Cell, Technology
from costmodel.technologies import load_technology
from hw.errors import RequestError

__all__ = ["NODES_NM", "Factors", "area_factor", "energy_factor", "factors", "fo4_ps"]

#: Nodes of the shipped technologies.
NODES_NM = {"nangate45": 45, "asap7": 7, "sky130hd": 130, "sg13g2": 130}

#: Node: area against 45 nm; and a, b, c of the energy a V**2 + b V + c.
_STILLMAKER_BAAS = {
    130: (6.4, (7.171, -6.709, 2.904)),
    90: (2.8, (4.762, -4.781, 2.092)),
    65: (1.5, (3.755, -4.398, 1.975)),
    45: (1.0, (1.103, -0.362, 0.2767)),
    32: (0.46, (0.9559, -0.7823, 0.471)),
    20: (0.21, (0.373, -0.1582, 0.04104)),
    16: (0.19, (0.2958, -0.1241, 0.03024)),
    14: (0.17, (0.2363, -0.09675, 0.02239)),
    10: (0.10, (0.2068, -0.09311, 0.02375)),
    7: (0.059, (0.1776, -0.09097, 0.02447)),
}


@dataclass(frozen=True)
class Factors:
    """By what figures of one technology are multiplied to stand for another; 1 for itself."""

    area: float
    energy: float
    delay: float
    leakage: float


def area_factor(node_nm: int, to_nm: int) -> float:
    """How much larger the same circuit is at another node.

    Raises:
        RequestError: a node is not in the table.
    """
    return _node(to_nm)[0] / _node(node_nm)[0]


def energy_factor(node_nm: int, voltage_v: float, to_nm: int, to_v: float) -> float:
    """How much more energy the same event takes at another node and supply voltage.

    Raises:
        RequestError: a node is not in the table.
    """
    return _energy(to_nm, to_v) / _energy(node_nm, voltage_v)


@cache
def factors(source: str, target: str, node_nm: int | None = None) -> Factors:
    """From a shipped technology to another one.

    Args:
        source: a shipped technology's name.
        target: a technology, as `load_technology` takes it.
        node_nm: of the target; by default that of a shipped technology.

    Raises:
        RequestError: the node is not known, or the target has no inverter or NAND gate.
    """
    if source == target and node_nm is None:
        return Factors(1.0, 1.0, 1.0, 1.0)
    from_technology, to_technology = load_technology(source), load_technology(target)
    if node_nm is None and target not in NODES_NM:
        raise RequestError(
            f"the node of the technology {target!r} is not known, and memories are scaled by it:"
            f" give one of {', '.join(map(str, _STILLMAKER_BAAS))} nm"
        )
    at = NODES_NM[target] if node_nm is None else node_nm
    return Factors(
        area=area_factor(NODES_NM[source], at),
        energy=energy_factor(
            NODES_NM[source], from_technology.voltage_v, at, to_technology.voltage_v
        ),
        delay=fo4_ps(to_technology) / fo4_ps(from_technology),
        leakage=_smallest(to_technology, 2).leakage_nw / _smallest(from_technology, 2).leakage_nw,
    )


def fo4_ps(technology: Technology) -> float:
    """Delay of the smallest inverter, the mean of its edges, loaded with four of its kind.

    The transition at its input is the library's typical one.
    """
    cell = _smallest(technology, 1)
    (pin,) = cell.inputs.values()
    (output,) = cell.outputs.values()
    (arc,) = output.arcs
    load, transition = 4 * pin.capacitance_ff, technology.typical_transition_ps
    return (_at(arc, arc.rise_ps, transition, load) + _at(arc, arc.fall_ps, transition, load)) / 2


def _at(arc: Arc, grid: tuple[tuple[float, ...], ...], transition: float, load: float) -> float:
    """A table's value, linear between its points."""
    rows = [np.interp(load, arc.loads_ff, row) for row in grid]
    return float(np.interp(transition, arc.transitions_ps, rows))


def _smallest(technology: Technology, inputs: int) -> Cell:
    """The smallest inverter, or NAND gate of so many inputs."""
    cells = [
        cell
        for cell in technology.cells.values()
        if cell.flop is None
        and not cell.excluded
        and len(cell.inputs) == inputs
        and len(cell.outputs) == 1
        and _is_nand(cell)
    ]
    if not cells:
        kind = "inverter" if inputs == 1 else "two-input NAND gate"
        raise RequestError(f"the technology {technology.name!r} has no {kind} to scale memories by")
    return min(cells, key=lambda cell: cell.area_um2)


def _is_nand(cell: Cell) -> bool:
    """It is at 0 if, and only if, all inputs are at 1; of one input, an inverter."""
    (output,) = cell.outputs.values()
    table = truth_table(output.function, list(cell.inputs)).ravel()
    return bool(table[:-1].all() and not table[-1])


def _node(node_nm: int) -> tuple[float, tuple[float, float, float]]:
    if node_nm not in _STILLMAKER_BAAS:
        raise RequestError(
            f"node_nm = {node_nm} is not allowed: it must be one of"
            f" {', '.join(map(str, _STILLMAKER_BAAS))}"
        )
    return _STILLMAKER_BAAS[node_nm]


def _energy(node_nm: int, voltage_v: float) -> float:
    a, b, c = _node(node_nm)[1]
    return (a * voltage_v + b) * voltage_v + c
