"""Sums of normal activations under ternary weights: what rounding and overflow do to them.

Activations have variance 1 and weights are not zero two times in three, so a sum of N of them is
normal with variance 2 N / 3. Means over it are taken at the middles of `_PLACES` parts of equal
probability. Errors are mean squares relative to that of the sums.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc, ndtri

from hw.formats import Float, parse_format
from hw.formats.rounding import Rounding
from sim.formats import decode, encode

__all__ = [
    "NONZERO",
    "clipped_square",
    "cut_square",
    "overflow_start",
    "overflowing",
    "rounded_square",
    "unit_of_block",
    "walk_clipped_square",
    "walk_overflowing",
]

Floats = NDArray[np.float64]

NONZERO = 2 / 3  # of the weights
_PLACES = 4096
_EXPONENTS = range(-12, 5)  # of the largest of some normal numbers
_SERIES = 40  # terms, enough where the barrier is not below a tenth of the deviation
# A walk that is looked at after each step only seems to have its barrier farther away.
_BETWEEN_STEPS = 0.5826


@lru_cache(1024)
def rounded_square(name: str, inputs: float, unit: float) -> float:
    """Error of sums that are rounded once to a format; those that overflow to no number left out.

    Args:
        name: of the format.
        inputs: terms of a sum.
        unit: what all sums are multiples of; 0 if of nothing.
    """
    form = _float(name)
    sums = _normal() * math.sqrt(NONZERO * inputs)
    if unit:
        sums = np.round(sums / unit) * unit
    results = decode(form, encode(form, sums))
    finite = np.isfinite(results)
    if not finite.any():
        return math.inf
    return float(np.mean((results - sums)[finite] ** 2) / np.mean(sums[finite] ** 2))


@lru_cache(1024)
def cut_square(name: str, bits: int, inputs: float) -> float:
    """Error of sums whose operands are cut to units that the largest of a block sets.

    Args:
        name: of the activations' format.
        bits: of an operand.
        inputs: of a block, which is one sum.
    """
    form = _float(name)
    values = decode(form, encode(form, _normal()))
    values = values[np.isfinite(values)]
    chances = _largest_exponents(form, inputs)
    squares = 0.0
    for exponent, chance in chances.items():
        unit = 2.0 ** (exponent + 2 - bits)
        squares += chance * float(np.mean((values - unit * np.floor(values / unit)) ** 2))
    return squares / float(np.mean(values**2))


def unit_of_block(name: str, bits: int, inputs: float) -> float:
    """The unit that the operands of a block are mostly cut to, and not finer than their format."""
    form = _float(name)
    chances = _largest_exponents(form, inputs)
    exponent = max(chances, key=lambda exponent: chances[exponent])
    return 2.0 ** max(exponent + 2 - bits, form.least_exponent)


def overflow_start(form: Float) -> float:
    """From which magnitude on a rounded number overflows."""
    last = 2.0 ** (form.least_exponent + form.largest_field - 1)
    whole = (
        form.rounding is not Rounding.NEAREST_EVEN and form.rounding is not Rounding.NEAREST_AWAY
    )
    return float(form.largest) + (last if whole else last / 2)


def overflowing(ratio: ArrayLike) -> Floats:
    """Share of normal numbers beyond a multiple of their deviation, to either side."""
    return erfc(np.asarray(ratio) / math.sqrt(2))


def walk_overflowing(ratio: ArrayLike, steps: ArrayLike) -> Floats:
    """Share of sums that are somewhere on the way beyond a multiple of their final deviation."""
    ratio = np.maximum(_apart(ratio, steps), 0.1)[..., None]
    odd = 2 * np.arange(_SERIES) + 1
    inside = (4 / np.pi) * (
        (1 - 2 * (np.arange(_SERIES) % 2)) / odd * np.exp(-((odd * np.pi / ratio) ** 2) / 8)
    ).sum(axis=-1)
    far = 2 * overflowing(ratio[..., 0])  # either barrier, by reflection
    return np.where(ratio[..., 0] > 3, far, np.clip(1 - inside, 0, 1))


def clipped_square(ratio: ArrayLike) -> Floats:
    """Error of sums that are clipped once at a multiple of their deviation."""
    ratio = np.asarray(ratio)
    density = np.exp(-(ratio**2) / 2) / math.sqrt(2 * math.pi)
    return np.maximum((1 + ratio**2) * overflowing(ratio) - 2 * ratio * density, 0.0)


def walk_clipped_square(ratio: ArrayLike, steps: ArrayLike) -> Floats:
    """Error of sums that are clipped after every addition, at a multiple of the final deviation.

    Far out it is twice that of a single clip, as the way to the sum meets the limit twice as often;
    near 0 nothing of the sum is left. Between them the mean of two curves that do both is within 5
    percent of simulated walks.
    """
    once = clipped_square(_apart(ratio, steps))
    return ((np.sqrt(np.minimum(1, 2 * once)) + np.sqrt(2 * once / (1 + once))) / 2) ** 2


def _apart(ratio: ArrayLike, steps: ArrayLike) -> Floats:
    return np.asarray(ratio) + _BETWEEN_STEPS / np.sqrt(np.asarray(steps, float))


def _largest_exponents(form: Float, inputs: float) -> dict[int, float]:
    """How likely each exponent is that of the largest of some normal numbers in a format."""
    least = form.least_exponent + form.fraction_bits
    most = form.least_exponent + form.fraction_bits + form.largest_field - 1
    chances: dict[int, float] = {}
    below = 0.0
    for exponent in _EXPONENTS:
        # the next power of two takes what rounds up to it
        start = 2.0 ** (exponent + 1) * (1 - 2.0 ** -(form.fraction_bits + 2))
        upto = math.erf(start / math.sqrt(2)) ** inputs
        kept = min(max(exponent, least), most)
        chances[kept] = chances.get(kept, 0.0) + upto - below
        below = upto
    return chances


@lru_cache(1)
def _normal() -> Floats:
    return ndtri((np.arange(_PLACES) + 0.5) / _PLACES)


@lru_cache(256)
def _float(name: str) -> Float:
    """The format; what rounds at random is as good as what rounds to nearest, for these means."""
    form = parse_format(name, (Float,))
    assert isinstance(form, Float)
    random = form.rounding is Rounding.STOCHASTIC
    return replace(form, rounding=Rounding.NEAREST_EVEN) if random else form
