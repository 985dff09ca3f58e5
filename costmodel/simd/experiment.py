"""Which SIMD units are measured, so that a cost model can be fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hw.errors import RequestError
from hw.simd import SimdMac
from hw.simd.configuration import Accumulation, SimdLimits, Sums

__all__ = ["plan"]

_FIT, _HELD = 68, 32
_MOST_PAIRS = 5
_PAIRS = (
    *("fp4_e2m1", "int4", "posit4_1", "fp6_e2m3", "fp6_e3m2", "fp8_e4m3", "fp8_e5m2", "int8"),
    *("posit8_0", "int16", "fp16", "posit16_1", "int4*int8", "int4*int16", "int8*int16"),
    *("int4*fp8_e4m3", "fp4_e2m1*fp8_e4m3", "mxfp4", "mxfp8_e4m3", "mxint8", "nvfp4", "nvint4"),
)
_RESULTS = ("", "", "fp16", "fp32", "posit16_1")


def plan() -> Iterator[tuple[SimdMac, str]]:
    """Random subsets of pairs, depths, widths, kinds of sums; every few designs one is held out.

    The same designs each time: a draw by a fixed seed. Those that cannot be (an accumulator that
    would be too wide) are drawn again.
    """
    rng = random.Random(14)
    drawn: dict[SimdMac, None] = {}
    while len(drawn) < _FIT + _HELD:
        try:
            drawn.setdefault(_draw(rng))
        except RequestError:
            continue
    for number, unit in enumerate(drawn):
        last = number * _HELD // (_FIT + _HELD)
        held = last != (number + 1) * _HELD // (_FIT + _HELD)
        yield unit, "held" if held else "fit"


def _draw(rng: random.Random) -> SimdMac:
    pairs = rng.sample(_PAIRS, rng.choice((1, 1, 2, 3, 4, _MOST_PAIRS)))
    floats = rng.random() < 0.15
    return SimdMac(
        pairs=",".join(sorted(pairs, key=_PAIRS.index)),
        port=rng.choice((16, 16, 16, 32)),
        sums=Sums.DOT if floats else rng.choice((Sums.BOTH, Sums.BOTH, Sums.LANES, Sums.DOT)),
        accumulation=Accumulation.FP32 if floats else Accumulation.EXACT,
        scale_places=rng.choice((16, 32, 48)),
        result="" if floats else rng.choice(_RESULTS),
        depth=rng.randint(1, 7),
        workload=SimdLimits(rng.choice((16, 256, 4096))),
    )
