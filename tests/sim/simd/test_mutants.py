"""Broken units: the bench must notice every one of them."""

from __future__ import annotations

from functools import cache

import pytest

from hw.simd import SimdMac
from sim.simulate import random_work, simulate
from sim.verilog import to_verilog
from tests.mutants import broken
from tests.simd import simd_family, unit

__all__ = ["simd_family"]

#: What is broken: a text of the unit's Verilog, found so often, and what stands in its place.
_MUTANTS = {
    "a carry that does not pass": (
        r"assign passes\[1\] = [^;]*;",
        1,
        "assign passes[1] = inverted1_and;",
    ),
    "a carry into the next sum": (r"assign passes\[3\] = [^;]*;", 1, "assign passes[3] = 1'h1;"),
    "an inverted term without its carry": (
        r"assign enters\[2\] = [^;]*;",
        1,
        "assign enters[2] = 0;",
    ),
    "a sign that does not reach the top": (
        r"assign inverted3 = [^;]*;",
        1,
        "assign inverted3 = inverted3_and;",
    ),
    "a sum that does not start anew": (r"\{148\{~restart\}\}", 1, "{148{1'b1}}"),
    "a flag that stays": (r"= \(nan & \{4\{~restart\}\}\)", 1, "= nan"),
    "lanes that meet": (r"assign b_wider4 = [^;]*;", 1, "assign b_wider4 = b;"),
    "a neighbour's product": (r"product\[9\] & ~~\(\|pair\)", 2, "product[9]"),
    "an infinity that counts": (r"product\[2\] & ~dropped", 2, "product[2]"),
    "a shift that is lost": (
        r"assign left16 = [^;]*;",
        2,
        "assign left16 = {16'h0, left8};",
    ),
    "a lane left out of the dot product": (r"assign counts3 = [^;]*;", 1, "assign counts3 = 0;"),
    "a lane counted that is none": (r"assign counts1 = [^;]*;", 1, "assign counts1 = sums;"),
    "a dot product in lanes": (r"assign by_lane = [^;]*;", 1, "assign by_lane = taken;"),
    "infinity times zero": (
        r"\(unpack_a0_infinity0 & unpack_b0_zero0\)",
        1,
        "1'b0",
    ),
    "a NaN that is infinite": (r"& ~nan0_2;", 1, ";"),
    "a finished sum overwritten": (
        r"assign operations_ready = [^;]*;",
        1,
        "assign operations_ready = 1'h1;",
    ),
    "an operation that is none": (
        r"else if \(operations_ready\) multiplied_valid <= operations_valid;",
        1,
        "else if (operations_ready) multiplied_valid <= 1'h1;",
    ),
    "a result before its time": (
        r"\(taken & multiplied_last\) \? 1'b1",
        1,
        "taken ? 1'b1",
    ),
}


@cache
def _unit() -> SimdMac:
    return unit("fp4_e2m1,posit8_0,fp8_e5m2", depth=2)


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
    pattern, places, replacement = _MUTANTS[mutant]
    assert _faults(broken(_verilog(), pattern, replacement, places=places))
