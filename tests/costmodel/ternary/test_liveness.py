"""How lively operands are: what is known of some formats, and of what is not converted."""

from __future__ import annotations

import pytest

from costmodel.ternary.liveness import liveness
from hw.formats import Float, Integer
from hw.ternary.choices import Style
from hw.ternary.style import Arithmetic


@pytest.mark.parametrize(
    "style",
    [
        None,
        Arithmetic(Style.INTEGER, Integer.parse("int8")),
        Arithmetic(Style.FLOAT, Float.parse("fp16")),
    ],
)
def test_what_is_not_converted_lives(style: Arithmetic | None) -> None:
    assert liveness(style) == 1


def test_more_bits_add_nothing_that_lives() -> None:
    """Eight significant bits, shifted by up to a few places: 32 bits live as much as 24 do."""
    bits = {
        w: w * liveness(Arithmetic(Style.ALIGNED, Float.parse("bf16"), aligned_bits=w))
        for w in (24, 32)
    }
    assert bits[24] == pytest.approx(bits[32], rel=0.01)
    assert 8 < bits[24] < 16


def test_an_operand_narrower_than_its_significands_lives() -> None:
    assert liveness(
        Arithmetic(Style.ALIGNED, Float.parse("fp16"), aligned_bits=8)
    ) == pytest.approx(1, 0.05)


def test_range_that_is_not_used_is_idle() -> None:
    """FP16 goes down to 2**-24; of numbers near 1 the last bit is worth 2**-10 or so."""
    style = Arithmetic(Style.EXACT, Float.parse("fp16"))
    assert style.operand.bits == 41
    assert liveness(style) * 41 == pytest.approx(41 - 13, abs=1.5)
