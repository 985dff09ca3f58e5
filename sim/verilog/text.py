"""The text of a module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.verilog.comments import LINE, Comments, commented
from sim.verilog.expressions import Expressions
from sim.verilog.names import name_instances, wire_names
from sim.verilog.netlist import REGISTERS, Cell, Module, Value, inputs
from sim.verilog.order import postorder
from sim.verilog.tidy import level, merge, share_operands, split_registers

__all__ = ["module_text"]


@dataclass(frozen=True)
class _Statement:
    """A statement, or an instance.

    Attributes:
        drives: the wires that it gives values to.
        reads: the wires that its values come from.
        cell: what it stands for: a register, an operator or an instance; None of an assignment.
        assigned: of an assignment both sides.
    """

    drives: tuple[str, ...]
    reads: tuple[str, ...]
    cell: Cell | None = None
    assigned: tuple[Value, Value] = ((), ())

    @property
    def is_process(self) -> bool:
        """Whether it drives variables."""
        return self.cell is not None and self.cell.kind in REGISTERS

    @property
    def instance_of(self) -> str:
        """The module of an instance; else empty."""
        return self.cell.kind if self.cell and self.cell.is_instance else ""


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
    name_instances(module)
    level(module)
    merge(module)
    share_operands(module)
    split_registers(module)
    expressions = Expressions(module)
    statements = _ordered(module, list(_statements(module, modules, expressions)))
    wires = [wire for statement in statements for wire in (*statement.drives, *statement.reads)]
    expressions.names = wire_names(module, expressions, dict.fromkeys(wires))
    variables = {
        wire for statement in statements if statement.is_process for wire in statement.drives
    }
    lines = [
        *commented(comments.module, ""),
        *_head(module, comments, variables),
        *_declarations(module, expressions.names, variables),
    ]
    kinds = [""]
    for statement in statements:
        text = _text(statement, modules, expressions)
        kinds.append(statement.instance_of or text.split()[0])
        lines += [""] * (kinds[-1] != kinds[-2])
        lines += _wrapped(text, "  ")
    instances = [statement.instance_of for statement in statements if statement.instance_of]
    return "\n".join([*lines, "endmodule\n"]), list(dict.fromkeys(instances))


def _ordered(module: Module, statements: list[_Statement]) -> list[_Statement]:
    """Statements after those that drive what they read; first those that the ports need."""
    drivers: defaultdict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(statements):
        for wire in statement.drives:
            drivers[wire].append(number)
    roots = [number for port in module.ports for number in drivers[port]]
    order = postorder(
        (*roots, *range(len(statements))),
        lambda number: [n for wire in statements[number].reads for n in drivers[wire]],
    )
    return [statements[number] for number in order]


def _head(module: Module, comments: Comments, variables: set[str]) -> Iterator[str]:
    """The module's name and ports; neighbours of which the same is said share the comment."""
    yield f"module {module.name} ("
    ports = module.ports
    ranges = {port: _range(module.wires[port].width) for port in ports}
    room = max(map(len, ranges.values()))
    last_comment = ""
    for port in ports:
        comment = comments.ports.get(port, "")
        if comment != last_comment:
            yield from commented(comment, "  ")
        last_comment = comment
        kind = "reg " if port in variables else "wire"
        comma = "," * (port != ports[-1])
        yield f"  {module.wires[port].direction:6} {kind} {ranges[port]:{room}}{port}{comma}"
    yield ");"


def _declarations(module: Module, names: Mapping[str, str], variables: set[str]) -> Iterator[str]:
    """Declarations of all wires that are no ports, in the order of their names."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for wire, name in names.items():
        if not module.wires[wire].direction:
            kind = "reg" if wire in variables else "wire"
            groups[f"{kind} {_range(module.wires[wire].width)}"].append(name)
    for group, members in groups.items():
        yield from _wrapped(f"{group}{', '.join(members)};", "  ")


def _statements(
    module: Module, modules: Mapping[str, Module], expressions: Expressions
) -> Iterator[_Statement]:
    for cell in module.cells:
        if cell.is_instance:
            instantiated = modules[cell.kind]
            outputs = [
                port
                for port in instantiated.ports
                if instantiated.wires[port].direction == "output"
            ]
            driven = [cell.ports[port] for port in outputs if port in cell.ports]
            read = [value for port, value in cell.ports.items() if port not in outputs]
        else:
            driven = [cell.ports["Q" if cell.kind in REGISTERS else "Y"]]
            if driven[0][0].wire in expressions.nested:
                continue
            read = inputs(cell)
        wires = tuple(wire for value in read for wire in expressions.reads(value))
        yield _Statement(tuple(bits.wire for value in driven for bits in value), wires, cell)
    for driven, value in module.assigned:
        wires = tuple(bits.wire for bits in driven)
        yield _Statement(wires, tuple(expressions.reads(value)), assigned=(driven, value))


def _text(statement: _Statement, modules: Mapping[str, Module], expressions: Expressions) -> str:
    """A statement in Verilog, in lines that may still be too long."""
    cell = statement.cell
    if cell is None:
        driven, value = map(expressions.value, statement.assigned)
        return f"assign {driven.text} = {value.text};"
    if cell.is_instance:
        return _instance(cell, modules[cell.kind], expressions)
    if cell.kind in REGISTERS:
        return _process(cell, expressions)
    return f"assign {expressions.value(cell.ports['Y']).text} = {expressions.cell(cell).text};"


def _instance(cell: Cell, module: Module, expressions: Expressions) -> str:
    connections = [
        f".{port}({expressions.value(cell.ports[port]).text if cell.ports.get(port) else ''})"
        for port in module.ports
    ]
    head = f"{cell.kind} {cell.label} ("
    text = f"{head}{', '.join(connections)});"
    if len(text) + 2 <= LINE:
        return text
    return "\n".join([head, "  " + ",\n  ".join(connections), ");"])


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


def _range(width: int) -> str:
    return f"[{width - 1}:0] " if width > 1 else ""


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Lines broken before operators and after commas, in as few parentheses as can be."""
    for line in text.split("\n"):
        rest, within = indent + line, len(indent + line) - len(line.lstrip()) + 4
        while len(rest) > LINE and (places := list(_breaks(rest, within))):
            fitting = [place for place in places if place[1] <= LINE]
            late = [place for place in fitting if place[1] > LINE // 2]
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
