"""Golden block formats against exact fractions, gfloat and ml_dtypes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

import gfloat
import ml_dtypes
import numpy as np
import pytest
from gfloat import formats as gfloat_formats
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import NAMED_BLOCKS, NAMED_SCALES, Block, Float, Scale, parse_block
from sim.formats import Blocks, decode, dequantize, encode, quantize, tensor_scale
from tests.blocks import exact_block, nearest_code, scale_values
from tests.floats import decoded, encoded

#: All but the one with groups, with every choice of a scale.
NAMES = [
    f"{name}+{rounding}"
    for name in NAMED_BLOCKS
    if name != "hif4"
    for rounding in ("floor", "ceil", "nearest", "round_up")
    if rounding != "ceil" or NAMED_BLOCKS[name].scale.fraction_bits == 0
]


def values(block: Block, seed: int = 0) -> NDArray[np.float32]:
    """Blocks of all magnitudes: at random, with ties, at turning points of the scale, zeros."""
    rng = np.random.default_rng(seed)
    largest = float(max(map(block.largest_element, block.formats())))
    span = (-20, 18) if block.scale.fraction_bits else (-140, 127)
    powers = 2.0 ** rng.integers(*span, 60)
    normal = rng.normal(size=(60, block.size)) * powers[:, None]
    coarse = rng.integers(-24, 25, (40, block.size)) * 2.0 ** rng.integers(-9, 7, 40)[:, None]
    ends = np.outer([1, largest, 7, 5, 1.9375, 1.5, 2.625], 2.0 ** np.array([-8, -3, 0, 5]))
    ends = np.concatenate([ends.ravel(), [448 * largest, 1e30, 3e38, 1e-30, 1e-40, 1e-45]])
    ends = ends.astype(np.float32)
    up, down = np.nextafter(ends, np.float32(3.4e38)), np.nextafter(ends, np.float32(0))
    near = np.concatenate([ends, up, down])
    turning = near[:, None] * rng.choice([1, -1, 0.5, 0.3, 0], size=(len(near), block.size))
    turning[:, 0] = near
    zeros = np.zeros((2, block.size))
    zeros[1] = -0.0
    with np.errstate(over="ignore", under="ignore"):
        found = np.concatenate([normal, coarse, turning, zeros]).astype(np.float32)
    return found[np.isfinite(found).all(1)]


@pytest.mark.parametrize("name", NAMES)
def test_blocks_against_exact_fractions(name: str) -> None:
    """Elements, scale and worth of every block; of two formats of elements the nearer one."""
    block = parse_block(name)
    given = values(block)[:: 1 if block.scale_rounding == "nearest" else 3]
    found = quantize(block, given)
    worth = dequantize(block, found)
    ties = 0
    for row, elements, word, values_found in zip(
        given.tolist(),
        found.elements.tolist(),
        found.scales[:, 0].tolist(),
        worth.tolist(),
        strict=True,
    ):
        wanted = []
        for bit, form in enumerate(block.formats()):
            codes, scale, exact = exact_block(block, form, row)
            error = sum((Fraction(a) - b) ** 2 for a, b in zip(row, exact, strict=True))
            wanted.append((error, codes, scale | bit << block.scale.bits, exact))
        best = min(wanted, key=lambda candidate: candidate[0])
        if len(wanted) == 2 and wanted[0][0] != wanted[1][0]:
            near = abs(wanted[0][0] / wanted[1][0] - 1) < 1e-9 if wanted[1][0] else False
            ties += near
            if near:
                continue
        assert (elements, word) == best[1:3]
        assert [Fraction(value) for value in values_found] == best[3]
    assert ties < len(given) / 10


@pytest.mark.parametrize("name", ["nvfp4", "nvfp4_ue5m3", "nvint4", "nvfp4+round_up"])
def test_tensor_scales(name: str) -> None:
    """The largest block scale is the largest there is, and every block is exact."""
    block = parse_block(name)
    rng = np.random.default_rng(5)
    given = (rng.normal(size=(40, block.size)) * 1e5).astype(np.float32)
    scale = tensor_scale(block, given)
    assert np.float32(scale) == scale
    found = quantize(block, given, scale)
    assert found.scales.max() in (block.scale.largest_code, block.scale.largest_code - 1)
    worth = dequantize(block, found, scale)
    for i, row in enumerate(given.tolist()):
        elements, code, exact = exact_block(block, block.element, row, Fraction(scale))
        assert (found.elements[i].tolist(), int(found.scales[i, 0])) == (elements, code)
        assert [Fraction(value) for value in worth[i].tolist()] == exact
    assert tensor_scale(block, np.zeros(3)) == 1.0


def test_hif4_against_its_published_steps() -> None:
    """In exact fractions, with bfloat16 where the definition has it; blocks of all magnitudes."""
    block = parse_block("hif4")
    bf16 = Float.parse("bf16")
    scales = scale_values(block.scale)

    def to_bf16(value: Fraction) -> Fraction:
        worth = decoded(bf16, encoded(bf16, value))
        assert isinstance(worth, Fraction)
        return worth

    # 7 makes a scale of 1: magnitudes of 4 and 2 are just doubled, those next to them are not
    ends = np.array([4, 2, 1, np.nextafter(4, 0), np.nextafter(2, 0)])
    edges = np.random.default_rng(2).choice(ends, (20, 16)).repeat(4, 1) * ([16, -16, 8, 0] * 16)
    edges[:, 0] = 7 * 16
    given = np.concatenate([values(block), edges])
    found = quantize(block, given)
    worth = dequantize(block, found)
    seen = set()
    for row, elements, word, values_found in zip(
        given.tolist(),
        found.elements.tolist(),
        found.scales[:, 0].tolist(),
        worth.tolist(),
        strict=True,
    ):
        magnitudes = [abs(Fraction(value)) for value in row]
        ratio = max(magnitudes) * to_bf16(Fraction(1, 7))
        code = nearest_code(scales, to_bf16(ratio))
        inverse = to_bf16(1 / scales[code])
        eights = [max(magnitudes[i : i + 8]) * inverse >= 4 for i in range(0, 64, 8)]
        fours = [
            max(magnitudes[i : i + 4]) * inverse / 2 ** eights[i // 8] >= 2 for i in range(0, 64, 4)
        ]
        bits = [*eights, *fours]
        assert word == code | sum(bit << 8 + i for i, bit in enumerate(bits))
        seen |= {(i, bit) for i, bit in enumerate(bits)}
        for i, (magnitude, value) in enumerate(zip(magnitudes, values_found, strict=True)):
            doubled = 2 ** (eights[i // 8] + fours[i // 4])
            quarters = min(floor(magnitude * inverse / doubled * 4 + Fraction(1, 2)), 7)
            assert elements[i] == quarters | bool(np.signbit(row[i])) << 3
            exact = Fraction(quarters, 4) * doubled * scales[code]
            assert Fraction(value) == (-exact if np.signbit(row[i]) else exact)
    assert len(seen) == 48  # every bit has been 0 and 1


GFLOAT = {
    "mxfp8_e4m3": gfloat_formats.format_info_mxfp8_e4m3,
    "mxfp8_e5m2": gfloat_formats.format_info_mxfp8_e5m2,
    "mxfp6_e2m3": gfloat_formats.format_info_mxfp6_e2m3,
    "mxfp6_e3m2": gfloat_formats.format_info_mxfp6_e3m2,
    "mxfp4": gfloat_formats.format_info_mxfp4_e2m1,
    "mxint8": gfloat_formats.format_info_mxint8,
}


@pytest.mark.parametrize("name", GFLOAT)
def test_agrees_with_gfloat(name: str) -> None:
    """What blocks become. Its MXINT8 uses -128, and its block of zeros has the scale 2**-127 too.

    Scales that would be below 2**-127, where gfloat 0.5 clips and then leaves E8M0, are left out.
    """
    block = replace(parse_block(name), symmetric=False)
    given = values(block)
    given = given[(np.abs(given).max(1) > 1e-30) & (np.abs(given).max(1) < 1e35)][::2]
    wanted = [
        gfloat.quantize_block(GFLOAT[name], row, gfloat.compute_scale_amax)
        for row in given.astype(np.float64)
    ]
    found = dequantize(block, quantize(block, given))
    np.testing.assert_array_equal(found, wanted)
    if name == "mxint8":
        assert (quantize(block, given).elements == 128).any()
        assert not (quantize(parse_block(name), given).elements == 128).any()


ML_DTYPES = {
    "mxfp8_e4m3": ml_dtypes.float8_e4m3fn,
    "mxfp8_e5m2": ml_dtypes.float8_e5m2,
    "mxfp6_e2m3": ml_dtypes.float6_e2m3fn,
    "mxfp6_e3m2": ml_dtypes.float6_e3m2fn,
    "mxfp4": ml_dtypes.float4_e2m1fn,
    "nvfp4": ml_dtypes.float4_e2m1fn,
}


@pytest.mark.parametrize("name", ML_DTYPES)
def test_agrees_with_ml_dtypes(name: str) -> None:
    """Scales and elements by its types, from float32; saturation is ours, it has none in FP8."""
    block = parse_block(name)
    rng = np.random.default_rng(6)
    given = (rng.normal(size=(200, block.size)) * 2.0 ** rng.integers(-3, 8, (200, 1))).astype("f4")
    found = quantize(block, given)
    scale_type = ml_dtypes.float8_e4m3fn if name == "nvfp4" else ml_dtypes.float8_e8m0fnu
    scales = found.scales.astype(np.uint8).view(scale_type).astype(np.float64)
    elements = found.elements.view(ML_DTYPES[name]).astype(np.float64)
    np.testing.assert_array_equal(dequantize(block, found), elements * scales)
    units = given / scales.astype(np.float32)
    limit = float(block.element.largest)
    theirs = np.clip(units, -limit, limit).astype(ML_DTYPES[name]).view(np.uint8)
    np.testing.assert_array_equal(found.elements, theirs)


def test_every_scale_code() -> None:
    """Against the definition; and E8M0 and UE4M3 as ml_dtypes has them."""
    for name in NAMED_SCALES:
        form = Scale.parse(name)
        codes = np.arange(1 << form.bits)
        worth = decode(form, codes)
        assert [Fraction(value) for value in worth[:-1].tolist()] == scale_values(form)
        assert np.isnan(worth[-1])
        np.testing.assert_array_equal(encode(form, worth), codes)
        middle = (worth[:-2] + worth[1:-1]) / 2
        even = codes[:-2] + (codes[:-2] & 1 if form.fraction_bits else 1)
        np.testing.assert_array_equal(encode(form, middle), even)
        np.testing.assert_array_equal(encode(form, np.nextafter(middle, np.inf)), codes[1:-1])
        np.testing.assert_array_equal(encode(form, np.nextafter(middle, 0)), codes[:-2])
        ends = encode(form, np.array([0.0, 1e-300, 1e300, np.inf, np.nan]))
        assert ends.tolist() == [0, 0, form.largest_code, form.nan_code, form.nan_code]
    e8m0 = np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e8m0fnu).astype(np.float64)
    np.testing.assert_array_equal(decode(Scale(8, 0), np.arange(256)), e8m0)
    ue4m3 = np.arange(128, dtype=np.uint8).view(ml_dtypes.float8_e4m3fn).astype(np.float64)
    np.testing.assert_array_equal(decode(Scale(4, 3), np.arange(128)), ue4m3)
    some = np.array([0.75, 0.7, 1.5, 3, 2.9, 1e-30, 1e30], np.float32)
    theirs = some.astype(ml_dtypes.float8_e8m0fnu).view(np.uint8)
    np.testing.assert_array_equal(encode(Scale(8, 0), some), theirs)


def test_the_example_of_957() -> None:
    """MXFP8 E4M3: the scale 2 makes 478.5 of it, which saturates at 448; the scale 4 does not."""
    row = np.zeros(32)
    row[3] = 957
    worth = {}
    for rounding in ("floor", "ceil", "nearest", "round_up"):
        block = parse_block(f"mxfp8_e4m3+{rounding}")
        worth[rounding] = dequantize(block, quantize(block, row))[3]
    assert worth == {"floor": 896, "ceil": 960, "nearest": 896, "round_up": 960}


@pytest.mark.parametrize("name", NAMED_BLOCKS)
def test_special_blocks(name: str) -> None:
    """NaN and infinities poison a block and no other; zeros keep their sign; the ends are kept."""
    block = parse_block(name)
    given = np.ones((7, block.size), np.float32)
    given[0, 3], given[1, 0], given[2, -1] = np.nan, np.inf, -np.inf
    given[3] = 0.0
    given[4] = -0.0
    given[5] = 3e38
    given[6] = 1e-45
    found = quantize(block, given)
    worth = dequantize(block, found)
    assert np.isnan(worth[:3]).all()
    assert (found.scales[:3] == block.scale.nan_code).all()
    assert not found.elements[:4].any()
    assert not np.isnan(worth[3:]).any()
    assert (worth[3:5] == 0).all()
    assert (found.scales[3:5] == 0).all()
    if isinstance(block.element, Float):
        assert np.signbit(worth[4]).all()
    scale = found.scales[5:].astype(int) & block.scale.nan_code
    assert (scale < block.scale.nan_code).all()
    if block.scale.fraction_bits:
        assert (worth[5] == float(block.largest)).all() or block.other_element
        assert (scale[0], scale[1]) == (block.scale.largest_code, int(block.scale.zero))
    poisoned = Blocks(found.elements, np.full_like(found.scales, block.scale.nan_code))
    assert np.isnan(dequantize(block, poisoned)).all()


def test_elements_that_are_no_numbers_stay_what_they_are() -> None:
    """Of MXFP8, in blocks that others have made; int8's -128 is -2."""
    block = parse_block("mxfp8_e5m2")
    elements = np.zeros(32, np.uint8)
    elements[:3] = [0x7C, 0xFC, 0x7E]
    worth = dequantize(block, Blocks(elements, np.array([128], np.uint64)))
    np.testing.assert_array_equal(worth[:4], [np.inf, -np.inf, np.nan, 0])
    block = parse_block("mxint8")
    elements[:2] = [0x80, 0x7F]
    worth = dequantize(block, Blocks(elements, np.array([127], np.uint64)))
    assert worth[:2].tolist() == [-2, 1.984375]


