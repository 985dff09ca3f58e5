"""What a ternary core's activations and sums are, and how they are added."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

from hw.formats import Float, Format, Integer
from hw.ternary import formulas
from hw.ternary.choices import Style
from hw.ternary.style import Arithmetic

__all__ = ["Numbers"]

#: Parameters that make an `Arithmetic`, besides its style.
_FIELDS = ("activation", "sum_format", "accumulator_format", "adder_stages", "aligned_bits")


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The parameters of an `Arithmetic`, and the accumulator behind it.

    Attributes:
        activation: format of the activations, or its name, as `parameters` gives it.
        style: arithmetic, see `hw.ternary.style`; and with it ``sum_format``,
            ``accumulator_format``, ``adder_stages`` and ``aligned_bits``, as `Arithmetic` explains
            them.
        accumulator_bits: width of accumulators and results, up to 64; by default the least that
            holds every sum of the workload. Sums are modulo ``2**accumulator_bits`` on the way,
            exact at the end. In style ``float`` it is that of ``accumulator_format``.
    """

    activation: Format
    style: Style | Literal[""] = ""
    sum_format: Float | None = None
    accumulator_format: Float | None = None
    adder_stages: int = 0
    aligned_bits: int = 0
    accumulator_bits: int = 0

    def resolve_numbers(self) -> None:
        """Read the formats, and resolve the defaults; those of the accumulator come later.

        Raises:
            RequestError: a value is out of range, or does not go with the style.
        """
        resolved = self.arithmetic
        object.__setattr__(self, "style", resolved.name)
        for name in _FIELDS:
            object.__setattr__(self, name, getattr(resolved, name))

    @cached_property
    def arithmetic(self) -> Arithmetic:
        """The style with all that follows from it."""
        stated: dict[str, Any] = {name: getattr(self, name) for name in _FIELDS}
        return Arithmetic(**stated, name=cast("Style", self.style))  # or nothing, for the default

    @property
    def operand(self) -> Integer:
        """What tables and lanes work on: the activations, or what they are turned into."""
        return self.arithmetic.operand

    @property
    def interleave(self) -> int:
        """Sums whose tiles take turns: as many as the accumulator has registers in its loop."""
        return formulas.interleave(self.adder_stages)
