"""Number formats: names, ranges, and what is refused."""

from __future__ import annotations

import re

import pytest

from hw.errors import RequestError
from hw.formats import Integer

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
