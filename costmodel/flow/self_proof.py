"""A technology's proof of itself: every cell and every function goes through the flow and is right.

One circuit has each cell of the library in it, as a user's design may, and each function that the
flow may choose cells for, as text: logic, flip-flops and an addition. It is mapped, and the netlist
is evaluated, logic for all inputs, flip-flops for many sequences of data, clock, clear and preset.
What comes out must be what the technology says of its cells.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from costmodel.flow.mapped import map_once
from costmodel.flow.recipes import Recipe
from costmodel.library.expression import substituted
from costmodel.library.identifiers import identifier
from costmodel.library.technology import Cell, Technology
from costmodel.netlist.cell_values import Evaluation, evaluated, next_state
from costmodel.netlist.source import Source
from costmodel.work.worker import DEFAULT_LIMITS, Limits, WorkFailedError
from hw.errors import RequestError

__all__ = ["prove"]

_TOP = "macsmith_proof"
_RECIPE = Recipe(hierarchy="flat", adders="cells", aim="plain")
_ADDEND_BITS = 3
_LEAST_LANES = 64  # all inputs of the addition, and sequences for each flip-flop
_STEPS = 32  # of a sequence: data and forcing pins change, then the clock, and again


@dataclass
class _Case:
    """A cell in the circuit, its pins driven by a port ``aN``.

    Attributes:
        number: N; the port ``cN`` has what the cell puts out, ``fN`` what its functions do.
        cell: of the library.
        chosen: the flow may choose cells for its functions: ``fN`` is there.
        pins: values on its inputs.
        state: of a flip-flop.
    """

    number: int
    cell: Cell
    chosen: bool
    pins: dict[str, int] = field(default_factory=dict)
    state: int = 0

    def verilog(self) -> tuple[list[str], list[str]]:
        """Ports and lines of the circuit."""
        cell, number = self.cell, self.number
        pins = {pin: f"a{number}[{i}]" for i, pin in enumerate(cell.inputs)}
        outputs = {pin: f"c{number}[{i}]" for i, pin in enumerate(cell.outputs)}
        ports = [f"output [{len(outputs) - 1}:0] c{number}"]
        if pins:
            ports.append(f"input [{len(pins) - 1}:0] a{number}")
        connected = (f".{identifier(pin)}({net})" for pin, net in (pins | outputs).items())
        lines = [f"{identifier(cell.name)} cell{number} ({', '.join(connected)});"]
        if self.chosen:
            ports.append(f"output [{len(outputs) - 1}:0] f{number}")
            if cell.flop is not None:
                lines += _register(cell, f"s{number}", pins)
                pins = {"state": f"s{number}"}
            for i, output in enumerate(cell.outputs.values()):
                lines.append(f"assign f{number}[{i}] = {substituted(output.function, pins)};")
        return ports, lines

    def stimulate(self, step: int, lanes: int, generator: random.Random) -> None:
        """Change the pins: those of logic to all combinations, those of a flip-flop by turns."""
        before, ones = self.pins, (1 << lanes) - 1
        flop = self.cell.flop
        if flop is None:
            self.pins = {pin: _column(i, lanes) for i, pin in enumerate(self.cell.inputs)}
        elif step % 2:
            self.pins = before | {flop.clock: before[flop.clock] ^ ones}
        else:
            self.pins = {pin: generator.getrandbits(lanes) for pin in self.cell.inputs}
            self.pins[flop.clock] = before.get(flop.clock, 0)
            idle = ones if step < 2 else generator.getrandbits(lanes)
            for forced in (flop.clear, flop.preset):
                if forced is not None:
                    pin, level = forced
                    active = self.pins[pin] & ~idle
                    self.pins[pin] = active if level else active ^ ones
                    idle |= active  # never both
        if flop is not None and before:
            self.state = next_state(flop, self.state, before, self.pins, ones)

    def expected(self, lanes: int) -> list[int]:
        """What the outputs must be."""
        ones = (1 << lanes) - 1
        if self.cell.flop is None:
            values = list(self.pins.values())
            return [evaluated(self.cell, pin, ones)(*values) for pin in self.cell.outputs]
        inverted = [output.function == "~state" for output in self.cell.outputs.values()]
        return [self.state ^ ones if is_inverted else self.state for is_inverted in inverted]


def prove(technology: Technology, limits: Limits = DEFAULT_LIMITS) -> None:
    """See that mapping keeps the functions of a technology's cells; takes about a second.

    Raises:
        RequestError: a cell or a function comes out wrong; the sentence names the cell.
    """
    cases = list(_cases(technology))
    widest = max(len(case.cell.inputs) for case in cases if case.cell.flop is None)
    lanes = max(_LEAST_LANES, 2**widest)
    source = Source(_verilog(cases), "verilog", _TOP, rows=False)
    try:
        mapped = map_once(source, _RECIPE, technology, None, limits)
    except WorkFailedError as error:
        raise RequestError(
            f"the cells of {technology.name} do not go through synthesis: {error}"
        ) from error
    evaluation = Evaluation(mapped.netlist, lanes)
    bits = [_column(i, lanes) for i in range(2 * _ADDEND_BITS)]
    addends = {"x": bits[:_ADDEND_BITS], "y": bits[_ADDEND_BITS:]}
    generator = random.Random(1)
    for step in range(_STEPS):
        for case in cases:
            case.stimulate(step, lanes, generator)
        inputs = {f"a{case.number}": list(case.pins.values()) for case in cases if case.pins}
        evaluation.apply(inputs | addends)
        for case in cases:
            if case.cell.flop is None or step > 2:  # both clock edges have been
                _compare(technology, case, evaluation, lanes)
    if evaluation.read("sum") != _sum(addends["x"], addends["y"]):
        raise RequestError(
            f"{technology.name} fails its proof: an addition, by the adder cells of the library"
            " where it has any, comes out of synthesis as something else"
        )


def _cases(technology: Technology) -> Iterator[_Case]:
    """All cells; of those of one function the flow needs to be asked for one."""
    seen: set[object] = set()
    for number, cell in enumerate(technology.cells.values()):
        pins = {pin: f"p{i}" for i, pin in enumerate(cell.inputs)} | {"state": "state"}
        functions = [substituted(output.function, pins) for output in cell.outputs.values()]
        flop = cell.flop
        kind = flop and (
            flop.rising,
            flop.data_inverted,
            flop.clear and flop.clear[1],
            flop.preset and flop.preset[1],
        )
        key = kind, *functions
        yield _Case(number, cell, chosen=not cell.excluded and key not in seen)
        if not cell.excluded:
            seen.add(key)


def _verilog(cases: list[_Case]) -> str:
    last = _ADDEND_BITS - 1
    ports = [f"input [{last}:0] x", f"input [{last}:0] y", f"output [{last + 1}:0] sum"]
    lines = ["assign sum = x + y;"]
    for case in cases:
        of_case = case.verilog()
        ports += of_case[0]
        lines += of_case[1]
    return "\n".join([f"module {_TOP}({', '.join(ports)});", *lines, "endmodule", ""])


def _register(cell: Cell, state: str, pins: dict[str, str]) -> Iterator[str]:
    flop = cell.flop
    assert flop is not None
    events = [f"{'posedge' if flop.rising else 'negedge'} {pins[flop.clock]}"]
    text = f"{state} <= {'~' if flop.data_inverted else ''}{pins[flop.data]};"
    for forced, value in ((flop.preset, 1), (flop.clear, 0)):
        if forced is not None:
            pin, level = forced
            events.append(f"{'posedge' if level else 'negedge'} {pins[pin]}")
            text = f"if ({'' if level else '!'}{pins[pin]}) {state} <= {value}; else {text}"
    yield f"reg {state};"
    yield f"always @({' or '.join(events)}) {text}"


def _column(position: int, lanes: int) -> int:
    """Bit ``position`` of the numbers 0, 1, ..., one a lane."""
    period = ((1 << (1 << position)) - 1) << (1 << position)  # zeros, then ones
    width = 2 << position
    return sum(period << start for start in range(0, lanes, width)) & ((1 << lanes) - 1)


def _sum(first: list[int], second: list[int]) -> list[int]:
    """Bits of the sums of two numbers in each lane."""
    carry, bits = 0, []
    for x, y in zip(first, second, strict=True):
        bits.append(x ^ y ^ carry)
        carry = x & y | x & carry | y & carry
    return [*bits, carry]


def _compare(technology: Technology, case: _Case, evaluation: Evaluation, lanes: int) -> None:
    expected = case.expected(lanes)
    for port, what in (("c", "the cell itself, instantiated,"), ("f", "its function, mapped,")):
        if port == "f" and not case.chosen:
            continue
        mapped = evaluation.read(f"{port}{case.number}")
        for pin, theirs, ours in zip(case.cell.outputs, mapped, expected, strict=True):
            if theirs != ours:
                raise RequestError(
                    f"{technology.name} fails its proof at the output {pin} of the cell"
                    f" {case.cell.name}: {what} comes out of synthesis as something else than"
                    f" {case.cell.outputs[pin].function}"
                )
