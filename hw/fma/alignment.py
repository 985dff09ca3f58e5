"""Product and sum brought to one exponent and added: what exact and raw sums have in common.

The exponents are compared while the significands are multiplied. The operand with the larger
exponent stays at the top of a window, the other one is shifted right. Where that is the sum so far
it is by one place nearer from the start, so that the distance is the difference of the exponents or
its complement, and nothing is counted up. A product that is not live leaves the sum as it is: it
never counts as the larger one, and it is shifted out.
"""

from __future__ import annotations

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value

from hw.codec.shapes import signed_range
from hw.codec.shifter import shift_left
from hw.float.pipeline import Stages
from hw.fma.configuration import Fma
from hw.fma.factors import take_apart
from hw.fma.multiplier import product_of, summands
from hw.modules import Modules

__all__ = ["CUTS", "Addend", "State", "Window", "add", "align", "multiply", "named"]

#: Where the registers of so many stages stand.
CUTS = (
    (),
    ("result",),
    ("multiplied", "result"),
    ("multiplied", "aligned", "result"),
    ("multiplied", "aligned", "added", "result"),
    ("compressed", "multiplied", "aligned", "added", "result"),
    ("given", "compressed", "multiplied", "aligned", "added", "result"),
)

State = dict[str, Value]


@dataclass(frozen=True)
class Window:
    """Where products and sums are added.

    Attributes:
        width: bits of the window.
        jam: its lowest bit tells whether anything was shifted below it.
        offset: what a product's exponent exceeds the sum of its factors' fields by.
        normalized: products lose an empty first place.
        inverted: a difference below 0 is inverted, not negated.
        exponents: the least and the largest exponent of sums in it, as the unit counts them.
    """

    width: int
    jam: bool
    offset: int
    normalized: bool
    inverted: bool
    exponents: tuple[int, int]

    @property
    def exponent_shape(self) -> Shape:
        """Of an exponent; unsigned if none is below 0."""
        low, high = self.exponents
        return signed_range(low, high) if low < 0 else Shape(high.bit_length())


@dataclass(frozen=True)
class Addend:
    """The sum so far, taken apart: a significand of any width up to the window's, at its top."""

    significand: Value
    exponent: Value
    sign: Value


def named(m: Module, name: str, value: Value) -> Signal:
    """A signal that is a value."""
    signal = Signal(value.shape(), name=name)
    m.d.comb += signal.eq(value)
    return signal


def multiply(
    m: Module, modules: Modules, c: Fma, window: Window, stages: Stages, state: State
) -> State:
    """Take ``a`` and ``b`` out of the state, and put their product in.

    Adds ``product``, no wider than the window at whose top it stands, ``product_exponent``,
    ``sign``, ``live``; and ``came_nan``, ``nan`` and ``infinity`` where formats have such.
    """
    factors = take_apart(m, c, state.pop("a"), state.pop("b"))
    heap = summands(m, c, *factors.significands)
    first, second, start = heap.compress(m, modules)
    state |= {
        "first": first,
        "second": second,
        "exponent_a": factors.exponents[0],
        "exponent_b": factors.exponents[1],
        "sign": factors.sign,
        "live": factors.live,
    }
    notes = {"came_nan": factors.came_nan, "nan": factors.nan, "infinity": factors.infinity}
    state = stages("compressed", state | (notes if c.specials else {}))
    first, second = state.pop("first"), state.pop("second")
    upper = named(m, "product_upper", (first[start:] + second)[: heap.width - start])
    product, carry = product_of(m, c, named(m, "product_whole", Cat(first[:start], upper)))
    exponent = Signal(window.exponent_shape, name="product_exponent")
    summed = state.pop("exponent_a") + state.pop("exponent_b")
    offset = window.offset
    if window.normalized:
        if carry is None:
            carry = product[-1]
            product = named(m, "normalized", Mux(carry, product, product << 1)[: len(product)])
        summed = summed + carry
        offset -= c.product_form.zeros
    elif carry is not None:
        product = shift_left(m, Cat(product, Const(0, c.product_form.zeros)), carry)
    m.d.comb += exponent.eq(summed + offset if offset else summed)
    places = window.width - len(product)
    if places < 0:
        lost, kept = product[:-places], product[-places:]
        product = Cat(kept[0] | lost.any(), kept[1:]) if window.jam else kept
    return state | {"product": product, "product_exponent": exponent}


def align(m: Module, window: Window, state: State, addend: Addend) -> State:
    """Take the product out of the state, and put both operands in.

    Adds ``large``, ``aligned``, ``exponent`` of both, ``larger_sign`` and ``subtract``; ``sign``
    and ``live`` remain.
    """
    product, exponent = state.pop("product"), state.pop("product_exponent").as_signed()
    if window.exponents[0] >= 0:
        exponent = exponent.as_unsigned()
    live, sign = state["live"], state["sign"]
    low, high = window.exponents
    difference = Signal(signed_range(low - high, high - low))
    swap = Signal()
    m.d.comb += [
        difference.eq(addend.exponent - exponent),
        swap.eq(difference[-1] & live),
    ]
    product, significand = (
        Cat(Const(0, window.width - len(value)), value) for value in (product, addend.significand)
    )
    large = named(m, "large", Mux(swap, product, significand))
    small = named(m, "small", Mux(swap, significand[1:], product))
    bits = len(difference) - 1
    distance = named(m, "distance", difference[:bits] ^ swap.replicate(bits))
    out = named(m, "out", ~live)
    lost = named(m, "lost_first", swap & significand[0]) if window.jam else Const(0, 1)
    return state | {
        "large": large,
        "aligned": _shift_right(m, window, small, distance, out, lost),
        "exponent": named(m, "exponent", Mux(swap, exponent, addend.exponent)),
        "larger_sign": named(m, "larger_sign", Mux(swap, sign, addend.sign)),
        "subtract": named(m, "subtract", sign ^ addend.sign),
    }


def _shift_right(
    m: Module, window: Window, word: Value, distance: Value, out: Value, lost: Value
) -> Value:
    """The smaller operand in its place, cut; nothing of one that is out, if it is the product."""
    width = window.width
    near = min(len(distance), (width - 1).bit_length())
    for i, select in enumerate(distance[:near]):
        places = 1 << i
        if window.jam:
            lost = named(m, f"lost{places}", lost | select & word[:places].any())
        word = named(m, f"right{places}", Mux(select, word >> places, word))
    far = named(m, "far", distance[near:].any())
    kept = named(m, "kept", word & (~(far | out)).replicate(width))
    if window.jam:
        some = (lost | far & word.any()) & ~out
        return named(m, "jammed", Cat(kept[0] | some, kept[1:]))
    return kept


def add(m: Module, window: Window, state: State) -> State:
    """Take both operands out of the state, and put their sum in.

    Adds ``magnitude``, whose top bit is a carry beyond the window, and ``sum_sign``; ``exponent``
    and ``subtract`` remain.
    """
    width = window.width
    large, aligned = state.pop("large"), state.pop("aligned")
    subtract = state["subtract"]
    total = Signal(width + 1)
    negative = Signal()
    m.d.comb += [
        total.eq(large + (aligned ^ subtract.replicate(width)) + subtract),
        # the carry of a difference says that it is none below 0
        negative.eq(subtract & ~total[-1]),
    ]
    difference: Value = total[:-1] ^ negative.replicate(width)
    if not window.inverted:
        difference = (difference + negative)[:width]
    return state | {
        "magnitude": named(m, "magnitude", Cat(difference, total[-1] & ~subtract)),
        "sum_sign": named(m, "sum_sign", state.pop("larger_sign") ^ negative),
    }
