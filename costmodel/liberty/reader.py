"""From Liberty files to a technology."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from costmodel.liberty.cells import RawCell
from costmodel.liberty.reduction import Reduction, rounded
from costmodel.liberty.selection import Selection, select
from costmodel.liberty.text import LibertyFile, attribute
from costmodel.liberty.units import Units
from costmodel.library.expression import substituted, truth_table
from costmodel.library.technology import Technology
from costmodel.library.technology_check import check_technology
from hw.errors import RequestError

__all__ = ["distil"]

Warn = Callable[[str], None]

_LEAST_PS = 1e-3  # of the typical transition
_FEWEST_FUNCTIONS = 3  # ABC takes no library of fewer
_warn: Warn = logging.getLogger("macsmith").warning


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
    warn: Warn = _warn,
) -> Technology:
    """Read Liberty files, which together are one library.

    A cell that a technology does not hold, or that is broken, is left out, and the rest is read.

    Args:
        name: what the technology is called.
        paths: the files, compressed by gzip or not.
        description: library, process and corner; by default what the files say.
        source: where the files come from.
        licence: under which they are.
        exclude: patterns (``*xp*``) of cells that a flow must not use.
        driver: the buffer that drives a design's inputs; by default the smallest.
        output_load_ff: the load of a design's outputs; by default four inverters.
        warn: is told, in a sentence each, of what was taken in place of something missing, of
            broken cells, and of patterns that match nothing.

    Raises:
        RequestError: a file is no Liberty, something in it that concerns all cells is missing,
            broken or absurd, or the cells that may be used make no circuit.
    """
    files = [LibertyFile(path) for path in paths]
    units = [Units.of(file, warn) for file in files]
    voltage, temperature = _conditions(files, units, warn)
    selection = select(files, units, exclude, warn)
    where = ", ".join(map(str, paths))
    inverter = _needed(selection, where)
    buffer = _smallest(selection.usable, inverted=False) or inverter
    driver = driver or buffer.name
    if driver not in selection.cells or not _is_single(selection.cells[driver]):
        raise RequestError(
            f"the driver {driver} is not allowed: it must be a cell of {where} with one input and"
            f" one output, such as {buffer.name}"
        )
    load = 4 * next(iter(inverter.inputs.values())).capacitance_ff
    transition = max(_typical_transition(inverter, load), _LEAST_PS)
    reduction = Reduction(selection.usable, transition, load)
    left_out = sorted(selection.left_out.items())
    technology = Technology(
        name=name,
        description=description or " ".join(files[0].library.args) or files[0].name,
        source=source,
        licence=licence,
        files={name: digest for file in files for name, digest in file.files.items()},
        voltage_v=voltage,
        temperature_c=temperature,
        typical_transition_ps=rounded(transition),
        driver=driver,
        output_load_ff=rounded(load if output_load_ff is None else output_load_ff),
        left_out={reason: tuple(sorted(cells)) for reason, cells in left_out},
        cells={cell.name: reduction.cell(cell) for _, cell in sorted(selection.cells.items())},
    )
    try:
        check_technology(technology)
    except RequestError as error:
        raise RequestError(f"{where}: {error}") from error
    return technology


def _needed(selection: Selection, where: str) -> RawCell:
    """The smallest inverter.

    Raises:
        RequestError: what ABC makes circuits of is not among the cells that may be used: an
            inverter, a gate that is an AND or OR of two inputs but for inverters, and logic of
            three functions; or there is no flip-flop.
    """
    usable = selection.usable
    if not usable:
        raise RequestError(f"{where}: {selection.lacking('cells')}")
    inverter = _smallest(usable, inverted=True)
    if inverter is None:
        raise RequestError(f"{where}: {selection.lacking('an inverter')}")
    if not any(cell.flop for cell in usable):
        reason = selection.lacking("a flip-flop", selection.sequential)
        raise RequestError(f"{where}: {reason}")
    if not any(map(_is_gate, usable)):
        reason = selection.lacking("a gate of two inputs such as a NAND")
        raise RequestError(f"{where}: {reason}")
    logic = {_meaning(cell): cell.name for cell in usable if _is_logic(cell)}
    if len(logic) < _FEWEST_FUNCTIONS:
        raise RequestError(
            f"{where}: a technology needs logic of {_FEWEST_FUNCTIONS} functions that may be used,"
            f" such as a buffer or another gate besides {' and '.join(logic.values())}"
        )
    return inverter


def _conditions(
    files: Sequence[LibertyFile], units: Sequence[Units], warn: Warn
) -> tuple[float, float]:
    """Voltage in V and temperature in degrees, the same in all files."""
    conditions = []
    for file, unit in zip(files, units, strict=True):
        voltage = _nominal(file, "voltage")
        if voltage is None:
            raise file.fault(file.library, "the library states no nom_voltage")
        volts = voltage * unit.voltage_v
        if not 0 < volts <= 100:
            raise file.fault(
                file.library, f"nom_voltage = {voltage:g} is not allowed: it must be up to 100 V"
            )
        temperature = _nominal(file, "temperature")
        if temperature is None:
            temperature = 25.0
            reason = "the library states no nom_temperature: 25 C is taken"
            warn(str(file.fault(file.library, reason)))
        conditions.append((rounded(volts), temperature))
        if conditions[-1] != conditions[0]:
            raise file.fault(
                file.library,
                f"the library is at {conditions[-1][0]:g} V and {conditions[-1][1]:g} C,"
                f" {files[0].name} at {conditions[0][0]:g} V and {conditions[0][1]:g} C:"
                " files of one technology must agree",
            )
    return conditions[0]


def _nominal(file: LibertyFile, name: str) -> float | None:
    """What the header states, else its operating conditions, the default of several."""
    nominal = file.number(file.library, f"nom_{name}")
    if nominal is not None:
        return nominal
    default = attribute(file.library, "default_operating_conditions")
    groups = file.library.get_groups("operating_conditions")
    if len(groups) > 1:
        groups = [group for group in groups if default in group.args]
    return file.number(groups[0], name) if groups else None


def _is_logic(cell: RawCell) -> bool:
    return cell.flop is None and len(cell.outputs) == 1


def _meaning(cell: RawCell) -> str:
    """The function of a cell's output, in which the names of pins do not matter."""
    (function,) = cell.functions.values()
    return substituted(function, {pin: f"p{number}" for number, pin in enumerate(cell.inputs)})


