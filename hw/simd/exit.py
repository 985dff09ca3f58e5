"""Where sums leave: lane after lane, each rounded once to the format of results."""

from __future__ import annotations

from functools import partial
from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.codec import Encoder, PositEncoder
from hw.float.pipeline import Pipeline
from hw.formats import Float
from hw.modules import Modules
from hw.simd.configuration import SimdMac, Sums
from hw.simd.normalizer import Normalizer, exponents, kept_bits, lane_number_bits
from hw.simd.ports import flags, results_shape
from hw.simd.selects import Selects, pair_port

__all__ = ["EXIT_CUTS", "Exit"]

#: Steps of the exit that registers may stand after.
EXIT_CUTS = ("halved", "normalised", "encoded")

_NORMALISED = ("sign", "magnitude", "exponent", "sticky", "nan", "infinity")


class Exit(wiring.Component):
    """Converts finished sums, one lane of every accumulator at a time.

    A normaliser and an encoder for each accumulator serve its lanes one after the other: four
    narrow sums leave in four cycles. They stay in the accumulators meanwhile, so that the operation
    that starts the next sums waits for the last lane; within a sum nothing waits.

    Args:
        configuration: of the unit; it has a format of results.
        registers: after which steps registers stand, in their order: ``halved``, within the
            normaliser; ``normalised``, between it and the encoder; ``encoded``.

    Ports:
        sums: the accumulators.
        <flag>: what there is to be said of their fields.
        pair: the number of the sums' pair.
        together: they are dot products, of which there is one (only if both kinds may be, and
            several lanes share an accumulator).
        finished: the sums are there.
        done: the last of them leaves.
        results: the codes (stream).
    """

    def __init__(self, configuration: SimdMac, registers: tuple[str, ...]) -> None:
        self._configuration, self._registers = configuration, registers
        c = configuration
        ports: dict[str, wiring.Member] = {"sums": In(c.accumulators * c.accumulator_bits)}
        ports |= {flag: In(c.accumulators * c.fields) for flag in flags(c)}
        ports |= pair_port(c)
        ports |= {"together": In(1)} if c.sums is Sums.BOTH and c.fields > 1 else {}
        ports |= {"finished": In(1), "done": Out(1)}
        super().__init__(ports | {"results": Out(stream.Signature(results_shape(c)))})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        ports: Any = self
        results = ports.results
        lane, last = self._lane(m)
        leaves, free = Signal(), Signal()
        m.d.comb += [leaves.eq(self.finished & free), self.done.eq(leaves & last)]
        if c.fields > 1:
            with m.If(leaves):
                m.d.sync += lane.eq(~last.replicate(len(lane)) & (lane + 1))
        valid: Value = self.finished
        loads: dict[str, Value] = {}  # registers keep what they have until something comes
        for name in self._registers:
            loads[name] = Signal(name=f"loads_{name}")
            entered = Signal(name=f"{name}_valid")
            m.d.comb += loads[name].eq(valid & free)
            with m.If(free):
                m.d.sync += entered.eq(valid)
            valid = entered
        m.d.comb += results.valid.eq(valid)
        # without a register the sums themselves wait
        m.d.comb += free.eq(~valid | results.ready if self._registers else results.ready)
        codes: list[Value] = []
        for i in range(c.accumulators):
            inputs: dict[str, Value] = {
                "active": self.finished,
                "sum": self.sums.word_select(i, c.accumulator_bits),
                **{
                    f"noted_{flag}": getattr(self, flag).word_select(i, c.fields)
                    for flag in flags(c)
                },
            }
            if c.pair_bits:
                inputs["pair"] = self.pair
            if c.fields > 1:
                inputs["lane"] = lane
            if "halved" in loads:
                inputs["advance"] = loads["halved"]
            codes.append(self._converted(m, platform, i, loads, inputs))
        m.d.comb += results.payload.eq(Cat(codes))
        return m

    def _lane(self, m: Module) -> tuple[Signal, Value]:
        """The number of the lane that leaves, and whether it is the last one."""
        c = self._configuration
        lane = Signal(lane_number_bits(c), name="lane")
        if c.fields == 1:
            return lane, Const(1, 1)
        selects = Selects(c, self)
        ends: list[Value] = []
        for lanes in sorted({c.sharing(pair) for pair in c.modes}):
            pairs = [pair for pair in c.modes if c.sharing(pair) == lanes]
            ends.append(selects.any_of(pairs) & (lane == lanes - 1))
        last = Signal(name="last_lane")
        together = getattr(self, "together", Const(0, 1))
        m.d.comb += last.eq(Cat(ends).any() | together)
        return lane, last

    def _converted(
        self,
        m: Module,
        platform: Modules,
        i: int,
        loads: dict[str, Value],
        inputs: dict[str, Value],
    ) -> Value:
        """The code of the lane's sum of one accumulator."""
        c = self._configuration
        form = c.result_format
        assert form is not None
        kept = kept_bits(form)
        normalised = platform.place(
            m,
            f"normalizer{i}",
            "normalizer",
            partial(Normalizer, c, kept, register="halved" in loads),
            **inputs,
        )
        values = [getattr(normalised, name) for name in _NORMALISED]
        if "normalised" in loads:
            values = Pipeline(m, ("normalised",), loads["normalised"])("normalised", *values)
        parts = dict(zip(_NORMALISED, values, strict=True))
        range_ = exponents(c, kept)
        build = (
            partial(Encoder, form, kept, range_)
            if isinstance(form, Float)
            else partial(PositEncoder, form, kept, range_, normalized=True)
        )
        code = platform.place(m, f"encoder{i}", "encoder", build, **parts).code
        if "encoded" in loads:
            (code,) = Pipeline(m, ("encoded",), loads["encoded"])("encoded", code)
        return code
