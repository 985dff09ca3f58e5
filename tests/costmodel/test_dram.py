"""Off-chip memories: the table, units, what is refused."""

from __future__ import annotations

import math

import pytest

from costmodel.system.dram import dram_kinds, load_dram
from hw.errors import RequestError


@pytest.mark.parametrize("kind", dram_kinds())
def test_every_number_has_a_source(kind: str) -> None:
    """And lies within what its sources say."""
    memory = load_dram(kind)
    assert memory.kind == kind
    assert 0 < memory.low_pj_per_bit <= memory.pj_per_bit <= memory.high_pj_per_bit < 100
    assert len(memory.energy_source) > 20
    assert "JEDEC" in memory.bandwidth_source


def test_units() -> None:
    """51.2 GB/s are 0.4096 bits a picosecond; a stack of HBM2 carries 1024 bits at 2 Gb/s."""
    assert load_dram("lpddr5").bits_per_ps == pytest.approx(0.4096)
    assert load_dram("hbm2").bits_per_ps == pytest.approx(1024 * 2e-3)
    assert load_dram("ddr4").pj_per_bit == pytest.approx(1300 / 64, abs=0.05)


def test_a_bandwidth_of_ones_own() -> None:
    """The energy stays."""
    dram = load_dram("lpddr5", 25.6)
    assert dram.bits_per_ps == pytest.approx(0.2048)
    assert dram.pj_per_bit == load_dram("lpddr5").pj_per_bit
    assert dram.bandwidth_source == "as given"


def test_what_is_refused() -> None:
    """A sentence that names what there is."""
    with pytest.raises(RequestError, match=r"no memory 'lpddr6': .* ddr3, ddr4, .*did you mean"):
        load_dram("lpddr6")
    for bandwidth in (0, -1, math.nan, math.inf):
        with pytest.raises(RequestError, match=r"GB/s is not allowed: it must be from 0\.001 to"):
            load_dram("ddr4", bandwidth)
