"""Decoders of packed weights: from the words of a column's tile to the keys of its groups.

A word is decoded to trits, which are keys of one weight (``zero`` below ``minus``), and the trits
of a group are encoded as its key. Where a word holds just the weights of a group, one step does
both. A word that stands for no weights (`Packing.corrupt`) is read as zeros and reported.

The base-3 digits of a word come of divisions by constants. A division finds the quotient as a
thermometer, by comparing with each multiple of the divisor; the remainder then needs only its own
few bits of the difference. Five digits come in two steps: the quotient by 27 is two of them, and
the remainder tells the other three by a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules
from hw.ternary.choices import PackingName
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.keys import index_bits, key_bits, middle

__all__ = [
    "CodeWord",
    "GroupKey",
    "Tl2Key",
    "Tl2Word",
    "Trits5Key",
    "Trits5Word",
    "Unpack",
    "decodes_groups",
]

_TRIT = key_bits(1)


class Unpack(wiring.Component):
    """Decodes the words of one column's tile; combinational.

    Ports:
        words: the words, the first one lowest.
        keys: the key of each group of activations, the first one lowest.
        corrupt: a word stands for no weights; its weights are then all 0.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        super().__init__(
            {
                "words": In(c.words * c.word_bits),
                "keys": Out(c.luts * c.key_bits),
                "corrupt": Out(1),
            }
        )

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        whole = _WHOLE_GROUPS.get((c.packing, c.group))
        decoder = whole or _WORDS[c.packing]
        words = [
            platform.place(
                m,
                f"word{i}",
                "unpack_word",
                decoder,
                word=self.words.word_select(i, c.word_bits),
            )
            for i in range(c.words)
        ]
        m.d.comb += self.corrupt.eq(Cat(word.corrupt for word in words).any())
        if whole:
            m.d.comb += self.keys.eq(Cat(word.key for word in words))
            return m
        trits = Cat(word.trits for word in words)[: c.tile_inputs * _TRIT]
        if c.group == 1:
            m.d.comb += self.keys.eq(trits)
            return m
        for i in range(c.luts):
            group = platform.place(
                m,
                f"group{i}",
                "unpack_group",
                partial(GroupKey, c.group),
                trits=trits.word_select(i, c.group * _TRIT),
            )
            m.d.comb += self.keys.word_select(i, c.key_bits).eq(group.key)
        return m


