"""Ports that reset registers asynchronously, and the value at which they do not."""

from __future__ import annotations

from costmodel.library.expression import truth_table
from costmodel.netlist.netlist import Netlist

__all__ = ["idle_resets"]


def idle_resets(netlist: Netlist) -> dict[str, int]:
    """Each input of one bit that forces registers, by wires, buffers and inverters alone.

    Returns:
        By port the value at which it forces none; a port with which some registers are forced at 1
        and some at 0 is not among them.
    """
    drivers = {
        int(net): (int(kind), [int(n) for n in inputs if n >= 0], place)
        for kind, inputs, outputs in zip(
            netlist.kinds, netlist.inputs, netlist.outputs, strict=True
        )
        for place, net in enumerate(outputs)
        if net > 1
    }
    ports = {
        int(nets[0]): port
        for port, (direction, nets) in netlist.ports.items()
        if direction == "input" and len(nets) == 1
    }
    idle: dict[str, set[int]] = {}
    for kind, inputs in zip(netlist.kinds.tolist(), netlist.inputs, strict=True):
        cell = netlist.library[kind]
        for forced in (cell.flop.clear, cell.flop.preset) if cell.flop is not None else ():
            if forced is None:
                continue
            pin, level = forced
            net, value = int(inputs[list(cell.inputs).index(pin)]), 1 - level
            while net in drivers and len(drivers[net][1]) == 1:
                through, (before,), place = drivers[net]
                output = list(netlist.library[through].outputs.values())[place]
                table = truth_table(output.function, list(netlist.library[through].inputs))
                net, value = before, value if table[1] else 1 - value
            if net in ports:
                idle.setdefault(ports[net], set()).add(value)
    return {port: values.pop() for port, values in idle.items() if len(values) == 1}
