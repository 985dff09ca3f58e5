"""The product of two significands as a bit heap."""

from __future__ import annotations

from amaranth.hdl import Module, Signal, Value

from hw.bitheap import BitHeap

__all__ = ["product_heap"]


def product_heap(m: Module, first: Value, second: Value) -> BitHeap:
    """The partial products of two unsigned numbers, a row for each bit of the second one."""
    heap = BitHeap(len(first) + len(second), "product")
    for i, bit in enumerate(second):
        row = Signal(len(first), name=f"row{i}")
        m.d.comb += row.eq(first & bit.replicate(len(first)))
        heap.add(row, lsb=i)
    return heap
