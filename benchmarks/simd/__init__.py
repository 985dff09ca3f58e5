"""How fast SIMD units are worked on."""

from benchmarks.measuring import Measure

__all__ = ["MEASURES"]

MEASURES: tuple[Measure, ...] = ()
