"""Names of a library's cells and pins, whatever they are, pass through every part unharmed."""

from __future__ import annotations

import multiprocessing
import re
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from costmodel.energy.bit_parallel import Lanes
from costmodel.energy.netlist_simulation import to_simulation
from costmodel.flow import self_proof
from costmodel.flow.mapped import Mapped, map_once
from costmodel.flow.recipes import Recipe
from costmodel.flow.self_proof import prove
from costmodel.liberty.reader import distil
from costmodel.library.cell_models import cell_models
from costmodel.library.identifiers import escaped, identifier
from costmodel.library.liberty_writer import to_liberty
from costmodel.library.technology import Technology
from costmodel.netlist.source import Source
from costmodel.netlist.verilog import to_verilog
from costmodel.work.worker import Limits
from hw.errors import RequestError
from sim.simulator import SimulatorError, verilator
from tests.support import run_yosys

CASES = Path(__file__).parents[1] / "cases" / "liberty"
CELLS = ("INV", "BUF", "NAND2", "NOR2", "XOR2", "DFF")
PINS = ("A", "B", "Y", "CK", "D", "Q")

#: Other names for the cells and the pins of ``base.lib``; as they are where nothing stands here.
NAMES = {
    "brackets and dots": (
        {"INV": "inv.x1", "NAND2": "na[2]", "DFF": "U1/dff"},
        {"A": "A[0]", "B": "A[1]", "Y": "Y.0", "D": "D[10]", "Q": "q<3>"},
    ),
    "digits first": (
        {"INV": "74AC04", "NAND2": "2NAND", "BUF": "0", "XOR2": "1"},
        {"A": "1A", "B": "2A", "Y": "1Y", "CK": "0", "D": "1", "Q": "3"},
    ),
    "signs": (
        {"INV": "$inv", "NAND2": "a$b", "NOR2": "nor-2", "XOR2": "x#y", "DFF": "dff%20"},
        {"A": "$A", "B": "A-B", "Y": "Y#", "CK": "c@k", "D": "D:1", "Q": "Q$1"},
    ),
    "spaces": (
        {"INV": "my inv", "NAND2": "my nand", "XOR2": "my  nand", "DFF": "d flip flop"},
        {"A": "in 1", "B": "in 2", "Y": "out put", "CK": "the clock", "D": "in  1"},
    ),
    "operators": (
        {"INV": "~", "NAND2": "!(A&B)", "NOR2": "nor+", "XOR2": "A^B"},
        {"A": "A*", "B": "B'", "Y": "(Y)", "CK": "!CK", "D": "+D", "Q": "|Q"},
    ),
    "keywords": (
        {"INV": "not", "BUF": "buf", "NAND2": "nand", "NOR2": "module", "DFF": "reg"},
        {"A": "input", "B": "wire", "Y": "output", "CK": "posedge", "D": "always", "Q": "assign"},
    ),
    "names of the flow": (
        {"INV": "macsmith_cell_00001", "NAND2": "top", "DFF": "state", "XOR2": "$_XOR_"},
        {"A": "p1", "B": "p0", "Y": "state", "CK": "IQ", "D": "state", "Q": "IQN"},
    ),
    "not ASCII": ({"INV": "Inverter-Größe", "DFF": "フリップ"}, {"A": "é", "Q": "Ω"}),
}
DESIGN = """module dut(input clk, input [3:0] a, output reg [3:0] y, output z);
  always @(posedge clk) y <= (y + a) ^ {a[0], a[3:1]};
  assign z = ~&y;
endmodule
"""


