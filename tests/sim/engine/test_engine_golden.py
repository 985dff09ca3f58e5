"""The golden model of matrix engines: against fractions, and over tilings."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from hw.engine import MatrixEngine
from hw.formats import Float
from sim.engine.data import typical_products
from sim.engine.golden import Product, part_values, result_words, sum_values, tiles, values
from sim.formats import decode, encode
from tests.engine import engine, engine_family, exact_product
from tests.floats import encoded

__all__ = ["engine_family"]

#: Accumulators in which no bit of these products is lost.
_EXACT = {
    "integers": {"a": "int5", "b": "uint3"},
    "wide": {"a": "fp4_e2m1", "accumulator": "raw20", "normalization": "carry_only"},
    "wide_exact": {"a": "fp6_e2m3", "accumulator": "raw24", "guard_bits": 2},
}
_TILINGS = ((1, 1), (2, 3), (3, 2), (5, 1), (8, 4))


def _engines(rows: int, columns: int, initial: bool = True) -> dict[str, MatrixEngine]:
    return {
        name: engine(rows, columns, terms=64, initial=initial, **settings)
        for name, settings in _EXACT.items()
    }


def _rounded(form: Float, number: Fraction) -> int:
    return encoded(form, abs(number), number < 0)


def _numbers(unit: MatrixEngine, shape: tuple[int, int, int], seed: int) -> Product:
    """Any numbers."""
    rng = np.random.default_rng(seed)
    batch, inputs, outputs = shape
    a, b = unit.factors
    return Product(
        rng.integers(0, 1 << a.bits, (batch, inputs)),
        rng.integers(0, 1 << b.bits, (inputs, outputs)),
    )


@pytest.mark.parametrize("name", _EXACT)
@pytest.mark.parametrize("initial", [True, False])
def test_sums_are_those_of_fractions(name: str, initial: bool) -> None:
    unit = _engines(3, 2, initial)[name]
    product = _numbers(unit, (4, 7, 5), seed=1)
    _, found = values(unit, product)
    wanted = exact_product(unit, product.a, product.b)
    assert [[Fraction(value) for value in row] for row in found.tolist()] == wanted


@pytest.mark.parametrize("result", ["bf16", "fp16+toward_negative", "fp8_e4m3+nearest_away"])
@pytest.mark.parametrize("name", _EXACT)
def test_feet_round_the_exact_sum_once(name: str, result: str) -> None:
    """In fractions: to the nearest code, as the format's rounding says."""
    unit = engine(4, 3, terms=64, result=result, **_EXACT[name])
    form = unit.result_format
    assert form is not None
    product = _numbers(unit, (6, 4, 3), seed=2)
    words, _ = values(unit, product)
    sums = exact_product(unit, product.a, product.b)
    wanted = [[_rounded(form, total) for total in row] for row in sums]
    zeros = np.array(sums, object) == 0  # the sign of a sum that is 0 is the accumulator's
    assert (np.where(zeros, 0, words[0]) == np.where(zeros, 0, wanted)).all()


@pytest.mark.parametrize("name", _EXACT)
def test_sums_without_a_loss_are_the_same_in_every_tiling(name: str) -> None:
    """Words of results over any array, and in any order of the terms."""
    rng = np.random.default_rng(3)
    product = _numbers(_engines(1, 1)[name], (5, 13, 6), seed=3)
    order = rng.permutation(13)
    given = set()
    for rows, columns in _TILINGS:
        unit = engine(rows, columns, terms=64, initial=True, result="fp32", **_EXACT[name])
        for part in (product, Product(product.a[:, order], product.b[order])):
            _, found = values(unit, part)
            given.add((np.abs(found) * np.sign(found)).tobytes())  # zeros without their signs
    assert len(given) == 1


def test_rounded_sums_depend_on_the_order_of_their_terms() -> None:
    """In fp32 as in what is cut: so tiles along the inputs may not be exchanged."""
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((20, 64)), rng.standard_normal((64, 4))
    order = rng.permutation(64)
    for accumulator in ("fp32", "raw17"):
        unit = engine(8, 4, "bf16", accumulator=accumulator, initial=True)
        forms = unit.factors
        x, y = (encode(form, z).astype(np.int64) for form, z in zip(forms, (a, b), strict=True))
        one, other = (
            values(unit, Product(x[:, taken], y[taken]))[1] for taken in (slice(None), order)
        )
        assert (one != other).any()
        assert np.allclose(one, other, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("accumulator", ["raw17", "fp32", "bf16"])
def test_where_columns_end_makes_no_difference(accumulator: str) -> None:
    """Sums that enter again go on exactly where they left, however many rows there are."""
    words = []
    for rows in (1, 3, 4, 12):
        unit = engine(rows, 2, "fp8_e5m2", terms=64, accumulator=accumulator, initial=True)
        words.append(values(unit, _numbers(unit, (4, 12, 2), seed=5))[0])
    for others in words[1:]:
        assert (others == words[0]).all()


def test_sums_of_a_product_are_added_up_outside() -> None:
    """Where none enters, every tile starts at 0, and its sums are a part of the results."""
    unit = engine(2, 2, "int8")
    product = _numbers(unit, (3, 5, 3), seed=6)
    words, found = values(unit, product)
    assert words.shape == (3, 3, 3)
    assert found.tolist() == [
        [float(total) for total in row] for row in exact_product(unit, product.a, product.b)
    ]
    assert len(list(tiles(unit, product))) == 6


def test_sums_wider_than_a_double_are_rounded_once() -> None:
    """A tie in the double would go the wrong way in the format."""
    unit = engine(2, 1, "int16", terms=1 << 24, initial=True, result="fp32")
    assert unit.sum_bits > 53
    rng = np.random.default_rng(7)
    top = rng.integers(1 << 23, 1 << 24, 200) << 30  # what fp32 keeps of integers of 54 bits
    numbers = np.concatenate([top + (1 << 29) + step for step in (-1, 0, 1)])
    numbers = np.concatenate([numbers, -numbers])
    found = result_words(unit, numbers & (1 << unit.sum_bits) - 1)
    form = unit.result_format
    assert form is not None
    assert found.tolist() == [_rounded(form, Fraction(int(number))) for number in numbers]


def test_typical_work_fills_the_array() -> None:
    unit = engine(4, 3, "bf16", accumulator="fp32", initial=True)
    products = typical_products(unit, 40, np.random.default_rng(8))
    assert [product.shape for product in products] == [(16, 4, 3), (16, 4, 3), (8, 4, 3)]
    assert np.isfinite(values(unit, products[0])[1]).all()
    first = next(iter(tiles(unit, products[0])))
    assert part_values(unit, first.results[None], finished=True).shape == (16, 3)
    assert (sum_values(unit, first.initial) == 0).all()
    assert decode(unit.factors[0], first.a).shape == (16, 4)
