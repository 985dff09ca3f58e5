"""The experiment that the cost model is fitted to: which designs to measure.

Parameters are drawn by a scrambled Sobol sequence (scipy.stats.qmc; Owen, "Scrambled net variance
for integrals of smooth functions", Ann. Stat. 25(4), 1997), which fills the space evenly however
many points are taken; sizes on a logarithmic scale. There are two sets for each style:

* ``fit``: what coefficients are fitted to, tiles of up to 768 weights a cycle (256 in style float).
* ``test``: what is never fitted: formats and widths between and beyond those of the fit, and tiles
  of up to four times as many weights.

A further draw, ``narrow``, adds integers of the fewest bits to ``fit``, half of them in
multipliers: both are rare in the first draw, and the narrowest format that there is belongs to the
fit.

What the model is made of was decided with the errors of ``test`` in view. Whether that made them
look too good is told by a fresh draw like ``test``, measured once when the model was settled. After
that its errors are in view, too: it joins the held-out designs, and the next draw is the blind one.

* ``blind1``: the first such draw, by now held out like ``test``.
* ``blind2``: the second one.

Two kinds of designs more have the first two draws: ``packed`` cores decode packed weights,
``scaled`` ones scale and round their results. They have axes of their own, and leave what is drawn
of the styles as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

import numpy as np
from scipy.stats import qmc

from hw.errors import RequestError
from hw.ternary import TernaryConfiguration, TernaryLut, TernaryMultiplier, TernarySignflip
from hw.ternary.choices import Scale, Style
from hw.ternary.workload import Workload

__all__ = ["KINDS", "SET_OF", "STYLES", "Draw", "Experiment", "Set", "designs", "plan"]

Set = Literal["fit", "test", "blind1", "blind2"]
Draw = Literal["fit", "test", "narrow", "blind1", "blind2"]

STYLES = ("integer", "aligned", "exact", "float")
#: What designs are drawn of: the styles, and what stands in front of and behind cores of them.
KINDS = (*STYLES, "packed", "scaled")
#: The set that the designs of a draw belong to.
SET_OF: Mapping[Draw, Set] = {
    "fit": "fit",
    "test": "test",
    "narrow": "fit",
    "blind1": "blind1",
    "blind2": "blind2",
}

_LEAST = 3  # tables and columns: fewer of a module are no module of their own to synthesis
_UNITS = {
    configuration.unit: configuration
    for configuration in (TernaryLut, TernarySignflip, TernaryMultiplier)
}
_OUTPUTS = 64  # nothing but the length of a run depends on it
_INPUTS = (128, 1024)  # of a sum
_MORE_BITS = (0, 0, 1, 3, 5)  # in accumulators than such sums need: as longer ones do
_GROUPS = (2, 2, 2, 3, 3, 4, 5)
_MULTIPLIERS = 4  # times as large: a quarter of the lanes will do
_SEED = 20261125
#: Of draws, what is added to the seed: no two draws of any styles have one in common.
_PLACES: Mapping[Draw, int] = {"fit": 0, "test": 1, "narrow": 500, "blind1": 1000, "blind2": 2000}


@dataclass(frozen=True)
class Experiment:
    """What is drawn for a style.

    Attributes:
        units: of which the multiplier appears only where its lane multiplies integers or floats.
        lanes: the most weights a cycle.
        activation: formats.
        sum_format, accumulator_format: formats; empty for that of what is summed.
        adder_stages, aligned_bits: their values.
        packing: packings of weights, each with a group; empty: keys, and any group.
        exit: formats of results, what a scale belongs to, and formats of scales.
    """

    units: tuple[str, ...]
    lanes: int
    activation: tuple[str, ...]
    sum_format: tuple[str, ...] = ("",)
    accumulator_format: tuple[str, ...] = ("",)
    adder_stages: tuple[int, ...] = (0,)
    aligned_bits: tuple[int, ...] = (0,)
    packing: tuple[tuple[str, int], ...] = ()
    exit: tuple[tuple[str, str, str], ...] = ()


_INTEGER_UNITS = ("ternary_lut",) * 6 + ("ternary_signflip",) * 2 + ("ternary_multiplier",)
_NARROW_UNITS = ("ternary_lut", "ternary_multiplier")
_FLOAT_UNITS = ("ternary_lut",) * 4 + ("ternary_signflip", "ternary_multiplier")

_EXPERIMENTS: Mapping[tuple[str, Draw], Experiment] = {
    ("integer", "fit"): Experiment(
        _INTEGER_UNITS, 768, ("int3", "int4", "int6", "int8", "int8", "int12", "int16")
    ),
    ("integer", "test"): Experiment(
        _INTEGER_UNITS, 3072, ("int2", "int5", "int7", "int8", "int9", "int10", "int14")
    ),
    ("integer", "narrow"): Experiment(_NARROW_UNITS, 768, ("int2", "int2", "int3", "int4")),
    ("aligned", "fit"): Experiment(
        _INTEGER_UNITS[:-1],
        768,
        ("fp8_e4m3", "bf16", "fp16", "e6m5"),
        aligned_bits=(8, 12, 16, 24, 32),
    ),
    ("aligned", "test"): Experiment(
        _INTEGER_UNITS[:-1],
        2048,
        ("fp8_e5m2", "fp16", "e5m7", "e7m8"),
        aligned_bits=(10, 14, 20, 24, 28),
    ),
    ("exact", "fit"): Experiment(
        _INTEGER_UNITS[:-1], 768, ("fp8_e4m3", "fp8_e5m2", "fp16", "e3m6", "e4m7", "e5m5")
    ),
    ("exact", "test"): Experiment(
        _INTEGER_UNITS[:-1], 2048, ("e3m4", "e4m5", "fp16", "e5m4", "e5m8", "fp6_e3m2")
    ),
    ("float", "fit"): Experiment(
        _FLOAT_UNITS,
        256,
        ("fp8_e4m3", "fp8_e5m2", "bf16", "fp16"),
        ("", "", "fp16"),
        ("", "fp32"),
        adder_stages=(0, 1, 2, 3),
    ),
    ("float", "test"): Experiment(
        _FLOAT_UNITS,
        1024,
        ("e4m5", "e5m7", "fp16", "e8m5"),
        ("", "", "e8m11"),
        ("", "e8m15"),
        adder_stages=(0, 1, 2, 4),
    ),
    ("packed", "fit"): Experiment(
        ("ternary_lut",),
        384,
        ("int4", "int6", "int8", "int8", "int12"),
        packing=(
            *(("codes", group) for group in (1, 2, 3, 5)),
            ("trits5", 2),
            ("sparse34", 4),
            ("tl2", 2),
            ("trits5", 5),
            ("tl2", 1),
            ("trits5", 4),
            ("tl2", 3),
            ("trits5", 3),
        ),
    ),
    ("packed", "test"): Experiment(
        ("ternary_lut",),
        768,
        ("int5", "int7", "int8", "int10"),
        packing=(
            *(("codes", group) for group in (2, 4)),
            *(("trits5", group) for group in (1, 3, 5)),
            *(("tl2", group) for group in (3, 4)),
            ("sparse34", 4),
        ),
    ),
    ("scaled", "fit"): Experiment(
        _INTEGER_UNITS[:-1],
        256,
        ("int4", "int6", "int8", "int8", "fp8_e4m3", "bf16"),
        aligned_bits=(12, 20, 0),
        exit=(
            ("int8", "column", "u12.12"),
            ("int8", "tensor", "u16.20"),
            ("bf16", "group", "u12.16"),
            ("int24", "none", ""),
            ("bf16", "none", ""),
            ("bf16", "column", "bf16"),
            ("fp16", "tensor", "fp16"),
            ("fp16", "column", "u16.16"),
            ("fp32", "column", "fp32"),
            ("int16", "column", "u8.8"),
        ),
    ),
    ("scaled", "test"): Experiment(
        _INTEGER_UNITS[:-1],
        512,
        ("int5", "int8", "int10", "fp8_e5m2", "e5m7"),
        aligned_bits=(0, 14, 16),
        exit=(
            ("int8", "column", "u16.24"),
            ("int12", "tensor", "u10.8"),
            ("fp16", "none", ""),
            ("bf16", "tensor", "fp16"),
            ("fp32", "column", "bf16"),
            ("e6m9", "column", "u12.8"),
        ),
    ),
}


#: Of each kind and draw, designs in a round; rounds follow each other until time is up.
_ROUND: Mapping[tuple[str, Draw], int] = {
    ("integer", "fit"): 24,
    ("integer", "test"): 24,
    ("integer", "narrow"): 4,
    ("float", "fit"): 8,
    ("float", "test"): 6,
    ("aligned", "fit"): 3,
    ("aligned", "test"): 3,
    ("exact", "fit"): 3,
    ("exact", "test"): 3,
    ("packed", "fit"): 3,
    ("packed", "test"): 2,
    ("scaled", "fit"): 3,
    ("scaled", "test"): 2,
}
_ROUNDS = 16


def plan() -> Iterator[tuple[TernaryConfiguration, Set]]:
    """The designs of all kinds in the order in which they are measured, round by round.

    So whatever time there is, all kinds have their share of it.
    """
    streams = {(kind, draw): designs(kind, draw) for kind, draw in _ROUND}
    for _ in range(_ROUNDS):
        for (kind, draw), count in _ROUND.items():
            for configuration in islice(streams[kind, draw], count):
                yield configuration, SET_OF[draw]


def designs(style: str, which: Draw) -> Iterator[TernaryConfiguration]:
    """The designs of a draw, each the same every time; as many as are asked for, without end.

    Args:
        style: one of `KINDS`.
        which: a draw; ``narrow`` has only integers, ``packed`` and ``scaled`` only the first two.
    """
    experiment = _EXPERIMENTS[style, "test" if which in ("blind1", "blind2") else which]
    axes = _AXES if style in STYLES else (*_AXES, *_FURTHER_AXES)
    engine = qmc.Sobol(len(axes), rng=_SEED + 7 * KINDS.index(style) + _PLACES[which])
    seen = set()
    while True:
        for point in engine.random(64):
            configuration = _configuration(style, experiment, dict(zip(axes, point, strict=True)))
            if configuration is not None and configuration not in seen:
                seen.add(configuration)
                yield configuration


_AXES = (
    "lanes",
    "shape",
    "group",
    "unit",
    "activation",
    "inputs",
    "table_register",
    "reduce_register",
    "sum_format",
    "accumulator_format",
    "adder_stages",
    "aligned_bits",
    "accumulator",
)
_FURTHER_AXES = ("packing", "exit", "exits", "exit_register")
_EXITS = (0.1, 0.3, 1.0)  # results that leave in a cycle, as shares of the columns
_SCALE_GROUP = 128  # inputs, about


def _configuration(
    style: str, experiment: Experiment, point: Mapping[str, float]
) -> TernaryConfiguration | None:
    """The design at a point of the unit cube; None if there is no such design."""

    def draw(axis: str, values: Sequence[Any]) -> Any:
        return values[int(point[axis] * len(values))]

    unit = draw("unit", experiment.units)
    group = draw("group", _GROUPS) if unit == "ternary_lut" else 1
    packed = {}
    if experiment.packing:
        packed["packing"], group = draw("packing", experiment.packing)
    most = experiment.lanes // (_MULTIPLIERS if unit == "ternary_multiplier" else 1)
    lanes = _between(point["lanes"], 24, most)
    # from tall tiles (more inputs than columns) to wide ones
    columns = round(_between(point["shape"], max(_LEAST, lanes**0.25), lanes**0.75))
    luts = round(lanes / columns / group)
    inputs = round(_between(point["inputs"], *_INPUTS))
    if min(luts, columns) < _LEAST or luts * group > inputs:
        return None
    parameters: dict[str, Any] = {
        "group": group,
        "luts": luts,
        "columns": columns,
        "activation": draw("activation", experiment.activation),
        "table_register": bool(draw("table_register", (0, 1))),
        "reduce_register": bool(draw("reduce_register", (0, 1))),
        "workload": Workload(inputs=inputs, outputs=_OUTPUTS),
        "style": style if style in STYLES else "",
        "adder_stages": draw("adder_stages", experiment.adder_stages),
        "aligned_bits": draw("aligned_bits", experiment.aligned_bits),
        "sum_format": draw("sum_format", experiment.sum_format) or None,
        "accumulator_format": draw("accumulator_format", experiment.accumulator_format) or None,
    } | packed
    if style not in STYLES and parameters["activation"].startswith("int"):
        parameters["aligned_bits"] = 0
    elif style not in STYLES:
        parameters["style"] = "aligned" if parameters["aligned_bits"] else "exact"
    if experiment.exit:
        parameters |= _exit(draw, experiment, luts * group, columns, inputs)
        if parameters["style"] and parameters["scale"] == "none":
            return None  # the style's own draws have it
    try:
        configuration = _UNITS[unit](**parameters)
        more = 0 if style == Style.FLOAT else draw("accumulator", _MORE_BITS)
        return replace(configuration, accumulator_bits=configuration.accumulator_bits + more)
    except RequestError:  # formats that do not hold each other, an accumulator beyond 64 bits
        return None


def _exit(
    draw: Callable[[str, Sequence[Any]], Any],
    experiment: Experiment,
    tile_inputs: int,
    columns: int,
    inputs: int,
) -> dict[str, Any]:
    """The parameters of an exit that keeps up with the tiles."""
    result, scale, scale_format = draw("exit", experiment.exit)
    group = max(1, _SCALE_GROUP // tile_inputs) * tile_inputs if scale == Scale.GROUP else 0
    tiles = -(-(group or inputs) // tile_inputs)
    exits = max(math.ceil(draw("exits", _EXITS) * columns), -(-columns // tiles))
    return {
        "result": result,
        "scale": scale,
        "scale_format": scale_format,
        "scale_group": group,
        "exits": exits,
        "exit_register": bool(draw("exit_register", (0, 1))),
    }


def _between(share: float, least: float, most: float) -> float:
    """From the least to the most, on a logarithmic scale."""
    return float(np.exp(np.log(least) + share * (np.log(most) - np.log(least))))
