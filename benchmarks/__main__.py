"""`python -m benchmarks`: measure, print a table, say which target is missed.

Each row is measured in this run together with what it is held against, since machines differ and
are noisy. Times are the best of several; simulators are built before anything is timed. Exit status
1 if a target is missed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from macsmith.design import load_design
from sim.simulate import random_products, simulate
from sim.ternary import multiply


@dataclass(frozen=True)
class Row:
    """One measurement: what, how much, its target, and what it is compared with."""

    what: str
    value: str
    target: str
    met: bool
    beside: str = ""


def best(function: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of the fastest of several calls."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def program(*arguments: str) -> None:
    """Run the command line in a process of its own."""
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def command_line() -> Iterator[Row]:
    """What a user waits for: generation, and the second simulation of a design."""
    bare = best(lambda: program("-c", ""))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("ternary-int8-8x8", "ternary-int8-32x32"):
            call = partial(program, "-m", "macsmith", "generate", name, "-o", folder)
            seconds = best(call, 3)
            beside = f"{seconds / bare:.0f} x an empty Python"
            yield Row(f"generate {name}", f"{seconds:.2f} s", "<= 3 s", seconds <= 3, beside)
    arguments = ("-m", "macsmith", "simulate", "ternary-int8-8x8", "--vectors", "1000")
    program(*arguments)
    seconds = best(lambda: program(*arguments), 3)
    yield Row("simulate 8 x 8 again, 1,000 vectors", f"{seconds:.2f} s", "<= 3 s", seconds <= 3)


def simulator() -> Iterator[Row]:
    """Checked cycles a second, next to the same bench on a tile that is next to nothing."""
    rates = {}
    for name in ("ternary-int8-8x8", "ternary-int8-32x32"):
        configuration = load_design(name).configuration
        products = random_products(configuration, 2000 if name.endswith("8x8") else 1, seed=0)
        rates[name] = max(simulate(configuration, products).cycles_per_second for _ in range(3))
    small, large = rates.values()
    yield Row(
        "simulate ternary-int8-32x32",
        f"{large:,.0f} cycles/s",
        ">= 10,000",
        large >= 10_000,
        f"{large / small:.2f} of the 8 x 8 tile's {small:,.0f}",
    )


def golden() -> Iterator[Row]:
    """The golden model next to numpy's matrix product in double precision."""
    rng = np.random.default_rng(0)
    for batch, inputs, outputs in ((1, 2560, 6912), (16, 2560, 6912), (256, 2560, 2560)):
        activations = rng.integers(-128, 127, (batch, inputs), dtype=np.int8)
        weights = rng.integers(-1, 2, (inputs, outputs), dtype=np.int8)
        left, right = activations.astype(np.float64), weights.astype(np.float64)
        ours = best(partial(multiply, activations, weights), 9)
        theirs = best(partial(np.matmul, left, right), 9)
        yield Row(
            f"golden product {batch} x {inputs} x {outputs}",
            f"{ours * 1e3:.1f} ms",
            "<= 2 x float64",
            ours <= 2 * theirs,
            f"{ours / theirs:.2f} x numpy's {theirs * 1e3:.1f} ms",
        )


def main() -> int:
    """Measure everything; returns the exit status."""
    print("| what | measured | target | | beside |\n|---|---|---|---|---|")
    missed = 0
    for measure in (golden, command_line, simulator):
        for row in measure():
            mark = "met" if row.met else "MISSED"
            missed += not row.met
            print(
                f"| {row.what} | {row.value} | {row.target} | {mark} | {row.beside} |", flush=True
            )
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
