"""Broken cores: the bench must notice every one of them."""

from __future__ import annotations

from functools import cache

import pytest

from hw.ternary import TernaryLut, component
from sim.simulate import simulate
from sim.verilog import to_verilog
from tests.mutants import broken
from tests.support import product, small_core

#: What is broken: a text of the core's Verilog, found exactly once, and what stands in its place.
_MUTANTS = {
    "a carry-in dropped": (r"assign sum = half \^ c;", "assign sum = half;"),
    "a carry-out dropped": (r"assign carry = [^;]*;", "assign carry = 9'h0;"),
    "two table entries swapped": (
        r"\.upper1\((\w*upper)1\),(\s*)\.upper2\((\w*upper2)\),(\s*)\.upper3\(\w*\)",
        r".upper1(\g<1>3),\2.upper2(\3),\4.upper3(\g<1>1)",
    ),
    "a difference made a sum": (r"assign not2 = [^;]*;", "assign not2 = not0_borrow;"),
    "a key's sign ignored": (r"assign minus = [^;]*;", "assign minus = 1'h0;"),
    "an index decoded wrongly": (r"assign select3 = [^;]*;", "assign select3 = 1'h0;"),
    "the accumulator not cleared": (r"\(restart \? start : ~complement\)", "(~complement)"),
    "the accumulator cleared without a tile": (
        r"assign restart = accumulate &",
        "assign restart =",
    ),
    "a sign heard without a tile": (r"assign minus = [^;]*;", "assign minus = key[3];"),
    "an activation heard without a tile": (
        r"(activations\[14:8\]\}) & \{8\{enable\}\}",
        r"\1",
    ),
    "a difference heard without a tile": (
        r"assign upper2\[7\] = not2\[8\] [^;]*;",
        "assign upper2[7] = not2[8];",
    ),
    "a stalled result overwritten": (r"assign free = [^;]*;", "assign free = 1'h1;"),
    "the initial value not waited for": (r"assign accept = [^;]*;", "assign accept = free;"),
    "a tile without activations": (r"assign arrives = [^;]*;", "assign arrives = weights_valid;"),
    "results before the last tile": (
        r"\(accumulate & weights_payload\[25\]\) \?",
        "accumulate ?",
    ),
}


@cache
def _core() -> TernaryLut:
    return small_core(table_register=False, reduce_register=False, sequencer=False)


@cache
def _verilog() -> str:
    return to_verilog(component(_core()), "dut")


def _faults(verilog: str, seed: int = 2) -> tuple[str, ...]:
    shapes = [(10, 6, 4), (3, 9, 5), (40, 2, 2)]
    products = [product(_core(), shape, seed=seed) for seed, shape in enumerate(shapes)]
    return simulate(_core(), products, stall=0.4, seed=seed, verilog=verilog).faults


def test_whole_core_passes() -> None:
    """What the mutants are made of is right."""
    assert _faults(_verilog()) == ()


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str) -> None:
    """A fault in the circuit is a fault of the run."""
    pattern, replacement = _MUTANTS[mutant]
    assert _faults(broken(_verilog(), pattern, replacement))


def test_forgotten_reset_is_noticed() -> None:
    """Registers start from random values, so one that needs its reset shows within a few runs."""
    pattern = r"if \(rst\) results_valid <= 1'b0;\s*else results_valid"
    without = broken(_verilog(), pattern, "results_valid")
    assert any(_faults(without, seed) for seed in range(4))
