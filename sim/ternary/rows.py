"""Rows of activations that are worth a vector of their own: ends of ranges, patterns, distances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.formats import Float
from hw.ternary import TernaryConfiguration
from hw.ternary.choices import Style
from sim.formats import decode, encode

__all__ = [
    "Rows",
    "cancelling_rows",
    "distant_rows",
    "end_rows",
    "pair_rows",
    "pattern_rows",
    "steps_of",
]

#: Activations, shape (rows, inputs).
Rows = NDArray[Any]

_GUARD_BITS = 3  # that a shifter keeps below a significand


def steps_of(configuration: TernaryConfiguration) -> list[int]:
    """Inputs after which a pattern changes: each one, those of a group, those of a tile."""
    return sorted({1, configuration.group, configuration.tile_inputs})


def end_rows(configuration: TernaryConfiguration, inputs: int) -> Rows:
    """All activations the largest, all the least; of floats also such that sums do not overflow."""
    return _constant(_ends(configuration), inputs)


def pattern_rows(configuration: TernaryConfiguration, inputs: int) -> Rows:
    """Constant rows, levels in turns after each of the steps, and single infinities and NaN."""
    c = configuration
    levels = _levels(c)
    odd = [np.arange(inputs) // step % 2 == 1 for step in steps_of(c)]
    rows = [np.where(turn, levels[1 - i], levels[i]) for turn in odd for i in range(2)]
    for i, level in enumerate(levels[2:]):
        rows.append(np.where(odd[i % len(odd)], level, levels[i % 2]))
    if c.style is not Style.INTEGER:
        specials = _specials(c.arithmetic.number)
        alone = np.ones((len(specials), inputs))
        alone[:, inputs // 2] = specials
        rows += [*alone]
    return np.concatenate([_constant(levels, inputs), np.array(rows)])


def distant_rows(
    configuration: TernaryConfiguration, inputs: int, rng: np.random.Generator
) -> Rows:
    """Numbers in turns whose exponents are apart by every distance that a shifter tells apart.

    Args:
        configuration: of a style with floating-point activations.
        inputs: of a row.
        rng: where fractions and signs come from.
    """
    c, form = configuration, configuration.arithmetic.number
    low, high = _exponents(form, inputs)
    distances: Iterable[int] = range(high - low + 1)
    if c.style is not Style.EXACT:  # of those that leave nothing, one for each value of their bits
        kept = (c.aligned_bits or c.arithmetic.accumulation.significand_bits) + _GUARD_BITS
        beyond = 1 << (kept - 1).bit_length()
        distances = [d for d in distances if d <= kept or d % beyond == 0]
    exponents = []
    for step in steps_of(c):
        far = np.arange(inputs) // step % 2
        for distance in distances:
            top = int(rng.integers(low + distance, high, endpoint=True))
            exponents += [top - distance * far, top - distance * (1 - far)]
    exponent = np.array(exponents)
    fraction = rng.integers(0, 1 << form.fraction_bits, exponent.shape)
    signs = rng.choice((1, -1), exponent.shape)
    return signs * _number(form, fraction, exponent)


def cancelling_rows(
    configuration: TernaryConfiguration, inputs: int, rng: np.random.Generator
) -> Rows:
    """Numbers in turns with their negatives, but for one bit: sums of every length remain."""
    form = configuration.arithmetic.number
    low, high = _exponents(form, inputs)
    rows = []
    for step in steps_of(configuration):
        other = np.arange(inputs) // step % 2 == 1
        for bit in range(form.fraction_bits + 1):
            fraction = int(rng.integers(0, 1 << form.fraction_bits))
            near = (fraction ^ 1 << bit) & (1 << form.fraction_bits) - 1
            exponent = np.full(inputs, rng.integers(low, high, endpoint=True))
            both = np.where(other, near, fraction)
            rows.append(np.where(other, -1, 1) * _number(form, both, exponent))
    return np.array(rows)


def pair_rows(configuration: TernaryConfiguration, inputs: int, rng: np.random.Generator) -> Rows:
    """Two numbers, all others 0, so that nothing of their sum is rounded away or overflows later.

    Over every distance at which the smaller one counts, with the larger one's last place even and
    odd, the sum lies halfway between two codes, or a bit above that. Over larger distances, one for
    each value of their upper bits, nothing of the smaller one may be left.

    Args:
        configuration: of a style that rounds sums.
        inputs: of a row.
        rng: where exponents and signs come from.
    """
    c, form = configuration, configuration.arithmetic.number
    low, high = _exponents(form, 0)
    whole = (1 << form.fraction_bits) - 1
    rows = []
    for step in (step for step in steps_of(c) if step < inputs):
        within = c.arithmetic.accumulation if step == c.tile_inputs else c.arithmetic.addition
        kept = within.significand_bits + _GUARD_BITS
        pairs = []  # distance, and the fractions of the larger and of the smaller number
        for distance in range(kept + 1):
            cut = distance - within.significand_bits + form.significand_bits
            half = 1 << cut - 1 if cut > 0 else 0
            pairs += [(distance, odd, (half | above) & whole) for odd in (0, 1) for above in (0, 1)]
        beyond = 1 << (kept - 1).bit_length()
        for distance in range(beyond, high - low + 1, beyond):
            pairs += [(distance + more, more & 1, whole) for more in (0, _GUARD_BITS - 1)]
        for distance, *fractions in pairs:
            if distance <= high - low:
                top = int(rng.integers(low + distance, high, endpoint=True))
                row = np.zeros(inputs)
                places = [0, step] if rng.random() < 1 / 2 else [step, 0]
                exponents = np.array([top, top - distance])
                row[places] = _number(form, np.array(fractions), exponents)
                rows.append(row * rng.choice((1, -1)))
    return np.array(rows).reshape(-1, inputs)


def _constant(levels: list[Any], inputs: int) -> Rows:
    return np.repeat(np.array(levels)[:, None], inputs, axis=1)


def _ends(c: TernaryConfiguration) -> list[Any]:
    if c.style is Style.INTEGER:
        return [c.operand.maximum, c.operand.minimum]
    form = c.arithmetic.number
    share = max(float(form.largest) / (2 * c.workload.inputs), float(form.min_normal))
    (part,) = decode(form, encode(form, np.array([share]))).tolist()
    return [float(form.largest), -float(form.largest), part, -part]


def _levels(c: TernaryConfiguration) -> list[Any]:
    """Activations, each once: the ends first."""
    if c.style is Style.INTEGER:
        low, high = c.operand.minimum, c.operand.maximum
        checks = [0x5555 & high, low | (0xAAAA & high)]
        return [value for value in dict.fromkeys((high, low, 0, 1, *checks, -1)) if value >= low]
    form = c.arithmetic.number
    least = 2.0**form.least_exponent if form.subnormals else float(form.min_normal)
    small = [0.0, -0.0, 1.0, -1.0, least, -least, float(form.min_normal)]
    return [*_ends(c), *small, *_specials(form)]


def _specials(form: Float) -> list[float]:
    """Infinities and NaN, as far as a format has them."""
    if form.infinity_code is not None:
        return [np.inf, -np.inf, np.nan]
    return [np.nan] if form.nan_code is not None else []


def _exponents(form: Float, inputs: int) -> tuple[int, int]:
    """Exponents of normal numbers of which so many do not overflow, if there are such."""
    low, high = 1 - form.bias, form.largest_field - form.bias
    return low, max(low, high - inputs.bit_length() - 1)


def _number(form: Float, fraction: NDArray[Any], exponent: NDArray[Any]) -> NDArray[np.float64]:
    return np.ldexp(1.0 + fraction / (1 << form.fraction_bits), exponent)
