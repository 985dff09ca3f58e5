"""The unit: slices of multipliers and shifters, a sum over lanes, accumulators."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring

from hw.float.pipeline import Stages
from hw.modules import Modules
from hw.simd.accumulator import Accumulator
from hw.simd.configuration import SimdMac, Sums
from hw.simd.dot import Dot, dot_pairs, dot_term_bits
from hw.simd.exit import EXIT_CUTS, Exit
from hw.simd.float_sums import float_sum, rounded
from hw.simd.multiplier import Multiplier
from hw.simd.operand import Operand, lane_quarters, lane_term_bits
from hw.simd.ports import flags, signature
from hw.simd.scaler import Scaler
from hw.simd.scales import Scales, windows
from hw.simd.selects import Selects
from hw.simd.shifter import Shifter, distance_bits, quarters
from hw.simd.stages import cuts
from hw.simd.unpack import Side, Unpack

__all__ = ["Core"]

_OF_SCALES = ("significand", "shift", "nan")  # of the product of both scales
_OF_OPERATION = ("pair", "dot", "first", "last")  # what an operation says besides its operands


class Core(wiring.Component):
    """Multiplies the lanes of two operands and adds the products to sums, an operation a cycle.

    Ports (streams, of shapes as in `hw.simd.ports`):
        operations: the operands, and what is to be done with them.
        results: the finished sums; a word for each operation that is the last one of its sums.

    All operations of a sum are of one pair, and all or none of them dot products. A sum stays in
    the accumulators until it is taken; as long as it is not, everything stands still.
    """

    def __init__(self, configuration: SimdMac) -> None:
        self._configuration = configuration
        super().__init__(signature(configuration))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        ports: Any = self  # they come with the signature
        operations = ports.operations
        advance = Signal()
        m.d.comb += operations.ready.eq(advance)
        stages = Stages(m, cuts(c), advance, operations.valid)
        given = operations.payload
        state = {"first": given.first, "last": given.last}
        if c.pair_bits:
            state["pair"] = given.pair
        if c.sums is Sums.BOTH:
            state["dot"] = given.dot
        state |= {
            f"{name}{i}": given[name].word_select(i, 16) for i in range(c.slices) for name in "ab"
        }
        scaled = any(pair.blocks for pair in c.modes)
        if scaled:
            state |= {name: given[name] for name in ("scale_a", "scale_b")}
        state = stages("given", state)
        for i in range(c.slices):
            state |= self._unpack(m, platform, i, state)
        if scaled:
            codes = {name: state.pop(name) for name in ("scale_a", "scale_b")}
            build = partial(Scales, c)
            scales = platform.place(m, "scales", "scales", build, **codes, **_pair(state))
            names = (*_OF_SCALES, *(("outside",) if windows(c) else ()))
            state |= {f"scale_{name}": getattr(scales, name) for name in names}
        state = stages("unpacked", state)
        rows = "rows" in cuts(c)
        for i in range(c.slices):
            inputs = {"a": state.pop(f"a{i}"), "b": state.pop(f"b{i}"), **_pair(state)}
            inputs |= {"advance": advance} if rows else {}
            build = partial(Multiplier, c, register=rows)
            multiplied = platform.place(m, f"multiplier{i}", "multiplier", build, **inputs)
            state[f"product{i}"] = multiplied.product
        late = {name: state.pop(name) for name in list(state) if name.startswith("product")}
        state = stages("rows", state) | late
        state = stages("multiplied", state)
        for i in range(c.slices):
            self._shift(m, platform, i, state)
        state = stages("shifted", state)
        advances = stages.valid & advance
        adds_later = "summed" in cuts(c) or c.sum_format is not None
        self._choose(m, platform, state, Const(1, 1) if adds_later else advances)
        state = stages("summed", state)
        if c.sum_format is not None:
            state = rounded(m, platform, c, stages, state)
        taken = Signal(name="taken")
        m.d.comb += taken.eq(stages.valid & advance)
        if c.sum_format is not None:
            sums = {"codes": float_sum(m, platform, c, state, taken)}
        else:
            sums = self._accumulate(m, platform, state, taken)
        m.d.comb += advance.eq(self._leave(m, platform, state, taken, sums))
        return m

    def _unpack(
        self, m: Module, platform: Modules, i: int, state: dict[str, Value]
    ) -> dict[str, Value]:
        """Significands, distances, signs and flags of a slice's lanes."""
        c = self._configuration
        a, b = (
            platform.place(
                m,
                f"unpack_{name}{i}",
                f"unpack_{name}",
                partial(Unpack, Side(c, name)),
                code=state.pop(f"{name}{i}"),
                **_pair(state),
            )
            for name in ("a", "b")
        )
        unpacked: dict[str, Value] = {f"a{i}": a.significand, f"b{i}": b.significand}
        for quarter in quarters(c):
            lane = f"{i}_{quarter}"
            one, other = (
                SimpleNamespace(
                    **{
                        name: getattr(number, f"{name}{quarter}", Const(0, 1))
                        for name in ("exponent", "sign", "nan", "infinity", "zero")
                    }
                )
                for number in (a, b)
            )
            if bits := distance_bits(c, quarter):
                distance = Signal(bits, name=f"distance{lane}")
                m.d.comb += distance.eq(one.exponent + other.exponent)
                unpacked[f"distance{lane}"] = distance
            unpacked[f"sign{lane}"] = sign = Signal(name=f"sign{lane}")
            m.d.comb += sign.eq(one.sign ^ other.sign)
            nan = one.nan | other.nan | one.infinity & other.zero | other.infinity & one.zero
            infinite = (one.infinity | other.infinity) & ~nan
            said = {"nan": nan, "positive": infinite & ~sign, "negative": infinite & sign}
            for flag in flags(c):
                unpacked[f"{flag}{lane}"] = Const(0, 1)
            for flag in flags(c, quarter):
                unpacked[f"{flag}{lane}"] = note = Signal(name=f"{flag}{lane}")
                m.d.comb += note.eq(said[flag])
        return unpacked

    def _shift(self, m: Module, platform: Modules, i: int, state: dict[str, Value]) -> None:
        """Put the terms of a slice's lanes in the place of its products."""
        c = self._configuration
        product = state.pop(f"product{i}")
        for quarter in quarters(c):
            lane = f"{i}_{quarter}"
            build = partial(Shifter, c, quarter)
            bits = max(pair.product_bits for pair in c.starting(quarter))
            inputs: dict[str, Value] = {
                "product": product[8 * quarter :][:bits],
                **_pair(state),
            }
            if f"distance{lane}" in state:
                inputs["distance"] = state.pop(f"distance{lane}")
            if not all(pair.silent for pair in c.starting(quarter)):
                inputs["dropped"] = Cat(state[f"{flag}{lane}"] for flag in flags(c)).any()
            shifted = platform.place(m, f"shifter{lane}", "shifter", build, **inputs)
            state[f"term{lane}"] = shifted.term

    def _choose(self, m: Module, platform: Modules, state: dict[str, Value], counts: Value) -> None:
        """Put what is added to the accumulators in the place of the terms; zeros if none counts."""
        c = self._configuration
        together = self._together(m, state)
        by_lane, by_sum = Signal(name="by_lane"), Signal(name="by_sum")
        m.d.comb += [by_lane.eq(counts & ~together), by_sum.eq(counts & together)]
        dot: dict[str, Value] = {}
        if dot_pairs(c):
            inputs = {
                f"{name}{i}_{q}": state[f"{name}{i}_{q}"][: dot_term_bits(c, q)]
                for i in range(c.slices)
                for q in quarters(c)
                for name in ("term", "sign")
                if dot_term_bits(c, q)
            }
            summed = platform.place(
                m, "dot", "dot", partial(Dot, c), **_pair(state), sums=by_sum, **inputs
            )
            magnitude, sign = summed.magnitude, summed.sign
            dot = {f"dot_{flag}": self._any_lane(m, state, flag) for flag in flags(c)}
            if "scale_nan" in state:
                inputs = {"significand": state["scale_significand"], "shift": state["scale_shift"]}
                inputs |= {"magnitude": magnitude, "sign": sign}
                scaled = platform.place(m, "scaler", "scaler", partial(Scaler, c), **inputs)
                magnitude, sign = scaled.scaled_magnitude, scaled.scaled_sign
                dot["dot_nan"] |= state["scale_nan"]
                if "scale_outside" in state:  # 0 is 0 whatever multiplies it
                    dot["dot_nan"] |= (
                        state["scale_outside"] & Cat(summed.magnitude, summed.sign).any()
                    )
            dot |= {"dot": magnitude, "dot_sign": sign, "by_sum": by_sum}
        chosen: dict[str, Value] = {}
        for i in range(c.accumulators):
            inputs = {
                f"{name}{q}": state[f"{name}{i}_{q}"]
                for q in lane_quarters(c)
                for name in ("sign", *flags(c))
            }
            for q in lane_quarters(c):
                inputs[f"term{q}"] = state[f"term{i}_{q}"][: lane_term_bits(c, q)]
            with_dot = bool(dot) and i == 0
            operand = platform.place(
                m,
                f"operand{i}",
                "operand",
                partial(Operand, c, with_dot=with_dot),
                **_pair(state),
                by_lane=by_lane,
                **inputs,
                **(dot if with_dot else {}),
            )
            carries = () if c.sum_format is not None else ("enters", "passes")
            for name in ("operand", *carries, *flags(c)):
                chosen[f"{name}{i}"] = getattr(operand, name)
        for name in list(state):
            if name not in _OF_OPERATION:
                del state[name]
        state |= chosen

    def _accumulate(
        self, m: Module, platform: Modules, state: dict[str, Value], taken: Value
    ) -> dict[str, Value]:
        """Add to the sums; returns them and what there is to be said of them."""
        c = self._configuration
        gated = "summed" in cuts(c)
        sums: list[Value] = []
        notes: dict[str, list[Value]] = {flag: [] for flag in flags(c)}
        for i in range(c.accumulators):
            inputs = {name: state[f"{name}{i}"] for name in ("operand", "enters", "passes")}
            inputs |= {f"noted_{flag}": state[f"{flag}{i}"] for flag in flags(c)}
            inputs |= {"taken": taken} if gated else {}
            summed = platform.place(
                m,
                f"accumulator{i}",
                "accumulator",
                partial(Accumulator, c, gated=gated),
                restart=taken & state["first"],
                **inputs,
            )
            sums.append(summed.sum)
            for flag, noted in notes.items():
                noted.append(getattr(summed, flag))
        finished: dict[str, Value] = {flag: Cat(noted) for flag, noted in notes.items()}
        return {"sums": Cat(sums)} | finished

    def _leave(
        self,
        m: Module,
        platform: Modules,
        state: dict[str, Value],
        taken: Value,
        sums: dict[str, Value],
    ) -> Value:
        """Hold finished sums until they have left; returns whether others may be added to."""
        c = self._configuration
        ports: Any = self
        results = ports.results
        ends = taken & state["last"]
        if c.result_format is None or c.sum_format is not None:
            for name, value in sums.items():
                m.d.comb += results.payload[name].eq(value)
            with m.If(ends):
                m.d.sync += results.valid.eq(1)
            with m.Elif(results.ready):
                m.d.sync += results.valid.eq(0)
            return ~results.valid | results.ready
        finished = Signal()
        inputs = dict(sums)
        for name, port in (("pair", "pair"), ("dot", "together")):
            if name in state and (name == "pair" or c.fields > 1):
                kept = Signal(len(state[name]), name=f"{port}_of_sums", reset_less=True)
                inputs[port] = kept
                with m.If(taken):
                    m.d.sync += kept.eq(state[name])
        build = partial(Exit, c, tuple(cut for cut in cuts(c) if cut in EXIT_CUTS))
        leaving = platform.place(
            m, "exit", "exit", build, finished=finished, results_ready=results.ready, **inputs
        )
        with m.If(ends):
            m.d.sync += finished.eq(1)
        with m.Elif(leaving.done):
            m.d.sync += finished.eq(0)
        m.d.comb += [
            results.payload.eq(leaving.results_payload),
            results.valid.eq(leaving.results_valid),
        ]
        return ~finished | leaving.done

    def _together(self, m: Module, state: dict[str, Value]) -> Value:
        """Whether products of several lanes go into one sum."""
        c = self._configuration
        together = Signal()
        several = Selects(c, state.get("pair", Const(0, 0))).any_of(dot_pairs(c))
        m.d.comb += together.eq(several & state.get("dot", Const(1, 1)))
        return together

    def _any_lane(self, m: Module, state: dict[str, Value], flag: str) -> Value:
        """Whether a flag is to be raised of any lane of the operation."""
        c = self._configuration
        lanes = []
        for quarter in quarters(c):
            starts = Selects(c, state.get("pair", Const(0, 0))).starting(quarter)
            lanes += [state[f"{flag}{i}_{quarter}"] & starts for i in range(c.slices)]
        raised = Signal(name=f"dot_{flag}")
        m.d.comb += raised.eq(Cat(lanes).any())
        return raised


def _pair(state: dict[str, Value]) -> dict[str, Value]:
    """The number of the operation's pair, for the modules' ports."""
    return {"pair": state["pair"]} if "pair" in state else {}
