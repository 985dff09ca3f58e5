"""Tiles that docs/studies/ternary-paper.md is about, by the cost model: what they cost a weight.

The space is designs/spaces/ternary-paper.toml. Of its points these are kept, in
designs/measured/studies/ternary-paper/tiles.csv:

- square: n = m, every mu; where mu does not divide n there are tables for the next multiple, and
  the weights beyond are not counted, as in `studies.study_ternary`;
- map: as many weights a cycle, every mu and K;
- published: the parameters of published accelerators, and the best tiles of as many weights, up to
  a tenth more, in area (rival_area) and in energy (rival_energy).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.space import Block, Space
from costmodel.model.estimate import Estimates, estimate
from costmodel.model.model import load_model
from macsmith.design import designs_folder
from macsmith.space_file import load_space
from studies.study_ternary import PUBLISHED

__all__ = [
    "FOLDER",
    "KINDS",
    "MAP_COLUMNS",
    "MAP_WEIGHTS",
    "SIZES",
    "SPACE",
    "CostedTile",
    "make_tiles",
    "read_tiles",
    "write_rows",
]

SPACE = "ternary-paper"
FOLDER = designs_folder() / "measured" / "studies" / SPACE
#: Blocks of the space, in its order.
KINDS = ("int8", "fp16-float", "fp16-exact", "fp16-aligned")
SIZES = (8, 16, 32, 64)
#: Weights a cycle of the maps, and their K.
MAP_WEIGHTS = {"int8": 1024} | dict.fromkeys(KINDS[1:], 256)
MAP_COLUMNS = {"int8": (4, 8, 16, 32, 64, 128, 256)} | dict.fromkeys(
    KINDS[1:], (2, 4, 8, 16, 32, 64, 128)
)
_SLACK = 1.1  # that a rival's weights a cycle may be more


@dataclass(frozen=True)
class CostedTile:
    """A tile and what it costs.

    Attributes:
        role: why it is kept.
        design: the published design that it is, or is compared with.
        technology: its name.
        arithmetic: one of `KINDS`.
        mu: activations a table.
        luts: tables.
        inputs: activations that count.
        columns: K.
        area_um2: for each weight a cycle.
        energy_fj: for each weight.
        area_error_percent: that the model expects of itself.
        energy_error_percent: the same of the energy.
        inside: whether the tile lies within what was measured.
    """

    role: str
    design: str
    technology: str
    arithmetic: str
    mu: int
    luts: int
    inputs: int
    columns: int
    area_um2: float
    energy_fj: float
    area_error_percent: float
    energy_error_percent: float
    inside: bool

    @property
    def shape(self) -> str:
        """Activations and columns."""
        return f"{self.inputs} x {self.columns}"

    @property
    def weights(self) -> int:
        """A cycle."""
        return self.inputs * self.columns

    def error(self, figure: str) -> float:
        """Expected of ``area_um2`` or ``energy_fj``, in percent."""
        return float(getattr(self, f"{figure.split('_')[0]}_error_percent"))


class _Grid:
    """A block of the space on a technology: estimates over mu, L and K."""

    def __init__(self, block: Block, technology: str, arithmetic: str) -> None:
        self._axes = {name: block.axes[name] for name in ("group", "luts", "columns")}
        columns = block.mesh((slice(None),) * len(block.axes))
        estimates = estimate(columns, load_model(technology, "ternary"))
        shape = tuple(map(len, self._axes.values()))
        self._shape, self._found = shape, estimates
        self.technology, self.arithmetic = technology, arithmetic

    @cached_property
    def figures(self) -> dict[str, NDArray[Any]]:
        """Of each mu, L and K: area and energy of all weights a cycle."""
        e: Estimates = self._found
        wanted = {
            "area": e.area_um2,
            "energy": e.energy_fj_per_operation * e.operations_per_cycle,
            "weights": e.operations_per_cycle,
            "valid": e.valid,
            "inside": e.inside,
            "area_error": e.errors["area_um2"],
            "energy_error": e.errors["energy_fj_per_operation"],
        }
        full = np.broadcast_shapes(*(np.shape(values) for values in wanted.values()))
        return {
            name: np.broadcast_to(values, full).reshape(self._shape)
            for name, values in wanted.items()
        }

    def tile(self, mu: int, inputs: int, columns: int, role: str, design: str = "") -> CostedTile:
        """A tile by its shape."""
        luts = -(-inputs // mu)
        place = tuple(
            int(np.flatnonzero(axis == value)[0])
            for axis, value in zip(self._axes.values(), (mu, luts, columns), strict=True)
        )
        return self._at(place, role, design, inputs)

    def best(self, figure: str, weights: int, role: str, design: str) -> CostedTile:
        """The least area or energy a weight among tiles of so many weights, up to a tenth more.

        Of those within what was measured, if there are any.
        """
        f = self.figures
        among = f["valid"] & (f["weights"] >= weights) & (f["weights"] <= _SLACK * weights)
        if (among & f["inside"]).any():
            among = among & f["inside"]
        cost = np.where(among, f[figure] / f["weights"], np.inf)
        return self._at(np.unravel_index(int(cost.argmin()), cost.shape), role, design, 0)

    def _at(self, place: Sequence[Any], role: str, design: str, inputs: int) -> CostedTile:
        mu, luts, columns = (
            int(axis[i]) for axis, i in zip(self._axes.values(), place, strict=True)
        )
        figures = {name: values[tuple(place)] for name, values in self.figures.items()}
        assert figures["valid"], (mu, luts, columns)
        inputs = inputs or mu * luts
        return CostedTile(
            role=role,
            design=design,
            technology=self.technology,
            arithmetic=self.arithmetic,
            mu=mu,
            luts=luts,
            inputs=inputs,
            columns=columns,
            area_um2=float(f"{figures['area'] / (inputs * columns):.5g}"),
            energy_fj=float(f"{figures['energy'] / (inputs * columns):.5g}"),
            area_error_percent=round(float(figures["area_error"]), 2),
            energy_error_percent=round(float(figures["energy_error"]), 2),
            inside=bool(figures["inside"]),
        )

    def tiles(self) -> Iterator[CostedTile]:
        """Those that are kept."""
        mus = [int(mu) for mu in self._axes["group"]]
        for size in SIZES:
            yield from (self.tile(mu, size, size, "square") for mu in mus)
        weights = MAP_WEIGHTS[self.arithmetic]
        for columns in MAP_COLUMNS[self.arithmetic]:
            yield from (self.tile(mu, weights // columns, columns, "map") for mu in mus)
        for published in PUBLISHED:
            tile, name = published.tile, published.design
            if tile.arithmetic == self.arithmetic:
                own = self.tile(tile.mu, tile.inputs, tile.columns, "published", name)
                yield own
                for figure, column in (("area", "area_um2"), ("energy", "energy_fj")):
                    best = self.best(figure, own.weights, "", name)
                    rival = min(own, best, key=lambda tile: getattr(tile, column))
                    yield replace(rival, role=f"rival_{figure}")


def make_tiles() -> list[CostedTile]:
    """All tiles of the study, estimated by the shipped models."""
    space: Space = load_space(SPACE)
    return [
        tile
        for technology in space.technologies
        for block, arithmetic in zip(space.blocks, KINDS, strict=True)
        for tile in _Grid(block, technology, arithmetic).tiles()
    ]


def read_tiles(folder: Path = FOLDER) -> list[CostedTile]:
    """The committed tiles."""
    casts = {"int": int, "float": float, "bool": lambda text: text == "True", "str": str}
    kinds = {field.name: casts[str(field.type)] for field in fields(CostedTile)}
    with (folder / "tiles.csv").open(newline="", encoding="utf-8") as file:
        return [
            CostedTile(**{name: kinds[name](text) for name, text in row.items()})
            for row in csv.DictReader(file)
        ]


def write_rows(rows: Sequence[Any], path: Path) -> None:
    """Write dataclasses or dictionaries as CSV; the file appears when it is whole."""
    from macsmith.verification import write_rows as write

    path.parent.mkdir(parents=True, exist_ok=True)
    write([row if isinstance(row, dict) else asdict(row) for row in rows], path)


def one_block(space: Space, technology: str, number: int) -> Space:
    """A block of a space on one technology, as a space of its own."""
    return replace(space, technologies=(technology,), blocks=(space.blocks[number],))
