"""Circuits evaluated for many inputs at once: gate by gate, a bit of each input."""

from __future__ import annotations

import json
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from amaranth.lib import wiring
from numpy.typing import ArrayLike, NDArray

from hw.modules import to_rtlil
from tests.support import run_yosys

_GATES = {
    "$_NOT_": lambda a: ~a,
    "$_AND_": lambda a, b: a & b,
    "$_OR_": lambda a, b: a | b,
    "$_XOR_": lambda a, b: a ^ b,
    "$_MUX_": lambda a, b, s: (b & s) | (a & ~s),
}


class Gates:
    """Components as gates, made by one run of Yosys.

    Args:
        components: combinational ones, or pipelines without a reset: their registers are wires
            here, so that what comes out is what comes out in time. Or Verilog, of which the module
            ``circuit0`` is the first one's top, and so on.
    """

    def __init__(self, *components: wiring.Component | str) -> None:
        with TemporaryDirectory() as folder:
            commands = []
            for i, component in enumerate(components):
                verilog = isinstance(component, str)
                text = component if verilog else to_rtlil(component, f"circuit{i}")
                Path(folder, f"{i}.txt").write_text(text)
                commands.append(f"read_{'verilog' if verilog else 'rtlil'} {folder}/{i}.txt")
            # with a module marked as the top, `flatten` would remove the others
            script = ["setattr -mod -unset top", "proc", "flatten"]
            # a register with an enable must stay one, and not become a loop
            script += [
                "delete t:$scopeinfo",
                "setattr -unset init w:*",
                "opt -nosdff",
                "techmap",
                "opt -full -nosdff",
            ]
            netlist = run_yosys([*commands, *script, f"write_json {folder}/gates.json"])
            assert netlist.returncode == 0, netlist.stdout[-2000:] + netlist.stderr
            self._modules = json.loads(Path(folder, "gates.json").read_text())["modules"]

    def __call__(self, circuit: int = 0, **inputs: ArrayLike) -> dict[str, NDArray]:
        """The outputs of a circuit by port name, as int64 bit patterns.

        Args:
            circuit: which one.
            inputs: one array for each port, of one length, or a scalar; of int64, any sign, or for
                wider ports of Python's integers.
        """
        module = self._modules[f"circuit{circuit}"]
        arrays = dict(zip(inputs, np.broadcast_arrays(*inputs.values()), strict=True))
        length = len(next(iter(arrays.values())))
        zeros = np.zeros(-(-length // 8), dtype=np.uint8)
        nets: dict[int | str, NDArray[np.uint8]] = {"0": zeros, "1": ~zeros, "x": zeros}
        outputs: dict[str, list[int | str]] = {}
        for name, port in module["ports"].items():
            if name == "clk":
                continue
            if port["direction"] == "output":
                outputs[name] = port["bits"]
                continue
            values = arrays.pop(name)
            widest = 63 if values.dtype != object else len(port["bits"])
            for i, net in enumerate(port["bits"]):
                nets[net] = np.packbits((values >> min(i, widest) & 1).astype(np.uint8))
        assert not arrays, f"no such port: {', '.join(arrays)}"
        drivers = {}
        for cell in module["cells"].values():
            pins = {pin: bits[0] for pin, bits in cell["connections"].items()}
            if cell["type"].startswith("$_DFF"):
                drivers[pins["Q"]] = (lambda d: d, [pins["D"]])
                continue
            output = pins.pop("Y")
            drivers[output] = (_GATES[cell["type"]], [pins[pin] for pin in sorted(pins)])
        order = TopologicalSorter({net: sources for net, (_, sources) in drivers.items()})
        for net in order.static_order():
            if net in drivers:
                gate, sources = drivers[net]
                nets[net] = gate(*(nets[source] for source in sources))
        return {
            name: np.array([np.unpackbits(nets[net], count=length) for net in bits], np.int64).T
            @ (1 << np.arange(len(bits)))
            for name, bits in outputs.items()
        }
