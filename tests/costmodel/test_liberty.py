"""Distillation: what becomes of a library, and how a broken one is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from costmodel.liberty.reader import distil
from costmodel.library.technology import Technology
from hw.errors import RequestError
from tests.costmodel.tiny import CELLS, FLOP, HEADER, gate, library, table, timing, write


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Technology:
    path = write(tmp_path_factory.mktemp("tiny"), library())
    return distil("tiny", [path], exclude=["XOR*"])


def test_units(tiny: Technology) -> None:
    assert (tiny.voltage_v, tiny.temperature_c) == (2.0, 85.0)
    inverter = tiny.cells["INV"]
    assert inverter.inputs["A"].capacitance_ff == 2.0
    assert inverter.leakage_nw == 3.0
    (arc,) = inverter.outputs["Y"].arcs
    assert (arc.transitions_ps[0], arc.transitions_ps[-1]) == (10.0, 50.0)
    assert (arc.loads_ff[0], arc.loads_ff[-1]) == (1.0, 200.0)
    assert (arc.rise_ps[0][0], arc.rise_ps[0][-1]) == (10.0, 30.0)
    assert (arc.rise_ps[-1][0], arc.rise_ps[-1][-1]) == (20.0, 40.0)
    assert inverter.outputs["Y"].max_load_ff == 200.0


def test_units_of_another_library(tmp_path: Path, tiny: Technology) -> None:
    """The same figures under other units are other figures."""
    header = HEADER.replace("1ns", "10ps").replace("1nW", "1pW").replace("(1, pf)", '(100, "ff")')
    other = distil("tiny", [write(tmp_path, library(header=header))])
    ours, theirs = (technology.cells["INV"] for technology in (tiny, other))
    assert theirs.inputs["A"].capacitance_ff == ours.inputs["A"].capacitance_ff / 10
    assert theirs.leakage_nw == ours.leakage_nw / 1000
    assert (
        theirs.outputs["Y"].arcs[0].rise_ps[0][0] == ours.outputs["Y"].arcs[0].rise_ps[0][0] / 100
    )
    clock, other_clock = (
        technology.cells["DFF"].inputs["CK"].energy_fj for technology in (tiny, other)
    )
    assert clock == (3.0, 2.0)  # the mean over `when`, in pF times V squared
    assert other_clock == (0.3, 0.2)


def test_functions_and_senses(tiny: Technology) -> None:
    assert tiny.cells["NAND2"].outputs["Y"].function == "~(A & B)"
    assert tiny.cells["XOR2"].outputs["Y"].function == "A ^ B"
    senses = [(arc.input, arc.sense) for arc in tiny.cells["XOR2"].outputs["Y"].arcs]
    assert senses == [("A", "positive"), ("A", "negative"), ("B", "negative")]


def test_flip_flop(tiny: Technology) -> None:
    cell = tiny.cells["DFF"]
    flop = cell.flop
    assert flop is not None
    assert (flop.clock, flop.rising, flop.data, flop.data_inverted) == ("CK", False, "D", True)
    assert (flop.clear, flop.preset, flop.setup_ps) == (("RN", 0), None, (50.0, 70.0))
    assert [output.function for output in cell.outputs.values()] == ["state", "~state"]
    assert {arc.sense for output in cell.outputs.values() for arc in output.arcs} == {"both"}
    assert cell.leakage_nw == 2.0
    assert cell.inputs["RN"].capacitance_ff == 2.0
    assert cell.inputs["RN"].edge_capacitance_ff == (1.0, 3.0)


def test_what_is_excluded_and_left_out(tiny: Technology) -> None:
    excluded = {cell.name: cell.excluded for cell in tiny.cells.values() if cell.excluded}
    assert excluded == {
        "DLY1": "delay cell",
        "KEPT": "dont_use in the library",
        "XOR2": "excluded by XOR*",
    }
    assert tiny.left_out == {
        "latch": ("LATCH",),
        "no output": ("FILL",),
        "pins are buses": ("BUS",),
        "scan, enable or multiplexer flip-flop": ("SCAN",),
        "three-state": ("TRI",),
    }
    assert tiny.driver == "BUF"
    assert tiny.output_load_ff == 8.0


def test_worst_condition_counts(tmp_path: Path) -> None:
    slow = timing("A").replace("0.01, 0.03", "0.005, 0.09")
    path = write(tmp_path, library(INV=gate("INV", "!A", body=slow)))
    (arc,) = distil("tiny", [path]).cells["INV"].outputs["Y"].arcs
    assert (arc.rise_ps[0][0], arc.rise_ps[0][-1]) == (10.0, 90.0)


def test_compressed_and_split_files_are_the_same(tmp_path: Path, tiny: Technology) -> None:
    split = list(CELLS.values())
    paths = []
    for i, cells in enumerate((split[:4], split[4:])):
        paths.append(tmp_path / f"part{i}.lib.gz")
        paths[-1].write_bytes(gzip.compress((HEADER + "".join(cells) + "}\n").encode()))
    both = distil("tiny", paths, exclude=["XOR*"])
    assert both.cells == tiny.cells
    assert list(both.files) == ["part0.lib", "part1.lib"]


#: What is wrong, the library, and what the refusal must say.
BROKEN = {
    "cut in a table": (library()[: library().index('"0.02, 0.04"') + 4], "ends"),
    "cut between cells": (library().rstrip().removesuffix("}"), "ends"),
    "empty": ("", "is empty"),
    "blank": (" \n\n", "is empty"),
    "no Liberty": ("module top (input a);\nendmodule\n", "no Liberty"),
    "no library": ("cell (X) { area : 1; }\n", "starts with library"),
    "no time unit": (library(header=HEADER.replace("time_unit", "tempo")), "states no time_unit"),
    "no load unit": (
        library(header=HEADER.replace("capacitive_load_unit (1, pf);", "")),
        "states no capacitive_load_unit",
    ),
    "gigantic unit": (
        library(header=HEADER.replace("(1, pf)", "(1000000, pf)")),
        "capacitive_load_unit = 1000000pf is not allowed",
    ),
    "unit of another kind": (library(header=HEADER.replace("1ns", "1kohm")), "time_unit = 1kohm"),
    "no voltage": (library(header=HEADER.replace("nom_voltage", "nom")), "states no nom_voltage"),
    "no flip-flop": (library(DFF=""), "needs a flip-flop"),
    "no inverter": (library(INV=""), "needs an inverter"),
    "axis that falls": (
        library(header=HEADER.replace("0.01, 0.05", "0.05, 0.01")),
        "index_1 of cell_rise does not ascend",
    ),
    "no setup time": (
        library(DFF=FLOP.replace("setup_falling", "hold_falling")),
        "DFF (flip-flop without a setup time)",
    ),
    "no clock": (library(DFF=FLOP.replace("clocked_on", "clock")), "DFF states no clocked_on"),
    "same cell twice": (library(AGAIN=gate("INV", "!A")), "the library has 2 cells INV"),
}

#: What is wrong with a cell, the library, and what the warning must say.
BROKEN_CELLS = {
    "foreign pin": (library(BUF=gate("BUF", "A + X")), "names X, no pin of the cell"),
    "bad function": (library(BUF=gate("BUF", "A + ")), "ends too early"),
    "negative area": (library(BUF=gate("BUF", "A", area="-1")), "area = -1 of cell BUF"),
    "area that is no number": (library(BUF=gate("BUF", "A", area="nan")), "area = nan of cell"),
    "gigantic area": (library(BUF=gate("BUF", "A", area="1e300")), "is not allowed"),
    "negative capacitance": (
        library(BUF=gate("BUF", "A").replace("0.002", "-0.002")),
        "capacitance = -0.002 of pin A",
    ),
    "no direction": (
        library(BUF=gate("BUF", "A").replace("direction : input;", "")),
        "the pin A states no direction",
    ),
    "negative delay": (
        library(BUF=gate("BUF", "A").replace("0.01, 0.03", "-0.01, -0.03")),
        "cell_rise holds -30 ps",
    ),
    "delay that is no number": (
        library(BUF=gate("BUF", "A").replace("0.01, 0.03", "0.01, nan")),
        "values of cell_rise holds nan, which is not a number",
    ),
    "delay that is a word": (
        library(BUF=gate("BUF", "A").replace("0.01, 0.03", "0.01, fast")),
        "fast",
    ),
    "gigantic delay": (
        library(BUF=gate("BUF", "A").replace("0.01, 0.03", "0.01, 1e20")),
        "cell_rise holds",
    ),
    "table of another size": (
        library(BUF=gate("BUF", "A").replace("0.01, 0.03", "0.01, 0.02, 0.03")),
        "the table cell_rise has 5 values, its axes make it 2 x 2",
    ),
    "unknown template": (
        library(BUF=gate("BUF", "A").replace("(delay)", "(other)")),
        "names no template: other",
    ),
    "no transition": (
        library(BUF=gate("BUF", "A").replace("_transition (", "_time (")),
        "the output Y follows A, but has no rise_transition from it",
    ),
    "negative leakage": (
        library(BUF=gate("BUF", "A").replace("power : 3", "power : -3")),
        "the leakage -3 of the cell BUF",
    ),
}


@pytest.mark.parametrize("damage", BROKEN)
def test_broken_libraries_are_refused(damage: str, tmp_path: Path) -> None:
    text, reason = BROKEN[damage]
    path = write(tmp_path, text)
    with pytest.raises(RequestError) as refused:
        distil("tiny", [path])
    message = str(refused.value)
    assert str(path) in message
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize("damage", BROKEN_CELLS)
def test_broken_cells_are_left_out(damage: str, tmp_path: Path) -> None:
    text, reason = BROKEN_CELLS[damage]
    path = write(tmp_path, text)
    warnings: list[str] = []
    technology = distil("tiny", [path], warn=warnings.append)
    assert "BUF" not in technology.cells
    assert technology.left_out["broken"] == ("BUF",)
    (warning,) = warnings
    assert warning.startswith(f"{path}, line ")
    assert reason in warning
    assert warning.endswith("; the cell BUF is left out")


#: Why a cell is left out, and the cell.
LEFT_OUT = {
    "no function": gate("BUF", "A").replace('function : "A";', ""),
    "no area": gate("BUF", "A").replace("area : 1.0;", ""),
    "input without a capacitance": gate("BUF", "A").replace("capacitance : 0.002;", ""),
    "output without a delay": gate("BUF", "A").replace(timing("A"), ""),
}


@pytest.mark.parametrize("reason", LEFT_OUT)
def test_what_cannot_be_used_is_left_out(reason: str, tmp_path: Path) -> None:
    path = write(tmp_path, library(BUF=LEFT_OUT[reason]))
    warnings: list[str] = []
    technology = distil("tiny", [path], warn=warnings.append)
    assert technology.left_out[reason] == ("BUF",)
    assert not warnings


@pytest.mark.parametrize("exclude", ["B*", "BUF"])
def test_excluded_cells_may_be_broken(exclude: str, tmp_path: Path) -> None:
    for text, _ in BROKEN_CELLS.values():
        path = write(tmp_path, text)
        warnings: list[str] = []
        technology = distil("tiny", [path], exclude=[exclude], warn=warnings.append)
        assert technology.left_out["broken"] == ("BUF",)
        assert not warnings


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        ("negative area", "cell (BUF)"),
        ("negative capacitance", "pin (A) { direction : input; capacitance : -"),
        ("table of another size", '"0.01, 0.02, 0.03"'),
        ("bad function", "pin (Y)"),
        ("gigantic unit", "library"),
        ("no clock", "ff (IQ, IQN) { clock :"),
    ],
)
def test_refusals_name_the_line(damage: str, part: str, tmp_path: Path) -> None:
    text, _ = (BROKEN | BROKEN_CELLS)[damage]
    text = "/* cell (COMMENT) { */\n" + text
    at = text.index(part, text.index("cell (BUF)")) if "Y" in part else text.index(part)
    path = write(tmp_path, text)
    messages: list[str] = []
    try:
        distil("tiny", [path], warn=messages.append)
    except RequestError as error:
        messages.append(str(error))
    assert f"line {text[:at].count(chr(10)) + 1}: " in messages[0]


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)), b"\x1f\x8bnot gzip", gzip.compress(b"x" * 999)[:20]],
    ids=["all bytes", "no gzip", "cut gzip"],
)
def test_binary_data_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "binary.lib"
    path.write_bytes(data)
    with pytest.raises(RequestError, match=r"binary\.lib"):
        distil("tiny", [path])


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"none\.lib is not there"):
        distil("tiny", [tmp_path / "none.lib"])
    with pytest.raises(RequestError, match="is a folder"):
        distil("tiny", [tmp_path])


def test_unknown_driver(tmp_path: Path) -> None:
    path = write(tmp_path, library())
    with pytest.raises(RequestError, match=r"driver DFF is not allowed.*such as BUF"):
        distil("tiny", [path], driver="DFF")


def test_conditions_must_agree(tmp_path: Path) -> None:
    first = write(tmp_path, library())
    second = write(tmp_path, HEADER.replace("2.0", "1.8") + "}\n", "other.lib")
    with pytest.raises(RequestError, match="must agree"):
        distil("tiny", [first, second])


def test_scalar_and_one_dimensional_tables(tmp_path: Path) -> None:
    """Tables of fewer points or axes are brought to the common size."""
    template = 'variable_1 : total_output_net_capacitance; index_1 ("0, 0.1");'
    header = f"{HEADER}  lu_table_template (loads) {{ {template} }}\n"
    cell = gate("BUF", "A")
    for name, values, template in (
        ("cell_rise", '"0.1"', "scalar"),
        ("cell_fall", '"0.1, 0.3"', "loads"),
    ):
        cell = cell.replace(table(name), table(name, values, template))
    (arc,) = (
        distil("tiny", [write(tmp_path, library(header=header, BUF=cell))])
        .cells["BUF"]
        .outputs["Y"]
        .arcs
    )
    assert {value for row in arc.rise_ps for value in row} == {100.0}
    assert arc.fall_ps[0] == arc.fall_ps[-1]
    assert arc.fall_ps[0][-1] == 500.0  # beyond the table as it goes on
