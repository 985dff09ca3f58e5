"""What a clock period is made of: the longest paths, register to register.

Registers cut a core's way from activations to results into paths; the clock period is the longest
of them. Each path is a sum of steps (a level of full adders, a bit of a carry chain, a doubling of
a net's readers), a coefficient each, so the period is a maximum of linear functions. Which paths
there are follows from the registers; a step has the same coefficient on every path.

Here is which steps are on which path, and nothing about technologies; `costmodel.fit` finds the
coefficients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.broadcast import joined, total
from hw.columns import Columns
from hw.ternary.inventory import Inventory
from hw.ternary.unpack_inventory import DECODERS

__all__ = ["Steps", "longest", "paths"]

Array = NDArray[Any]
Steps = dict[str, Array]

_ADDER_STEPS = ("one", "adder_bits", "rounding_bits", "exponent_bits", "normalise_stages")


def paths(columns: Columns, inventory: Inventory) -> list[Steps]:
    """The paths of configurations: for each the number of every step on it.

    A path that a configuration does not have is without steps.
    """
    return _Paths(columns, inventory).paths()


def longest(each: list[Steps], coefficients: Mapping[str, float]) -> Array:
    """The longest path."""
    return joined(np.maximum, [length(steps, coefficients) for steps in each])


def length(steps: Steps, coefficients: Mapping[str, float]) -> Array:
    """The length of a path: coefficients times steps, summed."""
    return total(
        weight * number for name, number in steps.items() if (weight := coefficients.get(name, 0.0))
    )


class _Paths:
    def __init__(self, columns: Columns, inventory: Inventory) -> None:
        self._inventory = inventory
        self._sizes = inventory.sizes
        self._floating = np.asarray(columns.get("style", "")) == "float"
        self._table_register = np.asarray(columns.get("table_register", False)).astype(float)
        self._reduce_register = np.asarray(columns.get("reduce_register", False)).astype(float)
        #: with registers in the adders, each of them is a path of its own
        self._staged = 1.0 * (self._floating & (self._sizes["adder_stages"] > 0))

    def paths(self) -> list[Steps]:
        table, total, last = self._table(), self._sum(), self._accumulate()
        parted = np.maximum(self._table_register, self._staged)
        ended = np.maximum(self._reduce_register, self._staged)
        found = [
            _times(parted, table) | self._registers(parted),
            _plus(_times(1 - parted, table), total) | self._registers(np.ones(())),
            _times(ended, last) | self._registers(ended),
        ]
        if "unpack" in self._inventory.modules:
            found.append(self._unpacked(total))
        if "exit" in self._inventory.modules:
            found += self._exit()
        if "multiplier" in self._inventory.modules:
            found.append(self._staged_multiplier())
        return found

    def _registers(self, there: Array) -> Steps:
        """What a path has at its ends."""
        return {"register": there * ~self._floating, "float.register": there * self._floating}

    def _held(self, module: str, quantity: str) -> Array:
        there = self._inventory.modules.get(module)
        if there is None:
            return np.zeros(())
        return np.asarray(there.quantities.get(quantity, 0), dtype=float) * (there.count > 0)

    def _table(self) -> Steps:
        """From activations to entries."""
        fixed = ~self._floating
        steps = {
            "table.levels": fixed * self._held("table", "levels"),
            "table.carry_bits": fixed * self._held("table", "longest_adder_bits"),
            "convert.stages": self._held("converter", "shift_stages"),
            "convert.bits": self._held("converter", "adder_bits"),
            "convert.exponent_bits": self._held("converter", "exponent_adder_bits"),
        }
        return steps | self._adders("table", self._held("table", "levels") * self._floating)

    def _sum(self) -> Steps:
        """From entries and keys to an accumulator, or to the register in front of it."""
        fixed, floating = ~self._floating, self._floating
        chained = floating * (1 - self._staged)
        lane, column = self._inventory.modules["lane"], self._inventory.modules["column"]
        luts = lane.count / np.maximum(column.count, 1)
        readers = np.log2(np.maximum(column.count, 1))
        steps = {
            "lane.readers": fixed * readers,
            "float.readers": floating * readers,
            "lane.levels": self._held("lane", "or_levels"),
            "lane.index_bits": fixed * np.log2(np.maximum(self._held("lane", "selects"), 1)),
            "lane.width": fixed * np.log2(np.maximum(self._sizes["term_bits"], 1)),
            "heap.levels": self._held("column/heap", "levels") + self._held("lane/heap", "levels"),
            "carry.bits": fixed * self._held("column", "carry_bits"),
            "gate.readers": np.log2(np.maximum(lane.count, 1))
            * fixed
            * (1 - self._reduce_register),
            "gate.one": fixed * (1 - self._reduce_register),
            "array.one": 1.0 * (self._held("lane/heap", "levels") > 0),
        }
        levels: Array = np.ceil(np.log2(np.maximum(luts, 1))) * floating
        here = floating * (1 - np.maximum(self._reduce_register, self._staged))
        steps |= _plus(
            self._adders("reduce", levels),
            self._adders("accumulate", here),
            {"widen_sum": here * (self._held("widen_sum_encoder", "word_bits") > 0)},
        )
        return steps | {name: chained * number for name, number in self._multipliers().items()}

    def _unpacked(self, total: Steps) -> Steps:
        """From packed words, where there are any, through their decoders and ``total``."""
        there = 1.0 * (self._inventory.modules["unpack"].count > 0)
        decoders = {f"unpack.{name}": self._held("unpack_word", name) for name in DECODERS}
        steps = decoders | {"unpack.trits": self._held("unpack_group", "trits")}
        whole = steps | _times(there, total) | self._registers(there)
        return {name: number for name, number in whole.items() if np.any(number)}  # no floats

    def _accumulate(self) -> Steps:
        """From the register in front of the accumulator to it."""
        reduced = self._sizes["reduced_bits"]
        readers = np.log2(np.maximum(self._inventory.modules["column"].count * reduced, 1))
        steps = {
            "carry.bits": self._held("column", "accumulate_bits"),
            "gate.readers": readers * (reduced > 0),
            "gate.one": 1.0 * (reduced > 0),
        }
        here = 1.0 * self._floating
        return steps | _plus(
            self._adders("accumulate", here),
            {"widen_sum": here * (self._held("widen_sum_encoder", "word_bits") > 0)},
        )

    def _exit(self) -> list[Steps]:
        """From a finished sum to its result, or to the register on the way and from there."""
        there = 1.0 * (self._inventory.modules["exit"].count > 0)
        registered = there * self._sizes["exit_register"]
        scaling = {
            "exit.one": there,
            "exit.carry_bits": self._held("exit_scaling", "adder_bits")
            + self._held("exit_scaling", "carry_bits"),
            "exit.levels": self._held("exit_scaling/heap", "levels"),
            "exit.scale_bits": self._held("exit_decoder", "exponent_bits"),
        }
        rounding = {
            "exit.carry_bits": self._held("exit_rounding", "adder_bits"),
            "exit.saturates": 1.0 * (self._held("exit_rounding", "mux_bits") > 0),
            "exit.stages": self._held("exit_encoder", "shift_stages"),
            "exit.rounding_bits": self._held("exit_encoder", "rounding_bits"),
            "exit.room_bits": self._held("exit_encoder", "room_bits"),
        }
        return [
            _plus(scaling, _times(1 - registered, rounding), {"register": there}),
            _times(registered, rounding) | {"register": registered},
        ]

    def _adders(self, place: str, number: Array) -> Steps:
        """So many floating-point adders in a row; with registers in them a share of one."""
        stages = self._sizes["adder_stages"]
        whole = np.where(stages > 0, np.minimum(number, 1) / np.maximum(stages, 1), number)
        held = {name: self._held(f"{place}_adder", name) for name in _ADDER_STEPS[1:]}
        steps = {f"adder.{name}": whole * held[name] for name in held}
        return steps | {"adder.one": whole, "adder.cut": np.minimum(number, 1) * (stages > 1)}

    def _staged_multiplier(self) -> Steps:
        """The longest part of a multiplier with registers in it."""
        product = self._held("multiplier", "product_bits") > 0
        there = self._staged * product
        return {"float.register": there} | {
            name: self._staged * number for name, number in self._multipliers().items()
        }

    def _multipliers(self) -> Steps:
        stages = self._sizes["adder_stages"]
        share = self._floating / np.maximum(stages, 1)
        there = share * (self._held("multiplier", "product_bits") > 0)
        return {
            "multiplier.one": there,
            "multiplier.carry_bits": share * self._held("multiplier", "carry_bits"),
            "multiplier.levels": share * self._held("multiplier/heap", "levels"),
            "multiplier.stages": share * self._held("multiplier_encoder", "shift_stages"),
        }


def _times(factor: Array, steps: Steps) -> Steps:
    return {name: factor * number for name, number in steps.items()}


def _plus(*each: Steps) -> Steps:
    """Steps of paths that follow each other."""
    found: Steps = {}
    for steps in each:
        for name, number in steps.items():
            found[name] = found[name] + number if name in found else number
    return found
