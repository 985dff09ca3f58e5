"""What the tests of matrix engines share."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.engine import EngineLimits, MatrixEngine
from hw.families import FAMILIES, Family, joined
from sim.formats import decode

__all__ = ["engine", "engine_family", "exact_product"]


def engine(rows: int, columns: int, a: str, terms: int = 4096, **changes: Any) -> MatrixEngine:
    """An engine with sums of so many terms."""
    return MatrixEngine(rows=rows, columns=columns, a=a, workload=EngineLimits(terms), **changes)


@pytest.fixture(autouse=True)
def engine_family() -> Iterator[None]:
    """The family, as long as it is not one of the house."""
    if "engine" in FAMILIES:
        yield
        return
    with joined(Family("engine")):
        yield


def exact_product(
    unit: MatrixEngine, a: NDArray[np.int64], b: NDArray[np.int64]
) -> list[list[Fraction]]:
    """A matrix product of codes of numbers, in fractions."""
    x, y = (
        [[Fraction(value) for value in row] for row in decode(form, codes).tolist()]
        for form, codes in zip(unit.factors, (a, b), strict=True)
    )
    return [
        [
            sum((p * q for p, q in zip(row, column, strict=True)), Fraction(0))
            for column in zip(*y, strict=True)
        ]
        for row in x
    ]
