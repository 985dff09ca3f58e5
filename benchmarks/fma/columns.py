"""Speed of the golden columns: sums of products, one after the other, each rounded or cut."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import apytypes
import gfloat
import numpy as np
import pychop
from gfloat.formats import format_info_binary32
from numpy.typing import NDArray

from benchmarks.measuring import Row, best
from hw.fma import Fma
from sim.fma.column import column_values, stepped_values
from sim.formats import decode, encode

__all__ = ["columns"]

_TERMS, _SUMS = 256, 1 << 14
_FEW = 1 << 10  # sums of those that take long; a call of theirs costs little beside them
_TARGET = 20
_BF16, _FP32 = 7, 23  # bits of fractions
Values = NDArray[np.float64]


def columns() -> Iterator[Row]:
    """Compiled columns, next to their units' models and other people's arithmetic.

    The others make the same sums of bfloat16 products in fp32, and must come to the same results;
    none of them cuts sums as the raw ones here are cut.
    """
    rng = np.random.default_rng(0)
    units = {
        "bf16 in fp32": Fma(a="bf16", accumulator="fp32"),
        "bf16 in bf16": Fma(a="bf16", accumulator="bf16"),
        "bf16 in raw16, an-1-2": Fma(a="bf16", accumulator="raw16", normalization="an-1-2"),
        "bf16 in raw17, carry only": Fma(a="bf16", accumulator="raw17", normalization="carry_only"),
    }
    form = units["bf16 in fp32"].factors[0]
    codes = [encode(form, rng.standard_normal((_TERMS, _SUMS))) for _ in range(2)]
    few = [factor[:, :_FEW] for factor in codes]
    for name, unit in units.items():
        column_values(unit, *few)  # compiled, or read from the cache
        rate = codes[0].size / _seconds(partial(column_values, unit, *codes)) / 1e6
        slow = few[0].size / _seconds(partial(stepped_values, unit, *few)) / 1e6
        beside = [f"{rate / slow:.0f} x the {slow:.2g} M/s of the unit's model"]
        if name == "bf16 in fp32":
            wanted = stepped_values(unit, *few)
            values = [decode(form, factor) for factor in few]
            beside += [
                f"{rate / other:.0f} x the {other:.2g} M/s of {package}"
                for package, other in _others(values, wanted)
            ]
        yield Row(
            f"column, {name}",
            f"{rate:.0f} M/s",
            f">= {_TARGET} M/s",
            rate >= _TARGET,
            ", ".join(beside),
        )


def _seconds(sums: Callable[[], Values]) -> float:
    """Of a core, whoever else has it too."""
    return best(sums, 3, time.process_time)


def _others(factors: list[Values], wanted: Values) -> Iterator[tuple[str, float]]:
    """Names and million sums a second of other people's arithmetic."""
    rounded = pychop.Chop(exp_bits=8, sig_bits=23)
    for name, sums in (
        ("apytypes", partial(_of_apytypes, *factors)),
        (
            "gfloat",
            partial(_stepped, partial(gfloat.round_ndarray, format_info_binary32), *factors),
        ),
        ("pychop", partial(_stepped, rounded, *factors)),
    ):
        if not np.array_equal(sums(), wanted):
            raise RuntimeError(f"sums of {name} are others")
        yield name, factors[0].size / _seconds(sums) / 1e6


def _stepped(rounded: Callable[[Values], Values], a: Values, b: Values) -> Values:
    sums = np.zeros(a.shape[1])
    for x, y in zip(a, b, strict=True):
        sums = rounded(x * y + sums)
    return sums


def _of_apytypes(a: Values, b: Values) -> Values:
    """Products of bfloat16 numbers are exact in fp32, so that they are rounded once there too."""
    array = partial(apytypes.APyFloatArray.from_float, exp_bits=8)
    sums = array(np.zeros(a.shape[1]), man_bits=_FP32)
    for x, y in zip(a, b, strict=True):
        p, q = (array(factor, man_bits=_BF16) for factor in (x, y))
        sums = p.cast(man_bits=_FP32) * q.cast(man_bits=_FP32) + sums
    return sums.to_numpy()
