"""Posits taken apart, and rounded and put together."""

from __future__ import annotations

from typing import assert_never

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec.encoder import check_encoder, discarded_bits, encoder_ports
from hw.codec.shapes import signed_range
from hw.codec.shifter import count_leading_zeros, shift_left, shift_right_filled
from hw.formats import Posit, Rounding
from hw.modules import Modules

__all__ = ["PositDecoder", "PositEncoder"]


class PositDecoder(wiring.Component):
    """Takes a posit's code apart, with the ports of `hw.codec.Decoder`; combinational.

    The number is ``(-1)**sign * significand * 2**exponent``. Every significand but that of 0 has
    its leading bit, and zeros below the bits of the code's fraction.

    A negative code is negated, the regime's run is counted once, and one shift puts what follows
    it in its place.

    Args:
        form: the format.

    Ports:
        code: the code.
        sign: its sign bit, also of NaR.
        exponent: binary weight of the significand's last bit; of 0 and NaR it is 2**es below the
            smallest number's.
        significand: the significand with its leading bit; 0 for 0 and NaR.
        nan: the code is NaR.
        infinity: always low; for the shape it shares with floats.
    """

    def __init__(self, form: Posit) -> None:
        self._form = form
        low, high = form.exponents
        super().__init__(
            {
                "code": In(form.bits),
                "sign": Out(1),
                "exponent": Out(signed_range(low, high)),
                "significand": Out(form.significand_bits),
                "nan": Out(1),
                "infinity": Out(1),
            }
        )

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        form = self._form
        number = Signal()  # neither 0 nor NaR
        magnitude = Signal(form.bits - 1)
        m.d.comb += [
            number.eq(self.code[:-1].any()),
            self.sign.eq(self.code[-1]),
            self.nan.eq(self.sign & ~number),
            magnitude.eq((self.code[:-1] ^ self.sign.replicate(form.bits - 1)) + self.sign),
        ]
        # The run after its first bit, as zeros; the one below stops the count at the code's end.
        first, rest = magnitude[-1], magnitude[:-1]
        run, _ = count_leading_zeros(m, Cat(Const(1, 1), rest ^ first.replicate(len(rest))))
        regime = Cat(run ^ (~first).replicate(len(run)), ~first)  # k, in two's complement
        body: Value = Const(0, 0)  # what follows the bit that ends the run
        if form.bits > 3:
            body = shift_left(m, rest[:-1], run)
        fields = Cat(Const(0, max(0, form.es - len(body))), body)
        exponent, fraction = fields[len(fields) - form.es :], fields[: len(fields) - form.es]
        leading = Signal(signed_range(*(end + form.fraction_bits for end in form.exponents)))
        m.d.comb += [
            leading.eq(Cat(exponent, regime).as_signed()),
            self.exponent.eq(leading - form.fraction_bits),
            self.significand.eq(Cat(fraction, number)),
        ]
        return m


