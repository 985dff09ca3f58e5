"""Products brought to the place in an accumulator where their exponents put them."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.pairs import Pair
from hw.simd.selects import Selects, pair_port
from hw.simd.unpack import Side

__all__ = ["Shifter", "distance_bits", "quarters", "term_bits"]


def quarters(configuration: SimdMac) -> tuple[int, ...]:
    """Quarters of a slice that lanes start at."""
    return tuple(sorted({start for pair in configuration.modes for start in pair.starts}))


def distance_bits(configuration: SimdMac, quarter: int) -> int:
    """Width of the sum of the exponents of both operands."""
    a, b = Side(configuration, "a"), Side(configuration, "b")
    return max(
        a.largest_exponent(quarter, pair.a) + b.largest_exponent(quarter, pair.b)
        for pair in configuration.starting(quarter)
    ).bit_length()


def term_bits(configuration: SimdMac, quarter: int) -> int:
    """Width of the magnitude of a product in units."""
    return max(pair.largest for pair in configuration.starting(quarter)).bit_length()


class Shifter(wiring.Component):
    """Shifts the product of the lane that starts at a quarter; combinational.

    Narrow and wide lanes that start at one place share the shifter; short distances come first, so
    that the word is as wide as it must be, and bits below the unit are dropped at the end: they are
    zeros.

    Args:
        configuration: of the unit.
        quarter: where the lanes start.

    Ports:
        product: the slice's products from that lane's on.
        distance: the sum of the operands' exponents (unless it is always 0).
        pair: the pair's number.
        dropped: the product does not count (only where one that is no number may be other than 0).
        term: the magnitude in units of the pair.
    """

    def __init__(self, configuration: SimdMac, quarter: int) -> None:
        self._configuration, self._quarter = configuration, quarter
        self._pairs = configuration.starting(quarter)
        self._loud = not all(pair.silent for pair in self._pairs)
        ports = {
            "product": In(max(pair.product_bits for pair in self._pairs)),
            **pair_port(configuration),
        }
        if bits := distance_bits(configuration, quarter):
            ports["distance"] = In(bits)
        ports |= {"dropped": In(1)} if self._loud else {}
        super().__init__(ports | {"term": Out(term_bits(configuration, quarter))})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        c, quarter = self._configuration, self._quarter
        below = Side(c, "a").offset(quarter) + Side(c, "b").offset(quarter)
        most = below + len(self.term)
        word = self._own(m)
        for i, select in enumerate(getattr(self, "distance", ())):
            places = 1 << i
            width = min(len(word) + places, most)
            shifted = Signal(width, name=f"left{places}")
            m.d.comb += shifted.eq(Mux(select, Cat(Const(0, places), word)[:width], word))
            word = shifted
        m.d.comb += self.term.eq(word[below:])
        return m

    def _own(self, m: Module) -> Value:
        """The lane's product, without those of the next lanes where it is narrow."""
        selects = Selects(self._configuration, self)
        counts = ~self.dropped if self._loud else Const(1, 1)
        bits: list[Value] = []
        for i, bit in enumerate(self.product):
            # pairs that start here, and in which the bit is of a lane that starts further up
            foreign = [
                pair
                for pair in self._configuration.modes
                if pair.lane * 2 <= i and self._reaches(pair, i)
            ]
            own = ~selects.any_of(foreign) & counts if foreign else counts
            bits.append(bit & own if foreign or self._loud else bit)
        word = Signal(len(bits), name="own")
        m.d.comb += word.eq(Cat(bits))
        return word

    def _reaches(self, pair: Pair, place: int) -> bool:
        """Whether a bit above this lane's product is of another lane's product of a pair."""
        place += 8 * self._quarter
        return any(8 * start <= place < 8 * start + pair.product_bits for start in pair.starts)
