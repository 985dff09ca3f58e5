"""Configurations of SIMD units: widths that follow, and requests that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from hw.errors import RequestError
from hw.simd.pairs import Pair
from tests.simd import XR, unit

#: Bits of the exact signed product of two numbers of a format.
_PRODUCT_BITS = {
    "fp4_e2m1": 9,
    "fp6_e2m3": 13,
    "fp6_e3m2": 19,
    "fp8_e4m3": 37,
    "fp8_e5m2": 65,
    "fp16": 81,
    "bf16": 523,
    "posit4_1": 18,
    "posit8_0": 26,
    "posit16_1": 114,
    "posit8_2": 98,
    "posit16_2": 226,
    "int4": 8,
    "int8": 16,
    "int16": 32,
}


@pytest.mark.parametrize("name", _PRODUCT_BITS)
def test_product_bits(name: str) -> None:
    assert Pair.parse(name).sum_bits(1) == _PRODUCT_BITS[name]


@pytest.mark.parametrize(
    ("pair", "lane", "starts"),
    [
        ("fp4_e2m1", 4, (0, 1, 2, 3)),
        ("fp6_e3m2", 8, (0, 2)),
        ("int4*int8", 8, (0, 2)),
        ("fp8_e4m3*bf16", 16, (0,)),
    ],
)
def test_a_pair_has_lanes_of_its_wider_operand(
    pair: str, lane: int, starts: tuple[int, ...]
) -> None:
    assert (Pair.parse(pair).lane, Pair.parse(pair).starts) == (lane, starts)


def test_a_pair_of_one_format_has_a_short_name() -> None:
    mac = unit(" int4*int4 ,int4 * int8")
    assert mac.parameters()["pairs"] == "int4,int4*int8"
    assert unit(**mac.parameters()) == mac


@pytest.mark.parametrize(
    ("settings", "bits"),
    [
        ({"pairs": "posit16_1", "terms": 1}, 114),
        ({"pairs": "posit16_1", "terms": 1 << 13}, 127),
        ({"pairs": XR, "terms": 1 << 10}, 124),
        # four lanes of 18 bits and more
        ({"pairs": "posit4_1", "terms": 1, "sums": "lanes"}, 4 * 18),
        # a dot product sums four products at a time
        ({"pairs": "posit4_1", "terms": 1}, 4 * 20),
        ({"pairs": "posit4_1", "terms": 1, "sums": "dot"}, 20),
        ({"pairs": "posit4_1", "terms": 1, "sums": "dot", "port": 64}, 22),
        # -128 * -128 is 2**14: not 1023 but 1024 of them need a bit more
        ({"pairs": "int8", "terms": 1023, "sums": "lanes"}, 2 * 25),
        ({"pairs": "int8", "terms": 1024, "sums": "lanes"}, 2 * 26),
    ],
)
def test_accumulators_are_as_wide_as_exact_sums(settings: dict[str, Any], bits: int) -> None:
    assert unit(**settings).accumulator_bits == bits


def test_wider_accumulators_may_be_asked_for() -> None:
    assert unit("int8", accumulator_bits=64).lane_bits(Pair.parse("int8")) == 32


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"pairs": ""}, r"pairs = '' is not allowed: it must be a text such as"),
        ({"pairs": 4}, r"pairs = 4 is not allowed"),
        ({"pairs": "fp32"}, r"fp32 is too wide for an operand: its codes have 32 bits"),
        ({"pairs": "u8.4"}, r"u8\.4 is no format of operands"),
        ({"pairs": "int8*int8*int8"}, r"'int8\*int8\*int8' is no pair of formats"),
        ({"pairs": "int8,int8*int8"}, r"'int8' is there twice"),
        ({"pairs": "int9000"}, r"'int9000' is not a number format"),
        ({"pairs": "int8", "port": 24}, r"port = 24 is not allowed: it must be 16, 32 or 64"),
        ({"pairs": "int8", "port": True}, r"port = True is not allowed"),
        ({"pairs": "int8", "sums": "all"}, r"sums = 'all' is not allowed: it must be one of"),
        ({"pairs": "int8", "depth": 8}, r"depth = 8 is not allowed: .* from 1 to 7"),
        ({"pairs": "int8", "terms": 0}, r"workload\.terms = 0 is not allowed"),
        (
            {"pairs": "bf16", "accumulator_bits": 128},
            r"accumulator_bits = 128 is too narrow for bf16: .* of 100 products takes 530 bits",
        ),
        (
            {"pairs": "posit16_4"},
            r"is too narrow for posit16_4: .* takes 904 bits, .* most 640 are",
        ),
        (
            {"pairs": "fp8_e5m2", "accumulator_bits": 128},
            r"the exact sum of 200 products takes 73 bits, for 2 lanes 146",
        ),
        ({"pairs": "int8", "result": "int8"}, r"result = 'int8' is not allowed"),
        ({"pairs": "int8", "result": 8}, r"result = 8 is not allowed: it must be a format's name"),
        ({"pairs": "int8", "result": "fp16+stochastic"}, r"not rounded with random words"),
        ({"pairs": "int8", "accumulator_bits": 63}, r"cannot be shared by 2 lanes"),
        ({"pairs": "int8", "accumulator_bits": 700}, r"accumulator_bits = 700 is not allowed"),
    ],
)
def test_refusals(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        unit(**settings)
