"""Data for fused multiply-add units: random operations, and those that find most faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hw.fma import Fma
from hw.formats import Float
from sim.fma.factors import product_values
from sim.fma.operations import Operations, golden_words, words_of_raw
from sim.fma.raw import RawSums, products_of
from sim.fma.rounded import rounded_sums
from sim.formats import encode

__all__ = ["any_codes", "directed_operations", "random_operations", "special_codes"]

_CHAIN = 64  # products of a typical sum


def random_operations(
    unit: Fma, count: int, rng: np.random.Generator, *, typical: bool
) -> Operations:
    """Random factors, and sums of which two thirds are of about the product's size.

    Args:
        unit: the configuration.
        count: operations.
        rng: random numbers.
        typical: factors of a normal distribution, and the sums that they add up to.
    """
    if typical:
        return _chains(unit, count, rng)
    a, b = (any_codes(form, count, rng) for form in unit.factors)
    return Operations(a, b, _sums_near(unit, a, b, rng))


def _chains(unit: Fma, count: int, rng: np.random.Generator) -> Operations:
    """Sums of 64 products each, several of them in turn, as they pass through a column."""
    steps = min(_CHAIN, unit.workload.terms)
    rows = -(-count // steps)
    codes = [encode(form, rng.standard_normal((steps, rows))) for form in unit.factors]
    a, b = (array.astype(np.int64) for array in codes)
    sums = [np.zeros(rows, np.int64)]
    plain = replace(unit, flags=False)
    for step in range(steps - 1):
        sums.append(golden_words(plain, Operations(a[step], b[step], sums[-1])))
    return Operations(*(array.ravel()[:count] for array in (a, b, np.stack(sums))))


def any_codes(form: Float, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Any codes, a quarter of them of numbers around 1, an eighth special."""
    codes = rng.integers(0, 1 << form.bits, count)
    usual = encode(form, rng.standard_normal(count)).astype(np.int64)
    kind = rng.integers(0, 8, count)
    return np.where(
        kind < 2, usual, np.where(kind == 2, rng.choice(special_codes(form), count), codes)
    )


def special_codes(form: Float) -> NDArray[np.int64]:
    """Zeros, the ends of the subnormal and of the normal numbers, one, infinities and NaN."""
    normal = 1 << form.fraction_bits
    ends = {0, 1, normal - 1, normal, normal + 1, form.largest_code - 1, form.largest_code}
    ends |= {form.bias << form.fraction_bits}
    ends |= {code for code in (form.infinity_code, form.nan_code) if code is not None}
    magnitudes = np.array(sorted(ends), np.int64)
    magnitudes = magnitudes[magnitudes < 1 << form.bits - 1]
    return np.concatenate([magnitudes, magnitudes | 1 << form.bits - 1])


