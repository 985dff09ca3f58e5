"""What the tests of SIMD units share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hw.families import FAMILIES, Family, joined
from hw.simd import SimdLimits, SimdMac

__all__ = ["simd_family", "unit"]

#: FP4 and three posits: the formats of the unit that is published as XR-NPE.
XR = "fp4_e2m1,posit4_1,posit8_0,posit16_1"


def unit(pairs: str, terms: int = 100, **changes: Any) -> SimdMac:
    """A unit with sums of so many terms."""
    return SimdMac(pairs=pairs, workload=SimdLimits(terms), **changes)


@pytest.fixture(autouse=True)
def simd_family() -> Iterator[None]:
    """The family, as long as it is not one of the house."""
    if "simd" in FAMILIES:
        yield
        return
    with joined(Family("simd")):
        yield
