"""What sums of a fused multiply-add unit lose: measured by its golden model, once a unit."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from hw.fma import Fma
from sim.fma.column import stepped_values
from sim.formats import encode

__all__ = ["rms_error_percent"]

_SUMS, _MOST_TERMS = 256, 256
_KEPT = 4096  # units whose errors are remembered


def rms_error_percent(unit: Fma) -> float:
    """RMS error of a column's sums, in percent of the RMS of the exact sums.

    Of 256 sums of 256 products, or of `FmaLimits.terms` if those are fewer. Both factors are
    normally distributed; rounding them to their formats is part of the error, rounding at the foot
    of a column is not. It is a sample: another seed moves it by some percent of itself.
    """
    return _error(replace(unit, depth=0, flags=False))


@lru_cache(_KEPT)
def _error(unit: Fma) -> float:
    rng = np.random.default_rng(15)
    shape = (min(unit.workload.terms, _MOST_TERMS), _SUMS)
    factors = [rng.standard_normal(shape) for _ in unit.factors]
    codes = [
        encode(form, values).astype(np.int64)
        for form, values in zip(unit.factors, factors, strict=True)
    ]
    exact = (factors[0] * factors[1]).sum(axis=0)
    error = stepped_values(unit, codes[0], codes[1]) - exact
    return float(100 * np.sqrt((error**2).mean() / (exact**2).mean()))
