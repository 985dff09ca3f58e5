"""What an operation adds to the sums of a slice: products brought to their lanes' fields."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules
from hw.simd.configuration import SimdMac, Sums
from hw.simd.dot import dot_pairs
from hw.simd.pairs import Pair
from hw.simd.ports import flags
from hw.simd.scaler import scaled_bits
from hw.simd.selects import Selects, pair_port

__all__ = ["Operand", "lane_pairs", "lane_quarters", "lane_term_bits"]


def lane_pairs(configuration: SimdMac) -> list[Pair]:
    """The pairs whose products may go into a sum one by one."""
    c = configuration
    if c.sums is Sums.DOT:
        return [pair for pair in c.modes if pair not in dot_pairs(c)]
    return [pair for pair in c.modes if pair.blocks is None]


def lane_quarters(configuration: SimdMac) -> tuple[int, ...]:
    """Quarters of a slice where such a lane starts."""
    return tuple(sorted({start for pair in lane_pairs(configuration) for start in pair.starts}))


def lane_term_bits(configuration: SimdMac, quarter: int) -> int:
    """Width of the magnitudes of such a lane's products."""
    pairs = [pair for pair in lane_pairs(configuration) if quarter in pair.starts]
    return max(pair.largest for pair in pairs).bit_length()


class Operand(wiring.Component):
    """Chooses what is added to the sums of a slice, and where carries enter; combinational.

    The fields of the narrowest lanes stand side by side; a wider lane has several of them. A
    negative product enters inverted, up to the top of its field, with a carry.

    Args:
        configuration: of the unit.
        with_dot: whether dot products are summed here.

    Ports:
        term<quarter>, sign<quarter>: magnitude and sign of the product of the lane that starts
            there.
        dot, dot_sign: what `hw.simd.dot.Dot` gives, scaled (only with dot products).
        pair: the pair's number.
        by_lane: the products are taken, each into its own sum.
        by_sum: the dot product is taken (only with dot products).
        <flag><quarter>, dot_<flag>: what there is to be said of a product, or of the products of a
            dot product (`hw.simd.ports.flags`).
        operand: what is added, field by field; zeros where nothing is taken.
        enters: for each field, a carry enters it (not where sums are floats: all is dot products).
        passes: the carry out of the field below enters it, or one does anyway (likewise).
        <flag>: for each field, what there is to be said of the sum that starts there.
    """

    def __init__(self, configuration: SimdMac, *, with_dot: bool) -> None:
        self._configuration, self._with_dot = configuration, with_dot
        c = configuration
        ports: dict[str, wiring.Member] = {}
        for quarter in lane_quarters(c):
            ports[f"term{quarter}"] = In(lane_term_bits(c, quarter))
            ports |= {f"{name}{quarter}": In(1) for name in ("sign", *flags(c))}
        ports |= {**pair_port(c), "by_lane": In(1)}
        if with_dot:
            ports |= {"dot": In(scaled_bits(c) - 1), "dot_sign": In(1), "by_sum": In(1)}
            ports |= {f"dot_{flag}": In(1) for flag in flags(c)}
        ports |= {"operand": Out(c.accumulator_bits)}
        carries = () if c.sum_format is not None else ("enters", "passes")
        super().__init__(ports | {name: Out(c.fields) for name in (*carries, *flags(c))})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        operands: list[Value] = []
        for field in range(c.fields):
            operand, carry = self._operand(m, field)
            operands.append(operand)
            if c.sum_format is None:
                self._between(m, field, carry)
        m.d.comb += self.operand.eq(Cat(operands))
        self._note(m)
        return m

    def _taken(self, m: Module, field: int) -> dict[int, Value]:
        """For a field, by the quarter where its lane starts, whether that lane's term is taken."""
        c = self._configuration
        selects = Selects(c, self)
        starts: dict[int, list[Pair]] = {}
        for pair in lane_pairs(c):
            quarter = field * 4 // c.fields
            starts.setdefault(quarter - quarter % (pair.lane // 4), []).append(pair)
        taken = {}
        for start, pairs in starts.items():
            taken[start] = Signal(name=f"taken{field}_{start}")
            m.d.comb += taken[start].eq(self.by_lane & selects.any_of(pairs))
        return taken

    def _summed(self, m: Module, field: int) -> Value | None:
        """Whether a field takes its part of the dot product; nothing where there is none."""
        c = self._configuration
        if not self._with_dot:
            return None
        pairs = [pair for pair in dot_pairs(c) if field < c.fields // c.sharing(pair)]
        if not pairs:
            return None
        summed = Signal(name=f"summed{field}")
        m.d.comb += summed.eq(self.by_sum & Selects(c, self).any_of(pairs))
        return summed

    def _operand(self, m: Module, field: int) -> tuple[Value, Value]:
        """What is added to a field, and the carry that enters if a lane's sum starts there."""
        c = self._configuration
        width = c.field_bits
        magnitude: Value = Const(0, width)
        negative: Value = Const(0, 1)
        carry: Value = Const(0, 1)
        for start, taken in self._taken(m, field).items():
            place = field * width - start * c.accumulator_bits // 4
            sign = getattr(self, f"sign{start}") & taken
            term = getattr(self, f"term{start}")[place:][:width]
            magnitude |= term & taken.replicate(len(term))
            negative |= sign
            if place == 0:
                carry = sign
        summed = self._summed(m, field)
        if summed is not None:
            part = self.dot[field * width :][:width]
            magnitude |= part & summed.replicate(len(part))
            negative |= self.dot_sign & summed
        inverted = Signal(name=f"inverted{field}")
        operand = Signal(width, name=f"of_field{field}")
        m.d.comb += [
            inverted.eq(negative),
            operand.eq(magnitude ^ inverted.replicate(width)),
        ]
        return operand, carry

    def _between(self, m: Module, field: int, carry: Value) -> None:
        """What the adder's place below a field holds: a carry passes, or enters, or none."""
        c = self._configuration
        quarter = field * 4 // c.fields
        cut = [pair for pair in c.modes if not quarter or quarter in c.sum_starts(pair)]
        apart = Selects(c, self).any_of(cut) if quarter else Const(1, 1)
        m.d.comb += [self.enters[field].eq(carry), self.passes[field].eq(carry | ~apart)]

    def _note(self, m: Module) -> None:
        """What there is to be said of the fields' sums."""
        c = self._configuration
        for flag in flags(c):
            notes: list[Value] = []
            for field in range(c.fields):
                quarter = field * 4 // c.fields
                said: Value = Const(0, 1)
                if (taken := self._taken_at(quarter)) is not None:
                    said |= getattr(self, f"{flag}{quarter}") & taken
                if self._with_dot and field == 0:
                    said |= getattr(self, f"dot_{flag}") & self.by_sum
                notes.append(said)
            m.d.comb += getattr(self, flag).eq(Cat(notes))

    def _taken_at(self, quarter: int) -> Value | None:
        """Whether a lane that starts at a quarter is taken; nothing where none does."""
        pairs = [pair for pair in lane_pairs(self._configuration) if quarter in pair.starts]
        if not pairs:
            return None
        return self.by_lane & Selects(self._configuration, self).any_of(pairs)
