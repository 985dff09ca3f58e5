"""Liberty as the field writes it reads as if it were written by the book; what is none is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from costmodel.liberty.reader import distil
from costmodel.liberty.text import LibertyFile, included_files
from costmodel.library.technology import Technology
from hw.errors import RequestError

CASES = Path(__file__).parents[1] / "cases" / "liberty"
SAME = (
    "d_include",
    "e_bom",
    "i_name_backslash",
    "i_unknown_direction_case",
    "s_deep",
    "s_extra_semi",
    "s_max_cap_zero",
    "u_unquoted_min",
    "u_unquoted_units",
    "v_backslash_space",
    "v_no_comma_rows",
)


def _distilled(name: str) -> Technology:
    return distil("mini", [CASES / f"{name}.lib"])


@pytest.mark.parametrize("name", SAME)
def test_means_what_base_means(name: str) -> None:
    base, other = _distilled("base"), _distilled(name)
    assert other.cells == base.cells
    assert (other.voltage_v, other.driver, other.output_load_ff) == (
        base.voltage_v,
        base.driver,
        base.output_load_ff,
    )


def test_included_cells_are_added_and_their_file_is_named() -> None:
    base, other = _distilled("base"), _distilled("d_include2")
    assert {name: other.cells[name] for name in base.cells} == base.cells
    assert set(other.cells) - set(base.cells) == {"AND2"}
    assert set(other.files) == {"d_include2.lib", "more.inc"}
    assert included_files(CASES / "d_include2.lib") == [CASES / "more.inc"]


#: How each line of a library may be written.
VARIANTS = {
    "windows": ("\n", "\r\n"),
    "comments": (" {", ' /* a { in a comment; */ { // and "one" more\n'),
    "no semicolon": ("nom_temperature : 25;", "nom_temperature : 25\n"),
    "comment in a list": ('"0.02, 0.05, 0.2", ', '"0.02, 0.05, 0.2", /* slow ( */ '),
    "numbers without quotes": ('index_1 ("0.01, 0.1, 0.4")', "index_1 (0.01, 0.1, 0.4)"),
    "space before a list": ("capacitive_load_unit (1, pf)", 'capacitive_load_unit ( 1 "pf" )'),
    "quoted numbers": ("area : 1.5;", 'area : "1.5";'),
    "a string over lines": ('"0.04, 0.07, 0.22"', '"0.04, \\\n 0.07, \\  \n 0.22"'),
    "semicolons everywhere": ("{", "{;;"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_ways_to_write(variant: str, tmp_path: Path) -> None:
    text = (CASES / "base.lib").read_text()
    assert VARIANTS[variant][0] in text
    (tmp_path / "mini.lib").write_text(text.replace(*VARIANTS[variant]), newline="")
    assert distil("mini", [tmp_path / "mini.lib"]).cells == _distilled("base").cells


def test_utf_16_with_its_mark(tmp_path: Path) -> None:
    text = (CASES / "base.lib").read_text()
    (tmp_path / "mini.lib").write_bytes(text.encode("utf-16"))
    assert distil("mini", [tmp_path / "mini.lib"]).cells == _distilled("base").cells


def test_depth_does_not_matter(tmp_path: Path) -> None:
    text = f"library (x) {{ {'g (y) { ' * 20_000}{'}' * 20_000} }}"
    (tmp_path / "deep.lib").write_text(text)
    assert LibertyFile(tmp_path / "deep.lib").library.args == ["x"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("library (x) {\n cell (A) {", "line 2: the file ends in the group cell (A)"),
        ("library (x) {\n a : 1; }\n}", "line 3: this } closes no group"),
        ("library (x) {\n )\n}", "line 2: this is no Liberty: ')' stands where a name must"),
        ("library (x) {\n area 5;\n}", "line 2: this is no Liberty: a group or an attribute"),
        ('library (x) {\n "a\n b" 5; }', "line 2: this is no Liberty: a group or an attribute is"),
        ("library (x) { }\nlibrary (y) { }", "line 2: library (y) stands behind the library's end"),
        ('library (x) {\n values ("1, 2', "line 2: the file ends in the middle of values"),
        ('library (x) {\n include_file ("none.inc");\n}', "line 2: include_file (none.inc): "),
        ("library (x) {\n include_file (own.lib);\n}", "own.lib includes itself"),
        ("library (x) { a : " + "\\" * 100_000, "the file ends in the group library (x)"),
    ],
)
def test_refusals_are_sentences(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "own.lib"
    path.write_text(text)
    with pytest.raises(RequestError) as refused:
        LibertyFile(path)
    assert str(refused.value).startswith(f"{path}, line ")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_faults_in_an_included_file_name_it(tmp_path: Path) -> None:
    for name in ("d_include.lib", "cells.inc"):
        shutil.copy(CASES / name, tmp_path)
    text = (tmp_path / "cells.inc").read_text()
    (tmp_path / "cells.inc").write_text(text.replace("area : 1.5;", "area : -1;", 1))
    warnings: list[str] = []
    distil("mini", [tmp_path / "d_include.lib"], warn=warnings.append)
    (warning,) = warnings
    assert f"{tmp_path / 'cells.inc'}, line 14: area = -1 of cell BUF" in warning
