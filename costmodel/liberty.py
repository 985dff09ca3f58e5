"""From Liberty files to a technology: units, cells, and tables on a coarser grid.

The grid keeps a few of the library's own points, at the same positions in every table of its size:
those from which the others are interpolated best where synthesis works, at transitions around that
of an inverter that drives four, and at loads of up to a quarter of what a cell may drive.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from costmodel.expression import literal
from costmodel.liberty_cells import (
    CellReader,
    LeftOutError,
    Power,
    RawCell,
    RawInput,
    RawOutput,
    Units,
)
from costmodel.liberty_text import LibertyFile, arguments, attribute
from costmodel.tables import Table, choose_points, mean
from costmodel.technology import Arc, Cell, Flop, Grid, Input, Output, Pair, Technology
from hw.errors import RequestError

__all__ = ["LOADS", "TRANSITIONS", "distil"]

#: Points of the reduced tables.
TRANSITIONS, LOADS = 4, 3

_DIGITS = 4
_SAMPLES = 200  # tables that the points are chosen by
_TIME_PS = {"fs": 1e-3, "ps": 1.0, "ns": 1e3, "us": 1e6}
_LOAD_FF = {"ff": 1.0, "pf": 1e3}
_POWER_NW = {"pW": 1e-3, "nW": 1.0, "uW": 1e3, "mW": 1e6}
_VOLTAGE_V = {"mV": 1e-3, "V": 1.0}

Floats = NDArray[np.float64]


def distil(
    name: str,
    paths: Sequence[Path],
    *,
    description: str = "",
    source: str = "",
    licence: str = "",
    exclude: Sequence[str] = (),
    driver: str = "",
    output_load_ff: float | None = None,
) -> Technology:
    """Read Liberty files, which together are one library.

    Args:
        name: what the technology is called.
        paths: the files, compressed by gzip or not.
        description: library, process and corner; by default what the files say.
        source: where the files come from.
        licence: under which they are.
        exclude: patterns (``*xp*``) of cells that a flow must not use.
        driver: the buffer that drives a design's inputs; by default the smallest.
        output_load_ff: the load of a design's outputs; by default four inverters.

    Raises:
        RequestError: a file is no Liberty, or something in it is broken or absurd.
    """
    files = [LibertyFile(path) for path in paths]
    raw: dict[str, RawCell] = {}
    left_out: dict[str, list[str]] = defaultdict(list)
    for file in files:
        reader = CellReader(file, _units(file))
        for group in file.library.get_groups("cell"):
            cell = (arguments(group) or [""])[0]
            if not cell or cell in raw:
                raise file.fault(group, f"the cell {cell!r} has no name, or that of another cell")
            pattern = next((each for each in exclude if fnmatchcase(cell, each)), None)
            try:
                raw[cell] = reader.read(group, f"excluded by {pattern}" if pattern else "")
            except LeftOutError as reason:
                left_out[str(reason)].append(cell)
    where = ", ".join(map(str, paths))
    usable = [cell for cell in raw.values() if not cell.excluded]
    inverter = _smallest(usable, "~")
    if inverter is None:
        raise RequestError(f"{where}: a technology needs an inverter, and there is none to be used")
    if not any(cell.flop for cell in usable):
        raise RequestError(f"{where}: a technology needs a flip-flop, and there is none to be used")
    driver = driver or getattr(_smallest(usable, ""), "name", inverter.name)
    if driver not in raw or not _is_single(raw[driver]):
        raise RequestError(f"{where}: the driver {driver} is no cell of one input and one output")
    load = 4 * next(iter(inverter.inputs.values())).capacitance_ff
    transition = _typical_transition(inverter, load)
    reduction = _Reduction(usable, transition, load)
    library = files[0].library
    conditions = [(file.number(file.library, "nom_voltage"), file) for file in files]
    voltage, temperature = (files[0].number(library, f"nom_{what}") for what in _NOMINAL)
    if voltage is None or not 0 < voltage * _units(files[0]).voltage_v < 100:
        raise files[0].fault(
            library, f"nom_voltage = {voltage} is not allowed: it must be 0 to 100 V"
        )
    for other, file in conditions:
        if other != voltage:
            raise file.fault(file.library, f"nom_voltage = {other}, in {files[0].name} {voltage}")
    return Technology(
        name=name,
        description=description or arguments(library)[0],
        source=source,
        licence=licence,
        files={file.name: file.sha256 for file in files},
        voltage_v=voltage * _units(files[0]).voltage_v,
        temperature_c=25.0 if temperature is None else temperature,
        typical_transition_ps=_rounded(transition),
        driver=driver,
        output_load_ff=_rounded(load) if output_load_ff is None else output_load_ff,
        left_out={reason: tuple(sorted(cells)) for reason, cells in sorted(left_out.items())},
        cells={cell: reduction.cell(raw[cell]) for cell in sorted(raw)},
    )


_NOMINAL = ("voltage", "temperature")


def _units(file: LibertyFile) -> Units:
    library = file.library
    found = {}
    for key, known in (
        ("time_unit", _TIME_PS),
        ("leakage_power_unit", _POWER_NW),
        ("voltage_unit", _VOLTAGE_V),
    ):
        found[key] = _unit(file, key, attribute(library, key), known)
    load = library.get_attributes("capacitive_load_unit")
    text = "".join(str(getattr(each, "value", each)) for each in load[0]) if load else None
    found["load"] = _unit(file, "capacitive_load_unit", text, _LOAD_FF)
    return Units(
        found["time_unit"], found["load"], found["leakage_power_unit"], found["voltage_unit"]
    )


def _unit(file: LibertyFile, key: str, text: str | None, known: dict[str, float]) -> float:
    allowed = " or ".join(f"1{unit}" for unit in known)
    if text is None:
        raise file.fault(file.library, f"the library states no {key}: it must be, say, {allowed}")
    match = re.fullmatch(r"([\d.]+(?:e[+-]?\d+)?)\s*([a-z]+)", text.strip(), re.IGNORECASE)
    units = {unit.lower(): factor for unit, factor in known.items()}
    if match is None or match[2].lower() not in units or not 1e-3 <= float(match[1]) <= 1e3:
        raise file.fault(file.library, f"{key} = {text} is not allowed: it must be, say, {allowed}")
    return float(match[1]) * units[match[2].lower()]


def _is_single(cell: RawCell) -> bool:
    return cell.flop is None and len(cell.inputs) == len(cell.outputs) == 1


def _smallest(cells: Iterable[RawCell], sign: str) -> RawCell | None:
    """The smallest inverter (``~``) or buffer (nothing)."""
    found = []
    for cell in cells:
        if _is_single(cell):
            meaning = literal(next(iter(cell.outputs.values())).function)
            if meaning is not None and meaning[1] == bool(sign):
                load = next(iter(cell.inputs.values())).capacitance_ff
                found.append((cell.area_um2, load, cell.name, cell))
    return min(found)[3] if found else None


def _typical_transition(inverter: RawCell, load: float) -> float:
    """The transition in a long chain of inverters that each drive four."""
    (output,) = inverter.outputs.values()
    rise, fall = output.arcs[0].tables[2:]
    transition = float(rise.first[0])
    for _ in range(30):
        transition = max(0.0, (rise.at(transition, load) + fall.at(transition, load)) / 2)
    return transition


class _Reduction:
    """Brings cells to the common grid."""

    def __init__(self, cells: list[RawCell], transition: float, load: float) -> None:
        self._transition, self._load = transition, load
        tables: dict[tuple[int, ...], list[tuple[Table, float]]] = defaultdict(list)
        for cell in cells:
            for output in cell.outputs.values():
                for arc in output.arcs:
                    for table in arc.tables:
                        tables[table.values.shape].append((table, output.max_load_ff))
        self._points: dict[tuple[int, int], list[int]] = {}
        for shape in sorted(tables, key=lambda shape: -len(tables[shape])):
            some = tables[shape][:: max(1, len(tables[shape]) // _SAMPLES)]
            near = [self._near(most) for _, most in some]
            for axis, count in ((0, TRANSITIONS), (1, LOADS)):
                if shape[axis] > count and (axis, shape[axis]) not in self._points:
                    turned = [(t.turned() if axis else t) for t, _ in some]
                    points = [each[::-1] if axis else each for each in near]
                    self._points[axis, shape[axis]] = choose_points(
                        turned, points, count, 0.3 * transition
                    )

    def _near(self, most: float) -> tuple[Floats, Floats]:
        """Where synthesis works: transitions, and loads of an output."""
        typical = self._transition
        return np.geomspace(typical / 4, typical * 4, 7), np.linspace(most / 60, most / 4, 7)

    def _axis(self, points: Floats, axis: int, largest: float) -> Floats:
        """The points to keep of an axis; more than it has are put between and beyond."""
        count = (TRANSITIONS, LOADS)[axis]
        if len(points) > count:
            return points[self._points[axis, len(points)]]
        if len(points) == 1:
            return np.linspace(0.0, largest or 1.0, count)
        return np.interp(np.linspace(0, len(points) - 1, count), np.arange(len(points)), points)

    def cell(self, raw: RawCell) -> Cell:
        flop = raw.flop
        if flop is not None:
            setup = tuple(_rounded(t.at(self._transition, self._transition)) for t in flop.setup)
        return Cell(
            name=raw.name,
            area_um2=float(f"{raw.area_um2:.7g}"),
            leakage_nw=_rounded(raw.leakage_nw),
            excluded=raw.excluded,
            inputs={pin: self._input(each) for pin, each in raw.inputs.items()},
            outputs={pin: self._output(output) for pin, output in raw.outputs.items()},
            flop=flop
            and Flop(
                clock=flop.clock,
                rising=flop.rising,
                data=flop.data,
                data_inverted=flop.data_inverted,
                clear=flop.clear,
                preset=flop.preset,
                setup_ps=(setup[0], setup[1]),
            ),
        )

    def _input(self, raw: RawInput) -> Input:
        capacitance = _rounded(raw.capacitance_ff)
        edges = raw.edges_ff and (_rounded(raw.edges_ff[0]), _rounded(raw.edges_ff[1]))
        same = edges == (capacitance, capacitance)
        return Input(capacitance, self._energy(raw.power), None if same else edges)

    def _output(self, raw: RawOutput) -> Output:
        arcs = []
        if raw.arcs:
            base = max(
                (table for arc in raw.arcs for table in arc.tables), key=lambda t: t.values.size
            )
            first = self._axis(base.first, 0, 2 * self._transition)
            second = self._axis(base.second, 1, raw.max_load_ff)
            axes = tuple(tuple(map(_rounded, axis)) for axis in (first, second))
            for arc in raw.arcs:
                grids = [_grid(table.sampled(first, second)) for table in arc.tables]
                arcs.append(Arc(arc.input, arc.sense, axes[0], axes[1], *grids))
        return Output(
            function=raw.function,
            max_load_ff=_rounded(raw.max_load_ff),
            energy_fj=self._energy(raw.power),
            arcs=tuple(arcs),
        )

    def _energy(self, power: tuple[Power, ...]) -> Pair:
        """Mean over the states of the cell, then over the inputs; the sum over the rails."""
        edges = []
        for edge in ("rise", "fall"):
            rails: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
            for each in power:
                table: Table | None = getattr(each, edge)
                if table is not None:
                    value = table.at(self._transition, self._load)
                    rails[each.rail][each.related].append(value)
            total = sum(mean(map(mean, related.values())) for related in rails.values())
            edges.append(_rounded(total))
        return edges[0], edges[1]


def _grid(values: Floats) -> Grid:
    return tuple(tuple(map(_rounded, row)) for row in values)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") + 0.0
