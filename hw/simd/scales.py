"""Both scales of an operation taken apart, and their product."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Literal

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec import ScaleDecoder
from hw.codec.shapes import signed_range
from hw.float.product import product_heap
from hw.formats import Scale
from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.pairs import Pair
from hw.simd.ports import scale_bits
from hw.simd.scaling import Scaling
from hw.simd.selects import Selects, pair_port

__all__ = ["Scales", "scaled_modes", "shift_bits", "significand_bits", "windows"]


def scaled_modes(configuration: SimdMac) -> dict[Pair, Scaling]:
    """The pairs of block formats, and what their scales do."""
    return {pair: pair.scaling for pair in configuration.modes if pair.scaling}


def significand_bits(configuration: SimdMac) -> int:
    """Width of the product of the scales' significands."""
    return max(scaling.significand_bits for scaling in scaled_modes(configuration).values())


def shift_bits(configuration: SimdMac) -> int:
    """Width of the exponent of the product of the scales, above the least that is served."""
    return max(_span(scaling) for scaling in scaled_modes(configuration).values()).bit_length()


def windows(configuration: SimdMac) -> dict[int, list[Pair]]:
    """The pairs whose window does not serve all products, by the span of its exponents."""
    clipped: dict[int, list[Pair]] = {}
    for pair, scaling in scaled_modes(configuration).items():
        if scaling.exponents != scaling.all_exponents:
            clipped.setdefault(_span(scaling), []).append(pair)
    return clipped


def _span(scaling: Scaling) -> int:
    low, high = scaling.exponents
    return high - low


class Scales(wiring.Component):
    """Multiplies the scales of both operands' blocks; combinational.

    Args:
        configuration: of the unit; it has pairs of block formats.

    Ports:
        scale_a, scale_b: codes of the scales, in the lowest bits.
        pair: the pair's number.
        significand: of the product; 1 of pairs without blocks, 0 beside ``nan`` and ``outside``.
        shift: its exponent above the least one that the pair's window serves; 0 of pairs without
            blocks.
        nan: a scale is NaN.
        outside: the product lies outside the pair's window, and has no place in an exact sum (only
            if there may be such products).
    """

    def __init__(self, configuration: SimdMac) -> None:
        self._configuration = c = configuration
        ports = {"scale_a": In(scale_bits(c, "a")), "scale_b": In(scale_bits(c, "b"))}
        ports |= {**pair_port(c), "significand": Out(significand_bits(c))}
        ports |= {"shift": Out(shift_bits(c)), "nan": Out(1)}
        super().__init__(ports | ({"outside": Out(1)} if windows(c) else {}))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        modes = scaled_modes(self._configuration)
        selects = Selects(self._configuration, self)
        a, b = (self._taken_apart(m, platform, selects, operand) for operand in ("a", "b"))
        scaled = selects.any_of(modes)
        shape = signed_range(
            min(s.all_exponents[0] - s.exponents[0] for s in modes.values()),
            max(s.all_exponents[1] - s.exponents[0] for s in modes.values()),
        )
        exponent = Signal(shape)
        m.d.comb += exponent.eq(a.exponent + b.exponent - self._least(selects))
        none: Value = self.nan
        if clipped := windows(self._configuration):
            beyond = [
                (exponent[-1] | (exponent > span)) & selects.any_of(pairs)
                for span, pairs in clipped.items()
            ]
            m.d.comb += self.outside.eq(Cat(beyond).any())
            none = none | self.outside
        m.d.comb += [
            self.nan.eq(scaled & (a.nan | b.nan)),
            self.shift.eq(exponent[: len(self.shift)] & scaled.replicate(len(self.shift))),
        ]
        product = self._product(m, platform, a.significand, b.significand)
        counted = Mux(scaled, product, 1)
        m.d.comb += self.significand.eq(
            counted[: len(self.significand)] & (~none).replicate(len(self.significand))
        )
        return m

    def _taken_apart(
        self, m: Module, platform: Modules, selects: Selects, operand: Literal["a", "b"]
    ) -> SimpleNamespace:
        """Significand, exponent and ``nan`` of one operand's scale."""
        pairs: dict[Scale, list[Pair]] = {}
        for pair, scaling in scaled_modes(self._configuration).items():
            pairs.setdefault(getattr(scaling, operand), []).append(pair)
        lows, highs = zip(*(form.exponents for form in pairs), strict=True)
        shape = signed_range(min(lows), max(highs))
        significand: Value = Const(0, 1)
        exponent: Value = Const(0, shape.width)
        nan: Value = Const(0, 1)
        code = getattr(self, f"scale_{operand}")
        for number, (form, of_form) in enumerate(pairs.items()):
            build = partial(ScaleDecoder, form)
            label = f"decoder_{operand}{number}"
            taken = platform.place(m, label, "scale_decoder", build, code=code[: form.bits])
            chosen = Signal(name=f"chosen_{operand}{number}")
            wide = Signal(shape, name=f"exponent_{operand}{number}")
            m.d.comb += [
                chosen.eq(selects.any_of(of_form) if len(pairs) > 1 else Const(1, 1)),
                wide.eq(taken.exponent),
            ]
            significand |= taken.significand & chosen.replicate(form.significand_bits)
            exponent |= wide.as_unsigned() & chosen.replicate(shape.width)
            nan |= taken.nan & chosen
        return SimpleNamespace(significand=significand, exponent=exponent.as_signed(), nan=nan)

    def _least(self, selects: Selects) -> Value:
        """The least exponent that the pair's window serves."""
        by_exponent: dict[int, list[Pair]] = {}
        for pair, scaling in scaled_modes(self._configuration).items():
            by_exponent.setdefault(scaling.exponents[0], []).append(pair)
        shape = signed_range(min(by_exponent), max(by_exponent))
        if len(by_exponent) == 1:
            return Const(next(iter(by_exponent)), shape)
        least: Value = Const(0, shape.width)
        for exponent, pairs in by_exponent.items():
            bits = Const(exponent, shape).as_unsigned()
            least |= bits & selects.any_of(pairs).replicate(shape.width)
        return least.as_signed()

    def _product(self, m: Module, platform: Modules, one: Value, other: Value) -> Value:
        """The product of both significands; powers of two have none."""
        if min(len(one), len(other)) == 1:
            return one if len(other) == 1 else other
        return product_heap(m, one, other).emit(m, platform)
