"""One circuit of two netlists, whose outputs are 1 where the two differ; and ABC's answer to it.

Both take the same inputs, and registers that match are cut: their state is an input, and what they
take next is compared like an output. So equal answers to all inputs are equal answers for ever.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.library.expression import truth_table
from costmodel.netlist.netlist import Index, Netlist
from costmodel.proof.machine import Registers
from costmodel.proof.pair import Pair

__all__ = ["Answer", "solve"]


@dataclass(frozen=True)
class Answer:
    """What a solver says.

    Attributes:
        equal: the two never differ; None if it could not say.
        ones: where they do: ports and positions that are 1, registers as ("", number).
    """

    equal: bool | None
    ones: frozenset[tuple[str, int]] = frozenset()


class _Sheet:
    """A circuit in BLIF that is being written."""

    def __init__(self) -> None:
        self.lines = [".names zero", ".names one", "1"]
        self._signals = 0

    def gate(self, inputs: list[str], rows: tuple[str, ...]) -> str:
        """A gate by the rows for which it is 1."""
        self._signals += 1
        name = f"s{self._signals}"
        self.lines += [f".names {' '.join(inputs)} {name}", *rows]
        return name

    def copy(self, name: str, signal: str, inverted: bool = False) -> None:
        """A name for a signal or its complement."""
        self.lines += [f".names {signal} {name}", "0 1" if inverted else "1 1"]


@dataclass(frozen=True)
class _Signals:
    """Signals of a sheet, with the operators of words, element by element."""

    sheet: _Sheet
    names: list[str]

    def _with(self, other: _Signals, *rows: str) -> _Signals:
        pairs = zip(self.names, other.names, strict=True)
        return _Signals(self.sheet, [self.sheet.gate([a, b], rows) for a, b in pairs])

    def __and__(self, other: _Signals) -> _Signals:
        return self._with(other, "11 1")

    def __or__(self, other: _Signals) -> _Signals:
        return self._with(other, "1- 1", "-1 1")

    def __xor__(self, other: _Signals) -> _Signals:
        return self._with(other, "10 1", "01 1")

    def __invert__(self) -> _Signals:
        return _Signals(self.sheet, [self.sheet.gate([name], ("0 1",)) for name in self.names])


@dataclass(frozen=True)
class _Side:
    """A netlist on a sheet: net n is the signal ``<prefix>n``."""

    sheet: _Sheet
    prefix: str

    def get(self, nets: Index) -> _Signals:
        constants = {-1: "zero", 0: "zero", 1: "one"}
        names = [constants.get(net, f"{self.prefix}{net}") for net in nets.tolist()]
        return _Signals(self.sheet, names)

    def flip(self, signals: _Signals, mask: NDArray[np.bool_]) -> _Signals:
        names = [
            self.sheet.gate([name], ("0 1",)) if low else name
            for name, low in zip(signals.names, mask.tolist(), strict=True)
        ]
        return _Signals(self.sheet, names)

    def draw(self, netlist: Netlist) -> None:
        """The logic of a netlist."""
        tables = {
            (kind, position): _rows(cell, output.function)
            for kind, cell in enumerate(netlist.library)
            if cell.flop is None
            for position, output in enumerate(cell.outputs.values())
        }
        rows = zip(
            netlist.kinds.tolist(), netlist.inputs.tolist(), netlist.outputs.tolist(), strict=True
        )
        for kind, inputs, outputs in rows:
            for position, net in enumerate(outputs):
                if net > 1 and (kind, position) in tables:
                    pins = self.get(np.array(inputs[: len(netlist.library[kind].inputs)])).names
                    self.sheet.lines.append(f".names {' '.join(pins)} {self.prefix}{net}")
                    self.sheet.lines += tables[kind, position]


@cache
def _table(function: str, pins: tuple[str, ...]) -> tuple[str, ...]:
    """Rows of a function in BLIF: those for which it is 1."""
    ones = np.argwhere(truth_table(function, list(pins)))
    return tuple(f"{''.join(map(str, row))} 1".strip() for row in ones.tolist())


def _rows(cell: Any, function: str) -> tuple[str, ...]:
    return _table(function, tuple(cell.inputs))


def solve(pair: Pair, folder: Path, seconds: float) -> Answer:
    """Ask ABC whether the two ever differ.

    Args:
        pair: whose registers all match.
        folder: for temporary files.
        seconds: how long it may take.
    """
    text, inputs = _miter(pair)
    (folder / "miter.blif").write_text(text)
    answer = folder / "counterexample"
    # the sweep proves what the two have in common from the inputs on; the rest is left to a solver
    commands = ("read_blif miter.blif", "strash", "&get -n", "&fraig -y", "&put", "orpos", "iprove")
    script = "; ".join([*commands, f"write_cex -n {answer.name}"])
    try:
        done = subprocess.run(
            [str(_abc()), "-q", script],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(equal=None)
    if "UNSATISFIABLE" in done.stdout:
        return Answer(equal=True)
    if "SATISFIABLE" not in done.stdout or not answer.exists():
        return Answer(equal=None)
    rows = re.findall(r"^i(\d+)@0=([01])$", answer.read_text(), re.MULTILINE)
    ones = {inputs[int(number)] for number, value in rows if value == "1"}
    return Answer(equal=False, ones=frozenset(ones))


@cache
def _abc() -> Path:
    spec = importlib.util.find_spec("pyosys")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("yosys-abc")


def _miter(pair: Pair) -> tuple[str, list[tuple[str, int]]]:
    """BLIF of the circuit whose outputs are the differences.

    Returns:
        The text; and for each of its inputs a port and a position in it, or for the state of a
        register of the netlist "" and which one.
    """
    sheet = _Sheet()
    source, mapped = _Side(sheet, "a"), _Side(sheet, "m")
    inputs: list[tuple[str, int]] = []

    def place(what: tuple[str, int]) -> str:
        inputs.append(what)
        return f"i{len(inputs) - 1}"

    for port, (way, nets) in pair.source.ports.items():
        if way == "input":
            others = pair.mapped.ports[port][1].tolist()
            for position, (net, other) in enumerate(zip(nets.tolist(), others, strict=True)):
                name = place((port, position))
                sheet.copy(f"a{net}", name)
                sheet.copy(f"m{other}", name)
    registers = Registers.of(pair.mapped)
    states = [place(("", number)) for number in range(len(registers.cells))]
    _hold(sheet, "m", registers, dict(enumerate(zip(states, [False] * len(states), strict=True))))
    matching = pair.matching
    rows = zip(
        matching.source.tolist(),
        matching.mapped.tolist(),
        matching.complement.tolist(),
        strict=True,
    )
    held = {ours: (states[theirs], complement) for ours, theirs, complement in rows}
    fixed = zip(matching.constant.tolist(), matching.values.tolist(), strict=True)
    held |= {number: ("one" if value else "zero", False) for number, value in fixed}
    registers = Registers.of(pair.source)
    for number in range(len(registers.cells)):
        held.setdefault(number, ("zero", False))  # of no importance, or a doubt: none at first
    _hold(sheet, "a", registers, held)
    source.draw(pair.source)
    mapped.draw(pair.mapped)
    rows = pair.rows(source, mapped)
    names = [name for ours, theirs, free in rows for name in ((ours ^ theirs) & ~free).names]
    outputs = [f"d{number}" for number in range(len(names))]
    for output, name in zip(outputs, names, strict=True):
        sheet.copy(output, name)
    head = [
        ".model miter",
        f".inputs {' '.join(f'i{number}' for number in range(len(inputs)))}",
        f".outputs {' '.join(outputs)}",
    ]
    return "\n".join([*head, *sheet.lines, ".end", ""]), inputs


def _hold(
    sheet: _Sheet, prefix: str, registers: Registers, held: dict[int, tuple[str, bool]]
) -> None:
    """The outputs of registers, from the signals of their states."""
    for net, number, low in zip(*(column.tolist() for column in registers.outputs), strict=True):
        state, complement = held[number]
        sheet.copy(f"{prefix}{net}", state, inverted=low != complement)
