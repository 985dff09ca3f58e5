"""Exact widths of what may be negative."""

from __future__ import annotations

from amaranth.hdl import Shape, signed

__all__ = ["signed_range"]


def signed_range(low: int, high: int) -> Shape:
    """The narrowest two's complement that holds ``low`` and ``high``."""
    return signed(1 + max((value if value >= 0 else ~value).bit_length() for value in (low, high)))
