"""Which codes of a floating-point format stand for no number."""

from __future__ import annotations

from hw.choices import Choice

__all__ = ["NanCodes"]


class NanCodes(Choice):
    """The codes that are NaN; the values are their names in design files, after ``nan_``.

    Attributes:
        IEEE: all with the largest exponent that are no infinity.
        ONE: only the largest exponent with a fraction of ones, of either sign.
        NONE: no code.
    """

    IEEE = "ieee"
    ONE = "one"
    NONE = "none"
