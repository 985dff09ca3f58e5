"""Arithmetics whose operands are rounded, and whose products and sums are exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.formats import Block, Format
from sim.arithmetics.arithmetic import Matrix, scaled_codes
from sim.formats import decode, dequantize, quantize, tensor_scale

__all__ = ["BlockSums", "ExactSums", "Single"]


@dataclass(frozen=True)
class Single:
    """Products and sums in float32, as the processor makes them: the reference."""

    meaning: str = "operands, products and sums in fp32"

    def product(self, x: Matrix, y: Matrix) -> Matrix:
        """See `sim.arithmetics.Arithmetic`."""
        return x @ y


@dataclass(frozen=True)
class ExactSums:
    """Operands of a format, summed in doubles: exact for all that a model notices.

    Rows of the first matrix and columns of the second one have a scale each (`scaled_codes`).
    """

    form: Format

    @property
    def meaning(self) -> str:
        """One line."""
        return f"operands in {self.form.name}, exact sums"

    def product(self, x: Matrix, y: Matrix) -> Matrix:
        """See `sim.arithmetics.Arithmetic`."""
        (first, rows), (second, columns) = (
            self._numbers(values, axis) for values, axis in ((x, -1), (y, -2))
        )
        return (first @ second * rows * columns).astype(np.float32)

    def _numbers(
        self, values: Matrix, axis: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        codes, scales = scaled_codes(self.form, values, axis)
        return decode(self.form, codes), scales


@dataclass(frozen=True)
class BlockSums:
    """Operands in blocks along the terms, each with its scale, summed in doubles.

    Terms are filled up with zeros to whole blocks. Where a block's scale has a fraction, the whole
    matrix has a scale, too, as NVFP4 has it.
    """

    block: Block
    name: str

    @property
    def meaning(self) -> str:
        """One line."""
        return f"operands in blocks of {self.name} along the terms, exact sums"

    def product(self, x: Matrix, y: Matrix) -> Matrix:
        """See `sim.arithmetics.Arithmetic`."""
        first = self._numbers(x)
        second = self._numbers(np.swapaxes(y, -1, -2))
        return (first @ np.swapaxes(second, -1, -2)).astype(np.float32)

    def _numbers(self, values: Matrix) -> NDArray[np.float64]:
        missing = -values.shape[-1] % self.block.size
        padded = np.pad(values, ((0, 0), (0, 0), (0, missing)))
        whole = self.block.scale.fraction_bits > 0 and not self.block.groups
        scale = tensor_scale(self.block, padded) if whole else 1.0
        numbers = dequantize(self.block, quantize(self.block, padded, scale), scale)
        return numbers[..., : values.shape[-1]]
