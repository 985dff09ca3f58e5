"""The tile of weights that a ternary core takes a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hw.errors import check_integer
from hw.ternary import formulas

__all__ = ["Tile"]

_MOST_LUTS = _MOST_COLUMNS = 1024


@dataclass(frozen=True, kw_only=True)
class Tile:
    """Its size: `tile_inputs` x `columns` weights.

    Attributes:
        group: mu, activations that share a table and a key; 1 but for cores with tables.
        luts: L, groups of activations that a tile holds, 1 to 1024.
        columns: K, outputs that a tile works on, 1 to 1024.
    """

    largest_group: ClassVar[int] = 1

    group: int = 1
    luts: int
    columns: int

    def check_tile(self) -> None:
        """See that the sizes are in range.

        Raises:
            RequestError: one is not.
        """
        check_integer("group", self.group, 1, self.largest_group)
        check_integer("luts", self.luts, 1, _MOST_LUTS)
        check_integer("columns", self.columns, 1, _MOST_COLUMNS)

    @property
    def tile_inputs(self) -> int:
        """Activations a tile takes: L * group."""
        return formulas.tile_inputs(self.luts, self.group)

    @property
    def operations_per_cycle(self) -> int:
        """Weights of a tile; with several planes a tile holds one ternary digit of each."""
        return self.tile_inputs * self.columns

    def blocks(self, outputs: int) -> int:
        """Groups of `columns` outputs, the last one padded with zero weights."""
        return formulas.blocks(outputs, self.columns)
