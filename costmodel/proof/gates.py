"""The gates that a source becomes before anything is optimised, and where they are undefined.

A source may leave values open: x, an index outside of its word. A netlist made from it may have
anything there. So each net that such a value can reach gets a second one, its *doubt*, which is 1
where the value is open; what is compared is compared where the doubt is 0. Inputs and what
registers start from are 0 or 1, as in hardware.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import product

import numpy as np

from costmodel.library.technology import Cell, Flop, Input, Output, Technology
from costmodel.netlist.netlist import Index, Netlist

__all__ = ["GATES", "UNDEFINED", "with_doubts"]

UNDEFINED = "$undefined"  # a gate without inputs: its output may be anything

_TOLD = {"$_TBUF_": "DA | DE | ~E"}  # where a simulator of the text may leave it open, too
_DOUBT = "$doubt"  # in front of the name of a gate: what computes the doubt of its output

_TEXT = "$text"  # in front of that: what the text as a simulator has it leaves open

#: Each gate's function, and where its output is open; a doubt's pin has a D before the value's.
_LOGIC = {
    UNDEFINED: ("0", "1"),
    "$_BUF_": ("A", "DA"),
    # between gates it marks what is in part outside of a word, where E is 0
    "$_TBUF_": ("A", "DA"),
    "$_NOT_": ("~A", "DA"),
    "$_AND_": ("A & B", "(A | DA) & (B | DB) & (DA | DB)"),
    "$_OR_": ("A | B", "(~A | DA) & (~B | DB) & (DA | DB)"),
    "$_XOR_": ("A ^ B", "DA | DB"),
    "$_XNOR_": ("~(A ^ B)", "DA | DB"),
    "$_MUX_": (
        "(A & ~S) | (B & S)",
        "(DS & (DA | DB | (A ^ B))) | (~DS & ((~S & DA) | (S & DB)))",
    ),
}


def _cell(name: str, inputs: Iterable[str], output: str, function: str) -> Cell:
    return Cell(
        name=name,
        area_um2=0.0,
        leakage_nw=0.0,
        excluded="",
        inputs={pin: Input(0.0, (0.0, 0.0)) for pin in inputs},
        outputs={output: Output(function, 0.0, (0.0, 0.0), ())},
        flop=None,
    )


def _gates() -> list[Cell]:
    cells = []
    for name, (function, doubt) in _LOGIC.items():
        pins = [pin for pin in "ABES" if pin in function + _TOLD.get(name, "")]
        doubts = [f"D{pin}" for pin in pins]
        cells.append(_cell(name, pins, "Y", function))
        cells.append(_cell(_DOUBT + name, [*pins, *doubts], "Y", doubt))
        if name in _TOLD:
            cells.append(_cell(_TEXT + _DOUBT + name, [*pins, *doubts], "Y", _TOLD[name]))
    return cells


def _flop(name: str, pins: str, rising: bool, **forced: tuple[str, int]) -> list[Cell]:
    """A flip-flop, and the one that holds the doubt of its state: whatever forces it ends that."""
    levels = {"clear": None, "preset": None} | forced
    flop = Flop("C", rising, "D", False, **levels, setup_ps=(0.0, 0.0))
    doubt = replace(flop, clear=("R", 1), preset=None)
    return [
        replace(_cell(name, pins, "Q", "state"), flop=flop),
        replace(_cell(_DOUBT + name, "CRD", "Q", "state"), flop=doubt),
    ]


def _flops() -> list[Cell]:
    """By Yosys' names: edge of the clock; level and value of a reset, or levels of both."""
    cells = []
    for edge in "NP":
        rising = edge == "P"
        cells += _flop(f"$_DFF_{edge}_", "CD", rising)
        for level, value in product("NP", "01"):
            forced = {"clear" if value == "0" else "preset": ("R", int(level == "P"))}
            cells += _flop(f"$_DFF_{edge}{level}{value}_", "CRD", rising, **forced)
        for preset, clear in product("NP", "NP"):
            forced = {"clear": ("R", int(clear == "P")), "preset": ("S", int(preset == "P"))}
            cells += _flop(f"$_DFFSR_{edge}{preset}{clear}_", "CSRD", rising, **forced)
    return cells


GATES = Technology(
    name="gates",
    description="the gates of Yosys before mapping",
    source="",
    licence="",
    files={},
    voltage_v=1.0,
    temperature_c=25.0,
    typical_transition_ps=1.0,
    driver="$_BUF_",
    output_load_ff=0.0,
    left_out={},
    cells={cell.name: cell for cell in [*_gates(), *_flops()]},
)


