"""Tiles that arXiv 2604.25183 makes statements about, measured: `python -m studies.study_ternary`.

Writes designs/measured/study_ternary.csv: area, delay and leakage of tiles on nangate45, least
area. `studies.make` draws the figures and makes the tables of docs/paper_findings.md of it. What is
in the cache costs nothing, so an interrupted run goes on from where it was; the page tells which
tiles are not measured yet.

Three studies, which share points:

- density: square tiles, every arithmetic, mu = 1 to 4;
- shape: tiles of as many weights a cycle, from few activations and many columns to the opposite;
- published: designs/ with the parameters of published accelerators, and what else the same number
  of weights a cycle could be made of.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from rich.console import Console

from costmodel.flow.measure import Point, measure
from costmodel.technologies import load_technology
from hw.ternary import TernaryLut, Workload
from hw.ternary.choices import PackingName
from hw.unit import Unit
from macsmith.design import designs_folder, load_design
from macsmith.ternary.core import ternary_core
from sim.writing import atomic_table

__all__ = [
    "FILE",
    "MUS",
    "PUBLISHED",
    "SHAPES",
    "SIZES",
    "Published",
    "Tile",
    "density_tiles",
    "measured",
    "shape_tiles",
]

FILE = designs_folder() / "measured" / "study_ternary.csv"
MUS = (1, 2, 3, 4)
#: n = m of the square tiles, by arithmetic.
SIZES = {
    "int8": (8, 16, 32, 64),
    "fp16-float": (8, 16, 32, 64),
    "fp16-exact": (8, 16, 32),
    "fp16-aligned": (8, 16, 32),
}
#: Activations and columns of tiles of 1,024 (INT8) and of 256 (FP16) weights a cycle.
SHAPES = {
    "int8": ((8, 128), (16, 64), (32, 32), (64, 16), (128, 8)),
    "fp16-float": ((4, 64), (8, 32), (16, 16), (32, 8), (64, 4)),
}
#: The mu that may be best at a shape.
_SHAPE_MUS: dict[str, tuple[int, ...]] = {"int8": (1, 2), "fp16-float": (2,)}
_ARITHMETICS: dict[str, dict[str, Any]] = {
    "int8": {"activation": "int8", "accumulator_bits": 24},
    "fp16-float": {"activation": "fp16", "style": "float", "adder_stages": 1},
    "fp16-exact": {"activation": "fp16", "style": "exact"},
    "fp16-aligned": {"activation": "fp16", "style": "aligned", "aligned_bits": 24},
}
_WORKLOAD = Workload(inputs=2560, outputs=6912)
_TECHNOLOGY = "nangate45"
_COLUMNS = (
    *("name", "technology", "arithmetic", "packing", "mu", "luts", "inputs", "columns"),
    *("weights_per_cycle", "area_um2", "area_um2_per_weight", "delay_ps", "leakage_uw"),
    *("recipe", "flow"),
)


@dataclass(frozen=True)
class Tile:
    """A tile of a LUT core (mu = 1 is sign-flip): inputs x columns weights a cycle.

    Where mu does not divide the inputs, there are tables for the next multiple of mu, and the
    weights beyond are not counted.

    Attributes:
        arithmetic: int8, with accumulators of 24 bits, or a style of fp16.
        mu: activations a table.
        inputs: activations a cycle.
        columns: outputs a cycle.
        packing: of the weights.
    """

    arithmetic: str
    mu: int
    inputs: int
    columns: int
    packing: PackingName = PackingName.KEYS

    @property
    def name(self) -> str:
        """Of its row."""
        packed = "" if self.packing is PackingName.KEYS else f"-{self.packing}"
        return f"{self.arithmetic}-mu{self.mu}-{self.inputs}x{self.columns}{packed}"

    @property
    def shape(self) -> tuple[int, int]:
        """Inputs and columns."""
        return self.inputs, self.columns

    @property
    def configuration(self) -> TernaryLut:
        """The core."""
        return TernaryLut(
            group=self.mu,
            luts=-(-self.inputs // self.mu),
            columns=self.columns,
            packing=self.packing,
            workload=_WORKLOAD,
            **_ARITHMETICS[self.arithmetic],
        )


@dataclass(frozen=True)
class Published:
    """A committed design with the parameters of a published accelerator, and its rivals.

    Attributes:
        design: its name.
        tile: the same as a tile.
        shapes: activations and columns of tiles of as many weights a cycle.
        mus: what else mu could be.
    """

    design: str
    tile: Tile
    shapes: tuple[tuple[int, int], ...]
    mus: tuple[int, ...]

    @property
    def rivals(self) -> tuple[Tile, ...]:
        """The tile itself, and every shape with every mu that it has inputs for."""
        return (
            self.tile,
            *(
                Tile(self.tile.arithmetic, mu, inputs, columns, self.tile.packing)
                for (inputs, columns), mu in product(self.shapes, self.mus)
                if mu <= inputs
            ),
        )


PUBLISHED = (
    Published("tenet-int8-32x32", Tile("int8", 2, 32, 32), SHAPES["int8"], (1, 2)),
    Published(
        "platinum-int8-40x8",
        Tile("int8", 5, 40, 8),
        ((40, 8), (20, 16), (10, 32)),
        (1, 2),
    ),
    Published(
        "lut-tensor-core-fp16-4x64",
        Tile("fp16-float", 4, 4, 64),
        SHAPES["fp16-float"],
        (2,),
    ),
    Published(
        "five-trit-int8-5x1",
        Tile("int8", 1, 5, 1, PackingName.TRITS5),
        ((5, 1),),
        (1, 2, 3),
    ),
)


def density_tiles(arithmetic: str) -> Iterator[Tile]:
    """Square tiles of every size with every mu."""
    for size, mu in product(SIZES[arithmetic], MUS):
        yield Tile(arithmetic, mu, size, size)


def shape_tiles(arithmetic: str) -> Iterator[Tile]:
    """Tiles of as many weights a cycle, from wide to long."""
    for (inputs, columns), mu in product(SHAPES[arithmetic], _SHAPE_MUS[arithmetic]):
        yield Tile(arithmetic, mu, inputs, columns)


def all_tiles() -> list[Tile]:
    """Of all studies, each once."""
    tiles: dict[Tile, None] = {}
    for published in PUBLISHED:
        tiles |= dict.fromkeys((published.tile, *published.rivals))
    for arithmetic in _SHAPE_MUS:
        tiles |= dict.fromkeys(shape_tiles(arithmetic))
    for arithmetic in SIZES:
        tiles |= dict.fromkeys(density_tiles(arithmetic))
    return list(tiles)


def main() -> None:
    """Measure what is not in the cache, and write the file: when interrupted, what there is."""
    rows: list[dict[str, Any]] = []
    console = Console(stderr=True)
    try:
        for published in PUBLISHED:
            configuration = load_design(published.design).configuration
            rows.append(_row(published.design, published.tile, configuration))
            _tell(console, rows[-1])
        for tile in all_tiles():
            rows.append(_row(tile.name, tile, tile.configuration))
            _tell(console, rows[-1])
    finally:
        atomic_table(FILE, _COLUMNS, rows)


def _row(name: str, tile: Tile, configuration: Unit) -> dict[str, Any]:
    figures = measure(Point(configuration, load_technology(_TECHNOLOGY)))
    weights = tile.inputs * tile.columns
    return {
        "name": name,
        "technology": _TECHNOLOGY,
        "arithmetic": tile.arithmetic,
        "packing": str(tile.packing),
        "mu": tile.mu,
        "luts": ternary_core(configuration).luts,
        "inputs": tile.inputs,
        "columns": tile.columns,
        "weights_per_cycle": weights,
        "area_um2": round(figures["area_um2"], 3),
        "area_um2_per_weight": round(figures["area_um2"] / weights, 3),
        "delay_ps": round(figures["delay_ps"], 1),
        "leakage_uw": round(figures["leakage_uw"], 4),
        "recipe": figures["recipe"],
        "flow": figures["flow"]["flow"],
    }


def _tell(console: Console, row: dict[str, Any]) -> None:
    console.print(f"{row['name']}: {row['area_um2_per_weight']:,.1f} um2 a weight", highlight=False)


def measured() -> dict[str, dict[str, str]]:
    """Rows of the file by name."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


if __name__ == "__main__":
    main()
