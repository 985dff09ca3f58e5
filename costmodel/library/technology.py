"""Technologies: what a cell library says of its cells, distilled and in fixed units.

A `Technology` is what synthesis, timing and energy read; nothing after it sees Liberty again. It is
kept as a JSON file of one line an arc, which a person can review and compare. Units are in the
names: um2, fF, ps, fJ, nW, V.

Numbers are what the library states, reduced: delays and transitions on a coarser grid of input
transition and load, the worst of all conditions (`when`) of an arc; energies and setup times at one
typical point (`Technology.typical_transition_ps` and the load of four inverters).
"""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hw.errors import RequestError
from sim.reading import read_bytes, read_text
from sim.writing import atomic_write, made_folder

__all__ = [
    "DEFAULT",
    "LARGEST_LIBERTY",
    "Arc",
    "Cell",
    "Flop",
    "Input",
    "Output",
    "Technology",
    "load_technology",
    "shipped",
    "write_technology",
]

#: The technology of commands that name none.
DEFAULT = "nangate45"

#: Bytes of a Liberty file, unpacked.
LARGEST_LIBERTY = 2 << 30

_SHIPPED = Path(__file__).with_name("technologies")

Pair = tuple[float, float]
Grid = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Arc:
    """How an output follows one input; for a flip-flop, how it follows the clock.

    Attributes:
        input: the input pin.
        sense: ``positive`` (output rises when the input rises), ``negative`` or ``both``; of the
            clock's active edge, ``both``.
        transitions_ps: input transitions of the tables' rows, ascending.
        loads_ff: loads of the tables' columns, ascending.
        rise_ps: delay to a rising output, [transition][load].
        fall_ps: delay to a falling output.
        rise_transition_ps: transition of a rising output.
        fall_transition_ps: transition of a falling output.
    """

    input: str
    sense: str
    transitions_ps: tuple[float, ...]
    loads_ff: tuple[float, ...]
    rise_ps: Grid
    fall_ps: Grid
    rise_transition_ps: Grid
    fall_transition_ps: Grid


@dataclass(frozen=True)
class Input:
    """An input pin.

    Attributes:
        capacitance_ff: what it loads its net with.
        energy_fj: internal energy of a rising and a falling edge of this pin that no output
            follows; of a clock pin, of each of its edges.
        edge_capacitance_ff: what it loads a rising and a falling net with, if the library tells
            them apart.
    """

    capacitance_ff: float
    energy_fj: Pair
    edge_capacitance_ff: Pair | None = None


@dataclass(frozen=True)
class Output:
    """An output pin.

    Attributes:
        function: of the input pins, in Verilog's operators ``~ & | ^`` and parentheses; of a
            flip-flop, ``state`` or ``~state``.
        max_load_ff: the largest load that the library allows.
        energy_fj: internal energy of a rising and a falling edge, the mean over its arcs; what
            charges the load is not in it.
        arcs: one for each input that it follows.
    """

    function: str
    max_load_ff: float
    energy_fj: Pair
    arcs: tuple[Arc, ...]


@dataclass(frozen=True)
class Flop:
    """What makes a cell a flip-flop.

    Attributes:
        clock: the clock pin.
        rising: the clock's rising edge is the active one.
        data: the pin whose value is taken.
        data_inverted: its complement is taken.
        clear: the pin that clears the state asynchronously, and its active level; None without.
        preset: the pin that sets it, likewise.
        setup_ps: how long before the clock's edge a rising, a falling data pin must be stable.
    """

    clock: str
    rising: bool
    data: str
    data_inverted: bool
    clear: tuple[str, int] | None
    preset: tuple[str, int] | None
    setup_ps: Pair


@dataclass(frozen=True)
class Cell:
    """A cell of the library: combinational, or a flip-flop.

    Attributes:
        name: as the library calls it.
        area_um2: its area.
        leakage_nw: the mean over its states.
        excluded: why the flow must not use it; empty if it may.
        inputs: by pin.
        outputs: by pin.
        flop: None for a combinational cell.
    """

    name: str
    area_um2: float
    leakage_nw: float
    excluded: str
    inputs: dict[str, Input]
    outputs: dict[str, Output]
    flop: Flop | None


