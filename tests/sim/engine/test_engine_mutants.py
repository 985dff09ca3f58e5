"""Broken engines: the bench must notice every one of them."""

from __future__ import annotations

import pytest

from sim.rounds import Simulation
from sim.simulate import random_work
from sim.together import Together
from sim.verilog import to_verilog
from tests.engine import engine
from tests.mutants import broken

_UNIT = engine(3, 2, "int4", terms=16, initial=True, result="e4m3")

#: What is broken: a text of the engine's Verilog, how often it is there, what stands in its place.
_MUTANTS = {
    "a partial product that counts positively": (
        r"~\(activation_out\[3\] & weight_kept\[0\]\)",
        1,
        "activation_out[3] & weight_kept[0]",
    ),
    "a constant that is another one": (r"12'heb0", 2, "12'heb1"),
    "a sum that is cut": (r"sum_high\[8\] \^ sum\[11\]", 1, "sum[11]"),
    "weights that are overwritten": (r"initial_ready_or & opened;", 1, "initial_ready_or;"),
    "a tile that starts before its weights are there": (
        r"\(~activations_payload\[12\] \| full\)",
        1,
        "1'b1",
    ),
    "a tile that starts twice": (r"full & ~token", 1, "full"),
    "a row that swaps too early": (r"\.swap\(start1\)", 1, ".swap(token)"),
    "a swap that leaves the old weight": (r"if \(swap & advance\)", 1, "if (1'b0)"),
    "an activation that comes too early": (
        r"\.activation\(activation_skew_delayed\[7:4\]\)",
        1,
        ".activation(activations_payload[7:4])",
    ),
    "an element that moves while all others stand": (
        r"if \(advance\) activation_out",
        1,
        "if (1'b1) activation_out",
    ),
    "results that are overwritten": (
        r"results_ready \| ~on_the_way\[5\]",
        1,
        "1'b1",
    ),
    "a sum that is taken for a finished one": (
        r"\.finished\(finished\[4\]\)",
        1,
        ".finished(finished[3])",
    ),
    "columns that are exchanged": (
        r"\{foot1_result, foot0_result\}",
        1,
        "{foot0_result, foot1_result}",
    ),
    "sums that enter without activations": (
        r"initial_ready_and & activations_valid",
        1,
        "initial_ready_and",
    ),
    "rows that are loaded in another order": (r"row == 2'h1", 1, "row == 2'h0"),
    "a row that is loaded twice": (
        r"last_row \? 2'h0 : row \+ 2'h1",
        1,
        "last_row ? 2'h1 : row + 2'h1",
    ),
    "a magnitude that is one too small": (r" \+ \{11'h0, sum\[11\]\}", 1, ""),
    "weights that wait too long": (
        r"opened <= element0_0_swap_out \|",
        1,
        "opened <= element0_1_swap_out |",
    ),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Simulation]:
    """What the bench found of the engine itself, by no name, and of each mutant, in one run."""
    whole = to_verilog(_UNIT.component(), "dut", clocked=True)
    texts = [whole]
    texts += [
        broken(whole, pattern, replacement, places=places)
        for pattern, places, replacement in _MUTANTS.values()
    ]
    units = [_UNIT] * len(texts)
    work = random_work(_UNIT, 60, seed=1)
    simulations = Together(units, texts).simulate(
        [work] * len(texts), stall=0.3, seed=2, directed=True
    )
    return dict(zip(("", *_MUTANTS), simulations, strict=True))


def test_the_whole_engine_passes(found: dict[str, Simulation]) -> None:
    """What the mutants are made of is right."""
    assert found[""].faults == ()


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str, found: dict[str, Simulation]) -> None:
    """A fault in the circuit is a fault of the run."""
    assert found[mutant].faults
