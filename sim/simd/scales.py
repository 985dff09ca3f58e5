"""Scales of blocks: what their products are, and which ones find most faults."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hw.simd.pairs import Pair
from sim.formats import decode

__all__ = ["edge_scales", "largest_scales", "scale_codes", "scale_products"]


def scale_products(
    pair: Pair, scale_a: NDArray[np.int64], scale_b: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Products of scales in units of the least that is served.

    Returns:
        The products, 0 where there is none; where a scale is NaN; and where the product lies
        outside the window, told by the scales' exponents, those of subnormal ones being that of the
        smallest normal number.
    """
    assert pair.scaling is not None
    low, high = pair.scaling.exponents
    factors = np.ones(len(scale_a), object)
    exponents, nan = np.zeros(len(scale_a), np.int64), np.zeros(len(scale_a), np.bool_)
    for form, codes in ((pair.scaling.a, scale_a), (pair.scaling.b, scale_b)):
        field = codes >> form.fraction_bits
        exponent = np.where((field == 0) & form.zero, 1, field) - form.bias - form.fraction_bits
        values = decode(form, codes)
        nan |= np.isnan(values)
        significands = np.ldexp(np.where(np.isnan(values), 0, values), -exponent)
        factors *= np.array([int(value) for value in significands], object)
        exponents += exponent
    outside = (exponents < low) | (exponents > high)
    none = nan | outside
    factors[none] = 0
    places = np.where(none, 0, exponents - low)
    factors *= np.array([1 << place for place in places.tolist()], object)
    return factors, nan, outside


def scale_codes(
    pair: Pair, count: int, rng: np.random.Generator, *, typical: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Scales of both operands of so many operations; None of pairs without blocks.

    Typical ones are about 1; of the others one in sixteen is any code, and the rest is such that
    their products lie in the pair's window and at its ends.
    """
    if pair.scaling is None:
        return None
    forms = (pair.scaling.a, pair.scaling.b)
    ones = [form.bias << form.fraction_bits for form in forms]
    low, high = pair.scaling.exponents
    below = sum(form.fraction_bits for form in forms)
    reach = 3 if typical else (high - low) // 2 + 1
    total = rng.integers(max(low + below, -reach), min(high + below, reach) + 1, count)
    first = rng.integers(-2, 3, count)
    codes = []
    for form, one, exponent in zip(forms, ones, (first, total - first), strict=True):
        fraction = rng.integers(0, 1 << form.fraction_bits, count)
        code = np.clip(one + (exponent << form.fraction_bits) + fraction, 0, form.nan_code)
        rare = rng.integers(0, form.nan_code + 1, count)
        codes.append(code if typical else np.where(rng.random(count) < 1 / 16, rare, code))
    return codes[0], codes[1]


def edge_scales(pair: Pair) -> list[tuple[int, int]]:
    """Scales at the ends of the pair's window, just outside, zeros and NaN; or a pair of zeros."""
    if pair.scaling is None:
        return [(0, 0)]
    forms = (pair.scaling.a, pair.scaling.b)
    below = sum(form.fraction_bits for form in forms)
    codes = [form.bias << form.fraction_bits for form in forms]
    edges = [(codes[0], codes[1]), (0, codes[1]), (codes[0], 0), (0, 0)]
    edges.append((forms[0].largest_code, forms[1].largest_code))
    edges += [(forms[0].nan_code, codes[1]), (codes[0], forms[1].nan_code)]
    for end in pair.scaling.exponents:
        for total in range(end + below - 1, end + below + 2):
            halves = (total // 2, total - total // 2)
            ends = [
                min(max(0, code + (half << form.fraction_bits)), form.largest_code)
                for form, code, half in zip(forms, codes, halves, strict=True)
            ]
            edges.append((ends[0], ends[1]))
    return edges


def largest_scales(pair: Pair) -> tuple[int, int]:
    """The scales of the largest product that the pair's window serves."""
    if pair.scaling is None:
        return 0, 0
    forms, (_, high) = (pair.scaling.a, pair.scaling.b), pair.scaling.exponents
    first = min(forms[0].exponents[1], high - forms[1].exponents[0])
    codes = []
    for form, exponent in zip(forms, (first, high - first), strict=True):
        field = exponent + form.bias + form.fraction_bits
        code = (field << form.fraction_bits) + (1 << form.fraction_bits) - 1
        codes.append(min(code, form.largest_code))
    return codes[0], codes[1]
