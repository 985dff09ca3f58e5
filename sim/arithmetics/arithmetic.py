"""What an arithmetic must give, and how real numbers become numbers of a format."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hw.formats import Float, Format, Integer, Posit
from sim.formats import encode

__all__ = ["Arithmetic", "Matrix", "scaled_codes", "scales_of"]

Matrix = NDArray[np.float32]
_UNSCALED_BITS = 9  # formats with so many bits or more hold the numbers of models as they are


class Arithmetic(Protocol):
    """A way to compute matrix products."""

    @property
    def meaning(self) -> str:
        """One line: operands, products, sums."""
        ...

    def product(self, x: Matrix, y: Matrix) -> Matrix:
        """Products of matrices, rounded to float32 at last.

        Args:
            x: shape (batch, rows, terms), finite.
            y: shape (batch, terms, columns), finite.

        Returns:
            Shape (batch, rows, columns).
        """
        ...


def scales_of(
    form: Format, values: Matrix, axis: int, sums: Format | None = None
) -> NDArray[np.float64]:
    """What vectors along an axis are divided by before they are rounded to a format.

    Formats of 9 bits or more take numbers as they are. Of narrower floats and of integers the
    largest magnitude of a vector becomes the largest number; of posits, whose numbers are densest
    around 1, and of all where sums are rounded to such a narrow format themselves, which large
    products would leave no room, the root mean square becomes 1. A vector of zeros is divided by 1.

    Returns:
        Of the shape of the values, with one entry along the axis.
    """
    wide = values.astype(np.float64)
    if form.bits >= _UNSCALED_BITS:
        return np.ones_like(wide.max(axis=axis, keepdims=True))
    match form:
        case Posit():
            size = np.sqrt((wide**2).mean(axis=axis, keepdims=True))
        case Float() if sums is not None and sums.bits < _UNSCALED_BITS:
            size = np.sqrt((wide**2).mean(axis=axis, keepdims=True))
        case Integer():
            size = np.abs(wide).max(axis=axis, keepdims=True) / form.maximum
        case Float():
            size = np.abs(wide).max(axis=axis, keepdims=True) / float(form.largest)
        case _:
            raise TypeError(f"{form.name} is no format of operands")
    return np.where(size > 0, size, 1.0)


def scaled_codes(
    form: Format, values: Matrix, axis: int, sums: Format | None = None
) -> tuple[NDArray[np.unsignedinteger[Any]], NDArray[np.float64]]:
    """Codes of numbers divided by the scales of `scales_of`, and the scales."""
    scales = scales_of(form, values, axis, sums)
    scaled = values / scales
    if isinstance(form, Integer):
        scaled = np.clip(scaled, -form.maximum, form.maximum)  # rounding of the quotient
    return encode(form, scaled), scales
