"""What leaves a ternary core: the parameters of its exit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hw.errors import RequestError
from hw.ternary import formulas
from hw.ternary.choices import Scale
from hw.ternary.exit_plan import parse_result, parse_scale
from hw.ternary.parameters.switches import check_switches

__all__ = ["Results"]

_ABSENT = {"scale": Scale.NONE, "exits": 0, "exit_register": False}


@dataclass(frozen=True, kw_only=True)
class Results:
    """The parameters of an `hw.ternary.exit_plan.ExitPlan`; without ``result`` there is no exit.

    Attributes:
        result: format of the results: the raw accumulators when empty, else ``intN`` (N from 2 to
            32) or a float's name; an exit after the core then rounds.
        scale: what one scale belongs to: ``none``, ``tensor`` (all columns of a sum), ``column``,
            or ``group`` (``scale_group`` inputs of a column).
        scale_group: inputs that share a scale, 32 to 256, whole tiles; 0 without groups.
        scale_format: of the scales: ``uN.F`` (fixed-point) or a float's name; empty without.
        exits: R, results that leave a cycle, 1 to columns; by default, also as 0, the least that
            keeps up with the tiles of the workload.
        exit_register: a register between the exact product of sum and scale and its rounding.
    """

    result: str = ""
    scale: Scale = Scale.NONE
    scale_group: int = 0
    scale_format: str = ""
    exits: int = 0
    exit_register: bool = False

    def check_results(self, tile_inputs: int) -> None:
        """Read the formats, and see that scales go together and are not stated without a result.

        Args:
            tile_inputs: activations of a tile, of which a group that shares a scale takes whole
                ones.

        Raises:
            RequestError: a value is not allowed, or not with the others.
        """
        object.__setattr__(self, "scale", Scale.read("scale", self.scale))
        check_switches(self, "exit_register")
        parse_scale(self.scale, self.scale_group, self.scale_format, tile_inputs)
        if self.result != "":
            object.__setattr__(self, "result", parse_result(self.result).name)
            return
        for name, absent in _ABSENT.items():
            if (value := getattr(self, name)) != absent:
                raise RequestError(
                    f"{name} = {value!r} is not allowed without a result format: state result,"
                    " such as 'bf16'"
                )

    def stated_results(self) -> dict[str, Any]:
        """The parameters as a design file states them; none without an exit."""
        names = ("result", "scale", "scale_group", "scale_format", "exits", "exit_register")
        return {name: getattr(self, name) for name in names} if self.result else {}

    def groups(self, inputs: int) -> int:
        """Sums of the core that one output takes: 1, or the groups that have a scale each."""
        return formulas.groups(inputs, self.scale_group)
