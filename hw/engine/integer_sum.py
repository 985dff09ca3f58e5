"""A product of integers added to a sum: one bit heap, the sum among its partial products.

Partial products that count negatively come inverted, and with them a constant is missing from the
sum (C. R. Baugh, B. A. Wooley, "A two's complement parallel array multiplication algorithm", IEEE
Trans. Computers C-22(12), 1973). It is the same in each element, so it is not added there: sums
start with that of a whole column.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value

from hw.bitheap import BitHeap
from hw.formats import Integer
from hw.modules import Modules

__all__ = ["integer_sum", "missing"]


def integer_sum(
    m: Module,
    modules: Modules,
    formats: tuple[Integer, Integer],
    a: Value,
    b: Value,
    total: Value,
) -> Value:
    """The sum of a product and a sum so far, modulo 2 to its width, but for what is `missing`."""
    heap = BitHeap(len(total))
    for j in range(formats[1].bits):
        row = Signal(formats[0].bits, name=f"row{j}")
        bits = [~(x & b[j]) if _negative(formats, i, j) else x & b[j] for i, x in enumerate(a)]
        m.d.comb += row.eq(Cat(bits))
        heap.add(row, lsb=j)
    heap.add(total)
    return heap.emit(m, modules)


def missing(formats: tuple[Integer, Integer]) -> int:
    """What is missing from each product that `integer_sum` adds."""
    a, b = formats
    return -sum(
        1 << i + j for i in range(a.bits) for j in range(b.bits) if _negative(formats, i, j)
    )


def _negative(formats: tuple[Integer, Integer], i: int, j: int) -> bool:
    """Whether the product of two bits counts negatively: of one sign bit, not of two."""
    a, b = formats
    return (a.signed and i == a.bits - 1) != (b.signed and j == b.bits - 1)
