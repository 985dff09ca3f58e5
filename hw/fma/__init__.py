"""Fused multiply-add units: exact, or with partial sums that are normalised a little or never."""

from hw.fma.configuration import Cut, Difference, Fma, FmaLimits, Product
from hw.fma.products import Multiplier

#: The units of the family.
UNITS = (Fma,)

__all__ = ["UNITS", "Cut", "Difference", "Fma", "FmaLimits", "Multiplier", "Product"]
