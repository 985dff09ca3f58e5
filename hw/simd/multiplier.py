"""One array of AND gates for the products of all lanes."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.bitheap import BitHeap
from hw.float.pipeline import Pipeline
from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.pairs import Pair
from hw.simd.selects import Selects, pair_port
from hw.simd.unpack import Side

__all__ = ["Multiplier", "partial_products", "product_bits"]


def product_bits(configuration: SimdMac) -> int:
    """Width of a slice's products."""
    return max(
        8 * start + pair.product_bits for pair in configuration.modes for start in pair.starts
    )


class Multiplier(wiring.Component):
    """Multiplies the significands of all lanes of a slice.

    The array is that of the widest lane's product. Bits of different quarters of the operands meet
    only where both are of one lane, so that the products of narrower lanes stand beside each other,
    at twice the places of their lanes, and one tree of adders sums them: no product carries into
    the next one. What no pair of formats uses is not there.

    Args:
        configuration: of the unit.
        register: whether registers stand before the last adder.

    Ports:
        a, b: significands as `hw.simd.unpack.Unpack` gives them.
        pair: the pair's number.
        advance: the registers move (only with them).
        product: the products.
    """

    def __init__(self, configuration: SimdMac, *, register: bool = False) -> None:
        self._configuration, self._register = configuration, register
        ports = {"a": In(16), "b": In(16), **pair_port(configuration)}
        ports |= {"advance": In(1)} if register else {}
        super().__init__(ports | {"product": Out(product_bits(configuration))})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        selects = Selects(c, self)
        heap = BitHeap(len(self.product), "product")
        gated: dict[int, Value] = {0: self.b}
        for bits in (4, 8):  # b as it meets what is not of the same quarter, not of the same half
            gated[bits] = Signal(16, name=f"b_wider{bits}")
            m.d.comb += gated[bits].eq(self.b & selects.wider(bits).replicate(16))
        rows: dict[int, dict[int, Value]] = {}
        for (i, j), wider in partial_products(c).items():
            rows.setdefault(j, {})[i] = gated[wider][j]
        for j, row in rows.items():
            bits = Signal(max(row) + 1, name=f"row{j}")
            m.d.comb += bits.eq(Cat(self.a[i] & row.get(i, 0) for i in range(len(bits))))
            for i in row:
                heap.add(bits[i : i + 1], lsb=i + j)
        cut = Pipeline(m, ("rows",), self.advance) if self._register else None
        first, second, start = heap.compress(m, platform)
        if cut:
            first, second = cut("rows", first, second)
        upper = Signal(heap.width - start)
        m.d.comb += [
            upper.eq(first[start:] + second),
            self.product.eq(Cat(first[:start], upper)),
        ]
        return m


def partial_products(configuration: SimdMac) -> dict[tuple[int, int], int]:
    """Bits of both operands' significands that meet, each in an AND gate.

    Returns:
        By the bits' places in a and b: lanes wider than which they may meet in; 0 if always.
    """
    c = configuration
    a_used, b_used = ([Side(c, name).used(bit) for bit in range(16)] for name in ("a", "b"))
    return {
        (i, j): _gate(pairs, i, j)
        for j in range(16)
        for i in range(16)
        if _meet(pairs := a_used[i] & b_used[j], i, j)
    }


def _meet(pairs: set[Pair], i: int, j: int) -> bool:
    """Whether bits of two operands are of one lane in any of the pairs that use both."""
    return any(i // pair.lane == j // pair.lane for pair in pairs)


def _gate(pairs: set[Pair], i: int, j: int) -> int:
    """Lanes wider than which the bits may meet in; 0 if they always may."""
    apart = [pair.lane for pair in pairs if i // pair.lane != j // pair.lane]
    return max(apart, default=0)
