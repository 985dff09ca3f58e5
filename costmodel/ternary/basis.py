"""What the costs of ternary cores are made of (`costmodel.family.Basis`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import Activity
from costmodel.family import Held, value_of
from costmodel.model.columns import Columns, combine, encode
from costmodel.model.regressions import Regression
from costmodel.netlist.netlist import Netlist
from costmodel.ternary.clock_experiment import clock_plan
from costmodel.ternary.cores import load_cores
from costmodel.ternary.defaults import DEFAULTS
from costmodel.ternary.experiment import plan
from costmodel.ternary.gemm_cores import GemmCores
from costmodel.ternary.inventory import Inventory, inventory
from costmodel.ternary.kinds import energy_kind, kind_of_design
from costmodel.ternary.paths import paths
from costmodel.ternary.quantities import modules_of
from costmodel.ternary.random_activity import random_activity
from costmodel.ternary.regressions import REGRESSIONS, REVISION, STAND_INS
from costmodel.ternary.rounding import overflow_percent, rms_error_percent
from costmodel.ternary.steps import CHAINS, GATES, LOADS
from hw.families import find_unit
from hw.ternary import PARTS, TernaryConfiguration, TernaryLut
from hw.ternary.choices import Style
from hw.unit import Unit, configured, parameter_defaults, parameter_types

__all__ = ["BASIS", "operations_of_product"]

Array = NDArray[Any]

#: Columns of the table of measured designs, in its order.
_COLUMNS = (
    *("style", "unit", "group", "luts", "columns", "activation"),
    *("sum_format", "accumulator_format", "adder_stages", "aligned_bits", "accumulator_bits"),
    *("table_register", "reduce_register", "packing"),
    *("result", "scale", "scale_group", "scale_format", "exits", "exit_register", "inputs"),
)
#: Those that tell of which kind a design is (`kind_of_design`).
_OF_KIND = ("style", "packing", "scale", "result")
_TYPES = {"unit": str, "inputs": int} | parameter_types(TernaryLut)


def _with_group(figure: Callable[[Columns], Array]) -> Callable[[Columns], Array]:
    """A figure of columns of which none may tell the group: it is their units' then."""

    def with_group(columns: Columns) -> Array:
        if "group" in columns:
            return figure(columns)
        units = encode(columns["unit"])
        groups = units.numbers(lambda name: parameter_defaults(find_unit(name))["group"])
        return figure({**columns, "group": groups})

    return with_group


