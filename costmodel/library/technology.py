"""Technologies: what a cell library says of its cells, distilled and in fixed units.

A `Technology` is what synthesis, timing and energy read; nothing after it sees Liberty again. It is
kept as a JSON file of one line an arc, which a person can review and compare. Units are in the
names: um2, fF, ps, fJ, nW, V.

Numbers are what the library states, reduced: delays and transitions on a coarser grid of input
transition and load, the worst of all conditions (`when`) of an arc; energies and setup times at one
typical point (`Technology.typical_transition_ps` and the load of four inverters).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

__all__ = [
    "Arc",
    "Cell",
    "Flop",
    "Input",
    "Output",
    "Technology",
]

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
