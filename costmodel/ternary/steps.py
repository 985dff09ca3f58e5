"""What paths are made of: steps, and the nets between them.

A step has the same coefficient on every path. How many gates it takes in a row is known beforehand,
if roughly (`GATES`); a technology's fit is drawn to that.

A net with many readers is slow in a way of its own. A mapping for the least area leaves it to one
cell as long as the library allows such a load, so its delay grows with every reader; beyond that
buffers take over, and it is faster again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.paths import Steps
from costmodel.ternary.inventory import Inventory

__all__ = ["CHAINS", "GATES", "LOADS", "held", "net"]

Array = NDArray[Any]

#: Gates in a row that a step takes, roughly: full adders and multiplexers two or more, a bit of a
#: carry chain of logic one. Where chains are library cells, and how slow gates are, the fit finds.
GATES: Mapping[str, float] = {
    # registers, handshakes, nets
    "register": 3,
    "float.register": 5,
    "control.one": 5,
    "control.exit": 6,
    "control.readers": 8,
    "control.buffers": 8,
    "control.doublings": 0.5,
    "float.control": 5,
    "float.turns": 4,
    "enable.one": 3,
    "restart.readers": 0.2,
    # from activations to terms
    "convert.stages": 2,
    "convert.bits": 1,
    "convert.exponent_bits": 1,
    "convert.shifter_bits": 0.05,
    "table.levels": 4,
    "table.carry_bits": 1,
    "table.entries": 1,
    "table.readers": 10,
    "table.buffers": 8,
    "table.doublings": 0.5,
    "key.one": 2,
    "key.readers": 0.15,
    "lane.levels": 2,
    # sums and results
    "array.one": 2,
    "heap.levels": 4,
    "carry.bits": 2,
    "exit.one": 5,
    "exit.carry_bits": 2,
    "exit.levels": 4,
    "exit.scale_bits": 1,
    "exit.saturates": 4,
    # from packed words to keys
    "unpack.codes": 1,
    "unpack.trits5": 16,
    "unpack.trits5_key": 12,
    "unpack.tl2": 12,
    "unpack.tl2_key": 2,
    "unpack.trits": 4,
    # codes of floats
    "decoder.bits": 1,
    "encoder.stages": 4,
    "encoder.shifter_bits": 0.05,
    "encoder.rounding_bits": 1,
    "encoder.room_bits": 1,
    # floating-point units
    "widen.one": 6,
    "multiplier.one": 3,
    "adder.one": 6,
    "adder.compare_bits": 1,
    "adder.compare_again": 0.3,
    "adder.exponent_bits": 1,
    "adder.align_stages": 2,
    "adder.align_bits": 0.1,
    "adder.adder_bits": 1,
    "adder.normalise_stages": 4,
    "adder.normalise_bits": 0.05,
    "adder.rounding_bits": 1,
}

#: Steps that count bits of carry chains, and those that count readers of nets.
CHAINS = frozenset(
    (
        *("convert.bits", "convert.exponent_bits", "table.carry_bits", "carry.bits"),
        *("exit.carry_bits", "decoder.bits", "encoder.rounding_bits"),
        *("adder.compare_bits", "adder.exponent_bits", "adder.adder_bits", "adder.rounding_bits"),
    )
)
LOADS = frozenset(
    (
        *("control.readers", "control.buffers", "control.doublings", "restart.readers"),
        *("table.readers", "table.buffers", "table.doublings", "table.entries", "key.readers"),
    )
)

#: Readers that a net has without buffers, at the most, by what drives it: a cell of the handshakes,
#: or one of a table or an inverter. What libraries allow is near that; errors hardly depend on it
#: but on sg13g2, whose cells are weak.
_ROOM = {"control": 122.0, "table": 80.0}


def held(inventory: Inventory, module: str, quantity: str) -> Array:
    """A quantity of one of a module's instances; 0 where there is none."""
    instances = inventory.modules.get(module)
    if instances is None:
        return np.zeros(())
    number = np.asarray(instances.quantities.get(quantity, 0), dtype=float)
    somewhere = instances.count > 0
    return number if somewhere.all() else number * somewhere


def net(kind: str, readers: Array) -> Steps:
    """The steps of a net with so many readers; ``kind`` is ``control`` or ``table``."""
    room = _ROOM[kind]
    readers = np.maximum(readers, 1).astype(float)
    buffered = readers > room
    return {
        f"{kind}.readers": np.where(buffered, 0.0, readers / room),
        f"{kind}.buffers": 1.0 * buffered,
        f"{kind}.doublings": np.log2(readers),
    }
