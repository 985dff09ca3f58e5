"""An adder of two unsigned numbers: configuration and circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from amaranth.hdl import Module
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.errors import check_integer
from hw.unit import Stream

__all__ = ["Additions", "ToyAdder"]


@dataclass(frozen=True)
class Additions:
    """What the adder is made for.

    Attributes:
        additions: one after the other, 1 to 1000.

    Raises:
        RequestError: they are out of range.
    """

    additions: int = 20

    def __post_init__(self) -> None:
        check_integer("workload.additions", self.additions, 1, 1000)

    def limits(self) -> dict[str, Any]:
        """The limits as a design file states them."""
        return asdict(self)


@dataclass(frozen=True)
class ToyAdder:
    """An adder of two numbers.

    Attributes:
        bits: of an operand, 1 to 32; the sum has one more.
        register: whether the sum passes a register.
        workload: what it is made for.

    Raises:
        RequestError: the bits are out of range.
    """

    bits: int
    register: bool = False
    workload: Additions = Additions()

    unit: ClassVar[str] = "toy_adder"
    meaning: ClassVar[str] = "adds two unsigned numbers"
    family: ClassVar[str] = "toy"
    operation: ClassVar[str] = "addition"
    limits: ClassVar[type] = Additions
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    formats: ClassVar[tuple[str, ...]] = ()
    parts: ClassVar[Mapping[str, str]] = {"": "add"}

    def __post_init__(self) -> None:
        check_integer("bits", self.bits, 1, 32)

    @property
    def latency(self) -> int:
        """A cycle if there is a register."""
        return int(self.register)

    @property
    def initiation_interval(self) -> int:
        """An addition a cycle."""
        return 1

    @property
    def operations_per_cycle(self) -> int:
        """One."""
        return 1

    def parameters(self) -> dict[str, Any]:
        """See `hw.unit.Unit.parameters`."""
        return {"bits": self.bits, "register": self.register}

    def component(self) -> wiring.Component:
        """See `hw.unit.Unit.component`."""
        return Adder(self)

    def signature(self) -> wiring.Signature:
        """See `hw.unit.Unit.signature`."""
        return wiring.Signature(
            {
                "operands": In(stream.Signature(data.ArrayLayout(self.bits, 2))),
                "sums": Out(stream.Signature(self.bits + 1)),
            }
        )

    def streams(self) -> tuple[Stream, ...]:
        """See `hw.unit.Unit.streams`."""
        operands = data.ArrayLayout(self.bits, 2)
        return (
            Stream("operands", "input", operands, "two numbers to be added"),
            Stream("sums", "output", self.bits + 1, "their sum"),
        )

    def manifest(self) -> dict[str, Any]:
        """See `hw.unit.Unit.manifest`."""
        return {}


class Adder(wiring.Component):
    """The circuit."""

    def __init__(self, unit: ToyAdder) -> None:
        self._unit = unit
        super().__init__(unit.signature())

    def elaborate(self, _platform: object) -> Module:
        """Add; with a register, hold the sum until it is taken."""
        m = Module()
        ports: Any = self  # they come with the signature
        operands, sums = ports.operands, ports.sums
        added = operands.payload[0] + operands.payload[1]
        if not self._unit.register:
            m.d.comb += [
                sums.payload.eq(added),
                sums.valid.eq(operands.valid),
                operands.ready.eq(sums.ready),
            ]
            return m
        m.d.comb += operands.ready.eq(sums.ready | ~sums.valid)
        with m.If(operands.ready):
            m.d.sync += [sums.valid.eq(operands.valid), sums.payload.eq(added)]
        return m
