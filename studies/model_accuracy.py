"""Measure what arithmetics do to a sentence encoder: `python -m studies.model_accuracy`.

Every arithmetic of `REQUESTS` that designs/measured/accuracy.json has no row of, or one of fewer
pairs, is run as `macsmith accuracy` does (`make models` takes the model); what is there stays. One
of columns takes about a minute of a core, the others seconds. `studies.model_tables` makes tables
and a picture of them.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from typing import Any

from rich.console import Console

from macsmith.accuracy.measure import measure
from macsmith.accuracy.names import arithmetic_of
from macsmith.accuracy.tasks import Sentences
from macsmith.design import designs_folder
from sim.arithmetics import Single
from sim.writing import atomic_write

__all__ = [
    "COLUMNS_FURTHER",
    "FORMATS",
    "MEASURED",
    "NORMALIZATIONS",
    "PRODUCTS",
    "REQUESTS",
    "WIDTHS",
    "rows_of",
]

MEASURED = designs_folder() / "measured" / "accuracy.json"

#: Operands of these, exact sums.
FORMATS = (
    *("bf16", "fp16", "fp8_e4m3", "fp8_e5m2", "fp4_e2m1", "int8", "int4", "int2"),
    *("posit8_0", "posit8_1", "posit8_2"),
    *("mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e2m3", "mxfp6_e3m2", "mxfp4", "mxint8", "nvfp4"),
)
#: Products without a multiplier, and narrow sums beside each other.
PRODUCTS = (
    *("bf16:fp32", "lmul:bf16", "mitchell:bf16"),
    *("lmul:fp8_e4m3", "lmul:fp8_e5m2", "mitchell:fp8_e4m3"),
    *("bf16:bf16", "fp8_e4m3:bf16", "lmul:fp8_e4m3:bf16"),
    *("fp8_e4m3:fp8_e4m3+saturate", "lmul:fp8_e4m3:fp8_e4m3+saturate"),
    *("lns:8.3", "lns:8.3:4", "lns:6.2"),
)
#: Widths and normalizations of columns of bfloat16 products.
WIDTHS = (6, 8, 9, 10, 11, 12, 14, 16, 20, 24)
NORMALIZATIONS = ("exact", "an-1-1", "an-1-2", "an-2-1", "an-2-2", "carry_only")
_COLUMNS = tuple(f"bf16:raw{bits}:{name}" for bits, name in product(WIDTHS, NORMALIZATIONS))
#: Columns that are better or narrower than these.
COLUMNS_FURTHER = (
    *("bf16:raw17:carry_only", "bf16:raw17:carry_only:jam", "bf16:raw17:carry_only:inverted"),
    *("fp8_e4m3:raw14:exact", "fp8_e4m3:raw14:carry_only"),
)
REQUESTS = (*FORMATS, *PRODUCTS, *_COLUMNS, *COLUMNS_FURTHER)


def rows_of() -> dict[str, dict[str, Any]]:
    """What has been measured, by the arithmetic."""
    if not MEASURED.exists():
        return {}
    return {row["arithmetic"]: row for row in json.loads(MEASURED.read_text(encoding="utf-8"))}


def main(pairs: int | None = None) -> None:
    """Measure what is missing, and write it after each arithmetic.

    Args:
        pairs: of sentences, fewer than all, for a first look.
    """
    console = Console(stderr=True)
    task = Sentences.load(pairs)
    reference = task.run(Single().product)
    rows = rows_of()
    for name in REQUESTS:
        if name in rows and rows[name]["pairs"] >= task.count:
            continue
        arithmetic = arithmetic_of(name)
        with console.status(name):
            results, _ = measure(task, arithmetic, reference)
        metrics = {row["metric"]: [row["reference"], row["value"]] for row in results}
        rows[name] = {"arithmetic": name, "meaning": arithmetic.meaning, "pairs": task.count}
        rows[name] |= {"metrics": metrics}
        ordered = [rows[known] for known in REQUESTS if known in rows]
        atomic_write(MEASURED, json.dumps(ordered, indent=1) + "\n")
        console.print(f"{name}: {metrics}", highlight=False)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
