"""Data for SIMD units: random operations, and those that find most faults."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hw.formats import Format, Integer
from hw.simd import SimdMac
from hw.simd.configuration import Sums
from sim.formats import decode, encode
from sim.simd.operations import Operations, sums_of
from sim.simd.scales import edge_scales, largest_scales, scale_codes

__all__ = [
    "all_codes",
    "directed_operations",
    "kinds",
    "random_operations",
    "special_codes",
    "typical_codes",
]

_LONGEST = 8  # operations of a random sum
_LONGEST_FULL = 4096  # of a sum that fills its accumulator


def random_operations(
    unit: SimdMac, count: int, rng: np.random.Generator, *, typical: bool
) -> Operations:
    """Sums of random pairs, kinds and lengths, of random codes.

    Args:
        unit: the configuration.
        count: operations.
        rng: random numbers.
        typical: operands are those of a normal distribution; else all codes are alike, but for an
            eighth of them, which are special.
    """
    parts, left = [], count
    while left:
        length = int(rng.integers(1, min(_LONGEST, left, unit.workload.terms), endpoint=True))
        number = int(rng.integers(len(unit.modes)))
        pair = unit.modes[number]
        shape = (length, unit.lanes(pair))
        draw = typical_codes if typical else _uniform
        a, b = (draw(side.form, shape, rng) for side in (pair.a, pair.b))
        dot = bool(rng.choice(kinds(unit, number)))
        scales = scale_codes(pair, length, rng, typical=typical)
        parts.append(sums_of(unit, number, a, b, dot=dot, length=length, scales=scales))
        left -= length
    return Operations.concatenate(parts)


def kinds(unit: SimdMac, number: int) -> tuple[bool, ...]:
    """Whether operations of a pair may be dot products, and whether they may be none."""
    if unit.modes[number].scaling:
        return (True,)
    return {Sums.LANES: (False,), Sums.DOT: (True,), Sums.BOTH: (False, True)}[unit.sums]


def _uniform(form: Format, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
    codes = rng.integers(0, 1 << form.bits, shape)
    special = rng.random(shape) < 1 / 8
    return np.where(special, rng.choice(special_codes(form), shape), codes)


def typical_codes(
    form: Format, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Codes of normally distributed numbers: of deviation 1, of integers largest / 4."""
    values = rng.standard_normal(shape)
    if isinstance(form, Integer):
        low, high = float(form.least), float(form.largest)
        return np.clip(np.rint(values * high / 4), low, high).astype(np.int64) % (1 << form.bits)
    return encode(form, values).astype(np.int64)


def all_codes(form: Format) -> NDArray[np.int64]:
    """Every code of a format."""
    return np.arange(1 << form.bits)


def special_codes(form: Format) -> NDArray[np.int64]:
    """Zeros, the smallest and the largest magnitudes, ones, infinities and NaN."""
    codes = all_codes(form)
    values = decode(form, codes)
    finite = np.isfinite(values)
    magnitudes = np.abs(values)
    ends = {0.0, 1.0, magnitudes[finite].max(), magnitudes[finite & (values != 0)].min()}
    special = finite & np.isin(magnitudes, list(ends))
    nans = codes[np.isnan(values)]
    return np.concatenate([codes[special | np.isinf(values)], nans[:1], nans[-1:]])


def directed_operations(unit: SimdMac, rng: np.random.Generator) -> list[Operations]:
    """Products of special codes, sums that cancel, full accumulators, another mode every cycle."""
    return [
        Operations.concatenate(list(_specials(unit))),
        Operations.concatenate(list(_cancelling(unit, rng))),
        Operations.concatenate(list(_full(unit))),
        _switching(unit, rng),
    ]


def _specials(unit: SimdMac) -> Iterator[Operations]:
    """Every special code of one operand with every one of the other, in each lane."""
    for number, pair in enumerate(unit.modes):
        codes = np.meshgrid(special_codes(pair.a.form), special_codes(pair.b.form))
        lanes = unit.lanes(pair)
        for dot in kinds(unit, number):
            # lanes start at other places of the list, so that neighbours differ
            a, b = (
                np.stack([np.roll(side.ravel(), 7 * lane) for lane in range(lanes)], axis=1)
                for side in codes
            )
            for edge in edge_scales(pair):
                yield sums_of(unit, number, a, b, dot=dot, scales=_repeated(edge, len(a)))


def _cancelling(unit: SimdMac, rng: np.random.Generator) -> Iterator[Operations]:
    """Sums of numbers and then of their opposites, as far as there are such."""
    half = min(6, unit.workload.terms // 2)
    for number, pair in enumerate(unit.modes):
        if not half:
            half = 1
        shape = (half, unit.lanes(pair))
        a, b = (rng.integers(0, 1 << side.form.bits, shape) for side in (pair.a, pair.b))
        opposite = _opposite(pair.b.form, b)
        length = 2 * half if 2 * half <= unit.workload.terms else 1
        scales = scale_codes(pair, half, rng, typical=False)
        if scales:
            scale_a, scale_b = (np.concatenate([codes, codes[::-1]]) for codes in scales)
            scales = (scale_a, scale_b)
        for dot in kinds(unit, number):
            yield sums_of(
                unit,
                number,
                np.concatenate([a, a[::-1]]),
                np.concatenate([b, opposite[::-1]]),
                dot=dot,
                length=length,
                scales=scales,
            )


def _opposite(form: Format, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes of the opposite numbers; of numbers that have none, some other code."""
    values = decode(form, all_codes(form))
    table = all_codes(form).copy()
    for code, value in enumerate(values):
        (matches,) = np.nonzero(values == -value)
        if len(matches):
            table[code] = matches[-1]
    return table[codes]


def _full(unit: SimdMac) -> Iterator[Operations]:
    """The longest sums of the largest products of either sign."""
    terms = min(unit.workload.terms, _LONGEST_FULL)
    for number, pair in enumerate(unit.modes):
        ends = []
        for side in (pair.a, pair.b):
            values = decode(side.form, all_codes(side.form))
            numbers = np.where(np.isfinite(values), values, 0)
            ends.append((int(numbers.argmin()), int(numbers.argmax())))
        shape = (terms, unit.lanes(pair))
        scales = _repeated(largest_scales(pair), terms)
        for dot in kinds(unit, number):
            for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
                one, other = np.full(shape, ends[0][a]), np.full(shape, ends[1][b])
                yield sums_of(unit, number, one, other, dot=dot, length=terms, scales=scales)


def _repeated(scales: tuple[int, int], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same two scales for so many operations."""
    return np.full(count, scales[0]), np.full(count, scales[1])


def _switching(unit: SimdMac, rng: np.random.Generator) -> Operations:
    """Sums of one operation, each of another pair or kind than the one before."""
    modes = [(number, dot) for number in range(len(unit.modes)) for dot in kinds(unit, number)]
    parts = []
    for turn in range(96):
        number, dot = modes[turn % len(modes)]
        pair = unit.modes[number]
        shape = (1, unit.lanes(pair))
        a, b = (_uniform(side.form, shape, rng) for side in (pair.a, pair.b))
        scales = scale_codes(pair, 1, rng, typical=False)
        parts.append(sums_of(unit, number, a, b, dot=dot, scales=scales))
    return Operations.concatenate(parts)
