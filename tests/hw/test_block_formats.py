"""Scales and block formats: names, ranges, what is refused, and scales taken apart by gates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from hw.codec import ScaleDecoder
from hw.errors import RequestError
from hw.formats import (
    NAMED_BLOCKS,
    NAMED_FLOATS,
    NAMED_SCALES,
    Block,
    Float,
    Integer,
    Scale,
    ScaleRounding,
    block_meanings,
    parse_block,
    parse_format,
)
from sim.formats import decode
from tests.gates import Gates

SCALES = [f"ue{x}m{y}" for x in range(2, 9) for y in range(9 - x)]


@pytest.mark.parametrize(
    ("name", "smallest", "largest", "zero", "nan_code"),
    [
        ("ue8m0", Fraction(1, 1 << 127), 1 << 127, False, 0xFF),
        ("ue4m3", Fraction(1, 1 << 9), 448, True, 0x7F),
        ("ue5m3", Fraction(1, 1 << 17), 114688, True, 0xFF),
        ("ue6m2", Fraction(1, 1 << 48), 49152, False, 0xFF),
    ],
)
def test_scales_as_published(
    name: str, smallest: Fraction, largest: int, zero: bool, nan_code: int
) -> None:
    form = Scale.parse(name)
    assert name in NAMED_SCALES
    assert (form.smallest, form.largest, form.zero, form.nan_code) == (
        smallest,
        largest,
        zero,
        nan_code,
    )
    assert parse_format(name) == form
    assert form.name == name


@pytest.fixture(scope="module")
def decoders() -> Gates:
    return Gates(*(ScaleDecoder(Scale.parse(name)) for name in SCALES))


@pytest.mark.parametrize("name", SCALES)
def test_scale_decoders_for_every_code(decoders: Gates, name: str) -> None:
    form = Scale.parse(name)
    codes = np.arange(1 << form.bits)
    parts = decoders(SCALES.index(name), code=codes)
    ports: Any = ScaleDecoder(form)
    bits = len(ports.exponent)
    exponent = parts["exponent"] - (parts["exponent"] >> bits - 1 << bits)
    values = decode(form, codes)
    np.testing.assert_array_equal(parts["nan"], codes == form.nan_code)
    number = codes != form.nan_code
    worth = np.ldexp(parts["significand"].astype(float), exponent)
    np.testing.assert_array_equal(worth[number], values[number])
    assert (exponent[number].min(), exponent[number].max()) == form.exponents


#: Size, bits a value, largest element, largest value.
PUBLISHED = {
    "mxfp8_e4m3": (32, 8.25, 448, 448 * 2.0**127),
    "mxfp8_e5m2": (32, 8.25, 57344, 57344 * 2.0**127),
    "mxfp6_e2m3": (32, 6.25, 7.5, 7.5 * 2.0**127),
    "mxfp6_e3m2": (32, 6.25, 28, 28 * 2.0**127),
    "mxfp4": (32, 4.25, 6, 6 * 2.0**127),
    "mxint8": (32, 8.25, 1.984375, 1.984375 * 2.0**127),
    "nvfp4": (16, 4.4375, 6, 2688),
    "nvfp4_ue5m3": (16, 4.5, 6, 688128),
    "nvint4": (16, 4.4375, 7, 3136),
    "mixfp4": (16, 4.5, 6, 2688),
    "hif4": (64, 4.5, 1.75, 7 * 49152),
    "dfp16": (32, 16.25, 32767 / 2**14, 32767 / 2**14 * 2.0**127),
}


@pytest.mark.parametrize("name", NAMED_BLOCKS)
def test_blocks_as_published(name: str) -> None:
    form = parse_block(name)
    largest = form.largest_element(form.element)
    assert (form.size, form.bits_per_value, largest, form.largest) == PUBLISHED[name]
    assert form.encoding()["scale_bits"] == form.scale_bits
    assert block_meanings()[name].endswith(f"{PUBLISHED[name][1]:g} bits a value")


@pytest.mark.parametrize("name", NAMED_BLOCKS)
def test_names_with_options_are_read_back(name: str) -> None:
    for rounding in ScaleRounding:
        for size in (16, 64, 128):
            fraction = NAMED_BLOCKS[name].scale.fraction_bits > 0
            if (name == "hif4" and rounding != "nearest") or (fraction and rounding == "ceil"):
                with pytest.raises(RequestError, match="scale rounding"):
                    parse_block(f"{name}+{rounding}+block{size}")
                continue
            form = parse_block(f"{name}+{rounding}+block{size}")
            assert (form.size, form.scale_rounding) == (size, rounding)
            assert parse_block(form.name) == form
    assert parse_block(name).name == name


def test_a_block_without_a_name_says_so() -> None:
    odd = replace(NAMED_BLOCKS["mxint8"], symmetric=False)
    assert odd.largest_element(odd.element) == Fraction(127, 64)
    with pytest.raises(RequestError, match="32 int8 has no name"):
        _ = odd.name


_FP4, _E8M0 = NAMED_FLOATS["fp4_e2m1"], Scale(8, 0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: parse_block("mxfp5"), "'mxfp5' is not a block format: use mxfp8_e4m3"),
        (lambda: parse_block("mxfp4+odd"), "'odd' in 'mxfp4.odd' is not one of floor, ceil"),
        (lambda: parse_block("mxfp4+block0"), "'block0' in"),
        (lambda: parse_block("mxfp4+block99999"), "size of a block = 99999 .* 65536"),
        (lambda: parse_block("nvfp4+ceil"), "'ceil' is for powers of two, not .* ue4m3"),
        (lambda: parse_block("hif4+floor"), "'floor' is not defined for a block with groups"),
        (lambda: parse_block("hif4+block12"), "8 and 4 elements do not divide a block of 12"),
        (lambda: parse_block("hif4+block4096"), "scale word of 1544 bits .* 1 to 62"),
        (lambda: Block(Float(4, 3), _E8M0, 32), "elements of a block saturate, which e4m3"),
        (
            lambda: Block(_FP4, _E8M0, 32, other_element=NAMED_FLOATS["fp6_e2m3"]),
            "fp6_e2m3 and fp4_e2m1 .* 6 and 4 bits",
        ),
        (lambda: Block(Integer(8, signed=False), _E8M0, 32), "have a sign, which uint8 has not"),
        (lambda: Scale(1, 3), "exponent_bits = 1 .* 2 to 8"),
        (lambda: parse_format("ue4m8"), "fraction_bits = 8 .* 0 to 7"),
        (lambda: parse_format("ue04m3"), "'ue04m3' is not a scale: use ueXmY"),
    ],
)
def test_wrong_requests(call: Any, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        call()
