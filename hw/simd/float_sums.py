"""Sums that are floats: what an operation gives is rounded, then added to them."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Const, Module, Signal, Value

from hw.codec import Encoder
from hw.float import FloatAdder
from hw.float.pipeline import Stages
from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.normalizer import Normalizer, exponents, kept_bits
from hw.simd.ports import flags
from hw.simd.stages import cuts

__all__ = ["float_sum", "rounded"]

_NORMALISED = ("sign", "magnitude", "exponent", "sticky", "nan", "infinity")
_OF_SUM = ("first", "last")


def rounded(
    m: Module, platform: Modules, c: SimdMac, stages: Stages, state: dict[str, Value]
) -> dict[str, Value]:
    """The exact sum of an operation's products, rounded once.

    Args:
        m: where it is built.
        platform: modules of the design.
        c: a configuration whose sums are floats.
        stages: registers between the steps.
        state: what `hw.simd.operand.Operand` gives, ``pair``, ``first`` and ``last``.

    Returns:
        ``code`` in the place of the former; ``first`` and ``last``.
    """
    form = c.sum_format
    assert form is not None
    kept, between = kept_bits(form), "halved" in cuts(c)
    inputs = {f"noted_{flag}": state[f"{flag}0"] for flag in flags(c)}
    inputs |= {"pair": state["pair"]} if "pair" in state else {}
    inputs |= {"advance": stages.advance} if between else {}
    normalised = platform.place(
        m,
        "normalizer",
        "normalizer",
        partial(Normalizer, c, kept, register=between),
        active=Const(1, 1),
        sum=state["operand0"],
        **inputs,
    )
    state = stages("halved", {name: state[name] for name in _OF_SUM})
    state |= {name: getattr(normalised, name) for name in _NORMALISED}
    state = stages("normalised", state)
    parts = {name: state.pop(name) for name in _NORMALISED}
    build = partial(Encoder, form, kept, exponents(c, kept))
    state["code"] = platform.place(m, "encoder", "encoder", build, **parts).code
    return stages("rounded", state)


def float_sum(
    m: Module, platform: Modules, c: SimdMac, state: dict[str, Value], taken: Value
) -> Value:
    """The sum, which the code of an operation is added to when it is taken."""
    form = c.sum_format
    assert form is not None
    total = Signal(form.bits, name="total", reset_less=True)
    before = Signal(form.bits, name="sum_before")
    m.d.comb += before.eq(total & (~state["first"]).replicate(form.bits))
    build = partial(FloatAdder, form)
    added = platform.place(m, "adder", "adder", build, a=before, b=state["code"])
    with m.If(taken):
        m.d.sync += total.eq(added.total)
    return total
