"""Matrix products in columns of fused multiply-add units (`sim.arithmetics.Arithmetic`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw.fma import Fma
from sim.arithmetics.arithmetic import Matrix, scaled_codes
from sim.fma.column import matrix_values

__all__ = ["Columns", "arithmetic_of"]


@dataclass(frozen=True)
class Columns:
    """Sums of columns of a unit, bit for bit, before their foot rounds them to float32."""

    unit: Fma

    @property
    def meaning(self) -> str:
        """One line."""
        unit = self.unit
        first, second = unit.a, "" if unit.b == unit.a else f" and {unit.b}"
        sums = unit.accumulator
        if unit.sum_format is None:
            words = [unit.normalization, *(["normalized products"] * (unit.product != "raw"))]
            words += [f"{unit.guard_bits} guard bits"] * (unit.guard_bits > 0)
            words += [word for word in (unit.cut, unit.difference) if word in ("jam", "inverted")]
            sums += f" ({', '.join(words)})"
        return f"operands in {first}{second}, summed one after the other in {sums}"

    def product(self, x: Matrix, y: Matrix) -> Matrix:
        """See `sim.arithmetics.Arithmetic`.

        Raises:
            RequestError: sums are longer than the unit's.
        """
        first, second = self.unit.factors
        a, rows = scaled_codes(first, x, -1, self.unit.sum_format)
        b, columns = scaled_codes(second, y, -2, self.unit.sum_format)
        return (matrix_values(self.unit, a, b) * rows * columns).astype(np.float32)


def arithmetic_of(unit: Fma) -> Columns:
    """The arithmetic of a unit."""
    return Columns(unit)
