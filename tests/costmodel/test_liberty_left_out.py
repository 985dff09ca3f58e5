"""Libraries with one thing that cannot be used: what is left out, counted or refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from costmodel.library.lacks import lacks
from costmodel.library.technology import Technology
from hw.errors import RequestError
from tests.costmodel.mini import AXES, BASE, ROWS, added, distilled, replaced


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Technology:
    return distilled(BASE, tmp_path_factory.mktemp("base"))[0]


#: What is added or replaced, the cells that are left out, the reason, and what else is told.
LEFT_OUT = {
    "two clocks": (
        added(
            "cell (MS) { area : 1; ff (I, J) { next_state : D; clocked_on : A;"
            " clocked_on_also : B; } pin (A, B, D) { direction : input; capacitance : 1; }"
            ' pin (Q) { direction : output; function : "I"; } }'
        ),
        "flip-flop of two clocks: MS",
        "",
    ),
    "area of 0": (replaced(("area : 3", "area : 0.0")), "no area: XOR2", ""),
    "no area": (replaced(("area : 3;", "")), "no area: XOR2", ""),
    "a latch without a function": (
        replaced(('function : "A ^ B";', 'state_function : "A ^ B";')),
        "no function: XOR2",
        "",
    ),
    "a three-state buffer": (
        replaced(("function", 'three_state : "B"; function'), cell="XOR2"),
        "three-state: XOR2",
        "",
    ),
    "a delay over three variables": (
        replaced(
            (
                "lu_table_template (c)",
                (
                    "lu_table_template (e) { variable_1 : input_net_transition; variable_2 : x;"
                    ' variable_3 : y; index_1 ("1"); index_2 ("1"); index_3 ("1"); }\n'
                    "  lu_table_template (c)"
                ),
            )
        ).replace("cell_fall (d)", "cell_fall (e)", 1),
        "tables over three variables: INV",
        "needs an inverter",
    ),
    "a delay over other variables": (
        replaced((AXES, AXES.replace("total_output_net_capacitance", "output_net_length"))),
        "tables over other variables than transition and load: BUF",
        "needs cells",
    ),
    "one variable twice": (
        replaced((AXES, AXES.replace("total_output_net_capacitance", "input_net_transition"))),
        "tables over other variables than transition and load: BUF",
        "needs cells",
    ),
    "loads twice": (
        replaced((AXES, AXES.replace("input_net_transition", "total_output_net_capacitance"))),
        "tables over other variables than transition and load: BUF",
        "needs cells",
    ),
    "delays of 0": (
        replaced((ROWS, '"0,0,0","0,0,0","0,0,0"'), cell="XOR2"),
        "delays of 0: XOR2",
        "",
    ),
    "no timing": (
        replaced(("timing ()", "tuning ()"), cell="XOR2"),
        "output without a delay: XOR2",
        "",
    ),
    "current sources": (
        replaced(
            ("cell_rise", "output_current_rise"), ("cell_fall", "output_current_fall"), cell="XOR2"
        ),
        "current-source (CCS) delays only: XOR2",
        "",
    ),
    "no capacitance": (
        replaced(("capacitance : 0.002;", ""), cell="XOR2"),
        "input without a capacitance: XOR2",
        "",
    ),
    "a bus": (added("cell (RAM) { bus (D) { direction : input; } }"), "pins are buses: RAM", ""),
    "no pins": (added("cell (EMPTY) { }"), "no output: EMPTY", ""),
    "many inputs": (
        added(
            f"cell (WIDE) {{ area : 1; pin ({', '.join(f'I{i}' for i in range(40))})"
            ' { direction : input; } pin (Y) { direction : output; function : "I0"; } }'
        ),
        "more than 16 inputs: WIDE",
        "",
    ),
    "a direction that is none": (
        replaced(("direction : input", "direction : sideways"), cell="XOR2"),
        "broken: XOR2",
        "line 82: the pin A states the direction sideways: it must be",
    ),
    "a word among values": (
        replaced(("0.05, 0.2", "0.05, fast"), cell="XOR2"),
        "broken: XOR2",
        "line 86: values of cell_rise holds fast, which is not a number",
    ),
    "a number with an underscore": (
        replaced(("0.05, 0.2", "0.05, 0_0.2"), cell="XOR2"),
        "broken: XOR2",
        "line 86: values of cell_rise holds 0_0.2, which is not a number",
    ),
    "no points": (
        replaced((" (d) {", " (e) {"), cell="XOR2").replace(
            "lu_table_template (c)",
            "lu_table_template (e) { variable_1 : input_net_transition; } lu_table_template (c)",
        ),
        "broken: XOR2",
        "line 86: index_1 of cell_rise does not state any point",
    ),
    "a limit that is negative": (
        replaced((": 0.05", ": -0.05"), cell="XOR2"),
        "broken: XOR2",
        "line 84: max_capacitance = -0.05 of pin Y is not allowed",
    ),
    "an unknown pin": (
        replaced(("A ^ B", "A ^ C"), cell="XOR2"),
        "broken: XOR2",
        "line 84: the function of Y names C, no pin of the cell",
    ),
    "a doubled sign": (
        replaced(("A ^ B", "A && B"), cell="XOR2"),
        "broken: XOR2",
        "line 84: the function 'A && B' has '&' where a pin must stand",
    ),
    "a name twice": (
        added("cell (XOR2) { }"),
        "broken: XOR2",
        "line 80: the library has 2 cells XOR2",
    ),
    "no cell's name": (
        added("cell () { area : 1; }"),
        "broken: without a name",
        "the cell has no name",
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_is_left_out(name: str, base: Technology, tmp_path: Path) -> None:
    text, reason, more = LEFT_OUT[name]
    reason, _, cell = reason.partition(": ")
    if more.startswith("needs"):
        with pytest.raises(RequestError, match=re.escape(more)) as refused:
            distilled(text, tmp_path)
        assert re.search(rf"{cell}[^)]*\({re.escape(reason)}", str(refused.value))
        return
    technology, warnings = distilled(text, tmp_path)
    assert technology.left_out == {reason: (cell,)}
    assert technology.cells == {k: v for k, v in base.cells.items() if k != cell}
    assert len(warnings) == bool(more)
    assert all(
        f"{tmp_path / 'own.lib'}, line " in warning and more in warning for warning in warnings
    )


@pytest.mark.parametrize("value", ["true", "TRUE", '"true"', "True", "1"])
def test_dont_use(value: str, tmp_path: Path) -> None:
    text = replaced(("area : 3;", f"area : 3; dont_use : {value};"))
    assert distilled(text, tmp_path)[0].cells["XOR2"].excluded == "dont_use in the library"


#: The leakage of the inverter, in nW, by what it states of it.
LEAKAGE = {
    'leakage_power () { when : "A"; value : 1; } leakage_power () { value : 5; }': 3.0,
    'leakage_power () { value : 5; when : "A"; }': 5.0,
    "leakage_power () { value : 5; }": 5.0,
    'leakage_power () { when : "A &"; value : 1; } leakage_power () { value : 5; }': 1.0,
    'leakage_power () { when : "A & !Y"; value : 1; } leakage_power () { when : "Y"; value : 3; }'
    " leakage_power () { value : 5; }": 2.0,
    "leakage_power () { related_pg_pin : VDD; value : 5; }"
    ' leakage_power () { related_pg_pin : "VSS"; when : "!A"; value : 2; }': 7.0,
    "cell_leakage_power : 4; leakage_power () { value : 5; }": 4.0,
    "": 0.0,
}


@pytest.mark.parametrize("stated", LEAKAGE)
def test_leakage(stated: str, tmp_path: Path) -> None:
    text = replaced(("cell_leakage_power : 1.5;", stated), cell="INV")
    technology, _ = distilled(text, tmp_path)
    assert technology.cells["INV"].leakage_nw == LEAKAGE[stated]
    missing = "cells without leakage, which counts as 0: INV"
    assert (missing in lacks(technology)) == (not stated)


@pytest.mark.parametrize(
    ("states", "leakage"),
    [
        (("!RN & !Q", "RN & Q", "RN & !Q"), 1.0),  # a flip-flop that is cleared is not set
        (("!RN & Q", "RN & Q", "RN & !Q"), 2 / 3 * 1.0 + 1 / 3 * 9.0),
    ],
)
def test_leakage_counts_states_that_can_be(
    states: tuple[str, ...], leakage: float, tmp_path: Path
) -> None:
    stated = " ".join(f'leakage_power () {{ when : "{state}"; value : 1; }}' for state in states)
    text = replaced(
        ("cell_leakage_power : 4;", f"{stated} leakage_power () {{ value : 9; }}"),
        ("next_state", 'clear : "RN\'"; next_state'),
        ("    pin (D)", "    pin (RN) { direction : input; capacitance : 0.002; }\n    pin (D)"),
        cell="DFF",
    )
    assert distilled(text, tmp_path)[0].cells["DFF"].leakage_nw == pytest.approx(leakage, rel=1e-3)


def test_an_output_without_any_limit(tmp_path: Path) -> None:
    """Of a scalar table no end can be a limit, and a limit of 0 would be that of no circuit."""
    text = replaced(
        ("max_capacitance : 0.05;", ""), (f"(d) {{ values ({ROWS})", '(scalar) { values ("0.05")')
    )
    output = distilled(text, tmp_path)[0].cells["INV"].outputs["Y"]
    assert output.max_load_ff == 1e9
    assert {value for row in output.arcs[0].rise_ps for value in row} == {50.0}


def test_leakage_by_area(tmp_path: Path) -> None:
    text = replaced(
        ("cell_leakage_power : 1.5;", ""), ("nom_process", "default_leakage_power_density : 0.5; x")
    )
    assert distilled(text, tmp_path)[0].cells["XOR2"].leakage_nw == 1.5


def test_senses_of_conditions(tmp_path: Path) -> None:
    """An XOR's arcs by the other input, without their senses."""
    tables = "".join(
        f"{name} (d) {{ values ({ROWS}); }}"
        for name in ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
    )
    arcs = "".join(
        f'timing () {{ related_pin : "A"; when : "{when}"; {tables} }}' for when in ("B", "!B")
    )
    text = replaced(
        ('timing () { related_pin : "A"', f'{arcs} timing () {{ related_pin : "X"'), cell="XOR2"
    )
    output = distilled(text, tmp_path)[0].cells["XOR2"].outputs["Y"]
    assert [(arc.input, arc.sense) for arc in output.arcs] == [
        ("A", "positive"),
        ("A", "negative"),
        ("B", "both"),
    ]


