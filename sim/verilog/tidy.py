"""Small changes to a module that make its text shorter or legal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from sim.verilog.netlist import (
    REGISTERS,
    Bits,
    Cell,
    Module,
    Value,
    Wire,
    inputs,
    joined,
    part_of,
    width_of,
)
from sim.verilog.order import postorder

__all__ = ["level", "merge", "share_operands", "split_registers"]

# Operators whose lowest bits depend on the lowest bits of their operands alone.
_WORDS = ("$not", "$neg", "$and", "$or", "$xor", "$xnor", "$add", "$sub", "$mul")
_COMPARISONS = ("$eq", "$ne", "$lt", "$le", "$gt", "$ge")

_SHARED_PARTS = 3  # of a value that is written once, if instances share it


def level(module: Module) -> None:
    """Cut operators to the bits that something reads, and give their operands the same width."""
    operators = [cell for cell in module.cells if "Y" in cell.ports and not cell.is_instance]
    drivers: defaultdict[str, list[int]] = defaultdict(list)
    for number, cell in enumerate(operators):
        for bits in cell.ports["Y"]:
            drivers[bits.wire].append(number)
    order = postorder(
        range(len(operators)),
        lambda number: [
            driver
            for value in inputs(operators[number])
            for bits in value
            for driver in drivers[bits.wire]
        ],
    )
    others = [cell for cell in module.cells if "Y" not in cell.ports or cell.is_instance]
    values = [value for cell in others for value in cell.ports.values()]
    read = _hidden_bits([*values, *(value for _, value in module.assigned)])
    for number in reversed(list(order)):
        cell = operators[number]
        _cut(cell, read)
        _level(cell)
        read |= _hidden_bits(inputs(cell))
    module.cells = [cell for cell in module.cells if "Y" not in cell.ports or cell.ports["Y"]]
    module.assigned = [
        (driven, value)
        for driven, value in module.assigned
        if any(not bits.wire.startswith("$") for bits in driven) or read & _hidden_bits([driven])
    ]
    _shorten(module)


def _shorten(module: Module) -> None:
    """Leave wires without a name no wider than what is driven or read of them."""
    values = [value for cell in module.cells for value in cell.ports.values()]
    widths: dict[str, int] = {}
    for wire, bit in _hidden_bits([*values, *(v for pair in module.assigned for v in pair)]):
        widths[wire] = max(widths.get(wire, 0), bit + 1)
    for wire, width in widths.items():
        if width < module.wires[wire].width:
            module.wires[wire] = Wire(width)


def _cut(cell: Cell, read: set[tuple[str, int]]) -> None:
    """Drop the highest bits of an output without a name that nothing reads."""
    if cell.kind not in (*_WORDS, "$mux"):
        return
    kept = list(cell.ports["Y"])
    while kept and kept[0].wire.startswith("$"):
        wire, low, width, _ = kept.pop(0)
        while width and (wire, low + width - 1) not in read:
            width -= 1
        if width:
            kept = [Bits(wire, low, width), *kept]
            break
    cell.ports["Y"] = tuple(kept)


def _level(cell: Cell) -> None:
    """Cut or extend the operands of an operator to the width that it works at."""
    is_signed = bool(cell.parameters.get("A_SIGNED"))
    operands = [port for port in ("A", "B") if port in cell.ports]
    if cell.kind in _COMPARISONS:
        width = max(width_of(cell.ports[port]) for port in operands)
    elif cell.kind in (*_WORDS, "$mux"):
        width = width_of(cell.ports["Y"])
    else:
        return
    for port in operands:
        cell.ports[port] = _resized(cell.ports[port], width, is_signed=is_signed)


def _resized(value: Value, width: int, *, is_signed: bool) -> Value:
    missing = width - width_of(value)
    if missing <= 0:
        return part_of(value, 0, width)
    if is_signed:
        return joined((*part_of(value, width_of(value) - 1, 1) * missing, *value))
    return joined((Bits("", 0, missing, "0" * missing), *value))


def _hidden_bits(values: Iterable[Value]) -> set[tuple[str, int]]:
    return {
        (bits.wire, bit)
        for value in values
        for bits in value
        if bits.wire.startswith("$")
        for bit in range(bits.low, bits.low + bits.width)
    }


def merge(module: Module) -> None:
    """Read the lowest bits of a longer result where a shorter one is the same.

    Words are compared without what is above the shorter one, whose operands are such words, too.
    """
    alike: defaultdict[tuple[object, ...], list[Cell]] = defaultdict(list)
    for cell in module.cells:
        if cell.kind in _WORDS and len(cell.ports["Y"]) == 1:
            starts = [(bits.wire, bits.low, bits.constant[-1:]) for *_, bits in inputs(cell)]
            alike[cell.kind, *starts].append(cell)
    replaced: dict[str, str] = {}
    for cells in alike.values():
        cells.sort(key=lambda cell: width_of(cell.ports["Y"]), reverse=True)
        for number, cell in enumerate(cells):
            (bits,) = cell.ports["Y"]
            longer = next((other for other in cells[:number] if _starts(other, cell)), None)
            if longer and bits.wire.startswith("$") and bits.low == longer.ports["Y"][0].low == 0:
                replaced[bits.wire] = longer.ports["Y"][0].wire
    if replaced:
        _replace(module, replaced)
        merge(module)  # what reads them may be alike now


def _replace(module: Module, replaced: dict[str, str]) -> None:
    """Drop operators, and read other wires where theirs were read."""

    def changed(value: Value) -> Value:
        return tuple(bits._replace(wire=replaced.get(bits.wire, bits.wire)) for bits in value)

    module.cells = [
        cell
        for cell in module.cells
        if cell.kind not in _WORDS or cell.ports["Y"][0].wire not in replaced
    ]
    for cell in module.cells:
        cell.ports = {port: changed(value) for port, value in cell.ports.items()}
    module.assigned = [(changed(driven), changed(value)) for driven, value in module.assigned]


def _starts(longer: Cell, shorter: Cell) -> bool:
    """Whether the operands of one operator are the lowest bits of those of another one."""
    return all(
        part_of(long, 0, width_of(short)) == short
        for long, short in zip(inputs(longer), inputs(shorter), strict=True)
    )


def share_operands(module: Module) -> None:
    """Give a value of several parts that several instances read a wire of its own."""
    read = Counter(
        value for cell in module.cells if cell.is_instance for value in cell.ports.values()
    )
    shared: dict[Value, Value] = {}
    for cell in module.cells:
        for port, value in cell.ports.items():
            if not cell.is_instance or len(value) < _SHARED_PARTS or read[value] < 2:
                continue
            if value not in shared:
                name = f"{cell.label.rstrip('0123456789')}_{port}"
                shared[value] = _new_wire(module, name, width_of(value))
                module.assigned.append((shared[value], value))
            cell.ports[port] = shared[value]


def split_registers(module: Module) -> None:
    """Give a register a wire of its own where it drives only some bits of a wire.

    In Verilog either processes or assignments drive a name.
    """
    registered: defaultdict[str, int] = defaultdict(int)
    for cell in module.cells:
        for bits in cell.ports["Q"] if cell.kind in REGISTERS else ():
            registered[bits.wire] += bits.width
    for cell in module.cells:
        if cell.kind in REGISTERS and any(
            registered[bits.wire] < module.wires[bits.wire].width for bits in cell.ports["Q"]
        ):
            driven = cell.ports["Q"]
            held = _new_wire(module, f"{driven[0].wire}_register", width_of(driven))
            cell.ports["Q"] = held
            module.assigned.append((driven, held))


def _new_wire(module: Module, name: str, width: int) -> Value:
    number, free = 1, name
    while free in module.wires:
        number += 1
        free = f"{name}_{number}"
    module.wires[free] = Wire(width)
    return (Bits(free, 0, width),)
