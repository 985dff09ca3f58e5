"""A technology under plain names, for tools that take only such.

Libraries call cells ``74AC04`` and pins ``A[0]``; Yosys and ABC read some of these otherwise than
they are meant, or pass the cell by without a word. So what they see are names of our own, one for
each cell and pin in the library's order, and what they answer is translated back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from costmodel.library.expression import substituted
from costmodel.library.identifiers import identifier
from costmodel.library.technology import Cell, Flop, Output, Technology

__all__ = ["PlainNames"]


@dataclass(frozen=True)
class PlainNames:
    """A technology under plain names, and what they stand for.

    Attributes:
        technology: the same cells and pins, in the same order.
        cells: the library's cell by its plain name.
        pins: of each of these cells, the library's pins by their plain names.
    """

    technology: Technology
    cells: dict[str, Cell]
    pins: dict[str, dict[str, str]]

    @classmethod
    def of(cls, technology: Technology) -> PlainNames:
        """The plain names of a technology."""
        prefix = "macsmith_cell_"
        while any(cell.startswith(prefix) for cell in technology.cells):
            prefix += "_"
        # Digits of equal width: who sorts cells by their names finds them in the library's order.
        cells = {f"{prefix}{i:05d}": cell for i, cell in enumerate(technology.cells.values())}
        pins = {
            name: {f"p{i}": pin for i, pin in enumerate([*cell.inputs, *cell.outputs])}
            for name, cell in cells.items()
        }
        plain = {name: _renamed(cell, name, pins[name]) for name, cell in cells.items()}
        drivers = {cell.name: name for name, cell in cells.items()}
        renamed = replace(technology, driver=drivers[technology.driver], cells=plain)
        return cls(renamed, cells, pins)

    def wrappers(self) -> str:
        """Verilog modules under the library's names, each with its cell in it.

        For designs that have cells of the library in them.
        """
        return "\n".join(self._wrapper(name) for name in self.cells)

    def _wrapper(self, name: str) -> str:
        cell, pins = self.cells[name], self.pins[name]
        ports = [f"input {identifier(pin)}" for pin in cell.inputs]
        ports += [f"output {identifier(pin)}" for pin in cell.outputs]
        connected = ", ".join(f".{plain}({identifier(pin)})" for plain, pin in pins.items())
        head = f"module {identifier(cell.name)}({', '.join(ports)});"
        return f"{head} {name} cell_ ({connected}); endmodule"


def _renamed(cell: Cell, name: str, pins: dict[str, str]) -> Cell:
    new = {pin: plain for plain, pin in pins.items()}
    return replace(
        cell,
        name=name,
        inputs={new[pin]: entry for pin, entry in cell.inputs.items()},
        outputs={new[pin]: _output(cell, output, new) for pin, output in cell.outputs.items()},
        flop=cell.flop and _flop(cell.flop, new),
    )


def _output(cell: Cell, output: Output, new: dict[str, str]) -> Output:
    function = output.function if cell.flop else substituted(output.function, new)
    arcs = tuple(replace(arc, input=new[arc.input]) for arc in output.arcs)
    return replace(output, function=function, arcs=arcs)


def _flop(flop: Flop, new: dict[str, str]) -> Flop:
    return replace(
        flop,
        clock=new[flop.clock],
        data=new[flop.data],
        clear=flop.clear and (new[flop.clear[0]], flop.clear[1]),
        preset=flop.preset and (new[flop.preset[0]], flop.preset[1]),
    )
