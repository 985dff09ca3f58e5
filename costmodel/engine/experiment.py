"""Which matrix engines are measured, so that a cost model can be fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from hw.engine import EngineLimits, MatrixEngine
from hw.errors import RequestError
from hw.fma import Cut, Difference, Product

__all__ = ["plan"]

_FIT, _HELD = 50, 25
_INTEGERS = ("int4", "int8", "uint8", "int6", "int16")
_FACTORS = ("fp4_e2m1", "fp6_e3m2", "fp8_e4m3", "fp8_e5m2", "bf16", "fp16")
_FLOATS = ("bf16", "fp16", "fp32")
_NORMALIZATIONS = ("exact", "carry_only", "an-1-1", "an-1-2", "an-2-2")


def plan() -> Iterator[tuple[MatrixEngine, str]]:
    """Random arrays, formats and sums; every third design is held out.

    The same designs each time: a draw by a fixed seed.
    """
    rng = random.Random(23)
    drawn: dict[MatrixEngine, None] = {}
    while len(drawn) < _FIT + _HELD:
        try:
            drawn.setdefault(_draw(rng))
        except RequestError:  # parameters that contradict each other are drawn again
            continue
    for number, unit in enumerate(drawn):
        yield unit, "held" if number % 3 == 2 else "fit"


def _draw(rng: random.Random) -> MatrixEngine:
    settings: dict[str, Any] = {
        "rows": rng.randint(2, 6),
        "columns": rng.randint(2, 6),
        "initial": rng.random() < 0.4,
        "result": rng.choice(("", "bf16", "fp16", "fp32")),
        "workload": EngineLimits(rng.choice((64, 1024, 4096))),
    }
    kind = rng.random()
    if kind < 0.3:
        a, b = rng.choice(_INTEGERS), rng.choice(_INTEGERS)
        return MatrixEngine(a=a, b=rng.choice((a, b)), **settings)
    a, b = rng.choice(_FACTORS), rng.choice(_FACTORS)
    settings |= {"a": a, "b": rng.choice((a, b))}
    if kind < 0.5:
        return MatrixEngine(accumulator=rng.choice(_FLOATS), **settings)
    return MatrixEngine(
        accumulator=f"raw{rng.randint(8, 28)}",
        normalization=rng.choice(_NORMALIZATIONS),
        product=rng.choice(tuple(Product)),
        cut=rng.choice((Cut.TRUNCATE, Cut.TRUNCATE, Cut.JAM)),
        difference=rng.choice(tuple(Difference)),
        **settings,
    )
