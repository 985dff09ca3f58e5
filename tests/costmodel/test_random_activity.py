"""Bit-parallel simulation against Verilator's, net by net; and energy on random data."""

from __future__ import annotations

import random
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim.run
from costmodel.activity import read_saif, used_nets
from costmodel.bit_parallel import Lanes
from costmodel.energy import energy
from costmodel.mapping import Recipe
from costmodel.measure import design_source, liberty_file
from costmodel.netlist import Netlist
from costmodel.netlist_simulation import to_simulation
from costmodel.power import random_energy
from costmodel.random_activity import random_activity
from costmodel.synthesis import Mapped, map_once
from costmodel.technology import load_technology
from hw.errors import RequestError
from hw.formats import Float, Integer
from hw.ternary import TernaryConfiguration, TernaryLut, TernaryMultiplier, Workload
from sim.bench import Run
from sim.simulate import job_of, random_products, simulate
from sim.streams import streams

_INT8, _FP8 = Integer.parse("int8"), Float.parse("fp8_e5m2")


def _core(unit: type[TernaryConfiguration] = TernaryLut, **settings: Any) -> TernaryConfiguration:
    common: dict[str, Any] = {
        "columns": 3,
        "activation": _INT8,
        "workload": Workload(inputs=20, outputs=12, batch=4, bias_limit=100),
    }
    return unit(**(common | settings))


_CORES = {
    "single": _core(group=1, luts=2),
    "pairs": _core(group=2, luts=2, table_register=True, reduce_register=True),
    "triples": _core(group=3, luts=2, table_register=True),
    "sequencer": _core(group=2, luts=2, reduce_register=True, sequencer=True),
    "table loop": _core(group=2, luts=2, table_register=True, loop="table", columns=4),
    "planes": _core(group=2, luts=2, planes=2),
    "exact": _core(group=2, luts=2, activation=Float.parse("fp8_e4m3"), style="exact"),
    "aligned": _core(group=2, luts=2, activation=_FP8, style="aligned", table_register=True),
    "float": _core(group=2, luts=2, activation=_FP8, style="float"),
    "turns": _core(TernaryMultiplier, luts=2, activation=_FP8, style="float", adder_stages=2),
}


@cache
def _mapped(name: str, technology: str) -> Mapped:
    cells = load_technology(technology)
    source = design_source(_CORES[name])
    return map_once(source, Recipe(), cells, liberty_file(cells), None)


class _Handle:
    """A port of a netlist in one lane, as cocotb has it: writes wait until the edge is over."""

    def __init__(self, lanes: Lanes, name: str) -> None:
        self._lanes, self._name = lanes, name
        self._written: int | None = None

    def __len__(self) -> int:
        return len(self._lanes.get(self._name))

    @property
    def value(self) -> int:
        return sum(int(row[0] & 1) << bit for bit, row in enumerate(self._lanes.get(self._name)))

    @value.setter
    def value(self, value: int) -> None:
        self._written = value

    def put(self) -> None:
        if self._written is not None:
            bits = [[-(int(self._written) >> bit & 1)] for bit in range(len(self))]
            self._lanes.put(self._name, np.array(bits, np.int64).view(np.uint64))
            self._written = None


class _Dut:
    """A netlist as the bench takes a simulator's."""

    def __init__(self, netlist: Netlist) -> None:
        self.lanes = Lanes(netlist, 1)
        self._handles: dict[str, _Handle] = {}

    def __getattr__(self, name: str) -> _Handle:
        return self._handles.setdefault(name, _Handle(self.lanes, name))

    def settle(self) -> None:
        for handle in self._handles.values():
            handle.put()
        self.lanes.settle()
