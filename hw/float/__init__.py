"""Floating-point arithmetic units of any `hw.formats.Float`."""

from hw.float.adder import FloatAdder

__all__ = ["FloatAdder"]
