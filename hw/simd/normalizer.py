"""Sums brought to the form in which they are rounded: sign, leading bits, exponent."""

from __future__ import annotations

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec.encoder import discarded_bits
from hw.codec.shapes import signed_range
from hw.codec.shifter import count_leading_zeros
from hw.float.pipeline import Pipeline
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


def _chunk_bits(configuration: SimdMac) -> int:
    """Chunks that a sum is shifted by have ``2**n`` bits, about the square root of its width."""
    return ((configuration.accumulator_bits - 1).bit_length() + 1) // 2


def _highest_exponent(configuration: SimdMac, pair: Pair, kept: int) -> int:
    """Weight of the last bit that is kept of a sum whose magnitude takes all bits but the sign."""
    return pair.unit + configuration.lane_bits(pair) - 1 - kept


def exponents(configuration: SimdMac, kept: int) -> tuple[int, int]:
    """The least and the largest exponent of the leading bits of a sum."""
    highest = [_highest_exponent(configuration, pair, kept) for pair in configuration.modes]
    most = configuration.accumulator_bits - 1
    return min(highest) - (1 << most.bit_length()) + 1, max(highest) + 1


class Normalizer(wiring.Component):
    """Takes a lane's sum out of an accumulator, and its leading bits out of the sum.

    A lane's field comes to the top of a word. Two steps shift the copies of its sign out: whole
    chunks first, of about the square root of the word's width, then the rest of them; in each,
    the count is there before the first stage of the shifter is. The word is never wider than what
    may still be needed; what falls below is only remembered as not zero. Of a negative sum the few
    bits at the end are negated, not the accumulator: what is below them tells whether the 1 that is
    added to the inverted bits reaches them.

    Combinational, or of latency 1 with registers between both steps.

    Args:
        configuration: of the unit.
        kept: leading bits to keep.
        register: whether there are such registers.

    Ports:
        active: the sum is finished; else zeros are normalised, which costs no energy.
        sum: an accumulator.
        noted_<flag>: what there is to be said of its fields.
        pair: the number of the sum's pair.
        lane: the lane's number in the accumulator (only if there may be several).
        advance: the registers move (only with them).
        sign: the sum is negative.
        magnitude: its leading bits, the first one a 1; or 0.
        exponent: binary weight of their last bit; of 0 without a meaning.
        sticky: there are others below.
        nan, infinity: the sum is NaN, or infinite and of that sign (only with such flags).
    """

    def __init__(self, configuration: SimdMac, kept: int, *, register: bool = False) -> None:
        self._configuration, self._kept, self._register = configuration, kept, register
        c = configuration
        ports = {
            "active": In(1),
            "sum": In(c.accumulator_bits),
            **{f"noted_{flag}": In(c.fields) for flag in flags(c)},
        }
        ports |= pair_port(c)
        if c.fields > 1:
            ports["lane"] = In(lane_number_bits(c))
        ports |= {"advance": In(1)} if register else {}
        ports |= {"sign": Out(1), "magnitude": Out(kept), "sticky": Out(1)}
        ports["exponent"] = Out(signed_range(*exponents(c, kept)))
        super().__init__(ports | {"nan": Out(1), "infinity": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        c, kept = self._configuration, self._kept
        word = Signal(c.accumulator_bits)
        noted = {flag: Signal(name=f"{flag}_of_lane") for flag in flags(c)}
        self._select(m, word, noted)
        negative, highest = word[-1], self._highest()
        chunks = _leading_chunks(m, word[:-1], negative, 1 << _chunk_bits(c))
        rest, sticky = self._shifted(m, word[:-1], chunks, _chunk_bits(c), Const(0, 1))
        if self._register:
            cut = Pipeline(m, ("halved",), self.advance)
            rest, sticky, chunks, negative, highest, *held = cut(
                "halved", rest, sticky, chunks, negative, highest.as_unsigned(), *noted.values()
            )
            highest, noted = highest.as_signed(), dict(zip(noted, held, strict=True))
        size = 1 << _chunk_bits(c)
        differs = rest[-size:] ^ negative.replicate(min(size, len(rest)))
        # behind a word that is shorter than a chunk stands a bit that ends the count
        count, _ = count_leading_zeros(m, Cat(Const(1, 1).replicate(size - len(differs)), differs))
        rest, sticky = self._shifted(m, rest, count, 0, sticky)
        carry = Signal()
        inverted = Signal(kept)
        magnitude = Signal(kept + 1)
        m.d.comb += [
            carry.eq(negative & ~sticky),
            inverted.eq(rest ^ negative.replicate(kept)),
            magnitude.eq(inverted + carry),
            # a carry out leaves zeros behind
            self.magnitude.eq(Cat(magnitude[: kept - 1], magnitude[kept - 1] | magnitude[kept])),
            self.exponent.eq(highest - Cat(count, chunks) + magnitude[kept]),
            self.sticky.eq(sticky),
        ]
        self._special(m, noted, negative)
        return m

    def _shifted(
        self, m: Module, rest: Value, count: Value, lowest: int, sticky: Value
    ) -> tuple[Value, Value]:
        """A word shifted left by ``count << lowest``, and whether anything fell below."""
        kept = self._kept
        for i in reversed(range(len(count))):
            places = 1 << lowest + i
            width = places - 1 + kept  # what later shifts may reach
            moved = Cat(Const(0, places), rest)[: len(rest)]
            below = max(0, len(rest) - width)
            lost = Signal(name=f"lost{places}")
            shifted = Signal(len(rest) - below, name=f"shifted{places}")
            m.d.comb += [
                lost.eq(sticky | (~count[i] & rest[:below].any() if below else Const(0, 1))),
                shifted.eq(Mux(count[i], moved[below:], rest[below:])),
            ]
            # zeros below, up to what is to be kept at the end
            rest, sticky = Cat(Const(0, max(0, kept - len(shifted))), shifted), lost
        return rest, sticky

    def _highest(self) -> Value:
        """The exponent of a sum without leading copies of its sign."""
        c = self._configuration
        selects = Selects(c, self)
        by_exponent: dict[int, list[Pair]] = {}
        for pair in c.modes:
            by_exponent.setdefault(_highest_exponent(c, pair, self._kept), []).append(pair)
        shape = signed_range(min(by_exponent), max(by_exponent))
        parts = [
            Const(value, shape).as_unsigned() & selects.any_of(pairs).replicate(shape.width)
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
                m.d.comb += chosen.eq(selects.any_of(pairs) & same & self.active)
                for part in range(size):
                    field = self.sum.word_select(number * size + part, c.field_bits)
                    gated = field & chosen.replicate(c.field_bits)
                    taken[c.fields - size + part].append(gated)
                for flag, values in said.items():
                    values.append(getattr(self, f"noted_{flag}")[number * size] & chosen)
        m.d.comb += word.eq(Cat(_any(values, c.field_bits) for values in taken.values()))
        m.d.comb += [noted[flag].eq(_any(values, 1)) for flag, values in said.items()]

    def _special(self, m: Module, noted: Mapping[str, Value], negative: Value) -> None:
        """NaN, infinities and the sign; infinities of both signs are NaN."""
        nan = noted.get("nan", Const(0, 1))
        sign: Value = negative
        if "positive" in noted:
            nan |= noted["positive"] & noted["negative"]
            m.d.comb += self.infinity.eq(noted["positive"] | noted["negative"])
            sign = Mux(self.infinity, noted["negative"], negative)
        m.d.comb += [self.nan.eq(nan), self.sign.eq(sign)]


def _leading_chunks(m: Module, rest: Value, negative: Value, size: int) -> Value:
    """How many chunks at the top of a sum hold only copies of its sign, but for the last one."""
    number = -(-len(rest) // size)
    if number == 1:
        return Const(0, 0)
    whole = Cat(Const(0, number * size - len(rest)), rest)
    others = Signal(number - 1)  # those that hold something else
    chunks = [whole.word_select(i, size) for i in range(1, number)]
    m.d.comb += others.eq(Cat(Mux(negative, ~chunk.all(), chunk.any()) for chunk in chunks))
    return count_leading_zeros(m, Cat(Const(1, 1), others))[0]


def _any(values: list[Value], width: int) -> Value:
    total: Value = Const(0, width)
    for value in values:
        total |= value
    return total
