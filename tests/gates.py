"""Evaluates circuits on many inputs at once: gates as bitwise operations on numpy words.

A million inputs of an adder take a second, and no simulator is built.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.lib import wiring
from numpy.typing import NDArray

from hw.modules import flat_ports, to_rtlil
from tests.support import run_yosys

_GATES = {
    "$_NOT_": lambda a: ~a,
    "$_AND_": lambda a, b: a & b,
    "$_OR_": lambda a, b: a | b,
    "$_XOR_": lambda a, b: a ^ b,
    "$_MUX_": lambda a, b, s: a & ~s | b & s,
}


class Circuit:
    """A component as gates. Registers are wires: what comes out once the pipeline has settled.

    Args:
        component: its registers, if any, form a pipeline (no loop) and have no reset.
        folder: for the netlist.
    """

    def __init__(self, component: wiring.Component, folder: Path) -> None:
        (folder / "gates.il").write_text(to_rtlil(component, "gates"))
        done = run_yosys(
            [
                f"read_rtlil {folder}/gates.il",
                "hierarchy -top gates",
                "setattr -unset init w:*",
                "proc",
                "flatten",
                "opt -nosdff",  # a register with an enable is one, and not a loop
                "opt_clean",
                "techmap",
                "abc -g AND,OR,XOR,MUX",
                "opt_clean",
                f"write_json {folder}/gates.json",
            ]
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        module = json.loads((folder / "gates.json").read_text())["modules"]["gates"]
        self._ports: dict[str, Any] = module["ports"]
        self._outputs = [
            name for name, member in flat_ports(component.signature) if member.flow is wiring.Out
        ]
        self._drivers = {}
        for cell in module["cells"].values():
            wires = {name: bits[0] for name, bits in cell["connections"].items()}
            if cell["type"].startswith("$_DFF"):
                self._drivers[wires["Q"]] = ("$wire", (wires["D"],))
            else:
                operands = tuple(wires[name] for name in "ABS" if name in wires)
                self._drivers[wires["Y"]] = (cell["type"], operands)

    def __call__(self, **inputs: NDArray[Any]) -> dict[str, NDArray[np.int64]]:
        """Outputs by port for arrays of inputs of one length; all ports but the clock's."""
        count = len(next(iter(inputs.values())))
        values: dict[Any, NDArray[np.uint64]] = {}
        words = -(-count // 64)
        values["0"] = values["x"] = np.zeros(words, np.uint64)
        values["1"] = ~values["0"]
        for name, port in self._ports.items():
            if port["direction"] == "input" and name != "clk":
                codes = np.asarray(inputs[name]).astype(np.uint64)
                for i, bit in enumerate(port["bits"]):
                    plane = (codes >> np.uint64(i) & np.uint64(1)).astype(np.uint8)
                    plane = np.pad(plane, (0, words * 64 - count))
                    values[bit] = np.packbits(plane, bitorder="little").view(np.uint64)
        return {
            name: sum(
                (
                    np.unpackbits(self._value(bit, values).view(np.uint8), bitorder="little")[
                        :count
                    ].astype(np.int64)
                    << i
                    for i, bit in enumerate(self._ports[name]["bits"])
                ),
                start=np.zeros(count, np.int64),
            )
            for name in self._outputs
        }

    def _value(self, wire: Any, values: dict[Any, NDArray[np.uint64]]) -> NDArray[np.uint64]:
        stack = [wire]
        while stack:
            top = stack[-1]
            if top in values:
                stack.pop()
                continue
            kind, operands = self._drivers[top]
            missing = [each for each in operands if each not in values]
            if missing:
                stack += missing
                continue
            arguments = [values[each] for each in operands]
            values[top] = arguments[0] if kind == "$wire" else _GATES[kind](*arguments)
            stack.pop()
        return values[wire]
