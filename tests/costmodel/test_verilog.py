"""Verilog from outside: what is right, what is doubtful, what is refused, and in which words."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from costmodel.flow.mapped import map_once
from costmodel.flow.recipes import Recipe
from costmodel.technologies import load_technology
from costmodel.verilog import reading
from costmodel.verilog.reading import read_design
from costmodel.verilog.simulation_only import leave_out
from costmodel.verilog.sources import VerilogSources
from costmodel.work.worker import Limits
from hw.errors import RequestError

_CASES = Path(__file__).parents[1] / "cases" / "verilog"
_NANGATE = load_technology("nangate45")
_TOPS = {"latin1": "lat"}
_SECONDS = {"endless_loop": 2}  # that reading may take; of others it takes less
_REFUSED_BY_MAPPING = {"latch_plain"}  # reading warns of it; some library may have the cell


def _expectation(file: Path) -> tuple[str, list[str]]:
    """What a case's first lines ask for: right, warning or refusal, and what is said."""
    text = file.read_text(encoding="latin-1")
    kind = re.match(r"// expectation: (right|warning|refusal)", text)
    return kind[1] if kind else "right", re.findall(r"^// says: (.*?)\r?$", text, re.MULTILINE)


def _answer(wanted: VerilogSources) -> tuple[str, str]:
    """What reading a file comes to, and what is said."""
    limits = Limits(seconds=_SECONDS.get(wanted.top, 120))
    try:
        warnings = read_design(wanted, _NANGATE, limits).warnings
    except RequestError as error:
        return "refusal", str(error)
    return "warning" if warnings else "right", "\n".join(warnings)


@pytest.mark.parametrize(
    "name", sorted({file.stem for file in _CASES.glob("*.v")} - _REFUSED_BY_MAPPING)
)
def test_case(name: str) -> None:
    file = _CASES / f"{name}.v"
    expected, says = _expectation(file)
    assert says or expected == "right"
    kind, sentence = _answer(VerilogSources((file,), _TOPS.get(name, name)))
    assert kind == expected, sentence
    assert [words for words in says if words not in sentence] == [], sentence
    assert not re.search(r"\$\w+\$|Assert|Error|\\", sentence)


@pytest.mark.parametrize("name", ["library_names", "odd_names", "attributes", "memory_starts"])
def test_what_was_read_can_be_mapped(name: str) -> None:
    """With its ports, whatever the modules and nets in it are called."""
    source = read_design(VerilogSources((_CASES / f"{name}.v",), name), _NANGATE).source
    mapped = map_once(source, Recipe(), _NANGATE, None)
    assert mapped.area_um2 > 0
    assert {"a", "y"} <= set(mapped.netlist.ports) or name == "memory_starts"


def test_the_page_says_what_is_said() -> None:
    page = (_CASES.parents[2] / "docs" / "own_verilog.md").read_text()
    sentences = re.findall(r"((\w+)\.v:\d+: [^`\n]*)", page)
    assert len(sentences) >= 6
    for sentence, name in sentences:
        assert sentence in _answer(VerilogSources((_CASES / f"{name}.v",), name))[1].split("\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cases' files, and an empty cache."""
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))
    return Path(shutil.copytree(_CASES, tmp_path / "cases"))


@pytest.mark.parametrize(
    ("top", "beside", "text"),
    [
        ("include_beside", "widths.vh", "`define W 7\n"),
        ("include_nested", "parts/inner.vh", "`define INNER 4\n"),
        ("rom_file", "rom.hex", "00 " * 16),
        ("image_names", "parts/square.hex", "01 " * 8),
    ],
)
def test_all_that_is_read_is_part_of_the_question(
    folder: Path, monkeypatch: pytest.MonkeyPatch, top: str, beside: str, text: str
) -> None:
    """What stands beside the source is read again when it has changed, and only then."""
    runs: list[str] = []
    real = reading.run_limited

    def counted(work: Any, limits: Limits, name: str) -> Any:
        runs.append(name)
        return real(work, limits, name)

    monkeypatch.setattr(reading, "run_limited", counted)
    wanted = VerilogSources((folder / f"{top}.v",), top)
    first = read_design(wanted, _NANGATE)
    assert read_design(wanted, _NANGATE) == first
    assert len(runs) == 1
    before = (folder / beside).read_text()
    (folder / beside).write_text(text)
    changed = read_design(wanted, _NANGATE)
    assert changed.source != first.source
    assert len(runs) == 2
    (folder / beside).write_text(before)
    assert read_design(wanted, _NANGATE) == first


