"""`synthesize --prove`: what is proved, what was only simulated, and what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from costmodel.netlist.netlist import Netlist
from costmodel.netlist.source import Source
from costmodel.proof.proof import Effort, Proof, prove
from costmodel.work.worker import Limits
from tests.macsmith.program import Program

_MAC = """
module mac(input clk, input signed [3:0] a, b, output reg signed [9:0] y);
  always @(posedge clk) y <= y - a * b;
endmodule
"""


@pytest.fixture
def asked(tmp_path: Path) -> tuple[object, ...]:
    """The command for a small circuit with registers."""
    file = tmp_path / "mac.v"
    file.write_text(_MAC)
    return "synthesize", "--verilog", file, "--top", "mac", "--prove"


def test_proved(macsmith: Program, asked: tuple[object, ...]) -> None:
    ended = macsmith(*asked, "--json")
    assert ended.status == 0
    proof = json.loads(ended.out)["proof"]
    assert (proof["method"], proof["complete"], proof["mismatch"]) == ("sat", True, None)
    printed = " ".join(macsmith(*asked).out.split())
    assert "proved equal to the source by SAT, for all inputs and states" in printed
    assert f"beside the text in Verilator for {proof['text_steps']:,} steps" in printed
    assert proof["text_steps"] > 100


def test_past_the_limit_of_the_solver(
    macsmith: Program, asked: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much was simulated is said, and not that anything was proved."""
    monkeypatch.setattr("macsmith.synthesis._SOLVER_SECONDS", 1e-4)
    ended = macsmith(*asked, "--json")
    assert ended.status == 0
    proof = json.loads(ended.out)["proof"]
    assert (proof["method"], proof["complete"]) == ("simulation", False)
    assert proof["steps"] >= 1000
    printed = " ".join(macsmith(*asked).out.split())
    assert f"simulated beside the source for {proof['steps']:,} steps without" in printed
    assert "proved" not in printed


def test_a_broken_netlist_is_found(
    macsmith: Program,
    asked: tuple[object, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """One gate of each netlist becomes another: there is no answer, and the status is 1."""
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))

    def prove_broken(source: Source, mapped: Netlist, effort: Effort, limits: Limits) -> Proof:
        kinds = {cell.name: number for number, cell in enumerate(mapped.library)}
        swapped = mapped.kinds.copy()
        gate = mapped.kinds.tolist().index(kinds["XOR2_X1"])
        swapped[gate] = kinds["XNOR2_X1"]
        proof = prove(source, replace(mapped, kinds=swapped), effort, limits)
        proofs.append(proof)
        return proof

    proofs: list[Proof] = []
    monkeypatch.setattr("costmodel.flow.synthesis.prove", prove_broken)
    ended = macsmith(*asked)
    assert ended.status == 1
    assert ended.out == ""
    assert "mac is mapped wrongly by every recipe; by " in ended.err
    assert proofs
    assert all(" must be " in str(proof.mismatch) for proof in proofs)


def test_a_design_is_proved(macsmith: Program) -> None:
    """Its netlist against its own circuit; there is no text of a user to be run."""
    small = ("multiplier-int8-8x8", *("--set", "luts=1"), *("--set", "columns=1"))
    ended = macsmith("synthesize", *small, "--prove", "--json")
    assert ended.status == 0
    proof = json.loads(ended.out)["proof"]
    assert (proof["method"], proof["complete"], proof["text_steps"]) == ("sat", True, None)


def test_a_sweep_is_not_proved(macsmith: Program) -> None:
    ended = macsmith("synthesize", "ternary-int8-8x8", "--sweep", "luts=1,2", "--prove")
    assert ended.status == 2
    assert "--sweep goes with a DESIGN, and not with" in ended.err
