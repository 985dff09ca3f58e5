"""Tables on a coarser grid: a few of the library's own points, and energies at one of them.

The points stand at the same positions in every table of a size: those between which the others lie
best where synthesis works, at transitions around the typical one (that of an inverter that drives
four) and loads of up to a quarter of what a cell may drive.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from costmodel.liberty.cells import RawCell
from costmodel.liberty.flops import RawFlop
from costmodel.liberty.pins import Power, RawInput, RawOutput
from costmodel.liberty.tables import Table, choose_points, mean
from costmodel.library.technology import Arc, Cell, Flop, Grid, Input, Output, Pair

__all__ = ["LOADS", "TRANSITIONS", "Reduction", "rounded"]

#: Points of the reduced tables.
TRANSITIONS, LOADS = 4, 3

_DIGITS = 4
_SAMPLES = 200  # tables that the points are chosen by

Floats = NDArray[np.float64]


def rounded(value: float) -> float:
    """A figure with the digits that a technology keeps."""
    return float(f"{value:.{_DIGITS}g}") + 0.0


class Reduction:
    """Brings cells to the common grid.

    Args:
        cells: by which the grid is chosen.
        transition: the typical one, more than 0.
        load: the typical one.
    """

    def __init__(self, cells: list[RawCell], transition: float, load: float) -> None:
        self._typical, self._load = transition, load
        tables: dict[tuple[int, ...], list[tuple[Table, float]]] = defaultdict(list)
        for cell in cells:
            for output in cell.outputs.values():
                for arc in output.arcs:
                    for table in arc.tables:
                        tables[table.values.shape].append((table, output.max_load_ff))
        self._points: dict[tuple[int, int], list[int]] = {}
        for shape in sorted(tables, key=lambda shape: -len(tables[shape])):
            samples = tables[shape][:: max(1, len(tables[shape]) // _SAMPLES)]
            near = [self._near(most) for _, most in samples]
            for axis, count in ((0, TRANSITIONS), (1, LOADS)):
                if shape[axis] > count and (axis, shape[axis]) not in self._points:
                    turned = [(t.turned() if axis else t) for t, _ in samples]
                    points = [(b, a) if axis else (a, b) for a, b in near]
                    # ABC takes the transition a third along the axis for the nominal one when it
                    # maps for delay: it must find the same there as in the library.
                    keep = None if axis else (count // 3, shape[0] // 3)
                    self._points[axis, shape[axis]] = choose_points(
                        turned, points, count, 0.3 * self._typical, keep
                    )

    def _near(self, most: float) -> tuple[Floats, Floats]:
        """Where synthesis works: transitions, and loads of an output."""
        transitions = np.geomspace(self._typical / 4, self._typical * 4, 7)
        return transitions, np.linspace(most / 60, most / 4, 7)

    def _axis(self, points: Floats, axis: int, largest: float) -> Floats:
        """The points to keep of an axis; more than it has are put between and beyond."""
        count = (TRANSITIONS, LOADS)[axis]
        if len(points) > count:
            evenly = np.linspace(0, len(points) - 1, count).round().astype(int).tolist()
            return points[self._points.get((axis, len(points)), evenly)]
        if len(points) == 1:
            return np.linspace(0.0, largest or 1.0, count)
        return np.interp(np.linspace(0, len(points) - 1, count), np.arange(len(points)), points)

    def cell(self, raw: RawCell) -> Cell:
        """A cell on the grid."""
        return Cell(
            name=raw.name,
            area_um2=float(f"{raw.area_um2:.7g}"),
            leakage_nw=rounded(raw.leakage_nw),
            excluded=raw.excluded,
            inputs={pin: self._input(raw_input) for pin, raw_input in raw.inputs.items()},
            outputs={
                pin: self._output(raw.functions[pin], raw_output)
                for pin, raw_output in raw.outputs.items()
            },
            flop=raw.flop and self._flop(raw.flop),
        )

    def _flop(self, raw: RawFlop) -> Flop:
        rise, fall = (rounded(table.at(self._typical, self._typical)) for table in raw.setup)
        return Flop(
            clock=raw.clock,
            rising=raw.rising,
            data=raw.data,
            data_inverted=raw.data_inverted,
            clear=raw.clear,
            preset=raw.preset,
            setup_ps=(rise, fall),
        )

    def _input(self, raw: RawInput) -> Input:
        capacitance = rounded(raw.capacitance_ff)
        edges = raw.edges_ff and (rounded(raw.edges_ff[0]), rounded(raw.edges_ff[1]))
        same = edges == (capacitance, capacitance)
        return Input(capacitance, self._energy(raw.power), None if same else edges)

    def _output(self, function: str, raw: RawOutput) -> Output:
        arcs = []
        if raw.arcs:
            base = max(
                (table for arc in raw.arcs for table in arc.tables), key=lambda t: t.values.size
            )
            first = self._axis(base.first, 0, 2 * self._typical)
            second = self._axis(base.second, 1, raw.max_load_ff)
            axes = tuple(tuple(map(rounded, axis)) for axis in (first, second))
            for arc in raw.arcs:
                grids = [_grid(table.sampled(first, second)) for table in arc.tables]
                arcs.append(Arc(arc.input, arc.sense, axes[0], axes[1], *grids))
        return Output(
            function=function,
            max_load_ff=rounded(raw.max_load_ff),
            energy_fj=self._energy(raw.power),
            arcs=tuple(arcs),
        )

    def _energy(self, power: tuple[Power, ...]) -> Pair:
        """Mean over the states of the cell, then over the inputs; the sum over the rails."""
        edges = []
        for edge in ("rise", "fall"):
            rails: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
            for internal_power in power:
                table: Table | None = getattr(internal_power, edge)
                if table is not None:
                    value = table.at(self._typical, self._load)
                    rails[internal_power.rail][internal_power.related].append(value)
            total = sum(mean(map(mean, related.values())) for related in rails.values())
            edges.append(rounded(total))
        return edges[0], edges[1]


def _grid(values: Floats) -> Grid:
    return tuple(tuple(map(rounded, row)) for row in values)
