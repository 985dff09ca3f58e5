"""Floating-point activations, measured: `python -m studies.styles` (or `make measure`).

Writes designs/measured/styles.json. Tiles of 32 x 32 weights a cycle, FP16, least area: each style
at each mu with its baselines on nangate45, the committed designs and their baselines on asap7 too;
and the energy of these on the activations that the digits network passes to its second layer, as
FP16. `studies.make` makes the tables of docs/styles.md of it. What is in the cache costs nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from costmodel.flow.measure import Point, measure, module_parts
from costmodel.technologies import load_technology
from costmodel.ternary.data_energy import data_energy
from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)
from hw.unit import Unit
from macsmith.design import designs_folder, load_design
from sim.ternary.network import load_network
from sim.ternary.product import Product
from studies import pages

__all__ = ["write_tables"]

_FILE = designs_folder() / "measured" / "styles.json"
_PAGE = Path(__file__).parents[1] / "docs" / "styles.md"
_TECHNOLOGIES = ("nangate45", "asap7")
_WORKLOAD = Workload(inputs=2560, outputs=6912)
_SIZE = 32
_IMAGES, _VECTORS = 26, 320  # of the digits: images a vector; 5 vectors for each of 64 lanes
_STYLES: dict[str, dict[str, Any]] = {
    "float, 0 stages": {"style": "float"},
    "float, 1 stage": {"style": "float", "adder_stages": 1},
    "exact": {"style": "exact"},
    "aligned, 24 bits": {"style": "aligned", "aligned_bits": 24},
    "aligned, 16 bits": {"style": "aligned", "aligned_bits": 16},
}
#: What is compared: the committed designs, and what each is to be smaller than, how many times.
_TARGETS = (
    ("ternary-fp16-float-32x32", "multiplier-fp16-float-32x32", 2.23),
    ("ternary-fp16-float-32x32", "signflip-fp16-float-32x32", 1.64),
    ("ternary-fp16-exact-32x32", "signflip-fp16-float-32x32", 2.5),
    ("ternary-fp16-aligned-32x32", "signflip-fp16-float-32x32", 4.5),
)
#: What the committed designs are here: style and circuit.
_KEYS = {
    "ternary-fp16-float-32x32": ("float, 1 stage", "LUT, mu = 2"),
    "ternary-fp16-exact-32x32": ("exact", "LUT, mu = 2"),
    "ternary-fp16-aligned-32x32": ("aligned, 24 bits", "LUT, mu = 2"),
    "signflip-fp16-float-32x32": ("float, 1 stage", "sign-flip"),
    "multiplier-fp16-float-32x32": ("float, 1 stage", "multiplier"),
}
#: On all technologies, and with their energy: the committed designs and what else they are beside.
_COMPARED = {*_KEYS.values(), ("exact", "sign-flip"), ("aligned, 24 bits", "sign-flip")}


def main() -> None:
    """Measure what is not in the cache, and write the file."""
    rows = []
    console = Console(stderr=True)
    product = digits_product()
    for technology in map(load_technology, _TECHNOLOGIES):
        for style, parameters in _STYLES.items():
            for circuit, configuration in tiles(_SIZE, parameters, _WORKLOAD).items():
                compared = (style, circuit) in _COMPARED
                if skipped(technology.name, style, circuit):
                    continue
                point = Point(configuration, technology)
                with console.status(f"{style}, {circuit}, on {technology.name}"):
                    figures = measure(point, parallel=2)
                    energy = data_energy(point, product) if compared else {}
                rows.append(row(style, circuit, configuration, figures, energy))
                console.print(
                    f"{technology.name} {style} {circuit} {figures['area_um2']:,.0f} um2"
                    f" {energy.get('energy_fj_per_operation', float('nan')):,.1f} fJ a weight",
                    highlight=False,
                )
    _FILE.write_text(json.dumps(rows, indent=1) + "\n")


def row(
    style: str,
    circuit: str,
    configuration: Unit,
    figures: dict[str, Any],
    energy: dict[str, Any],
) -> dict[str, Any]:
    """What is kept of a tile."""
    kept = ("technology", "recipe", "area_um2", "delay_ps", "leakage_uw", "flow")
    row: dict[str, Any] = {"style": style, "circuit": circuit, "tile": f"{_SIZE}x{_SIZE}"}
    row |= {key: figures[key] for key in kept}
    row["area_by_part"] = module_parts(configuration, figures["parts"])
    if energy:
        kept = ("energy_fj_per_operation", "energy_fj_per_cycle", "cycles", "vectors")
        row |= {key: energy[key] for key in kept}
        row["energy_by_part"] = module_parts(configuration, energy["by_part"])
    return row


def tiles(
    size: int, parameters: dict[str, Any], workload: Workload
) -> dict[str, TernaryConfiguration]:
    """Square tiles of FP16 activations in one style: LUT cores and the two baselines."""
    shared: dict[str, Any] = {
        "columns": size,
        "activation": "fp16",
        "workload": workload,
        **parameters,
    }
    configurations: dict[str, TernaryConfiguration] = {
        f"LUT, mu = {group}": TernaryLut(group=group, luts=size // group, **shared)
        for group in (2, 4)
    }
    configurations["sign-flip"] = TernarySignflip(luts=size, **shared)
    configurations["multiplier"] = TernaryMultiplier(luts=size, **shared)
    return configurations


def skipped(technology: str, style: str, circuit: str) -> bool:
    """What nobody would build, and on other technologies than the first what is not compared.

    A multiplier of 41 x 41 bits for a weight of -1, 0 or +1 takes some 7,000 um2, a thousand times.
    """
    if not style.startswith("float") and circuit == "multiplier":
        return True
    return technology != _TECHNOLOGIES[0] and (style, circuit) not in _COMPARED


def digits_product() -> Product:
    """The second layer of the digits network on what the first one gives, in FP16.

    Its sums are divided by their root mean square, as the normalisation in front of a language
    model's layers does, and not cut off at 0: dense activations of both signs. The layer has 96
    inputs; for sums as long as a language model's, the activations of 26 images in random order
    stand one after the other in a vector, each on the layer's weights. As many outputs as the tile
    has columns.
    """
    design = load_design("digits")
    assert design.data is not None
    network = load_network(design.data)
    first, second = network.layers[:2]
    sums = Product(network.activations, first.weights, first.bias).golden()
    normalised = sums / np.sqrt((sums.astype(np.float64) ** 2).mean(axis=1, keepdims=True))
    rng = np.random.default_rng(0)
    rounds = -(-_VECTORS * _IMAGES // len(sums))
    images = np.concatenate([rng.permutation(len(sums)) for _ in range(rounds)])
    activations = normalised[images[: _VECTORS * _IMAGES]].reshape(_VECTORS, -1)
    weights = np.tile(second.weights[:, :_SIZE], (_IMAGES, 1))
    return Product(activations.astype(np.float16).astype(np.float64), weights, np.zeros(_SIZE))


def write_tables() -> Path:
    """Put the measured tables into docs/styles.md, between their markers; returns the page."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))
    tables = {
        "targets": targets_table(rows),
        "styles": styles_table(rows),
        "energies": energies_table(rows),
    }
    return pages.write_tables(_PAGE, tables)


