"""Schedules of many designs at once: cycles, tiles and traffic of matrix products, in arrays.

The same figures as `hw.ternary.schedule` and `hw.ternary.timing` give for one configuration, in
closed form over columns of parameters, and tested to be equal. What follows from formats, packings
and styles is looked up once for each combination of them (`_facts`), from a configuration of a
single lane; what depends on the tile's size is arithmetic here.

A product may be shared by several cores: each takes as many blocks of outputs as the others, or one
less. Cycles are those of a core with the most blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hw.errors import RequestError, check_integer
from hw.ternary import (
    ComplexLut,
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)
from hw.ternary.packing import find_packing

__all__ = ["Columns", "Cores", "Gemm", "Streams", "blocks_of", "cycles", "load_cores", "streams"]

Columns = Mapping[str, NDArray[Any]]
Ints = NDArray[np.int64]

_UNITS = {unit.unit: unit for unit in (TernaryLut, TernarySignflip, TernaryMultiplier, ComplexLut)}
_LARGEST = 1 << 20

#: Parameters that a design has if its columns do not say.
_DEFAULTS: dict[str, Any] = {
    "unit": "ternary_lut",
    "style": "",
    "sum_format": "",
    "accumulator_format": "",
    "adder_stages": 0,
    "aligned_bits": 0,
    "accumulator_bits": 0,
    "planes": 1,
    "packing": "keys",
    "result": "",
    "scale": "none",
    "scale_group": 0,
    "scale_format": "",
    "bias_limit": 0,
    "nonzeros": 0,
    "table_register": False,
    "reduce_register": False,
    "sequencer": False,
    "loop": "reduction",
    "exits": 0,
    "exit_register": False,
}
#: Those that `_facts` depends on, besides `inputs`.
_TOLD = (
    *("unit", "group", "activation", "style", "sum_format", "accumulator_format", "adder_stages"),
    *("aligned_bits", "accumulator_bits", "planes", "packing", "result", "scale", "scale_group"),
    *("scale_format", "bias_limit", "nonzeros"),
)
_FACTS = (
    *("depth", "parts", "multiplies", "interleave", "activation_bits", "block_bits"),
    *("accumulator_bits", "word_weights", "word_bits", "reports", "exit", "result_bits"),
    *("scale_bits", "by_tensor", "grouped"),
)


@dataclass(frozen=True)
class Gemm:
    """A matrix product, and how often a workload has it, with weights of its own each time.

    Attributes:
        name: what it is called.
        outputs: M.
        inputs: N.
        vectors: activation vectors that meet the same weights.
        repeat: how often it occurs.

    Raises:
        RequestError: a number is out of its range.
    """

    name: str
    outputs: int
    inputs: int
    vectors: int = 1
    repeat: int = 1

    def __post_init__(self) -> None:
        for field in ("outputs", "inputs", "vectors", "repeat"):
            check_integer(f"{self.name or 'gemm'}: {field}", getattr(self, field), 1, _LARGEST)

    @property
    def macs(self) -> int:
        """Multiply-accumulates, of all that it occurs."""
        return self.outputs * self.inputs * self.vectors * self.repeat


@dataclass(frozen=True)
class Cores:
    """What a schedule reads of designs: parameters and facts, arrays that broadcast."""

    p: dict[str, NDArray[Any]]
    fact: dict[str, Ints]

    @property
    def tile_inputs(self) -> Ints:
        """Activations a tile takes."""
        return self.p["luts"] * self.p["group"]

    def groups(self, inputs: ArrayLike) -> Ints:
        """Sums of the core that one output takes."""
        grouped = self.fact["grouped"] > 0
        return np.where(grouped, _ceil(inputs, np.maximum(self.p["scale_group"], 1)), 1)

    def tiles_of_sum(self, inputs: ArrayLike) -> Ints:
        """Tiles that a sum takes, of all planes."""
        each = np.where(self.groups(inputs) > 1, self.p["scale_group"], inputs)
        return self.p["planes"] * _ceil(each, self.tile_inputs)

    @property
    def exits(self) -> Ints:
        """Results that leave in a cycle; by default the least that keeps up with the workload."""
        least = _ceil(self.p["columns"], self.tiles_of_sum(self.p["inputs"]))
        default = np.where(self.fact["interleave"] > 1, self.p["columns"], least)
        return np.where(self.p["exits"] == 0, default, self.p["exits"])

    @property
    def beats(self) -> Ints:
        """Cycles that the exit works on a sum; 1 without one."""
        return np.where(self.fact["exit"] > 0, _ceil(self.p["columns"], self.exits), 1)

    @property
    def weight_word_bits(self) -> Ints:
        """Bits of weights that a core takes with a tile, flags not counted."""
        words = _ceil(self.tile_inputs, self.fact["word_weights"])
        return self.p["columns"] * words * self.fact["word_bits"]

    @property
    def sums_bits(self) -> Ints:
        """Bits of the sums of all columns."""
        return self.p["columns"] * self.fact["parts"] * self.fact["accumulator_bits"]


@dataclass(frozen=True)
class Streams:
    """What one occurrence of a product moves on one core.

    Attributes:
        tiles: of weights that the core multiplies, once for each vector.
        words: of each stream, by its name.
        word_bits: of each stream, flags included.
    """

    tiles: Ints
    words: dict[str, Ints]
    word_bits: dict[str, Ints]


def load_cores(columns: Columns, inputs: int) -> Cores:
    """The designs of columns of parameters.

    Args:
        columns: parameters by name, see `hw.ternary.parameters`; at least ``luts``, ``columns`` and
            ``activation``. Those that cannot exist get figures that mean nothing.
        inputs: the longest sum; it sizes accumulators and exits, unless ``columns`` has ``inputs``.

    Raises:
        RequestError: a column is missing.
    """
    for name in ("luts", "columns", "activation"):
        if name not in columns:
            raise RequestError(f"the column {name} is missing")
    p = {name: np.asarray(value) for name, value in (_DEFAULTS | dict(columns)).items()}
    p.setdefault("group", np.where(p["unit"] == TernaryLut.unit, 2, 1))
    p.setdefault("inputs", np.asarray(inputs))
    values, where = _distinct([p[name] for name in (*_TOLD, "inputs")])
    for name in ("table_register", "reduce_register", "sequencer", "exit_register"):
        p[name] = p[name].astype(np.int64)  # they are counted, and True + True is True
    table = np.array([_facts(*each) for each in values], np.int64)
    return Cores(p, {name: table[:, i][where] for i, name in enumerate(_FACTS)})


def blocks_of(cores: Cores, gemm: Gemm, shared_by: ArrayLike = 1) -> Ints:
    """Blocks of outputs that a core works on, of a product that several share."""
    return _ceil(_ceil(gemm.outputs, cores.p["columns"]), shared_by)


def streams(cores: Cores, gemm: Gemm, shared_by: ArrayLike = 1) -> Streams:
    """Tiles and traffic of one occurrence of a product, as `hw.ternary.schedule` counts them."""
    p, fact = cores.p, cores.fact
    batch, blocks = gemm.vectors, blocks_of(cores, gemm, shared_by)
    by_table = p["loop"] == "table"
    tiles = cores.tiles_of_sum(gemm.inputs) * cores.groups(gemm.inputs) // p["planes"]
    kept = tiles * p["planes"] * blocks
    sums, beats = blocks * cores.groups(gemm.inputs), cores.beats
    idle = tiles * (-(blocks * batch) % fact["interleave"])
    flags = np.where(p["sequencer"] > 0, 0, 2 + (by_table | (p["planes"] > 1)))
    exits = cores.exits
    plain = fact["exit"] == 0
    noted = np.where(fact["reports"] > 0, p["columns"], 0)
    scale_words = np.where(fact["by_tensor"] > 0, blocks, sums * beats) * batch
    scale_bits = np.where(
        fact["by_tensor"] > 0, fact["scale_bits"], exits * fact["scale_bits"] + fact["grouped"]
    )
    return Streams(
        tiles=kept * batch,
        words={
            "activations": np.where(by_table, tiles, kept) * batch + idle,
            "weights": kept * batch + idle,
            "initial": sums * batch,
            "scales": np.where(fact["scale_bits"] > 0, scale_words, 0),
            "results": blocks * beats * batch,
        },
        word_bits={
            "activations": cores.tile_inputs * fact["parts"] * fact["activation_bits"]
            + fact["block_bits"],
            "weights": cores.weight_word_bits + flags,
            "initial": cores.sums_bits,
            "scales": scale_bits,
            "results": np.where(plain, cores.sums_bits + noted, exits * fact["result_bits"]),
        },
    )


def cycles(cores: Cores, gemms: Sequence[Gemm], shared_by: ArrayLike = 1) -> list[Ints]:
    """Cycles of products run one after the other without a stall, all that each occurs.

    What filling and emptying the pipeline takes is with the first one, so that the sum is that of
    `hw.ternary.timing.Timing.cycles`.
    """
    p, fact = cores.p, cores.fact
    table = p["table_register"] + fact["depth"] * p["adder_stages"]
    levels = _bit_length(p["luts"] - 1) + fact["multiplies"]
    exit_latency = np.where(fact["exit"] > 0, (cores.beats > 1) + p["exit_register"], 0)
    ends = np.where(p["sequencer"] > 0, np.maximum(1, table), table) + exit_latency + cores.beats
    ends = ends + p["reduce_register"] + levels * p["adder_stages"] + fact["interleave"] - 1
    counts = []
    state: tuple[Any, Any] = (0, -cores.beats)  # the cycles when the last sum is done, and taken
    before: Any = 0
    for number, gemm in enumerate(gemms):
        step: Any = 0
        for occurrence in range(min(gemm.repeat, _SETTLED)):
            first = number == 0 and occurrence == 0
            done, taken = _advance(cores, gemm, shared_by, state, first)
            step, state = taken - state[1], (done, taken)
        rest = (gemm.repeat - min(gemm.repeat, _SETTLED)) * step
        state = (state[0] + rest, state[1] + rest)
        counts.append(state[1] - before + (ends if number == 0 else 0))
        before = state[1]
    return counts


#: Occurrences of a product after which each further one takes as long: then the distance between a
#: sum being done and being taken no longer changes.
_SETTLED = 4


def _advance(
    cores: Cores, gemm: Gemm, shared_by: ArrayLike, state: tuple[Ints, Ints], first: bool
) -> tuple[Ints, Ints]:
    """When a further product is done, and taken: see `hw.ternary.timing.Timing.cycles`."""
    interleave, beats = cores.fact["interleave"], cores.beats
    done, taken = state
    tiles = cores.tiles_of_sum(gemm.inputs)
    sums = cores.groups(gemm.inputs) * blocks_of(cores, gemm, shared_by) * gemm.vectors
    command = np.zeros((), np.int64) if first else cores.p["sequencer"]
    start = np.maximum(taken, done + command)
    # adders with registers: sums take turns
    turns = sums + -sums % interleave
    turned = start + turns * tiles
    # otherwise: the longer of a sum's tiles and its beats
    longest = np.maximum(tiles, beats)
    left = np.maximum(start + tiles, taken + beats) + (sums - 1) * longest
    last = np.where(sums > 1, left - longest + tiles, start + tiles)
    return (
        np.where(interleave > 1, turned, last),
        np.where(interleave > 1, turned - (turns - sums), left),
    )


@lru_cache(maxsize=1 << 16)
def _facts(*told: Any) -> tuple[int, ...]:
    """What follows from formats, packing and style; ones where they do not go together."""
    given = dict(zip((*_TOLD, "inputs"), told, strict=True))
    limits = {name: given.pop(name) for name in ("inputs", "bias_limit", "nonzeros")}
    unit = _UNITS[given.pop("unit")]
    for name in ("sum_format", "accumulator_format"):
        given[name] = given[name] or None
    try:
        c: TernaryConfiguration = unit(
            luts=1, columns=1, workload=Workload(outputs=1, **limits), **given
        )
    except RequestError:
        return (1,) * len(_FACTS)
    plan = c.exit_plan
    return (
        max(entry.depth for entry in c.entries),
        c.lane.parts,
        c.multiplies,
        c.interleave,
        c.activation.bits,
        c.arithmetic.number.exponent_bits if c.style == "aligned" else 0,
        c.accumulator_bits,
        find_packing(c.packing).weights or c.group,
        c.word_bits,
        c.reports_corrupt,
        plan is not None,
        plan.result_bits if plan else 0,
        plan.scale_bits if plan else 0,
        plan is not None and plan.scale == "tensor",
        plan is not None and plan.grouped,
    )


def _distinct(columns: Sequence[NDArray[Any]]) -> tuple[list[tuple[Any, ...]], Ints]:
    """Combinations of values that there are, and which one stands where."""
    found = [np.unique(column, return_inverse=True) for column in columns]
    codes: Any = 0
    for values, inverse in found:
        codes = codes * len(values) + inverse
    numbers, where = np.unique(codes, return_inverse=True)
    digits = np.unravel_index(numbers, tuple(len(values) for values, _ in found))
    chosen = (values[digit].tolist() for (values, _), digit in zip(found, digits, strict=True))
    return list(zip(*chosen, strict=True)), where.reshape(np.shape(codes))


def _ceil(number: ArrayLike, by: ArrayLike) -> Ints:
    return -(-np.asarray(number) // np.asarray(by))


def _bit_length(numbers: NDArray[Any]) -> Ints:
    return np.frexp(numbers)[1].astype(np.int64)
