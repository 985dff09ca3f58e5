"""How lively the operands of a core are: what their bits toggle on typical data.

A converted float fills its operand only in part. Below its significand there are zeros, and what
makes an operand wide may be numbers that seldom come. Bits above the number repeat its sign, and
toggle as often as random bits do.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from hw.ternary import TernarySignflip, Workload
from hw.ternary.style import Arithmetic
from sim.ternary.fixed_sums import to_fixed
from sim.ternary.styles import random_numbers

__all__ = ["liveness"]

_VECTORS, _INPUTS = 64, 512  # an aligned block's largest exponent hardly depends on its length


@cache
def liveness(style: Arithmetic | None) -> float:
    """Toggles of an operand from one vector to the next, over those of a random word of its width.

    Args:
        style: of the arithmetic, with its formats.

    Returns:
        About 0.5 to 1 for floats that are converted, of data as `sim.ternary.styles.random_numbers`
        draws it without codes that can be anything. 1 for all that is not converted.
    """
    if style is None or not style.converts:
        return 1.0
    core = TernarySignflip(
        luts=1,
        columns=1,
        activation=style.number,
        style=style.name,
        aligned_bits=style.aligned_bits,
        workload=Workload(inputs=_INPUTS, outputs=1),
    )
    rng = np.random.default_rng(0)
    numbers, bias = random_numbers(core, (_VECTORS, _INPUTS), (1,), rng, wild=0.0)
    words = to_fixed(core, numbers, bias).activations
    changed = (words[1:] ^ words[:-1]) & (1 << style.operand.bits) - 1
    return float(np.bitwise_count(changed.astype(np.uint64)).mean() / (style.operand.bits / 2))
