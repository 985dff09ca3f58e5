"""The text of a module."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.verilog.comments import Comments
from sim.verilog.expressions import Expressions
from sim.verilog.names import wire_names
from sim.verilog.netlist import REGISTERS, Cell, Module, Value, inputs
from sim.verilog.order import postorder
from sim.verilog.tidy import level, merge, share_operands, split_registers

__all__ = ["module_text"]

_LINE = 100  # characters, where a line can be broken


@dataclass(frozen=True)
class _Statement:
    """A statement, or an instance.

    Attributes:
        text: as Verilog has it, in lines that may still be too long.
        drives: the wires that it gives values to.
        reads: the wires that its values come from.
        instance_of: the module of an instance.
        registers: it is a process, so that it drives variables.
    """

    text: str
    drives: tuple[str, ...]
    reads: tuple[str, ...]
    instance_of: str = ""
    registers: bool = False


def module_text(
    module: Module, modules: Mapping[str, Module], comments: Comments
) -> tuple[str, list[str]]:
    """A module as Verilog, and the modules of its instances in the order of the text.

    A statement comes after those that drive what it reads, as far as they do not need each other.

    Args:
        module: the module; is changed.
        modules: all modules, by name.
        comments: what is said of it.
    """
    level(module)
    merge(module)
    share_operands(module)
    split_registers(module)
    expressions = Expressions(module)
    expressions.names = wire_names(module, expressions)
    statements = list(_statements(module, modules, expressions))
    drivers: defaultdict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(statements):
        for wire in statement.drives:
            drivers[wire].append(number)
    roots = [number for port in module.ports for number in drivers[port]]
    order = postorder(
        (*roots, *range(len(statements))),
        lambda number: [n for wire in statements[number].reads for n in drivers[wire]],
    )
    ordered = [statements[number] for number in order]
    variables = {wire for statement in ordered if statement.registers for wire in statement.drives}
    lines = [
        *_commented(comments.module, ""),
        *_head(module, comments, variables),
        *_declarations(module, expressions, ordered, variables),
    ]
    for statement in ordered:
        lines += _wrapped(statement.text, "  ")
    instances = [s.instance_of for s in ordered if s.instance_of]
    return "\n".join([*lines, "endmodule\n"]), list(dict.fromkeys(instances))


def _head(module: Module, comments: Comments, variables: set[str]) -> Iterator[str]:
    """The module's name and ports; neighbours of which the same is said share the comment."""
    yield f"module {module.name} ("
    ports = module.ports
    ranges = {port: _range(module.wires[port].width) for port in ports}
    room = max(map(len, ranges.values()))
    said = ""
    for port in ports:
        comment = comments.ports.get(port, "")
        if comment != said:
            yield from _commented(comment, "    ")
        said = comment
        kind = "reg " if port in variables else "wire"
        comma = "," * (port != ports[-1])
        yield f"    {module.wires[port].direction:6} {kind} {ranges[port]:{room}}{port}{comma}"
    yield ");"


