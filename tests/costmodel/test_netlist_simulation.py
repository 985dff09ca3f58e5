"""Netlists for simulation, and the flat netlist, of what modules may do at their edges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costmodel.energy.netlist_simulation import RECORD, recorded, to_simulation
from costmodel.library.technology import Cell, Technology
from costmodel.netlist.netlist import flatten, read_modules
from tests.costmodel.library import technology

_TEN = technology()


def _port(direction: str, *bits: int | str) -> dict[str, object]:
    return {"direction": direction, "bits": list(bits)}


# A module whose outputs are its input, a constant, a gate, and the gate once more; around it a
# second one of the same kind, so that the input goes through both.
_THROUGH = {
    "modules": {
        "inner": {
            "ports": {
                "x": _port("input", 2),
                "same": _port("output", 2),
                "one": _port("output", "1"),
                "not": _port("output", 3),
                "again": _port("output", 3),
            },
            "cells": {"gate": {"type": "INV", "connections": {"A": [2], "Y": [3]}}},
            "netnames": {},
        },
        "top": {
            "ports": {"i": _port("input", 2), "o": _port("output", 4, 5, 6, 8)},
            "cells": {
                "late": {
                    "type": "inner",
                    "connections": {"x": [3], "same": [4], "one": [5], "not": [6], "again": [8]},
                },
                "early": {"type": "inner", "connections": {"x": [2], "same": [3], "not": [7]}},
            },
            "netnames": {},
        },
    }
}


def test_what_goes_through_a_module_is_one_net() -> None:
    netlist = flatten(read_modules(_THROUGH, _TEN), "top", _TEN)
    (i,) = netlist.ports["i"][1].tolist()
    through, one, late, again = netlist.ports["o"][1].tolist()
    assert (through, one) == (i, 1)
    assert late == again
    assert netlist.inputs[:, 0].tolist() == [i, i]  # both gates
    assert late in netlist.outputs[:, 0]


def test_recorded_nets_are_those_of_the_modules_own_cells() -> None:
    netlist = flatten(read_modules(_THROUGH, _TEN), "top", _TEN)
    top, inner = (scope.module for scope in netlist.scopes[:2])
    assert recorded(top, top=True).tolist() == top.ports["i"][1].tolist()
    assert recorded(inner, top=False).tolist() == inner.ports["not"][1].tolist()
    text = to_simulation(netlist)
    assert text.count(f"{RECORD} = ") == 2
    assert text.count("module inner(") == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "always @(posedge c) state_0_ <= d;"),
        ({"rising": False, "data_inverted": True}, "always @(negedge c) state_0_ <= ~d;"),
        (
            {"clear": ("R", 0)},
            "always @(posedge c or negedge r) if (!r) state_0_ <= 1'b0; else state_0_ <= d;",
        ),
        (
            {"preset": ("R", 1)},
            "always @(posedge c or posedge r) if (r) state_0_ <= 1'b1; else state_0_ <= d;",
        ),
    ],
)
def test_flip_flops(changes: dict[str, object], expected: str) -> None:
    flop = _TEN.cells["DFF"]
    assert flop.flop is not None
    inputs = {**flop.inputs, "R": flop.inputs["D"]}
    cell = replace(flop, inputs=inputs, flop=replace(flop.flop, **changes))
    ports = {"c": _port("input", 2), "d": _port("input", 3), "r": _port("input", 4)}
    pins = {"CK": [2], "D": [3], "R": [4], "QN": [5]}
    module = {
        "ports": {**ports, "q": _port("output", 5)},
        "cells": {"f": {"type": "DFF", "connections": pins}},
        "netnames": {},
    }
    library = _with(cell)
    lines = to_simulation(
        flatten(read_modules({"modules": {"top": module}}, library), "top", library)
    ).splitlines()
    assert expected in lines
    (output,) = [line for line in lines if "~state_0_;" in line and line.startswith("assign")]
    net = output.removeprefix("assign ").split(" = ")[0]
    assert f"assign q = {{{net}}};" in lines


def _with(cell: Cell) -> Technology:
    return replace(_TEN, cells={**_TEN.cells, cell.name: cell})
