"""The exit: takes finished sums from a core, scales them, rounds once, hands out results."""

from __future__ import annotations

from functools import partial, reduce
from operator import or_
from typing import Any, assert_never

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.codec.shapes import signed_range
from hw.formats import Float, Integer
from hw.modules import Modules
from hw.ternary.choices import Scale
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.rounder import Rounder
from hw.ternary.scaling import Scaling

__all__ = ["Exit", "exit_meanings", "results_shape", "scales_shape", "sums_shape"]


def sums_shape(plan: ExitPlan, columns: int = 0) -> data.StructLayout:
    """What a core gives: ``sums`` of all columns, or of so many, column 0 lowest.

    With them, if the plan has it, ``invalid`` (the results are NaN) and ``exponent`` (the binary
    weight of a sum's lowest bit).
    """
    sums = data.ArrayLayout(signed(plan.sum_bits), columns or plan.columns)
    fields: dict[str, Any] = {"sums": sums}
    if plan.invalid:
        fields["invalid"] = 1
    if plan.exponents[0] != plan.exponents[1]:
        fields["exponent"] = signed_range(*plan.exponents)
    return data.StructLayout(fields)


def scales_shape(plan: ExitPlan) -> data.Layout:
    """Scales of a beat: one of a tensor, else one for each of R columns, the first one lowest.

    With groups ``scales`` and the flag ``last``: this group ends its sums.
    """
    scales = data.ArrayLayout(plan.scale_bits, 1 if plan.scale is Scale.TENSOR else plan.units)
    return data.StructLayout({"scales": scales, "last": 1}) if plan.grouped else scales


def results_shape(plan: ExitPlan) -> data.ArrayLayout:
    """The results of R columns, the first one lowest."""
    bits = plan.result_bits
    match plan.result:
        case Float():
            return data.ArrayLayout(bits, plan.units)
        case Integer():
            return data.ArrayLayout(signed(bits), plan.units)
        case _:
            assert_never(plan.result)


def exit_meanings(plan: ExitPlan) -> dict[str, str]:
    """What the streams carry, for the manifest."""
    beats = f"{plan.beats} beats a sum" if plan.beats > 1 else "one beat a sum"
    columns = f"the columns R*b to R*b + R - 1 in beat b (R = {plan.units}, {beats})"
    spare = plan.beats * plan.units > plan.columns
    padding = "; what lies beyond the last column is the result of a sum of 0" if spare else ""
    ignored = "; what lies beyond the last column may be anything" if spare else ""
    meanings = {"results": f"the results of {columns}{padding}"}
    match plan.scale:
        case Scale.NONE:
            return meanings
        case Scale.TENSOR:
            scales = "the scale of all columns of a sum; one beat a sum"
        case Scale.COLUMN:
            scales = f"the scales of {columns}{ignored}"
        case Scale.GROUP:
            scales = (
                f"for each group of {columns}: their scales{ignored}, and last, high in all beats"
                " of the last group of a sum"
            )
        case _:
            assert_never(plan.scale)
    return {"scales": scales} | meanings


