"""Broken exits: the bench must notice every one of them."""

from __future__ import annotations

from functools import cache

import pytest

from hw.simd import SimdMac
from sim.simulate import random_work, simulate
from sim.verilog import to_verilog
from tests.mutants import broken
from tests.simd import simd_family, unit

__all__ = ["simd_family"]

#: What is broken: a text of the unit's Verilog, found once, and what stands in its place.
_MUTANTS = {
    "a lane that does not leave": (r"\(~pair & \(lane == 2'h3\)\)", "(~pair & (lane == 2'h2))"),
    "a dot product in four": (r"(assign last_lane = [^;]*) \| together;", r"\1;"),
    "sums that do not wait": (r"assign done = [^;]*;", "assign done = finished;"),
    "a result overwritten": (r"assign free = [^;]*;", "assign free = 1'h1;"),
    "a negation without its carry": (r"assign carry = word[^;]*;", "assign carry = 1'h0;"),
    "an infinity of the other sign": (
        r"assign sign = infinity \?[^;]*;",
        "assign sign = word[147];",
    ),
    "a negative sum not normalised": (
        r"assign others\[8\] = [^;]*;",
        "assign others[8] = |word[146:131];",
    ),
}


@cache
def _unit() -> SimdMac:
    return unit("fp4_e2m1,fp8_e5m2", depth=3, result="fp16")


@cache
def _verilog() -> str:
    return to_verilog(_unit().component(), "dut", clocked=True)


def _faults(verilog: str) -> tuple[str, ...]:
    work = random_work(_unit(), 400, seed=1)
    return simulate(_unit(), work, stall=0.3, seed=2, verilog=verilog, directed=True).faults


def test_the_whole_unit_passes() -> None:
    """What the mutants are made of is right."""
    assert _faults(_verilog()) == ()


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str) -> None:
    """A fault in the circuit is a fault of the run."""
    pattern, replacement = _MUTANTS[mutant]
    assert _faults(broken(_verilog(), pattern, replacement))
