"""Small libraries, each written otherwise than `base.lib` in one thing: they mean the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from costmodel.library.technology import Technology
from tests.costmodel.mini import AXES, BASE, DELAYS, ROWS, distilled, replaced

FALL = '} timing () { related_pin : "A"; timing_type : combinational_fall;'


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Technology:
    return distilled(BASE, tmp_path_factory.mktemp("base"))[0]


#: What means the same.
SAME = {
    "quoted load unit": replaced(("(1, pf)", '("1", "pF")')),
    "another load unit": replaced(("(1, pf)", "(1000,ff)")),
    "another time unit": replaced(('"1ns"', '"1000 ps"')),
    "another voltage unit": replaced(('"1V"', '"1000mV"')),
    "another leakage unit": replaced(('"1nW"', '"1000PW"')),
    "voltage of the conditions": replaced(
        (
            "nom_voltage : 1.2;",
            (
                'default_operating_conditions : "b"; operating_conditions (a) { voltage : 9; }'
                " operating_conditions (b) { voltage : 1.2; }"
            ),
        )
    ),
    "voltage of the only conditions": replaced(
        ("nom_voltage : 1.2;", "operating_conditions (a) { voltage : 1.2; }")
    ),
    "no name": replaced(("library (mini)", "library ()")),
    "directions": replaced((": input", ": Input"), (": output", ': "OUTPUT"')),
    "senses": replaced(("negative_unate", "NEGATIVE_UNATE")),
    "senses that are none": replaced(("negative_unate", "unknown"), ("positive_unate", '""')),
    "types": replaced(("rising_edge", "RISING_EDGE"), ("setup_rising", "Setup_Rising")),
    "no type of a clock's arc": replaced((" timing_type : rising_edge;", "")),
    "variables": replaced(("input_net_transition", "INPUT_NET_TRANSITION")),
    "axes the other way round": replaced(
        (
            AXES,
            (
                "variable_2 : input_net_transition; variable_1 : total_output_net_capacitance;"
                'index_2 ("0.01, 0.1, 0.4"); index_1 ("0.001, 0.01, 0.05"); }\n  power'
            ),
        ),
        (ROWS, '"0.02, 0.04, 0.08", "0.05, 0.07, 0.12", "0.2, 0.22, 0.3"'),
    ),
    "axes of their own": replaced(("cell_rise (d) {", f"cell_rise (d) {{ {DELAYS.split('}')[0]}")),
    "all values in a string": replaced((ROWS, f'"{ROWS.replace(chr(34), "")}"')),
    "commas at the end": replaced(('0.2",', '0.2, ",'), ('0.3")', '0.3",)')),
    "numbers": replaced(('"0.02, 0.05, 0.2"', '".02, +5.0e-2, 2.E-1"')),
    "functions": replaced(('"!A"', '"(A\')"'), ('"!(A & B)"', '"(A B)\'"'), ("A ^ B", "(A)^(B)")),
    "a function without quotes": replaced(('"!A"', "!A")),
    "pins of a group": replaced(
        ("    pin (A) { direction : input; capacitance : 0.002; }\n", ""),
        ("pin (B)", "pin (A, B)"),
        cell="NAND2",
    ),
    "state names": replaced(("(IQ, IQN)", '("IQ" "IQN")'), ('"CK"; }', '"(CK)"; }')),
    "edges' capacitances": replaced(
        ("capacitance : 0.002;", "rise_capacitance : 0.002; fall_capacitance : 0.002;")
    ),
    "edges' capacitances beside none": replaced(
        (" capacitance : 0.002;", " capacitance : 0; rise_capacitance : 0.002;"),
        ("rise_capacitance : 0.002;", "rise_capacitance : 0.002; fall_capacitance : 0.002;"),
    ),
    "default capacitance": replaced(
        ("capacitance : 0.002;", ""), ("nom_process", "default_input_pin_cap : 0.002; nom_process")
    ),
    "default limit": replaced(
        ("max_capacitance : 0.05;", ""),
        ("nom_process", "default_max_capacitance : 0.05; nom_process"),
    ),
    "limits of 0": replaced(
        ("max_capacitance : 0.05;", "max_capacitance : 0.0;"),
        ("nom_process", "default_max_capacitance : 0; nom_process"),
    ),
    "no limit": replaced(("max_capacitance : 0.05;", "")),
    "default leakage": replaced(
        ("cell_leakage_power : 1.5;", ""),
        ("nom_process", "default_cell_leakage_power : 1.5; nom_process"),
    ),
    "leakage of states": replaced(
        (
            "cell_leakage_power : 4;",
            (
                'cell_leakage_power : 0; leakage_power () { when : "Q & D"; value : 3; }'
                ' leakage_power () { when : "!IQ"; value : 5; } leakage_power () { when : "Q & !D";'
                " value : 4; } leakage_power () { value : 99; }"
            ),
        )
    ),
    "edges apart": replaced(
        ("negative_unate;", "negative_unate; timing_type : combinational_rise;"),
        ("cell_fall (d)", f"{FALL} cell_fall (d)"),
        ("rise_transition (d)", f"{FALL} rise_transition (d)".replace("l_fall", "l_rise")),
        ("fall_transition (d)", f"{FALL} fall_transition (d)"),
        cell="INV",
    ),
    "hold in three variables": replaced(
        (
            "lu_table_template (c)",
            "lu_table_template (h) { variable_3 : x; }\n  lu_table_template (c)",
        ),
        (
            'timing () { related_pin : "CK"; timing_type : setup',
            (
                'timing () { related_pin : "CK"; timing_type : hold_rising;'
                ' rise_constraint (h) { } } timing () { related_pin : "CK"; timing_type : setup'
            ),
        ),
    ),
    "flags that are false": replaced(
        ("area : 3;", 'area : 3; dont_use : FALSE; pad_cell : "False"; is_macro_cell : false;')
    ),
    "groups of others": replaced(
        (
            "  cell (INV)",
            (
                "  define (foo, cell, string); technology (cmos); library_features (report, power);"
                ' wire_load ("10X") { fanout_length (1, 2.0); } scaled_cell (INV, a) { area : 9; }'
                "\n  cell (INV)"
            ),
        )
    ),
    "the end of a DOS file": f"{BASE}\x1a",
}


@pytest.mark.parametrize("name", SAME)
def test_means_the_same(name: str, base: Technology, tmp_path: Path) -> None:
    technology, warnings = distilled(SAME[name], tmp_path)
    assert technology.cells == base.cells
    for figure in ("voltage_v", "temperature_c", "typical_transition_ps", "output_load_ff"):
        assert getattr(technology, figure) == getattr(base, figure)
    assert not warnings
    assert not technology.left_out
