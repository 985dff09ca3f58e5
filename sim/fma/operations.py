"""Operations of fused multiply-add units: factors, sums so far, and results, as words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Fma
from sim.fma.raw import RawSums, accumulate, products_of
from sim.fma.rounded import rounded_sums

__all__ = ["Operations", "golden_words", "raw_sums_of", "sum_bits", "words_of_raw"]


@dataclass(frozen=True)
class Operations:
    """Operations one after the other, shape (operations,) each.

    Attributes:
        a, b: codes of the factors.
        c: sums so far: codes of a float accumulator, or the words of `words_of_raw`.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    c: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.a)

    @classmethod
    def concatenate(cls, parts: Sequence[Operations]) -> Operations:
        """One after the other."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def check(self, unit: Fma) -> None:
        """See that a unit carries them.

        Raises:
            RequestError: it does not.
        """
        arrays = {name: getattr(self, name) for name in "abc"}
        if self.a.ndim != 1 or not len(self.a) or len({x.shape for x in arrays.values()}) > 1:
            raise RequestError("a, b and c must be arrays of one length, at least 1")
        widths = (*(form.bits for form in unit.factors), sum_bits(unit))
        for (name, words), bits in zip(arrays.items(), widths, strict=True):
            if words.min() < 0 or words.max() >> bits:
                raise RequestError(f"words of {name} must be 0 to 2**{bits} - 1")
        if unit.sum_format is None:
            raw_sums_of(unit, self.c).check(unit)


def sum_bits(unit: Fma) -> int:
    """Width of a sum's word."""
    if unit.sum_format is not None:
        return unit.sum_format.bits
    return unit.raw.bits + unit.raw.exponent_bits + 1 + len(unit.specials)


def words_of_raw(unit: Fma, sums: RawSums) -> NDArray[np.int64]:
    """Raw sums as words: significand lowest, exponent, sign, and what the unit can meet."""
    words = sums.significand | sums.exponent << unit.raw.bits
    place = unit.raw.bits + unit.raw.exponent_bits
    for name in ("sign", *unit.specials):
        words |= getattr(sums, name).astype(np.int64) << place
        place += 1
    return words


def raw_sums_of(unit: Fma, words: NDArray[np.int64]) -> RawSums:
    """Undo `words_of_raw`."""
    zeros = RawSums.zeros(words.shape)
    place = unit.raw.bits + unit.raw.exponent_bits
    marks: dict[str, NDArray[np.bool_]] = dict.fromkeys(
        ("sign", "nan", "positive", "negative"), zeros.nan
    )
    for name in ("sign", *unit.specials):
        marks[name] = words >> place & 1 == 1
        place += 1
    return RawSums(
        words & (1 << unit.raw.bits) - 1,
        words >> unit.raw.bits & (1 << unit.raw.exponent_bits) - 1,
        **marks,
    )


def golden_words(unit: Fma, operations: Operations) -> NDArray[np.int64]:
    """The words of results: sums, and above them the flags where there are such."""
    if unit.sum_format is None:
        products = products_of(unit, operations.a, operations.b)
        before = raw_sums_of(unit, operations.c)
        return words_of_raw(unit, accumulate(unit, products, before))
    codes, flags = rounded_sums(unit, operations.a, operations.b, operations.c)
    words = codes.astype(np.int64)
    return words | flags.words() << unit.sum_format.bits if unit.flags else words
