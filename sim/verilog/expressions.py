"""Verilog expressions of a module's cells, nested where that reads well.

Verilog extends the operands of most operators to the width of what they are assigned to, and with
their signs if all of them have some. Nothing here leans on that: operands have the width that their
operator works at (`sim.verilog.tidy.level`), and are signed only where they are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from sim.verilog.netlist import REGISTERS, Bits, Cell, Module, Value, inputs, part_of, width_of
from sim.verilog.order import postorder

__all__ = ["Expressions", "Text"]

_BITWISE = {"$and": "&", "$or": "|", "$xor": "^"}
_SUMS = {"$add": "+", "$sub": "-", "$mul": "*"}
_COMPARISONS = {"$eq": "==", "$ne": "!=", "$lt": "<", "$le": "<=", "$gt": ">", "$ge": ">="}
_REDUCTIONS = {"$reduce_and": "&", "$reduce_or": "|", "$reduce_bool": "|", "$reduce_xor": "^"}
_ASSOCIATIVE = frozenset("&|^+*")
_CHAINS = ("$and", "$or", "$xor", "$add")

_MOST_LEAVES = 12  # of an expression that stands inside another one
_MOST_IN_CHAIN = 64  # where both are one chain of an associative operator
_MOST_ONE_BY_ONE = 6  # operands of a reduction that are written with the operator between them


class Text(NamedTuple):
    """An expression.

    Attributes:
        text: as Verilog has it.
        operator: the one that binds least; empty where no parentheses are ever needed.
    """

    text: str
    operator: str = ""

    def inside(self, operator: str = "") -> str:
        """As an operand of an operator, or of a prefix: with the parentheses that it needs."""
        if not self.operator or (self.operator == operator and operator in _ASSOCIATIVE):
            return self.text
        return f"({self.text})"


class Expressions:
    """The values of one module as expressions.

    Args:
        module: the module.

    Attributes:
        nested: the cells that are written where their outputs are read, by the output's name: of
            those without a name of their own the ones that are read once, and complements.
        names: what each other wire is called; to be set before anything is written.
    """

    def __init__(self, module: Module) -> None:
        self._module = module
        self.names: Mapping[str, str] = {}
        self.nested: dict[str, Cell] = {}
        uses: Counter[str] = Counter()
        readers: dict[str, str] = {}
        in_part: set[str] = set()
        for kind, value in _read(module):
            for bits in value:
                uses[bits.wire] += 1
                readers[bits.wire] = kind
                if bits.wire and bits.width != module.wires[bits.wire].width:
                    in_part.add(bits.wire)
        hidden = {
            cell.ports["Y"][0].wire: cell
            for cell in module.cells
            if not cell.is_instance and _is_hidden(cell, module)
        }
        leaves: dict[str, int] = {}
        for wire in postorder(hidden, lambda wire: sources(hidden[wire], hidden)):
            cell = hidden[wire]
            read = [bits for value in inputs(cell) for bits, _ in groupby(value)]
            leaves[wire] = sum(leaves[b.wire] if b.wire in self.nested else 1 for b in read)
            plain = cell.kind == "$not" and len(read) == 1 and read[0].wire not in self.nested
            read_once = uses[wire] == 1 and wire not in in_part
            chained = cell.kind in _CHAINS and readers.get(wire) == cell.kind
            if plain or (
                read_once and leaves[wire] <= (_MOST_IN_CHAIN if chained else _MOST_LEAVES)
            ):
                self.nested[wire] = cell

    def reads(self, value: Value) -> Iterator[str]:
        """The named wires that the expression of a value reads, those of the lowest bits first."""
        for bits in reversed(value):
            if bits.wire in self.nested:
                for operand in inputs(self.nested[bits.wire]):
                    yield from self.reads(operand)
            elif bits.wire:
                yield bits.wire

    def value(self, value: Value) -> Text:
        """A value at its own width."""
        if len(value) == 1:
            return self._bits(value[0])
        runs = [(bits, len(list(run))) for bits, run in groupby(value)]
        parts = [
            f"{{{count}{{{self._bits(bits).text}}}}}" if count > 1 else self._bits(bits).text
            for bits, count in runs
        ]
        return Text(parts[0] if len(parts) == 1 else f"{{{', '.join(parts)}}}")

    def cell(self, cell: Cell) -> Text:
        """What a cell gives, at the width of its output.

        Raises:
            ValueError: there is no Verilog here for cells of this kind.
        """
        width = width_of(cell.ports["Y"])
        one_bit = self._one_bit(cell)
        if one_bit is None:
            return self._word(cell, width)
        return one_bit if width == 1 else Text(f"{{{width - 1}'h0, {one_bit.text}}}")

    def _one_bit(self, cell: Cell) -> Text | None:
        """Comparisons and reductions; None of other cells."""
        a, b = cell.ports["A"], cell.ports.get("B", ())
        if operator := _COMPARISONS.get(cell.kind):
            if cell.parameters["A_SIGNED"] and operator not in ("==", "!="):
                sides = [f"$signed({self.value(side).text})" for side in (a, b)]
            else:
                sides = [self.value(side).inside(operator) for side in (a, b)]
            return Text(f"{sides[0]} {operator} {sides[1]}", operator)
        if operator := _REDUCTIONS.get(cell.kind):
            return self._reduction(operator, a)
        if cell.kind == "$logic_not":
            return Text(f"~{self._reduction('|', a).inside('~')}")
        if cell.kind in ("$logic_and", "$logic_or"):
            operator = "&" if cell.kind == "$logic_and" else "|"
            sides = [self._reduction("|", side).inside(operator) for side in (a, b)]
            return Text(f"{sides[0]} {operator} {sides[1]}", operator)
        return None

    def _word(self, cell: Cell, width: int) -> Text:
        """Cells whose output is a word."""
        a, b = cell.ports["A"], cell.ports.get("B", ())
        if cell.kind == "$not":
            return Text(f"~{self.value(a).inside('~')}")
        if cell.kind == "$neg":
            return Text(f"-{self.value(a).inside('-')}", "-")
        if operator := _BITWISE.get(cell.kind) or _SUMS.get(cell.kind):
            sides = [self.value(side).inside(operator) for side in (a, b)]
            return Text(f"{sides[0]} {operator} {sides[1]}", operator)
        if cell.kind == "$xnor":
            sides = [self.value(side).inside("^") for side in (a, b)]
            return Text(f"~({sides[0]} ^ {sides[1]})")
        if cell.kind == "$mux":
            return self._choice([(cell.ports["S"], b)], a)
        if cell.kind == "$pmux":
            return self._choice(
                [
                    (part_of(cell.ports["S"], i, 1), part_of(b, i * width, width))
                    for i in range(width_of(cell.ports["S"]))
                ],
                a,
            )
        raise ValueError(
            f"module {self._module.name} has a cell {cell.kind}, which is not written in Verilog"
        )

    def _choice(self, cases: list[tuple[Value, Value]], default: Value) -> Text:
        whens = [
            f"{self.value(condition).inside('?')} ? {self._branch(chosen)} : "
            for condition, chosen in cases
        ]
        return Text("".join(whens) + self.value(default).text, "?")

    def _branch(self, value: Value) -> str:
        text = self.value(value)
        return f"({text.text})" if text.operator == "?" else text.text

    def _reduction(self, operator: str, value: Value) -> Text:
        """All bits of a value with an operator between them."""
        if width_of(value) == 1:
            return self.value(value)
        parts = [
            self._bits(bits)
            if bits.width == 1
            else Text(f"({operator}{self._bits(bits).inside('~')})")
            for bits in value
        ]
        if len(parts) == 1:
            return Text(parts[0].text[1:-1], "prefix")
        if len(parts) > _MOST_ONE_BY_ONE:
            return Text(f"{operator}{self.value(value).text}", "prefix")
        return Text(f" {operator} ".join(part.inside(operator) for part in parts), operator)

    def _bits(self, bits: Bits) -> Text:
        if not bits.wire:
            return Text(_constant(bits.constant))
        width = self._module.wires[bits.wire].width
        cell = self.nested.get(bits.wire)
        if cell and bits.width == width:
            return self.cell(cell)
        if cell:  # a complement
            return Text(f"~{self.value(part_of(cell.ports['A'], bits.low, bits.width)).text}")
        name = self.names[bits.wire]
        if bits.width == width:
            return Text(name)
        if bits.width == 1:
            return Text(f"{name}[{bits.low}]")
        return Text(f"{name}[{bits.low + bits.width - 1}:{bits.low}]")


def sources(cell: Cell, among: Mapping[str, object]) -> list[str]:
    """The wires of some that an operator reads."""
    return [bits.wire for value in inputs(cell) for bits in value if bits.wire in among]


def _read(module: Module) -> Iterator[tuple[str, Value]]:
    """All values that something in a module reads, and what; also what instances drive."""
    for cell in module.cells:
        values = cell.ports.values() if cell.is_instance else inputs(cell)
        yield from ((cell.kind, value) for value in values)
    yield from (("", value) for _, value in module.assigned)


def _is_hidden(cell: Cell, module: Module) -> bool:
    """Whether an operator drives the whole of a wire without a name of its own."""
    value = cell.ports.get("Y", ())
    if cell.kind in REGISTERS or len(value) != 1:
        return False
    (bits,) = value
    return bits.wire.startswith("$") and bits.width == module.wires[bits.wire].width


def _constant(digits: str) -> str:
    if len(digits) == 1 or "x" in digits:
        return f"{len(digits)}'b{digits}"
    return f"{len(digits)}'h{int(digits, 2):x}"
