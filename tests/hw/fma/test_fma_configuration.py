"""Configurations of fused multiply-add units: widths that follow, and requests that are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hw.errors import RequestError
from hw.fma import Fma
from hw.fma.normalization import Normalization
from hw.unit import configured
from tests.fma import fma


@pytest.mark.parametrize(
    ("name", "groups", "most"),
    [
        ("exact", None, 15),
        ("carry_only", (), 0),
        ("an-1-1", ((1, 1), (1, 2)), 2),
        ("an-1-2", ((1, 1), (2, 3)), 3),
        ("an-2-2", ((2, 2), (2, 4)), 4),
        ("1:1,2:2,4:6", ((1, 1), (2, 2), (4, 6)), 6),
        ("2:1", ((2, 1),), 1),
    ],
)
def test_normalizations(name: str, groups: Any, most: int) -> None:
    normalization = Normalization.parse(name)
    assert (normalization.groups, normalization.most_shift(16)) == (groups, most)
    assert normalization.name == name


def test_groups_have_their_presets_name() -> None:
    assert Normalization.parse("1:1,2:3").name == "an-1-2"
    assert fma("bf16", "raw16", normalization="2:2,2:4").normalization == "an-2-2"


def test_widths_of_bfloat16() -> None:
    """507 exponents of products; three below for the shift, and two above for two terms."""
    unit = fma("bf16", "raw17", 2, normalization="an-1-2")
    assert unit.b == "bf16"
    assert (unit.product_bits, unit.product_exponents) == (16, (-266, 240))
    assert (unit.raw.bits, unit.raw.exponent_bits) == (17, 10)
    assert unit.raw.largest_exponent == 3 + 506 + 2
    # the least product, 2**-266, lies with its 16 bits at the top of 17, at exponent 3
    assert unit.raw.unit == -266 - 1 - 3


@pytest.mark.parametrize(
    ("a", "b", "specials"),
    [
        ("bf16", "", ("nan", "positive", "negative")),
        ("fp8_e4m3", "", ("nan",)),
        ("fp4_e2m1", "", ()),
        ("fp4_e2m1", "fp8_e5m2", ("nan", "positive", "negative")),
        ("bf16+flush+finite+nan_none", "", ()),
    ],
)
def test_what_is_no_number(a: str, b: str, specials: tuple[str, ...]) -> None:
    assert fma(a, "raw12", b=b).specials == specials


@pytest.mark.parametrize(
    ("multiplier", "form", "bits", "zeros"),
    [
        ("mitchell", "bf16+flush", 9, 1),
        ("l_mul", "fp8_e4m3+flush", 5, 1),
        ("l_mul", "bf16+flush", 10, 2),
        ("lns", "fp8_e4m3+flush", 7, 1),
        ("power_of_two", "fp8_e5m2+flush", 4, 1),
    ],
)
def test_widths_of_other_products(multiplier: str, form: str, bits: int, zeros: int) -> None:
    """A product of ones has all of its zeros, wherever its last bit is."""
    unit = fma(form, "raw17", multiplier=multiplier)
    assert (unit.product_bits, unit.product_form.zeros) == (bits, zeros)
    low, _ = unit.product_exponents
    assert low == 2 * (1 - unit.factors[0].bias) - (bits - 1 - zeros)


@pytest.mark.parametrize(
    "unit",
    [
        fma("fp16", "fp32", b="bf16", flags=True, depth=0),
        fma("fp8_e4m3+flush", "raw12", multiplier="lns"),
        fma("fp8_e4m3", "raw12", normalization="2:1,1:3", cut="jam", guard_bits=3, terms=100),
    ],
)
def test_parameters_are_those_of_a_design_file(unit: Fma) -> None:
    stated = json.loads(json.dumps([unit.parameters(), unit.workload.limits()]))
    assert configured(Fma, *stated) == unit
    assert json.dumps(unit.manifest())
    assert unit.latency == unit.depth


_BF16: dict[str, Any] = {"a": "bf16", "accumulator": "raw16"}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"a": "int8"}, r"a = 'int8' is not allowed: 'int8' is not a floating-point format"),
        ({"a": 8}, r"a = 8 is not allowed"),
        ({"b": "posit8_0"}, r"b = 'posit8_0' is not allowed"),
        ({"accumulator": "int32"}, r"accumulator = 'int32' is not allowed: .*; or rawW with W"),
        ({"accumulator": "raw3"}, r"accumulator = 'raw3' is not allowed: .* 4 to 48 bits"),
        ({"accumulator": "raw49"}, r"accumulator = 'raw49' is not allowed"),
        ({"accumulator": "bf16+stochastic"}, r"not rounded with random words"),
        ({"normalization": "an-1"}, r"normalization = 'an-1' is not allowed: it must be exact"),
        ({"normalization": 2}, r"normalization = 2 is not allowed"),
        ({"normalization": "an-0-1"}, r"a group of leading bits has at least one bit"),
        ({"normalization": "1:2"}, r"after 1 leading zeros the shift must be from 1 to 1, not 2"),
        ({"normalization": "2:2,1:2"}, r"after 3 leading zeros the shift must be from 3 to 3"),
        ({"normalization": "an-8-8"}, r"it looks at 16 leading bits, and at most 15 leave one"),
        ({"product": "whole"}, r"product = 'whole' is not allowed: it must be one of raw, norm"),
        ({"cut": "round"}, r"cut = 'round' is not allowed: it must be one of truncate, jam"),
        (
            {"multiplier": "booth"},
            r"multiplier = 'booth' is not allowed: it must be one of exact",
        ),
        (
            {"multiplier": "lns"},
            r"with a = 'bf16': .* normal, as in 'bf16\+flush'",
        ),
        ({"a": "bf16+flush", "b": "fp16", "multiplier": "l_mul"}, r"not allowed with b = 'fp16'"),
        ({"a": "e5m0+flush", "multiplier": "l_mul"}, r"it is about fractions, and they have none"),
        (
            {"a": "fp16+flush", "multiplier": "lns"},
            r"fractions of 10 bits need a table of 1024",
        ),
        ({"difference": "none"}, r"difference = 'none' is not allowed: it must be one of negated"),
        ({"guard_bits": 9}, r"guard_bits = 9 is not allowed: .* from 0 to 8"),
        ({"depth": 7}, r"depth = 7 is not allowed: .* from 0 to 6"),
        ({"depth": True}, r"depth = True is not allowed"),
        ({"flags": 1}, r"flags = 1 is not allowed: it must be true or false"),
        ({"flags": True}, r"flags = true is not allowed with accumulator = 'raw16'"),
        ({"terms": 0}, r"workload\.terms = 0 is not allowed"),
        ({"cut": "jam", "terms": 16385}, r"cut = 'jam' is not allowed .* at most 16384 terms"),
        ({"accumulator": "fp32", "normalization": "an-1-2"}, r"a float is normalised and rounded"),
        ({"accumulator": "fp32", "guard_bits": 1}, r"guard_bits = 1 is not allowed with accum"),
        ({"accumulator": "fp32", "cut": "jam"}, r"cut = 'jam' is not allowed with accumulator"),
        ({"accumulator": "fp32", "difference": "inverted"}, r"difference = 'inverted' is not"),
        ({"accumulator": "fp32", "product": "normalized"}, r"product = 'normalized' is not"),
    ],
)
def test_refusals(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        fma(**_BF16 | settings)
