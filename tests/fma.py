"""What the tests of fused multiply-add units share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hw.families import FAMILIES, Family, joined
from hw.fma import Fma, FmaLimits

__all__ = ["fma", "fma_family"]


def fma(a: str, accumulator: str, terms: int = 4096, **changes: Any) -> Fma:
    """A unit with sums of so many terms."""
    return Fma(a=a, accumulator=accumulator, workload=FmaLimits(terms), **changes)


@pytest.fixture(autouse=True)
def fma_family() -> Iterator[None]:
    """The family, as long as it is not one of the house."""
    if "fma" in FAMILIES:
        yield
        return
    with joined(Family("fma")):
        yield
