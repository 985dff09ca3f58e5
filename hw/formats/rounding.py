"""How a number that a format does not have becomes one of its two neighbours."""

from __future__ import annotations

from typing import assert_never

from hw.choices import Choice

__all__ = ["Rounding"]


class Rounding(Choice):
    """A rounding of floating-point numbers; the values are their names in design files.

    Attributes:
        NEAREST_EVEN: to the nearer neighbour; from the middle to the one whose last bit is 0.
        NEAREST_AWAY: to the nearer neighbour; from the middle to the one of larger magnitude.
        TOWARD_ZERO: to the neighbour of smaller magnitude.
        TOWARD_POSITIVE: to the larger neighbour.
        TOWARD_NEGATIVE: to the smaller neighbour. A sum that cancels to zero is then -0, as in
            IEEE 754; with all others it is +0.
        STOCHASTIC: to the neighbour of larger magnitude with the probability that a random word
            gives: the discarded part of the significand, cut to the width of the word, plus the
            word carries.
    """

    NEAREST_EVEN = "nearest_even"
    NEAREST_AWAY = "nearest_away"
    TOWARD_ZERO = "toward_zero"
    TOWARD_POSITIVE = "toward_positive"
    TOWARD_NEGATIVE = "toward_negative"
    STOCHASTIC = "stochastic"

    @property
    def outward_sign(self) -> int | None:
        """The sign bit of the numbers that round away from zero, where only the sign decides.

        A finite number of the other sign never overflows: it becomes the largest finite one, the
        format's number next to it on the side that is asked for.
        """
        match self:
            case Rounding.TOWARD_POSITIVE:
                return 0
            case Rounding.TOWARD_NEGATIVE:
                return 1
            case (
                Rounding.NEAREST_EVEN
                | Rounding.NEAREST_AWAY
                | Rounding.TOWARD_ZERO
                | Rounding.STOCHASTIC
            ):
                return None
            case _:
                assert_never(self)
