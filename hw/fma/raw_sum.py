"""Sums that are neither normalised exactly nor rounded: align, add, shift a little."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data

from hw.codec.shifter import count_leading_zeros, shift_left
from hw.float.pipeline import Stages
from hw.float.product import product_heap
from hw.fma.configuration import Cut, Fma, Product
from hw.fma.factors import take_apart
from hw.fma.ports import sum_shape
from hw.modules import Modules

__all__ = ["RAW_CUTS", "raw_sum"]

#: Where the registers of so many stages stand.
RAW_CUTS = (
    (),
    ("result",),
    ("multiplied", "result"),
    ("multiplied", "aligned", "result"),
    ("multiplied", "aligned", "added", "result"),
    ("compressed", "multiplied", "aligned", "added", "result"),
    ("given", "compressed", "multiplied", "aligned", "added", "result"),
)

State = dict[str, Value]


def raw_sum(m: Module, modules: Modules, c: Fma, stages: Stages, given: State) -> State:
    """The sum of a product and a raw partial sum.

    The exponents are compared while the significands are multiplied. The larger operand stays, the
    other one is shifted right; where that is the partial sum it is by one place nearer from the
    start, so that the distance is the difference or its complement, and nothing is counted up. A
    product that is not live leaves the sum as it is: its exponent counts as 0, and it is shifted
    out.

    Args:
        m: where it is built.
        modules: of the design.
        c: a configuration with a raw accumulator.
        stages: registers between the steps.
        given: ``a``, ``b`` and ``c``.

    Returns:
        ``sum``, the bits of the new partial sum.
    """
    state = stages("given", given)
    state = _multiply(m, modules, c, stages, state)
    state = stages("multiplied", state)
    state = stages("aligned", _align(m, c, state))
    state = stages("added", _add(m, c, state))
    return stages("result", {"sum": _finish(m, c, state)})


def _named(m: Module, name: str, value: Value) -> Signal:
    signal = Signal(len(value), name=name)
    m.d.comb += signal.eq(value)
    return signal


def _multiply(m: Module, modules: Modules, c: Fma, stages: Stages, state: State) -> State:
    """The product in the window, its exponent, and the partial sum beside it."""
    factors = take_apart(m, c, state.pop("a"), state.pop("b"))
    exponent = Signal(c.raw.exponent_bits, name="product_exponent")
    heap = product_heap(m, *factors.significands)
    first, second, start = heap.compress(m, modules)
    state |= {
        "first": first,
        "second": second,
        "one_exponent": factors.exponents[0],
        "other_exponent": factors.exponents[1],
        "sign": factors.sign,
        "live": factors.live,
    }
    met = {
        "nan": factors.nan,
        "positive": factors.infinity & ~factors.sign,
        "negative": factors.infinity & factors.sign,
    }
    state |= {f"met_{name}": met[name] for name in c.specials}
    state = stages("compressed", state)
    first, second = state.pop("first"), state.pop("second")
    upper = Signal(heap.width - start, name="product_upper")
    m.d.comb += upper.eq(first[start:] + second)
    product: Value = _named(m, "product", Cat(first[:start], upper))
    live = state["live"]
    summed = state.pop("one_exponent") + state.pop("other_exponent")
    if c.product is Product.NORMALIZED:
        leading = product[-1]
        summed = summed + (c.exponent_offset - 1) + leading
        product = _named(m, "normalized", Mux(leading, product, product << 1)[: len(product)])
    elif c.exponent_offset:
        summed = summed + c.exponent_offset
    m.d.comb += exponent.eq(summed & live.replicate(len(summed)))
    places = c.window_bits - c.product_bits
    if places >= 0:
        product = Cat(Const(0, places), product)
    else:
        lost, kept = product[:-places], product[-places:]
        product = Cat(kept[0] | lost.any(), kept[1:]) if c.cut is Cut.JAM else kept
    return state | {"product": product, "exponent": exponent}


def _align(m: Module, c: Fma, state: State) -> State:
    """Both operands at the larger exponent."""
    before = data.View(sum_shape(c), state.pop("c"))
    bits = c.raw.exponent_bits
    product, exponent = state.pop("product"), state.pop("exponent")
    live, sign = state.pop("live"), state.pop("sign")
    difference = Signal(bits + 1)
    swap = Signal()
    m.d.comb += [
        difference.eq(before.exponent - exponent),
        swap.eq(difference[-1]),
    ]
    significand = Cat(Const(0, c.guard_bits), before.significand)
    large = _named(m, "large", Mux(swap, product, significand))
    jam = c.cut is Cut.JAM
    nearer = significand[1:]
    small = _named(m, "small", Mux(swap, nearer, product))
    distance = _named(m, "distance", (difference ^ swap.replicate(bits + 1))[:bits])
    out = _named(m, "out", ~(live | swap))  # a product that is none
    lost = _named(m, "lost_first", swap & significand[0]) if jam else Const(0, 1)
    aligned = _shift_right(m, c, small, distance, out, lost)
    state |= {
        "large": large,
        "aligned": aligned,
        "common": _named(m, "common", Mux(swap, exponent, before.exponent)),
        "larger_sign": _named(m, "larger_sign", Mux(swap, sign, before.sign)),
        "subtract": _named(m, "subtract", sign ^ before.sign),
        "normalize": live,
    }
    for name in c.specials:
        noted = getattr(before, name) | state.pop(f"met_{name}")
        state[name] = _named(m, f"noted_{name}", noted)
    return state


def _shift_right(
    m: Module, c: Fma, word: Value, distance: Value, out: Value, lost: Value
) -> Value:
    """The smaller operand in its place, cut."""
    width = c.window_bits
    near = min(len(distance), (width - 1).bit_length())
    for i, select in enumerate(distance[:near]):
        places = 1 << i
        shifted = _named(m, f"right{places}", Mux(select, word >> places, word))
        if c.cut is Cut.JAM:
            lost = _named(m, f"lost{places}", lost | select & word[:places].any())
        word = shifted
    far = _named(m, "far", distance[near:].any())
    kept = _named(m, "kept", word & (~(far | out)).replicate(width))
    if c.cut is Cut.JAM:
        some = (lost | far & word.any()) & ~out
        return _named(m, "jammed", Cat(kept[0] | some, kept[1:]))
    return kept


def _add(m: Module, c: Fma, state: State) -> State:
    """The magnitude of the sum and its sign."""
    width = c.window_bits
    large, aligned = state.pop("large"), state.pop("aligned")
    subtract = state.pop("subtract")
    total = Signal(width + 1)
    negative = Signal()
    magnitude = Signal(width + 1)
    m.d.comb += [
        total.eq(large + (aligned ^ subtract.replicate(width)) + subtract),
        # the carry of a difference says that it is none below 0
        negative.eq(subtract & ~total[-1]),
        magnitude.eq(
            Cat(
                (total[:-1] ^ negative.replicate(width)) + negative,
                Const(0, 1),
            )[:width]
        ),
        magnitude[-1].eq(total[-1] & ~subtract),
    ]
    return state | {
        "magnitude": magnitude,
        "sum_sign": _named(m, "sum_sign", state.pop("larger_sign") ^ negative),
    }


def _finish(m: Module, c: Fma, state: State) -> Value:
    """Shift, and put the fields together."""
    width, raw = c.window_bits, c.raw
    magnitude, common = state["magnitude"], state["common"]
    carry = magnitude[-1]
    word = magnitude[:-1]
    halved: Value = magnitude[1:]
    if c.cut is Cut.JAM:
        halved = Cat(magnitude[1] | magnitude[0], magnitude[2:])
    exponent = Signal(raw.exponent_bits, name="sum_exponent")
    if c.normalizing.groups is None:
        count, zero = count_leading_zeros(m, word)
        enabled = state["normalize"] & ~carry
        shift = _named(m, "shift", count & enabled.replicate(len(count)))
        moved = shift_left(m, word, shift)
        empty = zero & enabled
        m.d.comb += exponent.eq(
            (common - shift + carry) & (~empty).replicate(raw.exponent_bits)
        )
    else:
        moved, shift = _shift_by_groups(m, c, word, state["normalize"] & ~carry)
        m.d.comb += exponent.eq(common - shift + carry)
    shifted = _named(m, "shifted", Mux(carry, halved, moved))
    kept = shifted[c.guard_bits :]
    if c.cut is Cut.JAM and c.guard_bits:
        kept = Cat(kept[0] | shifted[: c.guard_bits].any(), kept[1:])
    assert len(kept) == raw.bits == width - c.guard_bits
    fields: dict[str, Value] = {
        "significand": kept,
        "exponent": exponent,
        "sign": state["sum_sign"],
    }
    return Cat(*fields.values(), *(state[name] for name in c.specials))


def _shift_by_groups(m: Module, c: Fma, word: Value, enabled: Value) -> tuple[Value, Value]:
    """The word shifted as its leading groups say, and how far."""
    groups = c.normalizing.groups
    assert groups is not None
    moved, shift = word, Const(0, 1)
    seen, empty = 0, enabled
    for bits, places in groups:
        group = word[len(word) - seen - bits : len(word) - seen]
        seen += bits
        empty = _named(m, f"empty{seen}", empty & ~group.any())
        moved = _named(m, f"moved{places}", Mux(empty, word << places, moved)[: len(word)])
        shift = _named(m, f"shift{places}", Mux(empty, Const(places), shift))
    return moved, shift
