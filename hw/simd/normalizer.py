"""Sums brought to the form in which they are rounded: sign, leading bits, exponent."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec.encoder import discarded_bits
from hw.codec.shapes import signed_range
from hw.formats import Float, Posit
from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.pairs import Pair
from hw.simd.ports import flags
from hw.simd.selects import Selects, pair_port

__all__ = ["Normalizer", "exponents", "kept_bits", "lane_number_bits"]


def kept_bits(form: Float | Posit) -> int:
    """Leading bits of a sum that a result is rounded from, besides whether others are set."""
    return form.significand_bits + discarded_bits(form.rounding)


def lane_number_bits(configuration: SimdMac) -> int:
    """Width of the number of a lane in an accumulator."""
    return (configuration.fields - 1).bit_length()


def _highest_exponent(configuration: SimdMac, pair: Pair, kept: int) -> int:
    """Weight of the last bit that is kept of a sum whose magnitude takes all bits but the sign."""
    return pair.unit + configuration.lane_bits(pair) - 1 - kept


def exponents(configuration: SimdMac, kept: int) -> tuple[int, int]:
    """The least and the largest exponent of the leading bits of a sum."""
    highest = [_highest_exponent(configuration, pair, kept) for pair in configuration.modes]
    most = configuration.accumulator_bits - 1
    return min(highest) - (1 << most.bit_length()) + 1, max(highest) + 1


class Normalizer(wiring.Component):
    """Takes a lane's sum out of an accumulator, and its leading bits out of the sum; combinational.

    A lane's field comes to the top of a word. Halves of what is left of it are shifted out as long
    as they hold only copies of the sign, the largest first, so that the word is never wider than
    what may still be needed; what falls below is only remembered as not zero. Of a negative sum the
    few bits at the end are negated, not the accumulator: what is below them tells whether the 1
    that is added to the inverted bits reaches them.

    Args:
        configuration: of the unit.
        kept: leading bits to keep.

    Ports:
        sum: an accumulator.
        noted_<flag>: what there is to be said of its fields.
        pair: the number of the sum's pair.
        lane: the lane's number in the accumulator (only if there may be several).
        sign: the sum is negative.
        magnitude: its leading bits, the first one a 1; or 0.
        exponent: binary weight of their last bit.
        sticky: there are others below.
        nan, infinity: the sum is NaN, or infinite and of that sign (only with such flags).
    """

    def __init__(self, configuration: SimdMac, kept: int) -> None:
        self._configuration, self._kept = configuration, kept
        c = configuration
        ports = {
            "sum": In(c.accumulator_bits),
            **{f"noted_{flag}": In(c.fields) for flag in flags(c)},
        }
        ports |= pair_port(c)
        if c.fields > 1:
            ports["lane"] = In(lane_number_bits(c))
        ports |= {"sign": Out(1), "magnitude": Out(kept), "sticky": Out(1)}
        ports["exponent"] = Out(signed_range(*exponents(c, kept)))
        super().__init__(ports | {"nan": Out(1), "infinity": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        c, kept = self._configuration, self._kept
        word = Signal(c.accumulator_bits)
        noted = {flag: Signal(name=f"{flag}_of_lane") for flag in flags(c)}
        self._select(m, word, noted)
        negative = word[-1]
        rest, shifts, sticky = word[:-1], [], Const(0, 1)
        for i in reversed(range((c.accumulator_bits - 1).bit_length())):
            places = 1 << i
            top = rest[-places:] if places < len(rest) else rest
            shift = Signal(name=f"shift{places}")
            m.d.comb += shift.eq(Mux(negative, top.all(), ~top.any()))
            width = places - 1 + kept  # what later shifts may reach
            moved = Cat(Const(0, places), rest)[: len(rest)]
            below = max(0, len(rest) - width)
            lost = Signal(name=f"lost{places}")
            shifted = Signal(len(rest) - below, name=f"shifted{places}")
            m.d.comb += [
                lost.eq(sticky | (~shift & rest[:below].any() if below else Const(0, 1))),
                shifted.eq(Mux(shift, moved[below:], rest[below:])),
            ]
            # zeros below, up to what is to be kept at the end
            rest, sticky = Cat(Const(0, max(0, kept - len(shifted))), shifted), lost
            shifts.insert(0, shift)
        carry = Signal()
        inverted = Signal(kept)
        magnitude = Signal(kept + 1)
        count = Cat(shifts)
        m.d.comb += [
            carry.eq(negative & ~sticky),
            inverted.eq(rest ^ negative.replicate(kept)),
            magnitude.eq(inverted + carry),
            # a carry out leaves zeros behind
            self.magnitude.eq(Cat(magnitude[: kept - 1], magnitude[kept - 1] | magnitude[kept])),
            self.exponent.eq(self._highest() - count + magnitude[kept]),
            self.sticky.eq(sticky),
        ]
        self._special(m, noted, negative)
        return m

    def _highest(self) -> Value:
        """The exponent of a sum without leading copies of its sign."""
        c = self._configuration
        selects = Selects(c, self)
        by_exponent: dict[int, list[Pair]] = {}
        for pair in c.modes:
            by_exponent.setdefault(_highest_exponent(c, pair, self._kept), []).append(pair)
        shape = signed_range(min(by_exponent), max(by_exponent))
        parts = [
            Const(value, shape) & selects.any_of(pairs).replicate(shape.width)
            for value, pairs in by_exponent.items()
        ]
        total = parts[0]
        for part in parts[1:]:
            total |= part
        return total.as_signed() if len(parts) > 1 else Const(next(iter(by_exponent)), shape)

    def _select(self, m: Module, word: Signal, noted: dict[str, Signal]) -> None:
        """Bring the lane's field to the top of the word, and the flags with it."""
        c = self._configuration
        selects = Selects(c, self)
        lane = getattr(self, "lane", Const(0, 0))
        taken: dict[int, list[Value]] = {place: [] for place in range(c.fields)}
        said: dict[str, list[Value]] = {flag: [] for flag in noted}
        groups: dict[int, list[Pair]] = {}
        for pair in c.modes:
            groups.setdefault(c.sharing(pair), []).append(pair)
        for lanes, pairs in groups.items():
            size = c.fields // lanes  # fields of a lane
            for number in range(lanes):
                chosen = Signal(name=f"chosen{lanes}_{number}")
                same = lane == number if lanes > 1 else Const(1, 1)
                m.d.comb += chosen.eq(selects.any_of(pairs) & same)
                for part in range(size):
                    field = self.sum.word_select(number * size + part, c.field_bits)
                    gated = field & chosen.replicate(c.field_bits)
                    taken[c.fields - size + part].append(gated)
                for flag, values in said.items():
                    values.append(getattr(self, f"noted_{flag}")[number * size] & chosen)
        m.d.comb += word.eq(Cat(_any(values, c.field_bits) for values in taken.values()))
        m.d.comb += [noted[flag].eq(_any(values, 1)) for flag, values in said.items()]

    def _special(self, m: Module, noted: dict[str, Signal], negative: Value) -> None:
        """NaN, infinities and the sign; infinities of both signs are NaN."""
        nan = noted.get("nan", Const(0, 1))
        sign: Value = negative
        if "positive" in noted:
            nan |= noted["positive"] & noted["negative"]
            m.d.comb += self.infinity.eq(noted["positive"] | noted["negative"])
            sign = Mux(self.infinity, noted["negative"], negative)
        m.d.comb += [self.nan.eq(nan), self.sign.eq(sign)]


def _any(values: list[Value], width: int) -> Value:
    total: Value = Const(0, width)
    for value in values:
        total |= value
    return total
