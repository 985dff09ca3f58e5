"""Speed of what is done with matrix engines: the golden model."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.measuring import Row, best
from hw.engine import EngineLimits, MatrixEngine
from sim.engine.data import typical_products
from sim.engine.golden import values

__all__ = ["MEASURES"]

_VECTORS = 256


def golden() -> Iterator[Row]:
    """The golden model's sums, word for word."""
    engines = {
        "int8": MatrixEngine(rows=8, columns=8, a="int8"),
        "bf16 in raw17": MatrixEngine(
            rows=8,
            columns=8,
            a="bf16",
            accumulator="raw17",
            normalization="carry_only",
            result="bf16",
            workload=EngineLimits(8),
        ),
    }
    for name, unit in engines.items():
        (product, *_) = typical_products(unit, _VECTORS, np.random.default_rng(0), batch=_VECTORS)
        seconds = best(partial(values, unit, product), 3)
        yield Row(
            f"golden product, {_VECTORS} x 8 x 8 of {name}",
            f"{1e3 * seconds:.0f} ms",
            "<= 100 ms",
            seconds <= 0.1,
        )


MEASURES = (golden,)
