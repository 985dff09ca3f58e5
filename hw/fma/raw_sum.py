"""Sums that are cut, not rounded, and normalised as little as is asked for."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data

from hw.codec.shifter import count_leading_zeros, shift_left
from hw.float.pipeline import Stages
from hw.fma.alignment import Addend, State, Window, add, align, multiply, named
from hw.fma.configuration import Cut, Difference, Fma, Product
from hw.fma.ports import sum_shape
from hw.modules import Modules

__all__ = ["raw_sum"]


def raw_sum(m: Module, modules: Modules, c: Fma, stages: Stages, given: State) -> State:
    """The sum of a product and a raw partial sum.

    Args:
        m: where it is built.
        modules: of the design.
        c: a configuration with a raw accumulator.
        stages: registers between the steps.
        given: ``a``, ``b`` and ``c``.

    Returns:
        ``sum``, the bits of the new partial sum.
    """
    window = Window(
        width=c.window_bits,
        jam=c.cut is Cut.JAM,
        offset=c.exponent_offset,
        normalized=c.product is Product.NORMALIZED,
        inverted=c.difference is Difference.INVERTED,
        exponents=(0, (1 << c.raw.exponent_bits) - 1),
    )
    state = multiply(m, modules, c, window, stages, stages("given", given))
    state = stages("multiplied", state)
    before = data.View(sum_shape(c), state.pop("c"))
    addend = Addend(before.significand, before.exponent, before.sign)
    state = align(m, window, state, addend)
    state = stages("aligned", _note(m, c, state, before))
    state = stages("added", add(m, window, state))
    return stages("result", {"sum": _finish(m, c, window, state)})


def _note(m: Module, c: Fma, state: State, before: data.View) -> State:
    """What the sum has met that is no number, in the place of what the product is."""
    if not c.specials:
        return state
    sign, infinity = state.pop("sign"), state.pop("infinity")
    state.pop("came_nan")
    met = {"nan": state.pop("nan"), "positive": infinity & ~sign, "negative": infinity & sign}
    notes = {name: named(m, f"noted_{name}", before[name] | met[name]) for name in c.specials}
    return state | notes


def _finish(m: Module, c: Fma, window: Window, state: State) -> Value:
    """Shift, and put the fields together."""
    magnitude, common = state["magnitude"], state["exponent"]
    carry, word = magnitude[-1], magnitude[:-1]
    halved: Value = magnitude[1:]
    if window.jam:
        halved = Cat(magnitude[1] | magnitude[0], magnitude[2:])
    exponent = Signal(c.raw.exponent_bits, name="sum_exponent")
    enabled = named(m, "enabled", state["live"] & ~carry)
    if c.normalizing.groups is None:
        count, zero = count_leading_zeros(m, word)
        shift = named(m, "shift", count & enabled.replicate(len(count)))
        moved = shift_left(m, word, shift)
        some = (~(zero & enabled)).replicate(len(exponent))
        m.d.comb += exponent.eq((common - shift + carry)[: len(exponent)] & some)
    else:
        moved, shift = _shift_by_groups(m, c.normalizing.groups, word, enabled)
        m.d.comb += exponent.eq(common - shift + carry)
    shifted = named(m, "shifted", Mux(carry, halved, moved))
    kept = shifted[c.guard_bits :]
    if window.jam and c.guard_bits:
        kept = Cat(kept[0] | shifted[: c.guard_bits].any(), kept[1:])
    return Cat(kept, exponent, state["sum_sign"], *(state[name] for name in c.specials))


def _shift_by_groups(
    m: Module, groups: tuple[tuple[int, int], ...], word: Value, enabled: Value
) -> tuple[Value, Value]:
    """The word shifted as its leading groups say, and how far."""
    moved, shift = word, Const(0, 1)
    seen, empty = 0, enabled
    for bits, places in groups:
        group = word[len(word) - seen - bits : len(word) - seen]
        seen += bits
        empty = named(m, f"empty{seen}", empty & ~group.any())
        moved = named(m, f"moved{places}", Mux(empty, word << places, moved)[: len(word)])
        shift = named(m, f"shift{places}", Mux(empty, Const(places), shift))
    return moved, shift
