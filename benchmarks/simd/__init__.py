"""Speed of what is done with SIMD units: the golden model, the benches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.measuring import Row, best
from benchmarks.simd.benches import benches
from hw.simd import SimdLimits, SimdMac
from sim.simd.data import random_operations
from sim.simd.golden import exact_sums

__all__ = ["MEASURES"]

_OPERATIONS = 20_000  # what `make test` does with a pair of formats of 16 bits


def golden() -> Iterator[Row]:
    """The golden model's exact sums."""
    for pairs in ("int8", "fp8_e4m3", "posit16_1"):
        unit = SimdMac(pairs=pairs, workload=SimdLimits(64))
        operations = random_operations(unit, _OPERATIONS, np.random.default_rng(0), typical=False)
        seconds = best(partial(exact_sums, unit, operations), 3)
        yield Row(
            f"golden sums of {_OPERATIONS:,} operations of {pairs}",
            f"{seconds:.2f} s",
            "<= 0.5 s",
            seconds <= 0.5,
        )


MEASURES = (golden, benches)