@pytest.fixture(autouse=True, scope="module")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a broken flow kept must not be believed, nor what this one keeps."""
    with pytest.MonkeyPatch.context() as patch:  # these tests only: others begin warm
        patch.setenv("MACSMITH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def _renamed(cells: dict[str, str], pins: dict[str, str]) -> str:
    """``base.lib`` with other names, each in quotes."""

    def other(match: re.Match[str]) -> str:
        kind, name = match.groups()
        return f'{kind} ("{(cells if kind == "cell" else pins).get(name, name)}")'

    text = re.sub(r"\b(cell|pin) \((\w+)\)", other, (CASES / "base.lib").read_text())
    text = re.sub(
        r'related_pin : "(\w+)"', lambda m: f'related_pin : "{pins.get(m[1], m[1])}"', text
    )
    words = rf"\b({'|'.join(PINS)})\b"
    return re.sub(
        r'(function|next_state|clocked_on) : "(.*?)"',
        lambda m: f'{m[1]} : "{re.sub(words, lambda pin: _quoted(pin[0], pins), m[2])}"',
        text,
    )


def _quoted(pin: str, pins: dict[str, str]) -> str:
    return rf"\"{pins[pin]}\"" if pin in pins else pin


@cache
def _technology(library: str) -> Technology:
    path = CASES / f"{library}.lib"
    if path.exists():
        return distil("mini", [path])
    return _distilled(_renamed(*NAMES[library]))


def _distilled(text: str) -> Technology:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mini.lib")
        path.write_text(text, encoding="utf-8")
        return distil("mini", [path])


@cache
def _reference(library: str) -> tuple[Mapped, dict[str, str]]:
    """The design on ``base.lib`` under common names in the same order, and the cells' odd names.

    Tools take cells of the same size by the order of their names, so that it does make figures.
    """
    if library not in NAMES:
        return _mapped("base"), _cells(library)
    odd = {cell: NAMES[library][0].get(cell, cell) for cell in CELLS}
    ranks = {cell: f"C{sorted(odd.values()).index(name)}" for cell, name in odd.items()}
    technology = _distilled(_renamed(ranks, {}))
    return _map(technology), {ranks[cell]: name for cell, name in odd.items()}


@cache
def _mapped(library: str) -> Mapped:
    return _map(_technology(library))


def _map(technology: Technology) -> Mapped:
    source = Source(DESIGN, "verilog", "dut", rows=False)
    return map_once(source, Recipe(), technology, None)


def _cells(library: str) -> dict[str, str]:
    """The names of the cells of ``base.lib`` in another library."""
    files = {"k_cell_names_digit": {"INV": "74AC04", "NAND2": "2NAND"}, "k_pin_brackets": {}}
    return {cell: cell for cell in CELLS} | (
        files[library] if library in files else NAMES[library][0]
    )


LIBRARIES = ("k_pin_brackets", "k_cell_names_digit", *NAMES)
#: For what takes long: in the quick tests the odder half.
SOME = [
    pytest.param(library, marks=() if i in {0, 1, 5, 6, 7} else pytest.mark.long)
    for i, library in enumerate(LIBRARIES)
]


@pytest.mark.parametrize("library", LIBRARIES)
def test_figures_are_those_of_common_names(library: str) -> None:
    (common, cells), mapped = _reference(library), _mapped(library)
    assert set(_technology(library).cells) == set(cells.values())
    assert mapped.cells == {cells[name]: count for name, count in common.cells.items()}
    assert mapped.area_um2 == common.area_um2 > 50
    assert repr(mapped.delays) == repr(common.delays)


@pytest.mark.parametrize("library", SOME)
def test_netlist_and_models_are_the_source(library: str, tmp_path: Path) -> None:
    """By SAT: under the library's names, as mapped and as it stands after sizing."""
    mapped, technology = _mapped(library), _technology(library)
    (tmp_path / "source.v").write_text(DESIGN)
    (tmp_path / "cells.v").write_text(cell_models(technology))
    for text in (mapped.verilog, to_verilog(mapped.netlist, "dut")):
        assert all(identifier(name) in text for name in mapped.cells)
        (tmp_path / "mapped.v").write_text(text)
        prepare = ["proc", "flatten", "opt_clean", "rename dut {}", "design -stash {}"]
        done = run_yosys(
            [
                f"read_verilog {tmp_path}/source.v",
                *(command.format("gold") for command in prepare),
                f"read_verilog {tmp_path}/cells.v {tmp_path}/mapped.v",
                "hierarchy -check -top dut",
                *(command.format("gate") for command in prepare),
                "design -copy-from gold -as gold gold",
                "design -copy-from gate -as gate gate",
                "equiv_make gold gate equal",
                "hierarchy -top equal",
                "opt_clean",
                "equiv_simple -undef",
                "equiv_induct -undef",
                "equiv_status -assert",
            ]
        )
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr


@pytest.mark.parametrize("library", SOME)
def test_verilator_takes_them(library: str, tmp_path: Path) -> None:
    mapped, technology = _mapped(library), _technology(library)
    (tmp_path / "whole.v").write_text(mapped.verilog + cell_models(technology))
    (tmp_path / "simulation.v").write_text(to_simulation(mapped.netlist))
    (tmp_path / "alone.v").write_text(mapped.verilog)
    lint = ("--lint-only", "--top-module", "dut")
    for name in ("whole.v", "simulation.v"):
        assert "Warning" not in verilator().call(*lint, str(tmp_path / name))
    with pytest.raises(SimulatorError, match=r"Can't resolve module|Cannot find file"):
        verilator().call(*lint, str(tmp_path / "alone.v"))


@pytest.mark.parametrize("library", LIBRARIES)
def test_activity_is_that_of_common_names(library: str) -> None:
    counts = []
    for netlist in (_reference(library)[0].netlist, _mapped(library).netlist):
        lanes = Lanes(netlist, words=1)
        for cycle in range(8):
            lanes.put("a", cycle * 5 & 1)
            lanes.settle()
            lanes.edge()
        counts.append(lanes.counts()[0].tolist())
    assert counts[0] == counts[1]
    assert sum(counts[0]) > 0