class _Builder:
    """A netlist of gates that more are added to."""

    def __init__(self, netlist: Netlist) -> None:
        self.nets = netlist.nets
        self._numbers = {cell.name: number for number, cell in enumerate(netlist.library)}
        self._library = netlist.library
        self._width = netlist.inputs.shape[1]
        self._rows: list[tuple[int, list[int], int]] = []

    def net(self) -> int:
        """A new net."""
        self.nets += 1
        return self.nets - 1

    def add(self, kind: str, inputs: list[int], output: int | None = None) -> int:
        """A gate; returns the net that it drives."""
        output = self.net() if output is None else output
        number = self._numbers[kind]
        assert len(inputs) == len(self._library[number].inputs)
        self._rows.append((number, inputs + [-1] * (self._width - len(inputs)), output))
        return output

    def extend(self, netlist: Netlist) -> Netlist:
        """The netlist with what was added."""
        if not self._rows:
            return netlist
        kinds, inputs, outputs = (
            np.array(column, dtype=np.int32) for column in zip(*self._rows, strict=True)
        )
        return replace(
            netlist,
            nets=self.nets,
            kinds=np.concatenate([netlist.kinds, kinds]),
            inputs=np.concatenate([netlist.inputs, inputs]),
            outputs=np.concatenate([netlist.outputs, outputs[:, None]]),
            scope=np.concatenate([netlist.scope, np.zeros(len(kinds), np.int32)]),
        )


def with_doubts(
    netlist: Netlist, unknown: Collection[int] = (), text: bool = False
) -> tuple[Netlist, Index]:
    """A netlist of gates with the gates that say where its nets are open.

    Args:
        netlist: of `GATES`.
        unknown: cells of flip-flops whose state is open at first.
        text: also open is what a simulator of the text may leave open.

    Returns:
        The netlist, its first cells and nets those of the given one; and for each of these nets its
        doubt, 0 (the constant) of most.
    """
    pins = [list(cell.inputs) for cell in netlist.library]
    names = [cell.name for cell in netlist.library]
    driven, kinds = netlist.outputs[:, 0].tolist(), netlist.kinds.tolist()
    builder = _Builder(netlist)
    doubts = np.zeros(netlist.nets, dtype=np.int32)
    marks = {number for number, name in enumerate(names) if text and name in _TOLD}
    begin = [*unknown, *np.flatnonzero(np.isin(netlist.kinds, list(marks))).tolist()]
    doubtful = sorted(_doubtful(netlist, begin))
    for cell in doubtful:
        doubts[driven[cell]] = builder.net()
    for cell in doubtful:
        kind = kinds[cell]
        inputs = netlist.inputs[cell, : len(pins[kind])].tolist()
        flop = netlist.library[kind].flop
        if flop:
            nets = dict(zip(pins[kind], inputs, strict=True))
            forced = [
                nets[pin] if level else builder.add("$_NOT_", [nets[pin]])
                for pin, level in filter(None, (flop.clear, flop.preset))
            ]
            reset = builder.add("$_OR_", forced) if len(forced) == 2 else sum(forced)
            inputs = [nets["C"], reset, int(doubts[nets["D"]])]
        else:
            inputs += doubts[inputs].tolist()
        prefix = _TEXT if kind in marks else ""
        builder.add(prefix + _DOUBT + names[kind], inputs, int(doubts[driven[cell]]))
    return builder.extend(netlist), doubts


def _doubtful(netlist: Netlist, begin: Collection[int]) -> set[int]:
    """Cells whose output may be open, if that of some is."""
    readers: dict[int, list[int]] = {}
    for cell, (kind, row) in enumerate(
        zip(netlist.kinds.tolist(), netlist.inputs.tolist(), strict=True)
    ):
        flop = netlist.library[kind].flop
        pins = row if flop is None else [row[list(netlist.library[kind].inputs).index(flop.data)]]
        for net in pins:
            if net > 1:
                readers.setdefault(net, []).append(cell)
    names = [cell.name for cell in netlist.library]
    front = [cell for cell, kind in enumerate(netlist.kinds.tolist()) if names[kind] == UNDEFINED]
    front += begin
    doubtful = set(front)
    while front:
        for reader in readers.get(int(netlist.outputs[front.pop(), 0]), ()):
            if reader not in doubtful:
                doubtful.add(reader)
                front.append(reader)
    return doubtful