class TernaryBasis:
    """Ternary cores: tables, lanes, trees, accumulators, exits."""

    family: str = "ternary"
    regressions: Mapping[str, Regression] = REGRESSIONS
    parts: Mapping[str, str] = PARTS
    stand_ins: Mapping[str, str] = STAND_INS
    gates: Mapping[str, float] = GATES
    chains: frozenset[str] = CHAINS
    loads: frozenset[str] = LOADS
    revision: int = REVISION
    parameters: Mapping[str, type] = {name: _TYPES[name] for name in _COLUMNS}
    defaults: Mapping[str, Any] = DEFAULTS
    unknown: tuple[str, ...] = ("sequencer",)  # a few gates and a counter
    limits: tuple[str, ...] = ("inputs", "bias_limit", "nonzeros")
    axes: Mapping[str, type] = {"inputs": int}
    needed: tuple[str, ...] = ("inputs",)
    figures: Mapping[str, Callable[[Columns], Array]] = {
        "rms_error_percent": _with_group(rms_error_percent),
        "overflow_percent": _with_group(overflow_percent),
    }
    sources: tuple[str, ...] = (
        *("costmodel/energy/lane_bench", "costmodel/ternary/random_activity"),
        *("sim/ternary/random_data", "sim/ternary/streams", "sim/ternary/styles"),
    )

    def held(self, columns: Columns) -> Held:
        """See `costmodel.family.Basis.held`."""
        content = inventory(columns)
        style, *others = (encode(columns.get(name, DEFAULTS[name])) for name in _OF_KIND)
        operations = content.sizes["tile_inputs"] * np.asarray(columns["columns"]).astype(float)
        any_valid = bool(content.valid.any())  # else it lacks modules that costs are made of
        return Held(
            valid=content.valid,
            operations=operations,
            kind=combine(kind_of_design, style, *others),
            energy_kind=style.map(energy_kind),
            modules=modules_of(content) if any_valid else {},
            paths=paths(columns, content) if any_valid else [],
            region=_region(columns, content),
        )

    def columns_of(self, unit: TernaryConfiguration) -> dict[str, Any]:
        """See `costmodel.family.Basis.columns_of`."""
        limits = {name: getattr(unit.workload, name) for name in self.limits}
        stated = {"unit": unit.unit} | unit.parameters() | limits
        if unit.style is Style.FLOAT:
            del stated["accumulator_bits"]  # it follows from the format
        return {
            name: np.asarray(value) for name, value in stated.items() if name not in self.unknown
        }

    def columns_of_rows(self, rows: Sequence[Mapping[str, Any]]) -> Columns:
        """See `costmodel.family.Basis.columns_of_rows`."""
        columns = {
            name: np.array([value_of(row, name, self.defaults) for row in rows])
            for name in self.parameters
        }
        # Style float has the width of its format, which is no parameter of its own.
        columns["accumulator_bits"][columns["style"] == "float"] = 0
        return columns

    def configuration(self, point: Mapping[str, Any]) -> Unit:
        """See `costmodel.family.Basis.configuration`.

        Outputs, which size counters only, are those of one tile.
        """
        unit = find_unit(point["unit"])
        names = parameter_defaults(unit)
        parameters = {name: value for name, value in point.items() if name in names}
        limits = {"inputs": point["inputs"], "outputs": point["columns"]}
        return configured(unit, parameters, limits)

    def kind_of(self, row: Mapping[str, Any]) -> str:
        """See `costmodel.family.Basis.kind_of`."""
        return kind_of_design(*(value_of(row, name, self.defaults) for name in _OF_KIND))

    def row_of(self, unit: TernaryConfiguration) -> dict[str, Any]:
        """See `costmodel.family.Basis.row_of`."""
        stated = {"unit": unit.unit, "inputs": unit.workload.inputs}
        return stated | unit.parameters() | {"style": unit.style}

    def plan(self) -> Iterator[tuple[TernaryConfiguration, str]]:
        """See `costmodel.family.Basis.plan`."""
        return plan()

    def clock_plan(self) -> Iterator[tuple[TernaryConfiguration, str]]:
        """See `costmodel.family.Basis.clock_plan`."""
        return clock_plan()

    def filled(self, unit: TernaryConfiguration) -> tuple[TernaryConfiguration, str]:
        """The same circuit with a workload that fills every tile: padding toggles nothing.

        What a workload leaves empty is a matter of its schedule (`costmodel.ternary.schedule`), not
        of a core. A sum has a tile less, unless the next one would then wait for its results to
        leave: a tile more, of no more weights that are not zero.
        """
        inputs = unit.workload.inputs
        tiles = max(1, inputs // unit.tile_inputs)
        if tiles < unit.beats:
            tiles = unit.tiles(inputs)
        workload = replace(
            unit.workload,
            inputs=tiles * unit.tile_inputs,
            outputs=unit.columns,
            nonzeros=unit.workload.nonzeros or min(inputs, tiles * unit.tile_inputs),
        )
        more = workload.inputs > inputs
        words = f"of filled tiles{', one more' if more else ''}"
        return replace(unit, workload=workload), words

    def driven(self, energy: Mapping[str, Array]) -> dict[str, Array]:
        """Buffers repeat what tables say to lanes: their energy is that of the tables' nets."""
        others = {name: fj for name, fj in energy.items() if name != "buffers"}
        return others | {"table": energy["table"] + energy.get("buffers", 0.0)}

    def random_activity(
        self, unit: TernaryConfiguration, netlist: Netlist, *, cycles: int, seed: int
    ) -> tuple[Activity, float]:
        """See `costmodel.family.Basis.random_activity`."""
        activity = random_activity(unit, netlist, cycles=cycles, seed=seed)
        inputs, outputs = unit.workload.inputs, unit.workload.outputs
        return activity, operations_of_product(unit, inputs, outputs) * activity.cycles

    def tiles(self, layers: Sequence[tuple[int, int, int]], columns: Columns, held: Array) -> Array:
        """See `costmodel.family.Basis.tiles`."""
        outputs = columns["columns"].astype(float)
        inputs = held / outputs
        total = np.zeros(())
        for wide, high, count in layers:
            total = total + count * np.ceil(wide / inputs) * np.ceil(high / outputs)
        return total * columns.get("planes", np.ones((), int))

    def cores(self, columns: Columns, inputs: int) -> GemmCores:
        """See `costmodel.family.Basis.cores`."""
        return GemmCores(load_cores(columns, inputs))


def operations_of_product(unit: TernaryConfiguration, inputs: int, outputs: int) -> float:
    """Weights of a product for each tile, padding not counted."""
    tiles = unit.tiles(inputs) * unit.blocks(outputs)
    return inputs * outputs / (tiles * unit.planes)


def _region(columns: Columns, content: Inventory) -> dict[str, Array]:
    """What tells whether a design is like those that were measured."""
    sizes = content.sizes
    return {
        "group": sizes["group"],
        "luts": np.asarray(columns["luts"]),
        "columns": np.asarray(columns["columns"]),
        "operand_bits": sizes["operand_bits"],
        "activation_bits": sizes["activation_bits"],
        "accumulator_bits": sizes["accumulator_bits"],
        "adder_stages": sizes["adder_stages"],
        "converts": sizes["converts"],
    }


BASIS = TernaryBasis()
