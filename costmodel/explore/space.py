"""Design spaces: units x parameters x technologies x workloads, as open meshes.

A space is a union of blocks; a block is a product of axes. No point is ever made by itself: a chunk
is a box of a block on one technology and one workload, its columns are one short array an axis
(`numpy.ix_`), and what depends on two axes is computed on these two alone.

Points are numbered: blocks one after the other, in a block technology, workload and then its axes,
the last one fastest. A chunk is a run of numbers, so a number is all that is kept of a point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.formula import Formula
from costmodel.model.estimate import CLOCK
from hw.errors import RequestError
from hw.families import find_unit

__all__ = [
    "CLOCK",
    "ESTIMATED",
    "FASTEST",
    "FIGURES",
    "LIMIT",
    "MEETS_CLOCK",
    "WORKLOAD_FIGURES",
    "Block",
    "Chunk",
    "Columns",
    "Objective",
    "Products",
    "Space",
]

Columns = dict[str, NDArray[Any]]

#: Figures that an estimator gives.
ESTIMATED = (
    "area_um2",
    "delay_ps",
    "leakage_uw",
    "energy_fj_per_operation",
    "operations_per_cycle",
)
#: Figures of every point.
FIGURES = (*ESTIMATED, "throughput_gops")
#: A figure of the points of spaces with the axis `CLOCK`, and of those whose formulas mention it.
FASTEST = "fastest_clock_ps"
#: That the asked clock can be reached: a constraint of every space with such an axis.
MEETS_CLOCK = f"{FASTEST} <= 1000 * {CLOCK}"
#: Figures that there are as well where a space names workloads.
WORKLOAD_FIGURES = (
    *("cycles_per_token", "core_tokens_per_second", "core_energy_uj_per_token", "utilisation"),
)

#: Points that are enumerated at most, unless more are asked for.
LIMIT = 1_000_000_000


@dataclass(frozen=True)
class Objective:
    """What is to be small, or large."""

    formula: Formula
    maximize: bool = False

    @property
    def name(self) -> str:
        """What its column is called: the expression as it was written."""
        return self.formula.text


@dataclass(frozen=True)
class Products:
    """A workload: the matrix products of a model for one token.

    Attributes:
        name: the workload's.
        layers: inputs, outputs and number of each product.
        reference: what names it on the command line: a name, or a file.
        vectors: of each product those that it has of its own, 0 for none; empty if none has any.
        weight_bits: likewise what a weight of each takes off chip.
    """

    name: str
    layers: tuple[tuple[int, int, int], ...]
    reference: str = ""
    vectors: tuple[int, ...] = ()
    weight_bits: tuple[float, ...] = ()

    @property
    def inputs(self) -> int:
        """The longest sum."""
        return max(inputs for inputs, _, _ in self.layers)

    @property
    def outputs(self) -> int:
        """The most outputs."""
        return max(outputs for _, outputs, _ in self.layers)

    @property
    def weights(self) -> int:
        """Weights of all products."""
        return sum(inputs * outputs * count for inputs, outputs, count in self.layers)


@dataclass(frozen=True)
class Block:
    """A product of axes: every value of each with every one of the others.

    Attributes:
        axes: the values of each parameter, no value twice. Texts come first, so that in most chunks
            there is one unit, one style and one format.
    """

    axes: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        ordered = sorted(self.axes.items(), key=lambda axis: axis[1].dtype.kind != "U")
        object.__setattr__(self, "axes", dict(ordered))

    @property
    def shape(self) -> tuple[int, ...]:
        """Values of each axis."""
        return tuple(map(len, self.axes.values()))

    @property
    def size(self) -> int:
        """Points, on one technology and one workload."""
        return math.prod(self.shape)

    def boxes(self, most: int) -> Iterator[tuple[int, tuple[slice, ...]]]:
        """Boxes of at most so many points that are runs of numbers, each with its first number.

        The axes up to some depth have one value each, the next one a part of its values, and the
        others all.
        """
        shape = self.shape
        depth, inner = len(shape), 1
        while depth and inner * shape[depth - 1] <= most:
            depth -= 1
            inner *= shape[depth]
        if not depth:
            yield 0, (slice(None),) * len(shape)
            return
        cut = shape[depth - 1]
        parts = -(-cut // max(1, most // inner))
        step = -(-cut // parts)  # parts of like size
        whole = (slice(None),) * (len(shape) - depth)
        first = 0
        for outer in np.ndindex(*shape[: depth - 1]):
            for start in range(0, cut, step):
                stop = min(start + step, cut)
                yield first, (*(slice(i, i + 1) for i in outer), slice(start, stop), *whole)
                first += (stop - start) * inner

    def mesh(self, box: tuple[slice, ...]) -> Columns:
        """The open mesh of a box: each axis along a dimension of its own."""
        parts = [values[part] for values, part in zip(self.axes.values(), box, strict=True)]
        dimensions = len(parts)
        return {
            name: part.reshape((1,) * i + (-1,) + (1,) * (dimensions - i - 1))
            for i, (name, part) in enumerate(zip(self.axes, parts, strict=True))
        }


@dataclass(frozen=True)
class Chunk:
    """A box of a block, on one technology and one workload.

    Attributes:
        block: the block's place in the space.
        technology: its name.
        workload: its place in the space, if there are any.
        first: number of the first point.
        box: which values of each axis.
    """

    block: int
    technology: str
    workload: int | None
    first: int
    box: tuple[slice, ...]


@dataclass(frozen=True)
class Space:
    """What is to be explored.

    Attributes:
        name: the file's, without its ending.
        description: one line.
        technologies: names.
        workloads: models that the points are rated on; none is needed.
        blocks: whose union the space is.
        figures: figures of the user's own, by name, computed in this order.
        constraints: that a point of the front must meet.
        objectives: of which the front is made.
        digest: sha256 of the file.
        models: of technologies whose cost model is a file, its path.
        accelerators: whether points are cores with buffers and a memory around them
            (`costmodel.explore.accelerators`).
        node_nm: of the technologies, where accelerators are on one that is not shipped.
        margin_percent: how near to its limit, relative to it, a constraint is uncertain; None takes
            the expected error of what it is made of.
    """

    name: str
    description: str
    technologies: tuple[str, ...]
    blocks: tuple[Block, ...]
    objectives: tuple[Objective, ...]
    constraints: tuple[Formula, ...] = ()
    figures: Mapping[str, Formula] = field(default_factory=dict)
    workloads: tuple[Products, ...] = ()
    digest: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    accelerators: bool = False
    node_nm: int | None = None
    margin_percent: float | None = None

    @property
    def combinations(self) -> int:
        """Technologies times workloads."""
        return len(self.technologies) * max(1, len(self.workloads))

    @property
    def size(self) -> int:
        """Points."""
        return sum(block.size for block in self.blocks) * self.combinations

    @property
    def families(self) -> list[str]:
        """Families of its units, in the order of their first use."""
        names = (name for block in self.blocks for name in block.axes["unit"].tolist())
        return list(dict.fromkeys(find_unit(name).family for name in names))

    @property
    def parameters(self) -> list[str]:
        """Names of all axes, in the order of their first use."""
        return list(dict.fromkeys(name for block in self.blocks for name in block.axes))

    @property
    def has_clock(self) -> bool:
        """Whether its points are asked for at clocks."""
        return CLOCK in self.parameters

    @property
    def mentioned(self) -> frozenset[str]:
        """Names in any formula."""
        return self.needed.union(*(formula.names for formula in self.figures.values()))

    @property
    def needed(self) -> frozenset[str]:
        """Names that objectives and constraints depend on, also through the user's figures."""
        formulas = [objective.formula for objective in self.objectives] + list(self.constraints)
        names = set[str]().union(*(formula.names for formula in formulas))
        for name, formula in reversed(list(self.figures.items())):
            if name in names:
                names |= formula.names
        return frozenset(names)

    def check_size(self, limit: int = LIMIT) -> None:
        """See that the points can be enumerated.

        Raises:
            RequestError: there are too many; the sentence has the longest axes.
        """
        if self.size <= limit:
            return
        largest = max(self.blocks, key=lambda block: block.size)
        longest = sorted(largest.axes.items(), key=lambda axis: -len(axis[1]))[:2]
        axes = " or ".join(f"{name!r} ({len(values):,} values)" for name, values in longest)
        raise RequestError(
            f"the space has {self.size:,} points, more than the {limit:,} that are enumerated:"
            f" shorten {axes}, or raise --limit"
        )

    def runs(self) -> Iterator[Chunk]:
        """Each block on each technology and each workload as one chunk, however large."""
        first = 0
        workloads = range(len(self.workloads)) or (None,)
        for number, block in enumerate(self.blocks):
            whole = (slice(None),) * len(block.axes)
            for technology in self.technologies:
                for workload in workloads:
                    yield Chunk(number, technology, workload, first, whole)
                    first += block.size

    def chunks(self, most: int) -> Iterator[Chunk]:
        """Chunks of at most so many points, in the order of their numbers."""
        for run in self.runs():
            for start, box in self.blocks[run.block].boxes(most):
                yield replace(run, first=run.first + start, box=box)

    def mesh(self, chunk: Chunk) -> Columns:
        """The parameters of a chunk, with the length of the workload's longest sum."""
        columns = self.blocks[chunk.block].mesh(chunk.box)
        if chunk.workload is not None:
            columns["inputs"] = np.array(self.workloads[chunk.workload].inputs)
        return columns

    def names_of(self, chunk: Chunk) -> Columns:
        """Technology and workload of a chunk, as arrays for formulas."""
        names = {"technology": np.array(chunk.technology)}
        if chunk.workload is not None:
            names["workload"] = np.array(self.workloads[chunk.workload].name)
        return names

    def places(self, number: int) -> tuple[int, tuple[int, ...]]:
        """The block of a point, and its place among technologies, workloads and on each axis.

        Raises:
            IndexError: there is no such point.
        """
        for place, block in enumerate(self.blocks):
            if 0 <= number < block.size * self.combinations:
                shape = (len(self.technologies), max(1, len(self.workloads)), *block.shape)
                return place, tuple(map(int, np.unravel_index(number, shape)))
            number -= block.size * self.combinations
        raise IndexError("the space has no such point")

    def number(self, block: int, technology: int, workload: int, places: Sequence[int]) -> int:
        """The number of a point, by its places."""
        before = (
            sum(earlier_block.size for earlier_block in self.blocks[:block]) * self.combinations
        )
        chosen, models = self.blocks[block], max(1, len(self.workloads))
        within = int(np.ravel_multi_index(tuple(places), chosen.shape))
        return before + (technology * models + workload) * chosen.size + within

    def point(self, number: int) -> dict[str, Any]:
        """What a point is: ``technology``, ``workload`` (if any) and its parameters."""
        block, (technology, workload, *places) = self.places(number)
        point: dict[str, Any] = {"technology": self.technologies[technology]}
        if self.workloads:
            chosen = self.workloads[workload]
            point |= {"workload": chosen.name, "inputs": chosen.inputs}
        axes = zip(self.blocks[block].axes.items(), places, strict=True)
        return point | {name: values[place].item() for (name, values), place in axes}
