"""Products that are no exact ones: as their inventors wrote them, and as wrong as they found."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.fma import Fma, Multiplier
from hw.fma.products import powers
from sim.fma.factors import product_values
from sim.formats import decode
from tests.fma import fma, plain_product

_INEXACT = [multiplier for multiplier in Multiplier if multiplier is not Multiplier.EXACT]
#: Fraction bits; mean, mean magnitude, maximum and root mean square of the relative error in
#: percent of all products of two such fractions.
_L_MUL = {
    2: (14.67, 14.67, 25.0, 15.34),
    3: (4.93, 5.24, 12.5, 6.02),
    4: (4.87, 5.14, 12.5, 5.87),
    5: (0.41, 2.67, 7.29, 3.11),
    7: (0.408, 2.655, 7.288, 3.096),
}
_MITCHELL = {
    2: (-3.57, 3.57, 11.11, 5.15),
    3: (-3.78, 3.78, 11.11, 4.93),
    4: (-3.83, 3.83, 11.11, 4.87),
    5: (-3.84, 3.84, 11.11, 4.85),
    7: (-3.849, 3.849, 11.11, 4.842),
}


def _fractions(unit: Fma) -> list[NDArray[np.int64]]:
    """Codes of every pair of numbers from 1 to below 2."""
    codes = [
        (form.bias << form.fraction_bits) + np.arange(1 << form.fraction_bits)
        for form in unit.factors
    ]
    return [grid.ravel() for grid in np.meshgrid(*codes)]


def _relative_errors(unit: Fma) -> NDArray[np.float64]:
    a, b = _fractions(unit)
    x, y = (decode(form, codes) for form, codes in zip(unit.factors, (a, b), strict=True))
    return product_values(unit, a, b) / (x * y) - 1


@pytest.mark.parametrize(
    ("multiplier", "bits", "figures"),
    [
        *(("l_mul", bits, figures) for bits, figures in _L_MUL.items()),
        *(("mitchell", bits, figures) for bits, figures in _MITCHELL.items()),
    ],
)
def test_published_errors(multiplier: str, bits: int, figures: tuple[float, ...]) -> None:
    """Those of L-Mul's and of Mitchell's formula, by all pairs of fractions."""
    errors = 100 * _relative_errors(fma(f"e5m{bits}+flush", "fp32", multiplier=multiplier))
    sizes = np.abs(errors)
    given = (errors.mean(), sizes.mean(), sizes.max(), np.sqrt((errors**2).mean()))
    np.testing.assert_allclose(given, figures, atol=6e-3)


def test_errors_of_powers_of_two() -> None:
    """Between 1 and 2 the middle is taken for 2, a third more; below it up to a third is lost."""
    errors = _relative_errors(fma("e5m7+flush", "fp32", multiplier="power_of_two"))
    assert errors.max() == pytest.approx(1 / 3)
    assert errors.min() == pytest.approx(128 / 191 - 1)


@pytest.mark.parametrize("multiplier", _INEXACT)
@pytest.mark.parametrize("formats", ["fp8_e4m3 fp8_e5m2", "fp6_e3m2 e2m5", "e5m0 fp8_e4m3"])
def test_all_products_of_eight_bits(formats: str, multiplier: Multiplier) -> None:
    a, b = formats.split()
    unit = fma(f"{a}+flush", "fp32", b=f"{b}+flush", multiplier=multiplier)
    a, b = (
        grid.ravel() for grid in np.meshgrid(*(np.arange(1 << form.bits) for form in unit.factors))
    )
    x, y = (decode(form, codes) for form, codes in zip(unit.factors, (a, b), strict=True))
    numbers = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    values = product_values(unit, a, b)
    with np.errstate(invalid="ignore"):
        assert (np.signbit(values) == np.signbit(x * y))[numbers].all()
    for i in numbers[::7].tolist():  # fractions are slow
        assert values[i] == float(plain_product(unit, int(a[i]), int(b[i]))), (a[i], b[i])


@pytest.mark.parametrize("bits", range(1, 9))
def test_tables_of_powers(bits: int) -> None:
    """Rounded to the nearest number of two more bits, by powers of 50 digits."""
    with localcontext(prec=50):
        for i, entry in enumerate(powers(bits)):
            exact = Decimal(2) ** (Decimal(i) / (1 << bits)) * (1 << bits + 2)
            assert entry == exact.to_integral_value()