def targets_table(rows: list[dict[str, Any]]) -> str:
    """How many times less area and energy a weight one design takes than another, and was to."""
    by_circuit = {(row["technology"], row["style"], row["circuit"]): row for row in rows}
    heads = ["design", "less than", "target"]
    heads += [f"{quantity}, {name}" for quantity in ("area", "energy") for name in _TECHNOLOGIES]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for small, large, wanted in _TARGETS:
        cells = []
        for figure in ("area_um2", "energy_fj_per_operation"):
            for name in _TECHNOLOGIES:
                most, least = (by_circuit[name, *_KEYS[key]][figure] for key in (large, small))
                missed = "" if most / least >= wanted else " (missed)"
                cells.append(f"{most / least:.2f}{missed}")
        lines.append(f"| `{small}` | `{large}` | {wanted} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def styles_table(rows: list[dict[str, Any]]) -> str:
    """Area and delay of every tile, as Markdown."""
    heads = ["style", "circuit"]
    for name in _TECHNOLOGIES:
        heads += [f"{name} (µm²)", "a lane (µm²)", "delay (ps)"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for (style, circuit), by_technology in _grouped(rows, "area_um2").items():
        cells = [
            f"{row['area_um2']:,.0f} | {row['area_um2'] / _SIZE**2:,.1f} | {row['delay_ps']:,.0f}"
            if (row := by_technology.get(name))
            else "not measured | | "
            for name in _TECHNOLOGIES
        ]
        lines.append(f"| {style} | {circuit} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def energies_table(rows: list[dict[str, Any]]) -> str:
    """Energy a weight of every tile, as Markdown."""
    heads = ("style", "circuit", *(f"{name} (fJ a weight)" for name in _TECHNOLOGIES))
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for (style, circuit), by_technology in _grouped(rows, "energy_fj_per_operation").items():
        cells = [f"{by_technology[name]['energy_fj_per_operation']:,.0f}" for name in _TECHNOLOGIES]
        lines.append(f"| {style} | {circuit} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _grouped(
    rows: list[dict[str, Any]], figure: str
) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    """Rows that have a figure, by style and circuit, then by technology."""
    grouped: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        if figure in row:
            grouped.setdefault((row["style"], row["circuit"]), {})[row["technology"]] = row
    return grouped


if __name__ == "__main__":
    main()
