"""How a ternary core's weights come: their digits, their words, their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hw.errors import RequestError, check_integer
from hw.ternary.choices import Loop, PackingName, Style
from hw.ternary.packing import PACKINGS

__all__ = ["WeightStream"]


@dataclass(frozen=True, kw_only=True)
class WeightStream:
    """The stream of weights.

    Attributes:
        packing: how it writes the weights (`hw.ternary.packing`); by default as the core's keys.
        loop: the order of a product's tiles (`hw.ternary.loop`), ``reduction`` or ``table``.
        planes: B, ternary digits of a weight, 1 to 4; 1 for multipliers, and where activations are
            floats.

    A weight of B ternary digits is ``sum of 2**p * digit[p]``: every integer of at most B bits and
    a sign, -`largest_weight` to `largest_weight`, hence all of two's complement intB. A matrix of
    such weights is B ternary matrices, its planes. A sum takes the tiles of all planes, the highest
    plane first, and is doubled in between; so B times as many tiles.
    """

    unit: ClassVar[str]
    most_planes: ClassVar[int] = 4

    packing: PackingName = PackingName.KEYS
    loop: Loop = Loop.REDUCTION
    planes: int = 1

    def check_weights(self, style: Style | str, group: int) -> None:
        """Read the choices, and see that they go together.

        Args:
            style: of the activations' arithmetic.
            group: weights of a key.

        Raises:
            RequestError: a value is not allowed, or not with the others.
        """
        check_integer(f"planes of {self.unit}", self.planes, 1, self.most_planes)
        for name, choice in (("loop", Loop), ("packing", PackingName)):
            object.__setattr__(self, name, choice.read(name, getattr(self, name)))
        keys = self.packing is PackingName.KEYS
        if self.planes > 1 and style is not Style.INTEGER:
            raise RequestError(
                f"planes = {self.planes} is not allowed with style = {style!r}: it must be 1"
            )
        if self.packing is PackingName.SPARSE34 and group != 4:
            raise RequestError(
                f"packing = {PackingName.SPARSE34!r} is for group = 4 of unit ternary_lut, not for"
                f" group = {group} of unit {self.unit}"
            )
        if not keys and style is Style.FLOAT:
            raise RequestError(
                f"packing = {self.packing!r} is not allowed with style = 'float': it must be"
                f" {PackingName.KEYS!r}"
            )
        if self.planes > 1 and not keys:
            raise RequestError(
                f"planes = {self.planes} is not allowed with packing = {self.packing!r}: it must"
                " be 1"
            )

    @property
    def largest_weight(self) -> int:
        """The largest absolute weight: 1, 3, 7 or 15."""
        return (1 << self.planes) - 1

    @property
    def term_lsb(self) -> int:
        """Bits of an accumulator below the terms of a tile.

        The initial value enters there and is doubled once for each plane but the first one, so it
        is in its place when the sum ends.
        """
        return self.planes - 1

    @property
    def reports_corrupt(self) -> bool:
        """Whether a flag for each column tells of words that stand for no weights."""
        return bool(PACKINGS[self.packing].corrupt)
