"""The paths of cores in floating point: adders and multipliers, cut by their registers.

Between two cuts (`hw.float.adder.CUTS`) a unit's path is the steps there and nothing else. What
comes before its first cut is added to its first part. Adders without registers follow each other
on one path; all but the first in a place need not wait for all bits to compare, since those come
one after the other out of the adder before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.broadcast import total
from costmodel.model.columns import Columns
from costmodel.model.paths import Path, Steps, plus, times
from costmodel.ternary.inventory import Inventory
from costmodel.ternary.steps import held, net
from hw.float import adder, multiplier
from hw.float.pipeline import MOST_STAGES

__all__ = ["ADDER_STEPS", "MULTIPLIER_STEPS", "float_paths"]

Array = NDArray[Any]

#: What an adder does up to each of its cuts, as quantities of
#: `costmodel.inventory.floats.adder_counts`.
ADDER_STEPS: Mapping[str, Sequence[str]] = {
    "ordered": ("compare_bits", "exponent_bits"),
    "aligned": ("align_stages", "align_bits"),
    "added": ("adder_bits",),
    "normalised": ("normalise_stages", "normalise_bits"),
    "result": ("rounding_bits",),
}
#: What a multiplier does: the step, and the module and quantity that tell how much of it.
MULTIPLIER_STEPS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "given": (),
    "unpacked": (
        ("decoder.bits", "multiplier_decoder", "adder_bits"),
        ("decoder.bits", "multiplier", "exponent_adder_bits"),
    ),
    "compressed": (("heap.levels", "multiplier/heap", "levels"),),
    "multiplied": (("carry.bits", "multiplier", "carry_bits"),),
    "result": (
        ("encoder.stages", "multiplier_encoder", "shift_stages"),
        ("encoder.shifter_bits", "multiplier_encoder", "shifter_bits"),
        ("encoder.rounding_bits", "multiplier_encoder", "rounding_bits"),
        ("encoder.room_bits", "multiplier_encoder", "room_bits"),
    ),
}
_TABLES = ("table_adder", "table")  # what moves with the tables; all else with the accumulators
_COLUMNS = ("multiplier", "reduce_adder", "accumulate_adder", "column")


def _parts(names: Sequence[str], cuts: Sequence[Sequence[str]]) -> dict[str, NDArray[np.float64]]:
    """For each name, 1 in the part of a unit that what it ends is in; by stages and part."""
    parts = {name: np.zeros((MOST_STAGES + 1, MOST_STAGES + 1)) for name in names}
    for stages, chosen in enumerate(cuts):
        part = 0
        for name in names:
            parts[name][stages, part] = 1.0
            part += name in chosen
    return parts


_ADDER_PARTS = _parts(tuple(ADDER_STEPS), adder.CUTS)
_MULTIPLIER_PARTS = _parts(tuple(MULTIPLIER_STEPS), multiplier.CUTS)


def float_paths(columns: Columns, inventory: Inventory, floating: NDArray[np.bool_]) -> list[Path]:
    """The paths of configurations in style ``float``; see `costmodel.ternary.paths.paths`.

    Args:
        columns: parameters.
        inventory: of the same.
        floating: which configurations are of that style.
    """
    return _FloatPaths(columns, inventory, floating).paths()


class _FloatPaths:
    def __init__(self, columns: Columns, inventory: Inventory, exists: NDArray[np.bool_]) -> None:
        self._inventory = inventory
        self._exists = 1.0 * exists
        self._table_register = np.asarray(columns.get("table_register", False)).astype(float)
        self._reduce_register = np.asarray(columns.get("reduce_register", False)).astype(float)
        self._stages = np.asarray(inventory.sizes["adder_stages"])
        self._staged = 1.0 * (self._stages > 0)
        self._multiplies = 1.0 * (self._held("multiplier", "product_bits") > 0)

    def paths(self) -> list[Path]:
        staged, registered, reduced = self._staged, self._table_register, self._reduce_register
        levels = self._held("table", "levels")
        parted = staged * (levels > 0) + (1 - staged) * registered  # a register ends a table
        chained = (1 - staged) * (1 - reduced)
        table = plus(self._widen("widen"), self._adders("table_adder", levels))
        last = plus(self._widen("widen_sum"), self._adders("accumulate_adder", np.ones(())))
        # A register is behind entries, too, if the table has one and no adder.
        direct = (1 - parted) * (1 - registered)
        chain = plus(times(direct, table), self._terms(), times(chained, last))
        present, end = self._exists, self._end()
        return [
            Path(plus(table, end), present * parted, from_register=False),
            Path(plus(chain, end), present, from_register=direct == 0),
            Path(plus(last, end), present * (1 - chained), from_input=False),
            Path(plus(self._restart(), end), present),
            *self._enables(),
            *self._later_parts(),
        ]

    def _held(self, module: str, quantity: str) -> Array:
        return held(self._inventory, module, quantity)

    def _end(self) -> Steps:
        return {"float.register": np.ones(())}

    def _widen(self, name: str) -> Steps:
        """From a format to a wider one, where there is one."""
        encoder = f"{name}_encoder"
        return {
            "widen.one": 1.0 * (self._held(encoder, "word_bits") > 0),
            "decoder.bits": self._held(f"{name}_decoder", "adder_bits"),
            "encoder.stages": self._held(encoder, "shift_stages"),
            "encoder.shifter_bits": self._held(encoder, "shifter_bits"),
            "encoder.room_bits": self._held(encoder, "room_bits"),
        }

    def _adder(self, module: str, part: int) -> Steps:
        """A part of an adder."""
        steps: Steps = {"adder.one": _ADDER_PARTS["ordered"][self._stages, part]}
        for name, quantities in ADDER_STEPS.items():
            in_part = _ADDER_PARTS[name][self._stages, part]
            steps |= {
                f"adder.{quantity}": in_part * self._held(module, quantity)
                for quantity in quantities
            }
        return steps

    def _adders(self, module: str, number: Array) -> Steps:
        """So many adders behind each other; of those with registers the first part of one."""
        first, compare = self._adder(module, 0), self._held(module, "compare_bits")
        one = np.minimum(number, 1)
        more = (number - one) * (1 - self._staged)
        return times(one + more, first) | {
            "adder.compare_bits": one * first["adder.compare_bits"],
            "adder.compare_again": more * compare,
        }

    def _multiplier(self, part: int) -> Steps:
        """A part of a multiplier, where lanes multiply."""
        in_part = {name: parts[self._stages, part] for name, parts in _MULTIPLIER_PARTS.items()}
        steps: Steps = {"multiplier.one": self._multiplies * in_part["unpacked"]}
        for name, contributions in MULTIPLIER_STEPS.items():
            for step, module, quantity in contributions:
                steps = plus(steps, {step: in_part[name] * self._held(module, quantity)})
        return steps

    def _terms(self) -> Steps:
        """From entries by lanes into the tree: to its end, or to the first register in it."""
        luts = self._inventory.modules["table"].count
        columns = self._inventory.modules["column"].count
        levels = np.ceil(np.log2(np.maximum(luts, 1))) * (1 - self._staged * self._multiplies)
        return plus(
            net("table", columns),
            {"lane.levels": self._held("lane", "or_levels")},
            self._multiplier(0),
            self._adders("reduce_adder", levels),
        )

    def _restart(self) -> Steps:
        """From handshakes by the choice between accumulator and starting value to the sum."""
        bits = self._inventory.sizes["accumulator_bits"]
        columns = self._inventory.modules["column"].count
        return plus(
            self._control(columns * bits),
            {"restart.readers": 1.0 * bits},
            self._adder("accumulate_adder", 0),
        )

    def _control(self, readers: Array) -> Steps:
        turns = np.ceil(np.log2(np.maximum(self._stages, 1)))
        return {"float.control": np.ones(()), "float.turns": turns} | net("control", readers)

    def _enables(self) -> list[Path]:
        """From handshakes to the registers that move, of columns, and by them those of tables."""
        modules = self._inventory.modules
        columns, tables = (
            total(modules[name].total("enable_bits") for name in names if name in modules)
            for names in (_COLUMNS, _TABLES)
        )
        move = {"enable.one": np.ones(())} | self._end()
        in_column, in_table = (
            net("table", self._held(module, "enable_bits"))
            for module in ("accumulate_adder", "table_adder")
        )
        advance = net("control", columns)
        return [
            Path(plus(self._control(columns), in_column, move), self._exists * (columns > 0)),
            Path(plus(self._control(tables), advance, in_table, move), self._exists * (tables > 0)),
        ]

    def _later_parts(self) -> list[Path]:
        """From register to register in adders and multipliers."""
        paths = []
        for part in range(MOST_STAGES):
            present = self._exists * (self._stages > part)
            adders = ("reduce_adder", "accumulate_adder") if part else ("reduce_adder",)
            for module in adders:
                steps = plus(self._adder(module, part), self._end())
                paths.append(Path(steps, present, from_input=False))
            if part and self._multiplies.any():
                steps = plus(self._multiplier(part), self._end())
                paths.append(Path(steps, present * self._multiplies, from_input=False))
        return paths