class Exit(wiring.Component):
    """Turns the sums of K columns into results, R of them a beat.

    Ports (streams, with the core's rules):
        sums: the sums of all columns (`sums_shape`); one transfer for each sum of the core.
        scales: the scales of a beat of results; with ``tensor`` one scale a sum, with ``group`` the
            scales of each group, and ``last`` with those of the last one (only with scales).
        results: the results of so many columns, the first one lowest, in as many beats as it takes;
            with ``group`` for the last group. Beyond the last column they are those of sums of 0.

    Latency: `ExitPlan.latency` cycles from sums to the first results; interval: `ExitPlan.beats`. A
    buffer takes the sums, so that the core's accumulators go on at once; if all results leave in
    one beat, there is none, and the core holds them. With groups each column has a register that
    adds the products up; the registers of a unit turn in a ring. ``results.valid`` does not wait
    for ready, but without ``register`` for scales.
    """

    def __init__(self, plan: ExitPlan) -> None:
        self._plan = plan
        ports = {"sums": In(stream.Signature(sums_shape(plan)))}
        if plan.scaled:
            ports["scales"] = In(stream.Signature(scales_shape(plan)))
        super().__init__(ports | {"results": Out(stream.Signature(results_shape(plan)))})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        plan = self._plan
        busy = Signal()  # sums are there
        step = Signal()  # a beat of them is worked on
        last_beat = Signal()
        sums = self._buffer(m, busy, step, last_beat)

        emit: Value = self.scales.payload.last if plan.grouped else Const(1)
        offered: Value = busy & self.scales.valid if plan.scaled else busy
        room = Signal()
        m.d.comb += step.eq(offered & room)
        if plan.scaled:
            ends = last_beat if plan.scale is Scale.TENSOR else Const(1)
            m.d.comb += self.scales.ready.eq(busy & room & ends)
        if plan.register:
            m.d.comb += room.eq(~self.results.valid | self.results.ready)
            with m.If(room):
                m.d.sync += self.results.valid.eq(offered & emit)
        else:
            m.d.comb += [
                room.eq(~emit | self.results.ready),
                self.results.valid.eq(offered & emit),
            ]

        fresh = Signal(init=1)  # no group of these sums has been
        if plan.grouped:
            with m.If(step & last_beat):
                m.d.sync += fresh.eq(emit)
        shared = self._shared(m, sums, fresh, step & last_beat)
        for r in range(plan.units):
            inputs = shared | {"sum": sums.sums[r]}
            if plan.scaled:
                scales = self.scales.payload.scales if plan.grouped else self.scales.payload
                inputs["scale"] = scales[0 if plan.scale is Scale.TENSOR else r]
            totals = []
            if plan.grouped:
                shape = signed(plan.value_bits)
                totals = [
                    Signal(shape, name=f"total{r}_{i}", reset_less=True) for i in range(plan.beats)
                ]
                inputs["total"] = Mux(fresh, Const(plan.half, shape), totals[0])
            scaling = platform.place(
                m, f"scaling{r}", "exit_scaling", partial(Scaling, plan), **inputs
            )
            product = self._held(m, scaling.product, totals, step, f"product{r}")
            rounding = platform.place(
                m, f"rounding{r}", "exit_rounding", partial(Rounder, plan), product=product
            )
            m.d.comb += self.results.payload[r].eq(rounding.result)
        return m

    def _buffer(self, m: Module, busy: Signal, step: Signal, last_beat: Signal) -> Any:
        """The sums of the beat, and what comes with them; drives ``busy`` and ``last_beat``."""
        plan = self._plan
        if plan.beats == 1:
            m.d.comb += [busy.eq(self.sums.valid), last_beat.eq(1), self.sums.ready.eq(step)]
            return self.sums.payload
        held = Signal(self.sums.payload.shape(), reset_less=True)
        load = Signal()
        done = step & last_beat
        m.d.comb += [
            self.sums.ready.eq(~busy | done),
            load.eq(self.sums.valid & self.sums.ready),
        ]
        with m.If(load):
            m.d.sync += [held.eq(self.sums.payload), busy.eq(1)]
        with m.Elif(done):
            m.d.sync += busy.eq(0)

        beat = Signal(plan.beats, init=1)  # one bit, which goes round
        m.d.comb += last_beat.eq(beat[-1])
        with m.If(step):
            m.d.sync += beat.eq(beat.rotate_left(1))
        shown = Signal(sums_shape(plan, plan.units))
        for name in held.shape().members:
            if name != "sums":
                m.d.comb += shown[name].eq(held[name])
        for r in range(plan.units):
            terms = [
                held.sums[k].as_unsigned() & beat[k // plan.units].replicate(plan.sum_bits)
                for k in range(r, plan.columns, plan.units)
            ]
            m.d.comb += shown.sums[r].eq(reduce(or_, terms))
        return shown

    def _shared(self, m: Module, sums: Any, fresh: Signal, done: Value) -> dict[str, Any]:
        """What the units share: the sums' exponent, and whether they are no numbers."""
        plan = self._plan
        shared: dict[str, Any] = {}
        if plan.exponents[0] != plan.exponents[1]:
            shared["exponent"] = sums.exponent
        if plan.invalid:
            shared["invalid"] = sums.invalid
            if plan.grouped:
                before = Signal(reset_less=True)
                invalid = Signal()
                m.d.comb += invalid.eq(sums.invalid | (before & ~fresh))
                with m.If(done):
                    m.d.sync += before.eq(invalid)
                shared["invalid"] = invalid
        return shared

    def _held(self, m: Module, product: Any, totals: list[Signal], step: Signal, name: str) -> Any:
        """What is rounded: the product, or what a register has of it."""
        plan = self._plan
        if plan.grouped:
            with m.If(step):
                m.d.sync += Cat(totals).eq(Cat(totals[1:], product.value))
        if not plan.register:
            return product
        held: Any = Signal(product.shape(), name=name, reset_less=True)
        fields: list[str] = list(product.shape().members)
        if plan.grouped:
            m.d.comb += held["value"].eq(totals[-1])
            fields.remove("value")
        with m.If(step):
            m.d.sync += [held[field].eq(product[field]) for field in fields]
        return held
