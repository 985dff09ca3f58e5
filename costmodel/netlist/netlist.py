"""Mapped netlists: modules of library cells as synthesis leaves them, and the whole design flat.

A large design is mapped module by module, each once; what it costs is a matter of all its
instances. So a `Module` holds arrays of cells and nets, and `flatten` repeats them with numpy, a
hundred thousand cells in a fraction of a second.

Nets are numbers; 0 and 1 are the constants.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.library.technology import Cell, Technology
from hw.errors import RequestError

__all__ = ["Instance", "Module", "Netlist", "Scope", "flatten", "read_modules"]

Index = NDArray[np.int32]

_NUMBERED = re.compile(r"(n|wire)_\d+_")  # what the flow calls a net that has no name
_CONSTANTS = {"0": 0, "1": 1, "x": 0, "z": 0}  # what is undefined may be anything


@dataclass(frozen=True)
class Instance:
    """A module inside another one; its ports' nets are numbered in the module around it."""

    name: str
    module: str
    ports: dict[str, Index]


@dataclass(frozen=True)
class Module:
    """One mapped module, its nets numbered from 0.

    Attributes:
        name: of the module.
        nets: how many, the two constants included.
        ports: direction (``input`` or ``output``) and nets of each port.
        names: nets by the signal's name, lowest bit first.
        kinds: of each cell, an index into the technology's cells.
        inputs: nets on each cell's inputs in the order of `Cell.inputs`, padded with -1.
        outputs: nets on each cell's outputs likewise; -1 where nothing is connected.
        cells: each cell's name.
        instances: the modules in it.
    """

    name: str
    nets: int
    ports: dict[str, tuple[str, Index]]
    names: dict[str, Index]
    kinds: Index
    inputs: Index
    outputs: Index
    cells: tuple[str, ...]
    instances: tuple[Instance, ...]


@dataclass(frozen=True)
class Scope:
    """One instance of a module in the flat netlist.

    Attributes:
        path: names of the instances from the top down to it; empty for the top.
        module: what it is an instance of.
        nets: the flat number of each of the module's nets.
    """

    path: tuple[str, ...]
    module: Module
    nets: Index


