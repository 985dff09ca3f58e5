"""Products without a multiplier: the codes, or the logarithms, of the factors are added.

L-Mul (H. Luo, W. Sun, arXiv 2410.00907) adds the codes of two floats, exponent and fraction as one
integer, and a constant; without the constant it is J. N. Mitchell's multiplier (IRE Trans. EC-11,
1962). Operands of a logarithmic number system are powers of ``2**(1 / 2**f)``, and their products
are converted to numbers by a table of ``2**f`` entries (J. Zhao et al., "LNS-Madam", 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hw.formats import Float
from sim.arithmetics.arithmetic import Matrix, scaled_codes
from sim.formats.steps import FloatRules, float_step

__all__ = ["AddedCodes", "Logarithmic"]

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "cache": True}
_LANES = 256
_FRACTION_BITS, _BIAS = 52, 1023  # of a double
_NOTHING = -(1 << 40)  # a code far below that of any product


@dataclass(frozen=True)
class AddedCodes:
    """Products by adding codes; sums in a float, each rounded to nearest even.

    Subnormal operands are zeros. A product has any exponent, and as many bits of fraction as its
    factors.

    Attributes:
        form: of the operands.
        offset: whether L-Mul's constant is added: ``2**-l`` of a significand, with l the bits of
            fraction up to 3, 3 for 4 of them, and 4 for more.
        sums: the format that they are rounded to.
    """

    form: Float
    offset: bool
    sums: Float

    @property
    def meaning(self) -> str:
        """One line."""
        name = "L-Mul" if self.offset else "Mitchell's"
        return f"operands in {self.form.name}, {name} products, sums in {self.sums.name}"

    @property
    def constant(self) -> int:
        """What is added to the sum of two codes."""
        bits = self.form.fraction_bits
        place = bits if bits <= 3 else 3 if bits == 4 else 4
        return (1 << bits - place if self.offset else 0) - (self.form.bias << bits)

    def product(self, x: Matrix, y: Matrix) -> Matrix:
        """See `sim.arithmetics.Arithmetic`."""
        a, rows = scaled_codes(self.form, x, -1, self.sums)
        b, columns = scaled_codes(self.form, y, -2, self.sums)
        sums = np.zeros((*x.shape[:2], y.shape[2]))
        rules = FloatRules.of(self.sums)
        first, second = (self._signed(codes) for codes in (a, b))
        _sum_added(rules, self.form.fraction_bits, self._rebias, *first, *second, sums)
        return (sums * rows * columns).astype(np.float32)

    @property
    def _rebias(self) -> int:
        """From the sum of two codes to the product's as the top of a double."""
        return self.constant + (_BIAS - self.form.bias << self.form.fraction_bits)

    def _signed(self, codes: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Signs, 1 or -1, and codes without them; of zeros `_NOTHING`."""
        sign = self.form.bits - 1
        codes = codes.astype(np.int64)
        magnitudes = codes & (1 << sign) - 1
        zero = magnitudes < 1 << self.form.fraction_bits
        return np.where(codes >> sign, -1.0, 1.0), np.where(zero, _NOTHING, magnitudes)


@njit(**_OPTIONS)
def _added(bits: int, rebias: int, signs: float, codes: int) -> float:
    """The number whose code, in a format of so many bits of fraction, is the sum of two codes."""
    top = max(codes + rebias, 0) << (_FRACTION_BITS - bits)
    return np.int64(top).view(np.float64) * signs


@njit(**_OPTIONS)
def _sum_added(
    rules: FloatRules, bits: int, rebias: int, s: Any, a: Any, t: Any, b: Any, sums: Any
) -> None:
    for batch in range(a.shape[0]):
        for start in range(0, b.shape[2], _LANES):
            lanes = slice(start, start + _LANES)
            for row in range(a.shape[1]):
                total = sums[batch, row, lanes]
                for k in range(a.shape[2]):
                    sign, code = s[batch, row, k], a[batch, row, k]
                    signs, codes = t[batch, k, lanes], b[batch, k, lanes]
                    for j in range(len(total)):
                        value = _added(bits, rebias, sign * signs[j], code + codes[j])
                        total[j] = float_step(rules, value, total[j])


@dataclass(frozen=True)
class Logarithmic:
    """Operands that are powers of ``2**(1 / 2**fraction_bits)``, or 0, with a sign; exact sums.

    Rows of the first matrix and columns of the second one are divided by their largest magnitude,
    which has the largest code; what is below half of the smallest number is 0.

    Attributes:
        bits: of a code: sign and exponent; the exponent 0 is the number 0.
        fraction_bits: of the exponent, as a binary logarithm.
        table_bits: of fraction, that entries of the table are rounded to.
    """

    bits: int
    fraction_bits: int
    table_bits: int

    @property
    def meaning(self) -> str:
        """One line."""
        return (
            f"operands are signs and logarithms of {self.bits} bits, {self.fraction_bits} of them a"
            f" fraction; products converted by a table of {self.table_bits} bits, exact sums"
        )

    @cached_property
    def _table(self) -> NDArray[np.float64]:
        """What a product is worth, by the sum of its factors' steps below the largest one."""
        most = 2 * self._zero
        steps = np.arange(2 * most + 1)
        fraction = 1 << self.fraction_bits
        entries = np.exp2(-(np.arange(fraction)) / fraction)
        entries = np.rint(np.ldexp(entries, self.table_bits + 1))
        values = np.ldexp(entries[steps % fraction], -(steps // fraction) - self.table_bits - 1)
        values[steps >= most] = 0
        return values

    @property
    def _zero(self) -> int:
        """Steps below the largest number at which there is none any more."""
        return (1 << self.bits - 1) - 1

    def product(self, x: Matrix, y: Matrix) -> Matrix:
        """See `sim.arithmetics.Arithmetic`."""
        first, rows = self._steps(x, -1)
        second, columns = self._steps(y, -2)
        sums = np.zeros((*x.shape[:2], y.shape[2]))
        _sum_looked_up(self._table, *first, *second, sums)
        return (sums * rows * columns).astype(np.float32)

    def _steps(
        self, values: Matrix, axis: int
    ) -> tuple[tuple[NDArray[np.float64], NDArray[np.int32]], NDArray[np.float64]]:
        """Signs and steps below the largest number, and the scales."""
        most = np.abs(values).max(axis=axis, keepdims=True).astype(np.float64)
        scales = np.where(most > 0, most, 1.0)
        with np.errstate(divide="ignore"):
            steps = np.rint(-np.log2(np.abs(values) / scales) * (1 << self.fraction_bits))
        # a factor of 0 alone makes a product of 0
        steps = np.where(steps < self._zero, steps, 2 * self._zero).astype(np.int32)
        return (np.where(values < 0, -1.0, 1.0), steps), scales


@njit(**_OPTIONS)
def _sum_looked_up(table: Any, s: Any, a: Any, t: Any, b: Any, sums: Any) -> None:
    for batch in range(a.shape[0]):
        for start in range(0, b.shape[2], _LANES):
            lanes = slice(start, start + _LANES)
            for row in range(a.shape[1]):
                total = sums[batch, row, lanes]
                for k in range(a.shape[2]):
                    sign, steps = s[batch, row, k], a[batch, row, k]
                    signs, others = t[batch, k, lanes], b[batch, k, lanes]
                    for j in range(len(total)):
                        total[j] += sign * signs[j] * table[steps + others[j]]
