"""SystemVerilog from outside: right, doubtful or refused, and in which words."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from costmodel.proof.proof import Effort, prove
from costmodel.proof.reference import read_reference
from costmodel.technologies import load_technology
from costmodel.verilog.reading import Reading, read_design
from costmodel.verilog.sources import VerilogSources
from hw.errors import RequestError
from macsmith.verilog_request import VerilogRequest

_CASES = Path(__file__).parents[1] / "cases" / "systemverilog"
_NANGATE = load_technology("nangate45")
_NAMES = sorted(file.stem for file in _CASES.glob("*.sv") if file.stem != "helper")


def _sources(top: str, folder: Path = _CASES) -> VerilogSources:
    """A case with what its first lines say that is given with it."""
    text = (folder / f"{top}.sv").read_text(encoding="latin-1")
    given = re.search(r"^// given: (.*)", text, re.MULTILINE)
    words = shlex.split(given[1]) if given else []
    options: dict[str, list[str]] = {"-I": [], "-D": [], "--param": []}
    files = [folder / f"{top}.sv"]
    while words:
        word = words.pop(0)
        if word in options:
            options[word].append(words.pop(0))
        elif word == "first":
            files.reverse()
        else:
            files.append(folder / word)
    return VerilogRequest(
        tuple(files),
        (),
        top,
        tuple(folder / name for name in options["-I"]),
        tuple(options["-D"]),
        tuple(options["--param"]),
    ).sources([])


def _same(reading: Reading, top: str) -> None:
    """A design does what plain Verilog says."""
    plain = read_design(VerilogSources((_CASES / "same" / f"{top}.v",), top), _NANGATE)
    assert plain.reader == "yosys"
    proof = prove(plain.source, read_reference(reading.source), Effort())
    assert proof.mismatch is None
    assert proof.method != "none", proof.remarks


@pytest.mark.parametrize("top", _NAMES)
def test_case(top: str) -> None:
    text = (_CASES / f"{top}.sv").read_text(encoding="latin-1")
    kind = re.search(r"// expectation: (right|warning|refusal)", text)
    says = re.findall(r"^// says: (.*)", text, re.MULTILINE)
    assert kind is not None
    assert says or kind[1] == "right"
    try:
        reading = read_design(_sources(top), _NANGATE)
    except RequestError as error:
        answer, sentence = "refusal", str(error)
    else:
        answer, sentence = "warning" if reading.warnings else "right", "\n".join(reading.warnings)
        assert reading.reader == "slang"
        if (_CASES / "same" / f"{top}.v").exists():
            _same(reading, top)
    assert answer == kind[1], sentence
    assert [words for words in says if words not in sentence] == [], sentence
    assert not re.search(r"macsmith_|source\d|include\d|\\", sentence)


def test_a_list_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the command runs: names are relative to the list."""
    monkeypatch.chdir(tmp_path)
    wanted = VerilogRequest((), (_CASES / "lists" / "all.f",), "by_list").sources([])
    reading = read_design(wanted, _NANGATE)
    assert reading.warnings == ("all.f:5: -sv means nothing here and is left out",)
    _same(reading, "by_list")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a.sv\n-f b.f\n", r"x\.f:2: the file list b\.f is neither beside the list nor"),
        ("absent.sv", r"x\.f:1: the file absent\.sv is neither beside the list nor"),
        ("a.sv\n\n--make fast", r"x\.f:3: --make is not understood: a file list has"),
        ("a.sv -I", r"x\.f:1: -I wants something after it"),
        ("+incdir+a.sv a.sv", r"x\.f:1: a\.sv is no folder"),
        ("-D 3=4 a.sv", r"x\.f:1: '3=4' defines no macro"),
        ("$NOWHERE/a.sv", r"x\.f:1: the environment has no variable NOWHERE"),
        ('a.sv\n"a', r"x\.f:2: '\"' begins a name that does not end"),
        ("-f x.f", r"the file list .*x\.f names itself"),
        ("// nothing\n", r"the file list .*x\.f names no file"),
        ("-D A=1 a.sv +define+A=2", r"the macro A is defined twice: as 1 and as 2"),
    ],
)
def test_a_list_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "x.f").write_text(text)
    (tmp_path / "a.sv").write_text(
        "module a(input logic x, output logic y); assign y = x; endmodule"
    )
    with pytest.raises(RequestError, match=sentence):
        VerilogRequest((), (tmp_path / "x.f",), "a").sources([])


