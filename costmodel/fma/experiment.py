"""Which fused multiply-add units are measured, so that a cost model can be fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hw.errors import RequestError
from hw.fma import Cut, Difference, Fma, FmaLimits, Product

__all__ = ["plan"]

_FIT, _HELD = 70, 40
_FACTORS = ("fp4_e2m1", "fp6_e2m3", "fp6_e3m2", "fp8_e4m3", "fp8_e5m2", "bf16", "fp16")
_FLOATS = ("bf16", "fp16", "fp32", "fp8_e5m2")
_NORMALIZATIONS = ("exact", "carry_only", "an-1-1", "an-1-2", "an-2-1", "an-2-2")


def plan() -> Iterator[tuple[Fma, str]]:
    """Random formats, widths, normalizations and depths; every few designs one is held out.

    The same designs each time: a draw by a fixed seed.
    """
    rng = random.Random(15)
    drawn: dict[Fma, None] = {}
    while len(drawn) < _FIT + _HELD:
        try:
            drawn.setdefault(_draw(rng))
        except RequestError:  # parameters that contradict each other are drawn again
            continue
    for number, unit in enumerate(drawn):
        last = number * _HELD // (_FIT + _HELD)
        held = last != (number + 1) * _HELD // (_FIT + _HELD)
        yield unit, "held" if held else "fit"


def _draw(rng: random.Random) -> Fma:
    a = rng.choice(_FACTORS)
    b = rng.choice((a, a, rng.choice(_FACTORS)))
    depth, limits = rng.randint(0, 6), FmaLimits(rng.choice((64, 1024, 4096)))
    if rng.random() < 0.35:
        return Fma(
            a=a,
            b=b,
            accumulator=rng.choice(_FLOATS),
            flags=rng.random() < 0.3,
            depth=depth,
            workload=limits,
        )
    return Fma(
        a=a,
        b=b,
        accumulator=f"raw{rng.randint(8, 28)}",
        normalization=rng.choice(_NORMALIZATIONS),
        product=rng.choice(tuple(Product)),
        guard_bits=rng.choice((0, 0, 1, 2)),
        cut=rng.choice((Cut.TRUNCATE, Cut.TRUNCATE, Cut.JAM)),
        difference=rng.choice(tuple(Difference)),
        depth=depth,
        workload=limits,
    )