def test_capacitances_of_0_are_told(tmp_path: Path) -> None:
    technology, _ = distilled(replaced((" capacitance : 0.002;", " capacitance : 0;")), tmp_path)
    assert "no cell states input capacitance: delays and energies will be too small" in lacks(
        technology
    )


def test_transitions_of_0_are_told(tmp_path: Path) -> None:
    text = re.sub(
        rf"(_transition \(d\) {{ values \(){re.escape(ROWS)}", r'\1"0,0,0,0,0,0,0,0,0"', BASE
    )
    technology, _ = distilled(text, tmp_path)
    assert Technology.from_json(technology.to_json()) == technology
    assert any("output transition" in sentence for sentence in lacks(technology))


#: Libraries of which no circuit can be made, and why.
REFUSED = {
    "a multiplexer instead of gates": (
        replaced(("!(A & B)", "A ^ B"), ("!(A | B)", "A ^ B")),
        "needs a gate of two inputs such as a NAND that may be used; the library has BUF, DFF, INV",
    ),
    "two functions": (
        replaced(("!(A | B)", "!(A & B)"), ("A ^ B", "!(A & B)"), ('"A"; max', '"!A"; max')),
        "needs logic of 3 functions that may be used, such as a buffer or another gate besides",
    ),
    "no time unit": (
        replaced(('time_unit : "1ns";', "")),
        "line 1: the library states no time_unit",
    ),
    "no load unit": (
        replaced(("capacitive_load_unit (1, pf);", "")),
        "line 1: the library states no capacitive_load_unit",
    ),
    "a unit of another kind": (replaced(('"1nW"', '"1nA"')), "leakage_power_unit = 1nA is not"),
    "no voltage": (
        replaced(("nom_voltage : 1.2;", "")),
        "line 1: the library states no nom_voltage",
    ),
    "energies beyond all": (
        replaced(('"0.001,0.001,0.001"', '"1e12,1e12,1e12"')),
        "are not all from -1e+12 to 1e+12",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(name: str, tmp_path: Path) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(RequestError, match=re.escape(reason)) as refused:
        distilled(text, tmp_path)
    assert str(refused.value).startswith(str(tmp_path / "own.lib"))


def test_a_missing_voltage_unit_and_temperature_are_told(base: Technology, tmp_path: Path) -> None:
    text = replaced(('voltage_unit : "1V";', ""), ("nom_temperature : 25;", ""))
    technology, warnings = distilled(text, tmp_path)
    assert technology.cells == base.cells
    assert [warning.partition("line 1: ")[2] for warning in warnings] == [
        "the library states no voltage_unit: 1V is taken, as timers take it",
        "the library states no nom_temperature: 25 C is taken",
    ]
