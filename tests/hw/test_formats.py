"""Number formats: names, ranges, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any, cast

import pytest

from hw.errors import RequestError
from hw.formats import (
    NAMED_FLOATS,
    NAMED_POSITS,
    Fixed,
    Float,
    Integer,
    NanCodes,
    Posit,
    Rounding,
    format_meanings,
    parse_format,
)

WIDTHS = range(2, 17)


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("bits", WIDTHS)
def test_name_round_trips(bits: int, signed: bool) -> None:
    """Every format is read back from its own name."""
    name = f"int{bits}" if signed else f"uint{bits}"
    assert Integer.parse(name) == Integer(bits, signed)
    assert Integer(bits, signed).name == name


@pytest.mark.parametrize("bits", WIDTHS)
def test_signed_range_is_twos_complement(bits: int) -> None:
    """The extremes are those of Python's own two's complement conversion, and no wider."""
    form = Integer(bits, signed=True)
    assert form.minimum == int.from_bytes(
        (1 << bits - 1 << 16 - bits).to_bytes(2), signed=True
    ) >> (16 - bits)
    assert form.maximum == -1 - form.minimum
    assert form.magnitude == -form.minimum


@pytest.mark.parametrize("bits", WIDTHS)
def test_unsigned_range_is_all_codes(bits: int) -> None:
    """An unsigned format runs from zero through all of its codes."""
    form = Integer(bits, signed=False)
    assert len(range(form.minimum, form.maximum + 1)) == 2**bits
    assert form.minimum == 0
    assert form.magnitude == form.maximum


@pytest.mark.parametrize(
    ("name", "extremes"),
    [
        ("int8", (-128, 127, 128)),
        ("uint8", (0, 255, 255)),
        ("int2", (-2, 1, 2)),
        ("uint16", (0, 65535, 65535)),
    ],
)
def test_well_known_formats(name: str, extremes: tuple[int, int, int]) -> None:
    """Minimum, maximum and magnitude as everybody knows them."""
    form = Integer.parse(name)
    assert (form.minimum, form.maximum, form.magnitude) == extremes


@pytest.mark.parametrize(
    "name", ["int1", "int17", "uint0", "float", "int08", "int8 ", "Int8", "int", 8, None, ""]
)
def test_other_names_are_refused(name: object) -> None:
    """The refusal repeats the value and names the range."""
    with pytest.raises(RequestError, match=re.escape(repr(name)) + ".* from 2 to 16"):
        Integer.parse(name)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("bits", [1, 65])
def test_other_widths_are_refused(bits: int) -> None:
    """A format cannot be made past its parser either."""
    with pytest.raises(RequestError, match=rf"{bits} bits .* 2 to 64 bits"):
        Integer(bits, signed=True)


#: Bias, largest and smallest normal number, smallest subnormal, code of the largest, of a NaN, of
#: infinity: OFP8 rev. 1.0 table 2, MX v1.0 tables 3 to 5, IEEE 754-2019 table 3.5.
PUBLISHED = {
    "fp4_e2m1": (1, 6, 1, 0.5, 0x7, None, None),
    "fp6_e2m3": (1, 7.5, 1, 0.125, 0x1F, None, None),
    "fp6_e3m2": (3, 28, 0.25, 0.0625, 0x1F, None, None),
    "fp8_e4m3": (7, 448, 2**-6, 2**-9, 0x7E, 0x7F, None),
    "fp8_e5m2": (15, 57344, 2**-14, 2**-16, 0x7B, 0x7E, 0x7C),
    "bf16": (127, (2 - 2**-7) * 2.0**127, 2**-126, 2**-133, 0x7F7F, 0x7FC0, 0x7F80),
    "fp16": (15, 65504, 2**-14, 2**-24, 0x7BFF, 0x7E00, 0x7C00),
    "fp32": (127, (2 - 2**-23) * 2.0**127, 2**-126, 2**-149, 0x7F7FFFFF, 0x7FC00000, 0x7F800000),
}


@pytest.mark.parametrize("name", NAMED_FLOATS)
def test_floats_as_published(name: str) -> None:
    """The constants of the standards, and what follows from them."""
    form = Float.parse(name)
    bias, largest, normal, least, *codes = PUBLISHED[name]
    assert (form.bias, form.largest, form.min_normal) == (bias, largest, normal)
    assert Fraction(2) ** form.least_exponent == least
    assert [form.largest_code, form.nan_code, form.infinity_code] == codes
    assert (
        (1 << form.magnitude_bits) > form.largest / Fraction(least) >= 1 << form.magnitude_bits - 1
    )
    assert form.bits == len(f"{form.largest_code:b}") + 1


def test_every_float_is_read_back_from_its_name() -> None:
    """All policies of a named, a nameless and the widest format, by as short a name as can be."""
    policies = product(
        [True, False],
        [(True, NanCodes.IEEE), *((False, codes) for codes in NanCodes)],
        [True, False],
        Rounding,
    )
    names = set()
    for subnormals, (infinities, nan), saturate, rounding in policies:
        for bits in ((4, 3), (3, 3), (8, 23)):
            form = Float(*bits, subnormals, infinities, nan, saturate, rounding)
            assert parse_format(form.name) == form
            names.add(form.name)
    assert len(names) == 3 * 2 * 4 * 2 * 6
    assert {"fp8_e4m3", "fp8_e4m3+saturate", "e3m3+flush", "fp32+stochastic"} <= names


def test_formats_without_room_for_special_codes_are_finite() -> None:
    """Powers of two, and steps of one size, as FP4 has them: no NaN, saturating."""
    for name, largest, least in (("e3m0", 16, 0.25), ("e5m0", 2**16, 2**-14), ("e1m2", 3.5, 0.5)):
        form = Float.parse(name)
        assert (form.largest, Fraction(2) ** form.least_exponent) == (largest, least)
        assert (form.nan_code, form.infinity_code, form.saturate) == (None, None, True)
    nan = Float.parse("e3m0+nan_one")  # the largest exponent has no other code
    assert (nan, nan.name) == (Float.parse("e3m0+nan_ieee"), "e3m0+nan_ieee")
    assert (nan.largest, nan.largest_code, nan.nan_code) == (8, 6, 7)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("e9m3", "exponent_bits = 9 .* 1 to 8"),
        ("e4m24", "fraction_bits = 24 .* 0 to 23"),
        ("e0m3", "'e0m3' is not a (floating-point|number) format"),
        ("e1m3+nan_ieee", "exponent_bits = 1 has no exponent left .* use finite"),
        ("e4m0+nan_ieee+infinities", "fraction_bits = 0 .* not both infinity and NaN: use finite"),
        ("fp16+wide", "'wide' in .* is not one of subnormals, flush"),
        ("fp16+nan_one", "infinities has nan = 'ieee', not 'one'"),
        ("fp17", "'fp17' is not a (floating-point|number) format"),
        ("fp17+saturate", "'fp17.saturate' is not a (floating-point|number) format"),
    ],
)
@pytest.mark.parametrize("parse", [Float.parse, parse_format])
def test_floats_that_are_refused(name: str, sentence: str, parse: Callable[[str], object]) -> None:
    """The refusal repeats the value and says what is allowed."""
    with pytest.raises(RequestError, match=sentence):
        parse(name)


def test_policies_that_are_refused() -> None:
    """Past the parser too."""
    with pytest.raises(RequestError, match=r"nan = 'two' .* is not one of ieee, one, none"):
        Float(4, 3, nan=cast("Any", "two"))
    with pytest.raises(RequestError, match=r"rounding = 'up' .* is not one of nearest_even"):
        Float(4, 3, rounding=cast("Any", "up"))


#: Width, exponent bits, smallest and largest number, most fraction bits.
POSITS = {
    "posit4_1": (4, 1, 2**-4, 2**4, 0),
    "posit8_0": (8, 0, 2**-6, 2**6, 5),
    "posit16_1": (16, 1, 2**-28, 2**28, 12),
    "posit8_2": (8, 2, 2**-24, 2**24, 3),
    "posit16_2": (16, 2, 2**-56, 2**56, 11),
}


def test_posits_as_published() -> None:
    """Ends of the range and precision; the code of NaR; no infinity."""
    assert list(NAMED_POSITS) == list(POSITS)
    for name, (bits, es, *numbers) in POSITS.items():
        form = Posit.parse(name)
        assert form == parse_format(name) == Posit(bits, es)
        assert [form.smallest, form.largest, form.fraction_bits] == numbers
        assert (form.nan_code, form.infinity_code) == (1 << bits - 1, None)


def test_every_posit_is_read_back_from_its_name() -> None:
    for bits, es, rounding in product(range(3, 33), range(5), Rounding):
        form = Posit(bits, es, rounding)
        assert parse_format(form.name) == form
    assert Posit(12, 3).name == "posit12_3"
    assert Posit(8, 0, Rounding.STOCHASTIC).name == "posit8_0+stochastic"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("posit2_0", "a posit with bits = 2 is not supported: it must be 3 to 32"),
        ("posit33_2", "bits = 33 .* 3 to 32"),
        ("posit8_5", "es = 5 .* 0 to 4"),
        ("posit8", "'posit8' is not a posit: use positN_E"),
        ("posit08_0", "'posit08_0' is not a posit"),
        ("posit8_0+saturate", "rounding of 'posit8_0.saturate' = 'saturate' .* nearest_even"),
    ],
)
def test_posits_that_are_refused(name: str, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        parse_format(name)


def test_every_name_has_a_meaning() -> None:
    """Of the named formats all are told, with one line each."""
    meanings = format_meanings()
    assert {*NAMED_FLOATS, *NAMED_POSITS} < set(meanings)
    assert all(meaning and "\n" not in meaning for meaning in meanings.values())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("e4m3fn", "fp8_e4m3"),  # as ml_dtypes and torch call it
        ("float8_e4m3fn", "fp8_e4m3"),
        ("torch.float8_e5m2", "fp8_e5m2"),
        ("e4m3fn+saturate", "fp8_e4m3+saturate"),
        ("float4_e2m1fn", "fp4_e2m1"),
        ("float6_e3m2fn", "fp6_e3m2"),
        ("float8_e8m0fnu", "ue8m0"),
        ("bfloat16", "bf16"),
        ("half", "fp16"),
        ("FP16", "fp16"),
        ("INT8", "int8"),
        ("tf32", "e8m10"),
        ("fp8_e3m4", "e3m4"),
        ("bf61", "bf16"),
        ("fp8_e4m4", "e4m4"),
    ],
)
def test_a_name_from_elsewhere(name: str, meant: str) -> None:
    """What others call it, and what a slip makes of it, is answered with the name here."""
    with pytest.raises(RequestError, match=rf"did you mean '{re.escape(meant)}'\?"):
        parse_format(name)
    parse_format(meant)


@pytest.mark.parametrize("name", ["banana", "", "q4_0", "float16"])
def test_a_name_that_nothing_is_near_to(name: str) -> None:
    """The sentence says how names are formed; of other kinds none is offered."""
    with pytest.raises(RequestError, match="is not a number format: use "):
        parse_format(name, (Fixed,) if name == "float16" else None)
