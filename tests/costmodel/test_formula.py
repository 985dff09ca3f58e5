"""Formulas: what they compute, and that nothing else may stand in one."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from costmodel.explore.formula import NUMBER, TEXT, TRUTH, Formula, parse_formula
from hw.errors import RequestError

_KINDS = {"area_um2": NUMBER, "luts": NUMBER, "style": TEXT, "table_register": TRUTH}
_VALUES: dict[str, Any] = {
    "area_um2": np.array([[10.0], [20.0]]),
    "luts": np.array([[1, 2, 3_000_000_000]]),
    "style": np.array("float"),
    "table_register": np.array([[True], [False]]),
}


def _parse(text: Any, wanted: str = NUMBER) -> Formula:
    return parse_formula(text, "minimize", _KINDS, wanted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("area_um2", [[10], [20]]),
        ("2 * area_um2 - -1", [[21], [41]]),
        ("area_um2 / luts ** 2", [[10, 2.5, 10 / 9e18], [20, 5, 20 / 9e18]]),
        ("min(area_um2, luts, 15)", [[1, 2, 10], [1, 2, 15]]),
        ("max(sqrt(area_um2 * 10), abs(-luts))", [[10, 10, 3e9], [200**0.5, 200**0.5, 3e9]]),
        ("log2(luts - 3)", [[np.nan, np.nan, np.log2(3e9 - 3)]]),
    ],
)
def test_numbers(text: str, expected: Any) -> None:
    np.testing.assert_allclose(_parse(text)(_VALUES), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("area_um2 <= 10", [[True], [False]]),
        ("1 < luts <= 2", [[False, True, False]]),
        ("not table_register or luts == 2", [[False, True, False], [True, True, True]]),
        ("style == 'float' and table_register", [[True], [False]]),
        ("log2(-luts) < 1", [[False, False, False]]),
        ("table_register == True", [[True], [False]]),
    ],
)
def test_truths(text: str, expected: Any) -> None:
    assert _parse(text, TRUTH)(_VALUES).tolist() == expected


def test_sides_are_ordered() -> None:
    """The smaller one first, whichever way it is written; only where one number is below."""
    for text in ("area_um2 <= luts", "luts > area_um2"):
        sides = _parse(text, TRUTH).sides(_VALUES)
        assert sides
        assert [side.max() for side in sides] == [20, 3e9]
    for text in ("luts == 3", "luts < 3 and luts > 1", "1 < luts < 3"):
        assert _parse(text, TRUTH).sides(_VALUES) is None


def test_formulas_travel() -> None:
    """To another process."""
    formula = _parse("area_um2 * luts")
    unpickled = pickle.loads(pickle.dumps(formula))
    assert unpickled == formula
    assert (unpickled(_VALUES) == formula(_VALUES)).all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("__import__('os').system('true')", "calls another function than min"),
        ("area_um2.__class__", "may not stand in an expression"),
        ("area_um2[0]", "may not stand in an expression"),
        ("(lambda: 1)()", "calls another function"),
        ("[x for x in luts]", "may not stand"),
        ("area_um2 if luts else 1", "may not stand"),
        ("area_um2 := 3", "is not an expression"),
        ("area_um2 @ luts", "another operator"),
        ("luts // 2", "another operator"),
        ("~luts", "another sign"),
        ("luts in (1, 2)", "compares by another sign"),
        ("1e999", "is not a finite number"),
        ("1" + "0" * 300, "300"),
        ("2j", "is not a finite number"),
        ("aera_um2", "did you mean 'area_um2'?"),
        ("zzz", "there are area_um2, luts"),
        ("style + 1", "style is a text"),
        ("style < 1", "style is a text"),
        ("style == 1", "compares a text with a number"),
        ("luts and table_register", "luts is a number"),
        ("luts <= 3", "it must be a number"),
        ("sqrt(1, 2)", "sqrt takes 1 to 1"),
        ("max(1)", "max takes 2 to 8"),
        ("min(1, 2, key=3)", "calls another function"),
        ("(" * 250, "is not an expression"),
        ("", "is not an expression"),
        (7, "is not an expression"),
        ("luts\0", "is not an expression"),
    ],
)
def test_refused(text: Any, sentence: str) -> None:
    with pytest.raises(RequestError, match="minimize") as caught:
        _parse(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["9 ** 9 ** 9 ** 9", "-" * 290 + "1", "(" * 90 + "1" + ")" * 90])
def test_bombs_are_harmless(text: str) -> None:
    """Powers are of floating-point numbers; depth is bounded by length."""
    assert _parse(text)(_VALUES).shape == ()
