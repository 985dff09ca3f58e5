"""From sign, integer and exponent to a code, rounded once."""

from __future__ import annotations

from typing import assert_never

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec.shapes import signed_range
from hw.codec.shifter import count_leading_zeros, shift_left
from hw.errors import check_integer
from hw.formats import Float, NanCodes, Rounding
from hw.modules import Modules

__all__ = ["Encoder", "check_encoder", "discarded_bits", "encoder_ports"]

_MOST_WIDTH, _MOST_EXPONENT, _MOST_RANDOM_BITS = 4096, 1 << 16, 24


class Encoder(wiring.Component):
    """Rounds a number to a code of a floating-point format, by its policies; combinational.

    The number is ``(-1)**sign * (magnitude + sticky * tiny) * 2**exponent``, where ``tiny`` is
    above zero and below anything that is rounded to. So ``sticky`` stands for any bits below the
    magnitude's last one, as long as this one is not above the first bit that rounding discards.

    The leading zeros are counted and shifted out, once, but not beyond where the significand of a
    subnormal starts; where the magnitude may lie below that, the word is so much wider at the top,
    and the same shift serves. What can only overflow, and what can only be sticky, is taken off the
    word before. One adder rounds, and its carry runs on into the exponent.

    Args:
        form: the format.
        width: bits of the magnitude, 1 to 4096.
        exponents: the least and the largest weight of the magnitude's last bit, within +-65536.
        random_bits: bits of a random word, 1 to 24; for stochastic rounding only, else 0.

    Ports:
        sign: the number is negative.
        magnitude: any integer; need not be normalised. Zero becomes a zero of its sign.
        exponent: binary weight of the magnitude's last bit; out of the range that was asked for
            the code has no meaning (only if the least and the largest one differ).
        sticky: something below the magnitude's last bit is not 0; does not count for all roundings.
        nan: the number is a NaN, whatever else is there; in a format without NaN that gives zero.
        infinity: the number is an infinity of that sign, which overflows.
        random: is added to as many bits of the significand that follow the last one kept; a carry
            rounds away from zero (only for stochastic rounding).
        code: the code.

    Raises:
        RequestError: a parameter is out of its range.
    """

    def __init__(
        self, form: Float, width: int, exponents: tuple[int, int], random_bits: int = 0
    ) -> None:
        check_encoder(form.rounding, width, exponents, random_bits)
        self._form, self._width, self._exponents = form, width, exponents
        self._discarded = discarded_bits(form.rounding, random_bits)
        super().__init__(encoder_ports(form.bits, width, exponents, random_bits))

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        form = self._form
        low, high = self._exponents
        # Without subnormals what rounds up to the smallest normal number starts one bit lower.
        first_field = int(form.subnormals or form.rounding is Rounding.TOWARD_ZERO)
        boundary = first_field - form.bias  # weight of the leading bit at `first_field`
        kept = form.significand_bits + self._discarded

        # Bits that are below the last one of interest whatever the exponent and the shift.
        dropped = min(max(0, boundary - high + 1 - kept), self._width - 1)
        # Bits that overflow whatever the exponent.
        beyond = form.largest_field - form.bias + 1 - low
        width = min(self._width, max(beyond, dropped + 1))
        sticky = Signal()
        overflow = Signal()
        m.d.comb += [
            sticky.eq(self.sticky | self.magnitude[:dropped].any()),
            overflow.eq(self.magnitude[width:].any()),
        ]
        word = self.magnitude[dropped:width]
        low, high = low + dropped, high + dropped

        # A weight below the boundary by `right` is shifted right: the word starts so much higher.
        right = min(max(0, boundary - low - (len(word) - 1)), kept)
        word = Cat(word, Const(0, right))
        weight = low if low == high else self.exponent + dropped
        amount = self._leading_zeros(m, word, boundary, (low, high), weight)
        shifted = Signal(len(word))
        m.d.comb += shifted.eq(shift_left(m, word, amount))

        # The exponent field, and the code without its sign; both have room for an overflow.
        most = max(0, len(word) - 1 - right + high + form.bias)
        may_carry = len(word) > form.significand_bits or form.rounding.outward_sign is not None
        field = Signal((most + may_carry).bit_length())
        unshifted = weight + (len(word) - 1 + form.bias)
        is_normal = shifted[-1]
        m.d.comb += field.eq((unshifted - amount) & is_normal.replicate(len(field)))
        rounded = self._rounded(m, shifted, field, sticky)
        if not form.subnormals:
            flushed = Signal.like(rounded)
            is_kept = is_normal & rounded[form.fraction_bits :].any()
            m.d.comb += flushed.eq(rounded & is_kept.replicate(len(rounded)))
            rounded = flushed
        self._finish(m, rounded, overflow)
        return m

    def _leading_zeros(
        self, m: Module, word: Value, boundary: int, exponents: tuple[int, int], weight: Value | int
    ) -> Value:
        """How far to shift: the leading zeros, but not beyond the boundary."""
        low, high = exponents
        top = len(word) - 1
        lowest = min(max(0, boundary - high), top)  # where the boundary may lie in the word
        if low == high and lowest:  # a one at the boundary stops the count
            return count_leading_zeros(m, Cat(Const(1, 1), word[lowest + 1 :]))[0]
        count, _ = count_leading_zeros(m, word[lowest:])  # of zero it is the largest
        if low >= boundary:
            return count
        room = Signal(signed_range(low + top - boundary, high + top - boundary))
        amount = Signal(len(count))
        m.d.comb += [
            room.eq(weight + (top - boundary)),
            amount.eq(Mux(count > room, Mux(room < 0, 0, room), count)),
        ]
        return amount

    def _rounded(self, m: Module, shifted: Value, field: Value, sticky: Value) -> Value:
        """Exponent field and fraction, rounded, from a word with the leading bit on top."""
        kept = self._form.significand_bits
        padded = Cat(Const(0, max(0, kept - len(shifted))), shifted)
        below, significand = padded[:-kept], padded[-kept:]
        exact = Cat(significand[:-1], field)
        rounded = Signal(len(exact))
        rounding = self._form.rounding
        exact_anyway = len(below) == 0 and rounding.outward_sign is None
        match rounding:
            case _ if exact_anyway:
                outward = None
            case Rounding.TOWARD_ZERO:
                outward = None
            case Rounding.NEAREST_EVEN:
                outward = below[-1] & (below[:-1].any() | sticky | significand[0])
            case Rounding.NEAREST_AWAY:
                outward = below[-1]
            case Rounding.TOWARD_POSITIVE | Rounding.TOWARD_NEGATIVE:
                outward = (below.any() | sticky) & (self.sign == rounding.outward_sign)
            case Rounding.STOCHASTIC:
                cut = Cat(Const(0, max(0, self._discarded - len(below))), below)[-self._discarded :]
                total = Signal(len(exact) + self._discarded)
                m.d.comb += [
                    total.eq(Cat(cut, exact) + self.random),
                    rounded.eq(total[self._discarded :]),
                ]
                return rounded
            case _:
                assert_never(rounding)
        if outward is None:
            m.d.comb += rounded.eq(exact)
        else:
            away = Signal()
            m.d.comb += [away.eq(outward), rounded.eq(exact + away)]
        return rounded

    def _finish(self, m: Module, rounded: Value, overflow: Value) -> None:
        """Overflow, infinities and NaN."""
        form = self._form
        bits = form.bits - 1
        low, high = rounded[:bits], rounded[bits:]
        # All that is above the largest number has, as its first bits, only ones.
        ones = {NanCodes.IEEE: form.fraction_bits, NanCodes.ONE: 0}.get(form.nan)
        top_ones = low[ones:].all() if ones is not None and len(low) == bits else Const(0)
        over = Signal()
        is_nan = Signal()
        too_large: Value | int = form.overflow_code
        lost: Value = over
        if form.rounding.outward_sign is not None:
            limited = Signal()  # a finite number stays one
            m.d.comb += limited.eq(~self.infinity & (self.sign != form.rounding.outward_sign))
            too_large = Mux(limited, form.largest_code, form.overflow_code)
            lost = over & ~limited
        m.d.comb += [
            over.eq(self.infinity | overflow | high.any() | top_ones),
            is_nan.eq(self.nan | lost if form.overflow_code == form.nan_code else self.nan),
            self.code.eq(
                Mux(
                    is_nan,
                    form.nan_code or 0,
                    Cat(Mux(over, too_large, low)[:bits], self.sign),
                )
            ),
        ]


