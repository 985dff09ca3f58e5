"""The sum of the products of all lanes of an operation."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.bitheap import BitHeap
from hw.modules import Modules
from hw.simd.configuration import SimdMac, Sums
from hw.simd.pairs import Pair
from hw.simd.selects import Selects, pair_port
from hw.simd.shifter import quarters

__all__ = ["Dot", "dot_bits", "dot_pairs", "dot_term_bits"]


def dot_pairs(configuration: SimdMac) -> list[Pair]:
    """The pairs of which the products of an operation may be summed before anything else."""
    c = configuration
    if c.sums is Sums.LANES:
        return []
    whole = c.sum_format is not None
    return [pair for pair in c.modes if whole or pair.blocks or c.lanes(pair) > 1]


def dot_bits(configuration: SimdMac) -> int:
    """Width of the sum of an operation, in units of its products and two's complement."""
    c = configuration
    return max(pair.element_sum_bits(c.lanes(pair)) for pair in dot_pairs(c))


def dot_term_bits(configuration: SimdMac, quarter: int) -> int:
    """Width of the magnitudes that are summed of the lanes that start at a quarter; or 0."""
    of_quarter = [p.largest.bit_length() for p in dot_pairs(configuration) if quarter in p.starts]
    return max(of_quarter, default=0)


class Dot(wiring.Component):
    """Sums the products of all lanes of all slices in one tree; combinational.

    Args:
        configuration: of the unit; it has `dot_pairs`.

    Ports:
        term<slice>_<quarter>: magnitude of the product of the lane that starts there.
        sign<slice>_<quarter>: it is negative.
        pair: the pair's number.
        sums: the operation is a dot product; else all terms count as zeros.
        magnitude: the sum, all its bits inverted if it is negative.
        sign: it is negative.
    """

    def __init__(self, configuration: SimdMac) -> None:
        self._configuration = c = configuration
        ports: dict[str, wiring.Member] = {}
        for slice_ in range(c.slices):
            for quarter in quarters(c):
                if bits := dot_term_bits(c, quarter):
                    ports[f"term{slice_}_{quarter}"] = In(bits)
                    ports[f"sign{slice_}_{quarter}"] = In(1)
        ports |= {**pair_port(c), "sums": In(1)}
        super().__init__(ports | {"magnitude": Out(dot_bits(c) - 1), "sign": Out(1)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        selects = Selects(c, self)
        bits = dot_bits(c)
        heap = BitHeap(bits, "dot")
        excess, lowest = 0, bits
        for quarter in quarters(c):
            if not (width := dot_term_bits(c, quarter)):
                continue
            counts = Signal(name=f"counts{quarter}")
            starting = [pair for pair in dot_pairs(c) if quarter in pair.starts]
            m.d.comb += counts.eq(self.sums & selects.any_of(starting))
            for slice_ in range(c.slices):
                term, sign = (
                    getattr(self, f"{name}{slice_}_{quarter}") for name in ("term", "sign")
                )
                negative = Signal(name=f"negative{slice_}_{quarter}")
                row = Signal(width + 1, name=f"row{slice_}_{quarter}")
                magnitude = term & counts.replicate(width)
                m.d.comb += [
                    negative.eq(sign & counts),
                    # the sign bit counts -2**width: inverted, 2**width more than it should
                    row.eq(Cat(magnitude ^ negative.replicate(width), ~negative)),
                ]
                heap.add(row)
                heap.add(negative)
                excess += 1 << width
                lowest = min(lowest, width)
        total = Signal(bits)
        exact = Signal(bits)
        m.d.comb += total.eq(heap.emit(m, platform))
        upper = total[lowest:] + (-excess >> lowest) % (1 << bits - lowest)
        m.d.comb += [
            exact.eq(Cat(total[:lowest], upper[: bits - lowest])),
            self.sign.eq(exact[-1]),
            self.magnitude.eq(exact[:-1] ^ exact[-1].replicate(bits - 1)),
        ]
        return m
