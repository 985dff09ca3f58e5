"""Measure what the documentation states: `python -m docs.measure` (or `make measure`).

Writes designs/measured/designs.json, the committed designs on all shipped technologies, and
designs/measured/sweep.csv, the ternary tiles of 24 activations over circuits, formats and sizes,
and designs/measured/codecs.json, decoders and encoders of number formats.
Answers that are in the cache cost nothing, so an interrupted run goes on from where it was.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from rich.console import Console

from costmodel.measure import Point, measure, module_parts
from costmodel.power import measured_energy
from costmodel.technology import load_technology, shipped
from docs.formats import measured_codecs
from hw.ternary import TernaryConfiguration, TernaryLut, TernaryMultiplier, Workload
from macsmith.design import Design, committed_designs, designs_folder, load_design
from macsmith.sweep import measure_designs, write_csv
from macsmith.synthesis import Data, products_of

_FOLDER = designs_folder() / "measured"
_NOISE_RUNS = 5
#: Where a simulator of 100,000 cells takes minutes to build, the technologies that have to do.
_LARGE = {"multiplier-int8-32x32": ("asap7", "nangate45")}
_INPUTS = 24  # of a tile: divides by every group
_ACCUMULATORS = {"int4": 20, "int8": 24, "int16": 32}
_COLUMNS = (8, 16, 32, 64)
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
        write_csv(rows, _FOLDER / "sweep.csv")


def measured_designs() -> list[dict[str, Any]]:
    """Figures of the committed designs, area-driven: one row a design and technology."""
    rows = []
    console = Console(stderr=True)
    for technology in map(load_technology, shipped()):
        for design in map(load_design, committed_designs()):
            with console.status(f"{design.name} on {technology.name}"):
                point = Point(design.configuration, technology, noise_runs=_NOISE_RUNS)
                figures = measure(point, parallel=2)
                plain = Point(design.configuration, technology)
                measure(plain, parallel=2)
                if design.name in _LARGE and technology.name not in _LARGE[design.name]:
                    energy = None
                else:
                    energy = measured_energy(plain, products_of(design, Data(None, None, 0)))
            rows.append(_row(design, figures, energy))
    return rows


def _row(design: Design, figures: dict[str, Any], energy: dict[str, Any] | None) -> dict[str, Any]:
    c = design.configuration
    kept = ("technology", "recipe", "area_um2", "delay_ps", "delays", "leakage_uw", "noise", "flow")
    of_energy = ("cycles", "words_checked", "energy_fj_per_cycle", "energy_fj_per_operation")
    parts = ("switching", "internal", "clock", "leakage")
    row = {"design": design.name, "weights_per_cycle": c.tile_inputs * c.columns}
    row |= {key: figures[key] for key in kept}
    row |= {
        "cells": sum(figures["cells"].values()),
        "area_by_part": module_parts(figures["parts"]),
    }
    if energy is None:
        return row | {"energy": "not measured"}
    return (
        row
        | {key: energy[key] for key in of_energy}
        | {f"{part}_fj_per_cycle": energy[f"{part}_fj_per_cycle"] for part in parts}
        | {"energy_by_part": module_parts(energy["by_part"])}
    )


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