def test_a_list_takes_variables_and_modules_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "modules").mkdir()
    shutil.copy(_CASES / "helper.sv", tmp_path / "modules")
    shutil.copy(_CASES / "module_beside.sv", tmp_path)
    monkeypatch.setenv("RTL", str(tmp_path))
    (tmp_path / "x.f").write_text("-y ${RTL}/modules +libext+.sv\n$RTL/module_beside.sv\n")
    wanted = VerilogRequest((), (tmp_path / "x.f",), "module_beside").sources([])
    reading = read_design(wanted, _NANGATE)
    assert reading.reader == "slang"
    assert set(reading.names.values()) == {"module_beside", "helper"}


def test_equal_instances_are_one_module() -> None:
    """So that they are mapped once, and their area is told under one name."""
    reading = read_design(_sources("hierarchy_kept"), _NANGATE)
    assert sorted(reading.names.values()) == ["hierarchy_kept", "mac", "mac"]
    cells = (reading.source.text.count(f"cell \\{name} ") for name in ("mac_1", "mac_2"))
    assert sorted(cells) == [1, 4]


@pytest.mark.parametrize(
    ("top", "changed", "text"),
    [
        ("include_nested", "inc/deep/inner.svh", "`define INNER 4\n`include <beside.svh>\n"),
        (
            "files_out_of_order",
            "inc/types.sv",
            "package types; typedef logic word; parameter int STEP = 1; endpackage",
        ),
        ("memory_image", "inc/squares.hex", "1 2 3 4 5 6 7 8"),
        ("include_nested", "inc/deep/outer.svh", ""),
    ],
)
def test_all_that_is_read_is_part_of_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str, changed: str, text: str
) -> None:
    """The last one is not asked for: an include beside the file is found before it."""
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))
    folder = Path(shutil.copytree(_CASES, tmp_path / "cases"))
    first = read_design(_sources(top, folder), _NANGATE)
    (folder / changed).write_text(text)
    second = read_design(_sources(top, folder), _NANGATE)
    assert (second.source == first.source) == (text == "")
    (folder / "outer.svh").write_text(
        "`define OUTER 3\npackage deepest; localparam FACTOR = 1; endpackage"
    )
    assert read_design(_sources("include_nested", folder), _NANGATE).source != first.source


@pytest.mark.parametrize(
    "line",
    [
        'initial $system("touch {0}");',
        'initial begin $dumpfile("{0}"); $dumpvars; end',
        'logic [3:0] m[4]; initial $writememh("{0}", m);',
        'import "DPI-C" function int system(string s); localparam int X = system("touch {0}");',
        "`pragma protect\n\\x;exec$touch${0}  u(a, y);",
    ],
)
def test_a_source_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    folder = tmp_path / "a b;c*"
    folder.mkdir()
    monkeypatch.chdir(folder)
    file, touched = folder / "x;$HOME*.sv", tmp_path / "touched"
    text = line.replace("{0}", str(touched))
    file.write_text(
        f"module writes(input logic a, output logic y);\n{text}\nassign y = ~a;\nendmodule\n"
    )
    try:
        sentence = read_design(VerilogSources((file,), "writes"), _NANGATE).source.text
    except RequestError as error:
        sentence = str(error)
    assert "x;$HOME*.sv:" in sentence
    assert not touched.exists()
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("defines", "A B"),
        ("defines", "1A=2"),
        ("defines", "=2"),
        ("defines", "A=2\nB"),
        ("parameters", "W"),
        ("parameters", "W="),
        ("parameters", "W=3)); initial $system(1"),
        ("parameters", 'W="a"; b"'),
        ("parameters", "a-b=3"),
    ],
)
def test_names_are_names(option: str, text: str) -> None:
    """What would be more than a name and a value reaches no tool."""
    given = {"defines": (), "parameters": (), option: (text,)}
    file = _CASES / "param_values.sv"
    request = VerilogRequest((file,), (), "param_values", (), given["defines"], given["parameters"])
    with pytest.raises(RequestError, match=r"(defines no macro|sets no parameter|be printed)"):
        request.sources([])
