"""The sum of an operation's products multiplied with the product of both scales."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.bitheap import BitHeap
from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.dot import dot_bits, dot_pairs
from hw.simd.scales import shift_bits, significand_bits

__all__ = ["Scaler", "scaled_bits"]


def scaled_bits(configuration: SimdMac) -> int:
    """Width of what an operation adds to a sum, in units of the sum and two's complement."""
    c = configuration
    return max(pair.sum_bits(c.lanes(pair)) for pair in dot_pairs(c))


class Scaler(wiring.Component):
    """Multiplies with a significand and shifts; combinational.

    Args:
        configuration: of the unit; it has pairs of block formats.

    Ports:
        magnitude, sign: as `hw.simd.dot.Dot` gives them: of a negative sum all bits are inverted.
        significand, shift: as `hw.simd.scales.Scales` gives them.
        scaled_magnitude, scaled_sign: the product, in the same form.
    """

    def __init__(self, configuration: SimdMac) -> None:
        self._configuration = c = configuration
        super().__init__(
            {
                "magnitude": In(dot_bits(c) - 1),
                "sign": In(1),
                "significand": In(significand_bits(c)),
                "shift": In(shift_bits(c)),
                "scaled_magnitude": Out(scaled_bits(c) - 1),
                "scaled_sign": Out(1),
            }
        )

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        word, sign = self._product(m, platform)
        most = len(self.scaled_magnitude)
        for i, chosen in enumerate(self.shift):
            places = 1 << i
            width = min(most, len(word) + places)
            moved = Cat(sign.replicate(places), word)  # zeros come in, inverted like the rest
            shifted = Signal(width, name=f"shifted{places}")
            m.d.comb += shifted.eq(Mux(chosen, moved[:width], word))
            word = shifted
        m.d.comb += [self.scaled_magnitude.eq(word), self.scaled_sign.eq(sign)]
        return m

    def _product(self, m: Module, platform: Modules) -> tuple[Value, Value]:
        """The sum times the significand, before it is shifted, and its sign."""
        width, sign = len(self.magnitude), self.sign
        if len(self.significand) == 1:
            return self.magnitude & self.significand.replicate(width), sign & self.significand
        heap = BitHeap(width + 1 + len(self.significand), "scaled")
        number = Signal(width)
        m.d.comb += number.eq(self.magnitude ^ sign.replicate(width))
        for i, bit in enumerate(self.significand):
            row = Signal(width + 1, name=f"row{i}")
            # the sign bit counts -2**width: inverted, 2**width more than it should
            m.d.comb += row.eq(Cat(number & bit.replicate(width), ~(sign & bit)))
            heap.add(row, lsb=i)
        total, product = Signal(heap.width), Signal(heap.width)
        excess = (1 << len(self.significand)) - 1 << width
        m.d.comb += total.eq(heap.emit(m, platform))
        upper = total[width:] + (-excess >> width) % (1 << heap.width - width)
        m.d.comb += product.eq(Cat(total[:width], upper[: heap.width - width]))
        return product[:-1] ^ product[-1].replicate(heap.width - 1), product[-1]
