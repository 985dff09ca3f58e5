"""Speed of the golden models of number formats."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import ml_dtypes
import numpy as np

from benchmarks.measuring import Row, best
from hw.formats import Float
from sim.formats import add, code_type, decode, encode

__all__ = ["formats"]


def formats() -> Iterator[Row]:
    """Golden codecs and sums of codes, next to other people's conversions."""
    rng = np.random.default_rng(0)
    count = 1 << 21
    values = rng.normal(size=count)
    singles = values.astype(np.float32)
    # FP8 is compared with ml_dtypes, fp16 with numpy; neither can be asked for other policies.
    for name, theirs, target in (
        ("fp8_e4m3", ml_dtypes.float8_e4m3fn, 50),
        ("fp8_e5m2", ml_dtypes.float8_e5m2, 50),
        ("fp16", "f2", 20),
    ):
        form = Float.parse(name)
        codes = rng.integers(0, 1 << form.bits, (2, count)).astype(code_type(form))
        numbers = codes[0].view(theirs)
        for operation, ours, other in (
            ("decode", partial(decode, form, codes[0]), partial(numbers.astype, np.float64)),
            ("encode float64", partial(encode, form, values), partial(values.astype, theirs)),
            ("encode float32", partial(encode, form, singles), partial(singles.astype, theirs)),
            ("add", partial(add, form, *codes), partial(np.add, *codes.view(theirs))),
        ):
            with np.errstate(all="ignore"):
                rate, beside = (count / best(call) / 1e6 for call in (ours, other))
            least = 20 if operation == "add" else target
            yield Row(
                f"{operation}, {name}",
                f"{rate:.0f} M/s",
                f">= {least} M/s",
                rate >= least,
                f"{rate / beside:.2g} x the {beside:.0f} M/s of {np.dtype(theirs).name}",
            )
