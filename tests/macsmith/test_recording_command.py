"""`synthesize --vcd`: energy on a recording of the user's own simulation."""

from __future__ import annotations

import json
from pathlib import Path

from tests.macsmith.program import Program
from tests.recordings import CYCLES, MAC, dump, saif, work


def test_the_command(macsmith: Program, tmp_path: Path) -> None:
    """Busier inputs take more; the report says that outputs agree, or warns."""
    (tmp_path / "mac.v").write_text(MAC)
    asked = ("synthesize", "--verilog", str(tmp_path / "mac.v"), "--top", "mac")
    asked = (*asked, "--effort", "quick", "--json", "--vcd")
    taken = []
    for largest in (1, 15):
        path = dump(tmp_path / f"{largest}.vcd", work(largest))
        answer = json.loads(macsmith(*asked, str(path)).out)
        assert answer["energy"]["source"] == "measured"
        assert answer["energy"]["replay"]["compared"] == CYCLES
        assert not answer["warnings"]
        taken.append(answer["energy_fj_per_cycle"])
    assert 0 < taken[0] < taken[1]
    rows = list(work(15))
    rows[-2]["sum"] ^= 1
    wrong = json.loads(macsmith(*asked, str(dump(tmp_path / "w.vcd", iter(rows)))).out)
    assert "outputs are not as recorded before 1 of 40 edges" in wrong["warnings"][-1]
    refused = macsmith("synthesize", "ternary-int8-8x8", "--vcd", str(tmp_path / "1.vcd"))
    assert (refused.status, refused.err.count("\n")) == (2, 1)


def test_toggles_of_a_simulation(macsmith: Program, tmp_path: Path) -> None:
    """Ports and registers are as simulated; the logic between is near what a recording gives."""
    (tmp_path / "mac.v").write_text(MAC)
    asked = ("synthesize", "--verilog", str(tmp_path / "mac.v"), "--top", "mac")
    asked = (*asked, "--effort", "quick", "--json")
    (tmp_path / "mac.saif").write_text(saif(list(work(15))))
    recorded = json.loads(macsmith(*asked, "--vcd", str(dump(tmp_path / "a.vcd", work(15)))).out)
    known = json.loads(macsmith(*asked, "--saif", str(tmp_path / "mac.saif")).out)
    assert known["energy"]["source"] == "vectorless"
    assert known["energy"]["known_nets"] >= 21
    assert known["energy"]["cycles_of_saif"] == CYCLES
    ratio = known["energy_fj_per_cycle"] / recorded["energy_fj_per_cycle"]
    assert 0.7 < ratio < 1.5
    (tmp_path / "cut.saif").write_text(saif(list(work(15)))[:-20])
    for options, sentence in (
        (("--saif", str(tmp_path / "cut.saif")), "is no SAIF file"),
        (("--saif", str(tmp_path / "mac.saif"), "--scope", "tb"), "no instance 'tb'"),
        (("--saif", str(tmp_path / "mac.saif"), "--vectorless"), "choose one"),
        (("--scope", "tb.dut"), "wants --vcd or --saif"),
    ):
        refused = macsmith(*asked, *options)
        assert refused.status == 2
        assert sentence in refused.err