@pytest.mark.parametrize("library", LIBRARIES)
def test_files_keep_them(library: str, tmp_path: Path) -> None:
    technology = _technology(library)
    assert Technology.from_json(technology.to_json()) == technology
    (tmp_path / "again.lib").write_text(to_liberty(technology))
    again = distil("mini", [tmp_path / "again.lib"])
    for name, cell in technology.cells.items():
        functions = [
            {p: o.function for p, o in c.outputs.items()} for c in (cell, again.cells[name])
        ]
        assert functions[0] == functions[1]
        assert again.cells[name].flop == cell.flop


@pytest.mark.parametrize("library", ["base", *SOME])
def test_instances_in_a_design_are_kept(library: str) -> None:
    """A design may have cells of the library in it; a module of its own is its own all the same."""
    technology, cells = (
        _technology(library),
        _cells(library) if library != "base" else {c: c for c in CELLS},
    )
    inverter, flop = technology.cells[cells["INV"]], technology.cells[cells["DFF"]]
    (a,), (y,) = inverter.inputs, inverter.outputs
    (clock, data), (q,) = flop.inputs, flop.outputs
    text = (
        f"module {identifier(cells['BUF'])}(input x, y, output z); assign z = x ^ y; endmodule\n"
        "module pair #(parameter N = 1) (input [N-1:0] i, output [N-1:0] o);\n"
        f"  {identifier(cells['INV'])} u [N-1:0]"
        f" (.{identifier(a)}(i), .{identifier(y)}(o)); endmodule\n"
        "module top(input c, input [2:0] i, output [2:0] o, output p); wire [2:0] n;\n"
        "  pair #(.N(3)) inverters (i, n);\n"
        f"  {identifier(cells['DFF'])} r0 (.{identifier(clock)}(c), .{identifier(data)}(n[0]),"
        f" .{identifier(q)}(o[0]));\n"
        f"  {identifier(cells['BUF'])} own (n[1], n[2], p);\n"
        "  assign o[2:1] = n[2:1];\nendmodule\n"
    )
    source = Source(text, "verilog", "top", rows=False)
    mapped = map_once(source, Recipe(aim="plain"), technology, None)
    assert mapped.cells[cells["INV"]] == 3
    assert mapped.cells[cells["DFF"]] == 1
    assert mapped.cells[cells["XOR2"]] == 1
    assert set(mapped.cells) == {cells["INV"], cells["DFF"], cells["XOR2"]}


@pytest.mark.parametrize("library", SOME)
def test_technologies_prove_themselves(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cell is compared, and none comes out wrong."""
    compared = set()
    compare = self_proof._compare

    def noted(technology: Technology, case: Any, *rest: Any) -> None:
        compared.add(case.cell.name)
        compare(technology, case, *rest)

    monkeypatch.setattr(self_proof, "_compare", noted)
    prove(_technology(library))
    assert compared == _technology(library).cells.keys()


BROKEN = {
    "a gate is another": ('function : "!(p0 & p1)"', 'function : "p0 & p1"'),
    "a gate is its complement": ('function : "p0 ^ p1"', 'function : "!(p0 ^ p1)"'),
    "another edge": ('clocked_on : "p0"', 'clocked_on : "!p0"'),
    "data inverted": ('next_state : "p1"', 'next_state : "!p1"'),
    "outputs exchanged": ('function : "IQ"', 'function : "IQN"'),
}


@pytest.mark.parametrize("library", BROKEN)
def test_proof_finds_what_the_flow_breaks(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library that Yosys and ABC see is not the technology's."""

    def broken(technology: Technology) -> str:
        text = to_liberty(technology)
        assert BROKEN[library][0] in text
        return text.replace(*BROKEN[library])

    def forked(function: Callable[[Path], Any], _limits: Limits, _name: str) -> Any:
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
            return pool.submit(function, tmp_path).result()

    monkeypatch.setattr("costmodel.flow.mapping.to_liberty", broken)
    monkeypatch.setattr("costmodel.flow.mapped.run_limited", forked)  # sees the broken one
    technology = replace(_technology("base"), description=library)  # of a digest of its own
    with pytest.raises(RequestError, match=r"mini fails its proof at the output . of the cell"):
        prove(technology)


def test_a_design_may_be_called_like_a_cell() -> None:
    """In Verilog, where that cannot be, it gets another name."""
    source = Source(DESIGN.replace("dut", "NAND2"), "verilog", "NAND2", rows=False)
    technology = _technology("base")
    mapped = map_once(source, Recipe(), technology, None)
    assert mapped.area_um2 == _mapped("base").area_um2
    assert "module NAND2_(" in mapped.verilog
    assert "  NAND2 " in mapped.verilog


def test_identifiers() -> None:
    assert identifier("NAND2_X1") == "NAND2_X1"
    assert identifier("74AC04") == "\\74AC04 "
    assert identifier("nand") == "\\nand "
    assert identifier("A[0]") == "\\A[0] "
    names = ["a b", "a%20b", "a  b", "a\tb", "ä", "a", "%", "%25"]
    assert len({escaped(name) for name in names}) == len(names)
    assert all(re.fullmatch(r"[!-~]+", escaped(name)) for name in names)
