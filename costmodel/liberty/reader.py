"""From Liberty files to a technology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from costmodel.liberty.cells import CellReader, LeftOutError, RawCell
from costmodel.liberty.reduction import Reduction, rounded
from costmodel.liberty.text import LibertyFile
from costmodel.liberty.units import Units
from costmodel.library.expression import literal
from costmodel.library.technology import Technology
from hw.errors import RequestError

__all__ = ["distil"]


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
    raw, left_out = _cells(files, exclude)
    usable = [cell for cell in raw.values() if not cell.excluded]
    where = ", ".join(map(str, paths))
    inverter = _smallest(usable, inverted=True)
    if inverter is None:
        raise RequestError(f"{where}: a technology needs an inverter that may be used, found none")
    if not any(cell.flop for cell in usable):
        raise RequestError(f"{where}: a technology needs a flip-flop that may be used, found none")
    buffer = _smallest(usable, inverted=False) or inverter
    driver = driver or buffer.name
    if driver not in raw or not _is_single(raw[driver]):
        raise RequestError(
            f"the driver {driver} is not allowed: it must be a cell of {where} with one input and"
            f" one output, such as {buffer.name}"
        )
    load = 4 * next(iter(inverter.inputs.values())).capacitance_ff
    transition = _typical_transition(inverter, load)
    reduction = Reduction(usable, transition, load)
    voltage, temperature = _conditions(files)
    return Technology(
        name=name,
        description=description or files[0].library.args[0],
        source=source,
        licence=licence,
        files={name: digest for file in files for name, digest in file.files.items()},
        voltage_v=voltage,
        temperature_c=temperature,
        typical_transition_ps=rounded(transition),
        driver=driver,
        output_load_ff=rounded(load if output_load_ff is None else output_load_ff),
        left_out={reason: tuple(sorted(cells)) for reason, cells in sorted(left_out.items())},
        cells={cell: reduction.cell(raw[cell]) for cell in sorted(raw)},
    )


def _cells(
    files: Sequence[LibertyFile], exclude: Sequence[str]
) -> tuple[dict[str, RawCell], dict[str, list[str]]]:
    """The cells of all files, and the names of those left out, by the reason."""
    cells: dict[str, RawCell] = {}
    left_out: dict[str, list[str]] = defaultdict(list)
    for file in files:
        reader = CellReader(file, Units.of(file))
        for group in file.library.get_groups("cell"):
            name = (group.args or [""])[0]
            if not name or name in cells:
                raise file.fault(group, f"the cell {name!r} has no name, or that of another cell")
            pattern = next((glob for glob in exclude if fnmatchcase(name, glob)), None)
            try:
                cells[name] = reader.read(group, f"excluded by {pattern}" if pattern else "")
            except LeftOutError as reason:
                left_out[str(reason)].append(name)
    return cells, left_out


def _conditions(files: Sequence[LibertyFile]) -> tuple[float, float]:
    """Voltage in V and temperature in degrees, the same in all files."""
    conditions = []
    for file in files:
        voltage, temperature = (
            file.number(file.library, f"nom_{name}") for name in ("voltage", "temperature")
        )
        volts = (voltage or 0.0) * Units.of(file).voltage_v
        if not 0 < volts <= 100:
            raise file.fault(
                file.library, f"nom_voltage = {voltage} is not allowed: it must be up to 100 V"
            )
        conditions.append((rounded(volts), 25.0 if temperature is None else temperature))
        if conditions[-1] != conditions[0]:
            raise file.fault(
                file.library,
                f"the library is at {conditions[-1][0]:g} V and {conditions[-1][1]:g} C,"
                f" {files[0].name} at {conditions[0][0]:g} V and {conditions[0][1]:g} C:"
                " files of one technology must agree",
            )
    return conditions[0]


def _is_single(cell: RawCell) -> bool:
    return cell.flop is None and len(cell.inputs) == len(cell.outputs) == 1


def _smallest(cells: Iterable[RawCell], *, inverted: bool) -> RawCell | None:
    """The smallest inverter or buffer; of two of a size, that which loads its net less."""
    candidates = {}
    for cell in cells:
        meaning = literal(*cell.functions.values()) if _is_single(cell) else None
        if meaning is not None and meaning[1] == inverted:
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