@dataclass
class Netlist:
    """A whole design, flat; sizing changes `kinds` and adds buffers.

    Attributes:
        library: the technology's cells, which `kinds` points into.
        nets: how many.
        kinds: of each cell.
        inputs: nets on each cell's inputs, in the order of `Cell.inputs`, padded with -1.
        outputs: nets on each cell's outputs, likewise.
        scope: of each cell, an index into `scopes`.
        scopes: all instances of modules, parents before their children.
        ports: direction and nets of each port of the design.
        copies: for each net the net whose value it copies: itself, but for a buffer added later.
    """

    library: tuple[Cell, ...]
    nets: int
    kinds: Index
    inputs: Index
    outputs: Index
    scope: Index
    scopes: list[Scope]
    ports: dict[str, tuple[str, Index]]
    copies: Index = field(init=False)

    def __post_init__(self) -> None:
        self.copies = np.arange(self.nets, dtype=np.int32)

    @property
    def area_um2(self) -> float:
        """Area of all cells."""
        return float(self.areas_um2[self.kinds].sum())

    @property
    def areas_um2(self) -> NDArray[np.float64]:
        """Area of each cell of the library."""
        return np.array([cell.area_um2 for cell in self.library])

    def parts(self) -> tuple[list[str], Index]:
        """What cells are part of, for tables of area and energy.

        Returns:
            Names of the parts, and for each cell the number of its part: the module that it is in;
            ``<module>/heap`` for the adders of a bit heap there; ``buffers`` for those that sizing
            has added. The first part is the top module.
        """
        names: dict[str, int] = {self.scopes[0].module.name: 0}
        numbers = []
        for scope in self.scopes:
            name = scope.module.name
            heap = np.array([_in_heap(label) for label in scope.module.cells], dtype=bool)
            inside = names.setdefault(name, len(names))
            if heap.any():
                numbers.append(np.where(heap, names.setdefault(f"{name}/heap", len(names)), inside))
            else:
                numbers.append(np.full(len(heap), inside))
        added = len(self.kinds) - sum(map(len, numbers))
        if added:
            numbers.append(np.full(added, names.setdefault("buffers", len(names))))
        return list(names), np.concatenate(numbers).astype(np.int32)

    def net_name(self, net: int) -> str:
        """What the source calls a net: its port, else the shortest name; empty without one."""
        return self.net_names([net]).get(net, "")

    def net_names(self, nets: Sequence[int]) -> dict[int, str]:
        """`net_name` of many nets; those without a name are not in it."""
        wanted = np.array(sorted(set(nets)), dtype=np.int32)
        names: dict[int, str] = {}
        for name, (_, bits) in self.ports.items():
            for net in bits[np.isin(bits, wanted)].tolist():
                names.setdefault(net, _bit_name(name, bits.tolist(), net))
        wanted = np.setdiff1d(wanted, list(names))
        inner: dict[int, list[str]] = {}
        for scope in self.scopes:
            if not np.isin(scope.nets, wanted).any():
                continue
            for name, bits in scope.module.names.items():
                outside = scope.nets[bits]
                if _NUMBERED.fullmatch(name):
                    continue
                for net in outside[np.isin(outside, wanted)].tolist():
                    word = ".".join([*scope.path, _bit_name(name, outside.tolist(), net)])
                    inner.setdefault(net, []).append(word)
        shortest = {net: min(words, key=lambda w: (len(w), w)) for net, words in inner.items()}
        return names | shortest

    def port_nets(self, direction: str) -> Index:
        """Nets of all ports of a direction."""
        nets = [nets for way, nets in self.ports.values() if way == direction]
        return np.concatenate([np.zeros(0, np.int32), *nets])


def _bit_name(name: str, bits: list[int], net: int) -> str:
    return name if len(bits) == 1 else f"{name}[{bits.index(net)}]"


@cache
def _in_heap(label: str) -> bool:
    """Whether a cell's name, with the rows of bit heaps flattened into it, is that of an adder."""
    return re.match(r"(full|half)_level\d+_bit", label) is not None


def read_modules(design: dict[str, Any], technology: Technology) -> dict[str, Module]:
    """Read the modules of a mapped netlist.

    Args:
        design: JSON as Yosys writes it (`write_json`).
        technology: whose cells it is made of.

    Raises:
        RequestError: a cell is neither in the technology nor a module.
    """
    modules = design["modules"]
    wanted = {
        name: module
        for name, module in modules.items()
        if not int(module.get("attributes", {}).get("blackbox", "0"), 2)
    }
    library = {name: i for i, name in enumerate(technology.cells)}
    return {
        name: _module(name, module, technology, library, wanted) for name, module in wanted.items()
    }


def _module(
    name: str,
    module: dict[str, Any],
    technology: Technology,
    library: dict[str, int],
    modules: dict[str, Any],
) -> Module:
    numbers: dict[int | str, int] = {**_CONSTANTS}

    def nets(bits: Sequence[int | str]) -> Index:
        for bit in bits:
            numbers.setdefault(bit, len(numbers) - len(_CONSTANTS) + 2)
        return np.array([numbers[bit] for bit in bits], dtype=np.int32)

    ports = {
        _port(name): (port["direction"], nets(port["bits"]))
        for name, port in module["ports"].items()
    }
    names = {signal: nets(net["bits"]) for signal, net in module["netnames"].items()}
    cells: list[str] = []
    kinds: list[int] = []
    pins: tuple[list[list[int]], list[list[int]]] = ([], [])
    instances = []
    for label, instance in module["cells"].items():
        connections, kind_name = instance["connections"], instance["type"]
        if kind_name in modules:
            inner = {_port(port): nets(bits) for port, bits in connections.items()}
            instances.append(Instance(label, kind_name, inner))
            continue
        if kind_name not in library:
            raise RequestError(
                f"{name} has a cell {kind_name}, which is neither a cell of the library nor a"
                " module with something in it: a black box has no area"
            )
        kind = library[kind_name]
        cell = technology.cells[kind_name]
        cells.append(label)
        kinds.append(kind)
        for side, of_cell in zip(pins, (cell.inputs, cell.outputs), strict=True):
            bits = [connections.get(pin, []) for pin in of_cell]
            side.append([int(nets(bit)[0]) if bit else -1 for bit in bits])
    return Module(
        name=name,
        nets=len(numbers) - len(_CONSTANTS) + 2,
        ports=ports,
        names=names,
        kinds=np.array(kinds, dtype=np.int32),
        inputs=_padded(pins[0], max(len(cell.inputs) for cell in technology.cells.values())),
        outputs=_padded(pins[1], max(len(cell.outputs) for cell in technology.cells.values())),
        cells=tuple(cells),
        instances=tuple(instances),
    )