def _declarations(
    module: Module, expressions: Expressions, ordered: list[_Statement], variables: set[str]
) -> Iterator[str]:
    """Declarations of all wires that are no ports, in the order of what drives them."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    used = [wire for statement in ordered for wire in (*statement.drives, *statement.reads)]
    for wire in dict.fromkeys(used):
        if not module.wires[wire].direction:
            kind = "reg" if wire in variables else "wire"
            group = f"{kind} {_range(module.wires[wire].width)}"
            groups[group].append(expressions.names[wire])
    for group, names in groups.items():
        yield from _wrapped(f"{group}{', '.join(names)};", "  ")


def _statements(
    module: Module, modules: Mapping[str, Module], expressions: Expressions
) -> Iterator[_Statement]:
    for cell in module.cells:
        if cell.is_instance:
            yield _instance(cell, modules[cell.kind], expressions)
        elif cell.kind in REGISTERS:
            reads = (wire for value in inputs(cell) for wire in expressions.reads(value))
            text = _process(cell, expressions)
            yield _Statement(text, _wires(cell.ports["Q"]), tuple(reads), registers=True)
        elif cell.ports["Y"][0].wire not in expressions.nested:
            reads = (wire for value in inputs(cell) for wire in expressions.reads(value))
            driven = cell.ports["Y"]
            text = f"assign {expressions.value(driven).text} = {expressions.cell(cell).text};"
            yield _Statement(text, _wires(driven), tuple(reads))
    for driven, value in module.assigned:
        text = f"assign {expressions.value(driven).text} = {expressions.value(value).text};"
        yield _Statement(text, _wires(driven), tuple(expressions.reads(value)))


def _instance(cell: Cell, of: Module, expressions: Expressions) -> _Statement:
    connections = [
        f".{port}({expressions.value(cell.ports[port]).text if cell.ports.get(port) else ''})"
        for port in of.ports
    ]
    head = f"{cell.kind} {cell.label} ("
    text = f"{head}{', '.join(connections)});"
    if len(text) > _LINE - 2:
        text = "\n".join(
            [head, *(f"    {c}," for c in connections[:-1]), f"    {connections[-1]}", ");"]
        )
    drives: list[str] = []
    reads: list[str] = []
    for port in of.ports:
        value = cell.ports.get(port, ())
        if of.wires[port].direction == "output":
            drives += _wires(value)
        else:
            reads += expressions.reads(value)
    return _Statement(text, tuple(drives), tuple(reads), instance_of=cell.kind)


def _process(cell: Cell, expressions: Expressions) -> str:
    """A register: reset before enable, but for ``$sdffce``, whose enable is before its reset."""
    edge = "posedge" if cell.parameters["CLK_POLARITY"] else "negedge"
    held = expressions.value(cell.ports["Q"]).text
    take = f"{held} <= {expressions.value(cell.ports['D']).text};"
    enable = _condition(cell, "EN", expressions)
    if "SRST" in cell.ports:
        reset = _condition(cell, "SRST", expressions)
        value = _constant(cell)
        clear = f"if ({reset}) {held} <= {value};"
        if cell.kind == "$sdffce":
            body = [f"if ({enable})", f"  {clear}", f"  else {take}"]
        else:
            body = [clear, f"else if ({enable}) {take}" if enable else f"else {take}"]
    else:
        body = [f"if ({enable}) {take}" if enable else take]
    clock = expressions.value(cell.ports["CLK"]).text
    return "\n".join([f"always @({edge} {clock})", *(f"  {line}" for line in body)])


def _condition(cell: Cell, port: str, expressions: Expressions) -> str:
    """An enable or a reset as a condition; empty where there is none."""
    if port not in cell.ports:
        return ""
    text = expressions.value(cell.ports[port])
    return text.text if cell.parameters[f"{port}_POLARITY"] else f"~{text.inside('~')}"


def _constant(cell: Cell) -> str:
    width, value = cell.parameters["WIDTH"], cell.parameters["SRST_VALUE"]
    return f"1'b{value}" if width == 1 else f"{width}'h{value:x}"


def _wires(value: Value) -> tuple[str, ...]:
    return tuple(bits.wire for bits in value if bits.wire)


def _range(width: int) -> str:
    return f"[{width - 1}:0] " if width > 1 else ""


def _commented(text: str, indent: str) -> list[str]:
    lines = textwrap.wrap(text, _LINE - len(indent) - 3, break_long_words=False)
    return [f"{indent}// {line}" for line in lines]


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Lines broken before operators and after commas, in as few parentheses as can be."""
    for line in text.split("\n"):
        rest, within = indent + line, len(indent + line) - len(line.lstrip()) + 4
        while len(rest) > _LINE and (places := list(_breaks(rest, within))):
            fitting = [place for place in places if place[1] <= _LINE]
            late = [place for place in fitting if place[1] > _LINE // 2]
            _, at = min(late or fitting or places[:1], key=lambda place: (place[0], -place[1]))
            yield rest[:at]
            rest = " " * within + rest[at + 1 :]
        yield rest


def _breaks(line: str, start: int) -> Iterator[tuple[int, int]]:
    """The spaces where a line may be broken: in how many parentheses, and where."""
    depth = 0
    for at in range(start, len(line)):
        if line[at] in "([{":
            depth += 1
        elif line[at] in ")]}":
            depth -= 1
        elif line[at] == " ":
            before, after = line[at - 1], line[at + 1 : at + 3]
            if before == "," or (after[0] in "&|^+-*?:<>=!" and after[1:] != "["):
                yield depth, at