def check_encoder(
    rounding: Rounding, width: int, exponents: tuple[int, int], random_bits: int
) -> None:
    """Check what encoders of all kinds of formats are asked for.

    Raises:
        RequestError: a parameter of `Encoder` is out of its range.
    """
    low, high = exponents
    check_integer("width", width, 1, _MOST_WIDTH)
    check_integer("exponents[0]", low, -_MOST_EXPONENT, _MOST_EXPONENT)
    check_integer("exponents[1]", high, low, _MOST_EXPONENT)
    random = rounding is Rounding.STOCHASTIC
    check_integer("random_bits", random_bits, int(random), random * _MOST_RANDOM_BITS)


def encoder_ports(
    bits: int, width: int, exponents: tuple[int, int], random_bits: int
) -> dict[str, wiring.Member]:
    """The ports that encoders of all kinds of formats have, see `Encoder`."""
    low, high = exponents
    ports = {"sign": In(1), "magnitude": In(width)}
    if low != high:
        ports["exponent"] = In(signed_range(low, high))
    ports |= {"sticky": In(1), "nan": In(1), "infinity": In(1)}
    if random_bits:
        ports["random"] = In(random_bits)
    return ports | {"code": Out(bits)}


def discarded_bits(rounding: Rounding, random_bits: int = 0) -> int:
    """How many bits below the last one kept a rounding looks at, besides whether any is set."""
    match rounding:
        case Rounding.NEAREST_EVEN | Rounding.NEAREST_AWAY:
            return 1
        case Rounding.TOWARD_ZERO | Rounding.TOWARD_POSITIVE | Rounding.TOWARD_NEGATIVE:
            return 0
        case Rounding.STOCHASTIC:
            return random_bits
        case _:
            assert_never(rounding)
