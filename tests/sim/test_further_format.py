"""A further kind of number formats joins by its class, a line in `KINDS` and its golden codec."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import KINDS, Fixed, Float, Format, Integer, Posit, format_meanings, parse_format
from hw.formats.format import NumbersOnly
from sim.formats import code_type, decode, encode
from sim.formats.codes import decode_block, encode_block
from tests.macsmith.program import Program
from tests.support import small_core


@dataclass(frozen=True)
class Excess(NumbersOnly):
    """Integers of which half the range is taken off: code 0 is worth ``-2**(bits - 1)``."""

    bits: int
    signed: bool = True

    @classmethod
    def usage(cls) -> str:
        return "excessN with N from 2 to 8"

    @classmethod
    def reads(cls, name: str) -> bool:
        return name.startswith("excess")

    @classmethod
    def parse(cls, name: str) -> Excess:
        match = re.fullmatch("excess([2-8])", name)
        if match is None:
            raise RequestError(f"{name!r} is not a number format: use {cls.usage()}")
        return cls(int(match[1]))

    @classmethod
    def meanings(cls) -> dict[str, str]:
        return {"excessN": "integer of N bits, 2 to 8, less half its range"}

    @property
    def name(self) -> str:
        return f"excess{self.bits}"

    @property
    def least(self) -> Fraction:
        return Fraction(-(1 << self.bits - 1))

    @property
    def largest(self) -> Fraction:
        return -1 - self.least

    def encoding(self) -> dict[str, Any]:
        return {"format": self.name, "encoding": "excess", "bits": self.bits}


@pytest.fixture(autouse=True)
def _joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.formats.names.KINDS", [*KINDS, Excess])


@decode_block.register
def _decode(form: Excess, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    return codes.astype(np.float64) + float(form.least)


@encode_block.register
def _encode(
    form: Excess, _random_bits: int, values: NDArray[np.floating], *_random: NDArray[np.integer]
) -> NDArray[np.int64]:
    rounded = np.clip(np.rint(values), float(form.least), float(form.largest))
    return (rounded - float(form.least)).astype(np.int64)


def test_its_name_is_read() -> None:
    form = parse_format("excess4")
    assert form == Excess(4)
    assert form.name == "excess4"
    with pytest.raises(RequestError, match=r"'excess9' .* excessN with N from 2 to 8"):
        parse_format("excess9")
    with pytest.raises(RequestError, match=r"'takum8' .* intN .*; excessN with N from 2 to 8"):
        parse_format("takum8")


def test_it_is_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert format_meanings()["excessN"].startswith("integer of N bits")
    ended = Program(monkeypatch, capsys)("list")
    assert ended.status == 0
    assert "excessN       integer of N bits" in ended.out


@pytest.mark.parametrize(
    "form",
    [
        Excess(4),
        Integer(8, signed=True),
        Integer(4, signed=False),
        Fixed(16, 24),
        Float(4, 3),
        Posit(8, 1),
    ],
)
def test_any_format_answers_what_is_asked_of_all(form: Format) -> None:
    """Also what the manifest says; the ends are those of the codes where the codes are known."""
    assert isinstance(form, Format)
    assert parse_format(form.name) == form
    assert form.signed == (form.least < 0)
    assert form.least < form.largest
    assert form.encoding()["bits"] == form.bits
    assert form.encoding()["format"] == form.name
    if not isinstance(form, Fixed):
        values = decode(form, np.arange(1 << form.bits))
        finite = values[np.isfinite(values)]
        assert (finite.min(), finite.max()) == (form.least, form.largest)


def test_its_golden_codec_is_used() -> None:
    """By the functions that all formats share, which check codes and sizes."""
    form = parse_format("excess4")
    codes = np.arange(16, dtype=code_type(form))
    np.testing.assert_array_equal(decode(form, codes), np.arange(-8, 8))
    np.testing.assert_array_equal(encode(form, decode(form, codes)), codes)
    np.testing.assert_array_equal(encode(form, np.array([-100.0, 2.4, 100.0])), [0, 10, 15])
    with pytest.raises(RequestError, match="16 are not all codes of excess4"):
        decode(form, np.array([16]))


def test_what_is_not_known_of_a_format_is_said() -> None:
    """A kind is never taken for another one because nobody has asked."""
    with pytest.raises(RequestError, match=r"^there is no golden codec of the format u8\.4$"):
        decode(Fixed(8, 4), np.array([1]))
    with pytest.raises(RequestError, match=r"^there is no golden codec of the format u8\.4$"):
        encode(Fixed(8, 4), np.array([1.0]))
    for activation in ("excess4", Excess(4), Fixed(8, 4)):
        with pytest.raises(RequestError, match=r"^activation: '(excess4|u8\.4)' .* use intN"):
            small_core(activation=activation)
