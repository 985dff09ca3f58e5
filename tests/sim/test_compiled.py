"""The compiled bench: it says what cocotb's says, and cannot be fooled either."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Shape

from hw.errors import RequestError
from hw.simd import SimdMac
from hw.ternary import TernaryLut
from sim import run
from sim.compiled import Harness
from sim.family import Stimulus
from sim.rounds import Round, Simulation, round_of
from sim.simd.operations import sums_of
from sim.simulate import random_work, simulate
from sim.simulator import SimulatorError
from sim.verilog import to_verilog
from sim.words import Words
from tests.mutants import broken
from tests.simd import simd_family, unit
from tests.support import small_core

__all__ = ["simd_family"]

_CIRCUIT = """
module dut(input clk, input rst, input [%d:0] operations_payload, input operations_valid,
  output operations_ready, output [%d:0] results_payload, output results_valid,
  input results_ready);
%s
endmodule
"""


@pytest.fixture(scope="module")
def multiplier() -> SimdMac:
    """Two lanes of 8 bits; every sum is one product."""
    return unit("int8", 1, sums="lanes")


@pytest.fixture(scope="module")
def text(multiplier: SimdMac) -> str:
    """Its Verilog."""
    return to_verilog(multiplier.component(), "dut", clocked=True)


def _random(unit: SimdMac, **changes: Any) -> Round:
    part = round_of(unit, random_work(unit, 3000, 1), seed=5)
    return replace(part, **changes)


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.9])
def test_both_benches_agree(multiplier: SimdMac, stall: float) -> None:
    """The same words, the same cycles where nothing stalls, and nearly so where something does."""
    work = random_work(multiplier, 2000, seed=3)
    settings: dict[str, Any] = {"seed": 4, "stall": stall, "directed": True}
    plain = simulate(multiplier, work, **settings)
    found = simulate(multiplier, work, **settings, compiled=True)
    assert plain.faults == found.faults == ()
    assert found.checked == plain.checked == 2000
    np.testing.assert_array_equal(found.results, plain.results)
    assert found.cycles == pytest.approx(plain.cycles, rel=0.1 if stall else 0)
    assert found.directed is not None
    assert plain.directed is not None
    assert found.directed.cycles == plain.directed.cycles


def test_streams_of_other_kinds() -> None:
    """Several input streams, words wider than 64 bits."""
    core = small_core()
    work = random_work(core, 6, seed=0)
    plain, found = (simulate(core, work, compiled=compiled) for compiled in (False, True))
    assert found.faults == ()
    assert (found.checked, found.cycles) == (plain.checked, plain.cycles)
    np.testing.assert_array_equal(found.results, plain.results)
    assert isinstance(core, TernaryLut)


def test_every_product(multiplier: SimdMac) -> None:
    """All pairs of factors of 8 bits, with stalls, in both lanes."""
    a, b = np.meshgrid(np.arange(256), np.arange(256))
    factors = (np.stack([side.ravel(), np.roll(side.ravel(), 77)], axis=1) for side in (a, b))
    found = simulate(
        multiplier, [sums_of(multiplier, 0, *factors, dot=False)], compiled=True, stall=0.2
    )
    assert found.faults == ()
    assert found.checked == 1 << 16


def test_the_same_report_of_wrong_words(multiplier: SimdMac, text: str) -> None:
    """A broken circuit fails alike in both."""
    wrong = broken(text, r"\(half & c\)", "(half | c)", places=5)
    work = random_work(multiplier, 50, seed=0)
    plain, found = (
        simulate(multiplier, work, verilog=wrong, compiled=compiled) for compiled in (False, True)
    )
    assert found.mismatches == plain.mismatches > 10
    assert found.faults == plain.faults
    assert re.search(r"word \d+ of results is 0x", found.faults[0])


def _tampered(harness: Harness, part: Round, change: Callable[[Stimulus], Stimulus]) -> Simulation:
    (found,) = harness.run([replace(part, work=(), wanted=change(part.wanted))])
    return found


def _with(words: Words, order: Any) -> Words:
    return Words(words.table, np.asarray(order))


def test_words_too_many_and_too_few(multiplier: SimdMac, text: str) -> None:
    """An output or an input word that is missing, or left over, is a fault in every case."""
    harness, part = Harness(multiplier, text, "dut"), _random(multiplier)
    results, operations = part.wanted.outputs["results"], part.wanted.inputs["operations"]

    def results_as(order: Any) -> Callable[[Stimulus], Stimulus]:
        return lambda wanted: replace(wanted, outputs={"results": _with(results, order)})

    def operations_as(order: Any) -> Callable[[Stimulus], Stimulus]:
        return lambda wanted: replace(wanted, inputs={"operations": _with(operations, order)})

    unasked = _tampered(harness, part, results_as(results.order[:-1]))
    assert "word 2999 of results came out and none was expected" in unasked.faults[0]
    flood = _tampered(harness, part, results_as(results.order[:10]))
    assert len(flood.faults) == 10
    missing = _tampered(harness, part, results_as([*results.order, 0]))
    assert "1 of 3001 words of results are missing after 100 cycles" in missing.faults[0]
    none = {"results": _with(results, results.order[:0])}
    nothing = _tampered(harness, part, lambda wanted: replace(wanted, inputs={}, outputs=none))
    assert nothing.faults == ("nothing was checked",)
    fewer = _tampered(harness, part, operations_as(operations.order[:-1]))
    assert "1 of 3000 words of results are missing" in fewer.faults[0]
    late = _tampered(harness, part, lambda wanted: replace(wanted, cycles=wanted.cycles - 1))
    assert "not the stated" in late.faults[0]


def _behaves(multiplier: SimdMac, body: str, **changes: Any) -> Simulation:
    """What is found of a circuit that is written by hand, in place of the multiplier."""
    sizes = [Shape.cast(stream.shape).width for stream in multiplier.streams()]
    verilog = _CIRCUIT % (sizes[0] - 1, sizes[1] - 1, body)
    (found,) = Harness(multiplier, verilog, "dut").run([_random(multiplier, **changes)])
    return found


def test_a_hang_ends_with_a_sentence(multiplier: SimdMac) -> None:
    """A circuit that never takes a word."""
    found = _behaves(
        multiplier,
        "assign operations_ready = 0; assign results_valid = 0; assign results_payload = 0;",
    )
    assert "3000 of 3000 words of results are missing after 100 cycles" in found.faults[0]
    assert "3000 of 3000 words of operations were not taken" in found.faults[1]


def test_results_that_do_not_wait(multiplier: SimdMac) -> None:
    """They change, or are withdrawn, while they wait."""
    found = _behaves(
        multiplier,
        """reg [5:0] n; always @(posedge clk) n <= rst ? 0 : n + 1;
        assign operations_ready = 1; assign results_valid = !(&n); assign results_payload = n;""",
        stall=0.7,
    )
    assert any("results changed while it waited" in fault for fault in found.faults)
    quiet = _behaves(
        multiplier,
        """reg n; always @(posedge clk) n <= rst ? 0 : !n;
        assign operations_ready = 1; assign results_valid = n; assign results_payload = 0;""",
        stall=0.7,
    )
    assert any("results was withdrawn while it waited" in fault for fault in quiet.faults)


def test_a_simulator_that_breaks_off(multiplier: SimdMac, text: str) -> None:
    """Its last words are told."""
    stop = text.replace("endmodule", 'initial begin $display("enough"); $stop; end\nendmodule', 1)
    with pytest.raises(SimulatorError, match=r"ended without an outcome:\n(.*\n)*enough"):
        Harness(multiplier, stop, "dut").run([_random(multiplier)])


def test_a_simulator_that_hangs(
    multiplier: SimdMac, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One without a cycle for a long time is ended, and a sentence says so."""
    harness, hang = Harness(multiplier, text, "dut"), tmp_path / "hang"
    hang.write_text("#!/bin/sh\nexec sleep 100\n")
    hang.chmod(0o755)
    monkeypatch.setattr(harness, "_program", hang)
    monkeypatch.setattr(run, "_SILENCE_S", 1)
    with pytest.raises(SimulatorError, match="no progress for 1 s"):
        harness.run([_random(multiplier)])


def test_waves_are_refused(multiplier: SimdMac, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="records no waves"):
        simulate(multiplier, [], compiled=True, waves=tmp_path / "x.vcd")
