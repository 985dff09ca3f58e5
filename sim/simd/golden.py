"""The golden model: exact sums, in Python's integers; and floats, added one after the other.

The rule for what is no number: a product that is NaN (of a NaN or NaR, or zero times infinity) or
infinite adds nothing to its sum and raises the sum's flag: ``nan``, ``positive`` or ``negative``.
Scales of blocks multiply the sum of an operation's products (`sim.simd.scales`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hw.simd import SimdMac
from hw.simd.ports import flags
from sim.formats import add, decode, encode
from sim.simd.operations import Operations, lanes_of
from sim.simd.scales import scale_products

__all__ = [
    "ExactSums",
    "exact_sums",
    "float_sums",
    "golden_words",
    "result_codes",
    "result_words",
]

_DOUBLE_BITS = 53


@dataclass(frozen=True)
class ExactSums:
    """Sums of a unit's lanes; those that are not of the operation's pair are 0.

    Attributes:
        numbers: in units of the sum's pair, Python's integers, shape (sums, lanes at most).
        flags: by name, shape (sums, lanes at most).
        pair: numbers of the sums' pairs, shape (sums,).
        dot: whether a sum is that of all lanes, which is then lane 0's.
    """

    numbers: NDArray[np.object_]
    flags: dict[str, NDArray[np.bool_]]
    pair: NDArray[np.int64]
    dot: NDArray[np.bool_]


def exact_sums(unit: SimdMac, operations: Operations) -> ExactSums:
    """What a unit must make of operations."""
    widest = max(map(unit.lanes, unit.modes))
    shape = (len(operations), widest)
    numbers = np.zeros(shape, object)
    raised = {name: np.zeros(shape, bool) for name in ("nan", "positive", "negative")}
    for number, pair in enumerate(unit.modes):
        chosen = np.flatnonzero(operations.pair == number)
        values = [
            decode(side.form, lanes_of(unit, words[chosen], number, side.form.bits).astype(int))
            for side, words in ((pair.a, operations.a), (pair.b, operations.b))
        ]
        with np.errstate(invalid="ignore"):
            products = values[0] * values[1]  # of at most 16 bits each, which a double holds
        lanes = products.shape[1]
        raised["nan"][chosen, :lanes] = np.isnan(products)
        raised["positive"][chosen, :lanes] = np.isposinf(products)
        raised["negative"][chosen, :lanes] = np.isneginf(products)
        products[~np.isfinite(products)] = 0
        in_units = np.ldexp(products, -(pair.a.unit + pair.b.unit))
        exact = np.array([int(value) for value in in_units.ravel()], object)
        numbers[chosen, :lanes] = exact.reshape(products.shape)
    dot = operations.dot
    numbers[dot, 0] = numbers[dot].sum(axis=1)
    for number, pair in enumerate(unit.modes):
        if pair.scaling:
            chosen = np.flatnonzero(operations.pair == number)
            scales = operations.scale_a[chosen], operations.scale_b[chosen]
            factors, nan, outside = scale_products(pair, *scales)
            raised["nan"][chosen, 0] |= nan | outside & (numbers[chosen, 0] != 0)
            numbers[chosen, 0] *= factors
    numbers[dot, 1:] = 0
    for marks in raised.values():
        marks[dot, 0] = marks[dot].any(axis=1)
        marks[dot, 1:] = False
    starts = operations.starts
    return ExactSums(
        np.add.reduceat(numbers, starts),
        {name: np.logical_or.reduceat(marks, starts) for name, marks in raised.items()},
        operations.pair[starts],
        operations.dot[starts],
    )


def golden_words(unit: SimdMac, operations: Operations) -> list[int]:
    """The words of the results stream that operations make."""
    if unit.sum_format is not None:
        return float_sums(unit, operations).tolist()
    return result_words(unit, exact_sums(unit, operations))


def float_sums(unit: SimdMac, operations: Operations) -> NDArray[np.unsignedinteger]:
    """Codes of sums that are floats: each operation's exact sum is rounded, and each sum of them.

    Returns:
        Shape (sums,).
    """
    form = unit.sum_format
    assert form is not None
    alone = np.ones(len(operations), np.bool_)
    codes = result_codes(unit, exact_sums(unit, replace(operations, first=alone, last=alone)))[:, 0]
    starts = operations.starts
    lengths = np.diff(np.append(starts, len(operations)))
    sums = np.zeros(len(starts), codes.dtype)
    for place in range(int(lengths.max())):
        longer = np.flatnonzero(lengths > place)
        sums[longer] = add(form, sums[longer], codes[starts[longer] + place])
    return sums


def result_words(unit: SimdMac, sums: ExactSums) -> list[int]:
    """The words of the results stream."""
    if unit.result_format is not None:
        return _code_words(unit, sums)
    words = []
    for row, number in enumerate(sums.pair):
        pair = unit.modes[number]
        bits = unit.lane_bits(pair)
        word = 0
        for lane, value in enumerate(sums.numbers[row, : unit.lanes(pair)]):
            word |= (value & (1 << bits) - 1) << lane * bits
        place = unit.accumulator_bits * unit.accumulators
        word &= (1 << place) - 1  # of dot products alone there is one accumulator
        step = unit.fields // unit.sharing(pair)
        for name in flags(unit):
            for lane in np.flatnonzero(sums.flags[name][row]).tolist():
                word |= 1 << place + lane * step
            place += unit.fields * unit.accumulators
        words.append(word)
    return words


def result_codes(unit: SimdMac, sums: ExactSums) -> NDArray[np.unsignedinteger]:
    """The sums as codes of the unit's format of results, rounded once; shape as the numbers'.

    A sum that met a NaN, or infinities of both signs, is NaN; an exact 0 is positive. An integer
    that does not fit a double is rounded to odd, which rounds to any narrower format as it does
    itself (Boldo, Melquiond, 2008).
    """
    form = unit.result_format
    assert form is not None
    values = np.empty(sums.numbers.shape)
    exponents = [pair.unit for pair in unit.modes]
    for row, number in enumerate(sums.pair):
        values[row] = [_odd_double(int(value), exponents[number]) for value in sums.numbers[row]]
    positive, negative = sums.flags["positive"], sums.flags["negative"]
    values[positive], values[negative] = np.inf, -np.inf
    values[sums.flags["nan"] | positive & negative] = np.nan
    return encode(form, values)


def _odd_double(number: int, exponent: int) -> float:
    """``number * 2**exponent``, to 53 bits of which the last one is 1 if others are lost."""
    lost = max(0, abs(number).bit_length() - _DOUBLE_BITS)
    kept = abs(number) >> lost
    if abs(number) & (1 << lost) - 1:
        kept |= 1
    return float(np.copysign(np.ldexp(float(kept), exponent + lost), number))


def _code_words(unit: SimdMac, sums: ExactSums) -> list[int]:
    """The words of results that have a format: lane after lane, or one of dot products."""
    form = unit.result_format
    assert form is not None
    words = []
    for codes, number, dot in zip(
        result_codes(unit, sums).tolist(), sums.pair.tolist(), sums.dot.tolist(), strict=True
    ):
        pair = unit.modes[number]
        sharing = unit.sharing(pair)
        for beat in range(unit.beats(pair, dot=dot)):
            word = 0
            for accumulator in range(unit.accumulators):
                word |= codes[accumulator * sharing + beat] << accumulator * form.bits
            words.append(word)
    return words