def _is_gate(cell: RawCell) -> bool:
    """Whether a cell is an AND or OR of two inputs, with inverters or without."""
    return _is_logic(cell) and len(cell.inputs) == 2 and sum(_values(cell)) in {1, 3}


def _values(cell: RawCell) -> list[bool]:
    """What the output of logic is for all values of its inputs."""
    (function,) = cell.functions.values()
    return truth_table(function, list(cell.inputs)).ravel().tolist()


def _is_single(cell: RawCell) -> bool:
    return _is_logic(cell) and len(cell.inputs) == 1


def _smallest(cells: Iterable[RawCell], *, inverted: bool) -> RawCell | None:
    """The smallest inverter or buffer; of two of a size, that which loads its net less."""
    candidates = {}
    for cell in cells:
        if _is_single(cell) and _values(cell) == [inverted, not inverted]:
            load = next(iter(cell.inputs.values())).capacitance_ff
            candidates[cell.area_um2, load, cell.name] = cell
    return candidates[min(candidates)] if candidates else None


def _typical_transition(inverter: RawCell, load: float) -> float:
    """The transition in a long chain of inverters that each drive four."""
    (output,) = inverter.outputs.values()
    rise, fall = output.arcs[0].tables[2:]
    transition = float(rise.first[0])
    for _ in range(30):
        transition = max(0.0, (rise.at(transition, load) + fall.at(transition, load)) / 2)
    return transition
