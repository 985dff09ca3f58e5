"""Matrix products in columns of fused multiply-add units (`sim.arithmetics.Arithmetic`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hw.errors import RequestError
from hw.fma import Cut, Difference, Fma, Multiplier, Product
from sim.arithmetics.arithmetic import Matrix, scaled_codes
from sim.fma.column import matrix_values

__all__ = ["Columns", "arithmetic_of", "named_arithmetic"]

_OPTIONS: dict[str, dict[str, Any]] = {
    "jam": {"cut": Cut.JAM},
    "inverted": {"difference": Difference.INVERTED},
    "normalized": {"product": Product.NORMALIZED},
}


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
        exact = unit.multiplier is Multiplier.EXACT
        products = "" if exact else f", products by {unit.multiplier}"
        return f"operands in {first}{second}{products}, summed one after the other in {sums}"

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
    """The arithmetic of a unit.

    Raises:
        RequestError: its codes are logarithms, to which no numbers are rounded here.
    """
    if unit.multiplier is Multiplier.LNS:
        raise RequestError(
            "multiplier = 'lns' is not allowed in a model: its codes are logarithms, and numbers"
            " are rounded to floats here"
        )
    return Columns(unit)


def named_arithmetic(factors: str, accumulator: str, *words: str) -> Columns:
    """The arithmetic that a name's parts say.

    Args:
        factors: their format, or two with ``*`` between them.
        accumulator: of the sums.
        words: a normalization, and ``jam``, ``inverted``, ``normalized``.

    Raises:
        RequestError: a part is none, or there are two of a kind.
    """
    settings: dict[str, Any] = {}
    for word in words:
        chosen = _OPTIONS.get(word, {"normalization": word})
        if settings.keys() & chosen.keys():
            raise RequestError(f"it says {' and '.join(chosen)} twice")
        settings |= chosen
    a, _, b = factors.partition("*")
    return Columns(Fma(a=a, b=b, accumulator=accumulator, **settings))
