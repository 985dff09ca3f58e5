"""Which SIMD units are measured, so that a cost model can be fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hw.errors import RequestError
from hw.simd import SimdMac
from hw.simd.configuration import SimdLimits, Sums

__all__ = ["plan"]

_FIT, _HELD = 60, 16
_MOST_PAIRS = 5
_PAIRS = (
    *("fp4_e2m1", "int4", "posit4_1", "fp6_e2m3", "fp6_e3m2", "fp8_e4m3", "fp8_e5m2", "int8"),
    *("posit8_0", "int16", "fp16", "posit16_1", "int4*int8", "int4*int16", "int8*int16"),
    *("int4*fp8_e4m3", "fp4_e2m1*fp8_e4m3"),
)


def plan() -> Iterator[tuple[SimdMac, str]]:
    """Random subsets of pairs, depths, widths and kinds of sums; the last ones are held out.

    The same designs each time: a draw by a fixed seed. Those that cannot be (an accumulator that
    would be too wide) are drawn again.
    """
    rng = random.Random(14)
    drawn: dict[SimdMac, None] = {}
    while len(drawn) < _FIT + _HELD:
        number = rng.choice((1, 1, 2, 3, 4, _MOST_PAIRS))
        pairs = rng.sample(_PAIRS, number)
        try:
            unit = SimdMac(
                pairs=",".join(sorted(pairs, key=_PAIRS.index)),
                port=rng.choice((16, 16, 16, 32)),
                sums=rng.choice((Sums.BOTH, Sums.BOTH, Sums.LANES, Sums.DOT)),
                depth=rng.randint(1, 6),
                workload=SimdLimits(rng.choice((16, 256, 4096))),
            )
        except RequestError:
            continue
        drawn.setdefault(unit)
    for number, unit in enumerate(drawn):
        yield unit, "fit" if number < _FIT else "held"
