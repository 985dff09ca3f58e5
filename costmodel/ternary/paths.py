"""What a clock period is made of: the longest paths.

Registers cut a core's way from activations to results into paths; the clock period is the longest
of them. Each path is a sum of steps (a level of full adders, a bit of a carry chain, the readers of
a net), a coefficient each, so the period is a maximum of linear functions. Which paths there are
follows from the registers; a step has the same coefficient on every path.

Here is which steps are on the paths of cores that add integers, those of converted floats too;
`costmodel.ternary.float_paths` has those of style ``float``. Nothing is about technologies:
`costmodel.model.fit_delay` finds the coefficients.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.columns import Columns
from costmodel.model.paths import Path, Steps, plus, times
from costmodel.ternary.float_paths import float_paths
from costmodel.ternary.inventory import Inventory
from costmodel.ternary.steps import held, net
from costmodel.ternary.unpack_inventory import DECODERS
from hw.ternary.choices import Style

__all__ = ["paths"]

Array = NDArray[Any]


def paths(columns: Columns, inventory: Inventory) -> list[Path]:
    """The paths of configurations.

    Args:
        columns: their parameters; see `costmodel.ternary.inventory.inventory`.
        inventory: of the same.
    """
    floating = np.asarray(columns.get("style", "")) == Style.FLOAT
    all_paths = [] if floating.all() else _Paths(columns, inventory, ~floating).paths()
    if floating.any():
        all_paths += float_paths(columns, inventory, floating)
    return all_paths


class _Paths:
    def __init__(self, columns: Columns, inventory: Inventory, exists: NDArray[np.bool_]) -> None:
        self._inventory, self._sizes = inventory, inventory.sizes
        self._columns = inventory.modules["column"].count
        self._exists = 1.0 * exists
        self._table_register = np.asarray(columns.get("table_register", False)).astype(float)
        self._reduce_register = np.asarray(columns.get("reduce_register", False)).astype(float)

    def paths(self) -> list[Path]:
        present, registered, reduced = self._exists, self._table_register, self._reduce_register
        convert, terms, to_sum = self._convert(), self._terms(), self._sum()
        end = {"register": np.ones(())}
        all_paths = [
            Path(plus(convert, self._table(), end), present * registered, from_register=False),
            Path(
                plus(times(1 - registered, convert), terms, to_sum, end),
                present,
                from_input=registered == 0,
                from_register=registered > 0,
            ),
            Path(plus(self._keys(), to_sum, end), present, from_register=False),
            # Without a reduce register, what is not taken must add nothing. (With it, the path is
            # a part of the one from the table.)
            Path(
                plus(times(1 - reduced, self._control(self._gates())), terms, to_sum, end),
                present,
                from_input=reduced == 0,
                from_register=reduced == 0,
            ),
            Path(plus(self._restart(), end), present),
        ]
        if "unpack" in self._inventory.modules:
            all_paths.append(self._unpacked(plus(self._keys(), to_sum, end)))
        if "exit" in self._inventory.modules:
            all_paths += self._exit()
        return all_paths

    def _held(self, module: str, quantity: str) -> Array:
        return held(self._inventory, module, quantity)

    def _convert(self) -> Steps:
        """From activations' codes to integers."""
        return {
            "convert.stages": self._held("converter", "shift_stages"),
            "convert.shifter_bits": self._held("converter", "shifter_bits"),
            "convert.bits": self._held("converter", "adder_bits"),
            "convert.exponent_bits": self._held("converter", "exponent_adder_bits"),
        }

    def _table(self) -> Steps:
        """From integers to entries."""
        uses = self._held("table", "entries") / np.maximum(self._sizes["group"], 1)
        return {
            "table.levels": self._held("table", "levels"),
            "table.carry_bits": self._held("table", "longest_adder_bits"),
            "table.entries": np.log2(np.maximum(uses, 1)),
        }

    def _terms(self) -> Steps:
        """From the table's register, or from integers, to the lanes of all columns."""
        made = 1 - self._table_register
        # An entry of which others are made goes to all columns nevertheless, and so does the
        # complement that lanes without a table take besides the activation.
        complements = self._held("lane", "xor_bits") == 0
        nets = made * self._held("table", "levels") + 1 + complements
        return plus(times(made, self._table()), times(nets, net("table", self._columns)))

    def _keys(self) -> Steps:
        """From keys to what they select."""
        return {"key.one": np.ones(()), "key.readers": 1.0 * self._sizes["term_bits"]}

    def _sum(self) -> Steps:
        """From the lanes to an accumulator, or to the register in front of it."""
        array = self._held("lane/heap", "levels")
        return {
            "lane.levels": self._held("lane", "or_levels"),
            "array.one": 1.0 * (array > 0),
            "heap.levels": self._held("column/heap", "levels") + array,
            "carry.bits": self._held("column", "carry_bits"),
        }

    def _gates(self) -> Array:
        """What holds back a tile that is not taken: bits of all tables."""
        bits = self._held("table", "gate_bits") + self._held("bank", "gate_bits")
        return bits * self._inventory.modules["table"].count

    def _control(self, readers: Array) -> Steps:
        """From handshakes to a net that takes part in the tile's arithmetic."""
        steps = {"control.one": np.ones(())} | net("control", readers)
        if "exit" in self._inventory.modules:
            steps["control.exit"] = 1.0 * (self._inventory.modules["exit"].count > 0)
        return steps

    def _restart(self) -> Steps:
        """From handshakes by the choice between accumulator and starting value to the sum."""
        bits, reduced = self._sizes["accumulator_bits"], self._reduce_register
        return plus(
            self._control(self._columns * bits),
            {
                "restart.readers": 1.0 * bits,
                "heap.levels": (1 - reduced) * self._held("column/heap", "levels"),
                "carry.bits": (1 - reduced) * self._held("column", "carry_bits")
                + reduced * self._held("column", "accumulate_bits"),
            },
        )

    def _unpacked(self, keys: Steps) -> Path:
        """From packed words through their decoders, and on like ``keys``."""
        decoders = {f"unpack.{name}": self._held("unpack_word", name) for name in DECODERS}
        steps = plus(keys, decoders, {"unpack.trits": self._held("unpack_group", "trits")})
        present = 1.0 * (self._inventory.modules["unpack"].count > 0)
        return Path(steps, present, from_register=False)

    def _exit(self) -> list[Path]:
        """From a finished sum to its result, or to the register on the way, and from there.

        Without a buffer and a register, scales are inputs of the same path.
        """
        present = 1.0 * (self._inventory.modules["exit"].count > 0)
        registered = self._sizes["exit_register"]
        end = {"register": np.ones(())}
        scaling = {
            "exit.one": np.ones(()),
            "exit.carry_bits": self._held("exit_scaling", "adder_bits")
            + self._held("exit_scaling", "carry_bits"),
            "exit.levels": self._held("exit_scaling/heap", "levels"),
            "exit.scale_bits": self._held("exit_decoder", "exponent_bits"),
        }
        rounding = {
            "exit.carry_bits": self._held("exit_rounding", "adder_bits"),
            "exit.saturates": 1.0 * (self._held("exit_rounding", "mux_bits") > 0),
            "encoder.stages": self._held("exit_encoder", "shift_stages"),
            "encoder.shifter_bits": self._held("exit_encoder", "shifter_bits"),
            "encoder.rounding_bits": self._held("exit_encoder", "rounding_bits"),
            "encoder.room_bits": self._held("exit_encoder", "room_bits"),
        }
        whole = plus(scaling, rounding, end)
        return [
            Path(whole, present * (registered == 0), from_input=False, to_output=True),
            Path(plus(scaling, end), present * registered),
            Path(plus(rounding, end), present * registered, from_input=False, to_output=True),
        ]
