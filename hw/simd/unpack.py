"""Operands taken apart: from codes of any format and lane width to one common form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Literal

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec import PositDecoder, float_fields
from hw.formats import Float, Integer, Posit
from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.numbers import Number
from hw.simd.pairs import Pair
from hw.simd.selects import Selects, pair_port

__all__ = ["Side", "Unpack"]


@dataclass(frozen=True)
class Side:
    """The formats of one operand, and where codes of them start.

    A lane's exponent is told as a number of at least 0, the same for all formats that start at a
    quarter: the exponent of the significand's last bit, less the format's unit, plus `offset`.

    Attributes:
        configuration: of the unit.
        operand: which one.
    """

    configuration: SimdMac
    operand: Literal["a", "b"]

    def number(self, pair: Pair) -> Number:
        """This operand of a pair."""
        return getattr(pair, self.operand)

    def formats(self, quarter: int) -> dict[Number, list[Pair]]:
        """Formats of which a code may start at a quarter of a slice, and in which pairs."""
        formats: dict[Number, list[Pair]] = {}
        for pair in self.configuration.modes:
            if quarter in pair.starts:
                formats.setdefault(self.number(pair), []).append(pair)
        return formats

    @property
    def quarters(self) -> tuple[int, ...]:
        """Quarters that lanes start at."""
        return tuple(quarter for quarter in range(4) if self.formats(quarter))

    def offset(self, quarter: int) -> int:
        """What the exponents at a quarter are increased by."""
        return max(number.slack + _free_offset(number) for number in self.formats(quarter))

    def largest_exponent(self, quarter: int, number: Number) -> int:
        """The largest exponent of a format at a quarter, as it is told."""
        return number.exponents[1] - number.unit + self.offset(quarter)

    def exponent_bits(self, quarter: int) -> int:
        """Width of an exponent at a quarter."""
        numbers = self.formats(quarter)
        return max(self.largest_exponent(quarter, number) for number in numbers).bit_length()

    def has(self, flag: Literal["nan", "infinity"], quarter: int) -> bool:
        """Whether a code at a quarter may be a NaN, or an infinity."""
        return any(getattr(number, flag) for number in self.formats(quarter))

    def used(self, bit: int) -> set[Pair]:
        """The pairs whose significands have a bit of a slice's 16."""
        pairs = set()
        for pair in self.configuration.modes:
            width = self.number(pair).significand_bits
            if any(4 * start <= bit < 4 * start + width for start in pair.starts):
                pairs.add(pair)
        return pairs


def _free_offset(number: Number) -> int:
    """What it costs nothing to increase an exponent by: a float's lowest exponent field is 1."""
    return int(isinstance(number.form, Float))


class Unpack(wiring.Component):
    """Takes the codes of one operand's slice apart; combinational.

    Args:
        side: which operand.

    Ports:
        code: the slice of the port.
        pair: the pair's number.
        significand: of all lanes, each in the lowest bits of its lane; zeros elsewhere.
        exponent<quarter>: of the lane that starts there, as `Side` says; where none starts it has
            no meaning, like all that follows. There is none if it is always 0.
        sign<quarter>: its sign.
        nan<quarter>, infinity<quarter>: it is none of the numbers; where there are such codes. Then
            significand and exponent have no meaning.
        zero<quarter>: it is zero; where the other operand has infinities.
    """

    def __init__(self, side: Side) -> None:
        self._side = side
        other = Side(side.configuration, "b" if side.operand == "a" else "a")
        ports = {"code": In(16), **pair_port(side.configuration), "significand": Out(16)}
        for quarter in side.quarters:
            if bits := side.exponent_bits(quarter):
                ports[f"exponent{quarter}"] = Out(bits)
            ports[f"sign{quarter}"] = Out(1)
            for flag in ("nan", "infinity"):
                if side.has(flag, quarter):
                    ports[f"{flag}{quarter}"] = Out(1)
            if other.has("infinity", quarter):
                ports[f"zero{quarter}"] = Out(1)
        super().__init__(ports)

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        selects = Selects(self._side.configuration, self)
        significand: Value = Const(0, 16)
        for quarter in self._side.quarters:
            parts: dict[str, list[Value]] = {}
            for i, (number, pairs) in enumerate(self._side.formats(quarter).items()):
                code = self.code[4 * quarter :][: number.form.bits]
                label = f"{quarter}_{i}"
                taken = _taken_apart(m, platform, number, code, label)
                chosen = Signal(name=f"chosen{label}")
                m.d.comb += chosen.eq(selects.any_of(pairs))
                whole = len(pairs) == len(self._side.configuration.modes)
                for name, value in self._told(m, taken, number, quarter, label).items():
                    gated = value if whole else value & chosen.replicate(len(value))
                    parts.setdefault(name, []).append(gated)
            lane = _any(parts.pop("significand"))
            significand = significand | Cat(Const(0, 4 * quarter), lane)
            for name, values in parts.items():
                if hasattr(self, f"{name}{quarter}"):
                    m.d.comb += getattr(self, f"{name}{quarter}").eq(_any(values))
        m.d.comb += self.significand.eq(significand)
        return m

    def _told(
        self, m: Module, taken: SimpleNamespace, number: Number, quarter: int, label: str
    ) -> dict[str, Value]:
        """The parts of a number as the ports tell them."""
        exponent = Signal(self._side.exponent_bits(quarter), name=f"exponent{label}")
        shift = self._side.offset(quarter) - number.slack - taken.offset
        m.d.comb += exponent.eq(taken.exponent + shift if shift else taken.exponent)
        parts: dict[str, Value] = {
            "significand": taken.significand,
            "exponent": exponent,
            "sign": taken.sign,
        }
        if number.nan:
            parts["nan"] = taken.nan
        if number.infinity:
            parts["infinity"] = taken.infinity
        if hasattr(self, f"zero{quarter}"):
            parts["zero"] = ~taken.significand.any()
        return parts


def _taken_apart(
    m: Module, platform: Modules, number: Number, code: Value, label: str
) -> SimpleNamespace:
    """Sign, significand, exponent, and the flags of a code.

    The exponent is told above the least one and plus an ``offset`` that comes with it.
    """
    form = number.form
    significand = Signal(number.significand_bits, name=f"significand{label}")
    if isinstance(form, Integer):
        sign = code[-1] if form.signed else Const(0, 1)
        magnitude = (code ^ sign.replicate(len(code))) + sign if form.signed else code
        m.d.comb += significand.eq(magnitude)
        exponent = Const(0, 0)
        return SimpleNamespace(sign=sign, significand=significand, exponent=exponent, offset=0)
    if isinstance(form, Posit):
        build = partial(PositDecoder, form)
        taken = platform.place(m, f"decoder{label}", "decoder", build, code=code)
        taken.offset = number.exponents[0]
        return taken
    assert isinstance(form, Float)
    return float_fields(m, form, code, significand)


def _any(values: list[Value]) -> Value:
    """The one of several values that is not zero; they may be of several widths."""
    total = values[0]
    for value in values[1:]:
        total = total | value
    return total
