"""Every product of two numbers of 8 bits added to every third one, in the circuit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from sim.compiled import Harness
from sim.fma.operations import Operations
from sim.rounds import round_of
from sim.verilog import to_verilog
from tests.fma import fma, fma_family

__all__ = ["fma_family"]

_TRIPLES = 1 << 24
_AT_ONCE = 1 << 20
_STRIDE = 40503  # odd, so that it goes through all of 2**24, and the operands change at once


def _slices(count: int) -> Iterator[Operations]:
    """So many different triples of codes of 8 bits."""
    for start in range(0, count, _AT_ONCE):
        index = np.arange(start, min(start + _AT_ONCE, count), dtype=np.int64)
        triple = index * _STRIDE % _TRIPLES
        yield Operations(triple & 255, triple >> 8 & 255, triple >> 16)


@pytest.mark.parametrize("count", [1 << 16, pytest.param(_TRIPLES, marks=pytest.mark.long)])
@pytest.mark.parametrize("form", ["fp8_e4m3", "fp8_e5m2"])
def test_every_triple(form: str, count: int) -> None:
    """The compiled bench, against the golden model."""
    unit = fma(form, form)
    harness = Harness(unit, to_verilog(unit.component(), "dut", clocked=True), "dut")
    checked = 0
    for operations in _slices(count):
        (found,) = harness.run([round_of(unit, [operations])])
        assert found.faults == ()
        checked += found.checked
    assert checked == count