class CodeWord(wiring.Component):
    """A two's complement weight as a trit; combinational.

    Ports:
        word: the weight.
        trits: its key.
        corrupt: the word is 10.
    """

    def __init__(self) -> None:
        super().__init__({"word": In(2), "trits": Out(_TRIT), "corrupt": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        odd, sign = self.word
        m.d.comb += [self.trits.eq(Cat(~odd, odd & sign)), self.corrupt.eq(~odd & sign)]
        return m


class Trits5Word(wiring.Component):
    """A byte of ``trits5`` as five trits; combinational.

    Ports:
        word: the byte.
        trits: their keys, the first weight's lowest.
        corrupt: the byte is above 242.
    """

    def __init__(self) -> None:
        super().__init__({"word": In(8), "trits": Out(5 * _TRIT), "corrupt": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        m.d.comb += self.corrupt.eq(_at_least(self.word, 3**5))
        high, low = _divide(m, self.word, 27, most=8)
        trits = [_trit(digit) for digit in _digits_of_thermometer(high)]
        # 26 is three times +1; 27 to 31 do not occur, so of 11 to 15 the lowest four bits tell
        numbers = range(26)
        equal = Signal(len(numbers))
        m.d.comb += equal.eq(Cat(_equals(low[: 4 if 11 <= n < 16 else 5], n) for n in numbers))
        for place in (9, 3, 1):
            zero = Cat(equal[n] for n in numbers if n // place % 3 == 1).any()
            minus = Cat(equal[n] for n in numbers if n // place % 3 == 0).any()
            trits.append(Cat(zero, minus))
        m.d.comb += self.trits.eq(Cat(_unless(self.corrupt, trit) for trit in trits))
        return m


class Trits5Key(wiring.Component):
    """A byte of ``trits5`` as a key of five weights; combinational.

    The key's index counts from the group of ones down, the byte from the group of minus ones up:
    the index is the byte, or what the byte lacks to 242.

    Ports:
        word: the byte.
        key: the key.
        corrupt: the byte is above 242.
    """

    def __init__(self) -> None:
        super().__init__({"word": In(8), "key": Out(key_bits(5)), "corrupt": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        bits = index_bits(5)
        positive = Signal()  # or zero
        mirrored = Signal(bits)
        # 242 - byte, modulo 2**bits, is the byte's complement and a constant
        constant = Const((242 + 1) % (1 << bits), bits) & positive.replicate(bits)
        index = _sum(m, "index", mirrored, constant)
        m.d.comb += [
            positive.eq(_at_least(self.word, middle(5))),
            mirrored.eq(self.word[:bits] ^ positive.replicate(bits)),
            self.corrupt.eq(_at_least(self.word, 3**5)),
            self.key.eq(Cat(Mux(self.corrupt, middle(5), index), ~positive)),
        ]
        return m


class Tl2Word(wiring.Component):
    """A word of ``tl2`` as three trits; combinational.

    The magnitude plus 13 has the digits of the weights; the sign then negates each.

    Ports:
        word: the word.
        trits: their keys, the first weight's lowest.
        corrupt: the magnitude is 14 or 15.
    """

    def __init__(self) -> None:
        super().__init__({"word": In(5), "trits": Out(3 * _TRIT), "corrupt": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        magnitude, sign = self.word[:4], self.word[4]
        shifted = Signal(5)
        m.d.comb += [
            shifted.eq(magnitude + middle(3)),
            self.corrupt.eq(magnitude[1:].all()),
        ]
        first, rest = _divide(m, shifted, 9, most=2)
        second, third = _divide(m, rest, 3, most=2)
        digits = [first, second, Cat(third.any(), third[1])]
        for i, digit in enumerate(digits):
            zero, minus = _trit(digit)
            trit = Cat(zero, ~zero & (minus ^ sign))
            m.d.comb += self.trits.word_select(i, _TRIT).eq(_unless(self.corrupt, trit))
        return m


class Tl2Key(wiring.Component):
    """A word of ``tl2`` as a key of three weights; combinational.

    Sign and sign bit are the same; the index is 13 less the magnitude.

    Ports:
        word: the word.
        key: the key.
        corrupt: the magnitude is 14 or 15.
    """

    def __init__(self) -> None:
        super().__init__({"word": In(5), "key": Out(key_bits(3)), "corrupt": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        magnitude, sign = self.word[:4], self.word[4]
        bit0, bit1, bit2, bit3 = magnitude
        legal = ~self.corrupt
        m.d.comb += [
            self.corrupt.eq(magnitude[1:].all()),
            self.key.eq(
                Cat(
                    ~(bit0 & legal),
                    bit1 & legal,
                    ~(bit2 ^ bit1),
                    ~(bit3 ^ (bit2 & bit1)),
                    sign & magnitude.any() & legal,
                )
            ),
        ]
        return m


class GroupKey(wiring.Component):
    """The key of a group of two weights or more, from their trits; combinational.

    The sign is that of the first weight that is not 0. It negates all of them, and the base-3
    number that the weights then write is the index.

    Args:
        group: weights a key, 2 to 7.

    Ports:
        trits: the weights' keys, the first weight's lowest.
        key: the key.
    """

    def __init__(self, group: int) -> None:
        self._group = group
        super().__init__({"trits": In(group * _TRIT), "key": Out(key_bits(group))})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        trits = [self.trits.word_select(i, _TRIT) for i in range(self._group)]
        sign: Value = Const(0, 1)
        for zero, minus in reversed(trits):
            sign = minus | zero & sign
        negate = Signal()
        m.d.comb += negate.eq(sign)
        index: Value = trits[0][0]  # the first weight is +1 or 0
        for place, (zero, minus) in enumerate(trits[1:], start=2):
            digit = Cat(zero, ~zero & (minus ^ negate))  # 1 - weight
            bits = index_bits(place)
            twice, once, digit = (
                Cat(row, Const(0, bits))[:bits] for row in (Cat(Const(0, 1), index), index, digit)
            )
            thrice = _sum(m, f"thrice{place}", twice, once)
            index = _sum(m, f"number{place}", thrice, digit)
        m.d.comb += self.key.eq(Cat(index, negate))
        return m


#: The decoder of a word, by packing.
_WORDS = {
    PackingName.CODES: CodeWord,
    PackingName.TRITS5: Trits5Word,
    PackingName.TL2: Tl2Word,
}
#: What decodes a word that is a whole group, by packing and group.
_WHOLE_GROUPS = {(PackingName.TRITS5, 5): Trits5Key, (PackingName.TL2, 3): Tl2Key}


def decodes_groups(packing: str, group: int) -> bool:
    """Whether a word of a packing is decoded to the key of a group at once."""
    return (packing, group) in _WHOLE_GROUPS


def _divide(m: Module, value: Value, divisor: int, *, most: int) -> tuple[Value, Value]:
    """Divide by a constant: the quotient, up to ``most``, as a thermometer, and the remainder.

    Where the quotient is larger the remainder means nothing.
    """
    bits = (divisor - 1).bit_length()
    reached = Signal(most, name=f"multiples_of_{divisor}")
    m.d.comb += reached.eq(Cat(_at_least(value, divisor * k) for k in range(1, most + 1)))
    quotient = [
        reached_multiple & ~above for reached_multiple, above in pairwise([*reached, Const(0, 1)])
    ]
    added = Cat(
        Cat(q for k, q in enumerate(quotient, start=1) if -divisor * k >> i & 1).any()
        for i in range(bits)
    )
    return reached, _sum(m, f"modulo_{divisor}", value[:bits], added)


def _sum(m: Module, name: str, first: Value, second: Value) -> Value:
    """The sum of two words of one width, modulo that width: no carry that nobody reads."""
    lower = Signal(len(first), name=name)
    m.d.comb += lower.eq(first[:-1] + second[:-1])
    return Cat(lower[:-1], lower[-1] ^ first[-1] ^ second[-1])


def _at_least(value: Value, constant: int) -> Value:
    """Whether an unsigned value is at least a constant: an AND or OR a bit."""
    reached: Value = Const(1, 1)
    for i, bit in enumerate(value):
        reached = bit & reached if constant >> i & 1 else bit | reached
    return reached


def _equals(value: Value, constant: int) -> Value:
    """Whether an unsigned value is a constant: one AND."""
    return Cat(bit if constant >> i & 1 else ~bit for i, bit in enumerate(value)).all()


def _digits_of_thermometer(reached: Value) -> Sequence[Value]:
    """A number up to 8 as two base-3 digits, all of them thermometers."""
    low = [
        Cat(reached[k] & ~above for k, above in ((i, reached[2]), (i + 3, reached[5]))).any()
        | reached[i + 6]
        for i in range(2)
    ]
    return Cat(reached[2], reached[5]), Cat(low)


def _trit(digit: Value) -> Value:
    """The key of a weight, from the digit weight + 1 as a thermometer."""
    return Cat(digit[0] & ~digit[1], ~digit[0])


def _unless(corrupt: Value, trit: Value) -> Value:
    """A weight's key, or that of 0."""
    zero, minus = trit
    return Cat(zero | corrupt, minus & ~corrupt)