def test_mixed_blocks_take_the_nearer_elements() -> None:
    """Steps of one size for a block without outliers, FP4's for one with."""
    block = parse_block("mixfp4")
    even = [*np.linspace(-3.5, 3.5, 15).tolist(), 0.0]
    spread = [6.0, 0.5, 1.0, 1.5, 4.0, 3.0, 2.0, 0.0] * 2
    found = quantize(block, np.array([even, spread, [0.0] * 16]))
    assert (found.scales[:, 0] >> 7).tolist() == [1, 0, 0]
    worth = dequantize(block, found)
    np.testing.assert_array_equal(worth[:2], [even, spread])


def test_shapes() -> None:
    """Blocks lie along the last axis, and each is by itself."""
    block = parse_block("nvfp4")
    given = np.random.default_rng(1).normal(size=(2, 3, 64))
    found = quantize(block, given)
    assert (found.elements.shape, found.scales.shape) == ((2, 3, 64), (2, 3, 4))
    single = quantize(block, given[1, 2, 16:32])
    np.testing.assert_array_equal(found.elements[1, 2, 16:32], single.elements)
    assert quantize(block, np.zeros((3, 0))).scales.shape == (3, 0)


_NVFP4 = parse_block("nvfp4")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: quantize(_NVFP4, np.ones(17)), "17 values .* no whole blocks of 16"),
        (lambda: quantize(_NVFP4, np.ones(16, int)), "int64 where an array of floats"),
        (lambda: quantize(_NVFP4, np.float64(1)), "array of floats"),
        (lambda: quantize(_NVFP4, np.ones(16), 0.1), "0.1 is no finite float32 above 0"),
        (lambda: quantize(_NVFP4, np.ones(16), -1.0), "-1.0 is no finite"),
        (lambda: quantize(parse_block("mxfp4"), np.ones(32), 2.0), "2.0 does not go with mxfp4"),
        (lambda: tensor_scale(_NVFP4, np.array([np.inf])), "NaN or an infinity"),
        (lambda: dequantize(_NVFP4, Blocks(np.zeros(32, "u1"), np.zeros(1, "u8"))), "blocks of 16"),
        (lambda: dequantize(_NVFP4, Blocks(np.zeros(16, "u1"), np.full(1, 128, "u8"))), "7 bits"),
        (lambda: dequantize(_NVFP4, Blocks(np.full(16, 16, "u1"), np.ones(1, "u8"))), "0 to 15"),
        (lambda: encode(Scale(4, 3), np.array([1.0, -0.5])), "-0.5 .* ue4m3, which has no sign"),
    ],
)
def test_wrong_requests(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(RequestError) as refusal:
        call()
    assert re.search(sentence, str(refusal.value))
