"""Broken units: the bench must notice every one of them."""

from __future__ import annotations

import re
from functools import cache

import pytest

from hw.fma import Fma
from sim.simulate import random_work, simulate
from sim.verilog import to_verilog
from tests.fma import fma, fma_family
from tests.mutants import broken

__all__ = ["fma_family"]

#: What is broken: a text of the unit's Verilog, found once, and what stands in its place.
_EXACT = {
    "a product that is none as the larger one": (r"(swap = .*) & multiplied_live;", r"\1;"),
    "a distance too far by one": (
        r"\{1'b0, significand_c\[2\], (.*), 5'h0\}",
        r"{significand_c[2], \1, 6'h0}",
    ),
    "a lost bit": (r"assign lost4 = [^;]*;", "assign lost4 = lost2;"),
    "far bits that are lost": (r"\(lost8 \| \(far & \(\|right8\)\)\)", "lost8"),
    "a difference that stays negative": (r" \+ \{8'h0, negative\};", ";"),
    "a shift below the least exponent": (
        r"assign shift = [^;]*;",
        "assign shift = {upper_zero10, count10[2:0]};",
    ),
    "a tie that is not even": (r"\(\|normal\[5:0\]\) \| normal\[7\]", "1'b1"),
    "a zero with an exponent": (r"& \{7\{~empty\}\}", ""),
    "a zero that is negative": (r" & ~\(subtract & empty\)", ""),
    "an infinity of the wrong sign": (
        r"assign special_sign = [^;]*;",
        "assign special_sign = multiplied_c[7];",
    ),
    "infinities that cancel": (r"assign over = [^;]*;", "assign over = special;"),
    "a NaN that came in": (r"assign invalid = [^;]*;", "assign invalid = is_nan;"),
    "an underflow that is exact": (
        r"result_underflow <= ~special[^;]*;",
        "result_underflow <= ~normal[9];",
    ),
    "a result that is overwritten": (
        r"assign operations_ready = [^;]*;",
        "assign operations_ready = 1'b1;",
    ),
    "an operation that is none": (
        r"else if \(operations_ready\) multiplied_valid <= operations_valid;",
        "else if (operations_ready) multiplied_valid <= 1'b1;",
    ),
}
_RAW = {
    "a product that is none and added": (r"assign out = [^;]*;", "assign out = 0;"),
    "a sum shifted for a product of zero": (
        r"assign enabled = multiplied_live & ",
        "assign enabled = ",
    ),
    "a group that is not looked at": (r"assign empty3 = [^;]*;", "assign empty3 = empty1;"),
    "an exponent that does not fall": (r" - \{4'h0, shift3\}", ""),
    "a carry that is not counted": (r" \+ \{5'h0, magnitude\[13\]\}", ""),
    "a carry that is shifted out": (r"assign shifted = [^;]*;", "assign shifted = moved3;"),
    "a bit that jams nothing": (r"magnitude\[1\] \| magnitude\[0\]", "magnitude[1]"),
    "a guard bit that jams nothing": (r"shifted\[1\] \| shifted\[0\]", "shifted[1]"),
    "a sum that forgets a NaN": (r"multiplied_c\[19\] \| multiplied_nan", "multiplied_nan"),
    "the sign of the smaller operand": (r"larger_sign = swap \?", "larger_sign = ~swap ?"),
}
_QUICK = ("a shift below the least exponent", "a lost bit", "a sum shifted for a product of zero")
_MUTANTS = [
    pytest.param(kind, name, marks=() if name in _QUICK else pytest.mark.long)
    for kind, mutants in (("exact", _EXACT), ("raw", _RAW))
    for name in mutants
]


@cache
def _unit(kind: str) -> Fma:
    if kind == "exact":
        return fma("fp8_e5m2", "fp8_e5m2", flags=True, depth=2)
    return fma("fp8_e4m3", "raw12", 100, normalization="an-1-2", cut="jam", guard_bits=1, depth=2)


@cache
def _verilog(kind: str) -> str:
    return to_verilog(_unit(kind).component(), "dut", clocked=True)


def _faults(kind: str, verilog: str) -> tuple[str, ...]:
    unit = _unit(kind)
    work = random_work(unit, 2000, seed=1)
    return simulate(unit, work, stall=0.3, seed=2, verilog=verilog, directed=True).faults


@pytest.mark.parametrize("kind", ["exact", "raw"])
def test_the_whole_unit_passes(kind: str) -> None:
    """What the mutants are made of is right."""
    assert _faults(kind, _verilog(kind)) == ()


@pytest.mark.parametrize(("kind", "mutant"), _MUTANTS)
def test_mutant_is_noticed(kind: str, mutant: str) -> None:
    """A fault in the circuit is a fault of the run."""
    pattern, replacement = {"exact": _EXACT, "raw": _RAW}[kind][mutant]
    flags = re.DOTALL if "[^" in pattern else 0
    assert _faults(kind, broken(_verilog(kind), pattern, replacement, flags=flags))
