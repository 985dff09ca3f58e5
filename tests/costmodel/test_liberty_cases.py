"""Liberty of other people: what a case means, or why its cells cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from costmodel.flow.self_proof import prove
from costmodel.liberty.reader import distil
from costmodel.library.lacks import lacks
from costmodel.library.technology import Technology
from hw.errors import RequestError

CASES = Path(__file__).parents[1] / "cases" / "liberty"


def _distilled(name: str, *, exclude: tuple[str, ...] = ()) -> tuple[Technology, list[str]]:
    """A case, and what was warned of."""
    warnings: list[str] = []
    path = CASES / f"{name}.lib"
    return distil("mini", [path], exclude=exclude, warn=warnings.append), warnings


def test_base_has_what_it_says() -> None:
    technology, warnings = _distilled("base")
    assert not warnings
    assert lacks(technology) == ["cells without internal power, which counts as 0: DFF"]
    assert not technology.left_out
    inverter = technology.cells["INV"]
    assert (inverter.area_um2, inverter.leakage_nw) == (1.0, 1.5)
    assert inverter.inputs["A"].capacitance_ff == 2.0
    output = inverter.outputs["Y"]
    assert output.max_load_ff == 50.0
    (arc,) = output.arcs
    assert arc.sense == "negative"
    assert (arc.rise_ps[0][0], arc.rise_ps[-1][-1]) == (20.0, 300.0)


def test_cells_over_three_variables_are_left_out() -> None:
    technology, warnings = _distilled("i_power_3d")
    base, _ = _distilled("base")
    assert technology.left_out == {"tables over three variables": ("XOR2",)}
    assert technology.cells == {name: base.cells[name] for name in base.cells if name != "XOR2"}
    assert not warnings


def test_a_sense_that_is_not_stated_is_that_of_the_function() -> None:
    missing, _ = _distilled("i_sense_missing_asym")
    given, _ = _distilled("i_sense_given_asym")
    assert missing.cells == given.cells
    senses = {
        name: {arc.sense for output in cell.outputs.values() for arc in output.arcs}
        for name, cell in missing.cells.items()
    }
    assert senses == {
        "BUF": {"positive"},
        "DFF": {"both"},
        "INV": {"negative"},
        "NAND2": {"negative"},
        "NOR2": {"negative"},
        "XOR2": {"both"},
    }


def test_leakage_without_a_condition_is_of_the_other_states() -> None:
    technology, _ = _distilled("leak_default")
    assert technology.cells["INV"].leakage_nw == 2.0  # of 1 and 3; not of 1, 3 and 8


def test_a_missing_unit_of_leakage_is_told() -> None:
    technology, warnings = _distilled("u_no_leak")
    assert technology.cells == _distilled("base")[0].cells
    (warning,) = warnings
    assert warning == (
        f"{CASES / 'u_no_leak.lib'}, line 1: the library states no leakage_power_unit:"
        " 1nW is taken, as timers take it"
    )


#: Cases of which no technology can be made, and why.
REFUSED = {
    "k_scan_only": (
        "a technology needs a flip-flop that may be used; the library has SDFF"
        " (scan, enable or multiplexer flip-flop)"
    ),
    "k_zero_area": (
        "a technology needs cells that may be used; the library has BUF, DFF, INV and 3 more"
        " (no area)"
    ),
    "s_inv_dff_only": (
        "a technology needs a gate of two inputs such as a NAND that may be used; the library has"
        " DFF, INV (of another kind)"
    ),
    "t_3d_constraint": (
        "a technology needs a flip-flop that may be used; the library has DFF"
        " (tables over three variables)"
    ),
    "t_ccs_only": (
        "a technology needs cells that may be used; the library has BUF, DFF, INV and 3 more"
        " (current-source (CCS) delays only)"
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_is_missing_and_why(name: str) -> None:
    with pytest.raises(RequestError) as refused:
        _distilled(name)
    assert str(refused.value) == f"{CASES / name}.lib: {REFUSED[name]}"


def test_every_case_is_expected_to_be_something() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_lib*.py"))
    assert [path.name for path in CASES.iterdir() if f'"{path.stem}' not in tests] == []


def test_a_pattern_that_excludes_nothing_is_told() -> None:
    technology, warnings = _distilled("base", exclude=("XOR*", "DLY*", "nand2"))
    assert technology.cells["XOR2"].excluded == "excluded by XOR*"
    assert warnings == [
        f"the pattern {pattern} excludes nothing: no cell of the library matches it"
        for pattern in ("DLY*", "nand2")
    ]


@pytest.mark.parametrize("name", ["s_max_cap_zero", "i_sense_missing_asym", "i_power_3d"])
def test_cases_prove_themselves(name: str) -> None:
    prove(_distilled(name)[0])