def test_a_file_that_appears_is_part_of_the_question(folder: Path) -> None:
    """An include is looked for beside the source first: a new one there hides the other one."""
    (folder / "parts" / "hidden.vh").write_text("`define W 3\n")
    (folder / "parts" / "width.vh").write_text('`include "hidden.vh"\n')
    file = folder / "hides.v"
    file.write_text(
        '`include "parts/width.vh"\n'
        "module hides(input [`W-1:0] a, output [`W-1:0] y); assign y = ~a; endmodule\n"
    )
    first = read_design(VerilogSources((file,), "hides"), _NANGATE)
    (folder / "hidden.vh").write_text("`define W 9\n")
    assert read_design(VerilogSources((file,), "hides"), _NANGATE).source != first.source


@pytest.mark.parametrize("link", ["include", "image"])
def test_links_do_not_lead_out(folder: Path, tmp_path: Path, link: str) -> None:
    (tmp_path / "secret").write_text("1 2 3 4\n")
    (folder / "link").symlink_to(tmp_path / "secret")
    file = folder / "links.v"
    reads = {"include": '`include "link"\n', "image": 'initial $readmemh("link", m);\n'}
    file.write_text(
        "module links(input a, output y);\nreg [3:0] m [0:3];\n"
        f"{reads[link]}assign y = m[a];\nendmodule\n"
    )
    with pytest.raises(RequestError, match=r"links\.v:3: .* link .* leads out of"):
        read_design(VerilogSources((file,), "links"), _NANGATE)


@pytest.mark.parametrize(
    "line",
    [
        'initial $system("touch {0}");',
        'integer f; initial f = $fopen("{0}", "w");',
        'integer f; initial begin f = $fopen("{0}"); $fwrite(f, "x"); $fclose(f); end',
        'initial begin $dumpfile("{0}"); $dumpvars; end',
        'reg [3:0] m [0:3]; initial $writememh("{0}", m);',
        '(* src = "; exec -- touch {0}" *) wire \\;exec$touch${0}  = a;',
        '(* keep = "; exec -- touch {0}" *) wire w = a;',
        "\\x;exec{0}  u(a, y);",
    ],
)
def test_a_source_writes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(folder)
    file = folder / "writes.v"
    touched = tmp_path / "touched"
    text = line.replace("{0}", str(touched))
    file.write_text(f"module writes(input a, output y);\n{text}\nassign y = ~a;\nendmodule\n")
    before = set(folder.rglob("*"))
    kind, sentence = _answer(VerilogSources((file,), "writes"))
    assert kind == "right" or "writes.v:2" in sentence
    assert not touched.exists()
    assert set(folder.rglob("*")) == before


def test_functions_of_c_are_not_called(folder: Path, tmp_path: Path) -> None:
    """Yosys could call them while it elaborates."""
    touched = tmp_path / "touched"
    file = folder / "calls.v"
    file.write_text(
        'import "DPI-C" function integer system(string);\n'
        "module calls(input a, output y);\n"
        f'localparam X = system("touch {touched}");\nassign y = a ^ X;\nendmodule\n'
    )
    with pytest.raises(RequestError, match=r"calls\.v"):
        read_design(VerilogSources((file,), "calls"), _NANGATE)
    assert not touched.exists()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('$display("a; b");', ";"),
        ("if (a) $display; else $finish;", "if (a) ; else ;"),
        ("begin : x assert (a) else $error; y = 1; end", "begin : x ; y = 1; end"),
        ("case (a) 0, 1: $stop; default q <= 1; endcase q <= 2;", None),
        ('/* $display; */ q = "$display;"; // $display\n', None),
        ("q = $signed(a); \\$display (b); $display_more(1);", None),
        ("$readmemh(X, m);", '$readmemh({"image:", X}, m);'),
        ("$readmemb(f(a, b), m, 0);", '$readmemb({"image:", f(a, b)}, m, 0);'),
    ],
)
def test_left_out(text: str, left: str | None) -> None:
    """In a process; what is `None` stays as it is but for the tasks."""
    around = "module m; always @* begin {} end endmodule"
    if left is None:
        left = text.replace(": $stop;", ": ;")
    assert leave_out(around.format(text))[0] == around.format(left)


def test_lines_stay_where_they_are() -> None:
    for file in _CASES.glob("*.v"):
        text = file.read_text(encoding="latin-1")
        assert leave_out(text)[0].count("\n") == text.count("\n")


def test_statements_nested_beyond_measure() -> None:
    chain = "if (a) x = 1; else " * 5000
    assert leave_out(f"always @* {chain} $finish;")[0].endswith(" ;")
    with pytest.raises(RequestError, match="nested too deeply"):
        leave_out("always @* " + "begin " * 5000)