@dataclass(frozen=True)
class Technology:
    """A cell library.

    Attributes:
        name: what it is called here.
        description: library, process and corner, in a line.
        source: where its files come from.
        licence: under which they are.
        files: sha256 of each (uncompressed) file it was distilled from, by name.
        voltage_v: of the supply.
        temperature_c: of the corner.
        typical_transition_ps: where energies and setup times were read.
        driver: the buffer that is taken to drive every input of a design.
        output_load_ff: what every output of a design is taken to be loaded with.
        left_out: cells that are not here, by the reason (latches, tri-state, ...).
        cells: by name.
    """

    name: str
    description: str
    source: str
    licence: str
    files: dict[str, str]
    voltage_v: float
    temperature_c: float
    typical_transition_ps: float
    driver: str
    output_load_ff: float
    left_out: dict[str, tuple[str, ...]]
    cells: dict[str, Cell]

    @cached_property
    def digest(self) -> str:
        """sha256 of the file's text: of all that the flow reads here."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The file's text."""
        from costmodel.library.technology_file import dump

        return dump(self)

    @classmethod
    def from_json(cls, text: str) -> Technology:
        """Undo `to_json`.

        Raises:
            RequestError: the text is no technology's file.
        """
        from costmodel.library.technology_file import parse

        return parse(text)


def shipped() -> list[str]:
    """The names of the technologies that come with macsmith."""
    return sorted(path.stem for path in _SHIPPED.glob("*.json"))


def load_technology(reference: str = DEFAULT) -> Technology:
    """Find a technology.

    Args:
        reference: the name of a shipped one; or the path of a distilled file, ``FILE.json``; or the
            path of a Liberty file, of several with commas between them. Liberty is distilled and
            proved (`costmodel.flow.self_proof`) at its first use and kept in the cache, by content.

    Raises:
        RequestError: there is none, or its file is broken.
    """
    if reference in shipped():
        path = _SHIPPED / f"{reference}.json"
    elif reference.endswith(".json"):
        path = Path(reference)
    elif re.search(r"\.lib(\.gz)?$", reference) or "/" in reference:
        return _distilled([Path(name.strip()) for name in reference.split(",")])
    else:
        near = difflib.get_close_matches(reference, shipped(), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RequestError(
            f"there is no technology {reference!r}: it must be {', '.join(shipped())},"
            f" a file made by 'macsmith technology import', or a Liberty file{hint}"
        )
    text = read_text(path, "technology")
    try:
        return Technology.from_json(text)
    except RequestError as error:
        raise RequestError(f"{path}: {error}") from error


def _distilled(paths: list[Path]) -> Technology:
    """The technology of Liberty files, proved when they are new, from the cache when not."""
    from costmodel.flow.identity import flow_digest
    from costmodel.liberty.text import included_files
    from costmodel.work.cache import cached

    readers = hashlib.sha256()
    packages = Path(__file__).parent, Path(__file__).parents[1] / "liberty"
    for module in sorted(path for package in packages for path in package.glob("*.py")):
        readers.update(module.read_bytes())
    files = []
    for path in paths:
        for part in (path, *included_files(path)):
            text = read_bytes(part, "Liberty", LARGEST_LIBERTY)
            files.append([part.name, hashlib.sha256(text).hexdigest()])

    def distilled() -> str:
        from costmodel.flow.self_proof import prove
        from costmodel.liberty.reader import distil

        technology = distil(re.sub(r"\.lib(\.gz)?$", "", paths[0].name), paths)
        prove(technology)
        return technology.to_json()

    question = {"files": files, "readers": readers.hexdigest(), "flow": flow_digest()}
    return Technology.from_json(cached("technologies", question, distilled))


def write_technology(technology: Technology, path: Path) -> None:
    """Write a technology's file; it appears under its name when it is complete.

    Raises:
        RequestError: it cannot be written.
    """
    with made_folder(path.parent):
        atomic_write(path, technology.to_json())
