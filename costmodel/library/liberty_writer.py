"""A technology as a Liberty file, for Yosys, ABC and OpenSTA.

It has what mapping and timing read: functions, flip-flops, areas, leakage, capacitances, the
reduced tables and setup times. It has no internal power, and no timing of asynchronous clears and
presets. Units: ps, fF, nW, um2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from costmodel.library.expression import names, quoted, substituted
from costmodel.library.technology import Arc, Cell, Flop, Grid, Technology

__all__ = ["to_liberty"]

_SENSES = {"positive": "positive_unate", "negative": "negative_unate", "both": "non_unate"}
_HEADER = """\
library ({name}) {{
  delay_model : table_lookup;
  time_unit : "1ps";
  voltage_unit : "1V";
  current_unit : "1uA";
  leakage_power_unit : "1nW";
  pulling_resistance_unit : "1kohm";
  capacitive_load_unit (1,ff);
  nom_process : 1;
  nom_voltage : {voltage:g};
  nom_temperature : {temperature:g};
  input_threshold_pct_rise : 50;
  input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50;
  output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20;
  slew_lower_threshold_pct_fall : 20;
  slew_upper_threshold_pct_rise : 80;
  slew_upper_threshold_pct_fall : 80;
  operating_conditions (typical) {{
    process : 1;
    voltage : {voltage:g};
    temperature : {temperature:g};
  }}
  default_operating_conditions : typical;"""


def to_liberty(technology: Technology) -> str:
    """The text of a Liberty file of all cells; excluded ones have ``dont_use``."""
    lines = [
        _HEADER.format(
            name=_name(technology.name),
            voltage=technology.voltage_v,
            temperature=technology.temperature_c,
        )
    ]
    sizes = sorted(
        {
            (len(arc.transitions_ps), len(_three(arc.loads_ff)))
            for cell in technology.cells.values()
            for output in cell.outputs.values()
            for arc in output.arcs
        }
    )
    for rows, columns in sizes:
        lines += [
            f"  lu_table_template (delay_{rows}_{columns}) {{",
            "    variable_1 : input_net_transition;",
            "    variable_2 : total_output_net_capacitance;",
            f'    index_1 ("{_list(range(1, rows + 1))}");',
            f'    index_2 ("{_list(range(1, columns + 1))}");',
            "  }",
        ]
    for cell in technology.cells.values():
        lines += _cell(cell)
    return "\n".join([*lines, "}", ""])


def _cell(cell: Cell) -> Iterator[str]:
    yield f"  cell ({_name(cell.name)}) {{"
    yield f"    area : {cell.area_um2!r};"
    yield f"    cell_leakage_power : {cell.leakage_nw!r};"
    if cell.excluded:
        yield "    dont_use : true;"
    if cell.flop:
        yield from _state(cell.flop)
    for name, pin in cell.inputs.items():
        yield f"    pin ({_name(name)}) {{"
        yield "      direction : input;"
        yield f"      capacitance : {pin.capacitance_ff!r};"
        for edge, capacitance in zip(("rise", "fall"), pin.edge_capacitance_ff or (), strict=False):
            yield f"      {edge}_capacitance : {capacitance!r};"
        if cell.flop and name == cell.flop.clock:
            yield "      clock : true;"
        if cell.flop and name == cell.flop.data:
            yield from _setup(cell.flop)
        yield "    }"
    for name, output in cell.outputs.items():
        if cell.flop:
            function = {"state": "IQ", "~state": "IQN"}[output.function]
        else:
            pins = {pin: _pin(pin) for pin in names(output.function)}
            function = substituted(output.function.replace("~", "!"), pins)
        yield f"    pin ({_name(name)}) {{"
        yield "      direction : output;"
        yield f"      max_capacitance : {output.max_load_ff!r};"
        yield f'      function : "{function}";'
        for arc in output.arcs:
            yield from _timing(arc, cell.flop)
        yield "    }"
    yield "  }"


def _state(flop: Flop) -> Iterator[str]:
    yield "    ff (IQ,IQN) {"
    yield f'      clocked_on : "{"" if flop.rising else "!"}{_pin(flop.clock)}";'
    yield f'      next_state : "{"!" if flop.data_inverted else ""}{_pin(flop.data)}";'
    for name, pin in (("clear", flop.clear), ("preset", flop.preset)):
        if pin:
            yield f'      {name} : "{"" if pin[1] else "!"}{_pin(pin[0])}";'
    if flop.clear and flop.preset:
        yield "      clear_preset_var1 : L;"
        yield "      clear_preset_var2 : L;"
    yield "    }"


def _setup(flop: Flop) -> Iterator[str]:
    yield "      timing () {"
    yield f'        related_pin : "{flop.clock}";'
    yield f"        timing_type : setup_{'rising' if flop.rising else 'falling'};"
    for edge, time in zip(("rise", "fall"), flop.setup_ps, strict=True):
        yield f'        {edge}_constraint (scalar) {{ values ("{time!r}"); }}'
    yield "      }"


def _timing(arc: Arc, flop: Flop | None) -> Iterator[str]:
    kind = f"{'rising' if flop.rising else 'falling'}_edge" if flop else "combinational"
    yield "      timing () {"
    yield f'        related_pin : "{arc.input}";'
    yield f"        timing_sense : {_SENSES[arc.sense]};"
    yield f"        timing_type : {kind};"
    for name, grid in (
        ("cell_rise", arc.rise_ps),
        ("cell_fall", arc.fall_ps),
        ("rise_transition", arc.rise_transition_ps),
        ("fall_transition", arc.fall_transition_ps),
    ):
        yield from _table(name, arc, grid)
    yield "      }"


def _table(name: str, arc: Arc, grid: Grid) -> Iterator[str]:
    loads = _three(arc.loads_ff)
    yield f"        {name} (delay_{len(arc.transitions_ps)}_{len(loads)}) {{"
    yield f'          index_1 ("{_list(arc.transitions_ps)}");'
    yield f'          index_2 ("{_list(loads)}");'
    rows = ", ".join(f'"{_list(_three(row))}"' for row in grid)
    yield f"          values ({rows});"
    yield "        }"


def _three(row: tuple[float, ...]) -> tuple[float, ...]:
    """A row of a table; one of two points with the point between them, which lies on their line.

    ABC's `map` takes delays from a table of two loads for zero or less, and ends in an assertion.
    """
    return (row[0], sum(row) / 2, row[1]) if len(row) == 2 else row


def _name(name: str) -> str:
    """A name in a group's parentheses."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f'"{name}"'


def _pin(pin: str) -> str:
    """A pin in an expression, whose text stands in quotes itself."""
    return quoted(pin).replace('"', r"\"")


def _list(values: Iterable[float]) -> str:
    return ",".join(f"{value!r}" for value in values)
