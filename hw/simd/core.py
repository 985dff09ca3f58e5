"""The unit: slices of multipliers and shifters, a sum over lanes, accumulators."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring

from hw.float.pipeline import Pipeline
from hw.modules import Modules
from hw.simd.accumulator import Accumulator, lane_quarters
from hw.simd.configuration import SimdMac, Sums
from hw.simd.dot import Dot, dot_pairs, dot_term_bits
from hw.simd.multiplier import Multiplier
from hw.simd.pairs import Pair
from hw.simd.ports import flags, signature
from hw.simd.selects import Selects
from hw.simd.shifter import Shifter, distance_bits, quarters
from hw.simd.unpack import Side, Unpack

__all__ = ["CUTS", "Core"]

#: Where the registers of so many stages stand, besides the accumulators.
CUTS = (
    (),
    ("multiplied",),
    ("unpacked", "multiplied"),
    ("unpacked", "multiplied", "shifted"),
    ("unpacked", "rows", "multiplied", "shifted"),
    ("given", "unpacked", "rows", "multiplied", "shifted"),
)


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
        operations, results = ports.operations, ports.results
        advance = Signal()
        m.d.comb += [
            advance.eq(~results.valid | results.ready),
            operations.ready.eq(advance),
        ]
        stages = _Stages(m, CUTS[c.depth - 1], advance, operations.valid)
        given = operations.payload
        state = {"first": given.first, "last": given.last}
        if c.pair_bits:
            state["pair"] = given.pair
        if c.sums is Sums.BOTH:
            state["dot"] = given.dot
        state |= {
            f"{name}{i}": given[name].word_select(i, 16) for i in range(c.slices) for name in "ab"
        }
        state = stages("given", state)
        for i in range(c.slices):
            state |= self._unpack(m, platform, i, state)
        state = stages("unpacked", state)
        rows = "rows" in CUTS[c.depth - 1]
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
        enters = Signal(name="stage_enters")
        m.d.comb += enters.eq(stages.valid & advance)
        self._accumulate(m, platform, state, enters)
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
                note = Signal(name=f"{flag}{lane}")
                m.d.comb += note.eq(said[flag])
                unpacked[f"{flag}{lane}"] = note
        return unpacked

    def _shift(self, m: Module, platform: Modules, i: int, state: dict[str, Value]) -> None:
        """Put the terms of a slice's lanes in the place of its products."""
        c = self._configuration
        product = state.pop(f"product{i}")
        for quarter in quarters(c):
            lane = f"{i}_{quarter}"
            build = partial(Shifter, c, quarter)
            bits = max(pair.product_bits for pair in _starting(c, quarter))
            inputs: dict[str, Value] = {
                "product": product[8 * quarter :][:bits],
                **_pair(state),
            }
            if f"distance{lane}" in state:
                inputs["distance"] = state.pop(f"distance{lane}")
            if not all(pair.silent for pair in _starting(c, quarter)):
                inputs["dropped"] = Cat(state[f"{flag}{lane}"] for flag in flags(c)).any()
            shifted = platform.place(m, f"shifter{lane}", f"shifter{quarter}", build, **inputs)
            state[f"term{lane}"] = shifted.term

    def _accumulate(
        self, m: Module, platform: Modules, state: dict[str, Value], accumulate: Value
    ) -> None:
        """Add the terms to the sums, and hold finished ones until they are taken."""
        c = self._configuration
        ports: Any = self
        results = ports.results
        together = self._together(m, state)
        taken = {"by_lane": Signal(name="by_lane"), "by_sum": Signal(name="by_sum")}
        m.d.comb += [
            taken["by_lane"].eq(accumulate & ~together),
            taken["by_sum"].eq(accumulate & together),
        ]
        dot: dict[str, Value] = {}
        if dot_pairs(c):
            inputs = {
                f"{name}{i}_{q}": state[f"{name}{i}_{q}"][: dot_term_bits(c, q)]
                for i in range(c.slices)
                for q in quarters(c)
                for name in ("term", "sign")
                if dot_term_bits(c, q)
            }
            found = platform.place(
                m, "dot", "dot", partial(Dot, c), **_pair(state), sums=taken["by_sum"], **inputs
            )
            dot = {"dot": found.magnitude, "dot_sign": found.sign, "by_sum": taken["by_sum"]}
            dot |= {f"dot_{flag}": self._any_lane(m, state, flag) for flag in flags(c)}
        sums: list[Value] = []
        notes: dict[str, list[Value]] = {flag: [] for flag in flags(c)}
        for i in range(c.accumulators):
            inputs = {
                f"{name}{q}": state[f"{name}{i}_{q}"]
                for q in lane_quarters(c)
                for name in ("term", "sign", *flags(c))
            }
            with_dot = bool(dot) and i == 0
            summed = platform.place(
                m,
                f"accumulator{i}",
                "accumulator",
                partial(Accumulator, c, with_dot=with_dot),
                **_pair(state),
                by_lane=taken["by_lane"],
                restart=accumulate & state["first"],
                **inputs,
                **(dot if with_dot else {}),
            )
            sums.append(summed.sum)
            for flag, noted in notes.items():
                noted.append(getattr(summed, flag))
        m.d.comb += results.payload.sums.eq(Cat(sums))
        for flag, noted in notes.items():
            m.d.comb += results.payload[flag].eq(Cat(noted))
        with m.If(accumulate & state["last"]):
            m.d.sync += results.valid.eq(1)
        with m.Elif(results.ready):
            m.d.sync += results.valid.eq(0)

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


class _Stages:
    """Registers between the steps, and whether what is in them counts."""

    def __init__(self, m: Module, cuts: tuple[str, ...], advance: Value, valid: Value) -> None:
        self._m, self._cuts, self._advance = m, cuts, advance
        self._pipeline = Pipeline(m, cuts, advance)
        self.valid = valid

    def __call__(self, step: str, state: dict[str, Value]) -> dict[str, Value]:
        """What is still needed after a step, by name; registered if there is a cut."""
        if step not in self._cuts:
            return state
        valid = Signal(name=f"{step}_valid")
        with self._m.If(self._advance):
            self._m.d.sync += valid.eq(self.valid)
        self.valid = valid
        named = {}
        for name, value in state.items():
            named[name] = Signal(len(value), name=name)
            self._m.d.comb += named[name].eq(value)
        return dict(zip(state, self._pipeline(step, *named.values()), strict=True))


def _pair(state: dict[str, Value]) -> dict[str, Value]:
    """The number of the operation's pair, for the modules' ports."""
    return {"pair": state["pair"]} if "pair" in state else {}


def _starting(configuration: SimdMac, quarter: int) -> list[Pair]:
    return [pair for pair in configuration.modes if quarter in pair.starts]
