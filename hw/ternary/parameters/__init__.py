"""The parameters of the ternary cores, as a design file states them, by what they are about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hw.ternary.choices import Loop, PackingName, Scale, Style
from hw.ternary.lane import Lane, MultiplyLane
from hw.ternary.parameters.numbers import Numbers
from hw.ternary.parameters.registers import Registers
from hw.ternary.parameters.results import Results
from hw.ternary.parameters.tile import Tile
from hw.ternary.parameters.weight_stream import WeightStream
from hw.ternary.parts import PARTS
from hw.ternary.workload import Workload

__all__ = ["Parameters"]


@dataclass(frozen=True, kw_only=True)
class Parameters(Results, WeightStream, Registers, Numbers, Tile, ABC):
    """What the ternary cores have in common: all parameters, side by side, as users state them.

    Each group of them is a class of its own with its documentation, its checks, and what follows
    from it alone: `Tile`, `Numbers`, `Registers`, `WeightStream`, `Results`. That groups go
    together is for `hw.ternary.configuration.TernaryConfiguration` to check.

    Attributes:
        workload: the largest matrix product.

    Derived: a tile of `tile_inputs` x `columns` weights is consumed every cycle
    (`initiation_interval` is 1), and results are there `latency` cycles after the last one.
    """

    unit: ClassVar[str]
    meaning: ClassVar[str]
    family: ClassVar[str] = "ternary"
    operation: ClassVar[str] = "weight"
    limits: ClassVar[type] = Workload
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "style": tuple(Style),
        "loop": tuple(Loop),
        "packing": tuple(PackingName),
        "scale": tuple(Scale),
    }
    formats: ClassVar[tuple[str, ...]] = ("activation", "sum_format", "accumulator_format")
    parts: ClassVar[Mapping[str, str]] = PARTS
    #: How a key is laid out, for the manifest.
    key_layout: ClassVar[str] = (
        "the sign is the top bit, the index below it; codes not listed are reserved"
    )

    workload: Workload

    @property
    @abstractmethod
    def lane(self) -> type[Lane]:
        """The circuit that turns a key and a table into bits to be summed."""

    @property
    def initiation_interval(self) -> int:
        """A tile is consumed every cycle."""
        return 1

    @property
    def multiplies(self) -> bool:
        """Whether lanes multiply in floating point: a weight is then a code of that format."""
        return self.style is Style.FLOAT and self.lane is MultiplyLane

    def parameters(self) -> dict[str, Any]:
        """The parameters as a design file states them, defaults resolved."""
        return {
            "group": self.group,
            "luts": self.luts,
            "columns": self.columns,
            **self.arithmetic.parameters(),
            "accumulator_bits": self.accumulator_bits,
            "table_register": self.table_register,
            "reduce_register": self.reduce_register,
            "sequencer": self.sequencer,
            **({} if self.packing is PackingName.KEYS else {"packing": self.packing}),
            **({} if self.loop is Loop.REDUCTION else {"loop": self.loop}),
            **self.stated_results(),
            **({"planes": self.planes} if self.planes > 1 else {}),
        }