def _sums_near(
    unit: Fma, a: NDArray[np.int64], b: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """A third of them any words, a third about the opposite of the product.

    The others have an exponent from which the product's bits reach the sum's, or just not.
    """
    kind = rng.integers(0, 3, len(a))
    if unit.sum_format is None:
        return words_of_raw(unit, _raw_near(unit, a, b, kind, rng))
    form = unit.sum_format
    product, _ = rounded_sums(unit, a, b, np.zeros(len(a), np.int64))
    any_code = any_codes(form, len(a), rng)
    opposite = (product.astype(np.int64) ^ 1 << form.bits - 1) + rng.integers(-3, 4, len(a))
    reach = form.significand_bits + unit.product_bits + 3
    steps = rng.integers(-reach, reach + 1, len(a)) << form.fraction_bits
    fraction = rng.integers(0, 1 << form.fraction_bits, len(a))
    field = np.clip((product & (1 << form.bits - 1) - 1) + steps, 0, form.largest_code)
    near = field ^ fraction | rng.integers(0, 2, len(a)) << form.bits - 1
    return np.choose(kind, [any_code, opposite, near]) % (1 << form.bits)


def _raw_near(
    unit: Fma,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    kind: NDArray[np.int64],
    rng: np.random.Generator,
) -> RawSums:
    """As `_sums_near`: significands with any number of leading zeros, or that of the product."""
    raw, count = unit.raw, len(a)
    products = products_of(unit, a, b)
    most = (1 << raw.bits) - 1
    reach = unit.window_bits + 3
    exponent = np.where(
        kind == 0,
        rng.integers(0, (1 << raw.exponent_bits) - 1, count),
        products.exponent + np.where(kind == 1, 0, rng.integers(-reach, reach + 1, count)),
    )
    significand = rng.integers(0, most + 1, count) >> rng.integers(0, raw.bits + 1, count)
    opposite = np.clip(
        (products.significand >> unit.guard_bits) + rng.integers(-2, 3, count), 0, most
    )
    sign = np.where(kind == 1, ~products.sign, rng.random(count) < 0.5)
    rare = [
        (rng.random(count) < 1 / 16) & (name in unit.specials)
        for name in ("nan", "positive", "negative")
    ]
    return RawSums(
        np.where(kind == 1, opposite, significand),
        np.clip(exponent, 0, (1 << raw.exponent_bits) - 2),
        sign,
        *rare,
    )


def directed_operations(unit: Fma, rng: np.random.Generator) -> list[Operations]:
    """Every special code with every other; every distance; sums that cancel, carry and overflow."""
    return [_special_operations(unit), _distances(unit, rng), _cancelling(unit, rng)]


def _special_operations(unit: Fma) -> Operations:
    """Special factors, each pair of them with special sums, in turn."""
    a, b = (grid.ravel() for grid in np.meshgrid(*(special_codes(form) for form in unit.factors)))
    sums = _special_sums(unit)
    turns = len(sums) if len(sums) * len(a) < 4000 else 8
    c = np.concatenate([np.resize(np.roll(sums, turn), len(a)) for turn in range(turns)])
    return Operations(np.tile(a, turns), np.tile(b, turns), c)


def _special_sums(unit: Fma) -> NDArray[np.int64]:
    """Sums at the ends of what there is."""
    if unit.sum_format is not None:
        return special_codes(unit.sum_format)
    raw = unit.raw
    significands = [0, 1, 1 << raw.bits - 1, (1 << raw.bits) - 1]
    exponents = [0, 1, raw.largest_exponent, (1 << raw.exponent_bits) - 2]
    grid = np.meshgrid(significands, exponents, [0, 1], indexing="ij")
    significand, exponent, sign = (values.ravel() for values in grid)
    none = np.zeros(len(sign), np.bool_)
    marks = [
        np.arange(len(sign)) % 5 == place if name in unit.specials else none
        for place, name in enumerate(("nan", "positive", "negative"))
    ]
    return words_of_raw(unit, RawSums(significand, exponent, sign == 1, *marks))


def _ones(form: Float, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Numbers from 1 to below 2, and from -2 to -1; of formats without one the largest."""
    field = min(form.bias, form.largest_field) << form.fraction_bits
    fraction = rng.integers(0, form.largest_fraction + 1, count)
    return field | fraction | rng.integers(0, 2, count) << form.bits - 1


def _distances(unit: Fma, rng: np.random.Generator) -> Operations:
    """A product of about 1 with sums of all exponents around it, several each.

    Half of the sums are about to carry.
    """
    times = 16
    if unit.sum_format is None:
        count = 2 * (unit.window_bits + 4) * times
        a, b = (_ones(form, count, rng) for form in unit.factors)
        products = products_of(unit, a, b)
        step = np.repeat(np.arange(-(unit.window_bits + 4), unit.window_bits + 4), times)
        exponent = np.clip(products.exponent + step, 0, (1 << unit.raw.exponent_bits) - 2)
        significand = rng.integers(1 << unit.raw.bits - 1, 1 << unit.raw.bits, count)
        full = (1 << unit.raw.bits) - 1 - rng.integers(0, 8, count)
        significand = np.where(rng.random(count) < 0.5, full, significand)
        none = np.zeros(count, np.bool_)
        sums = RawSums(significand, exponent, rng.random(count) < 0.5, none, none, none)
        return Operations(a, b, words_of_raw(unit, sums))
    form = unit.sum_format
    fields = np.arange(form.largest_field + 1)
    reach = unit.product_bits + form.significand_bits + 4
    fields = np.repeat(fields[np.abs(fields - form.bias) <= reach], times)
    fraction = rng.integers(0, form.largest_fraction + 1, len(fields))
    fraction = np.where(rng.random(len(fields)) < 0.5, form.largest_fraction, fraction)
    c = fields << form.fraction_bits | fraction | rng.integers(0, 2, len(fields)) << form.bits - 1
    a, b = (_ones(factor, len(fields), rng) for factor in unit.factors)
    return Operations(a, b, c)


def _cancelling(unit: Fma, rng: np.random.Generator) -> Operations:
    """A product of about 1, less what is about the same, and more."""
    count = 400
    a, b = (_ones(form, count, rng) for form in unit.factors)
    if unit.sum_format is None:
        products = products_of(unit, a, b)
        most = (1 << unit.raw.bits) - 1
        close = (products.significand >> unit.guard_bits) + rng.integers(-1, 2, count)
        none = np.zeros(count, np.bool_)
        sign = products.sign ^ (rng.random(count) < 0.8)
        sums = RawSums(np.clip(close, 0, most), products.exponent, sign, none, none, none)
        return Operations(a, b, words_of_raw(unit, sums))
    form = unit.sum_format
    opposite = encode(form, -product_values(unit, a, b)).astype(np.int64)
    c = (opposite + rng.integers(-1, 2, count)) % (1 << form.bits)
    return Operations(a, b, np.where(rng.random(count) < 0.8, c, c ^ 1 << form.bits - 1))
