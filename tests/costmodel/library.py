"""A library of ten cells with round numbers: as a technology, as Liberty, and as Verilog models."""

from __future__ import annotations

import re

from costmodel.library.technology import Arc, Cell, Flop, Input, Output, Technology

_FUNCTIONS = {
    "INV": {"Y": "~A"},
    "BUF": {"Y": "A"},
    "NAND2": {"Y": "~(A & B)"},
    "NOR2": {"Y": "~(A | B)"},
    "XOR2": {"Y": "(A ^ B)"},
    "MUX2": {"Y": "((A & ~S) | (B & S))"},
    "HA": {"CO": "(A & B)", "S": "(A ^ B)"},
    "FA": {"CO": "((A & B) | (CI & (A | B)))", "S": "(A ^ B ^ CI)"},
    "ONE": {"Y": "1"},
    "ZERO": {"Y": "0"},
}
VOLTAGE_V = 2.0
CAPACITANCE_FF = 1.0  # of each input; of a clock pin twice as much
OUTPUT_LOAD_FF = 4.0
INPUT_FJ = (0.25, 0.75)  # of each input, its mean 0.5
OUTPUT_FJ = (1.0, 3.0)  # of each output, its mean 2
CLOCK_FJ = (2.0, 4.0)
LEAKAGE_NW = 10.0
_GRID = ((10.0, 12.0), (11.0, 13.0))  # of two loads: ABC needs a third (`liberty_writer`)


def _arc(pin: str, sense: str) -> Arc:
    return Arc(pin, sense, (1.0, 100.0), (1.0, 100.0), _GRID, _GRID, _GRID, _GRID)


def _logic(name: str, functions: dict[str, str]) -> Cell:
    pins = sorted(set(re.findall(r"[A-Z]\w*", "".join(functions.values()))))
    sense = {"INV": "negative", "BUF": "positive"}.get(name, "both")
    return Cell(
        name=name,
        area_um2=float(len(name)),
        leakage_nw=LEAKAGE_NW,
        excluded="",
        inputs={pin: Input(CAPACITANCE_FF, INPUT_FJ) for pin in pins},
        outputs={
            output: Output(function, 1000.0, OUTPUT_FJ, tuple(_arc(pin, sense) for pin in pins))
            for output, function in functions.items()
        },
        flop=None,
    )


def technology() -> Technology:
    """The library as the cost model reads it."""
    cells = {name: _logic(name, functions) for name, functions in _FUNCTIONS.items()}
    cells["DFF"] = Cell(
        name="DFF",
        area_um2=5.0,
        leakage_nw=LEAKAGE_NW,
        excluded="",
        inputs={"CK": Input(2 * CAPACITANCE_FF, CLOCK_FJ), "D": Input(CAPACITANCE_FF, INPUT_FJ)},
        outputs={
            "Q": Output("state", 1000.0, OUTPUT_FJ, (_arc("CK", "both"),)),
            "QN": Output("~state", 1000.0, OUTPUT_FJ, (_arc("CK", "both"),)),
        },
        flop=Flop("CK", True, "D", False, None, None, (1.0, 1.0)),
    )
    return Technology(
        name="ten cells",
        description="",
        source="",
        licence="",
        files={},
        voltage_v=VOLTAGE_V,
        temperature_c=25.0,
        typical_transition_ps=10.0,
        driver="BUF",
        output_load_ff=OUTPUT_LOAD_FF,
        left_out={},
        cells=cells,
    )


def models() -> str:
    """The cells in Verilog, for simulation; nothing in them is recorded."""
    text = "/*verilator tracing_off*/\n"
    for cell in technology().cells.values():
        pins = ", ".join([f"input {pin}" for pin in cell.inputs])
        pins += ", " * bool(pins) + ", ".join([f"output {pin}" for pin in cell.outputs])
        text += f"module {cell.name}({pins});\n/*verilator inline_module*/\n"
        if cell.flop:
            text += "reg state;\nalways @(posedge CK) state <= D;\n"
        for pin, output in cell.outputs.items():
            text += f"assign {pin} = {output.function};\n"
        text += "endmodule\n"
    return text + "/*verilator tracing_on*/\n"
