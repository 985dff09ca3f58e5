"""Functions of cells on words whose bits are lanes, and the order in which they are evaluated.

Of all outputs whose inputs are known, those of the most frequent function go next: a function works
on all cells of its kind that may be evaluated together, in a handful of numpy's operations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.library.expression import names, substituted
from costmodel.netlist.netlist import Index, Netlist
from hw.errors import RequestError

__all__ = ["ALL", "Planes", "Units", "steps"]

Planes = NDArray[np.uint64]  # a row a net (or a bit of a port), a bit a lane

ALL = ~np.uint64(0)
_CONSTANT = re.compile(r"(?<!\w)[01](?!\w)")


@dataclass(frozen=True)
class _Function:
    """A function of the pins that it names, and what evaluates it."""

    pins: int
    evaluate: Callable[..., Any]


@dataclass(frozen=True)
class Units:
    """All outputs of cells that something is connected to.

    Attributes:
        cells: the cell of each.
        positions: which of the cell's outputs it is.
        nets: what it drives.
        function: index into ``functions``; -1 of a register.
        inputs: the nets of the function's pins, padded with 0.
        functions: the different ones.
    """

    cells: Index
    positions: Index
    nets: Index
    function: Index
    inputs: Index
    functions: list[_Function]

    @classmethod
    def of(cls, netlist: Netlist) -> Units:
        """The units of a netlist."""
        cells, positions = (indices.astype(np.int32) for indices in np.nonzero(netlist.outputs > 1))
        kinds = netlist.kinds[cells]
        function = np.full(len(cells), -1, dtype=np.int32)
        inputs = np.zeros((len(cells), netlist.inputs.shape[1]), dtype=np.int32)
        numbers: dict[str, int] = {}
        functions: list[_Function] = []
        for kind, position in np.unique(np.stack([kinds, positions]), axis=1).T.tolist():
            cell = netlist.library[kind]
            if cell.flop is not None:
                continue
            text = list(cell.outputs.values())[position].function
            pins = names(text)
            plain = _plain(text, pins)
            if plain not in numbers:
                numbers[plain] = len(functions)
                functions.append(_Function(len(pins), _compiled(plain, len(pins))))
            these = np.flatnonzero((kinds == kind) & (positions == position))
            function[these] = numbers[plain]
            taken = [list(cell.inputs).index(pin) for pin in pins]
            inputs[these, : len(pins)] = np.maximum(netlist.inputs[cells[these]][:, taken], 0)
        nets = netlist.outputs[cells, positions]
        return cls(cells, positions, nets, function, inputs, functions)


def _plain(text: str, pins: list[str]) -> str:
    """A function of pins p0, p1, ... in the order of their use: the same for cells of any kind."""
    plain = substituted(text, {pin: f"p{number}" for number, pin in enumerate(pins)})
    return _CONSTANT.sub(lambda constant: ("zero", "one")[int(constant[0])], plain)


def _compiled(plain: str, pins: int) -> Callable[..., Any]:
    parameters = ", ".join(f"p{number}" for number in range(pins))
    constants = {"__builtins__": {}, "zero": np.uint64(0), "one": ALL}
    return eval(f"lambda {parameters}: {plain}", constants)


def steps(netlist: Netlist, units: Units) -> Iterator[NDArray[np.intp]]:
    """Units that are evaluated together, one step after the other."""
    logic = np.flatnonzero(units.function >= 0)
    driver = np.full(netlist.nets, -1, dtype=np.intp)
    driver[units.nets[logic]] = logic
    readers, pins = np.nonzero(driver[units.inputs[logic]] >= 0)
    targets = logic[readers]
    sources = driver[units.inputs[targets, pins]]
    order = np.argsort(sources, kind="stable")
    targets = targets[order]
    begin = np.searchsorted(sources[order], np.arange(len(units.nets) + 1))
    waiting = np.bincount(targets, minlength=len(units.nets))
    ready: dict[int, list[NDArray[np.intp]]] = {}
    amount = np.zeros(len(units.functions), dtype=np.intp)

    def arrive(front: NDArray[np.intp]) -> None:
        for number in np.unique(units.function[front]).tolist():
            these = front[units.function[front] == number]
            ready.setdefault(number, []).append(these)
            amount[number] += len(these)

    arrive(logic[waiting[logic] == 0])
    left = len(logic)
    while amount.any():
        number = int(amount.argmax())
        step = np.concatenate(ready.pop(number))
        amount[number] = 0
        left -= len(step)
        yield step
        counts = begin[step + 1] - begin[step]
        edges = np.repeat(begin[step] - np.cumsum(counts) + counts, counts) + np.arange(
            counts.sum()
        )
        after = targets[edges]
        np.subtract.at(waiting, after, 1)
        after = np.unique(after)
        arrive(after[waiting[after] == 0])
    if left:
        raise RequestError(
            f"{left} of {len(logic)} outputs of logic lie on or behind loops without a register:"
            " they have no order to be evaluated in"
        )
