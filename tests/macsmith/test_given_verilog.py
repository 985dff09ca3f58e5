"""`simulate --verilog`: the bench on a file as it is, and what such a file may not be."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from macsmith.design import load_design
from macsmith.manifest import verilog
from tests.macsmith.program import Program

_DESIGN = "ternary-int8-8x8"
_TOP = "ternary_int8_8x8"


@pytest.fixture(scope="module")
def text() -> str:
    """The design's own Verilog."""
    return verilog(load_design(_DESIGN))


def run(macsmith: Program, file: Path, *options: str) -> tuple[int, str, str]:
    """Status, output and errors."""
    ended = macsmith("simulate", _DESIGN, "--vectors", "4", "--verilog", str(file), *options)
    return ended.status, ended.out, ended.err


def test_the_designs_own_file_passes(macsmith: Program, text: str, tmp_path: Path) -> None:
    """As does one that includes it; the answer has the sum of the file that was given."""
    own, around = tmp_path / "own.v", tmp_path / "around.v"
    own.write_text(text)
    around.write_text('`include "own.v"\n')
    for file in (own, around):
        status, out, _ = run(macsmith, file, "--json")
        answer = json.loads(out)
        assert (status, answer["mismatches"], answer["faults"]) == (0, 0, [])
        assert answer["verilog"] == {
            "file": file.name,
            "sha256": sha256(file.read_bytes()).hexdigest(),
        }


def test_an_edited_file_is_what_runs(macsmith: Program, text: str, tmp_path: Path) -> None:
    """Another sum of a column is noticed, also where the file is the same but what it includes."""
    broken, count = re.subn(r"assign results_payload = \{", "assign results_payload = ~{", text)
    assert count == 1
    (tmp_path / "own.v").write_text(broken)
    (tmp_path / "around.v").write_text('`include "own.v"\n')
    status, out, _ = run(macsmith, tmp_path / "around.v")
    assert status == 1
    assert "FAILED" in out
    assert "directed vectors: cycle" in out


_CHANGES = {
    "no such module": (
        rf"\bmodule {_TOP}\b",
        "module other",
        f"has no module {_TOP}, the design's top; it has other",
    ),
    "a port missing": (
        r"\bresults_valid\b",
        "results_there",
        "has no port results_valid, an output of 1 bit in the design",
    ),
    "another width": (
        r"\[129:0\]( +weights_payload)",
        r"[128:0]\1",
        "port weights_payload has 129 bits, the design's has 130 bits",
    ),
    "another direction": (
        r"input  wire( +)activations_valid",
        r"output wire\1activations_valid",
        "port activations_valid is an output, the design's is an input",
    ),
    "one port more": (
        r"(input  wire +)rst,",
        r"\1rst, \1scan,",
        "port scan is an input that the design has not",
    ),
    "a program": (r"endmodule\s*\Z", 'initial $system("ls");\nendmodule\n', "uses $system"),
    "C++": (r"endmodule\s*\Z", 'initial $c("exit(0);");\nendmodule\n', "uses $c"),
    "a file read": (
        r"endmodule\s*\Z",
        'reg [7:0] m [3:0]; initial $readmemh("m", m);\nendmodule\n',
        "uses $readmemh",
    ),
    "a foreign function": (
        r"endmodule\s*\Z",
        'import "DPI-C" function int getpid();\nendmodule\n',
        "foreign functions",
    ),
    "no Verilog": (r"assign", "assigm", "is no Verilog that can be simulated: "),
}


@pytest.mark.parametrize("case", _CHANGES)
def test_a_file_that_cannot_stand_for_the_design(
    case: str, macsmith: Program, text: str, tmp_path: Path
) -> None:
    """Refused in one sentence, before anything is built."""
    pattern, instead, sentence = _CHANGES[case]
    changed, count = re.subn(pattern, instead, text)
    assert count > 0
    (tmp_path / "mine.v").write_text(changed)
    status, out, err = run(macsmith, tmp_path / "mine.v")
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"garbage", b"module \xff\xfe;"])
def test_what_is_no_verilog(content: bytes, macsmith: Program, tmp_path: Path) -> None:
    """Empty, binary, no module at all, odd bytes: one sentence."""
    (tmp_path / "mine.v").write_bytes(content)
    for file in (tmp_path / "mine.v", tmp_path / "absent.v", tmp_path):
        status, out, err = run(macsmith, file)
        assert (status, out, err.count("\n")) == (2, "", 1)


def test_harmless_words_pass(macsmith: Program, text: str, tmp_path: Path) -> None:
    """What only looks like a task, in comments, strings and escaped names."""
    (tmp_path / "mine.v").write_text(
        re.sub(
            r"endmodule\s*\Z",
            '// $system\nwire \\$fopen ; initial if (0) $display("$system `x");\nendmodule\n',
            text,
        )
    )
    assert run(macsmith, tmp_path / "mine.v")[0] == 0
