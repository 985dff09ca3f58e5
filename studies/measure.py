"""Measure what the documentation states: `python -m studies.measure` (or `make measure`).

Writes designs/measured/designs.json, the digits network's core and the INT8 tiles that are
compared, on all shipped technologies; designs/measured/sweep.csv, the ternary tiles of 24
activations over circuits, formats and sizes; and designs/measured/codecs.json, decoders and
encoders of number formats.
Answers that are in the cache cost nothing, so an interrupted run goes on from where it was.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

from rich.console import Console

from costmodel.energy.power import measured_energy
from costmodel.flow.measure import Point, measure, module_parts
from costmodel.technologies import load_technology, shipped
from costmodel.ternary.data_energy import data_energy
from hw.ternary import TernaryConfiguration, TernaryLut, TernaryMultiplier, Workload
from macsmith.design import Design, designs_folder, load_design
from macsmith.sweep import measure_designs
from macsmith.ternary.core import ternary_core
from sim.simulate import golden_work, random_work
from sim.ternary.network import load_network
from sim.writing import atomic_table
from studies.formats import measured_codecs

_FOLDER = designs_folder() / "measured"
_NOISE_RUNS = 5
_UNITS, _SIZES = ("ternary", "signflip", "multiplier"), ("8x8", "32x32")
_DESIGNS = ("digits", *(f"{unit}-int8-{size}" for unit in _UNITS for size in _SIZES))
_LANES, _CYCLES = 64, 128  # at work on random data: streams, and cycles that each counts at least
_INPUTS = 24  # of a tile: divides by every group
_ACCUMULATORS = {"int4": 20, "int8": 24, "int16": 32}
_COLUMNS = (8, 16, 32, 64)
_SWEPT = (
    *("design", "technology", "unit", "group", "luts", "columns", "activation"),
    *("accumulator_bits", "clock_ps", "area_um2", "area_um2_per_operation", "delay_ps"),
    *("leakage_uw", "recipe", "failure"),
)
_WORKLOAD = Workload(inputs=2560, outputs=6912)


def main() -> None:
    """Measure everything, or what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--only", choices=("designs", "sweep", "codecs"))
    asked = parser.parse_args().only
    _FOLDER.mkdir(exist_ok=True)
    if asked in (None, "codecs"):
        text = json.dumps(measured_codecs(), indent=1) + "\n"
        (_FOLDER / "codecs.json").write_text(text)
    if asked in (None, "designs"):
        text = json.dumps(measured_designs(), indent=1) + "\n"
        (_FOLDER / "designs.json").write_text(text)
    if asked in (None, "sweep"):
        rows = measure_designs(sweep_designs(), load_technology("nangate45"))
        atomic_table(_FOLDER / "sweep.csv", _SWEPT, rows)


def measured_designs() -> list[dict[str, Any]]:
    """Figures of the designs, area-driven: one row a design and technology."""
    rows = []
    console = Console(stderr=True)
    for technology in map(load_technology, shipped()):
        for design in map(load_design, _DESIGNS):
            with console.status(f"{design.name} on {technology.name}"):
                point = Point(design.configuration, technology, noise_runs=_NOISE_RUNS)
                rows.append(_row(design, measure(point, parallel=2), _energy(design, point)))
            console.print(f"{design.name} on {technology.name}: {rows[-1]['area_um2']:,.0f} um2")
    return rows


def _energy(design: Design, point: Point) -> dict[str, Any]:
    """On a design's own data, or on random vectors in many lanes."""
    if design.data is not None:
        return measured_energy(point, golden_work(design.configuration, load_network(design.data)))
    c = ternary_core(design.configuration)
    tiles = c.tiles(c.workload.inputs)
    vectors = _LANES * (-(-_CYCLES // tiles) + 4)  # the first and the last are not counted
    workload = replace(c.workload, outputs=c.columns, batch=vectors)
    (product,) = random_work(replace(c, workload=workload), vectors, seed=0)
    return data_energy(point, product, lanes=_LANES)


def _row(design: Design, figures: dict[str, Any], energy: dict[str, Any]) -> dict[str, Any]:
    c = design.configuration
    kept = ("technology", "recipe", "area_um2", "delay_ps", "delays", "leakage_uw", "noise", "flow")
    parts = ("switching", "internal", "clock", "leakage")
    of_energy = ("cycles", "vectors", "energy_fj_per_cycle", "energy_fj_per_operation")
    row = {"design": design.name, "weights_per_cycle": c.operations_per_cycle}
    row |= {key: figures[key] for key in kept}
    row |= {
        "cells": sum(figures["cells"].values()),
        "area_by_part": module_parts(c, figures["parts"]),
    }
    row |= {key: energy[key] for key in of_energy}
    row |= {f"{part}_fj_per_cycle": energy[f"{part}_fj_per_cycle"] for part in parts}
    return row | {"energy_by_part": module_parts(c, energy["by_part"])}


def sweep_designs() -> list[Design]:
    """Tiles of 24 activations: the LUT core with mu = 1 to 4 (mu = 1 is sign-flip), multipliers."""
    return [
        Design(_name(configuration), "", configuration, None)
        for activation, bits in _ACCUMULATORS.items()
        for columns in _COLUMNS
        for configuration in _tiles(activation, bits, columns)
    ]


def _tiles(activation: str, bits: int, columns: int) -> list[TernaryConfiguration]:
    shared: dict[str, Any] = {
        "activation": activation,
        "accumulator_bits": bits,
        "columns": columns,
        "workload": _WORKLOAD,
    }
    tiles: list[TernaryConfiguration] = [
        TernaryLut(group=group, luts=_INPUTS // group, **shared) for group in (1, 2, 3, 4)
    ]
    return [*tiles, TernaryMultiplier(luts=_INPUTS, **shared)]


def _name(c: TernaryConfiguration) -> str:
    kind = f"mu{c.group}" if isinstance(c, TernaryLut) else "multiplier"
    return f"{kind}-{c.activation.name}-{c.tile_inputs}x{c.columns}"


if __name__ == "__main__":
    main()
