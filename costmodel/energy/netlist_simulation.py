"""A mapped netlist as Verilog that builds and runs fast in Verilator, for measuring activity.

Same function, module by module and cell by cell, as the netlist that synthesis writes with the
library's cells, but said in the way that costs a simulator least:

* A cell is an expression of its function, not an instance of a model.
* Every net is a signal of one bit. In a bus, of which one bit may depend on another, a simulator
  sees a loop, and evaluates it until it settles.
* What is recorded is one bus an instance, `RECORD`, of all nets that its own cells drive (and, at
  the top, the design's inputs): the code that records every net by itself is most of a simulator.

A tile of 33,000 cells builds in a third of the time this way, and runs three times as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from costmodel.library.expression import substituted
from costmodel.library.identifiers import identifier
from costmodel.library.technology import Cell
from costmodel.netlist.netlist import Index, Module, Netlist

__all__ = ["RECORD", "recorded", "to_simulation"]

#: The bus of recorded nets in each module.
RECORD = "macsmith_record"


def to_simulation(netlist: Netlist) -> str:
    """Verilog of a netlist as it was mapped: without the buffers of sizing, which only copy."""
    modules = {scope.module.name: scope.module for scope in netlist.scopes}
    top = netlist.scopes[0].module
    texts = (
        _module(module, modules, netlist.library, module is top) for module in modules.values()
    )
    return "\n".join(texts)


def recorded(module: Module, top: bool) -> Index:
    """The module's nets on `RECORD`, lowest bit first; the constants are never among them."""
    nets = [module.outputs.ravel()]
    if top:
        nets += [bits for direction, bits in module.ports.values() if direction == "input"]
    recorded_nets = np.unique(np.concatenate(nets))
    return recorded_nets[recorded_nets > 1]


def _module(
    module: Module, modules: dict[str, Module], library: tuple[Cell, ...], top: bool
) -> str:
    names = {0: "1'b0", 1: "1'b1"}
    for port, (direction, bits) in module.ports.items():
        if direction == "input":
            names |= _bits(identifier(port), bits)
    buses = {
        (instance.name, port): (identifier(f"{instance.name}.{port}"), nets)
        for instance in module.instances
        for port, nets in instance.ports.items()
        if modules[instance.module].ports[port][0] == "output"
    }
    for bus, nets in buses.values():
        names |= {net: name for net, name in _bits(bus, nets).items() if net > 1}
    driven = [int(net) for net in np.unique(module.outputs) if net > 1]
    names |= {net: f"net_{net}_" for net in driven}
    # what is recorded must be switched on for a module, its instances and the bus, and only there
    lines = [
        f"module {identifier(module.name)}({', '.join(map(identifier, module.ports))});",
        "/*verilator tracing_off*/",
    ]
    for port, (direction, bits) in module.ports.items():
        lines.append(f"{direction} {_range(len(bits))}{identifier(port)};")
    lines += [f"wire net_{net}_;" for net in driven]
    lines += [f"wire {_range(len(nets))}{bus};" for bus, nets in buses.values()]
    lines += _cells(module, library, names)
    for port, (direction, bits) in module.ports.items():
        if direction == "output":
            lines.append(f"assign {identifier(port)} = {_concatenated(bits, names)};")
    lines.append("/*verilator tracing_on*/")
    nets = recorded(module, top)
    if len(nets):
        lines.append(f"wire {_range(len(nets))}{RECORD} = {_concatenated(nets, names)};")
    for instance in module.instances:
        connections = {port: _concatenated(nets, names) for port, nets in instance.ports.items()}
        connections |= {
            port: buses[instance.name, port][0]
            for port in connections
            if (instance.name, port) in buses
        }
        pins = ", ".join(f".{identifier(port)}({to})" for port, to in connections.items())
        lines.append(f"{identifier(instance.module)} {identifier(instance.name)} ({pins});")
    return "\n".join([*lines, "endmodule\n"])


def _cells(module: Module, library: tuple[Cell, ...], names: dict[int, str]) -> Iterator[str]:
    rows = zip(module.kinds.tolist(), module.inputs.tolist(), module.outputs.tolist(), strict=True)
    for number, (kind, inputs, outputs) in enumerate(rows):
        cell = library[kind]
        pins = {pin: names.get(net, "1'b0") for pin, net in zip(cell.inputs, inputs, strict=False)}
        if cell.flop is not None:
            state = f"state_{number}_"
            yield from _flop(cell, state, pins)
            pins = {"state": state}
        for output, net in zip(cell.outputs.values(), outputs, strict=False):
            if net > 1:
                yield f"assign {names[net]} = {substituted(output.function, pins)};"


def _flop(cell: Cell, state: str, pins: dict[str, str]) -> Iterator[str]:
    flop = cell.flop
    assert flop is not None
    yield f"reg {state};"
    events = [f"{'posedge' if flop.rising else 'negedge'} {pins[flop.clock]}"]
    text = f"{state} <= {'~' if flop.data_inverted else ''}{pins[flop.data]};"
    for forced, value in ((flop.preset, "1'b1"), (flop.clear, "1'b0")):
        if forced is not None:
            pin, level = forced
            events.append(f"{'posedge' if level else 'negedge'} {pins[pin]}")
            active = pins[pin] if level else f"!{pins[pin]}"
            text = f"if ({active}) {state} <= {value}; else {text}"
    yield f"always @({' or '.join(events)}) {text}"


def _bits(bus: str, nets: Index) -> dict[int, str]:
    if len(nets) == 1:
        return {int(nets[0]): bus}
    return {net: f"{bus}[{position}]" for position, net in enumerate(nets.tolist())}


def _concatenated(nets: Index, names: dict[int, str]) -> str:
    return _braces(names[net] for net in reversed(nets.tolist()))


def _braces(parts: Iterable[str]) -> str:
    return "{" + ", ".join(parts) + "}"


def _range(width: int) -> str:
    return f"[{width - 1}:0] " if width > 1 else ""
