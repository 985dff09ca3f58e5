"""Speed of the compiled bench, beside cocotb's on the same unit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measuring import Row
from hw.simd import SimdLimits, SimdMac
from hw.simd.configuration import Sums
from sim.simd.operations import sums_of
from sim.simulate import simulate

__all__ = ["benches"]

_WORDS, _FEW = 1 << 17, 1 << 13
_TARGET = 1_000_000


def benches() -> Iterator[Row]:
    """Checked words a second of a multiplier of two lanes of 8 bits, each sum a single product.

    Reset to last word, as ``simulate`` states it; results that Python makes of them are not in it.
    """
    unit = SimdMac(pairs="int8", sums=Sums.LANES, workload=SimdLimits(1))
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 256, (2, _WORDS, 2))
    work = sums_of(unit, 0, *factors, dot=False)
    few = sums_of(unit, 0, *factors[:, :_FEW], dot=False)
    simulate(unit, [few], compiled=True)
    cocotb = max(simulate(unit, [few]).cycles_per_second for _ in range(3))
    rate = max(simulate(unit, [work], compiled=True).cycles_per_second for _ in range(3))
    yield Row(
        "compiled bench, two products of 8 bits a word",
        f"{rate / 1e6:.2g} million words/s",
        f">= {_TARGET / 1e6:.0f} million words/s",
        rate >= _TARGET,
        f"{rate / cocotb:.0f} x the {cocotb:,.0f} words/s of cocotb's",
    )
