"""`python -m benchmarks`: measure, print a table, say which target is missed.

Each row is measured in this run together with what it is held against, since machines differ and
are noisy. Times are the best of several; simulators are built before anything is timed. Exit status
1 if a target is missed.
"""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.formats import formats
from hw.families import FAMILIES


def main() -> int:
    """Measure everything; returns the exit status."""
    print("| what | measured | target | | beside |\n|---|---|---|---|---|")
    missed = 0
    of_families = (
        measure for name in FAMILIES for measure in import_module(f"benchmarks.{name}").MEASURES
    )
    for measure in (formats, *of_families):
        for row in measure():
            mark = "met" if row.met else "MISSED"
            missed += not row.met
            print(
                f"| {row.what} | {row.value} | {row.target} | {mark} | {row.beside} |", flush=True
            )
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