def _port(name: str) -> str:
    """A port's name in the source: Yosys marks those that begin with a digit or a special sign."""
    return name.removeprefix("\\")


def _padded(rows: list[list[int]], width: int) -> Index:
    return np.array([row + [-1] * (width - len(row)) for row in rows], dtype=np.int32).reshape(
        -1, width
    )


def flatten(modules: dict[str, Module], top: str, technology: Technology) -> Netlist:
    """Repeat each module as often as the design has it; nets that are connected become one."""
    scopes: list[Scope] = []
    joined: list[Index] = []
    nets = 2

    def place(path: tuple[str, ...], module: Module, bound: dict[str, Index]) -> None:
        nonlocal nets
        numbers = np.full(module.nets, -1, dtype=np.int32)
        numbers[:2] = (0, 1)
        for port, outside in bound.items():
            inside = module.ports[port][1]
            fresh = numbers[inside] < 0
            numbers[inside[fresh]] = outside[fresh]
            # two ports of one net inside, or a constant: two nets outside are the same
            joined.append(np.stack([numbers[inside], outside])[:, numbers[inside] != outside])
        fresh = np.flatnonzero(numbers < 0)
        numbers[fresh] = np.arange(nets, nets + len(fresh))
        nets += len(fresh)
        scopes.append(Scope(path, module, numbers))
        for instance in module.instances:
            inner = {port: numbers[inside] for port, inside in instance.ports.items()}
            place((*path, instance.name), modules[instance.module], inner)

    place((), modules[top], {})
    same = _representatives(np.concatenate([np.zeros((2, 0), np.int32), *joined], axis=1), nets)
    scopes = [replace(scope, nets=same[scope.nets]) for scope in scopes]
    widths = [len(scope.module.kinds) for scope in scopes]

    def gather(side: str) -> Index:
        parts = []
        for scope in scopes:
            pins = getattr(scope.module, side)
            parts.append(np.where(pins < 0, -1, scope.nets[pins]))
        return np.concatenate(parts).astype(np.int32)

    return Netlist(
        library=tuple(technology.cells.values()),
        nets=nets,
        kinds=np.concatenate([scope.module.kinds for scope in scopes]),
        inputs=gather("inputs"),
        outputs=gather("outputs"),
        scope=np.repeat(np.arange(len(scopes), dtype=np.int32), widths),
        scopes=scopes,
        ports={
            name: (way, scopes[0].nets[bits]) for name, (way, bits) in modules[top].ports.items()
        },
    )


def _representatives(pairs: Index, nets: int) -> Index:
    """For each net the least number of all nets that pairs connect it with."""
    least = np.arange(nets, dtype=np.int32)
    while (least[pairs[0]] != least[pairs[1]]).any():
        smaller = np.minimum(least[pairs[0]], least[pairs[1]])
        for side in pairs:
            np.minimum.at(least, least[side], smaller)
            np.minimum.at(least, side, smaller)
        least = least[least]
    return least
