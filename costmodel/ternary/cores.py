"""Ternary cores in columns: parameters of many designs, and what schedules read of them.

A column is an array of one parameter's values; all broadcast against each other, so a table of
designs is arrays of one length, and a product space an open mesh (`numpy.ix_`) on whose axes alone
most is computed. What follows from formats, packings and styles is looked up once for each
combination of them (`_facts`), from a configuration of a single lane; what depends on the tile's
size is arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from costmodel.model.columns import encode
from costmodel.ternary.defaults import DEFAULTS
from hw.errors import RequestError
from hw.ternary import (
    ComplexLut,
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
    formulas,
)
from hw.ternary.choices import Scale, Style
from hw.ternary.packing import PACKINGS
from hw.unit import parameter_defaults, required_parameters

__all__ = ["Columns", "Cores", "Ints", "load_cores"]

Columns = Mapping[str, NDArray[Any]]
Ints = NDArray[np.int64]

_UNITS = {unit.unit: unit for unit in (TernaryLut, TernarySignflip, TernaryMultiplier, ComplexLut)}

#: Parameters that columns must say.
_REQUIRED = ("unit", *required_parameters(TernaryLut))
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
class Cores:
    """What a schedule reads of designs: parameters and facts, arrays that broadcast."""

    p: dict[str, NDArray[Any]]
    fact: dict[str, Ints]

    @cached_property
    def tile_inputs(self) -> Ints:
        """Activations a tile takes."""
        return formulas.tile_inputs(self.p["luts"], self.p["group"])

    def groups(self, inputs: ArrayLike) -> Ints:
        """Sums of the core that one output takes."""
        return formulas.groups(np.asarray(inputs), self._scale_group)

    @cached_property
    def _scale_group(self) -> Ints:
        return self.p["scale_group"] * self.fact["grouped"]

    def tiles_of_sum(self, inputs: int) -> Ints:
        """Tiles that a sum takes, of all planes."""
        if inputs not in self._tiles:
            self._tiles[inputs] = self._tiles_of_sum(inputs)
        return self._tiles[inputs]

    def _tiles_of_sum(self, inputs: ArrayLike) -> Ints:
        tiles = formulas.tiles_of_sum(np.asarray(inputs), self.tile_inputs, self._scale_group)
        return self.p["planes"] * tiles

    @cached_property
    def _tiles(self) -> dict[int, Ints]:
        return {}  # by inputs: a workload asks often, of few lengths

    @cached_property
    def exits(self) -> Ints:
        """Results that leave in a cycle; by default the least that keeps up with the workload."""
        tiles = self._tiles_of_sum(self.p["inputs"])
        default = formulas.exits(self.p["columns"], tiles, self.fact["interleave"])
        return np.where(self.p["exits"] == 0, default, self.p["exits"])

    @cached_property
    def beats(self) -> Ints:
        """Cycles that the exit works on a sum; 1 without one."""
        return np.where(self.fact["exit"] > 0, formulas.beats(self.p["columns"], self.exits), 1)

    @cached_property
    def weight_word_bits(self) -> Ints:
        """Bits of weights that a core takes with a tile, flags not counted."""
        words = formulas.words(self.tile_inputs, self.fact["word_weights"])
        return self.p["columns"] * words * self.fact["word_bits"]

    @cached_property
    def sums_bits(self) -> Ints:
        """Bits of the sums of all columns."""
        return self.p["columns"] * self.fact["parts"] * self.fact["accumulator_bits"]


def load_cores(columns: Columns, inputs: int) -> Cores:
    """The designs of columns of parameters.

    Args:
        columns: parameters by name, see `hw.ternary.parameters`; at least ``unit``, ``luts``,
            ``columns`` and ``activation``. Those that cannot exist get figures that mean nothing.
        inputs: the longest sum; it sizes accumulators and exits, unless ``columns`` has ``inputs``.

    Raises:
        RequestError: a column is missing.
    """
    for name in _REQUIRED:
        if name not in columns:
            raise RequestError(f"the column {name} is missing")
    p = {name: np.asarray(value) for name, value in {**DEFAULTS, **columns}.items()}
    if "group" not in p:
        units = encode(p["unit"])
        p["group"] = units.numbers(lambda unit: parameter_defaults(_UNITS[unit])["group"])
    p.setdefault("inputs", np.asarray(inputs))
    values, where = _distinct([p[name] for name in (*_TOLD, "inputs")])
    for name in ("table_register", "reduce_register", "sequencer", "exit_register"):
        p[name] = p[name].astype(np.int64)  # they are counted, and True + True is True
    table = np.array([_facts(*combination) for combination in values], np.int64)
    return Cores(p, {name: table[:, i][where] for i, name in enumerate(_FACTS)})


@lru_cache(maxsize=1 << 16)
def _facts(*combination: Any) -> tuple[int, ...]:
    """What follows from formats, packing and style; ones where they do not go together."""
    given = dict(zip((*_TOLD, "inputs"), combination, strict=True))
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
        c.arithmetic.number.exponent_bits if c.style is Style.ALIGNED else 0,
        c.accumulator_bits,
        PACKINGS[c.packing].weights or c.group,
        c.word_bits,
        c.reports_corrupt,
        plan is not None,
        plan.result_bits if plan else 0,
        plan.scale_bits if plan else 0,
        plan is not None and plan.scale is Scale.TENSOR,
        plan is not None and plan.grouped,
    )


def _distinct(columns: Sequence[NDArray[Any]]) -> tuple[list[tuple[Any, ...]], Ints]:
    """Combinations of values that there are, and which one stands where."""
    codings = [np.unique(column, return_inverse=True) for column in columns]
    codes: Any = 0
    for values, inverse in codings:
        codes = codes * len(values) + inverse
    numbers, where = np.unique(codes, return_inverse=True)
    digits = np.unravel_index(numbers, tuple(len(values) for values, _ in codings))
    chosen = (values[digit].tolist() for (values, _), digit in zip(codings, digits, strict=True))
    return list(zip(*chosen, strict=True)), where.reshape(np.shape(codes))