class PositEncoder(wiring.Component):
    """Rounds a number to a posit, with the parameters and ports of `hw.codec.Encoder`.

    The number is ``(-1)**sign * (magnitude + sticky * tiny) * 2**exponent``, where ``tiny`` is
    above zero and below anything that is rounded to. Whatever is not 0 becomes no 0; a NaN and an
    infinity become NaR; there is no negative 0.

    What is above `Posit.largest` whatever the exponent, and what can only be sticky, is taken off
    the magnitude; the leading zeros are counted and shifted out; the regime shifts exponent and
    fraction to their place. Rounding and the negation of negative numbers share one incrementer.

    Args:
        form: the format.
        width: bits of the magnitude, 1 to 4096.
        exponents: the least and the largest weight of the magnitude's last bit, within +-65536.
        random_bits: bits of a random word, 1 to 24; for stochastic rounding only, else 0.
        normalized: the magnitude's top bit is 1, but of 0: nothing is counted nor shifted out.

    Ports:
        sign: the number is negative.
        magnitude: any integer, unless ``normalized``.
        exponent: binary weight of the magnitude's last bit; out of the range that was asked for
            the code has no meaning (only if the least and the largest one differ).
        sticky: something below the magnitude's last bit is not 0.
        nan: the number is a NaN, whatever else is there.
        infinity: the number is an infinity; NaR too.
        random: is added to as many bits that follow the last one kept; a carry rounds away from
            zero (only for stochastic rounding).
        code: the code.

    Raises:
        RequestError: a parameter is out of its range.
    """

    def __init__(
        self,
        form: Posit,
        width: int,
        exponents: tuple[int, int],
        random_bits: int = 0,
        normalized: bool = False,
    ) -> None:
        check_encoder(form.rounding, width, exponents, random_bits)
        self._form, self._width, self._exponents = form, width, exponents
        self._discarded = discarded_bits(form.rounding, random_bits)
        self._normalized = normalized
        super().__init__(encoder_ports(form.bits, width, exponents, random_bits))

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        form, (low, high) = self._form, self._exponents
        top = form.largest_exponent
        # Bits that only tell how a number next to the smallest one is rounded, or not even that.
        dropped = min(max(0, -top - self._discarded - high), self._width - 1)
        # Bits that are at least the largest number whatever the exponent.
        width = self._width if self._normalized else min(self._width, max(top - low, dropped + 1))
        word, above = self.magnitude[dropped:width], self.magnitude[width:].any()
        sticky, found = Signal(), Signal()
        m.d.comb += [
            sticky.eq(self.sticky | self.magnitude[:dropped].any()),
            found.eq(self.magnitude[dropped:].any()),
        ]
        count: Value = Const(0, 1)
        if not self._normalized:
            count, _ = count_leading_zeros(m, word)
            word = shift_left(m, word, count)
        weight = low if low == high else self.exponent
        exponent = Signal(signed_range(min(low + dropped, -top - 1), max(high + width - 1, top)))
        m.d.comb += exponent.eq(Mux(above, top, Mux(found, weight + (width - 1) - count, -top - 1)))
        magnitude = self._packed(m, word[:-1], exponent, sticky)
        special = self.nan | self.infinity
        none = special | ~(found | sticky)
        m.d.comb += self.code.eq(Mux(none, special << form.bits - 1, Cat(magnitude, self.sign)))
        return m

    def _packed(self, m: Module, fraction: Value, exponent: Value, sticky: Value) -> Value:
        """The code without its sign bit of a number that has a leading bit, signed and rounded."""
        form = self._form
        bits, small = form.bits - 1, exponent[-1]
        regime = exponent[form.es :]
        run = Signal(max(len(regime) - 1, 1))  # bits of the regime's run after the first
        m.d.comb += run.eq(regime[:-1] ^ small.replicate(len(regime) - 1))
        kept = bits + self._discarded
        field = Cat(fraction, exponent[: form.es], small, ~small)
        padded = Cat(Const(0, max(0, kept - len(field))), field)
        places = (bits - 1).bit_length()
        shifted, lost = shift_right_filled(m, padded[-kept:], run[:places], ~small)
        below, whole = shifted[: self._discarded], shifted[self._discarded :]
        lost |= sticky | padded[:-kept].any()

        beyond, kept_bits, up = Signal(), Signal(bits), Signal()
        m.d.comb += [
            beyond.eq(run >= bits - 1),
            kept_bits.eq(Mux(beyond, Cat(Const(1, 1), (~small).replicate(bits - 1)), whole)),
            up.eq(~beyond & self._outward(whole[0], below, lost)),
        ]
        code = Signal(bits)  # -(x + up) is ~x + 1 - up
        m.d.comb += code.eq((kept_bits ^ self.sign.replicate(bits)) + (up ^ self.sign))
        return code

    def _outward(self, last: Value, below: Value, lost: Value) -> Value:
        """Whether the magnitude is rounded up."""
        match self._form.rounding:
            case Rounding.NEAREST_EVEN:
                return below[0] & (lost | last)
            case Rounding.NEAREST_AWAY:
                return below[0]
            case Rounding.TOWARD_ZERO:
                return Const(0, 1)
            case Rounding.TOWARD_POSITIVE | Rounding.TOWARD_NEGATIVE as directed:
                return lost & (self.sign == directed.outward_sign)
            case Rounding.STOCHASTIC:
                return (below + self.random)[-1]
            case rounding:
                assert_never(rounding)
