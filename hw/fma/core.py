"""The unit: a stream of factors and sums in, a stream of sums out, registers between."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring

from hw.float.pipeline import Stages
from hw.fma.alignment import CUTS
from hw.fma.configuration import Fma
from hw.fma.ports import signature
from hw.fma.raw_sum import raw_sum
from hw.fma.rounded_sum import rounded_sum
from hw.modules import Modules

__all__ = ["Core"]


class Core(wiring.Component):
    """Adds a product to a sum, one a cycle, `Fma.depth` cycles later.

    Ports (streams, of shapes as in `hw.fma.ports`):
        operations: the factors and the sum so far.
        results: the new sum.

    As long as a result is not taken, everything stands still. Without registers a result is there
    in the cycle of its operation.
    """

    def __init__(self, configuration: Fma) -> None:
        self._configuration = configuration
        super().__init__(signature(configuration))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        ports: Any = self  # they come with the signature
        operations, results = ports.operations, ports.results
        advance = Signal()
        stages = Stages(m, CUTS[c.depth], advance, operations.valid)
        given = {name: operations.payload[name] for name in "ab"}
        given["c"] = operations.payload.c.as_value()
        summed = raw_sum if c.sum_format is None else rounded_sum
        state = summed(m, platform, c, stages, given)
        m.d.comb += [
            operations.ready.eq(advance),
            results.payload.eq(Cat(state.values())),
            results.valid.eq(stages.valid),
            advance.eq(results.ready | ~results.valid if c.depth else results.ready),
        ]
        return m
