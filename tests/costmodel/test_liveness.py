"""How lively operands are: what is known of some formats, and of what is not converted."""

from __future__ import annotations

import pytest

from costmodel.ternary.liveness import liveness
from hw.formats import Float, Integer
from hw.ternary.style import Style


@pytest.mark.parametrize(
    "style",
    [
        None,
        Style("integer", Integer.parse("int8")),
        Style("float", Float.parse("fp16")),
    ],
)
def test_what_is_not_converted_lives(style: Style | None) -> None:
    assert liveness(style) == 1


def test_more_bits_add_nothing_that_lives() -> None:
    """Eight significant bits, shifted by up to a few places: 32 bits live as much as 24 do."""
    bits = {
        w: w * liveness(Style("aligned", Float.parse("bf16"), aligned_bits=w)) for w in (24, 32)
    }
    assert bits[24] == pytest.approx(bits[32], rel=0.01)
    assert 8 < bits[24] < 16


def test_an_operand_narrower_than_its_significands_lives() -> None:
    assert liveness(Style("aligned", Float.parse("fp16"), aligned_bits=8)) == pytest.approx(1, 0.05)


def test_range_that_is_not_used_is_idle() -> None:
    """FP16 goes down to 2**-24; of numbers near 1 the last bit is worth 2**-10 or so."""
    style = Style("exact", Float.parse("fp16"))
    assert style.operand.bits == 41
    assert liveness(style) * 41 == pytest.approx(41 - 13, abs=1.5)
