"""A small Liberty library, whole or with something replaced, for the tests of its reader."""

from __future__ import annotations

from pathlib import Path

DELAYS = ("cell_rise", "cell_fall", "rise_transition", "fall_transition")


def table(name: str, values: str = '"0.01, 0.03", "0.02, 0.04"', template: str = "delay") -> str:
    return f"{name} ({template}) {{ values ({values}); }}"


def timing(related: str, sense: str = "negative_unate", *, extra: str = "") -> str:
    tables = "\n        ".join(map(table, DELAYS))
    return f"""timing () {{
        related_pin : "{related}";
        timing_sense : {sense};
        {extra}
        {tables}
      }}"""


def gate(name: str, function: str, inputs: str = "A", body: str = "", area: str = "1.0") -> str:
    pins = "\n".join(
        f"    pin ({pin}) {{ direction : input; capacitance : 0.002; }}" for pin in inputs.split()
    )
    arcs = "\n".join(f"      {timing(pin)}" for pin in inputs.split())
    return f"""  cell ({name}) {{
    area : {area};
    cell_leakage_power : 3;
{pins}
    pin (Y) {{
      direction : output;
      function : "{function}";
      {body}
{arcs}
    }}
  }}
"""


FLOP = f"""  cell (DFF) {{
    area : 5;
    leakage_power () {{ value : 1; when : "D"; }}
    leakage_power () {{ value : 3; when : "!D"; }}
    ff (IQ, IQN) {{ clocked_on : "CK'"; next_state : "!D"; clear : "!RN"; }}
    pin (CK) {{ direction : input; capacitance : 0.001;
      internal_power () {{ when : "D"; rise_power (scalar) {{ values ("0.002"); }}
        fall_power (scalar) {{ values ("0.001"); }} }}
      internal_power () {{ when : "!D"; rise_power (scalar) {{ values ("0.004"); }}
        fall_power (scalar) {{ values ("0.003"); }} }}
    }}
    pin (RN) {{ direction : input; rise_capacitance : 0.001; fall_capacitance : 0.003; }}
    pin (D) {{ direction : input; capacitance : 0.001;
      timing () {{ related_pin : "CK"; timing_type : setup_falling;
        rise_constraint (scalar) {{ values ("0.05"); }}
        fall_constraint (scalar) {{ values ("0.07"); }} }}
    }}
    pin (Q) {{ direction : output; function : "IQ"; max_capacitance : 0.1;
      {timing("CK", "non_unate", extra="timing_type : falling_edge;")} }}
    pin (QN) {{ direction : output; function : "IQN"; max_capacitance : 0.1;
      {timing("CK", "non_unate", extra="timing_type : falling_edge;")} }}
  }}
"""
CELLS = {
    "INV": gate("INV", "!A"),
    "BUF": gate("BUF", "A").replace("negative", "positive"),
    "NAND2": gate("NAND2", "(A B)'", "A B"),
    "XOR2": gate("XOR2", "A^B", "A B", timing("A", "positive_unate", extra='when : "!B";')),
    "DLY1": gate("DLY1", "A"),
    "KEPT": gate("KEPT", "A").replace("area : 1.0;", "area : 1.0; dont_use : true;"),
    "FILL": "  cell (FILL) { area : 2; }\n",
    "LATCH": "  cell (LATCH) { area : 2; latch (IQ, IQN) { enable : G; data_in : D; } }\n",
    "BUS": "  cell (BUS) { area : 2; bus (D) { bus_type : byte; } }\n",
    "TRI": gate("TRI", "A", body='three_state : "B";'),
    "SCAN": FLOP.replace("(DFF)", "(SCAN)").replace('"!D"; clear', '"D RN"; clear'),
    "DFF": FLOP,
}
HEADER = """library (tiny) {
  time_unit : "1ns";
  voltage_unit : "1V";
  leakage_power_unit : "1nW";
  capacitive_load_unit (1, pf);
  nom_voltage : 2.0;
  nom_temperature : 85;
  default_max_capacitance : 0.2;
  lu_table_template (delay) {
    variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("0.01, 0.05"); index_2 ("0.001, 0.2");
  }
"""


def library(*, header: str = HEADER, **cells: str) -> str:
    return header + "".join((CELLS | cells).values()) + "}\n"


def write(folder: Path, text: str, name: str = "tiny.lib") -> Path:
    path = folder / name
    path.write_text(text)
    return path
