"""SIMD multiply-accumulate units: one datapath for lanes of 4, 8 and 16 bits and many formats."""

from hw.simd.configuration import SimdLimits, SimdMac

#: The units of the family.
UNITS = (SimdMac,)

__all__ = ["UNITS", "SimdLimits", "SimdMac"]
